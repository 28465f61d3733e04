//! How much an error counts at each noise level. Pure `f64`.
//!
//! Every weighting is a factor `w(sigma)` on the squared error of the noise. An error `e` of the noise is an error `sigma e` of the
//! denoised point, `e / sqrt(alpha_bar)` of `v`, `e / sigma` of the VE score and `e / sqrt(1 - alpha_bar)` of the VP score, so a
//! weight `lambda` on the denoised point's squared error is `w = sigma^2 lambda`, on the VE score's `w = lambda / sigma^2`.

use std::sync::LazyLock;

use super::levels::NoiseLevels;
use crate::level::Level;
use crate::parameters::options;
use crate::schedule::linear_table;

options! {
    /// A factor on the squared error of the noise, by its level.
    #[derive(Default)]
    pub enum Weighting {
        /// One: DDPM's simple objective (arXiv 2006.11239, eq 14).
        #[default]
        Uniform = ("uniform", "Uniform", "Errors of the noise count alike (Ho et al. 2020)."),
        /// `1 / alpha_bar`: errors of `v` (arXiv 2202.00512, sec 4). A data set of many dimensions is wide along some of them: what
        /// its samples have in common is decided at levels where the noise itself is predicted almost without error.
        Velocity = ("velocity", "Velocity v", "Errors of v count alike (Salimans and Ho 2022); for images."),
        /// The variational bound's `beta^2 / (2 s^2 alpha (1 - alpha_bar))` on DDPM's linear schedule (arXiv 2006.11239, eq 12),
        /// with the large reverse variance `s^2 = beta`: with the small one the least noisy level counts infinitely. Linear in
        /// `ln sigma` between the schedule's levels, constant beyond them.
        VariationalBound = (
            "variational_bound",
            "Variational bound",
            "As the bound on the likelihood weighs errors (Ho et al. 2020).",
        ),
        /// `1 / sigma^2`, the signal-to-noise ratio: plain errors of the VE score.
        Snr = (
            "snr",
            "Signal-to-noise",
            "Errors of the score count alike, so that little noise dominates (Song et al. 2021).",
        ),
        /// `min(SNR, 5) / SNR` (arXiv 2303.09556, sec 3, there `min(SNR, 5)` on the denoised point).
        MinSnr = (
            "min_snr",
            "Min-SNR",
            "Errors of the denoised point count by the signal-to-noise ratio, 5 at most (Hang et al. 2023).",
        ),
        /// `sigma^2 + 1` (arXiv 2206.00364, table 1, there over `sigma^2` on the denoised point, with the data's standard deviation
        /// `sigma_data`; here the data is standardised).
        Edm = ("edm", "EDM", "Errors of EDM’s preconditioned network count alike (Karras et al. 2022)."),
        /// `sigma^power`: -2 is the VE score's plain error, 0 Song's choice (arXiv 1907.05600, sec 4.2, there `sigma^2` on the
        /// score), 2 the denoised point's plain error.
        SigmaPower = (
            "sigma_power",
            "Power of σ",
            "Errors of the noise count by a power of its level (after Song and Ermon 2019).",
        ),
        /// A bell over `ln sigma` (arXiv 2406.12839): what EDM's weighting and levels make together, `N(ln sigma; -1.2, 1.2)
        /// (sigma^2 + 1/4)`, highest at 5.2 as a weight on errors of the noise; on errors of EDM's own output it is highest at 0.3. With levels that are uniform in `ln sigma` the bell is the whole weighting.
        Bell = ("bell", "Bell", "The levels that decide how good samples are count most (Wang et al. 2024)."),
        /// One over the running mean of the error at the level: all levels' weighted errors are alike, as the theory of arXiv 2406.12839 asks.
        /// It finds that in the rate of gradient descent, not in the error of sampling. The factor here is one; the rest is known in
        /// training only.
        Adaptive = (
            "adaptive",
            "Adaptive",
            "One over the running error, so that all levels count alike (Wang et al. 2024).",
        ),
        /// [`Weighting::Bell`] over the running mean of the error, so that the weighted error follows the bell. Own.
        AdaptiveBell = (
            "adaptive_bell",
            "Adaptive bell",
            "The bell over the running error: the weighted errors follow the bell, whatever the errors are.",
        ),
    }
}

