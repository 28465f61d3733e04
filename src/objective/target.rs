//! What the turn head is trained on.
//!
//! All forms teach the same head, whose output is the turn `c` that samplers use: `c = E[(|eps|^2 - kappa)(eps - eh) -
//! (eps - eh)((eps - eh) . eh) | x]` for any `kappa` that depends on `x` alone, since `E[eps - eh | x] = 0`. The other quantity of
//! arXiv 2306.09251, `y* = E[|u|^2 (u + s) + u (u . s) | x]` with `u = eps / sqrt(1 - alpha_bar)` and the score `s`, differs by a
//! known term, `(1 - alpha_bar)^{3/2} y* = c - |eh|^2 eh`, so a regression of `y*` is one of `c` against a noisier target.

use std::ops::{Add, Mul, Sub};

use burn::tensor::Tensor;

use crate::network::{Classes, Dual, LogSigma, Network};
use crate::parameters::options;

options! {
    /// What the turn head learns from.
    #[derive(Default)]
    pub enum TurnTarget {
        /// `c` with `kappa = |eh|^2 + m`, where `m` is the running mean of `|eps|^2 - |eh|^2` at the level: the least noisy of the
        /// single-sample targets. For few dimensions.
        #[default]
        Best = (
            "best",
            "Least noisy",
            "Single samples of the turn, with the control variate that makes them least noisy; for points.",
        ),
        /// `c` with `kappa = |eh|^2`.
        Estimate = (
            "estimate",
            "Control variate |ε̂|²",
            "Single samples of the turn, less the square of the estimated noise.",
        ),
        /// `c` with `kappa = d`.
        Dimension = ("dimension", "Control variate d", "Single samples of the turn, less the number of coordinates."),
        /// `c` without a control variate: `kappa = 0`.
        Zero = (
            "zero",
            "No control variate",
            "Single samples of the turn as they are: right on average, and very noisy.",
        ),
        /// `(1 - alpha_bar)^{3/2} y*`: `|eps|^2 (eps - eh) - eps (eps . eh)`.
        Normalised = ("normalised", "y*, normalised", "The regression target of Li et al. (2023), free of scale."),
        /// `y*`, in its own units: an error at little noise counts `(1 - alpha_bar)^{-3}` as much.
        Raw = (
            "raw",
            "y*",
            "The regression target of Li et al. (2023) in its own units, where the least noise counts most.",
        ),
        /// `y*` as the README of Diffusion-faster-conv prints it (after arXiv 2306.09251): `|eps|^2 (u + s) + eps (eps . s) / (1 -
        /// alpha_bar)`, which lacks the factor `1 / (1 - alpha_bar)` of its first term and has another mean.
        Literal = (
            "literal",
            "y*, as printed",
            "The same without a factor that one printed form leaves out: its mean is not the turn.",
        ),
        /// `(eh(sigma e^h) - eh(sigma e^-h)) / 2h` along the averaged network's own path, `h = 0.05`: no noise of the data, off by
        /// `O(h^2)`. For many dimensions.
        Central = (
            "central",
            "Central difference",
            "The change of the network’s own velocity along its path, from both sides; for images.",
        ),
        /// `(eh(sigma) - eh(sigma e^-h)) / h`: one evaluation less, off by `O(h)`.
        OneSided = (
            "one_sided",
            "One-sided difference",
            "The same from the side of the data only: cheaper and less exact.",
        ),
        /// The derivative of the averaged network along its own path, exactly, by forward-mode differentiation (distilled as in arXiv
        /// 2210.05475). For images, whose network can't be differentiated so, [`TurnTarget::Central`].
        Derivative = (
            "derivative",
            "Derivative",
            "The same exactly (after Dockhorn et al. 2022), for points; images take the central difference.",
        ),
    }
}

impl TurnTarget {
    /// Whether the target is made of a network that must have learned something, and has no noise of the data in it.
    pub fn distils(self) -> bool {
        matches!(self, TurnTarget::Central | TurnTarget::OneSided | TurnTarget::Derivative)
    }

    /// Whether errors count in the units of `y*`.
    pub(super) fn raw(self) -> bool {
        matches!(self, TurnTarget::Literal | TurnTarget::Raw)
    }
}

