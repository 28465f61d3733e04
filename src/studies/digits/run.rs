//! How it is measured.

use crate::data::digits::PIXELS;
use crate::denoiser::Guidance;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::classify::BATCH as CLASSIFIED;
use crate::metrics::digits::{FLOOR_SETS, Jackknife, PARTS, QualityRun};
use crate::metrics::memorisation::Nearest;
use crate::network::classifier::FEATURES;
use crate::parameters::{Checked, Choice};
use crate::schedule;
use crate::studies::common::found::SURE;
use crate::studies::common::method::Method;
use crate::studies::common::nearest::{nearest, search_cost};
use crate::studies::common::source::Source;
use crate::studies::common::words::{percent, plus_minus};
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Column, Context, Line, Outline, Report, Run, StudyError, Table, View};

/// Samples, and held-out images, whose nearest training image is looked for.
const LOOKED_UP: usize = 32;
/// Samples drawn together, between two rests.
const BATCH: usize = 16;
/// What one distance costs, in evaluations of one batch, roughly.
const DISTANCE: f64 = 0.5;
/// Evaluations that the closing sentence is about, if they are among the budgets.
const FEW: usize = 8;

struct Digits {
    methods: Vec<Method>,
    budgets: Vec<usize>,
    grid: Choice,
    images: usize,
    guidance: Guidance,
    seed: u64,
}

struct Cell {
    method: usize,
    budget: usize,
    levels: Vec<Level>,
    spent: usize,
}

numbers!(Jackknife { whole, without });

/// Scores of real images.
struct Real {
    floor: Estimate,
    confidence: Estimate,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let grid = p.grid("grid");
    schedule::check(&grid)?;
    let digits = Digits {
        methods: Method::all(&p.names("samplers"))?,
        budgets: p.counts("budgets"),
        grid,
        images: p.integer("images") / PARTS * PARTS,
        guidance: Guidance {
            weight: p.number("guidance"),
            lowest: p.number("guidance_lowest"),
            highest: p.number("guidance_highest"),
        },
        seed: p.integer("seed") as u64,
    };
    let source = Source::learned(&context)?.guided(digits.guidance);
    if context.data_name() != "digits" {
        let what = format!("this study measures handwritten digits, and “{}” are none", context.data_name());
        return Err(StudyError::Unfit { field: "data", what });
    }
    let real = source.fresh().len() / PIXELS / 2;
    if real < 2 * digits.images {
        let what = format!("a floor needs twice as many real images, and there are {real} for it");
        return Err(StudyError::Unfit { field: "images", what });
    }
    let quality = QualityRun::new(context.device())?;
    Ok(Run::new(digits.outline(), move |report| digits.run(source, quality, report)))
}

impl Digits {
    fn outline(&self) -> Outline {
        let mut names: Vec<String> = self.methods.iter().map(|method| method.label.clone()).collect();
        names.push("Real images".into());
        let quality = Table {
            key: "quality",
            caption: format!(
                "Frechet distance of {} samples to real digits, and the classifier’s confidence; ± is the standard error",
                self.images
            ),
            columns: vec![
                Column::names("sampler", "Sampler", names),
                Column::number("evaluations", "Network evaluations"),
                Column::number("spent", "Spent"),
                Column::number("distance", "Frechet distance").uncertain("uncertainty"),
                Column::error("uncertainty"),
                Column::number("floor", "Floor: as many real images").line(Line::Theory),
                Column::number("clarity", "Confidence").uncertain("doubt"),
                Column::error("doubt"),
                Column::number("real_clarity", "Confidence for real images").line(Line::Theory),
            ],
            keys: 2,
        };
        let memory = Table {
            key: "memory",
            caption: "Distance to the nearest training image, mean over images; ± is the standard error".into(),
            columns: vec![
                Column::names("images", "Images", vec!["Samples".into(), "Held-out images".into()]),
                Column::number("pixels", "In pixels, standardised").uncertain("pixels_error"),
                Column::error("pixels_error"),
                Column::number("features", "In features").uncertain("features_error"),
                Column::error("features_error"),
            ],
            keys: 1,
        };
        let lines = |title: &str, y: [&'static str; 2], log: (bool, bool)| View::Lines {
            title: title.into(),
            table: "quality",
            x: "evaluations",
            y: y.to_vec(),
            by: Some("sampler"),
            log,
            slopes: None,
        };
        let views = vec![
            lines("Frechet distance against network evaluations", ["distance", "floor"], (true, true)),
            lines("The classifier’s confidence", ["clarity", "real_clarity"], (true, false)),
            View::Bars {
                title: "Distance to the nearest training image".into(),
                table: "memory",
                label: "images",
                value: "pixels",
                stack: None,
            },
        ];
        Outline { tables: vec![quality, memory], views }
    }

