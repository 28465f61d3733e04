//! How they are trained, each for as much computation, and shown.

use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::consistency::Consistency;
use super::learn::Learner;
use super::measure::{BUDGETS, Judge, Sampling, grids, straightness};
use super::reflow::{Couplings, Reflow};
use super::shortcut::Shortcut;
use crate::data::Dataset;
use crate::denoiser::NetworkDenoiser;
use crate::estimate::Estimate;
use crate::network::{FlowMap, Network, NetworkConfig};
use crate::objective::Objective;
use crate::parameters::Checked;
use crate::studies::common::found::{Found, smallest};
use crate::studies::common::points::read;
use crate::studies::common::seeds::{Seeds, over, uncertainty};
use crate::studies::common::words::{plus_minus, short};
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Column, Context, Outline, Report, Run, StudyError, Table, View};
use crate::training::{DistilOptions, Distiller, Trainer, TrainingOptions};

/// Points of a training step.
const BATCH: usize = 256;
/// Steps of the teacher's paths.
const CELLS: usize = 32;
/// Of 5,000 steps of the velocity, the playground takes 2,000 of the map, from 8,192 trajectories.
const MAP_PART: f64 = 0.4;
const TRAJECTORIES_PART: f64 = 8192.0 / 5000.0;
/// A gradient costs two evaluations more than the forward pass.
const GRADIENT: f64 = 3.0;

/// The rows, in the order of their names.
const ROWS: [(&str, Sampling); 10] = [
    ("Velocity, DDIM", Sampling::Ddim),
    ("Velocity, UniPC", Sampling::UniPc),
    ("Velocity for longer, UniPC", Sampling::UniPc),
    ("Flow map", Sampling::Map),
    ("Reflowed velocity, DDIM", Sampling::Ddim),
    ("Reflowed velocity, UniPC", Sampling::UniPc),
    ("Consistency model, distilled", Sampling::Consistency),
    ("Consistency model, from data", Sampling::Consistency),
    ("Shortcut model, from the velocity", Sampling::Map),
    ("Shortcut model, from data", Sampling::Map),
];

#[derive(Clone)]
struct Relatives {
    set: String,
    data: Dataset,
    steps: usize,
    config: NetworkConfig,
    seeds: usize,
    seed: u64,
    device: Device,
}

/// Steps of everything, so that all cost alike. Costs are evaluations of the velocity for one point.
struct Plan {
    trajectories: usize,
    map: usize,
    reflow: usize,
    distilled: usize,
    halved: usize,
    longer: usize,
    consistency: usize,
    shortcut: usize,
    /// What the velocity costs, and everything after it.
    cost: [f64; 2],
}

