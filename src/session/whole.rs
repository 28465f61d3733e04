//! The flow map of a run, and its training.

use burn::tensor::Tensor;

use crate::network::FlowMap;
use crate::sharing::{Helpers, ShareError};
use crate::training::{DistilOptions, Distiller, Trainer};

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
        let distiller = self.distiller.get_or_insert_with(|| {
            let data = trainer.data();
            let options = DistilOptions { budget: trainer.options.map_steps, ..DistilOptions::of(data.kind) };
            let fresh = Distiller::new(trainer.config(), trainer.average(), data, options, u64::from(seed));
            match self.map.take() {
                Some(map) => fresh.resume(map, self.steps),
                None => fresh,
            }
        });
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
}
