//! Multistep sampling of consistency models.

use super::{Formula, Step, Stride, scale, straight};
use crate::level::Level;
use crate::state::State;

/// Algorithm 1 of consistency models (arXiv 2303.01469): each step jumps to the end of the path by
/// [`Denoiser::mean_noise`](crate::prediction::Denoiser::mean_noise), and puts fresh noise on what it finds there. One evaluation a step; where
/// the jump is exact, so is the distribution after any number of steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consistency;

impl<S: State> Formula<S> for Consistency {
    /// The last level.
    type Memory = Option<Level>;

    fn plan(&self, end: &mut Option<Level>, levels: Vec<Level>) -> Vec<Level> {
        *end = levels.last().copied();
        levels
    }

    async fn step(&self, end: &mut Option<Level>, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let end = end.unwrap_or(to);
        let noise = denoiser.mean_noise(x, from, end);
        let ended = straight(x, &noise, from, end);
        if to.sigma() <= end.sigma() {
            return Step { state: ended, noise };
        }
        // sqrt(tau^2 - epsilon^2) in the paper's letters.
        let fresh = to.signal_scale() * (to.sigma().powi(2) - end.sigma().powi(2)).sqrt();
        Step { state: S::combine(&[(scale(end, to), &ended), (fresh, &draw())]), noise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Mixture;
    use crate::sampler::{FlowMap, sample};
    use crate::schedule::log_linear;
    use crate::state::{Points, now};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// With exact jumps one step is the flow map's, and several leave the distribution as it is, though each begins anew.
    #[test]
    fn exact_jumps_keep_the_distribution() {
        let normal = Mixture::new(&[1.0], &[vec![0.3]], &[vec![vec![0.25]]]).expect("a Gaussian");
        let run = |steps: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let draw = || Points::new(1, (0..20_000).map(|_| StandardNormal.sample(&mut rng)).collect());
            now(sample(Consistency, &normal, log_linear(steps, 0.01, 80.0), draw))
        };
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let once = Points::new(1, (0..20_000).map(|_| StandardNormal.sample(&mut rng)).collect());
        assert_eq!(run(1), now(sample(FlowMap, &normal, log_linear(1, 0.01, 80.0), || once.clone())));
        for steps in [1, 2, 5] {
            let values = run(steps);
            let count = values.len() as f64;
            let mean = values.values().iter().sum::<f64>() / count;
            let variance = values.values().iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            assert!((mean - 0.3).abs() < 0.015 && (variance - 0.25).abs() < 0.01, "{steps}: {mean}, {variance}");
        }
        assert!(run(2) != run(5));
    }
}
