//! One small run whose numbers every device must agree on: a training step of each kind, and samples of both lanes.

use burn::tensor::Device;
use fewsteps::data::{Dataset, Labels};
use fewsteps::network::{MlpConfig, NetworkConfig, UNetConfig};
use fewsteps::objective::Objective;
use fewsteps::session::{Inputs, Session};
use fewsteps::settings::{Lane, Settings, Source};
use fewsteps::training::{DistilOptions, Distiller, Trainer, TrainingOptions};
use serde_json::{Value, json};

/// What `device` computes: losses of the first steps, and where a few points end after them.
pub async fn outcome(device: Device) -> Value {
    let mut result = json!({});
    for objective in [Objective::Simple, Objective::Accelerated] {
        let config = NetworkConfig::Mlp(MlpConfig::points(2, 32));
        let options = TrainingOptions {
            objective,
            learning_rate: 1e-2,
            batch: 64,
            ema: 0.9,
            budget: 100,
            ..TrainingOptions::points()
        };
        let data = Dataset::built_in("spiral").expect("a set");
        let trainer = Trainer::new(config, options, data, 3, &device);
        let (mut noise, mut turn) = (Vec::new(), Vec::new());
        for losses in trainer.take(4) {
            noise.push(scalar(losses.noise).await);
            if let Some(loss) = losses.turn {
                turn.push(scalar(loss).await);
            }
        }
        result[format!("{objective:?}")] = json!({ "noise": noise, "turn": turn });
    }
    let unet = NetworkConfig::UNet(UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) });
    result["images"] = json!(images(unet.clone(), &device).await);
    result["images, classes"] = json!(images(unet.clone().of_classes(3), &device).await);
    result["map"] =
        json!(map(NetworkConfig::points(2, 32), Dataset::built_in("spiral").expect("a set"), &device).await);
    result["map, classes"] = json!(map(unet.of_classes(3), small_images(3), &device).await);
    let training = TrainingOptions { batch: 64, ..TrainingOptions::points() };
    let lanes = ["ddim", "curved_gaussian_pc"].map(|sampler| Lane::new(sampler, Source::Network)).into();
    let settings = Settings { training, lanes, steps: 5, points: 100, width: 32, ..Settings::default() };
    let mut session = Session::new(device);
    session.configure(settings, Inputs::default()).expect("settings");
    session.train(3).await.expect("training");
    for lane in 0..2 {
        let mut run = session.lane(lane).expect("a lane");
        let mut last = Vec::new();
        while !run.done() {
            last = run.advance(2).await.expect("frames").states;
        }
        result[format!("lane {lane}")] = json!(last[last.len() - 16..]);
    }
    result
}

/// Losses of a small network for images of 8 by 8 pixels, both heads in training.
async fn images(config: NetworkConfig, device: &Device) -> Vec<f32> {
    let options = TrainingOptions { learning_rate: 1e-2, batch: 16, ema: 0.9, budget: 3, ..TrainingOptions::images() };
    let data = small_images(config.classes());
    let mut values = Vec::new();
    for losses in Trainer::new(config, options, data, 3, device).take(3) {
        values.push(scalar(losses.noise).await);
        values.push(scalar(losses.turn.expect("the second head learns from the first step on")).await);
    }
    values
}

fn small_images(classes: usize) -> Dataset {
    let pixels: Vec<f32> = (0..64 * 64).map(|i| ((i * i) as f32 * 0.013).sin()).collect();
    let mut data = Dataset::from_points(&pixels, 64, 0).expect("a data set");
    if classes > 0 {
        let labels = |count| (0..count).map(|i| (i % 3) as u8).collect();
        data.labels = Some(Labels { classes, train: labels(data.len()), held_out: labels(data.held_out.len() / 64) });
    }
    data
}

/// Losses of a map of a fresh network, from its own trajectories.
async fn map(config: NetworkConfig, data: Dataset, device: &Device) -> Vec<f32> {
    let trainer = Trainer::new(config, TrainingOptions::points(), data, 3, device);
    let options = DistilOptions { trajectories: 64, cells: 4, batch: 16, ..DistilOptions::points() };
    let mut values = Vec::new();
    for loss in Distiller::new(trainer.config(), trainer.average(), trainer.data(), options, 3).take(3) {
        values.push(scalar(loss).await);
    }
    values
}

async fn scalar(loss: burn::tensor::Tensor<1>) -> f32 {
    loss.into_data_async().await.expect("a loss").iter::<f32>().next().expect("a number")
}

/// The committed numbers.
pub fn expected() -> Value {
    serde_json::from_str(include_str!("expected.json")).expect("JSON")
}

/// Largest relative difference between two outcomes of the same shape.
pub fn difference(a: &Value, b: &Value) -> f64 {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()));
            a.values().zip(b.values()).map(|(a, b)| difference(a, b)).fold(0.0, f64::max)
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len());
            a.iter().zip(b).map(|(a, b)| difference(a, b)).fold(0.0, f64::max)
        }
        _ => {
            let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
            (a - b).abs() / b.abs().max(1.0)
        }
    }
}