impl Weighting {
    /// Whether the factor is divided by the running error of its level in training.
    pub fn adapts(self) -> bool {
        matches!(self, Weighting::Adaptive | Weighting::AdaptiveBell)
    }

    /// The factor at noise level `sigma > 0`, before normalisation. `exponent` is that of [`Weighting::SigmaPower`]; the others do
    /// without.
    pub fn factor(self, exponent: f64, sigma: f64) -> f64 {
        let power = sigma * sigma;
        match self {
            Weighting::Uniform | Weighting::Adaptive => 1.0,
            Weighting::Velocity | Weighting::Edm => 1.0 + power,
            Weighting::VariationalBound => variational_bound(sigma.ln()),
            Weighting::Snr => 1.0 / power,
            Weighting::MinSnr => (5.0 * power).min(1.0),
            Weighting::SigmaPower => sigma.powf(exponent),
            Weighting::Bell | Weighting::AdaptiveBell => {
                let z = (sigma.ln() + 1.2) / 1.2;
                (-0.5 * z * z).exp() * (power + 0.25)
            }
        }
    }
}

/// `(ln sigma, weight)` at each level of the linear schedule, least noisy first.
static BOUND: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let mut before = Level::CLEAN;
    let weight = |level: Level| {
        let alpha = level.alpha_bar() / before.alpha_bar();
        before = level;
        (level.sigma().ln(), (1.0 - alpha) / (2.0 * alpha * level.noise_power()))
    };
    linear_table().into_iter().map(weight).collect()
});

fn variational_bound(log_sigma: f64) -> f64 {
    let table = &*BOUND;
    let after = table.partition_point(|&(at, _)| at < log_sigma).clamp(1, table.len() - 1);
    let [(left, low), (right, high)] = [table[after - 1], table[after]];
    low + (high - low) * ((log_sigma - left) / (right - left)).clamp(0.0, 1.0)
}

/// A weighting over training levels, scaled so that its mean over them is one: a learning rate then means the same with every
/// weighting. [`Weighting::Velocity`] keeps its scale, in which the loss is that of `v`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weigher {
    weighting: Weighting,
    exponent: f64,
    levels: NoiseLevels,
    scale: f64,
}

impl Weigher {
    /// `weighting` over `levels`; `exponent` as in [`Weighting::factor`].
    pub fn new(weighting: Weighting, exponent: f64, levels: NoiseLevels) -> Self {
        let scale = match weighting {
            Weighting::Uniform | Weighting::Velocity => 1.0,
            _ => levels.mean(|log_sigma| weighting.factor(exponent, log_sigma.exp())).recip(),
        };
        Self { weighting, exponent, levels, scale }
    }

    /// The arguments of [`Weigher::new`].
    pub fn made_from(&self) -> (Weighting, f64, NoiseLevels) {
        (self.weighting, self.exponent, self.levels)
    }

    /// What its mean is one over.
    pub fn levels(&self) -> NoiseLevels {
        self.levels
    }

