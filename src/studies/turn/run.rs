//! How it is measured.

use std::cmp::Ordering;

use super::text::{KNOWN_TO_NETWORK, MIDDLE, TARGET_FORMS, outline};
use crate::data::Dataset;
use crate::denoiser::{Denoiser, NetworkDenoiser, Prediction};
use crate::distribution::{Exact, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::objective::{Form, TurnTarget, target};
use crate::parameters::Checked;
use crate::schedule::log_linear;
use crate::state::{Points, State};
use crate::studies::common::found::Found;
use crate::studies::common::points::{
    batch, fewer, noise_and_turn_of, noise_of, noised, normal, rows, square_distances, squares,
};
use crate::studies::common::seeds::{Seeds, over};
use crate::studies::common::targets::ring;
use crate::studies::common::trained::{dataset, denoiser, train_steps, trainer};
use crate::studies::common::words::{plus_minus, short};
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use crate::training::TrainingOptions;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The noise levels measured.
const SPAN: (f64, f64) = (0.03, 20.0);
const LEVELS: usize = 15;
/// Half the width of the difference in `ln sigma` that stands for the change of the network’s noise.
const HALF: f64 = 0.02;
/// Points that the fresh networks learn from, and held-out ones.
const POINTS: (usize, usize) = (20_000, 4000);
/// Measurements of the heads during training.
const MEASUREMENTS: usize = 10;
/// Points of a measurement that is not the last.
const FEWER: usize = 256;

#[derive(Clone)]
enum Who {
    Model(Box<NetworkDenoiser>),
    Fresh { steps: usize, width: usize, dimension: usize, seeds: usize },
}

#[derive(Clone)]
struct Turn {
    who: Who,
    data: Dataset,
    device: burn::tensor::Device,
    count: usize,
    seed: u64,
}

/// Squares at one level, one for each point.
#[derive(Default)]
struct Heads {
    learned: Vec<f64>,
    own: Vec<f64>,
    off_own: Vec<f64>,
    /// Of the exact turn, where it is known.
    truth: Vec<f64>,
    off_truth: Vec<f64>,
}

numbers!(Heads { learned, own, off_own, truth, off_truth });

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let seed = p.integer("seed") as u64;
    let (who, data, names) = if p.choice("target") == "model" {
        let (denoiser, data, _) = context.model()?;
        (Who::Model(Box::new(denoiser)), data, vec![format!("The trained model, data “{}”", context.data_name())])
    } else {
        let names = ["Control variate on (as trained)", "Control variate off (κ = 0)"].map(String::from);
        let (steps, width, dimension) = (p.integer("steps"), p.integer("width"), p.integer("dimension"));
        let who = Who::Fresh { steps, width, dimension, seeds: p.integer("seeds") };
        (who, drawn(dimension, seed), names.into())
    };
    let exact = data.mixture.is_some();
    let seeds = if let Who::Fresh { seeds, .. } = who { Some(seeds) } else { None };
    let outline = outline(names, exact, seeds);
    let count = fewer(p.integer("count"), data.kind);
    let study = Turn { who, device: context.device().clone(), count, seed, data };
    Ok(Run::new(outline, move |report| study.run(report)))
}

/// What fresh networks of one seed learn from.
fn drawn(dimension: usize, seed: u64) -> Dataset {
    dataset(&deep_ring(dimension), POINTS.0, POINTS.1, seed)
}

/// The ring of eight Gaussians, with normal coordinates of width one after its own two, `dimension` in all.
fn deep_ring(dimension: usize) -> Mixture {
    if dimension <= 2 {
        return ring();
    }
    let mean = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
        (0..dimension).map(|i| [1.3 * cos, 1.3 * sin].get(i).copied().unwrap_or(0.0)).collect::<Vec<f64>>()
    };
    let variance = |i: usize, j: usize| {
        if i != j {
            0.0
        } else if i < 2 {
            0.01
        } else {
            1.0
        }
    };
    let covariance: Vec<Vec<f64>> = (0..dimension).map(|i| (0..dimension).map(|j| variance(i, j)).collect()).collect();
    let means: Vec<Vec<f64>> = (0..8).map(mean).collect();
    Mixture::new(&[1.0; 8], &means, &vec![covariance; 8]).expect("a ring with more coordinates is a mixture")
}

