//! Families of samplers, by what their steps are made of.

use serde::Serialize;

use crate::parameters::Named;

/// The family of a sampler, by what its steps are made of.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "SamplerGroup"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// One evaluation, one straight step.
    Straight,
    /// The learned acceleration.
    Turn,
    /// The learned map of the whole step.
    Whole,
    /// Velocities of earlier steps.
    Extrapolating,
    /// More than one evaluation of its own.
    SeveralEvaluations,
    /// Noise drawn at every step.
    Stochastic,
    /// Formulas of convergence theorems.
    Theory,
    /// A random walk, not a reverse process.
    Walk,
}

impl Group {
    /// Every group, in the order in which lists show them.
    pub const TABLE: &[Named] = &[
        Named { value: "straight", label: "Straight", help: "One evaluation a step, then straight ahead." },
        Named { value: "turn", label: "Curved by the learned turn", help: "The second head curves every step." },
        Named {
            value: "whole",
            label: "Whole steps",
            help: "A network of its own says where a step ends, however long it is.",
        },
        Named {
            value: "extrapolating",
            label: "Extrapolating",
            help: "The curve is extrapolated from velocities of earlier steps.",
        },
        Named {
            value: "several_evaluations",
            label: "Several evaluations a step",
            help: "Each step costs more, so there are fewer.",
        },
        Named { value: "stochastic", label: "Stochastic", help: "Noise is drawn at every step." },
        Named { value: "theory", label: "From the convergence theorems", help: "Made for proofs and for many steps." },
        Named {
            value: "walk",
            label: "Random walks",
            help: "Not a reverse process: they wander at fixed noise levels.",
        },
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler;

    #[test]
    fn every_group_has_a_name_and_samplers() {
        let name = |group: Group| serde_json::to_value(group).expect("a name");
        for named in Group::TABLE {
            assert!(sampler::TABLE.iter().any(|info| name(info.group) == named.value), "{} is empty", named.value);
        }
        for info in sampler::TABLE {
            assert!(Group::TABLE.iter().any(|named| name(info.group) == named.value), "{} is in no group", info.value);
        }
    }
}
