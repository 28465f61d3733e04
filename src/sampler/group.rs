//! Families of samplers, by what their steps are made of.

use serde::Serialize;

use crate::parameters::Named;

/// What a sampler's steps are made of; where lists put it.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "SamplerGroup"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// One evaluation, one straight step.
    Straight,
    /// The learned acceleration.
    Turn,
    /// Velocities of earlier steps.
    Extrapolating,
    /// More than one evaluation of its own.
    SeveralLooks,
    /// Fresh noise.
    Stochastic,
    /// What a convergence theorem speaks of.
    Theory,
    /// A random walk, not a reverse process.
    Walk,
}

impl Group {
    /// Every group, in the order in which lists show them.
    pub const TABLE: &[Named] = &[
        Named { value: "straight", label: "Straight", help: "One look a step, then straight ahead." },
        Named { value: "turn", label: "Curved by the learned turn", help: "The second head bends every step." },
        Named {
            value: "extrapolating",
            label: "Extrapolating",
            help: "The bend is guessed from velocities already seen.",
        },
        Named { value: "several_looks", label: "Several looks a step", help: "Dearer steps, so fewer of them." },
        Named { value: "stochastic", label: "With fresh noise", help: "Noise is drawn anew on the way." },
        Named { value: "theory", label: "From the convergence theorems", help: "Made for proofs and for many steps." },
        Named {
            value: "walk",
            label: "Random walks",
            help: "Not a reverse process: they wander at given noise levels.",
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