/// The levels measured, rising.
fn levels() -> Vec<Level> {
    let mut levels = log_linear(LEVELS - 1, SPAN.0, SPAN.1);
    levels.reverse();
    levels
}

fn in_the_middle(level: Level) -> bool {
    (MIDDLE.0..=MIDDLE.1).contains(&level.sigma())
}

/// What one pair of fresh networks ends with, the one with the control variate first.
struct Pair {
    heads: [Vec<Heads>; 2],
    /// Relative errors over the levels in the middle.
    errors: [Estimate; 2],
    noise: Vec<Vec<Estimate>>,
}

numbers!(Pair { heads, errors, noise });

impl Turn {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let (steps, width, dimension, count) = match &self.who {
            Who::Model(denoiser) => {
                let meter = report.meter(2.0 * (LEVELS * self.count) as f64);
                let seeds = Seeds::new(&report, 1);
                let noise = self.noise(Some(&**denoiser), &meter, &seeds).await?;
                seeds.doing("Evaluating the head");
                let heads = self.heads(denoiser, 0, self.count, &meter, &seeds).await?;
                report.say(trust("The head of the trained model", &[&heads]));
                say_noise(&[noise], &report);
                return Ok(());
            }
            Who::Fresh { steps, width, dimension, seeds } => (*steps, *width, *dimension, *seeds),
        };
        let meter = report.meter(count as f64 * self.cost(steps));
        let seeds = Seeds::new(&report, count);
        let pairs =
            seeds.all(async |number| self.of_seed(number, dimension).train(steps, width, &seeds, &meter).await).await?;
        let heads = |index: usize| pairs.iter().map(|pair| &pair.heads[index][..]).collect::<Vec<_>>();
        let names = ["With the control variate, the head", "Without it, the head"];
        report.say(format!("{} {}", trust(names[0], &heads(0)), trust(names[1], &heads(1))));
        let of = |index: usize| pairs.iter().map(|pair| pair.errors[index]).collect::<Vec<_>>();
        let mut text = format!(
            "After {steps} steps, the relative error against the exact turn, over all levels from σ = {} to {}, is {} with the control \
             variate and {} without.",
            MIDDLE.0,
            MIDDLE.1,
            plus_minus(over(&of(0))),
            plus_minus(over(&of(1))),
        );
        if count > 1 {
            let [with, without] = [0, 1].map(|index| Found::Draws(of(index).iter().map(|error| error.mean).collect()));
            let verdict = match with.against(&without) {
                Ordering::Less => "it helps",
                Ordering::Equal => "too little to tell",
                Ordering::Greater => "it harms",
            };
            text += &format!(
                " Seed by seed, the control variate takes {} off: {verdict}.",
                plus_minus(without.minus(&with))
            );
        }
        report.say(text);
        say_noise(&pairs.into_iter().map(|pair| pair.noise).collect::<Vec<_>>(), &report);
        Ok(())
    }

    /// The same from a later seed, which has data of its own.
    fn of_seed(&self, number: usize, dimension: usize) -> Self {
        let seed = self.seed + number as u64;
        let data = if number > 0 { drawn(dimension, seed) } else { self.data.clone() };
        Self { data, seed, ..self.clone() }
    }

    /// What two networks of one seed take: in training steps, or points looked at as one learns from twice.
    fn cost(&self, steps: usize) -> f64 {
        let cost = |count: usize| (LEVELS * count) as f64 / 512.0;
        let fewer = (MEASUREMENTS.min(steps) - 1) as f64 * cost(FEWER.min(self.count));
        2.0 * steps as f64 + cost(self.count) + 2.0 * (cost(self.count) + fewer)
    }

    /// Trains two networks side by side and measures their heads now and then.
    async fn train(
        &self,
        steps: usize,
        width: usize,
        seeds: &Seeds<'_>,
        meter: &Meter<'_>,
    ) -> Result<Pair, StudyError> {
        let measurements = MEASUREMENTS.min(steps);
        let noise = self.noise(None, meter, seeds).await?;
        let options = |turn_target| TrainingOptions { turn_target, budget: steps, ..TrainingOptions::points() };
        let mut networks = [TurnTarget::Best, TurnTarget::Zero]
            .map(|target| trainer(self.data.clone(), width, options(target), self.seed, &self.device));
        let mut pair = Pair { heads: [Vec::new(), Vec::new()], errors: [Estimate::UNKNOWN; 2], noise };
        for number in 1..=measurements {
            let until = number * steps / measurements;
            seeds.doing(&format!("Training two networks, {until} of {steps} steps"));
            for (index, network) in networks.iter_mut().enumerate() {
                train_steps(network, until - network.step(), meter).await;
                let count = if number == measurements { self.count } else { FEWER.min(self.count) };
                let heads = self.heads(&denoiser(network), index, count, meter, seeds).await?;
                let middle = levels().into_iter().zip(&heads).filter(|(level, _)| in_the_middle(*level));
                let (mut off, mut truth) = (Vec::new(), Vec::new());
                for (_, head) in middle {
                    off.extend(&head.off_truth);
                    truth.extend(&head.truth);
                }
                let error = Estimate::root_ratio(&off, &truth);
                seeds.row("training", &[index as f64, until as f64, error.mean, error.standard_error, 1.0]);
                (pair.heads[index], pair.errors[index]) = (heads, error);
            }
        }
        Ok(pair)
    }

    /// Noise-to-signal ratios by control variate and level. Exact, or with the noise and the path of `network`.
    async fn noise(
        &self,
        network: Option<&NetworkDenoiser>,
        meter: &Meter<'_>,
        seeds: &Seeds<'_>,
    ) -> Result<Vec<Vec<Estimate>>, StudyError> {
        seeds.doing("Measuring how noisy the targets are");
        let d = self.data.dimension;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let unit = match &self.who {
            Who::Model(_) => 1.0,
            Who::Fresh { .. } => 1.0 / 512.0,
        };
        let mut ratios = vec![Vec::new(); TARGET_FORMS.len()];
        for level in levels() {
            let (mut noises, mut estimates, mut turns, mut powers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let mut states = Vec::new();
            for first in (0..self.count).step_by(batch(self.data.kind)) {
                let count = batch(self.data.kind).min(self.count - first);
                let noise = normal(count, d, &mut rng);
                let x = noised(&rows(&self.data.held_out, d, first, count), &noise, level);
                let prediction = match (&self.data.mixture, network) {
                    (Some(mixture), _) => {
                        powers.extend(mixture.noise_power(&x, level));
                        Denoiser::<Points>::noise_and_turn(mixture, &x, level)
                    }
                    (None, Some(network)) => {
                        let noise = noise_of(network, &x, level, &self.device).await?;
                        Prediction { turn: self.change(network, &x, &noise, level).await?, noise }
                    }
                    (None, None) => unreachable!("fresh networks learn from a mixture"),
                };
                noises.extend_from_slice(noise.values());
                estimates.extend_from_slice(prediction.noise.values());
                turns.extend_from_slice(prediction.turn.values());
                states.extend_from_slice(x.values());
                meter.advance(unit * count as f64).await;
            }
            let [noises, estimates, turns, states] =
                [noises, estimates, turns, states].map(|values| Points::new(d, values));
            let (of_noise, of_estimate) = (squares(&noises), squares(&estimates));
            let excess = of_noise.iter().zip(&of_estimate).map(|(noise, estimate)| noise - estimate).sum::<f64>();
            let excess = excess / self.count as f64;
            let turn =
                |kappa: Vec<f64>| Some(kappa.into_iter().map(|kappa| Form::Turn { kappa: Some(kappa) }).collect());
            let all = |form: Form<f64>| Some(vec![form; self.count]);
            let forms: [Option<Vec<Form<f64>>>; KNOWN_TO_NETWORK + 1] = [
                turn(vec![0.0; self.count]),
                turn(vec![d as f64; self.count]),
                turn(of_estimate.clone()),
                turn(of_estimate.iter().map(|estimate| estimate + excess).collect()),
                all(Form::Normalised { kappa: None }),
                all(Form::Literal { noise_power: level.noise_power() }),
                Some(powers).filter(|powers| !powers.is_empty()).and_then(turn),
            ];
            for (index, forms) in forms.into_iter().enumerate() {
                let Some(forms) = forms else { continue };
                let mut samples = Vec::with_capacity(noises.values().len());
                for (((noise, estimate), form), power) in
                    noises.rows().zip(estimates.rows()).zip(forms).zip(&of_estimate)
                {
                    // `c = (1 - alpha_bar)^{3/2} y* + |eh|^2 eh`.
                    let more = if matches!(form, Form::Turn { .. }) { 0.0 } else { *power };
                    let sample = target(form, noise, estimate);
                    samples.extend(sample.into_iter().zip(estimate).map(|(sample, eh)| sample + more * eh));
                }
                let samples = Points::new(d, samples);
                let ratio = Estimate::root_ratio(&square_distances(&samples, &turns), &squares(&turns));
                seeds.row("noise", &[index as f64, level.sigma(), ratio.mean, ratio.standard_error]);
                ratios[index].push(ratio);
            }
            if let Some(mixture) = &self.data.mixture {
                let off = printed_off(mixture, &states, &estimates, &turns, level);
                let ratio = Estimate::root_ratio(&squares(&off), &squares(&turns));
                let index = TARGET_FORMS.len() - 1;
                seeds.row("noise", &[index as f64, level.sigma(), ratio.mean, ratio.standard_error]);
                ratios[index].push(ratio);
            }
        }
        Ok(ratios)
    }

    /// What the head of `network` says at each level, beside what is true of its path and of the data.
    async fn heads(
        &self,
        network: &NetworkDenoiser,
        index: usize,
        points: usize,
        meter: &Meter<'_>,
        seeds: &Seeds<'_>,
    ) -> Result<Vec<Heads>, StudyError> {
        let d = self.data.dimension;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 1);
        let unit = match &self.who {
            Who::Model(_) => 1.0,
            Who::Fresh { .. } => 1.0 / 512.0,
        };
        let mut all = Vec::new();
        for level in levels() {
            let mut heads = Heads::default();
            for first in (0..points).step_by(batch(self.data.kind)) {
                let count = batch(self.data.kind).min(points - first);
                let x = noised(&rows(&self.data.held_out, d, first, count), &normal(count, d, &mut rng), level);
                let Prediction { noise, turn } = noise_and_turn_of(network, &x, level, &self.device).await?;
                let own = self.change(network, &x, &noise, level).await?;
                heads.learned.extend(squares(&turn));
                heads.own.extend(squares(&own));
                heads.off_own.extend(square_distances(&turn, &own));
                if let Some(mixture) = &self.data.mixture {
                    let truth = Denoiser::<Points>::noise_and_turn(mixture, &x, level).turn;
                    heads.truth.extend(squares(&truth));
                    heads.off_truth.extend(square_distances(&turn, &truth));
                }
                meter.advance(unit * count as f64).await;
            }
            let [own, learned, change] = [
                Estimate::root_ratio(&heads.off_own, &heads.own),
                Estimate::root_mean(&heads.learned),
                Estimate::root_mean(&heads.own),
            ];
            let mut head = vec![index as f64, level.sigma(), own.mean, own.standard_error];
            let mut size = vec![index as f64, level.sigma()];
            size.extend([learned.mean, learned.standard_error, change.mean, change.standard_error]);
            if !heads.truth.is_empty() {
                let (error, truth) =
                    (Estimate::root_ratio(&heads.off_truth, &heads.truth), Estimate::root_mean(&heads.truth));
                head.extend([error.mean, error.standard_error]);
                size.extend([truth.mean, truth.standard_error]);
            }
            head.push(1.0);
            seeds.row("head", &head);
            seeds.row("size", &size);
            all.push(heads);
        }
        Ok(all)
    }

    /// The change `d eh / d ln sigma` of the network's noise along its own path from VP states `x`, where it sees `noise`: a central
    /// difference, off by the square of its width.
    async fn change(
        &self,
        network: &NetworkDenoiser,
        x: &Points,
        noise: &Points,
        level: Level,
    ) -> Result<Points, StudyError> {
        let mut ends = Vec::new();
        for half in [HALF, -HALF] {
            let to = Level::from_sigma(level.sigma() * half.exp());
            let scale = to.signal_scale() / level.signal_scale();
            let moved = Points::combine(&[(scale, x), (to.signal_scale() * (to.sigma() - level.sigma()), noise)]);
            ends.push(noise_of(network, &moved, to, &self.device).await?);
        }
        Ok(Points::combine(&[(0.5 / HALF, &ends[0]), (-0.5 / HALF, &ends[1])]))
    }
}