    fn cells(&self, source: &Source) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &budget in &self.budgets {
            for (method, entry) in self.methods.iter().enumerate() {
                let found = entry.levels_with(&self.grid, budget, |level| source.passes(level));
                cells.extend(found.map(|(levels, spent)| Cell { method, budget, levels, spent }));
            }
        }
        cells
    }

    async fn run(self, source: Source, mut quality: QualityRun, report: Report) -> Result<(), StudyError> {
        let cells = self.cells(&source);
        let Some(last) = cells.last() else {
            let what = "no sampler has a run so short on this grid: allow more evaluations".to_string();
            return Err(StudyError::Unfit { field: "budgets", what });
        };
        let (batches, training) = (self.images.div_ceil(BATCH), source.fresh().len() / PIXELS);
        let known = LOOKED_UP.min(source.held_out().len() / PIXELS);
        let spent: usize = cells.iter().map(|cell| cell.spent).sum();
        let classified = QualityRun::cost(training + self.images * cells.len() + known);
        let distances = DISTANCE * (cells.len() * (PARTS + 1) + FLOOR_SETS) as f64;
        let searches = search_cost(LOOKED_UP + known, training, PIXELS + FEATURES);
        let meter = report.meter((batches * spent) as f64 + classified + distances + searches);

        report.doing("Classifying real images");
        let real = self.real(source.fresh(), &mut quality, &meter).await?;
        let nowhere = self.methods.len() as f64;
        for &budget in &self.budgets {
            let none = f64::NAN;
            let row = [nowhere, budget as f64, none, none, none, real.floor.mean, none, none, real.confidence.mean];
            report.row("quality", &row);
        }
        report.say(format!(
            "{} real images score {} in {FEATURES} features: samples that score no more can’t be told from real ones by this distance.",
            self.images,
            plus_minus(real.floor)
        ));

        let compute = async |index: usize| {
            let cell = &cells[index];
            report.doing(&format!("“{}”, {} evaluations", self.methods[cell.method].label, cell.budget));
            let samples = self.cell(cell, &source, &mut quality, &meter).await?;
            let distances = quality.distance()?;
            let (distance, clarity) = (distances.estimate(), Estimate::of(&quality.samples().confidence));
            let key = [cell.method as f64, cell.budget as f64, cell.spent as f64];
            let values =
                [distance.mean, distance.standard_error, f64::NAN, clarity.mean, clarity.standard_error, f64::NAN];
            report.row("quality", &[&key[..], &values].concat());
            meter.advance(DISTANCE * (PARTS + 1) as f64).await;
            let nearest = match index + 1 == cells.len() {
                true => Some(self.nearest(&samples, &source, &quality, &meter, &report).await?),
                false => None,
            };
            Ok(((distances, clarity), nearest))
        };
        let (mut found, mut nearest) = (Vec::with_capacity(cells.len()), None);
        let each = |_, (one, searched): ((Jackknife, Estimate), Option<[Estimate; 2]>), _| {
            found.push(one);
            nearest = searched;
        };
        report.parts(cells.len(), compute, each).await?;
        self.conclude(&cells, &found, &real, &report);
        let [samples, held_out] = nearest.ok_or(StudyError::Part)?;
        let label = &self.methods[last.method].label;
        report.say(format!(
            "The nearest of {training} training images is {} from samples of “{label}” within {} evaluations, and {} from handwriting \
             that was held out.",
            plus_minus(samples),
            last.budget,
            plus_minus(held_out)
        ));
        Ok(())
    }

    /// Classifies the `training` images, and finds what others like them score.
    async fn real(&self, training: &[f32], quality: &mut QualityRun, meter: &Meter<'_>) -> Result<Real, StudyError> {
        let mut left = training.len() / PIXELS;
        while left > 0 {
            let before = left;
            left = quality.advance_reference(training).await?;
            meter.advance(QualityRun::cost(before - left)).await;
        }
        let floor = quality.floor(self.images, FLOOR_SETS)?;
        meter.advance(DISTANCE * FLOOR_SETS as f64).await;
        Ok(Real { floor, confidence: Estimate::of(&quality.real().confidence) })
    }

    /// How far the nearest training images are from `samples`, which `quality` has classified, and from images that were held out, in
    /// pixels.
    async fn nearest(
        &self,
        samples: &[f32],
        source: &Source,
        quality: &QualityRun,
        meter: &Meter<'_>,
        report: &Report,
    ) -> Result<[Estimate; 2], StudyError> {
        report.doing("Searching for the nearest training images");
        let known = LOOKED_UP.min(source.held_out().len() / PIXELS);
        let held_out = &source.held_out()[..known * PIXELS];
        let handwriting = quality.classifier().classify(held_out).await?;
        meter.advance(QualityRun::cost(known)).await;
        let mut means = [Estimate::UNKNOWN; 2];
        let sets = [
            (&samples[..LOOKED_UP * PIXELS], &quality.samples().features[..LOOKED_UP * FEATURES]),
            (held_out, &handwriting.features),
        ];
        for (row, (images, features)) in sets.into_iter().enumerate() {
            let pixels = nearest(images, source.fresh(), PIXELS, meter).await;
            let features = nearest(features, &quality.real().features, FEATURES, meter).await;
            let mean = |found: &[Nearest]| Estimate::of(&found.iter().map(|one| one.distance).collect::<Vec<_>>());
            let (pixels, features) = (mean(&pixels), mean(&features));
            let pair = [pixels.mean, pixels.standard_error, features.mean, features.standard_error];
            report.row("memory", &[&[row as f64][..], &pair].concat());
            means[row] = pixels;
        }
        Ok(means)
    }

    /// Samples of a cell as row-major pixels, all of them classified.
    async fn cell(
        &self,
        cell: &Cell,
        source: &Source,
        quality: &mut QualityRun,
        meter: &Meter<'_>,
    ) -> Result<Vec<f32>, StudyError> {
        let mut images = Vec::with_capacity(self.images * PIXELS);
        for from in (0..self.images).step_by(BATCH) {
            let count = BATCH.min(self.images - from);
            // The same noise for the same images of every cell.
            let seed = (self.seed << 32) + from as u64;
            images.extend(source.samples(&self.methods[cell.method], &cell.levels, count, seed, meter).await?);
        }
        quality.restart();
        for batch in images.chunks(CLASSIFIED * PIXELS) {
            quality.add(batch).await?;
            meter.advance(QualityRun::cost(batch.len() / PIXELS)).await;
        }
        Ok(images)
    }

    /// Says who is best within few evaluations, what the first sampler needs to be as good, and who is as clear as real images.
    fn conclude(&self, cells: &[Cell], found: &[(Jackknife, Estimate)], real: &Real, report: &Report) {
        let budget = if self.budgets.contains(&FEW) { FEW } else { self.budgets[0] };
        let name = |cell: &Cell| format!("“{}”", self.methods[cell.method].label);
        let all = || cells.iter().zip(found).map(|(cell, (distances, clarity))| (cell, distances, clarity));
        let mut column: Vec<_> = all()
            .filter(|(cell, distances, _)| cell.budget == budget && distances.estimate().mean.is_finite())
            .collect();
        column.sort_by(|a, b| a.1.estimate().mean.total_cmp(&b.1.estimate().mean));
        let Some(((cell, best, clarity), others)) = column.split_first() else { return };
        let clear = |distances: &Jackknife| {
            let behind = distances.minus(best);
            behind.mean > SURE * behind.standard_error
        };
        let mut text =
            format!("Within {budget} evaluations {} is closest, {}.", name(cell), plus_minus(best.estimate()));
        let level: Vec<String> = others.iter().filter(|other| !clear(other.1)).map(|other| name(other.0)).collect();
        if !level.is_empty() {
            text += &format!(" From this noise it can’t be told from {}.", level.join(", "));
        }
        // What the first sampler of the list needs, if it is behind here.
        let first = others.iter().find(|other| other.0.method == 0 && clear(other.1));
        if let Some((straight, distances, _)) = first {
            let as_good =
                all().find(|(cell, distances, _)| cell.method == 0 && cell.budget > budget && !clear(distances));
            let needs = match as_good {
                Some((cell, ..)) => format!("is not as good before {} evaluations", cell.budget),
                None => "is as good within none of these numbers of evaluations".into(),
            };
            text += &format!(" {} scores {} there, and {needs}.", name(straight), plus_minus(distances.estimate()));
        }
        report.say(text);
        report.say(format!(
            "The classifier’s mean confidence is {} for these samples, and {} for real images.",
            percent(clarity.mean),
            percent(real.confidence.mean)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Kind;
    use crate::settings::Settings;
    use crate::studies::digits::INFO;

    /// The stage and this study draw digits on the same noise levels.
    #[test]
    fn the_grid_is_the_digits_own() {
        let grid = INFO.parameters.iter().find(|parameter| parameter.key == "grid").map(|parameter| parameter.kind);
        let Some(Kind::Grid { default }) = grid else { panic!("no grid") };
        assert_eq!(Choice::new(default.0, default.1), Settings::for_data("digits").grid);
    }
}
