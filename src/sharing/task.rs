//! A reverse process of a trained network as data, so that any worker can run any of its rows.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{ShareError, bytes_of, floats, packed, taken, unpacked};
use crate::denoiser::{Denoiser, Guidance, Guided, Inpainting, NetworkDenoiser};
use crate::level::Level;
use crate::network::{Classes, FlowMap, NetworkConfig, filled, flatten};
use crate::parameters::Choice;
use crate::sampler::{self, SamplerError, Trajectory};

/// Standard normal numbers of a seed, from a place in them on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    seed: u64,
    stream: u64,
    position: u64,
}

impl Noise {
    /// The numbers of `seed`'s stream `stream`, from the first one on.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { seed, stream, position: 0 }
    }

    /// The next `count` numbers.
    pub fn draw(&mut self, count: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.stream);
        rng.set_word_pos(self.position.into());
        let drawn = (0..count).map(|_| StandardNormal.sample(&mut rng)).collect();
        self.position = rng.get_word_pos() as u64;
        drawn
    }

    /// Draws for `points` rows of `dimension` numbers and hands out `rows` of them: whoever runs some rows draws what a run of all does.
    pub(crate) fn rows(
        mut self,
        points: usize,
        dimension: usize,
        rows: Range<usize>,
        device: &Device,
    ) -> impl FnMut() -> Tensor<2> + 'static {
        let device = device.clone();
        move || tensor(&self.draw(points * dimension)[rows.start * dimension..rows.end * dimension], dimension, &device)
    }
}

/// What is known of every sample, for [`Inpainting`].
#[derive(Clone, Debug)]
pub struct Known {
    /// Coordinates, `[d]`.
    pub values: Vec<f32>,
    /// One where they are known, zero elsewhere, `[d]`.
    pub mask: Vec<f32>,
    /// Noise on what the denoiser is shown of them.
    pub noise: Noise,
}

impl Known {
    /// `denoiser` of `rows` out of `points` points with what is known of them.
    pub(crate) fn around(
        &self,
        denoiser: Box<dyn Denoiser<Tensor<2>>>,
        points: usize,
        rows: Range<usize>,
        device: &Device,
    ) -> Box<dyn Denoiser<Tensor<2>>> {
        let d = self.values.len();
        let each = |row: &[f32]| tensor(&row.repeat(rows.len()), d, device);
        let (values, mask) = (each(&self.values), each(&self.mask));
        Box::new(Inpainting::new(denoiser, values, mask, self.noise.rows(points, d, rows, device)))
    }
}

/// A reverse process of a trained network: each of its rows can run anywhere.
#[derive(Clone)]
pub struct Task {
    /// The network's shape.
    pub config: NetworkConfig,
    /// The network, with its flow map.
    pub denoiser: NetworkDenoiser,
    /// The class of each point, and their guidance; unconditional without.
    pub asked: Option<(Vec<Option<u8>>, Guidance)>,
    /// What is known of the samples.
    pub known: Option<Known>,
    /// The sampler.
    pub sampler: Choice,
    /// Its grid.
    pub levels: Vec<Level>,
    /// VP states on the first level, row-major `[n, d]`.
    pub start: Vec<f32>,
    /// What stochastic samplers draw.
    pub noise: Noise,
}

/// What a task's bytes say of the numbers that follow.
#[derive(Serialize, Deserialize)]
struct Header {
    config: NetworkConfig,
    map: bool,
    /// The class of each point, and their guidance's weight and ends.
    asked: Option<(Vec<Option<u8>>, [u64; 3])>,
    known: Option<Noise>,
    sampler: Choice,
    /// Bits, like those of guidance: a decimal number may be read as a neighbour.
    levels: Vec<[u64; 2]>,
    points: usize,
    noise: Noise,
    rows: Range<usize>,
}

impl Task {
    /// Number of points.
    pub fn points(&self) -> usize {
        self.start.len() / self.config.dimension()
    }

    /// Multiplications of an evaluation of the velocity at all points, where it takes most of them.
    pub fn multiplications(&self) -> f64 {
        let passes = |level: &Level| self.asked.as_ref().map_or(1, |(_, guidance)| guidance.passes(*level));
        let passes = self.levels.iter().map(passes).max().unwrap_or(1);
        (self.config.multiplications() * passes * self.points()) as f64
    }

