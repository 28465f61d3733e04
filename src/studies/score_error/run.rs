//! How it is measured.

use super::perturbed::{Perturbed, Shape};
use super::text::{SPAN, outline};
use crate::distribution::Mixture;
use crate::distribution::line::normal_mass;
use crate::level::Level;
use crate::parameters::Checked;
use crate::sampler;
use crate::schedule::log_linear;
use crate::studies::common::method::Method;
use crate::studies::common::slope::{Measured, fit};
use crate::studies::common::targets::{comb, diracs, line, normal};
use crate::studies::common::variation::variation_under;
use crate::studies::common::words::short;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};

/// Sizes of the error over the largest.
const SIZES: [f64; 4] = [0.0, 0.04, 0.2, 1.0];
/// Where double precision begins to show.
const FLOOR: f64 = 1e-9;
/// Steps of Heun's method that stand for infinitely many.
pub(super) const FINE: usize = 256;

struct ScoreError {
    mixture: Mixture,
    /// Whether all points move alike: the shape of a shift on a Gaussian of width one.
    known: bool,
    shape: Shape,
    methods: Vec<Method>,
    /// Whose own error is nothing beside the score's.
    fine: Method,
    steps: Vec<usize>,
    error: f64,
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let methods = Method::all(&p.names("samplers"))?;
    let root = 3.0_f64.sqrt();
    let target = p.choice("target");
    let most = p.integer("most");
    let study = ScoreError {
        mixture: match target {
            "normal" => normal(),
            "diracs" => diracs(),
            "uniform" => comb(&[(-root, root)]),
            "checkerboard" => comb(&[(-1.5, -0.5), (0.5, 1.5)]),
            _ => line(),
        },
        known: target == "normal",
        shape: p.option("shape"),
        methods,
        fine: Method::named("edm_heun")?,
        steps: (2..).map(|power| 1 << power).take_while(|steps| *steps < most).chain([most]).collect(),
        error: p.number("error"),
    };
    let curves = study.methods.iter().flat_map(|method| {
        SIZES.map(|size| match size {
            0.0 => format!("{}, exact score", method.label),
            size => format!("{}, ε = {}", method.label, short(size * study.error)),
        })
    });
    let outline = outline(curves.collect());
    Ok(Run::new(outline, move |report| study.run(report)))
}

/// A distance, and a bound on the numbers' own error; none where the map folds.
type Found = Option<(f64, f64)>;

impl ScoreError {
    fn levels(&self, steps: usize) -> Vec<Level> {
        log_linear(steps, SPAN.0, SPAN.1)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let spent = |method: &Method, steps: usize| {
            Ok::<_, StudyError>(sampler::evaluations(method.build()?, self.levels(steps)) as f64)
        };
        let mut total = 3.0 * (SIZES.len() - 1) as f64 * spent(&self.fine, FINE)?;
        for method in &self.methods {
            for &steps in &self.steps {
                total += SIZES.len() as f64 * spent(method, steps)?;
            }
        }
        let meter = report.meter(total);
        let mut found = vec![vec![Vec::new(); SIZES.len()]; self.methods.len()];
        for &steps in &self.steps {
            report.doing(&format!("Sampling in {steps} steps"));
            for (m, method) in self.methods.iter().enumerate() {
                for (s, size) in SIZES.iter().enumerate() {
                    let off = self.off(method, self.shape, size * self.error, steps, &meter).await?;
                    let curve = m * SIZES.len() + s;
                    if let Some((error, bound)) = off {
                        report.row("errors", &[curve as f64, steps as f64, error, bound]);
                    }
                    found[m][s].push(off);
                }
                let order = method.info.order as f64;
                if let Some(slope) = fit(&self.curve(&found[m][0]), FLOOR) {
                    let theory = if order > 0.0 { -order } else { f64::NAN };
                    report.row("rates", &[(m * SIZES.len()) as f64, slope.slope, slope.standard_error, theory]);
                }
            }
        }
        let floor = self.floors(&report, &meter).await?;
        self.conclude(&found, floor, &report);
        Ok(())
    }

    async fn off(
        &self,
        method: &Method,
        shape: Shape,
        size: f64,
        steps: usize,
        meter: &Meter<'_>,
    ) -> Result<Found, StudyError> {
        let denoiser = Perturbed { exact: &self.mixture, shape, size };
        variation_under(method, &denoiser, &self.mixture, &self.levels(steps), meter).await
    }