impl Plan {
    fn new(steps: usize, map_cost: f64) -> Self {
        let batch = BATCH as f64;
        let map = (MAP_PART * steps as f64).ceil();
        let trajectories = (TRAJECTORIES_PART * steps as f64 / 256.0).ceil() * 256.0;
        let bank = trajectories * CELLS as f64;
        let velocity = steps as f64 * batch * GRADIENT;
        let phase = bank + map * batch * GRADIENT * map_cost;
        let fit = |left: f64, cost: f64| (left / (batch * cost)).round() as usize;
        Self {
            trajectories: trajectories as usize,
            map: map as usize,
            reflow: fit(phase - bank, Reflow::COST),
            distilled: fit(phase, Consistency::cost(map_cost, true)),
            halved: fit(phase, Shortcut::cost(map_cost)),
            longer: fit(phase, GRADIENT),
            consistency: fit(velocity + phase, Consistency::cost(map_cost, false)),
            shortcut: fit(velocity + phase, Shortcut::cost(map_cost)),
            cost: [velocity, phase],
        }
    }
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let set = p.choice("set").to_string();
    let data = Dataset::built_in(&set)?;
    let study = Relatives {
        config: NetworkConfig::for_data(&data, p.integer("width")),
        steps: p.integer("steps"),
        seeds: p.integer("seeds"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
        set,
        data,
    };
    Ok(Run::new(outline(study.seeds)?, move |report| study.run(report)))
}

fn outline(seeds: usize) -> Result<Outline, StudyError> {
    let how = match seeds {
        1 => "one seed, so without an uncertainty".into(),
        seeds => uncertainty(seeds, ""),
    };
    let names: Vec<String> = ROWS.iter().map(|(name, _)| (*name).to_string()).collect();
    let distances = Table {
        key: "distances",
        caption: format!(
            "Energy distance to fresh points, and what the training cost in millions of evaluations of the velocity for one point; {how}; \
             levels are the first seed’s"
        ),
        columns: vec![
            Column::names("row", "What is trained, and how it is sampled", names),
            Column::number("evaluations", "Network evaluations"),
            Column::number("distance", "Energy distance").uncertain("uncertainty"),
            Column::error("uncertainty"),
            Column::names("grid", "Noise levels", grids(1)?.into_iter().map(|(name, _)| name).collect()),
            Column::number("cost", "Training").unit("million evaluations"),
        ],
        keys: 2,
    };
    let turns = Table {
        key: "turns",
        caption: format!("Root mean square turn of the velocity’s own paths, d eh / d ln σ for a coordinate; {how}"),
        columns: vec![
            Column::names("network", "Network", vec!["Velocity".into(), "Reflowed velocity".into()]),
            Column::number("sigma", "Noise level σ"),
            Column::number("turn", "Turn").uncertain("turn_error"),
            Column::error("turn_error"),
        ],
        keys: 2,
    };
    let straight = Table {
        key: "straightness",
        caption: format!(
            "Distance of the paths from straight lines, root mean square over time and coordinates; {how}"
        ),
        columns: vec![
            Column::names("network", "Network", vec!["Velocity".into(), "Reflowed velocity".into()]),
            Column::number("straightness", "From a straight line").uncertain("straightness_error"),
            Column::error("straightness_error"),
        ],
        keys: 1,
    };
    let views = vec![
        View::Ranking {
            title: "Energy distance after the same training".into(),
            table: "distances",
            rows: vec!["row"],
            columns: "evaluations",
            value: "distance",
        },
        View::Lines {
            title: "Energy distance against evaluations".into(),
            table: "distances",
            x: "evaluations",
            y: vec!["distance"],
            by: Some("row"),
            log: (true, true),
            slopes: None,
        },
        View::Lines {
            title: "The turn of the paths, before and after reflow".into(),
            table: "turns",
            x: "sigma",
            y: vec!["turn"],
            by: Some("network"),
            log: (true, false),
            slopes: None,
        },
    ];
    Ok(Outline { tables: vec![distances, turns, straight], views })
}

impl Relatives {
    fn rng(&self, stream: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        rng
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let plan = Plan::new(self.steps, self.config.map_cost());
        // A unit is a training step of the velocity, or a rest of the measurement.
        let of_steps =
            (plan.cost[0] + 5.0 * plan.cost[1] + 2.0 * (plan.cost[0] + plan.cost[1])) / (BATCH as f64 * GRADIENT);
        let meter = report.meter(self.seeds as f64 * (of_steps + Judge::rests() * ROWS.len() as f64));
        let seeds = Seeds::new(&report, self.seeds);
        let one = async |number| {
            let own = Self { seed: self.seed + number as u64, ..self.clone() };
            own.one(&plan, &seeds, &meter).await
        };
        let ends = seeds.all(one).await?;
        conclude(&ends, &plan, &report);
        Ok(())
    }