/// A single-sample target, up to a factor `(1 - alpha_bar)^{-3/2}` of `y*`. `T` is a number for one point, or a tensor `[n, 1]`.
#[derive(Clone, Debug)]
pub enum Form<T> {
    /// `(|eps|^2 - kappa)(eps - eh) - (eps - eh)((eps - eh) . eh)`, of mean `c`; `kappa = 0` if none.
    Turn {
        /// The control variate.
        kappa: Option<T>,
    },
    /// `(|eps|^2 - kappa)(eps - eh) - eps (eps . eh)`, of mean `(1 - alpha_bar)^{3/2} y*`.
    Normalised {
        /// The control variate.
        kappa: Option<T>,
    },
    /// `(1 - alpha_bar) |eps|^2 (eps - eh) - eps (eps . eh)`: [`TurnTarget::Literal`].
    Literal {
        /// `1 - alpha_bar`.
        noise_power: T,
    },
}

/// Products of the noise `eps` in a point and its estimate `eh`.
#[derive(Clone, Debug)]
pub struct Moments<T> {
    /// `|eps|^2`.
    pub noise: T,
    /// `eps . eh`.
    pub along: T,
    /// `|eh|^2`.
    pub estimate: T,
}

impl<T: Clone + Add<Output = T> + Sub<Output = T> + Mul<Output = T>> Form<T> {
    /// `(p, q)` of the target `p (eps - eh) - q eps`; no `q` where it is zero.
    fn coefficients(self, moments: &Moments<T>) -> (T, Option<T>) {
        let Moments { noise, along, estimate } = moments.clone();
        let less = |kappa: Option<T>| match kappa {
            Some(kappa) => noise.clone() - kappa,
            None => noise.clone(),
        };
        match self {
            Form::Turn { kappa } => (less(kappa) - (along - estimate), None),
            Form::Normalised { kappa } => (less(kappa), Some(along)),
            Form::Literal { noise_power } => (noise * noise_power, Some(along)),
        }
    }
}

/// The target `[d]` of one point with `noise` in it and the estimate `estimate` of it, both `[d]`.
pub fn target(form: Form<f64>, noise: &[f64], estimate: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    let moments = Moments { noise: dot(noise, noise), along: dot(noise, estimate), estimate: dot(estimate, estimate) };
    let (rest, whole) = form.coefficients(&moments);
    noise.iter().zip(estimate).map(|(eps, eh)| rest * (eps - eh) - whole.unwrap_or(0.0) * eps).collect()
}

/// The targets `[n, d]` of points with `noise` in them and the estimates `estimate` of it, both `[n, d]`; also what `form` is made
/// of, given the moments.
pub(super) fn targets(
    form: impl FnOnce(&Moments<Tensor<2>>) -> Form<Tensor<2>>,
    noise: Tensor<2>,
    estimate: Tensor<2>,
) -> (Tensor<2>, Moments<Tensor<2>>) {
    let moments = Moments {
        noise: noise.clone().square().sum_dim(1),
        along: (noise.clone() * estimate.clone()).sum_dim(1),
        estimate: estimate.clone().square().sum_dim(1),
    };
    let (rest, whole) = form(&moments).coefficients(&moments);
    let target = (noise.clone() - estimate) * rest;
    let target = match whole {
        Some(whole) => target - noise * whole,
        None => target,
    };
    (target, moments)
}

/// Half the width of the central difference, the whole of the one-sided one, in `ln sigma`.
const WIDTH: f64 = 0.05;

/// The turn `[n, d]` of the path that `average` makes through VP states `x` `[n, d]`, from the network alone.
pub(super) fn distilled(
    target: TurnTarget,
    x: Tensor<2>,
    level: &LogSigma,
    class: Option<&Classes>,
    average: &Network,
) -> Tensor<2> {
    let noise = average.noise_of(x.clone(), level, class);
    let (_, signal, _) = level.scales();
    let sigma = level.0.clone().exp();
    if target == TurnTarget::Derivative
        && let Some(turn) = derivative(&x, &noise, (level, class), average)
    {
        return turn;
    }
    let y = x / signal;
    let at = |shift: f64| {
        let level = LogSigma(level.0.clone().add_scalar(shift));
        let (_, signal, _) = level.scales();
        let moved = y.clone() + noise.clone() * sigma.clone().mul_scalar(shift.exp_m1());
        average.noise_of(moved * signal, &level, class)
    };
    match target {
        TurnTarget::OneSided => (noise.clone() - at(-WIDTH)).div_scalar(WIDTH),
        _ => (at(WIDTH) - at(-WIDTH)).div_scalar(2.0 * WIDTH),
    }
}