    /// A curve over steps, without its holes.
    fn curve(&self, found: &[Found]) -> Vec<Measured> {
        let point = |(steps, found): (&usize, &Found)| {
            found.map(|(error, uncertainty)| Measured { x: *steps as f64, error, uncertainty })
        };
        self.steps.iter().zip(found).filter_map(point).collect()
    }

    /// Reports the distance after many fine steps, by size and shape of the error. Returns that of the curves' shape and the largest size.
    async fn floors(&self, report: &Report, meter: &Meter<'_>) -> Result<Option<f64>, StudyError> {
        let mut largest = None;
        report.doing("Comparing where the error is");
        for (index, shape) in [Shape::Shift, Shape::Wave, Shape::Rare].into_iter().enumerate() {
            let mut curve = Vec::new();
            for size in &SIZES[1..] {
                let size = size * self.error;
                let Some((error, bound)) = self.off(&self.fine, shape, size, FINE, meter).await? else {
                    continue;
                };
                let known = if self.known && shape == Shape::Shift { self.moved(size) } else { f64::NAN };
                report.row("floors", &[index as f64, size, shape.largest() * size, error, bound, known]);
                curve.push(Measured { x: size, error, uncertainty: bound });
            }
            if let Some(slope) = fit(&curve, FLOOR) {
                report.row("sizes", &[index as f64, slope.slope, slope.standard_error, 1.0]);
            }
            if shape == self.shape {
                largest = curve.last().filter(|point| point.x == self.error).map(|point| point.error);
            }
        }
        Ok(largest)
    }

    /// Total variation of a normal distribution of width one from itself moved by `size` times the time of the process: with `s = -x`
    /// the equation `dx/dt = -(x + s + e)` leaves `dx/dt = -e`.
    fn moved(&self, size: f64) -> f64 {
        let time = Level::from_sigma(SPAN.1).ou_time() - Level::from_sigma(SPAN.0).ou_time();
        let half = 0.5 * size * time;
        normal_mass(-half, half)
    }

    fn conclude(&self, found: &[Vec<Vec<Found>>], floor: Option<f64>, report: &Report) {
        let last = |curve: &[Found]| curve.last().copied().flatten().map(|(error, _)| error);
        for (method, curves) in self.methods.iter().zip(found) {
            let (Some(exact), Some(off)) = (last(&curves[0]), last(&curves[SIZES.len() - 1])) else { continue };
            // From where on the steps' own share of the error is below a tenth.
            let steps = self.steps.iter().zip(&curves[SIZES.len() - 1]);
            let enough = steps.filter_map(|(steps, found)| found.map(|(error, _)| (steps, error)));
            let enough = enough.collect::<Vec<_>>();
            let from =
                enough.iter().rposition(|(_, error)| (error / off - 1.0).abs() > 0.1).map_or(0, |index| index + 1);
            let from = enough.get(from).map_or(self.steps[self.steps.len() - 1], |(steps, _)| **steps);
            report.say(format!(
                "{}: with ε = {} the distance stays at {} from {from} steps on, within a tenth; with the exact score it goes on to {}.",
                method.label,
                short(self.error),
                short(off),
                short(exact),
            ));
        }
        // The joint error against the sum of both parts, at every number of steps where both are known.
        let ratios = found.iter().flat_map(|curves| {
            let floor = floor.unwrap_or(f64::NAN);
            let both = curves[0].iter().zip(&curves[SIZES.len() - 1]);
            both.filter_map(move |(steps, joint)| Some(joint.as_ref()?.0 / (steps.as_ref()?.0 + floor)))
        });
        let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
        let (low, high) =
            ratios.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), ratio| (low.min(*ratio), high.max(*ratio)));
        if high > 0.0 {
            report.say(format!(
                "With ε = {} the whole distance is between {} and {} times the sum of the steps’ own error and what {FINE} steps of \
                 Heun’s method leave.",
                short(self.error),
                short(low),
                short(high),
            ));
        }
    }
}

impl Shape {
    /// Its largest value over its root mean square; for the wave, where it is evenly met.
    fn largest(self) -> f64 {
        match self {
            Shape::Shift => 1.0,
            Shape::Wave => std::f64::consts::SQRT_2,
            Shape::Rare => super::perturbed::SHARE.sqrt().recip(),
        }
    }
}
