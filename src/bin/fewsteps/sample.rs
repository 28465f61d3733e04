//! Samples of weights in a file.

use std::fmt::Write;
use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use clap::Args;
use fewsteps::data::digits::{self, PIXELS};
use fewsteps::data::{self, DataKind};
use fewsteps::denoiser::{Denoiser, Guided, NetworkDenoiser};
use fewsteps::network::{Classes, weights};
use fewsteps::parameters::Choice;
use fewsteps::sampler::{self, SamplerError, Trajectory};
use fewsteps::settings::{Lane, Source};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::json;

use crate::progress::Progress;
use crate::settings::Changes;
use crate::{Outcome, device, files};

#[derive(Args)]
pub struct Sample {
    /// Weights, as safetensors.
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// Sampler: a name of `fewsteps list`, or JSON such as {"name": "unipc", "order": 3}; the page's curved one for the data if not given.
    #[arg(long, value_parser = choice)]
    sampler: Option<Choice>,
    /// Most network evaluations for each sample; the page's for the data if not given.
    #[arg(long, value_name = "NUMBER")]
    evaluations: Option<usize>,
    /// Number of samples.
    #[arg(long, value_name = "NUMBER", default_value_t = 36, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Seed of the noise.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u32>,
    #[command(flatten)]
    changes: Changes,
    /// Print comma-separated values, not JSON.
    #[arg(long)]
    csv: bool,
}

impl Sample {
    pub fn outcome(self) -> Outcome {
        let device = device();
        let weights = weights::load(&files::bytes(&self.weights)?, &device)?;
        let description = weights.description.clone();
        let others =
            [("steps", self.evaluations.map(|steps| json!(steps))), ("seed", self.seed.map(|seed| json!(seed)))];
        let settings = self.changes.apply(&description.data, &others)?;
        let mut lane = match self.sampler {
            Some(Choice { name, parameters }) => {
                let (name, mut values) = sampler::resolve(&name).ok_or(SamplerError::Unknown(name))?;
                values.extend(parameters);
                Lane { parameters: values, ..Lane::new(name, Source::Network) }
            }
            None => settings.lanes.last().cloned().ok_or("sampler: the settings have no lane")?,
        };
        lane.source = Source::Network;
        let (count, dimension) = (self.count as usize, description.network.dimension());
        let network = NetworkDenoiser::from(weights);
        let known = description.network.classes();
        let learned = match data::info(&description.data).map(|info| info.kind) {
            Ok(DataKind::Points) => (0..known).filter_map(|class| u8::try_from(class).ok()).collect(),
            _ => settings.chosen_digits(),
        };
        let asked = settings.classes(count, 1, &learned).filter(|_| known > 0);
        let denoiser: Box<dyn Denoiser<Tensor<2>>> = match &asked {
            Some(asked) => Box::new(Guided::new(network, Classes::new(asked, known, &device), settings.guidance())),
            None => Box::new(network),
        };
        let levels = settings.levels(&lane, |level| denoiser.passes(level))?;
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(settings.seed));
        let mut draw = || {
            let values: Vec<f32> = (0..count * dimension).map(|_| StandardNormal.sample(&mut rng)).collect();
            Tensor::<2>::from_data(TensorData::new(values, [count, dimension]), &device)
        };
        let start = draw();
        let mut run = Trajectory::new(lane.build()?, denoiser, levels, start.clone(), draw);
        let steps = run.levels().len() - 1;
        let (mut progress, mut state, mut done) = (Progress::new(), start, 0);
        while let Some(step) = pollster::block_on(run.next()) {
            state = step.state;
            done += 1;
            progress.show(f64::from(done) / steps as f64, "sampling");
        }
        let end = run.levels().last().map_or(1.0, |level| level.signal_scale());
        let values: Vec<f32> = state.div_scalar(end).into_data().iter().collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err("weights: with this sampler and these noise levels the samples are not finite".into());
        }
        let rows = rows(&values, dimension);
        if self.csv {
            return Ok(table(&rows, asked.as_deref())?);
        }
        let mut result = json!({
            "data": description.data, "sampler": lane.sampler, "parameters": lane.parameters, "seed": settings.seed,
            "evaluations": run.evaluations().0, "samples": rows,
        });
        if let Some(asked) = asked {
            result["classes"] = json!(asked);
        }
        Ok(serde_json::to_string(&result)?)
    }
}

fn choice(word: &str) -> Result<Choice, String> {
    if word.starts_with('{') {
        return serde_json::from_str(word).map_err(|error| error.to_string());
    }
    Ok(Choice::new(word, &[]))
}

/// A row for each sample: its coordinates, or of images the pixels from 0 (paper) to 255 (ink).
fn rows(values: &[f32], dimension: usize) -> Vec<Vec<f32>> {
    if dimension == PIXELS {
        let pixels = digits::pixels(values);
        return pixels.chunks_exact(dimension).map(|image| image.iter().copied().map(f32::from).collect()).collect();
    }
    values.chunks_exact(dimension).map(<[f32]>::to_vec).collect()
}

/// Rows of coordinates, after the class where samples were asked for one.
fn table(rows: &[Vec<f32>], classes: Option<&[Option<u8>]>) -> Result<String, std::fmt::Error> {
    let mut text = String::from(if classes.is_some() { "class," } else { "" });
    let names: Vec<String> = (1..=rows[0].len()).map(|coordinate| format!("x{coordinate}")).collect();
    writeln!(text, "{}", names.join(","))?;
    for (index, row) in rows.iter().enumerate() {
        if let Some(classes) = classes {
            classes[index].map_or(Ok(()), |class| write!(text, "{class}"))?;
            text.push(',');
        }
        let row: Vec<String> = row.iter().map(f32::to_string).collect();
        writeln!(text, "{}", row.join(","))?;
    }
    Ok(text)
}
