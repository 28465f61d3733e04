//! Samples of an exact target or of the trained model, measured against held-out points.

use std::cell::OnceCell;

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::method::Begins;
use super::paths::follow;
use super::points::{double, normal, read, single};
use crate::data::{DataKind, Labels};
use crate::denoiser::{Guidance, Guided, NetworkDenoiser};
use crate::distribution::{Exact, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::distances::ReferenceSet;
use crate::network::Classes;
use crate::sampler::FinePaths;
use crate::state::Points;
use crate::studies::report::Meter;
use crate::studies::{Context, StudyError};

/// The denoiser of a source.
enum Model {
    /// Known exactly, in double precision.
    Exact(Box<Mixture>),
    /// Learned, on a device, with its classes where it is class-conditioned.
    Learned { denoiser: Box<NetworkDenoiser>, conditioned: Option<Conditioned>, device: Device },
}

/// Classes of samples, those of the data in turn: a distance to data of all classes would count their imbalance.
struct Conditioned {
    labels: Labels,
    classes: usize,
    guidance: Guidance,
}

impl Conditioned {
    /// `count` classes from the one in turn at `seed`: batches with seeds one after the other have equal counts together.
    fn classes(&self, count: usize, seed: u64, device: &Device) -> Classes {
        Classes::new(&self.labels.in_turn(seed, count), self.classes, device)
    }
}

/// A source of samples, with the points that they are measured against.
pub struct Source {
    model: Model,
    kind: DataKind,
    mean: Vec<f32>,
    held_out: Vec<f32>,
    /// The held-out points, prepared when first needed.
    reference: OnceCell<ReferenceSet>,
    /// Points as good as perfect samples, row-major.
    fresh: Vec<f32>,
}

/// Held-out points that samples are measured against.
const HELD_OUT: usize = 2000;
/// Fresh points of an exact target.
const FRESH: usize = 20_000;

impl Source {
    /// The exact denoiser of `mixture`, measured against fresh points of it.
    pub fn exact(mixture: Mixture) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX);
        let held_out = single(&mixture.draw(HELD_OUT, &mut rng));
        let fresh = single(&mixture.draw(FRESH, &mut rng));
        let (mean, reference) = (vec![0.0; mixture.dimension()], OnceCell::new());
        Self { mean, model: Model::Exact(Box::new(mixture)), kind: DataKind::Points, held_out, reference, fresh }
    }

    /// The trained model, measured against its data's held-out points.
    ///
    /// # Errors
    /// When there is none.
    pub fn learned(context: &Context) -> Result<Self, StudyError> {
        let (denoiser, data, classes) = context.model()?;
        let (mean, kind) = (data.mean(), data.kind);
        let mut held_out = data.held_out;
        held_out.truncate(HELD_OUT * data.dimension);
        let conditioned =
            data.labels.filter(|_| classes > 0).map(|labels| Conditioned { labels, classes, guidance: 1.0.into() });
        let model = Model::Learned { denoiser: Box::new(denoiser), conditioned, device: context.device().clone() };
        Ok(Self { model, kind, mean, held_out, reference: OnceCell::new(), fresh: data.train })
    }

    /// The same with other guidance, where the network is class-conditioned.
    pub fn guided(mut self, guidance: Guidance) -> Self {
        if let Model::Learned { conditioned: Some(conditioned), .. } = &mut self.model {
            conditioned.guidance = guidance;
        }
        self
    }

    /// Evaluations of the network for one of the denoiser at `level`.
    pub fn passes(&self, level: Level) -> usize {
        match &self.model {
            Model::Learned { conditioned: Some(conditioned), .. } => conditioned.guidance.passes(level),
            _ => 1,
        }
    }

    /// Row-major points as good as perfect samples: those that a model was trained on, or fresh ones of an exact target.
    pub fn fresh(&self) -> &[f32] {
        &self.fresh
    }

    /// Row-major points that were held out, 2,000 at most.
    pub fn held_out(&self) -> &[f32] {
        &self.held_out
    }

    fn reference(&self) -> &ReferenceSet {
        self.reference.get_or_init(|| ReferenceSet::new(&self.held_out, self.mean.len()))
    }

    /// `count` samples by `method` down `levels` from the noise that `seed` draws, row-major, as VE states at the last level.
    ///
    /// # Errors
    /// When the method can't be built or the device fails.
    pub async fn samples(
        &self,
        method: &impl Begins,
        levels: &[Level],
        count: usize,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<Vec<f32>, StudyError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let d = self.mean.len();
        let start = normal(count, d, &mut rng);
        let values = match &self.model {
            Model::Exact(mixture) => {
                single(&follow(method, &**mixture, levels, start, || normal(count, d, &mut rng), meter).await?)
            }
            Model::Learned { denoiser, conditioned, device } => {
                let start = self.moved(&start, levels[0]).to_device(device);
                let draw = || normal(count, d, &mut rng).to_device(device);
                let end = match conditioned {
                    Some(conditioned) => {
                        let classes = conditioned.classes(count, seed, device);
                        let guided = Guided::new((**denoiser).clone(), classes, conditioned.guidance);
                        follow(method, &guided, levels, start, draw, meter).await?
                    }
                    None => follow(method, &**denoiser, levels, start, draw, meter).await?,
                };
                read(end).await?
            }
        };
        let signal = levels[levels.len() - 1].signal_scale() as f32;
        Ok(values.into_iter().map(|x| x / signal).collect())
    }

    /// Noise `[n, d]` as VP states at `level`, beyond which only the data's mean is left of the signal.
    fn moved(&self, noise: &Points, level: Level) -> Points {
        let shift = level.signal_scale();
        let moved =
            |row: &[f64]| row.iter().zip(&self.mean).map(|(x, mean)| x + shift * f64::from(*mean)).collect::<Vec<_>>();
        Points::new(self.mean.len(), noise.rows().flat_map(moved).collect())
    }

    /// `count` fine paths down `levels` from the noise that `seed` draws for [`Source::samples`], to the same classes.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn paths(
        &self,
        levels: &[Level],
        count: usize,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<FinePaths, StudyError> {
        let d = self.mean.len();
        let start = self.moved(&normal(count, d, &mut ChaCha8Rng::seed_from_u64(seed)), levels[0]);
        // State, noise and turn are read for each evaluation.
        const READ: f64 = 1.0 / 3.0;
        let paths = match &self.model {
            Model::Exact(mixture) => {
                let read = async |points: Points| {
                    meter.advance(READ).await;
                    Ok::<_, StudyError>(points)
                };
                FinePaths::follow(&**mixture, levels.to_vec(), start, read).await?
            }
            Model::Learned { denoiser, conditioned, device } => {
                let start = start.to_device(device);
                let read = async |state: Tensor<2>| {
                    meter.advance(READ).await;
                    double(state, d).await
                };
                match conditioned {
                    Some(conditioned) => {
                        let classes = conditioned.classes(count, seed, device);
                        let guided = Guided::new((**denoiser).clone(), classes, conditioned.guidance);
                        FinePaths::follow(&guided, levels.to_vec(), start, read).await?
                    }
                    None => FinePaths::follow(&**denoiser, levels.to_vec(), start, read).await?,
                }
            }
        };
        Ok(paths.about(&self.mean))
    }

    /// What the points are.
    pub fn kind(&self) -> DataKind {
        self.kind
    }

    /// What it costs to measure samples, in evaluations of as many points, roughly.
    pub fn measuring(&self) -> f64 {
        match self.model {
            Model::Exact(_) => 20.0,
            Model::Learned { .. } => 1.0,
        }
    }

    /// Energy distance to the held-out points of [`Source::samples`].
    ///
    /// # Errors
    /// As [`Source::samples`].
    pub async fn energy(
        &self,
        method: &impl Begins,
        levels: &[Level],
        count: usize,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<f64, StudyError> {
        Ok(self.distance(&self.samples(method, levels, count, seed, meter).await?))
    }

    /// Energy distance of row-major `samples` to the held-out points.
    pub fn distance(&self, samples: &[f32]) -> f64 {
        self.reference().energy_distance(samples)
    }

    /// Energy distance of as many fresh points to the held-out ones, over as many draws as there are points for (`draws` at most,
    /// two at least): what perfect samples score.
    pub fn floor(&self, count: usize, draws: usize) -> Estimate {
        let d = self.mean.len();
        let count = count.min(self.fresh.len() / d / 2);
        let parts = self.fresh.chunks_exact(count * d).take(draws);
        Estimate::of(&parts.map(|part| self.reference().energy_distance(part)).collect::<Vec<_>>())
    }
}