    /// The weights of errors at levels `ln sigma`; nothing where all are one.
    pub fn weights(&self, log_sigmas: &[f32]) -> Option<Vec<f32>> {
        let weight =
            |&log_sigma: &f32| (self.scale * self.weighting.factor(self.exponent, f64::from(log_sigma).exp())) as f32;
        (self.weighting != Weighting::Uniform).then(|| log_sigmas.iter().map(weight).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const ALL: [Weighting; 10] = [
        Weighting::Uniform,
        Weighting::Velocity,
        Weighting::VariationalBound,
        Weighting::Snr,
        Weighting::MinSnr,
        Weighting::Edm,
        Weighting::SigmaPower,
        Weighting::Bell,
        Weighting::Adaptive,
        Weighting::AdaptiveBell,
    ];
    const LEVELS: [NoiseLevels; 5] =
        [NoiseLevels::LogNormal, NoiseLevels::LogUniform, NoiseLevels::Edm, NoiseLevels::Linear, NoiseLevels::Cosine];

    fn factor(weighting: Weighting, sigma: f64) -> f64 {
        weighting.factor(1.0, sigma)
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} for {expected}");
    }

    /// Each factor against its paper's own form, which weighs the error of something else.
    #[test]
    fn factors_are_the_papers_in_terms_of_the_noise() {
        for sigma in [0.01, 0.3, 1.0, 7.0, 120.0] {
            let snr: f64 = 1.0 / (sigma * sigma);
            let alpha_bar = 1.0 / (1.0 + sigma * sigma);
            close(factor(Weighting::Velocity, sigma), 1.0 / alpha_bar);
            close(factor(Weighting::Snr, sigma), snr);
            // On the denoised point, whose error is sigma times as large.
            let on_point = |lambda: f64| lambda * sigma * sigma;
            close(factor(Weighting::MinSnr, sigma), on_point(snr.min(5.0)));
            let sigma_data = 1.0;
            let lambda = (sigma * sigma + sigma_data * sigma_data) / (sigma_data * sigma).powi(2);
            close(factor(Weighting::Edm, sigma), on_point(lambda));
            close(Weighting::SigmaPower.factor(0.0, sigma), 1.0);
            close(Weighting::SigmaPower.factor(-2.0, sigma), snr);
            close(Weighting::SigmaPower.factor(2.0, sigma), on_point(1.0));
        }
    }

    #[test]
    fn the_variational_bound_is_the_schedules() {
        let beta = |t: usize| 1e-4 + (0.02 - 1e-4) * (t - 1) as f64 / 999.0;
        let mut alpha_bar = 1.0;
        for t in 1..=1000 {
            alpha_bar *= 1.0 - beta(t);
            let sigma = ((1.0 - alpha_bar) / alpha_bar).sqrt();
            let (b, variance) = (beta(t), beta(t));
            let expected = b * b / (2.0 * variance * (1.0 - b) * (1.0 - alpha_bar));
            assert!((factor(Weighting::VariationalBound, sigma) / expected - 1.0).abs() < 1e-6, "t = {t}");
        }
        close(factor(Weighting::VariationalBound, 1e-3), factor(Weighting::VariationalBound, 0.005));
        assert!(factor(Weighting::VariationalBound, 1e3) > 0.0);
    }

    /// The peak and the half width of the product of EDM's levels and weighting.
    #[test]
    fn the_bell_is_where_it_was_measured() {
        let bell = |sigma: f64| factor(Weighting::Bell, sigma);
        let sigmas: Vec<f64> = (0..4000).map(|i| (-3.0 + 8.0 * f64::from(i) / 4000.0).exp()).collect();
        let peak = sigmas.iter().copied().max_by(|&a, &b| bell(a).total_cmp(&bell(b))).expect("a peak");
        assert!((peak - 5.2).abs() < 0.06, "{peak}");
        let half: Vec<f64> = sigmas.into_iter().filter(|&sigma| 2.0 * bell(sigma) >= bell(peak)).collect();
        assert!((half[0] - 1.1).abs() < 0.06 && (half[half.len() - 1] - 21.8).abs() < 0.1, "{half:?}");
    }

    #[test]
    fn the_mean_weight_over_the_training_levels_is_one() {
        for levels in LEVELS {
            for weighting in ALL {
                let weigher = Weigher::new(weighting, 1.0, levels);
                if weighting == Weighting::Velocity {
                    assert_eq!(weigher.scale, 1.0);
                    continue;
                }
                let drawn = levels.draw(200_000, &mut ChaCha8Rng::seed_from_u64(1));
                let weights = weigher.weights(&drawn).unwrap_or(vec![1.0]);
                assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
                let mean = weights.iter().map(|&w| f64::from(w)).sum::<f64>() / weights.len() as f64;
                // A few rare levels carry much of the score's weight.
                assert!((mean - 1.0).abs() < 0.1, "{weighting:?} over {levels:?}: {mean}");
            }
        }
    }
}