/// Says from where to where the error of a head is below that of saying zero: `heads` has one for each seed, level by level.
fn trust(name: &str, heads: &[&[Heads]]) -> String {
    let sigmas: Vec<f64> = levels().into_iter().map(Level::sigma).collect();
    let error = |level: usize| {
        let of = |heads: &&[Heads]| Estimate::root_ratio(&heads[level].off_own, &heads[level].own);
        over(&heads.iter().map(of).collect::<Vec<_>>())
    };
    let errors: Vec<Estimate> = (0..sigmas.len()).map(error).collect();
    let best = (0..errors.len()).min_by(|a, b| errors[*a].mean.total_cmp(&errors[*b].mean)).unwrap_or(0);
    if errors[best].mean >= 1.0 {
        return format!("{name} is not to be trusted at any noise level.");
    }
    // The interval around the best level where the error stays below one.
    let from = errors[..best].iter().rposition(|error| error.mean >= 1.0).map_or(0, |index| index + 1);
    let to = errors[best..].iter().position(|error| error.mean >= 1.0).map_or(errors.len(), |count| best + count);
    let end = |at_end: bool, sigma: f64| {
        format!("{}{}", short(sigma), if at_end { " (the last level measured)" } else { "" })
    };
    format!(
        "{name} may be trusted from σ = {} to {}; it knows its own path best at σ = {}, with a relative error of {}.",
        end(from == 0, sigmas[from]),
        end(to == errors.len(), sigmas[to - 1]),
        short(sigmas[best]),
        plus_minus(errors[best]),
    )
}

