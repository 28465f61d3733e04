//! How it is measured.

use std::cell::RefCell;

use super::text::outline;
use crate::data::Dataset;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::network::NetworkConfig;
use crate::objective::Objective;
use crate::parameters::{Checked, Choice};
use crate::sampler;
use crate::studies::common::grids::{self, End};
use crate::studies::common::method::Method;
use crate::studies::common::trained::{SampleQuality, doublings, train_steps, trainer};
use crate::studies::common::words::{plus_minus, short};
use crate::studies::{Context, Report, Run, StudyError};
use crate::training::TrainingOptions;
use burn::tensor::Device;

/// Measurements of a network, each after twice the steps of the one before.
const MEASUREMENTS: u32 = 6;
/// Held-out points that samples are measured against, two coordinates each.
const HELD_OUT: usize = 4000;

struct Progress {
    data: Dataset,
    rows: Vec<Row>,
    steps: usize,
    networks: usize,
    width: usize,
    points: usize,
    seed: u64,
    device: Device,
}

/// A sampler on a grid.
struct Row {
    label: String,
    method: Method,
    /// Its grid among those of the study.
    grid: usize,
    /// Whether it evaluates the turn.
    turns: bool,
    /// Time that a step of training takes for it, over one of a network without the turn.
    cost: f64,
    /// Its levels within the evaluations asked for, and within as much time as those take with the turn; with what is spent.
    equal: (Vec<Level>, usize),
    timed: (Vec<Level>, usize),
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let set = p.choice("set");
    let methods = Method::all(&p.names("samplers"))?;
    let evaluations = p.integer("evaluations");
    let width = p.integer("width");
    let grids = grids::named(&p.names("grids"), (p.number("sigma_max"), p.number("sigma_min")), End::Level)?;
    let data = Dataset::built_in(set)?;
    let cost = NetworkConfig::for_data(&data, width).turn_cost();
    let mut rows = Vec::new();
    for method in &methods {
        for (grid, (info, choice)) in grids.iter().enumerate() {
            let label =
                if grids.len() > 1 { format!("{}, {}", method.label, info.label) } else { method.label.clone() };
            rows.push(Row::new(label, method, (grid, choice), evaluations, cost)?);
        }
    }
    // Time is a question where some rows take more of it.
    let timed = rows.iter().any(|row| row.turns) && rows.iter().any(|row| !row.turns);
    let mut labels: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
    labels.push("Data itself scores this".into());
    let outline = outline(&labels, set, evaluations, timed);
    let study = Progress {
        data,
        rows,
        steps: p.integer("steps"),
        networks: p.integer("networks"),
        width,
        points: p.integer("points"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
    };
    Ok(Run::new(outline, move |report| study.run(report, timed)))
}

impl Row {
    fn new(
        label: String,
        method: &Method,
        (grid, choice): (usize, &Choice),
        budget: usize,
        cost: f64,
    ) -> Result<Self, StudyError> {
        let within = |budget: usize| {
            method.levels(choice, budget).ok_or_else(|| StudyError::Unfit {
                field: "evaluations",
                what: format!("{label} has no run of {budget}: allow more, or choose another sampler"),
            })
        };
        let equal = within(budget)?;
        let turns = sampler::turns(method.build()?, equal.0.clone()) > 0;
        let timed = if turns { equal.clone() } else { within((budget as f64 * cost).floor() as usize)? };
        let cost = if turns { cost } else { 1.0 };
        Ok(Self { method: method.clone(), grid, turns, cost, equal, timed, label })
    }
}

/// Energy distances of each row at each measurement, one a network.
type Distances = Vec<Vec<Vec<f64>>>;

impl Progress {
    async fn run(self, report: Report, timed: bool) -> Result<(), StudyError> {
        let measurements = doublings(self.steps, MEASUREMENTS);
        let spent = |row: &Row| row.equal.1 + if timed && row.timed.1 != row.equal.1 { row.timed.1 } else { 0 };
        let sampling: usize = self.rows.iter().map(spent).sum();
        let meter = report.meter((self.networks * (self.steps + measurements.len() * sampling)) as f64);
        let d = self.data.dimension;
        let held_out = &self.data.held_out[..self.data.held_out.len().min(HELD_OUT * d)];
        let quality = SampleQuality::new(held_out, d, self.points, &self.device);
        let floor = quality.floor(&self.data.train);
        let tables = &["steps", "time"][..1 + usize::from(timed)];
        for step in &measurements {
            let row = [self.rows.len() as f64, *step as f64, f64::NAN, f64::NAN, f64::NAN, floor];
            tables.iter().for_each(|table| report.row(table, &row));
        }
        let empty = vec![vec![Vec::new(); measurements.len()]; self.rows.len()];
        let found: RefCell<[Distances; 2]> = RefCell::new([empty.clone(), empty]);
        // The key of a row's place on the first table or on the second.
        let key = |table: usize, r: usize, index: usize| {
            let (row, step) = (&self.rows[r], measurements[index] as f64);
            match table {
                0 => [r as f64, step, row.equal.1 as f64],
                _ => [r as f64, step * row.cost, row.timed.1 as f64],
            }
        };
        let compute = async |number: usize| {
            let seed = self.seed + number as u64;
            let options =
                TrainingOptions { objective: Objective::Accelerated, budget: self.steps, ..TrainingOptions::points() };
            let mut network = trainer(self.data.clone(), self.width, options, seed, &self.device);
            let mut own = Vec::new();
            for (index, &step) in measurements.iter().enumerate() {
                report.doing(&format!("Training network {} of {}, {step} steps", number + 1, self.networks));
                let missing = step - network.step();
                train_steps(&mut network, missing, &meter).await;
                report.doing(&format!("Sampling network {} of {} after {step} steps", number + 1, self.networks));
                let denoiser = network.denoiser();
                for (r, row) in self.rows.iter().enumerate() {
                    let equal = quality.energy(&denoiser, &row.method, &row.equal.0, seed, &meter).await?;
                    let timed = match timed && row.timed.1 != row.equal.1 {
                        true => quality.energy(&denoiser, &row.method, &row.timed.0, seed, &meter).await?,
                        false => equal,
                    };
                    let errors = [equal, timed];
                    for (table, error) in errors.into_iter().enumerate().take(tables.len()).filter(|_| report.leads()) {
                        let all = [&found.borrow()[table][r][index][..], &[error]].concat();
                        self.put(&report, tables[table], key(table, r, index), &all);
                    }
                    own.push(errors);
                }
            }
            Ok(own)
        };
        let each = |_, own: Vec<[f64; 2]>, here: bool| {
            let places = (0..measurements.len()).flat_map(|index| (0..self.rows.len()).map(move |r| (index, r)));
            for ((index, r), errors) in places.zip(own) {
                for (table, error) in errors.into_iter().enumerate().take(tables.len()) {
                    let all = &mut found.borrow_mut()[table][r][index];
                    all.push(error);
                    if !here {
                        self.put(&report, tables[table], key(table, r, index), all);
                    }
                }
            }
        };
        report.parts(self.networks, compute, each).await?;
        let [equal, _] = found.into_inner();
        self.conclude(&measurements, &equal, floor, &report);
        Ok(())
    }

