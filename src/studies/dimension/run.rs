//! How it is measured.

use super::text::{DIMENSIONS, DRAWN, PARTS, outline};
use crate::distribution::Mixture;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::divergence::Divergence;
use crate::parameters::Checked;
use crate::sampler;
use crate::schedule::log_linear;
use crate::studies::common::method::Method;
use crate::studies::common::slope::{Measured, fit};
use crate::studies::common::targets::line;
use crate::studies::common::variation::masses;
use crate::studies::common::words::plus_minus;
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Samplers that mix coordinates: by a dot product, or by the error of a step.
const MIXING: [&str; 3] = ["curved_gaussian", "curved_gaussian_pc", "ode_adaptive"];
/// The levels between which all run.
const SPAN: (f64, f64) = (0.05, 10.0);
/// Points drawn between two rests, and what drawing so many costs in evaluations.
const DRAWS: (usize, f64) = (1000, 4.0);

struct Dimension {
    mixture: Mixture,
    methods: Vec<Method>,
    steps: usize,
    /// Rising; `steps` is among them.
    counts: Vec<usize>,
    accuracy: f64,
    points: usize,
    seed: u64,
}

/// What is known of one sampler with one number of steps.
struct Found {
    steps: usize,
    /// Total variation in each of [`DIMENSIONS`].
    variation: Vec<Estimate>,
    /// The same over each part of the points.
    parts: Vec<Vec<f64>>,
    /// Kullback-Leibler divergence of one coordinate.
    information: f64,
}

numbers!(Found { steps, variation, parts, information });

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let methods = Method::all(&p.names("samplers"))?;
    let unfit = |method: &&Method| {
        let info = method.info;
        info.stochastic || info.uses_map || MIXING.contains(&info.value)
    };
    if let Some(method) = methods.iter().find(unfit) {
        let what = format!(
            "{} draws noise, knows whole paths or mixes coordinates, so one coordinate does not tell what many do: choose another",
            method.label
        );
        return Err(StudyError::Unfit { field: "samplers", what });
    }
    let (steps, most) = (p.integer("steps"), p.integer("most"));
    if steps > most {
        let what = format!(
            "the picture over the dimension takes {steps} steps, and the search ends at {most}: allow as many there"
        );
        return Err(StudyError::Unfit { field: "steps", what });
    }
    let powers = (2..).map(|power| 1_usize << power);
    let mut counts: Vec<usize> = powers.take_while(|count| *count < most).chain([most, steps]).collect();
    counts.sort_unstable();
    counts.dedup();
    let study = Dimension {
        mixture: if p.choice("target") == "line" { line() } else { gaussian() },
        methods,
        steps,
        counts,
        accuracy: p.number("accuracy"),
        points: p.integer("points"),
        seed: p.integer("seed") as u64,
    };
    let labels: Vec<String> = study.methods.iter().map(|method| method.label.clone()).collect();
    let outline = outline(&labels, steps, study.accuracy);
    Ok(Run::new(outline, move |report| study.run(report)))
}

/// One Gaussian of width one half.
fn gaussian() -> Mixture {
    Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![0.25]]]).expect("a mixture")
}

impl Dimension {
    fn levels(&self, steps: usize) -> Vec<Level> {
        log_linear(steps, SPAN.0, SPAN.1)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let drawing = DRAWS.1 * self.points.div_ceil(DRAWS.0) as f64;
        let mut total = 0.0;
        for method in &self.methods {
            for &steps in &self.counts {
                total += drawing + sampler::evaluations(method.build()?, self.levels(steps)) as f64;
            }
        }
        let meter = report.meter(total);
        let mut found: Vec<Vec<Found>> = self.methods.iter().map(|_| Vec::new()).collect();
        let mut runs = Vec::new();
        for &steps in &self.counts {
            runs.extend((0..self.methods.len()).map(|m| (steps, m)));
        }
        let compute = async |index: usize| {
            let (steps, m) = runs[index];
            report.doing(&format!("Sampling in {steps} steps"));
            let Some([p, q]) = masses(&self.methods[m], &self.mixture, &self.levels(steps), &meter).await? else {
                meter.advance(drawing).await;
                return Ok(None);
            };
            let values = self.variation(&p, &q, &meter).await;
            let variation = values.iter().map(|values| Estimate::of(values)).collect();
            let parts = values.iter().map(|values| means(values)).collect();
            let information = Divergence::of_masses(&p, &q).kullback_leibler;
            Ok(Some(Found { steps, variation, parts, information }))
        };
        let each = |index: usize, one: Option<Found>, _| {
            let (_, m) = runs[index];
            if let Some(one) = one {
                found[m].push(one);
                self.put(m, &found[m], &report);
            }
        };
        report.parts(runs.len(), compute, each).await?;
        self.conclude(&found, &report);
        Ok(())
    }

