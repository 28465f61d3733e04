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
/// Where the error may be.
const SHAPES: [Shape; 3] = [Shape::Shift, Shape::Wave, Shape::Rare];
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
        // First the curves over steps, and then where the error is.
        let mut curves = Vec::new();
        for &steps in &self.steps {
            for m in 0..self.methods.len() {
                curves.extend((0..SIZES.len()).map(|s| (steps, m, s)));
            }
        }
        let mut floors = Vec::new();
        for shape in 0..SHAPES.len() {
            floors.extend(SIZES[1..].iter().map(|size| (shape, size * self.error)));
        }
        let compute = async |index: usize| {
            if let Some(&(steps, m, s)) = curves.get(index) {
                report.doing(&format!("Sampling in {steps} steps"));
                self.off(&self.methods[m], self.shape, SIZES[s] * self.error, steps, &meter).await
            } else {
                report.doing("Comparing where the error is");
                let (shape, size) = floors[index - curves.len()];
                self.off(&self.fine, SHAPES[shape], size, FINE, &meter).await
            }
        };
        let mut found = vec![vec![Vec::new(); SIZES.len()]; self.methods.len()];
        let mut measured = Vec::new();
        let mut floor = None;
        let each = |index: usize, off: Found, _| {
            if let Some(&(steps, m, s)) = curves.get(index) {
                self.put(&report, (steps, m, s), off);
                found[m][s].push(off);
                if s + 1 == SIZES.len() {
                    self.rate(&report, m, &found[m][0]);
                }
                return;
            }
            let (shape, size) = floors[index - curves.len()];
            measured.extend(self.floor(&report, shape, size, off));
            if (index - curves.len() + 1).is_multiple_of(SIZES.len() - 1) {
                if let Some(slope) = fit(&measured, FLOOR) {
                    report.row("sizes", &[shape as f64, slope.slope, slope.standard_error, 1.0]);
                }
                if SHAPES[shape] == self.shape {
                    floor = measured.last().filter(|point| point.x == self.error).map(|point| point.error);
                }
                measured.clear();
            }
        };
        report.parts(curves.len() + floors.len(), compute, each).await?;
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

    /// Puts a point of a curve over steps on the report.
    fn put(&self, report: &Report, (steps, m, s): (usize, usize, usize), off: Found) {
        if let Some((error, bound)) = off {
            report.row("errors", &[(m * SIZES.len() + s) as f64, steps as f64, error, bound]);
        }
    }

    /// Puts the slope of the curve with the exact score on the report.
    fn rate(&self, report: &Report, m: usize, found: &[Found]) {
        let order = self.methods[m].info.order as f64;
        if let Some(slope) = fit(&self.curve(found), FLOOR) {
            let theory = if order > 0.0 { -order } else { f64::NAN };
            report.row("rates", &[(m * SIZES.len()) as f64, slope.slope, slope.standard_error, theory]);
        }
    }

    /// Puts the distance after many fine steps on the report, for a shape and a size of the error.
    fn floor(&self, report: &Report, shape: usize, size: f64, off: Found) -> Option<Measured> {
        let (error, bound) = off?;
        let known = if self.known && SHAPES[shape] == Shape::Shift { self.moved(size) } else { f64::NAN };
        report.row("floors", &[shape as f64, size, SHAPES[shape].largest() * size, error, bound, known]);
        Some(Measured { x: size, error, uncertainty: bound })
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
