//! Fixed sine and cosine features.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::dual::Dual;
use fewsteps_kernels::{Waves, sine};

/// `[sin(z P), cos(z P)]` for inputs `z` `[n, i]` and a fixed projection `P` `[i, f]`. The cosine is a shifted sine, so that
/// all features are one product and one sine; a single input is broadcast, which fuses with the sine on a GPU.
#[derive(Module, Debug)]
pub(super) struct Fourier {
    projection: Tensor<2>,
    phase: Tensor<2>,
}

impl Fourier {
    /// Every one of `inputs` coordinates at every one of `frequencies`, in radians for one unit: `2 i f` features.
    pub(super) fn new(inputs: usize, frequencies: &[f64], device: &Device) -> Self {
        let half = inputs * frequencies.len();
        let mut projection = vec![0.0_f32; inputs * 2 * half];
        for input in 0..inputs {
            for (index, &frequency) in frequencies.iter().enumerate() {
                let column = input * frequencies.len() + index;
                projection[input * 2 * half + column] = frequency as f32;
                projection[input * 2 * half + half + column] = frequency as f32;
            }
        }
        let quarter = std::f32::consts::FRAC_PI_2;
        let phase: Vec<f32> = (0..2 * half).map(|column| if column < half { 0.0 } else { quarter }).collect();
        let plain = device.clone().without_autodiff();
        Self {
            projection: Tensor::from_data(TensorData::new(projection, [inputs, 2 * half]), &plain),
            phase: Tensor::from_data(TensorData::new(phase, [1, 2 * half]), &plain),
        }
    }

    /// Number of features.
    pub(super) fn features(&self) -> usize {
        self.projection.dims()[1]
    }

    pub(super) fn forward(&self, z: Tensor<2>) -> Tensor<2> {
        let Waves { projection, phase } = self.waves();
        let turns = match projection.dims()[0] {
            1 => z * projection,
            _ => z.matmul(projection),
        };
        sine(turns + phase)
    }

    pub(super) fn forward_dual(&self, z: Dual) -> Dual {
        let Waves { projection, phase } = self.waves();
        z.wave(&projection, &phase)
    }

    /// Projection and phase without autodiff. `Module::train` gives it to constants too: a network from a file would take another sine than a
    /// fresh one, other in its last digit, and compute gradients that nobody needs.
    pub(super) fn waves(&self) -> Waves {
        Waves { projection: self.projection.clone().inner(), phase: self.phase.clone().inner() }
    }
}
