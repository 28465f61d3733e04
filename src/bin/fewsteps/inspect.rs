//! What is in a file of weights.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use fewsteps::network::weights;
use safetensors::SafeTensors;

use crate::{Outcome, device, files};

#[derive(Args)]
pub struct Inspect {
    /// Weights, as safetensors.
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
}

impl Inspect {
    pub fn outcome(self) -> Outcome {
        let bytes = files::bytes(&self.weights)?;
        // Building the network makes sure that nothing is missing.
        let description = weights::load(&bytes, &device())?.description;
        let mut tensors = SafeTensors::deserialize(&bytes)?.tensors();
        tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        let parameters: usize = tensors.iter().map(|(_, tensor)| count(tensor.shape())).sum();
        let mut text = String::new();
        for (name, value) in [
            ("data", description.data),
            ("steps", description.step.to_string()),
            ("steps of the turn", description.turn_steps.to_string()),
            ("steps of the map", description.map_steps.to_string()),
            ("network", serde_json::to_string(&description.network)?),
            ("cost with the turn", format!("{:.3} evaluations", description.network.turn_cost())),
            ("cost of the map", format!("{:.3} evaluations", description.network.map_cost())),
            ("parameters", parameters.to_string()),
            ("bytes", bytes.len().to_string()),
        ] {
            writeln!(text, "{name:20}{value}")?;
        }
        let width = tensors.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        writeln!(text)?;
        for (name, tensor) in tensors {
            writeln!(text, "{name:width$}  {:?} {:?}", tensor.dtype(), tensor.shape())?;
        }
        Ok(text)
    }
}
