//! Records the first picture of the page: `cargo experiments record`. Both default lanes on the shipped weights,
//! written to `www/recorded.bin` in the form that www/store/recording.js reads.

use burn::tensor::Device;
use fewsteps::session::{Frames, Inputs, Session};
use fewsteps::settings::Settings;
use serde_json::json;

/// Every third frame: the page draws straight lines between them.
const EVERY: usize = 3;
/// Points of the data set in the background.
const DATA: usize = 800;
/// Coordinates are stored as 16-bit integers of this scale.
const SCALE: f32 = 8192.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings { points: 900, ..Settings::default() };
    let mut session = Session::new(Device::flex());
    session.configure(settings.clone(), Inputs::default())?;
    session.load_weights(&std::fs::read(format!("www/weights/{}.safetensors", settings.data))?)?;

    let mut coordinates: Vec<f32> = session.trainer()?.data().train[..2 * DATA].to_vec();
    let mut lanes = Vec::new();
    for (index, lane) in settings.lanes.iter().enumerate() {
        let mut run = session.lane(index)?;
        let mut film = Frames::default();
        while !run.done() {
            let part = pollster::block_on(run.advance(settings.steps))?;
            film.states.extend(part.states);
            film.sigmas.extend(part.sigmas);
            film.steps.extend(part.steps);
            film.errors.extend(part.errors);
            (film.evaluations, film.cost) = (part.evaluations, part.cost);
        }
        let kept = || (0..film.sigmas.len()).step_by(EVERY);
        let size = 2 * settings.points;
        coordinates.extend(kept().flat_map(|frame| &film.states[frame * size..(frame + 1) * size]));
        let pick = |values: &[f32]| -> Vec<Option<f32>> {
            kept().map(|i| Some(values[i]).filter(|v| v.is_finite())).collect()
        };
        let finite = |value: f64| value.is_finite().then_some(value as f32);
        let errors: Vec<_> = kept().map(|i| film.errors[i]).map(|e| [e.mean, e.standard_error].map(finite)).collect();
        lanes.push(json!({
            "sampler": lane.sampler, "source": lane.source, "frames": kept().count(), "points": settings.points,
            "error": errors, "sigmas": pick(&film.sigmas), "step": pick(&film.steps),
            "evaluations": film.evaluations, "cost": film.cost,
        }));
    }
    let header = json!({
        "data": settings.data, "seed": settings.seed, "steps": settings.steps, "lanes": lanes, "dataPoints": DATA,
    });
    let header = header.to_string();
    // Integers start on an even byte.
    let header = if header.len() % 2 == 1 { header + " " } else { header };
    let mut bytes = u32::try_from(header.len())?.to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(coordinates.iter().flat_map(|value| ((value * SCALE).clamp(-32767.0, 32767.0) as i16).to_le_bytes()));
    std::fs::write("www/recorded.bin", &bytes)?;
    println!("www/recorded.bin: {} kB", bytes.len() / 1000);
    Ok(())
}