    /// Whether rows can run apart: the sampler reads nothing of all of them together.
    ///
    /// # Errors
    /// [`SamplerError`] when there is no such sampler.
    pub fn splits(&self) -> Result<bool, SamplerError> {
        let sampler = sampler::build(&self.sampler.name, &self.sampler.parameters)?;
        Ok(!sampler::couples(sampler, self.levels.clone()))
    }

    /// The process of `rows` alone: the same numbers as these rows have in a run of all.
    ///
    /// # Errors
    /// [`SamplerError`] when there is no such sampler.
    pub(crate) fn run(
        &self,
        rows: Range<usize>,
        device: &Device,
    ) -> Result<Trajectory<'static, Tensor<2>>, SamplerError> {
        let (points, d) = (self.points(), self.config.dimension());
        let sampler = sampler::build(&self.sampler.name, &self.sampler.parameters)?;
        let denoiser: Box<dyn Denoiser<Tensor<2>>> = match &self.asked {
            Some((classes, guidance)) => {
                let classes = Classes::new(&classes[rows.clone()], self.config.classes(), device);
                Box::new(Guided::new(self.denoiser.clone(), classes, *guidance))
            }
            None => Box::new(self.denoiser.clone()),
        };
        let denoiser = match &self.known {
            Some(known) => known.around(denoiser, points, rows.clone(), device),
            None => denoiser,
        };
        let start = tensor(&self.start[rows.start * d..rows.end * d], d, device);
        let draw = self.noise.rows(points, d, rows, device);
        Ok(Trajectory::new(sampler, denoiser, self.levels.clone(), start, draw))
    }

    /// The task of `rows` as bytes for another worker.
    pub(crate) async fn bytes(&self, rows: Range<usize>) -> Result<Vec<u8>, ShareError> {
        let header = Header {
            config: self.config.clone(),
            map: self.denoiser.map().is_some(),
            asked: self.asked.as_ref().map(|(classes, Guidance { weight, lowest, highest })| {
                (classes.clone(), [weight, lowest, highest].map(|number| number.to_bits()))
            }),
            known: self.known.as_ref().map(|known| known.noise),
            sampler: self.sampler.clone(),
            levels: self.levels.iter().map(|level| level.bits()).collect(),
            points: self.points(),
            noise: self.noise,
            rows,
        };
        let mut weights = vec![flatten(self.denoiser.network())];
        weights.extend(self.denoiser.map().map(flatten));
        let mut values = bytes_of(weights).await?;
        let known = self.known.iter().flat_map(|known| [&known.values, &known.mask]);
        for numbers in [&self.start].into_iter().chain(known) {
            values.extend(numbers.iter().flat_map(|value| value.to_le_bytes()));
        }
        packed(&header, &values)
    }

    /// A task from another worker's bytes, and its rows.
    pub(crate) fn read(bytes: &[u8], device: &Device) -> Result<(Self, Range<usize>), ShareError> {
        let (header, rest) = unpacked::<Header>(bytes)?;
        let Header { config, asked, levels, points, rows, .. } = header;
        config.check().map_err(|_| ShareError::Format)?;
        let asked = asked.map(|(classes, bits)| {
            let [weight, lowest, highest] = bits.map(f64::from_bits);
            (classes, Guidance { weight, lowest, highest })
        });
        let fits = asked.as_ref().is_none_or(|(classes, _)| classes.len() == points && config.classes() > 0);
        if levels.is_empty() || rows.is_empty() || rows.end > points || !fits {
            return Err(ShareError::Format);
        }
        let values = floats(rest)?;
        let network = config.init(&mut ChaCha8Rng::seed_from_u64(0), device);
        let (network, mut values) = filled(network, &values, device).ok_or(ShareError::Format)?;
        let mut denoiser = NetworkDenoiser::new(network.clone(), config.turn_cost());
        if header.map {
            let (map, rest) = filled(FlowMap::of(&network), values, device).ok_or(ShareError::Format)?;
            denoiser = denoiser.with_map(map, config.map_cost());
            values = rest;
        }
        let d = config.dimension();
        let mut next = |count: usize| taken(&mut values, count).map(<[f32]>::to_vec);
        let start = next(points.checked_mul(d).ok_or(ShareError::Format)?)?;
        let known = match header.known {
            Some(noise) => Some(Known { values: next(d)?, mask: next(d)?, noise }),
            None => None,
        };
        let levels = levels.into_iter().map(Level::from_bits).collect();
        let Header { sampler, noise, .. } = header;
        Ok((Self { config, denoiser, asked, known, sampler, levels, start, noise }, rows))
    }
}

pub(super) fn tensor(values: &[f32], dimension: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / dimension, dimension]), device)
}