    /// Everything from one seed.
    async fn one(&self, plan: &Plan, seeds: &Seeds<'_>, meter: &Meter<'_>) -> Result<End, StudyError> {
        let map_cost = self.config.map_cost();
        let judge = Judge::new(&self.set, &self.data, self.seed, &self.device)?;
        let mut distances = vec![[f64::INFINITY; BUDGETS.len()]; ROWS.len()];

        let doing = |what: &str| seeds.doing(&format!("Training: {what}"));
        doing("velocity");
        let options = TrainingOptions { objective: Objective::Simple, budget: self.steps, ..TrainingOptions::points() };
        let mut trainer = Trainer::new(self.config.clone(), options, self.data.clone(), self.seed, &self.device);
        for _ in 0..self.steps {
            drop(trainer.next());
            meter.advance(1.0).await;
        }
        let (network, velocity) = (trainer.average().clone(), trainer.denoiser());
        let after = plan.cost[0] + plan.cost[1];
        self.show(seeds, &judge, (0, plan.cost[0]), &velocity, &mut distances, meter).await?;
        self.show(seeds, &judge, (1, plan.cost[0]), &velocity, &mut distances, meter).await?;

        doing("velocity for longer");
        for _ in 0..plan.longer {
            drop(trainer.next());
            meter.advance(1.0).await;
        }
        self.show(seeds, &judge, (2, after), &trainer.denoiser(), &mut distances, meter).await?;

        doing("flow map");
        let options = DistilOptions {
            trajectories: plan.trajectories,
            cells: CELLS,
            budget: plan.map,
            ..DistilOptions::points()
        };
        let mut distiller = Distiller::new(&self.config, &network, &self.data, options, self.seed);
        while distiller.filled() < 1.0 {
            distiller.fill();
            meter.advance(64.0 * CELLS as f64 / (BATCH as f64 * GRADIENT)).await;
        }
        for _ in 0..plan.map {
            drop(distiller.next());
            meter.advance(map_cost).await;
        }
        self.show(seeds, &judge, (3, after), &distiller.denoiser(), &mut distances, meter).await?;

        doing("reflow");
        let reflowed = self.reflow(plan, &network, &velocity, meter).await?;
        for row in [4, 5] {
            self.show(seeds, &judge, (row, after), &reflowed, &mut distances, meter).await?;
        }

        for (row, distilled, steps) in [(6, true, plan.distilled), (7, false, plan.consistency)] {
            doing(ROWS[row].0);
            let begun = self.begun(distilled.then_some(&network), 10 + row as u64);
            let teacher = distilled.then(|| network.clone());
            let mut model = Consistency { learner: Learner::new(begun, steps), teacher };
            let mut rng = self.rng(20 + row as u64);
            for _ in 0..steps {
                model.step(&self.data, BATCH, &mut rng, &self.device);
                meter.advance(Consistency::cost(map_cost, distilled) / GRADIENT).await;
            }
            let denoiser = velocity.clone().with_map(model.learner.average().clone(), map_cost);
            self.show(seeds, &judge, (row, after), &denoiser, &mut distances, meter).await?;
        }
        for (row, from_velocity, steps) in [(8, true, plan.halved), (9, false, plan.shortcut)] {
            doing(ROWS[row].0);
            let begun = self.begun(from_velocity.then_some(&network), 10 + row as u64);
            let mut model = Shortcut { learner: Learner::new(begun, steps) };
            let mut rng = self.rng(20 + row as u64);
            for _ in 0..steps {
                model.step(&self.data, BATCH, &mut rng, &self.device);
                meter.advance(Shortcut::cost(map_cost) / GRADIENT).await;
            }
            let denoiser = velocity.clone().with_map(model.learner.average().clone(), map_cost);
            self.show(seeds, &judge, (row, after), &denoiser, &mut distances, meter).await?;
        }

        seeds.doing("Measuring how paths turn");
        let paths = self.turns(&judge, [&velocity, &reflowed], seeds).await?;
        Ok(End { distances, paths })
    }

    /// A map to begin with: the velocity, or fresh weights.
    fn begun(&self, network: Option<&Network>, stream: u64) -> FlowMap {
        match network {
            Some(network) => FlowMap::of(network),
            None => FlowMap::of(&self.config.init(&mut self.rng(stream), &self.device)),
        }
    }

