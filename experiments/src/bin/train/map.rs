//! Flow maps for weights that are trained already: nothing of the velocity changes.

use std::error::Error;
use std::fs;
use std::time::Instant;

use burn::tensor::Device;
use fewsteps::data::{DataKind, Dataset};
use fewsteps::network::weights::{Precision, Weights, load, save};
use fewsteps::training::{DistilOptions, Distiller};

use fewsteps_experiments::samples;

/// Steps between two files and two lines.
const SAVED_EVERY: usize = 500;
const SHOWN_EVERY: usize = 100;

/// Trains the map of the weights in `file` until it has `steps` steps behind it, and puts it into the file. With `output` the file stays as
/// it is. A map that has fewer already goes on, with a new bank.
pub fn train(file: &str, steps: Option<usize>, output: Option<&str>) -> Result<(), Box<dyn Error>> {
    let weights = load(&fs::read(file)?, &Device::flex())?;
    let name = weights.description.data.clone();
    let data = if name == "digits" { samples::images()? } else { Dataset::built_in(&name)? };
    let shipped = shipped(data.kind);
    let options = DistilOptions { budget: steps.unwrap_or(shipped.budget), ..shipped };
    let network = match data.kind {
        DataKind::Points => Precision::Single,
        DataKind::Images { .. } => Precision::Half,
    };
    let (begun, map) = match &weights.map {
        Some(map) if weights.description.map_steps < options.budget => {
            (weights.description.map_steps, Some(map.clone()))
        }
        _ => (0, None),
    };
    let seed = 1 + begun as u64;
    let mut distiller = Distiller::new(&weights.description.network, &weights.network, &data, options, seed);
    if let Some(map) = map {
        distiller = distiller.resume(map, begun);
    }
    let start = Instant::now();
    while distiller.filled() < 1.0 {
        distiller.fill();
    }
    println!("{name}: {} trajectories, {:.0} s", options.trajectories, start.elapsed().as_secs_f64());
    let mut sum = 0.0;
    for step in begun + 1..=options.budget {
        sum += distiller.next().ok_or("training has no end")?.into_scalar::<f32>();
        if step % SHOWN_EVERY == 0 {
            println!(
                "{name}: step {step}, loss {:.5}, {:.0} s",
                sum / SHOWN_EVERY as f32,
                start.elapsed().as_secs_f64()
            );
            sum = 0.0;
        }
        if step % SAVED_EVERY == 0 || step == options.budget {
            let mut description = weights.description.clone();
            description.map_steps = step;
            let map = Some(distiller.average().clone());
            let found = Weights { network: weights.network.clone(), map, description };
            fs::write(output.unwrap_or(file), pollster::block_on(save(&found, network, Precision::Half))?)?;
        }
    }
    Ok(())
}

/// More of everything than the page takes.
fn shipped(kind: DataKind) -> DistilOptions {
    match kind {
        DataKind::Points => DistilOptions { trajectories: 16_384, budget: 4000, ..DistilOptions::points() },
        DataKind::Images { .. } => {
            DistilOptions { trajectories: 4096, refresh: 40, budget: 4000, ..DistilOptions::images() }
        }
    }
}