    fn put(&self, report: &Report, table: &str, key: [f64; 3], found: &[f64]) {
        let Estimate { mean, standard_error } = Estimate::of(found);
        report.row(table, &[&key[..], &[mean, standard_error, f64::NAN]].concat());
    }

    fn conclude(&self, measurements: &[usize], equal: &Distances, floor: f64, report: &Report) {
        for index in [0, measurements.len() - 1] {
            let mut order: Vec<usize> = (0..self.rows.len()).collect();
            let mean = |row: usize| Estimate::of(&equal[row][index]);
            order.sort_by(|a, b| mean(*a).mean.total_cmp(&mean(*b).mean));
            let mut text = format!(
                "After {} steps “{}” is nearest to the data, {}",
                measurements[index],
                self.rows[order[0]].label,
                plus_minus(mean(order[0]))
            );
            if let Some(&second) = order.get(1) {
                let more = plus_minus(Estimate::of_differences(&equal[second][index], &equal[order[0]][index]));
                text += &format!("; “{}” is {more} farther on the same networks", self.rows[second].label);
            }
            report.say(format!("{text}. Data itself scores {}.", short(floor)));
        }
        // Each learned turn against the same sampler on the same grid, with the slope of history.
        let value = |row: &Row| row.method.info.value;
        for (turn, row) in self.rows.iter().enumerate().filter(|(_, row)| row.turns) {
            let same = |other: &Row| value(other) == value(row) && other.grid == row.grid && !other.turns;
            let Some(control) = self.rows.iter().position(same) else { continue };
            let at = |index: usize| plus_minus(Estimate::of_differences(&equal[control][index], &equal[turn][index]));
            report.say(format!(
                "The learned turn is ahead of “{}” by {} after {} steps and by {} after {}, network by network (below zero it is behind).",
                self.rows[control].label,
                at(0),
                measurements[0],
                at(measurements.len() - 1),
                measurements[measurements.len() - 1],
            ));
        }
    }
}
