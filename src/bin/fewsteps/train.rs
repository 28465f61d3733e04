//! Training, by the session that the page runs.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use fewsteps::data;
use fewsteps::session::{Inputs, Session, TrainingReport};
use fewsteps::settings::Start;
use serde_json::json;

use crate::files::Digits;
use crate::progress::Progress;
use crate::settings::Changes;
use crate::{Outcome, device, files};

/// Steps between two readings of the loss.
const READ_EVERY: usize = 20;

#[derive(Args)]
pub struct Train {
    /// Data set.
    #[arg(value_parser = PossibleValuesParser::new(data::built_ins().map(|set| set.value).chain(["digits"])))]
    data: String,
    /// Training steps; the page's for the data set if not given.
    #[arg(long, value_name = "NUMBER")]
    steps: Option<usize>,
    /// Seed of the first weights and of the batches.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u32>,
    #[command(flatten)]
    changes: Changes,
    /// File that the averaged weights go to.
    #[arg(long, short, value_name = "FILE", default_value = "weights.safetensors")]
    output: PathBuf,
    #[command(flatten)]
    digits: Digits,
}

impl Train {
    pub fn outcome(self) -> Outcome {
        let others = [("budget", self.steps.map(|steps| json!(steps))), ("seed", self.seed.map(|seed| json!(seed)))];
        let settings = self.changes.apply(&self.data, &others)?;
        let start = settings.start;
        let mut session = Session::new(device());
        let images = self.digits.images(&self.data)?;
        session.configure(settings, Inputs { images: images.as_deref(), ..Inputs::default() })?;
        if start == Start::Shipped {
            session
                .begin_with(&files::shipped(&self.data).ok_or("start: there are no shipped weights for this data")?)?;
        }
        let mut progress = Progress::new();
        let mut last = Last::default();
        loop {
            let (step, end) = session.progress()?;
            if step == end {
                break;
            }
            last.update(&pollster::block_on(session.train(READ_EVERY.min(end - step)))?);
            progress.show(session.progress()?.0 as f64 / end as f64, &last.sentence());
        }
        drop(progress);
        let bytes = pollster::block_on(session.save_weights())?;
        let name = self.output.display();
        files::replace(&self.output, &bytes)?;
        let steps = session.progress()?.0;
        Ok(format!("{name}: {} bytes after {steps} steps on {}, {}", bytes.len(), self.data, last.sentence()))
    }
}

/// The last losses that were read.
#[derive(Default)]
struct Last {
    noise: Option<f32>,
    turn: Option<f32>,
    map: Option<f32>,
}

impl Last {
    fn update(&mut self, report: &TrainingReport) {
        for (last, losses) in
            [(&mut self.noise, &report.noise), (&mut self.turn, &report.turn), (&mut self.map, &report.map)]
        {
            *last = losses.last().copied().or(*last);
        }
    }

    fn sentence(&self) -> String {
        let named = [("noise", self.noise), ("turn", self.turn), ("map", self.map)];
        let parts: Vec<String> =
            named.iter().filter_map(|(name, loss)| loss.map(|loss| format!("{name} {loss:.4}"))).collect();
        if parts.is_empty() { "no loss".into() } else { format!("loss of {}", parts.join(", of ")) }
    }
}
