//! How it is measured.

use super::girsanov::Bound;
use super::text::outline;
use crate::distribution::Mixture;
use crate::distribution::line::normal_mass;
use crate::metrics::divergence::Divergence;
use crate::parameters::{Checked, Choice};
use crate::schedule;
use crate::studies::common::grids::{self, End};
use crate::studies::common::method::Method;
use crate::studies::common::targets::line;
use crate::studies::common::variation::propagated;
use crate::studies::common::words::short;
use crate::studies::score_error::perturbed::{Perturbed, Shape};
use crate::studies::{Context, Report, Run, StudyError};

/// What rounding leaves of a mass; less is none.
const ROUNDING: f64 = 1e-16;

struct Promise {
    mixture: Mixture,
    method: Method,
    grids: Vec<(String, Choice)>,
    budgets: Vec<usize>,
    error: f64,
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let grids = grids::named(&p.names("grids"), (p.number("sigma_max"), p.number("sigma_min")), End::Level)?;
    let mut budgets = p.counts("budgets");
    budgets.sort_unstable();
    let study = Promise {
        mixture: line(),
        method: Method::named("li_stochastic_plain")?,
        grids: grids.into_iter().map(|(info, choice)| (info.label.to_string(), choice)).collect(),
        budgets,
        error: p.number("error"),
    };
    for (_, grid) in &study.grids {
        for &steps in &study.budgets {
            schedule::levels(&grid.name, &grid.parameters, steps)?;
        }
    }
    let names: Vec<String> = study.grids.iter().map(|(label, _)| label.clone()).collect();
    let curves = names.iter().flat_map(|name| study.sizes().map(|size| study.curve(name, size))).collect();
    Ok(Run::new(outline(curves, names), move |report| study.run(report)))
}

/// What was found at the most steps.
struct Found {
    curve: String,
    divergence: f64,
    bound: f64,
}

impl Promise {
    fn sizes(&self) -> [f64; 2] {
        [0.0, self.error]
    }

    fn curve(&self, grid: &str, size: f64) -> String {
        if size > 0.0 { format!("{grid}, ε = {}", short(size)) } else { format!("{grid}, exact score") }
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let steps: usize = self.budgets.iter().sum();
        let meter = report.meter((steps * self.grids.len() * self.sizes().len()) as f64);
        let mut last: [Vec<Found>; 2] = Default::default();
        let mut cells = Vec::new();
        for &steps in &self.budgets {
            for grid in 0..self.grids.len() {
                cells.extend((0..self.sizes().len()).map(|size| (steps, grid, size)));
            }
        }
        let compute = async |index: usize| {
            let (steps, g, s) = cells[index];
            let (grid, size) = (&self.grids[g].1, self.sizes()[s]);
            report.doing(&format!("Sampling in {steps} steps"));
            let levels = schedule::levels(&grid.name, &grid.parameters, steps)?;
            let bound = Bound::of(&self.mixture, &levels, size);
            let denoiser = Perturbed { exact: &self.mixture, shape: Shape::Shift, size };
            let made = propagated(&self.method, &denoiser, &self.mixture, normal_mass, &levels, &meter).await?;
            let curve = (2 * g + s) as f64;
            let none = Divergence { kullback_leibler: f64::NAN, total_variation: f64::NAN };
            let Divergence { kullback_leibler, total_variation } = made.map_or(none, |([made, exact], _)| {
                let made: Vec<f64> = made.into_iter().map(|mass| mass.max(ROUNDING)).collect();
                Divergence::of_masses(&exact, &made)
            });
            let pinsker = (0.5 * bound.sum()).sqrt();
            report.row("errors", &[curve, steps as f64, kullback_leibler, bound.sum(), total_variation, pinsker]);
            let sum = bound.sum();
            if size > 0.0 {
                let Bound { initialisation, discretisation, score } = bound;
                report.row("parts", &[g as f64, steps as f64, discretisation, initialisation, score]);
            }
            Ok((kullback_leibler, sum))
        };
        let each = |index: usize, (divergence, bound): (f64, f64), _| {
            let (steps, grid, size) = cells[index];
            if Some(&steps) == self.budgets.last() && divergence.is_finite() {
                let curve = self.curve(&self.grids[grid].0, self.sizes()[size]);
                last[size].push(Found { curve, divergence, bound });
            }
        };
        report.parts(cells.len(), compute, each).await?;
        last.iter().for_each(|found| self.conclude(found, &report));
        Ok(())
    }

    /// Says how loose the bound is, and whom bound and error prefer.
    fn conclude(&self, found: &[Found], report: &Report) {
        let best = |of: fn(&Found) -> f64| found.iter().min_by(|a, b| of(a).total_cmp(&of(b)));
        let (Some(promised), Some(made)) = (best(|found| found.bound), best(|found| found.divergence)) else { return };
        let each: Vec<String> = found
            .iter()
            .map(|Found { curve, divergence, bound }| {
                let (bound, divergence, times) = (short(*bound), short(*divergence), short(bound / divergence));
                format!("“{curve}” {divergence}, bounded by {bound} ({times} times as much)")
            })
            .collect();
        let verdict = match promised.curve == made.curve {
            true => format!("both prefer “{}”", made.curve),
            false => format!("the bound prefers “{}”, the error “{}”", promised.curve, made.curve),
        };
        let steps = self.budgets[self.budgets.len() - 1];
        report.say(format!("In {steps} steps the divergence is: {}; {verdict}.", each.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use crate::studies::{Supplies, begin};
    use burn::tensor::Device;

    /// No divergence is above its bound, and where the score errs the bound is near it.
    #[test]
    fn the_bound_holds() {
        let description = r#"{"study": "bound", "budgets": [16, 64], "error": 1}"#;
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
        let mut run = begin(description, supplies).expect("a study");
        let mut rows: Vec<Vec<f64>> = Vec::new();
        while let Some(update) = pollster::block_on(run.next()).expect("no error") {
            let errors = update.rows.into_iter().filter(|rows| rows.table == 0);
            rows.extend(errors.flat_map(|rows| rows.values.chunks(6).map(<[f64]>::to_vec).collect::<Vec<_>>()));
        }
        assert_eq!(rows.len(), 12);
        for row in rows {
            let [curve, _, divergence, bound, variation, pinsker] = row[..] else { panic!("six columns") };
            assert!(divergence > 0.0 && divergence < bound && variation < pinsker, "{row:?}");
            let off = curve as usize % 2 == 1;
            assert!(!off || bound < 3.0 * divergence, "{row:?}");
        }
    }
}
