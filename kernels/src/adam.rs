//! One step of Adam and of the running average, in one pass over the weights.

use pulp::{Simd, WithSimd};

use super::Moments;
use super::simd::vectorised;

/// Decays of the moments, and what keeps the second one's root from zero.
const BETAS: [f32; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;

/// Numbers of a step that are the same for all weights.
#[derive(Clone, Copy)]
struct Rates {
    /// Step size with the first moment's correction.
    step: f32,
    /// The second moment's correction.
    second: f32,
    /// The share of the average that stays.
    decay: f32,
}

impl Moments {
    /// Moves `weights` against `gradient` (arXiv 1412.6980, algorithm 1), if there is one, and `average` towards them.
    pub(super) fn step(
        &mut self,
        weights: &mut [f32],
        average: &mut [f32],
        gradient: Option<&[f32]>,
        learning_rate: f64,
        decay: f64,
    ) {
        let decay = decay as f32;
        let Some(gradient) = gradient else {
            return average.iter_mut().zip(weights).for_each(|(average, weight)| follow(average, *weight, decay));
        };
        self.first.resize(weights.len(), 0.0);
        self.second.resize(weights.len(), 0.0);
        self.steps += 1;
        let [first, second] = BETAS.map(|beta| 1.0 - f64::from(beta).powi(self.steps as i32));
        let rates = Rates { step: (learning_rate / first) as f32, second: second.sqrt().recip() as f32, decay };
        vectorised(Step { weights, average, gradient, moments: [&mut self.first, &mut self.second], rates });
    }
}

struct Step<'a> {
    weights: &'a mut [f32],
    average: &'a mut [f32],
    gradient: &'a [f32],
    moments: [&'a mut [f32]; 2],
    rates: Rates,
}

impl WithSimd for Step<'_> {
    type Output = ();

    /// Plain arithmetic, which the compiler turns into the vectors that are there.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { weights, average, gradient, moments: [first, second], rates: Rates { step, second: root, decay } } =
            self;
        let moments = first.iter_mut().zip(second);
        for (((weight, average), gradient), (first, second)) in
            weights.iter_mut().zip(average).zip(gradient).zip(moments)
        {
            *first = BETAS[0] * *first + (1.0 - BETAS[0]) * gradient;
            *second = BETAS[1] * *second + (1.0 - BETAS[1]) * (gradient * gradient);
            *weight -= step * *first / (second.sqrt() * root + EPSILON);
            follow(average, *weight, decay);
        }
    }
}

#[inline(always)]
fn follow(average: &mut f32, weight: f32, decay: f32) {
    *average = decay * *average + (1.0 - decay) * weight;
}