/// `d eh / d ln sigma` along `dx / d ln sigma = -(1 - alpha_bar) x + sqrt(1 - alpha_bar) eh`.
fn derivative(
    x: &Tensor<2>,
    noise: &Tensor<2>,
    (level, class): (&LogSigma, Option<&Classes>),
    network: &Network,
) -> Option<Tensor<2>> {
    let (.., scale) = level.scales();
    let path = (noise.clone() - x.clone() * scale.clone()) * scale;
    let x = Dual { value: x.clone(), slopes: vec![path] };
    let level = Dual { value: level.0.clone(), slopes: vec![level.0.ones_like()] };
    network.noise_dual(x, level, class)?.slopes.pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use serde_json::Value;

    use crate::denoiser::{Denoiser, Prediction};
    use crate::distribution::Mixture;
    use crate::level::Level;
    use crate::network::{NetworkConfig, Output};
    use crate::state::Points;

    fn rows(value: &Value) -> Vec<Vec<f64>> {
        let numbers = |row: &Value| row.as_array().expect("a row").iter().filter_map(Value::as_f64).collect();
        value.as_array().expect("rows").iter().map(numbers).collect()
    }

    fn tensor(rows: &[Vec<f64>]) -> Tensor<2> {
        let values: Vec<f32> = rows.iter().flatten().map(|&value| value as f32).collect();
        Tensor::from_data(TensorData::new(values, [rows.len(), rows[0].len()]), &Device::flex())
    }

    /// A form from `1 - alpha_bar` and `|eh|^2`.
    type Make = fn(f64, f64) -> Form<f64>;

    /// Every published single-sample target, in both precisions.
    #[test]
    fn targets_are_the_references() {
        let reference: Value =
            serde_json::from_str(include_str!("../../tests/references/targets_metrics.json")).expect("JSON");
        let noise = rows(&reference["eps"]);
        let mut seen = 0;
        for entry in reference["targets"].as_array().expect("targets") {
            let noise_power = 1.0 - entry["abar"].as_f64().expect("a level");
            let estimate = rows(&entry["eps_hat"]);
            let raw = noise_power.powf(-1.5);
            let cases: [(&str, Make, f64); 5] = [
                ("y_target", |_, _| Form::Normalised { kappa: None }, raw),
                ("y_literal", |noise_power, _| Form::Literal { noise_power }, raw),
                ("ynorm_target", |_, _| Form::Normalised { kappa: None }, 1.0),
                ("ynorm_target_cd", |_, _| Form::Normalised { kappa: Some(2.0) }, 1.0),
                ("c_target_e2", |_, squared| Form::Turn { kappa: Some(squared) }, 1.0),
            ];
            for (key, form, scale) in cases {
                let expected = rows(&entry[key]);
                let largest = expected.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
                let squared = |row: &[f64]| row.iter().map(|value| value * value).sum();
                let off = |found: f64, expected: f64| (found * scale - expected).abs() / largest;
                for ((noise, estimate), expected) in noise.iter().zip(&estimate).zip(&expected) {
                    let found = target(form(noise_power, squared(estimate)), noise, estimate);
                    let worst = found.iter().zip(expected).map(|(a, b)| off(*a, *b)).fold(0.0, f64::max);
                    assert!(worst < 1e-9, "{key}: {worst:e}");
                }
                let column = |value: f64, like: &Tensor<2>| like.full_like(value as f32);
                let on_device = |moments: &Moments<Tensor<2>>| match form(noise_power, 0.0) {
                    Form::Turn { .. } => Form::Turn { kappa: Some(moments.estimate.clone()) },
                    Form::Normalised { kappa } => {
                        Form::Normalised { kappa: kappa.map(|kappa| column(kappa, &moments.noise)) }
                    }
                    Form::Literal { noise_power } => Form::Literal { noise_power: column(noise_power, &moments.noise) },
                };
                let (found, _) = targets(on_device, tensor(&noise), tensor(&estimate));
                let found: Vec<f32> = found.into_data().iter().collect();
                let worst = found.iter().zip(expected.iter().flatten()).map(|(a, b)| off(f64::from(*a), *b));
                assert!(worst.fold(0.0, f64::max) < 1e-4, "{key} in single precision");
                seen += 1;
            }
        }
        assert_eq!(seen, 15);
    }

    const MEANS: [[f64; 2]; 3] = [[-1.0, 0.4], [0.8, 0.9], [0.3, -1.2]];
    const WIDTH: f64 = 0.35;

    /// `E[target | x]` by quadrature over the noise, on a mixture of three round Gaussians.
    fn mean(form: &Form<f64>, x: [f64; 2], level: Level, estimate: &[f64]) -> [f64; 2] {
        const NODES: i32 = 400;
        let (mut total, mut sum) = (0.0, [0.0; 2]);
        for i in -NODES..=NODES {
            for j in -NODES..=NODES {
                let eps = [6.5 * f64::from(i) / f64::from(NODES), 6.5 * f64::from(j) / f64::from(NODES)];
                let clean = [0, 1].map(|k| (x[k] - level.noise_scale() * eps[k]) / level.signal_scale());
                let density: f64 = MEANS
                    .iter()
                    .map(|m| (-((clean[0] - m[0]).powi(2) + (clean[1] - m[1]).powi(2)) / (2.0 * WIDTH * WIDTH)).exp())
                    .sum();
                let weight = density * (-0.5 * (eps[0] * eps[0] + eps[1] * eps[1])).exp();
                let value = target(form.clone(), &eps, estimate);
                total += weight;
                (sum[0], sum[1]) = (sum[0] + weight * value[0], sum[1] + weight * value[1]);
            }
        }
        sum.map(|sum| sum / total)
    }

    /// Whatever the control variate, the mean is the exact turn; as printed in the note it is not.
    #[test]
    fn means_are_exact_and_the_printed_one_is_off() {
        let round = vec![vec![WIDTH * WIDTH, 0.0], vec![0.0, WIDTH * WIDTH]];
        let means: Vec<Vec<f64>> = MEANS.iter().map(|mean| mean.to_vec()).collect();
        let mixture = Mixture::new(&[1.0; 3], &means, &[round.clone(), round.clone(), round]).expect("a mixture");
        let x = [0.25, 0.3];
        let mut printed = Vec::new();
        for alpha_bar in [0.9, 0.5, 0.005] {
            let level = Level::from_alpha_bar(alpha_bar);
            let Prediction { noise, turn } = mixture.noise_and_turn(&Points::new(2, x.to_vec()), level);
            let (estimate, turn) = (noise.values(), turn.values());
            let squared: f64 = estimate.iter().map(|value| value * value).sum();
            let size = turn[0].hypot(turn[1]);
            let check = |form: Form<f64>, expected: [f64; 2]| {
                let found = mean(&form, x, level, estimate);
                (found[0] - expected[0]).hypot(found[1] - expected[1]) / size
            };
            for kappa in [None, Some(2.0), Some(squared), Some(squared + 0.7)] {
                let turn = [turn[0], turn[1]];
                let normalised = [0, 1].map(|k| turn[k] - squared * estimate[k]);
                let off = check(Form::Turn { kappa }, turn).max(check(Form::Normalised { kappa }, normalised));
                assert!(off < 1e-6, "alpha_bar {alpha_bar}, kappa {kappa:?}: {off:e}");
            }
            let normalised = [0, 1].map(|k| turn[k] - squared * estimate[k]);
            let off = check(Form::Literal { noise_power: level.noise_power() }, normalised);
            printed.push(off * size / normalised[0].hypot(normalised[1]));
        }
        println!("relative error as printed, alpha_bar 0.9, 0.5, 0.005: {printed:?}");
        assert!(printed[0] > 0.2 && printed[1] > 0.02 && printed[2] < 0.01, "{printed:?}");
    }

    /// The exact derivative of a network, and how far the differences are from it.
    #[test]
    fn distilled_targets_agree() {
        let device = Device::flex();
        for output in [Output::Velocity, Output::Noise, Output::Denoised, Output::Score] {
            let config = NetworkConfig::points(2, 32).with(output, Default::default());
            let network = config.init(&mut ChaCha8Rng::seed_from_u64(4), &device);
            let x = Tensor::from_data([[0.3, -0.4], [1.1, 0.2], [-0.7, 0.9]], &device);
            let level = LogSigma(Tensor::from_data([[-0.7], [0.2], [1.3]], &device));
            let [exact, central, one_sided] = [TurnTarget::Derivative, TurnTarget::Central, TurnTarget::OneSided]
                .map(|target| distilled(target, x.clone(), &level, None, &network));
            let size = |tensor: Tensor<2>| tensor.square().mean().sqrt().into_scalar::<f32>();
            let off = |other: Tensor<2>| size(other - exact.clone()) / size(exact.clone());
            let (central, one_sided) = (off(central), off(one_sided));
            println!("{output:?}: central {central:.4}, one-sided {one_sided:.4}");
            assert!(central < 0.03 && one_sided < 0.2 && central < one_sided, "{output:?}: {central} {one_sided}");
        }
    }
}
