//! At which noise levels to train: distributions of `ln sigma`.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// A distribution of training levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseLevels {
    /// `ln sigma` uniform over all levels that a grid visits, 0.005 to 160.
    LogUniform,
    /// `ln sigma` normal with mean -0.4 and width 1.4: most of the time goes to the levels where structure appears.
    LogNormal,
    /// DDPM's linear schedule, all its levels alike (continuous form with beta from 0.1 to 20, arXiv 2011.13456, eq 33).
    Linear,
    /// The cosine schedule, all its levels alike (arXiv 2102.09672, eq 17).
    Cosine,
}

impl NoiseLevels {
    /// `count` values of `ln sigma`.
    pub fn draw(self, count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        (0..count).map(|_| self.one(rng).clamp(LOWEST.ln(), HIGHEST.ln()) as f32).collect()
    }

    fn one(self, rng: &mut ChaCha8Rng) -> f64 {
        match self {
            NoiseLevels::LogUniform => LOWEST.ln() + rng.random::<f64>() * (HIGHEST / LOWEST).ln(),
            NoiseLevels::LogNormal => {
                let normal: f64 = StandardNormal.sample(rng);
                1.4 * normal - 0.4
            }
            NoiseLevels::Linear => {
                let t: f64 = rng.random();
                let log_alpha_bar = -0.5 * t * t * 19.9 - 0.1 * t;
                0.5 * ((-log_alpha_bar).exp_m1()).ln()
            }
            NoiseLevels::Cosine => {
                let angle = (rng.random::<f64>() + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2;
                angle.tan().ln()
            }
        }
    }
}

const LOWEST: f64 = 0.005;
const HIGHEST: f64 = 160.0;
