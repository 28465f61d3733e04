//! How it is measured.

use super::text::outline;
use super::torus::Torus;
use crate::estimate::Estimate;
use crate::parameters::Checked;
use crate::schedule::log_linear;
use crate::studies::common::points::normal;
use crate::studies::common::words::{percent, short};
use crate::studies::{Context, Report, Run, StudyError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The noise levels measured, from the noisiest.
const SPAN: (f64, f64) = (0.01, 40.0);
const LEVELS: usize = 24;
/// Points between two rests.
const BLOCK: usize = 256;

struct Reach {
    circles: Vec<usize>,
    dimension: usize,
    points: usize,
    seed: u64,
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let (circles, dimension) = (p.counts("circles"), p.integer("dimension"));
    if let Some(most) = circles.iter().find(|circles| 2 * **circles > dimension) {
        let what = format!("{most} circles take {} coordinates, and there are {dimension}", 2 * most);
        return Err(StudyError::Unfit { field: "circles", what });
    }
    let outline = outline(&circles, dimension);
    let study = Reach { circles, dimension, points: p.integer("points"), seed: p.integer("seed") as u64 };
    Ok(Run::new(outline, move |report| study.run(report)))
}

impl Reach {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let d = self.dimension;
        let meter = report.meter((self.circles.len() * (LEVELS + 1) * self.points) as f64);
        for (index, &circles) in self.circles.iter().enumerate() {
            report.doing(&format!("Measuring data of {circles} dimensions"));
            let torus = Torus { circles };
            let mut largest = 0.0_f64;
            let mut last = (0.0, 0.0);
            for level in log_linear(LEVELS, SPAN.0, SPAN.1) {
                let sigma = level.sigma();
                // The same points and noise at every level.
                let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
                let (mut errors, mut distances) = (Vec::new(), Vec::new());
                for first in (0..self.points).step_by(BLOCK) {
                    let count = BLOCK.min(self.points - first);
                    for noise in normal(count, d, &mut rng).rows() {
                        let mut y: Vec<f64> = noise.iter().map(|noise| sigma * noise).collect();
                        for plane in y[..2 * circles].chunks_exact_mut(2) {
                            let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
                            plane[0] += cos;
                            plane[1] += sin;
                        }
                        let (distance, error) = torus.measure(&y, sigma);
                        errors.push(error * error);
                        distances.push(distance * distance);
                    }
                    meter.advance(count as f64).await;
                }
                let (error, distance) = (Estimate::root_mean(&errors), Estimate::root_mean(&distances));
                let relative = Estimate::root_ratio(&errors, &distances);
                let bound = (circles as f64).sqrt() * sigma;
                largest = largest.max(error.mean / bound);
                last = (sigma, relative.mean);
                let limit = (circles as f64 / (d - circles) as f64).sqrt();
                let row = [error.mean, error.standard_error, bound, distance.mean];
                let relative = [relative.mean, relative.standard_error, limit];
                report.row("errors", &[&[index as f64, sigma], &row[..], &relative[..]].concat());
            }
            if index == 0 || index + 1 == self.circles.len() {
                report.say(format!(
                    "For data of {} the error is at most {} of √k σ at every noise level; at σ = {} it is {} of the distance to the data.",
                    if circles == 1 { "one dimension".into() } else { format!("{circles} dimensions") },
                    percent(largest),
                    short(last.0),
                    short(last.1),
                ));
            }
        }
        Ok(())
    }
}
