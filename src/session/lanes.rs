//! What the lanes of a session run on, and what their samples are measured by.

use burn::tensor::Tensor;

use super::lane::{self, LaneRun, Predictor, Scales, Target};
use super::{Session, SessionError, morph, upload};
use crate::data::{DataKind, digits};
use crate::denoiser::{Denoiser, Guided, NetworkDenoiser};
use crate::distribution::EmpiricalOnDevice;
use crate::level::Level;
use crate::metrics::noise_scale::NoiseScale;
use crate::network::Classes;
use crate::settings::Source;
use crate::sharing::{Alone, Helpers, Noise};
use crate::state::cause;
use crate::training::Trainer;

/// Points of the data set that the exact data-set denoiser knows.
pub(super) const EXACT_POINTS: usize = 2000;
/// The stream of the forward process's noise: lanes have those below.
const FORWARD: u64 = 3;
/// Held-out points that samples are measured against, in the plane and among images, at most.
const REFERENCE: (usize, usize) = (4000, 256);
/// The same before a lane's end: an eighth of the work, which would otherwise be as much as a small network's.
const PASSING: (usize, usize) = (1000, 128);

impl Session {
    /// Begins lane `index` (from 0) of the current settings, from the seed's noise.
    ///
    /// # Errors
    /// When the lane does not exist or its denoiser does not fit the data.
    pub fn lane(&self, index: usize) -> Result<LaneRun, SessionError> {
        self.lane_among(index, &Alone)
    }

    /// The same, its points split between this session and `helpers` where it is a network's.
    ///
    /// # Errors
    /// As [`Session::lane`].
    pub fn lane_among(&self, index: usize, helpers: &impl Helpers) -> Result<LaneRun, SessionError> {
        let lane = self.settings.lanes.get(index).ok_or(SessionError::NoLane(index + 1))?;
        let wanted = self.classes_wanted(self.trainer()?);
        let denoiser = self.denoiser(index, wanted.clone())?;
        let levels = self.settings.levels(lane, |level| denoiser.passes(level))?;
        let predictor = match lane.source {
            Source::Network => {
                let trainer = self.trainer()?;
                let asked = wanted.clone().map(|classes| (classes, self.settings.guidance()));
                Predictor::Network(trainer.config().clone(), Box::new(self.learned(trainer)), asked)
            }
            _ => Predictor::Other(denoiser),
        };
        let kind = self.trainer()?.data().kind;
        let known = self.known.as_ref().filter(|_| kind == digits::KIND);
        let classes = match lane.source {
            Source::Network => wanted.into_iter().flatten().flatten().collect(),
            _ => Vec::new(),
        };
        let scale = self.scale(&classes)?;
        let target = Target { kind, mean: &self.mean, scale, classes };
        LaneRun::new(&self.settings, lane, (predictor, levels), target, known, (helpers, &self.device))
    }

    /// What samples of these classes are measured on: data of the one class where all are of it, else all data. Nothing where none
    /// are held out.
    fn scale(&self, classes: &[u8]) -> Result<Option<Scales>, SessionError> {
        let data = self.trainer()?.data();
        let class = classes.first().copied().filter(|first| classes.iter().all(|class| class == first));
        let labels = data.labels.as_ref().map_or(&[][..], |labels| &labels.held_out);
        let (count, passing) = match data.kind {
            DataKind::Points => (REFERENCE.0, PASSING.0),
            DataKind::Images { .. } => (REFERENCE.1, PASSING.1),
        };
        let make = || {
            let rows = data.held_out.chunks_exact(data.dimension).enumerate();
            let of_class = rows.filter(|(i, _)| class.is_none_or(|class| labels.get(*i) == Some(&class)));
            let points: Vec<f32> = of_class.take(count).flat_map(|(_, row)| row.iter().copied()).collect();
            let end = data.holds_out().then(|| NoiseScale::new(&points, data.dimension)).flatten()?;
            Some(Scales { passing: end.coarse(passing), end })
        };
        Ok(self.scales.borrow_mut().entry(class).or_insert_with(make).clone())
    }

    /// The classes that lanes ask the network for, where it knows any. A drawing says by itself which digit it is of.
    fn classes_wanted(&self, trainer: &Trainer) -> Option<Vec<Option<u8>>> {
        // Where the data has no classes, no class in particular is what the network has learned it as.
        let labelled = trainer.config().classes() > 0 && trainer.data().classes() > 0;
        let wanted = match (trainer.data().kind, &trainer.data().labels) {
            // As often as the data has them.
            (DataKind::Points, Some(labels)) => self.settings.classes(self.settings.points, 1, &labels.train),
            _ => self.settings.classes(lane::IMAGES, morph::ROW, &self.settings.chosen_digits()),
        };
        wanted.filter(|_| labelled && (self.known.is_none() || self.settings.digit != "each"))
    }

