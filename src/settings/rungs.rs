//! The rungs of the ladder: what each objective shows on the stage.

use serde::Serialize;

use super::{Lane, Settings, Source};
use crate::data::{DataKind, digits};
use crate::objective::Objective;
use crate::parameters::{Choice, Value, Values};

/// What an objective shows on the stage for a kind of data.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Rung {
    objective: Objective,
    /// Whether the data is images.
    images: bool,
    lane: Lane,
    /// Steps at which it shows it.
    steps: usize,
    /// Weight of the class.
    guidance: f64,
}

impl Settings {
    /// The lane that shows what `objective` is good for on data of a kind. For the simple one it is the curved sampler with a slope that
    /// nobody has learned: the control of the accelerated one.
    pub fn rung(objective: Objective, kind: DataKind) -> Lane {
        let (curved, sigma_max) = match kind {
            DataKind::Points => ("curved_gaussian_pc", 10.0),
            DataKind::Images { .. } => ("curved_denoised", 80.0),
        };
        match objective {
            Objective::Simple => {
                let slope = Value::Text("history".into());
                Lane { parameters: Values::from([("slope".into(), slope)]), ..Lane::new(curved, Source::Network) }
            }
            Objective::Accelerated => Lane::new(curved, Source::Network),
            Objective::Whole => {
                let grid = Choice::new("log_linear", &[("sigma_max", sigma_max), ("sigma_min", 0.02)]);
                Lane { grid: Some(grid), ..Lane::new("flow_map", Source::Network) }
            }
        }
    }

    /// Steps that go with [`Settings::rung`]: one for the whole; else as many as leave straight steps behind and bring the turn to bear, which
    /// from five on is level with its control (docs/ladder.md). Of digits too straight steps are farthest behind at three
    /// (docs/digits-quality.md).
    pub(super) fn rung_steps(objective: Objective) -> usize {
        if objective == Objective::Whole { 1 } else { 3 }
    }

    /// Weight of the class that goes with [`Settings::rung`]. A map takes it without a second evaluation, and a little more than 1 is nearest
    /// to the data.
    pub(super) fn rung_guidance(objective: Objective, kind: DataKind) -> f64 {
        if objective == Objective::Whole && kind != DataKind::Points { 1.2 } else { 1.0 }
    }
}

/// Every rung.
pub(super) fn table() -> Vec<Rung> {
    let objectives = [Objective::Simple, Objective::Accelerated, Objective::Whole];
    let rung = |objective, kind| Rung {
        objective,
        images: kind != DataKind::Points,
        lane: Settings::rung(objective, kind),
        steps: Settings::rung_steps(objective),
        guidance: Settings::rung_guidance(objective, kind),
    };
    [DataKind::Points, digits::KIND]
        .into_iter()
        .flat_map(|kind| objectives.map(|objective| rung(objective, kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_can_be_chosen_and_the_default_is_one_of_them() {
        for name in ["cat", "digits"] {
            let settings = Settings::for_data(name);
            let kind = crate::data::info(name).expect("a set").kind;
            let objective = settings.training.objective;
            assert_eq!(settings.lanes[1], Settings::rung(objective, kind));
            assert_eq!(settings.steps, Settings::rung_steps(objective));
            assert_eq!(settings.guidance, Settings::rung_guidance(objective, kind));
            for objective in [Objective::Simple, Objective::Accelerated, Objective::Whole] {
                let lanes = vec![settings.lanes[0].clone(), Settings::rung(objective, kind)];
                assert_eq!(Settings { lanes, ..settings.clone() }.check(), Ok(()));
            }
        }
    }
}