    async fn reflow(
        &self,
        plan: &Plan,
        network: &Network,
        velocity: &NetworkDenoiser,
        meter: &Meter<'_>,
    ) -> Result<NetworkDenoiser, StudyError> {
        let mut rng = self.rng(3);
        let mut couplings = Couplings::default();
        while couplings.len(self.data.dimension) < plan.trajectories {
            let (clean, noise) = Couplings::follow(velocity, &self.data.mean(), CELLS, &mut rng, &self.device);
            couplings.clean.extend(read(clean).await?);
            couplings.noise.extend(read(noise).await?);
            meter.advance(CELLS as f64 / GRADIENT).await;
        }
        let mut model = Reflow { learner: Learner::new(network.clone(), plan.reflow), couplings };
        for _ in 0..plan.reflow {
            model.step(self.data.dimension, BATCH, &mut rng, &self.device);
            meter.advance(1.0).await;
        }
        Ok(NetworkDenoiser::new(model.learner.average().clone(), self.config.turn_cost()))
    }

    async fn show(
        &self,
        seeds: &Seeds<'_>,
        judge: &Judge,
        (index, cost): (usize, f64),
        denoiser: &NetworkDenoiser,
        distances: &mut [[f64; BUDGETS.len()]],
        meter: &Meter<'_>,
    ) -> Result<(), StudyError> {
        seeds.doing(&format!("Measuring: {}", ROWS[index].0));
        for (place, budget) in BUDGETS.into_iter().enumerate() {
            let (distance, grid) = judge.measure(denoiser, ROWS[index].1, budget, meter).await?;
            let row = [index as f64, budget as f64, distance, f64::NAN, grid as f64, 1e-6 * cost];
            seeds.row("distances", &row);
            distances[index][place] = distance;
        }
        Ok(())
    }

    /// How the paths of both networks turn, over all levels alike, and how far they are from straight lines.
    async fn turns(
        &self,
        judge: &Judge,
        networks: [&NetworkDenoiser; 2],
        seeds: &Seeds<'_>,
    ) -> Result<[[f64; 2]; 2], StudyError> {
        let mut sizes = [[f64::NAN; 2]; 2];
        for (index, denoiser) in networks.into_iter().enumerate() {
            let paths = judge.paths(denoiser).await?;
            let turns = paths.turns();
            for (level, turn) in &turns {
                seeds.row("turns", &[index as f64, level.sigma(), *turn, f64::NAN]);
            }
            let mean = (turns.iter().map(|(_, turn)| turn * turn).sum::<f64>() / turns.len() as f64).sqrt();
            let straight = straightness(&paths);
            seeds.row("straightness", &[index as f64, straight, f64::NAN]);
            sizes[index] = [mean, straight];
        }
        Ok(sizes)
    }
}

/// What one seed ends with.
struct End {
    /// Energy distances by row and number of evaluations.
    distances: Vec<[f64; BUDGETS.len()]>,
    /// Of the velocity and of the reflowed one: turn, and distance from straight lines.
    paths: [[f64; 2]; 2],
}

numbers!(End { distances, paths });

/// Says how reflow straightens, who is nearest to the data with so many evaluations, and what it costs.
fn conclude(ends: &[End], plan: &Plan, report: &Report) {
    let path = |network: usize, what: usize| {
        let of = |end: &End| Estimate { mean: end.paths[network][what], standard_error: 0.0 };
        plus_minus(over(&ends.iter().map(of).collect::<Vec<_>>()))
    };
    report.say(format!(
        "Reflow straightens the paths: their turn, over all levels alike, falls from {} to {}, and their distance from straight lines in \
         rectified flow’s time from {} to {}.",
        path(0, 0),
        path(1, 0),
        path(0, 1),
        path(1, 1)
    ));
    for place in [0, BUDGETS.len() - 1] {
        let of = |row: usize| Found::Draws(ends.iter().map(|end| end.distances[row][place]).collect());
        let found: Vec<Found> = (0..ROWS.len()).map(of).collect();
        let rows: Vec<_> = ROWS.iter().map(|(name, _)| format!("“{name}”")).zip(&found).collect();
        if let Some(text) = smallest(BUDGETS[place], "energy distance", &rows) {
            report.say(text);
        }
    }
    report.say(format!(
        "The velocity’s training cost {} million evaluations for one point, and everything after it {} million more; what is trained from data \
         alone had both.",
        short(1e-6 * plan.cost[0]),
        short(1e-6 * plan.cost[1])
    ));
}