    /// The network, conditioned on `wanted` where it is asked for any.
    fn network(&self, trainer: &Trainer, wanted: Option<Vec<Option<u8>>>) -> Box<dyn Denoiser<Tensor<2>>> {
        let network = self.learned(trainer);
        match wanted {
            Some(classes) => {
                let classes = Classes::new(&classes, trainer.config().classes(), &self.device);
                Box::new(Guided::new(network, classes, self.settings.guidance()))
            }
            None => Box::new(network),
        }
    }

    pub(super) fn learned(&self, trainer: &Trainer) -> NetworkDenoiser {
        match self.whole.map() {
            Some(map) => trainer.denoiser().with_map(map.clone(), trainer.config().map_cost()),
            None => trainer.denoiser(),
        }
    }

    /// Lane `index`'s denoiser, its network conditioned on `wanted`: one class for each of its points, or one for all.
    fn denoiser(
        &self,
        index: usize,
        wanted: Option<Vec<Option<u8>>>,
    ) -> Result<Box<dyn Denoiser<Tensor<2>>>, SessionError> {
        let trainer = self.trainer()?;
        let lane = self.settings.lanes.get(index).ok_or(SessionError::NoLane(index + 1))?;
        let data = trainer.data();
        Ok(match lane.source {
            Source::Network => self.network(trainer, wanted),
            Source::Mixture => Box::new(data.mixture.clone().ok_or(SessionError::NoMixture(index + 1))?),
            Source::Dataset => {
                let count = data.len().min(EXACT_POINTS);
                let points = data.train[..count * data.dimension].to_vec();
                Box::new(EmpiricalOnDevice::new(upload(points, data.dimension, &self.device)))
            }
        })
    }

    /// VP states of the forward process, row-major `[sigmas, count, dimension]`: the first `count` training points, fewer where there are
    /// fewer, each with one noise of its own at every level (arXiv 2006.11239, equation 4).
    ///
    /// # Errors
    /// Before a data set is chosen.
    pub fn forward(&self, sigmas: &[f32], count: usize) -> Result<Vec<f32>, SessionError> {
        let data = self.trainer()?.data();
        let points = &data.train[..data.dimension * count.min(data.len())];
        let noise = Noise::new(u64::from(self.settings.seed), FORWARD).draw(points.len());
        let at = |&sigma: &f32| {
            let signal = Level::from_sigma(sigma.into()).signal_scale() as f32;
            points.iter().zip(&noise).map(move |(x, noise)| signal * (x + sigma * noise))
        };
        Ok(sigmas.iter().flat_map(at).collect())
    }

    /// Displacements of VP states `x` `[n, 2]` for one unit of `-ln sigma` along lane `index`'s probability-flow ODE, row-major:
    /// `(1 - alpha_bar) x - sqrt(1 - alpha_bar) E[noise | x]`. With `turns`, what the turn adds to them in another such unit,
    /// `sqrt(1 - alpha_bar) c`. A network that is asked for one class is asked for it here too; at any place there is one arrow, so that
    /// of several it is asked for none in particular.
    ///
    /// # Errors
    /// When the lane does not exist, its denoiser does not fit the data, or the device fails.
    pub async fn field(&self, index: usize, sigma: f64, x: Vec<f32>, turns: bool) -> Result<Vec<f32>, SessionError> {
        let level = Level::from_sigma(sigma);
        let x = upload(x, self.trainer()?.data().dimension, &self.device);
        let wanted = self.classes_wanted(self.trainer()?);
        let alike = |all: &Vec<Option<u8>>| all.iter().all(|class| *class == all[0]);
        let denoiser = self.denoiser(index, wanted.filter(alike).map(|all| vec![all[0]]))?;
        let arrows = if turns {
            denoiser.noise_and_turn(&x, level).turn.mul_scalar(level.noise_scale())
        } else {
            let noise = denoiser.noise(&x, level);
            x.mul_scalar(level.noise_power()) - noise.mul_scalar(level.noise_scale())
        };
        let data = arrows.into_data_async().await.map_err(|error| SessionError::Device(cause(&error)))?;
        Ok(data.iter::<f32>().collect())
    }
}
