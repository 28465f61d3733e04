//! The least loss that training can reach.

use std::collections::BTreeSet;

use crate::data::{DataKind, Dataset};
use crate::distribution::{Empirical, Exact, optimal_loss};
use crate::level::Level;
use crate::objective::{Matching, NoiseLevels, Weigher};
use crate::state::Points;

use super::{CLASS_DROPOUT, TrainingOptions};

/// Noise levels that the least loss is estimated at, and points at each. It falls smoothly with `ln sigma`: lines lie between them.
const NODES: usize = 32;
const POINTS: usize = 60;

/// See [`super::Trainer::loss_floor`].
///
/// A network that is `conditioned` on the points' classes is told them but for a share of the time; its least loss then is a mean of those
/// of each class's points.
pub(super) fn loss_floor(data: &Dataset, options: &TrainingOptions, conditioned: bool) -> Option<f64> {
    let TrainingOptions { matching, noise, weighting, weighting_power, .. } = *options;
    if data.kind != DataKind::Points || weighting.adapts() || matching != Matching::Denoising {
        return None;
    }
    let known = parts(data, conditioned);
    let (low, high) = NoiseLevels::RANGE;
    let width = (high / low).ln() / (NODES - 1) as f64;
    let least = |node: usize| {
        let level = Level::from_sigma(low * (width * node as f64).exp());
        let loss = |exact: &dyn Exact| optimal_loss(exact, level, POINTS, node as u64).mean / data.dimension as f64;
        known.iter().map(|(share, exact)| share * loss(&**exact)).sum::<f64>()
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

/// What the network is to find, and how often.
fn parts(data: &Dataset, conditioned: bool) -> Vec<(f64, Box<dyn Exact>)> {
    let of = |rows: &mut dyn Iterator<Item = &[f32]>| -> Box<dyn Exact> {
        Box::new(Empirical::new(Points::new(data.dimension, rows.flatten().map(|&x| f64::from(x)).collect())))
    };
    let rows = || data.train.chunks_exact(data.dimension);
    let whole = match &data.mixture {
        Some(mixture) => Box::new(mixture.clone()),
        None => of(&mut rows()),
    };
    let Some(labels) = data.labels.as_ref().filter(|_| conditioned) else {
        return vec![(1.0, whole)];
    };
    let classes: BTreeSet<u8> = labels.train.iter().copied().collect();
    let class = |class: u8| {
        let count = labels.train.iter().filter(|own| **own == class).count();
        let share = (1.0 - CLASS_DROPOUT) * count as f64 / labels.train.len() as f64;
        (share, of(&mut rows().zip(&labels.train).filter(|(_, own)| **own == class).map(|(row, _)| row)))
    };
    std::iter::once((CLASS_DROPOUT, whole)).chain(classes.into_iter().map(class)).collect()
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
            let floor = loss_floor(&data, &options, false).expect("points have one");
            assert!((0.1..0.6).contains(&floor), "{set}: {floor}");
        }
        let data = Dataset::named("spiral", None, None).expect("a built-in set");
        let adaptive = TrainingOptions { weighting: Weighting::Adaptive, ..options };
        assert_eq!(loss_floor(&data, &adaptive, false), None);
    }

    /// Whoever knows the class has less to guess: on two far clusters, hardly anything of which one it is.
    #[test]
    fn classes_lower_the_floor() {
        let points: Vec<f32> =
            (0..400).map(|i| (i as f32 * 0.7).sin() + if i / 2 % 2 == 0 { 9.0 } else { -9.0 }).collect();
        let labels: Vec<u8> = (0..200).map(|i| i % 2).collect();
        let data = Dataset::from_labelled(&points, 2, &labels, 1).expect("a data set");
        let [with, without] = [true, false].map(|told| loss_floor(&data, &TrainingOptions::points(), told));
        let (with, without) = (with.expect("a floor"), without.expect("a floor"));
        assert!(with > 0.0 && with < 0.8 * without, "{with} and {without}");
    }
}
