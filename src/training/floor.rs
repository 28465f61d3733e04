//! The least loss that training can reach.

use crate::data::{DataKind, Dataset};
use crate::distribution::{Empirical, Exact, optimal_loss};
use crate::level::Level;
use crate::objective::{Matching, NoiseLevels, Weigher};
use crate::state::Points;

use super::TrainingOptions;

/// Noise levels that the least loss is estimated at, and points at each. It falls smoothly with `ln sigma`: lines lie between them.
const NODES: usize = 32;
const POINTS: usize = 60;

/// See [`super::Trainer::loss_floor`].
pub(super) fn loss_floor(data: &Dataset, options: &TrainingOptions) -> Option<f64> {
    let TrainingOptions { matching, noise, weighting, weighting_power, .. } = *options;
    if data.kind != DataKind::Points || weighting.adapts() || matching != Matching::Denoising {
        return None;
    }
    let values = || data.train.iter().map(|&x| f64::from(x)).collect();
    let exact: Box<dyn Exact> = match &data.mixture {
        Some(mixture) => Box::new(mixture.clone()),
        None => Box::new(Empirical::new(Points::new(data.dimension, values()))),
    };
    let (low, high) = NoiseLevels::RANGE;
    let width = (high / low).ln() / (NODES - 1) as f64;
    let least = |node: usize| {
        let level = Level::from_sigma(low * (width * node as f64).exp());
        optimal_loss(&*exact, level, POINTS, node as u64).mean / data.dimension as f64
    };
    let losses: Vec<f64> = (0..NODES).map(least).collect();
    let weigher = Weigher::new(weighting, weighting_power, noise);
    Some(noise.mean(|log_sigma| {
        let place = (log_sigma - low.ln()) / width;
        let before = (place as usize).min(NODES - 2);
        let loss = losses[before] + (place - before as f64) * (losses[before + 1] - losses[before]);
        weigher.weights(&[log_sigma as f32]).map_or(1.0, |weights| f64::from(weights[0])) * loss
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Weighting;

    /// A network that knows nothing has an error of about one; most of what a good one is left with is floor.
    #[test]
    fn the_floor_lies_below_what_a_trained_network_reaches() {
        let options = TrainingOptions::points();
        for set in ["eight_gaussians", "spiral"] {
            let data = Dataset::named(set, None, None).expect("a built-in set");
            let floor = loss_floor(&data, &options).expect("points have one");
            assert!((0.1..0.6).contains(&floor), "{set}: {floor}");
        }
        let data = Dataset::named("spiral", None, None).expect("a built-in set");
        let adaptive = TrainingOptions { weighting: Weighting::Adaptive, ..options };
        assert_eq!(loss_floor(&data, &adaptive), None);
    }
}
