//! At which noise levels to train: distributions of `ln sigma`.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::parameters::options;

options! {
    /// A distribution of training levels.
    #[derive(Default)]
    pub enum NoiseLevels {
        /// `ln sigma` normal with mean -0.4 and width 1.4: most of the time goes to the levels where structure appears.
        #[default]
        LogNormal = (
            "log_normal",
            "Log-normal",
            "Mostly the middle levels, where structure appears (after Karras et al. 2022).",
        ),
        /// `ln sigma` normal with mean -1.2 and width 1.2: EDM's, made for data of width 0.5 (arXiv 2206.00364, table 1).
        Edm = ("edm", "EDM", "Log-normal with the mean and width of Karras et al. (2022), made for narrower data."),
        /// `ln sigma` uniform over all levels that a grid visits, 0.005 to 160.
        LogUniform = ("log_uniform", "Log-uniform", "All levels alike, on a logarithmic scale."),
        /// DDPM's linear schedule, all its levels alike (continuous form with beta from 0.1 to 20, arXiv 2011.13456, eq 33).
        Linear = ("linear", "DDPM linear", "As often as the steps of DDPM’s linear schedule do (Ho et al. 2020)."),
        /// The cosine schedule, all its levels alike (arXiv 2102.09672, eq 17).
        Cosine = ("cosine", "Cosine", "As often as the steps of the cosine schedule do (Nichol and Dhariwal 2021)."),
    }
}

impl NoiseLevels {
    /// The least and the most `sigma` of any.
    pub const RANGE: (f64, f64) = (0.005, 160.0);

    /// `count` values of `ln sigma`.
    pub fn draw(self, count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        (0..count).map(|_| self.one(rng).clamp(LOWEST.ln(), HIGHEST.ln()) as f32).collect()
    }

    fn one(self, rng: &mut ChaCha8Rng) -> f64 {
        match self.normal() {
            Some((mean, width)) => {
                let normal: f64 = StandardNormal.sample(rng);
                width * normal + mean
            }
            None => self.quantile(rng.random()),
        }
    }

    /// Mean and width, where `ln sigma` is normal.
    fn normal(self) -> Option<(f64, f64)> {
        match self {
            NoiseLevels::LogNormal => Some((-0.4, 1.4)),
            NoiseLevels::Edm => Some((-1.2, 1.2)),
            NoiseLevels::LogUniform | NoiseLevels::Linear | NoiseLevels::Cosine => None,
        }
    }

    /// The `ln sigma` that a share `t` of the levels lies on one side of, where that is a formula.
    fn quantile(self, t: f64) -> f64 {
        match self {
            NoiseLevels::Linear => {
                let log_alpha_bar = -0.5 * t * t * 19.9 - 0.1 * t;
                0.5 * ((-log_alpha_bar).exp_m1()).ln()
            }
            NoiseLevels::Cosine => {
                let angle = (t + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2;
                angle.tan().ln()
            }
            NoiseLevels::LogUniform | NoiseLevels::LogNormal | NoiseLevels::Edm => {
                LOWEST.ln() + t * (HIGHEST / LOWEST).ln()
            }
        }
    }

    /// The density of the levels in `ln sigma`, before the outermost ones are moved to the bounds.
    pub fn density(self, log_sigma: f64) -> f64 {
        if let Some((mean, width)) = self.normal() {
            let z = (log_sigma - mean) / width;
            return (-0.5 * z * z).exp() / (width * std::f64::consts::TAU.sqrt());
        }
        let sigma = log_sigma.exp();
        let alpha_bar = 1.0 / (1.0 + sigma * sigma);
        // The share of levels below `sigma`, and how fast it grows with ln sigma.
        let (share, rate) = match self {
            NoiseLevels::Linear => {
                let t = ((0.01 + 39.8 * (sigma * sigma).ln_1p()).sqrt() - 0.1) / 19.9;
                (t, 2.0 * sigma * sigma * alpha_bar / (19.9 * t + 0.1))
            }
            NoiseLevels::Cosine => {
                let scale = 1.008 / std::f64::consts::FRAC_PI_2;
                (scale * sigma.atan() - 0.008, scale * sigma * alpha_bar)
            }
            NoiseLevels::LogUniform | NoiseLevels::LogNormal | NoiseLevels::Edm => {
                let width = (HIGHEST / LOWEST).ln();
                ((log_sigma - LOWEST.ln()) / width, width.recip())
            }
        };
        if (0.0..=1.0).contains(&share) { rate } else { 0.0 }
    }

    /// The mean of `value(ln sigma)` over the distribution, by the midpoint rule.
    pub fn mean(self, value: impl Fn(f64) -> f64) -> f64 {
        const NODES: usize = 4000;
        /// Normal levels are counted up to so many widths from their mean.
        const REACH: f64 = 8.0;
        let (mut total, mut count) = (0.0, 0.0);
        for i in 0..NODES {
            let t = (i as f64 + 0.5) / NODES as f64;
            let (log_sigma, share) = match self.normal() {
                Some((mean, width)) => {
                    let z = REACH * (2.0 * t - 1.0);
                    (width * z + mean, (-0.5 * z * z).exp())
                }
                None => (self.quantile(t), 1.0),
            };
            total += share * value(log_sigma.clamp(LOWEST.ln(), HIGHEST.ln()));
            count += share;
        }
        total / count
    }
}

const LOWEST: f64 = NoiseLevels::RANGE.0;
const HIGHEST: f64 = NoiseLevels::RANGE.1;

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn densities_are_those_of_the_draws() {
        const DRAWS: usize = 200_000;
        const WIDTH: f64 = 0.25;
        for levels in [
            NoiseLevels::LogUniform,
            NoiseLevels::LogNormal,
            NoiseLevels::Edm,
            NoiseLevels::Linear,
            NoiseLevels::Cosine,
        ] {
            let drawn = levels.draw(DRAWS, &mut ChaCha8Rng::seed_from_u64(3));
            for low in [-4.0, -2.0, -0.5, 0.0, 1.0, 2.5, 4.0] {
                let inside = |x: &&f32| (low..low + WIDTH).contains(&f64::from(**x));
                let found = drawn.iter().filter(inside).count() as f64 / DRAWS as f64;
                let node = |i: usize| levels.density(low + WIDTH * (i as f64 + 0.5) / 100.0);
                let expected = (0..100).map(node).sum::<f64>() * WIDTH / 100.0;
                let error = (expected * (1.0 - expected) / DRAWS as f64).sqrt();
                assert!((found - expected).abs() <= 4.0 * error, "{levels:?} from {low}: {found} for {expected}");
            }
        }
    }
}
