//! What a network's raw output means, and how the noise estimate is read from it.

use burn::tensor::Tensor;

use super::LogSigma;
use crate::parameters::options;
use fewsteps_kernels::Meaning;

options! {
    /// The quantity that the velocity head's raw output `F` estimates. All describe the same function: `eh = a x + b F` with `a`
    /// and `b` given by the level alone. They differ in what a fresh network says and in how an error of `F` grows with the level.
    #[derive(Default)]
    pub enum Output {
        /// `v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0` (arXiv 2202.00512, sec 4): `eh = sqrt(1 - alpha_bar) x +
        /// sqrt(alpha_bar) F`. An error of `F` never grows, and at high noise the state itself is the answer.
        #[default]
        Velocity = (
            "velocity",
            "Velocity v",
            "A mixture of noise and data whose errors never grow (Salimans and Ho 2022).",
        ),
        /// The noise (arXiv 2006.11239, eq 14): `eh = F`.
        Noise = ("noise", "Noise", "The noise in the point (Ho et al. 2020)."),
        /// The clean point `E[x0 | x]` (arXiv 2202.00512, sec 4): `eh = (x - sqrt(alpha_bar) F) / sqrt(1 - alpha_bar)`. An error of
        /// `F` is `1 / sigma` times as large in `eh`.
        Denoised = (
            "denoised",
            "Denoised point",
            "Where the point came from; errors grow towards the data (Salimans and Ho 2022).",
        ),
        /// The score of the VP state (arXiv 2011.13456, eq 7): `eh = -sqrt(1 - alpha_bar) F`. `F` must grow like `1 / sigma`.
        Score = ("score", "Score", "The slope of the log density, which grows towards the data (Song et al. 2021)."),
    }
}

impl From<Output> for Meaning {
    fn from(output: Output) -> Self {
        match output {
            Output::Velocity => Meaning::Velocity,
            Output::Noise => Meaning::Noise,
            Output::Denoised => Meaning::Denoised,
            Output::Score => Meaning::Score,
        }
    }
}

impl Output {
    /// The estimate `eh` `[n, d]` from VP states `x` and raw outputs `raw`, both `[n, d]`.
    pub fn noise(self, x: Tensor<2>, raw: Tensor<2>, level: &LogSigma) -> Tensor<2> {
        match self {
            Output::Velocity => {
                let (_, signal, noise) = level.scales();
                x * noise + raw * signal
            }
            Output::Noise => raw,
            Output::Denoised => {
                let (_, signal, noise) = level.scales();
                (x - raw * signal) / noise
            }
            Output::Score => {
                let (.., noise) = level.scales();
                raw * noise.neg()
            }
        }
    }

    /// The same as a velocity `v = (eh - sqrt(1 - alpha_bar) x) / sqrt(alpha_bar)`, `[n, d]`.
    pub(super) fn velocity(self, x: Tensor<2>, raw: Tensor<2>, level: &LogSigma) -> Tensor<2> {
        match self {
            Output::Velocity => raw,
            _ => {
                let (_, signal, noise) = level.scales();
                (self.noise(x.clone(), raw, level) - x * noise) / signal
            }
        }
    }

    /// The derivative of [`Output::noise`] by `ln sigma` where `x` and `raw` stand still, `[n, d]`; nothing where it is zero.
    pub(super) fn noise_by_level(self, x: Tensor<2>, raw: Tensor<2>, level: &LogSigma) -> Option<Tensor<2>> {
        let (alpha_bar, signal, noise) = level.scales();
        match self {
            // d sqrt(1 - alpha_bar) = alpha_bar sqrt(1 - alpha_bar), d sqrt(alpha_bar) = -(1 - alpha_bar) sqrt(alpha_bar).
            Output::Velocity => Some((x * signal.clone() - raw * noise.clone()) * signal * noise),
            Output::Noise => None,
            Output::Denoised => Some((raw * signal - x * alpha_bar) / noise),
            Output::Score => Some(raw * (noise * alpha_bar).neg()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const ALL: [Output; 4] = [Output::Velocity, Output::Noise, Output::Denoised, Output::Score];

    /// The raw output that says `eps`, by each definition.
    fn raw(output: Output, x: f64, eps: f64, sigma: f64) -> f64 {
        let signal = (1.0 + sigma * sigma).sqrt().recip();
        let noise = sigma * signal;
        let clean = (x - noise * eps) / signal;
        match output {
            Output::Velocity => signal * eps - noise * clean,
            Output::Noise => eps,
            Output::Denoised => clean,
            Output::Score => -eps / noise,
        }
    }

    #[test]
    fn every_output_says_the_same_noise() {
        let device = Device::flex();
        for sigma in [0.002_f64, 0.02, 0.5, 1.0, 10.0, 160.0] {
            let (x, eps) = ([0.7, -1.3], [1.1, 0.4]);
            let level = LogSigma::uniform(sigma.ln(), &device);
            for output in ALL {
                let raw = [0, 1].map(|k| raw(output, x[k], eps[k], sigma) as f32);
                let found = output.noise(Tensor::from_data([x], &device), Tensor::from_data([raw], &device), &level);
                let found: Vec<f32> = found.into_data().iter().collect();
                for (found, eps) in found.iter().zip(eps) {
                    // A denoised point in single precision says the noise to its last digit over sigma.
                    assert!((f64::from(*found) - eps).abs() < 1e-5 + 4e-7 / sigma, "{output:?} at {sigma}: {found}");
                }
            }
        }
    }

    #[test]
    fn the_derivative_by_level_is_one() {
        let device = Device::flex();
        for output in ALL {
            for log_sigma in [-2.0, 0.3, 2.0] {
                let at = |shift: f64| {
                    let (x, raw) =
                        (Tensor::from_data([[0.7, -1.3]], &device), Tensor::from_data([[1.1, 0.4]], &device));
                    let level = LogSigma::uniform(log_sigma + shift, &device);
                    (output.noise(x.clone(), raw.clone(), &level), output.noise_by_level(x, raw, &level))
                };
                let step = 0.01;
                let expected = (at(step).0 - at(-step).0).div_scalar(2.0 * step);
                let found = at(0.0).1.unwrap_or_else(|| expected.zeros_like());
                let size = expected.clone().abs().max().into_scalar::<f32>().max(1.0);
                let off = (found - expected).abs().max().into_scalar::<f32>();
                assert!(off < 2e-3 * size, "{output:?} at {log_sigma}: {off}");
            }
        }
    }
}
