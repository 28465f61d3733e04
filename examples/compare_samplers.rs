//! Three samplers on a mixture whose ideal denoiser is known, against a fine solution from the same noise:
//! `cargo run --release --example compare_samplers`.

use fewsteps::distribution::Mixture;
use fewsteps::sampler::{Ddim, DdimTaylor2, Formula, UniPc, sample};
use fewsteps::schedule::log_linear;
use fewsteps::state::Points;

fn end(formula: impl Formula<Points> + 'static, mixture: &Mixture, evaluations: usize) -> Points {
    let start = || Points::new(2, (0..200).map(|i| (f64::from(i) * 0.7).sin() * 2.0).collect());
    pollster::block_on(sample(formula, mixture, log_linear(evaluations, 0.02, 20.0), start))
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let covariance = vec![vec![0.02, 0.0], vec![0.0, 0.02]];
    let mixture = Mixture::new(&[1.0, 2.0], &[vec![-1.0, 0.0], vec![0.8, 0.3]], &[covariance.clone(), covariance])?;
    let exact = end(UniPc::default(), &mixture, 2000);
    let error = |points: Points| {
        let squares = points.values().iter().zip(exact.values()).map(|(a, b)| (a - b).powi(2));
        (squares.sum::<f64>() / points.len() as f64).sqrt()
    };
    println!("evaluations      DDIM  Taylor in sigma     UniPC");
    for evaluations in [5, 10, 20, 40] {
        let ddim = error(end(Ddim::default(), &mixture, evaluations));
        let taylor = error(end(DdimTaylor2::default(), &mixture, evaluations));
        let unipc = error(end(UniPc::default(), &mixture, evaluations));
        println!("{evaluations:11} {ddim:9.5} {taylor:16.5} {unipc:9.5}");
    }
    Ok(())
}