    /// Point by point what total variation is the mean of, for the products of masses `p` and `q` of one coordinate's cells:
    /// `E_p[max(0, 1 - prod q/p)]`; for each of [`DIMENSIONS`].
    async fn variation(&self, p: &[f64], q: &[f64], meter: &Meter<'_>) -> Vec<Vec<f64>> {
        let ratios: Vec<f64> = p.iter().zip(q).map(|(p, q)| if *p > 0.0 { (q / p).ln() } else { 0.0 }).collect();
        let mut below = 0.0;
        let upto: Vec<f64> = p
            .iter()
            .map(|p| {
                below += p;
                below
            })
            .collect();
        // The same points for all samplers and all numbers of steps.
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut values = vec![Vec::with_capacity(self.points); DIMENSIONS.len()];
        for point in 0..self.points {
            let (mut sum, mut d) = (0.0, 0);
            for (values, &dimension) in values.iter_mut().zip(&DIMENSIONS) {
                while d < dimension {
                    let at: f64 = rng.random::<f64>() * below;
                    sum += ratios[upto.partition_point(|upto| *upto <= at).min(ratios.len() - 1)];
                    d += 1;
                }
                values.push((-sum.exp_m1()).max(0.0));
            }
            if (point + 1).is_multiple_of(DRAWS.0) || point + 1 == self.points {
                meter.advance(DRAWS.1).await;
            }
        }
        values
    }

    /// Puts what the newest of `found` says, and the steps needed by what is known so far.
    fn put(&self, method: usize, found: &[Found], report: &Report) {
        let Some(newest) = found.last() else { return };
        for (index, (&d, variation)) in DIMENSIONS.iter().zip(&newest.variation).enumerate() {
            let Estimate { mean, standard_error } = *variation;
            if newest.steps == self.steps {
                let bound = (0.5 * d as f64 * newest.information).sqrt().min(1.0);
                report.row("dimensions", &[method as f64, d as f64, mean, standard_error, bound]);
            }
            if let Some(curve) = DRAWN.iter().position(|drawn| *drawn == d) {
                let curve = method * DRAWN.len() + curve;
                report.row("errors", &[curve as f64, newest.steps as f64, mean, standard_error]);
            }
            if let Some(steps) = self.needed(found, index) {
                report.row("needed", &[method as f64, d as f64, steps.mean, steps.standard_error]);
            }
        }
        let curve: Vec<Measured> = DIMENSIONS
            .iter()
            .enumerate()
            .filter_map(|(index, d)| {
                let Estimate { mean, standard_error } = self.needed(found, index)?;
                Some(Measured { x: *d as f64, error: mean, uncertainty: standard_error })
            })
            .collect();
        if let Some(slope) = fit(&curve, 0.0) {
            let order = self.methods[method].info.order as f64;
            let theory = if order > 0.0 { 0.5 / order } else { f64::NAN };
            report.row("slopes", &[method as f64, slope.slope, slope.standard_error, theory]);
        }
    }

    /// Where the curve over steps in the dimension counted `index` first comes down through the accuracy.
    fn needed(&self, found: &[Found], index: usize) -> Option<Estimate> {
        let mean = self.crossing(found, |found| found.variation[index].mean)?;
        Some(Estimate { mean, standard_error: Estimate::of(&self.by_part(found, index)).standard_error })
    }

    /// The same for each part of the points; not a number where a part's curve does not come down.
    fn by_part(&self, found: &[Found], index: usize) -> Vec<f64> {
        (0..PARTS).map(|part| self.crossing(found, |found| found.parts[index][part]).unwrap_or(f64::NAN)).collect()
    }

