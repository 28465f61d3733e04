//! Total variation between the distribution that a sampler makes on the line and the exact one.

use super::method::Method;
use super::paths::follow;
use crate::denoiser::Denoiser;
use crate::distribution::Mixture;
use crate::level::Level;
use crate::metrics::cells::Cells;
use crate::metrics::change_of_variables::{push_forward, push_masses};
use crate::metrics::divergence::Divergence;
use crate::metrics::propagation::{NormalRule, Propagation};
use crate::parameters::Value;
use crate::sampler::{Group, Stride};
use crate::state::{Points, now};
use crate::studies::StudyError;
use crate::studies::report::Meter;

/// Cells of the line, for maps and for kernels, and how much more of it than the distribution they cover.
const EDGES: usize = 4096;
const CELLS: usize = 900;
const WIDE: f64 = 9.0;

/// The interval of the line that holds the distribution at both levels.
fn interval(mixture: &Mixture, levels: &[Level]) -> (f64, f64) {
    let (start, stop) = (mixture.support(levels[0], WIDE), mixture.support(levels[levels.len() - 1], WIDE));
    (start.0.min(stop.0), start.1.max(stop.1))
}

/// Total variation, at the level where it stops, of the distribution that `method` makes of the exact one on the line, and a bound on the
/// numbers' own error. `None` where that bound is too large to say anything, for random walks, and for stochastic samplers that remember
/// earlier steps: what they do next is no function of where they are.
///
/// # Errors
/// When the method can't be built.
pub async fn variation(
    method: &Method,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<(f64, f64)>, StudyError> {
    variation_under(method, mixture, mixture, levels, meter).await
}

/// The same of what `method` makes under a `denoiser` that may err, from the exact distribution of `mixture` to its own.
///
/// # Errors
/// When the method can't be built.
pub async fn variation_under(
    method: &Method,
    denoiser: &dyn Denoiser<Points>,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<(f64, f64)>, StudyError> {
    // A walk visits levels of its own, and draws too often in one step for all its nodes.
    if method.info.group == Group::Walk || method.info.stochastic && method.info.group == Group::Extrapolating {
        meter.advance((levels.len() - 1) as f64).await;
        return Ok(None);
    }
    if method.info.stochastic {
        let exact = |from, to| mixture.mass(from, to, levels[0]);
        let found = propagated(method, denoiser, mixture, exact, levels, meter).await?;
        Ok(found.map(|([made, exact], off)| (Divergence::of_masses(&made, &exact).total_variation, off)))
    } else {
        pushed(method, denoiser, mixture, levels, meter).await
    }
}

/// Masses of the same cells in the distribution that `method`, which draws no noise, makes of the exact one on the line, and in the exact one
/// where it stops. `None` where so few steps fold the line.
///
/// # Errors
/// When the method can't be built.
pub async fn masses(
    method: &Method,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<[Vec<f64>; 2]>, StudyError> {
    let (edges, images) = moved(method, mixture, mixture, levels, meter).await?;
    let distribution = |level: Level| move |low: f64, high: f64| mixture.mass(low, high, level);
    let (from, stop) = (distribution(levels[0]), distribution(levels[levels.len() - 1]));
    Ok(push_masses(&edges, from, |_| images, stop).ok())
}

/// Ends of cells that cover the first distribution, and where `method` takes them.
async fn moved(
    method: &Method,
    denoiser: &dyn Denoiser<Points>,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<(Points, Points), StudyError> {
    let (low, high) = interval(mixture, &levels[..1]);
    let edges = Cells::new(low, high, EDGES).edges();
    let draw = || unreachable!("deterministic samplers draw no noise");
    let images = follow(method, denoiser, levels, edges.clone(), draw, meter).await?;
    Ok((edges, images))
}

async fn pushed(
    method: &Method,
    denoiser: &dyn Denoiser<Points>,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<(f64, f64)>, StudyError> {
    let (edges, images) = moved(method, denoiser, mixture, levels, meter).await?;
    let (from, stop) = (levels[0], levels[levels.len() - 1]);
    // With every second edge left out as well: the difference tells what the cells hide.
    let coarse = |points: &Points| Points::new(1, points.values().iter().step_by(2).copied().collect());
    let off = |edges: &Points, images: Points| {
        let distribution = |level: Level| move |low: f64, high: f64| mixture.mass(low, high, level);
        push_forward(edges, distribution(from), |_| images, distribution(stop))
            .map(|divergence| divergence.total_variation)
    };
    let halved = off(&coarse(&edges), coarse(&images));
    match (off(&edges, images), halved) {
        (Ok(fine), Ok(coarse)) => Ok(Some((fine, (fine - coarse).abs()))),
        // So few steps fold the line.
        _ => Ok(None),
    }
}

/// Most error of a step's mean over its noise, relative to what the step changes, that is still shown.
const ROUGH: f64 = 1e-3;
/// Calls of a step's map between rests.
const CALLS: usize = 16;
/// Most nodes of a rule.
const NODES: usize = 48;

/// Masses of the same cells in what the stochastic `method` makes under `denoiser` of the distribution whose mass between two VP states is
/// `start`, and in the exact one of `mixture` where it stops, with the relative error of a step's mean over its noise. `None` where that
/// is too large, or the run ends without noise.
///
/// # Errors
/// When the method can't be built.
pub async fn propagated(
    method: &Method,
    denoiser: &dyn Denoiser<Points>,
    mixture: &Mixture,
    start: impl Fn(f64, f64) -> f64,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<([Vec<f64>; 2], f64)>, StudyError> {
    // A step that replaces the part `a` of the noise is averaged with an error of about (a / (2 - a))^nodes.
    let replaced = |pair: &[Level]| 1.0 - (pair[1].sigma() / pair[0].sigma()).powi(2);
    let part = levels.windows(2).map(replaced).fold(0.0, f64::max);
    let ratio = part / (2.0 - part);
    let nodes = ((1e-6_f64.ln() / ratio.ln()).ceil() as usize).clamp(8, NODES);
    let off = ratio.powi(nodes as i32);
    if off > ROUGH || levels.iter().any(|level| level.sigma() == 0.0) {
        meter.advance((levels.len() - 1) as f64).await;
        return Ok(None);
    }
    let (low, high) = interval(mixture, levels);
    let cells = Cells::new(low, high, CELLS);
    let at = |level: Level| cells.masses(|from, to| mixture.mass(from, to, level));
    let mut distribution = Propagation::new(cells, cells.masses(start), NormalRule::new(nodes));
    for (i, pair) in levels.windows(2).enumerate() {
        let last = i + 2 == levels.len();
        // Analytic samplers would take a mean over the batch, which cells and nodes are none of.
        let method = match method.info.value.starts_with("analytic") {
            true => {
                let gamma = Value::Numbers(vec![mean_square_noise(mixture, &cells, pair[0])]);
                method.with([("gamma".to_string(), gamma)].into_iter().collect())?
            }
            false => method.clone(),
        };
        let mut failed = None;
        let map = |x: &Points, draw: &mut dyn FnMut() -> Points| {
            let step = method.build().map(|mut sampler| {
                sampler.plan(levels.to_vec());
                now(sampler.step(Stride { denoiser, x, from: pair[0], to: pair[1], last, draw })).state
            });
            step.unwrap_or_else(|error| {
                failed = Some(error);
                x.clone()
            })
        };
        let mut calls = 0;
        distribution
            .step_resting(map, async || {
                calls += 1;
                if calls % CALLS == 0 {
                    meter.advance(0.0).await;
                }
            })
            .await;
        if let Some(error) = failed {
            return Err(error);
        }
        meter.advance(1.0).await;
    }
    Ok(Some(([distribution.masses().to_vec(), at(levels[levels.len() - 1])], off)))
}

/// `E|eh|^2` at a level, by quadrature.
fn mean_square_noise(mixture: &Mixture, cells: &Cells, level: Level) -> f64 {
    let masses = cells.masses(|from, to| mixture.mass(from, to, level));
    let noise = mixture.noise(&cells.centres(), level);
    masses.iter().zip(noise.values()).map(|(mass, noise)| mass * noise * noise).sum()
}