/// How far the mean of the printed form is from the turn `c`, at VP states `x` with exact noise `estimates`: it has `1 - alpha_bar` times
/// `m = E[|eps|^2 (eps - eh) | x]` where `m` itself belongs, and `m = c + Cov(eps | x) eh`. With `d eh / dy = (1 - Cov) / sigma` the
/// covariance is a derivative of the denoiser along `eh`.
fn printed_off(mixture: &Mixture, x: &Points, estimates: &Points, turns: &Points, level: Level) -> Points {
    /// Half the width of the difference, in VP states.
    const STEP: f64 = 1e-4;
    let along = |step: f64| Denoiser::<Points>::noise(mixture, &Points::combine(&[(1.0, x), (step, estimates)]), level);
    let scale = level.noise_scale() / (2.0 * STEP);
    // `sigma d/dy` is `sqrt(1 - alpha_bar) d/dx`.
    let covariance = Points::combine(&[(1.0, estimates), (-scale, &along(STEP)), (scale, &along(-STEP))]);
    Points::combine(&[(-level.alpha_bar(), turns), (-level.alpha_bar(), &covariance)])
}

/// `ratios` by seed, form of the target and level.
fn say_noise(ratios: &[Vec<Vec<Estimate>>], report: &Report) {
    let ratio = |form: usize, level: usize| over(&ratios.iter().map(|ratios| ratios[form][level]).collect::<Vec<_>>());
    let worth = |level: usize| {
        let of = |ratios: &Vec<Vec<Estimate>>| Estimate {
            mean: (ratios[0][level].mean / ratios[3][level].mean).powi(2),
            standard_error: 0.0,
        };
        over(&ratios.iter().map(of).collect::<Vec<_>>())
    };
    let levels = levels();
    let mut middle: Vec<usize> = (0..levels.len()).filter(|index| in_the_middle(levels[*index])).collect();
    middle.sort_by(|a, b| worth(*a).mean.total_cmp(&worth(*b).mean));
    let (Some(least), Some(most)) = (middle.first().copied(), middle.last().copied()) else { return };
    report.say(format!(
        "The control variate pays most at σ = {}: one sample’s noise is {} times the turn with κ = 0 and {} times with \
         the κ of training, which is worth {} times as many samples. It pays least at σ = {}: {} times as many.",
        short(levels[most].sigma()),
        plus_minus(ratio(0, most)),
        plus_minus(ratio(3, most)),
        plus_minus(worth(most)),
        short(levels[least].sigma()),
        plus_minus(worth(least)),
    ));
}
