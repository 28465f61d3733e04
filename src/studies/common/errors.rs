//! Errors of many runs at once, computed by all workers of a study.

use std::cell::RefCell;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::found::Found;
use super::method::Method;
use super::paths::{RootMeanSquare, Span, follow, reference};
use super::points::noisy;
use crate::distribution::Mixture;
use crate::level::Level;
use crate::studies::{Report, StudyError};

/// Points of a batch of paths: the first numbers come when one batch is through.
const BATCH: usize = 512;
/// What a reference solution costs, in evaluations of one batch.
const REFERENCE: f64 = 1000.0;

/// A run whose error is wanted.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The sampler.
    pub method: &'a Method,
    /// Where it stops on its way.
    pub levels: &'a [Level],
    /// Its evaluations.
    pub spent: usize,
}

/// As many errors as there are `runs`, each the sum of `parts` that a worker computes alone: `part` adds to them by their places. `show`
/// has the place of an error that changed, and all of them.
///
/// # Errors
/// What stopped a part.
pub async fn gather(
    report: &Report,
    (runs, parts): (usize, usize),
    part: impl AsyncFn(usize, &dyn Fn(usize, Found)) -> Result<(), StudyError>,
    show: &dyn Fn(usize, &[Option<Found>]),
) -> Result<Vec<Option<Found>>, StudyError> {
    let join = |all: &mut [Option<Found>], place: usize, more: Found| match all.get_mut(place) {
        Some(Some(found)) => found.join(more),
        Some(none) => *none = Some(more),
        None => {}
    };
    let found: RefCell<Vec<Option<Found>>> = RefCell::new(vec![None; runs]);
    let compute = async |index: usize| {
        let (all, own) = (RefCell::new(found.borrow().clone()), RefCell::new(Vec::new()));
        let add = |place: usize, more: Found| {
            own.borrow_mut().push((place, more.clone()));
            join(&mut all.borrow_mut(), place, more);
            if report.leads() {
                show(place, &all.borrow());
            }
        };
        part(index, &add).await?;
        Ok(own.take())
    };
    let each = |_, own: Vec<(usize, Found)>, here: bool| {
        for (place, more) in own {
            join(&mut found.borrow_mut(), place, more);
            if !here {
                show(place, &found.borrow());
            }
        }
    };
    report.parts(parts, compute, each).await?;
    Ok(found.into_inner())
}

/// How far `runs` end from the exact paths of `mixture`, over `points` of them whose noise comes from `seed`, the same for all.
///
/// # Errors
/// When a method can't be built.
pub async fn strong(
    mixture: &Mixture,
    runs: &[Plan<'_>],
    (points, seed): (usize, u64),
    report: &Report,
    show: &dyn Fn(usize, &[Option<Found>]),
) -> Result<Vec<Option<Found>>, StudyError> {
    let batches = points.div_ceil(BATCH);
    let spans = Span::all(runs.iter().map(|run| run.levels));
    let spent: usize = runs.iter().map(|run| run.spent).sum();
    let meter = report.meter(batches as f64 * (spent as f64 + REFERENCE * spans.len() as f64));
    let part = async |batch: usize, add: &dyn Fn(usize, Found)| {
        let count = BATCH.min(points - batch * BATCH);
        for span in &spans {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(batch as u64);
            report.doing("Following the exact paths");
            let start = noisy(mixture, span.from, count, &mut rng);
            let truth = reference(mixture, start.clone(), span.from, span.to, &meter, REFERENCE).await?;
            report.doing(&format!("Sampling, {} of {points} paths", batch * BATCH + count));
            for (place, run) in runs.iter().enumerate().filter(|(_, run)| span.agrees(run.levels)) {
                let draw = || unreachable!("deterministic samplers draw no noise");
                let end = follow(run.method, mixture, run.levels, start.clone(), draw, &meter).await?;
                let mut off = RootMeanSquare::default();
                off.add(&end, &truth, span.to);
                add(place, Found::Paths(off));
            }
        }
        Ok(())
    };
    gather(report, (runs.len(), batches), part, show).await
}
