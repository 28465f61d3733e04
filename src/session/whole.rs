//! The flow map of a run, and its training.

use burn::tensor::Tensor;

use crate::network::FlowMap;
use crate::sharing::{Helpers, ShareError};
use crate::training::{DistilOptions, Distiller, SavedError, Trainer};

/// A flow map out of training or in it, or none yet.
#[derive(Default)]
pub(super) struct Whole {
    map: Option<FlowMap>,
    steps: usize,
    /// With trajectories of the velocity as it is.
    distiller: Option<Distiller>,
}

impl Whole {
    /// A map from a file with `steps` steps behind it.
    pub(super) fn new(map: Option<FlowMap>, steps: usize) -> Self {
        Self { map, steps, distiller: None }
    }

    pub(super) fn map(&self) -> Option<&FlowMap> {
        self.map.as_ref()
    }

    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// The part of the trajectories that is there.
    pub(super) fn trajectories(&self) -> f64 {
        self.distiller.as_ref().map_or(0.0, Distiller::filled)
    }

    /// The map and its steps, to come back to.
    pub(super) fn state(&self) -> (Option<FlowMap>, usize) {
        (self.map.clone(), self.steps)
    }

    /// The velocity has changed, so that its trajectories are others. The map stays as where to go on from.
    pub(super) fn outdate(&mut self) {
        self.distiller = None;
    }

    /// Makes some trajectories of `trainer`'s network while they are few, and takes a step of the map once they are enough; its loss.
    pub(super) async fn advance(
        &mut self,
        trainer: &Trainer,
        seed: u32,
        helpers: &mut impl Helpers,
    ) -> Result<Option<Tensor<1>>, ShareError> {
        let distiller = self.distiller.take().unwrap_or_else(|| self.begin(trainer, seed));
        let distiller = self.distiller.insert(distiller);
        distiller.options.budget = trainer.options.map_steps;
        if distiller.filled() < 1.0 {
            distiller.fill();
            return Ok(None);
        }
        let loss = distiller.next_with(helpers).await?;
        self.steps = distiller.step();
        self.map = Some(distiller.average().clone());
        Ok(Some(loss))
    }

    fn begin(&self, trainer: &Trainer, seed: u32) -> Distiller {
        let data = trainer.data();
        let options = DistilOptions { budget: trainer.options.map_steps, ..DistilOptions::of(data.kind) };
        let fresh = Distiller::new(trainer.config(), trainer.average(), data, options, u64::from(seed));
        match &self.map {
            Some(map) => fresh.resume(map.clone(), self.steps),
            None => fresh,
        }
    }

    /// What [`Whole::go_on`] needs besides the averaged weights; nothing where no map is being trained.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) async fn saved(&self) -> Result<Vec<u8>, SavedError> {
        match &self.distiller {
            Some(distiller) => distiller.saved().await,
            None => Ok(Vec::new()),
        }
    }

    /// Goes on with the map as its training was when it was [saved](Whole::saved). Its trajectories are made again first.
    ///
    /// # Errors
    /// When the bytes are none, or of another map; nothing is changed then.
    pub(super) fn go_on(&mut self, bytes: &[u8], trainer: &Trainer, seed: u32) -> Result<(), SavedError> {
        self.distiller = if bytes.is_empty() {
            None
        } else {
            let mut distiller = self.begin(trainer, seed);
            distiller.go_on(bytes)?;
            Some(distiller)
        };
        Ok(())
    }
}