    fn crossing(&self, found: &[Found], variation: impl Fn(&Found) -> f64) -> Option<f64> {
        let at = |found: &Found| (found.steps as f64, variation(found));
        found.windows(2).find_map(|pair| {
            let ((from, above), (to, under)) = (at(&pair[0]), at(&pair[1]));
            let along = (above / self.accuracy).ln() / (above / under).ln();
            (above > self.accuracy && under <= self.accuracy).then(|| from * (to / from).powf(along))
        })
    }

    fn conclude(&self, found: &[Vec<Found>], report: &Report) {
        let mut said = false;
        for (method, found) in self.methods.iter().zip(found) {
            let needed = |index: usize| self.needed(found, index).map(|needed| (index, needed));
            let (Some((first, few)), Some((last, many))) =
                ((0..DIMENSIONS.len()).find_map(needed), (0..DIMENSIONS.len()).rev().find_map(needed))
            else {
                continue;
            };
            if first == last {
                continue;
            }
            let [by_part, others] = [last, first].map(|index| self.by_part(found, index));
            let ratios: Vec<f64> = by_part.iter().zip(others).map(|(many, few)| many / few).collect();
            let ratio = Estimate { mean: many.mean / few.mean, ..Estimate::of(&ratios) };
            report.say(format!(
                "{}: a total variation of {} takes {} steps in {} and {} in {}, {} times as many.",
                method.label,
                self.accuracy,
                plus_minus(few),
                coordinates(DIMENSIONS[first]),
                plus_minus(many),
                coordinates(DIMENSIONS[last]),
                plus_minus(ratio),
            ));
            said = true;
        }
        if !said {
            report.say(format!(
                "No curve comes down through a total variation of {} within these steps: allow more of them, or another accuracy.",
                self.accuracy
            ));
        }
    }
}

/// Means over [`PARTS`] parts of `values`, one after the other.
fn means(values: &[f64]) -> Vec<f64> {
    let part = |part: usize| &values[part * values.len() / PARTS..(part + 1) * values.len() / PARTS];
    (0..PARTS).map(|index| part(index).iter().sum::<f64>() / part(index).len() as f64).collect()
}

fn coordinates(count: usize) -> String {
    if count == 1 { "one coordinate".into() } else { format!("{count} coordinates") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::{TABLE, Trajectory};
    use crate::state::{Points, now};

    /// On a product, every sampler that is allowed moves two coordinates as it moves each alone; those left out do not.
    #[test]
    fn samplers_treat_each_coordinate_alone() {
        let levels = log_linear(6, 0.05, 10.0);
        let (weights, means, variances) = ([0.4, 0.6], [-1.0, 0.8], [0.04, 0.2]);
        let line =
            Mixture::new(&weights, &means.map(|m| vec![m]), &variances.map(|v| vec![vec![v]])).expect("a mixture");
        let pairs = || (0..4).map(|k| (k / 2, k % 2));
        let product = Mixture::new(
            &pairs().map(|(i, j)| weights[i] * weights[j]).collect::<Vec<_>>(),
            &pairs().map(|(i, j)| vec![means[i], means[j]]).collect::<Vec<_>>(),
            &pairs().map(|(i, j)| vec![vec![variances[i], 0.0], vec![0.0, variances[j]]]).collect::<Vec<_>>(),
        )
        .expect("a mixture");
        for info in TABLE.iter().filter(|info| !info.stochastic && !info.uses_map) {
            let end = |mixture: &Mixture, x: Points| {
                let sampler = sampler::build(info.value, &Default::default()).expect("a sampler");
                let draw = || unreachable!("it draws no noise");
                now(Trajectory::new(sampler, Box::new(mixture), levels.clone(), x, draw).last()).values().to_vec()
            };
            let alone = [0.7, -0.9].map(|x| end(&line, Points::new(1, vec![x]))[0]);
            let together = end(&product, Points::new(2, vec![0.7, -0.9]));
            let off = (alone[0] - together[0]).abs().max((alone[1] - together[1]).abs());
            let mixes = MIXING.contains(&info.value);
            assert_eq!(off > 1e-9, mixes, "{}: {off:e}", info.value);
        }
    }
}
