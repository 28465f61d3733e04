//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{FixedChoice, Kind, Named, Parameter};
use crate::studies::common::seeds::uncertainty;
use crate::studies::quality::TARGETS;
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed, seeds};

pub(in crate::studies) const INFO: Info = Info {
    value: "parallel",
    label: "Parallel sampling",
    question: "If many evaluations can be made at the same time, how many rounds of them does a sampler need?",
    help: "A step needs the state that the step before ends in, so N steps are N rounds, one evaluation each. Picard’s iteration breaks that chain: guess all states, \
           evaluate the velocities at all of them at once, sum these up along the path for better states, and so on until nothing changes. The result is the sequential \
           one: each round makes at least one more state exact, and most are right long before.\n\n\
           The first picture shows how far the end is from that of the sequential run after each round. The second lets a window of states slide over the path: it \
           moves on over those whose change was below the tolerance (2305.16317). A wide window takes few rounds and many evaluations, most of them thrown away; the \
           third picture counts them. Rounds are the time where hardware evaluates a whole window as fast as one state, evaluations are the work. Nothing here is about fewer evaluations: \
           for that, take a better sampler.",
    source: "2305.16317",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "ring", options: &Named::pick(TARGETS, ["ring", "line"]) },
        },
        Parameter {
            key: "budgets",
            label: "Steps",
            help: "Of DDIM.",
            kind: Kind::Counts { default: &[8, 16, 32, 64, 128], min: 2, max: 1000 },
        },
        Parameter {
            key: "windows",
            label: "Windows",
            help: "States evaluated at once; all of them is measured too.",
            kind: Kind::Counts { default: &[4, 16], min: 2, max: 500 },
        },
        Parameter {
            key: "tolerance",
            label: "Tolerance",
            help: "Change of a state that is accepted, root mean square, in units of its noise level.",
            kind: Kind::Number { default: 0.01, min: 1e-6, max: 1.0, log: true },
        },
        Parameter {
            key: "grid",
            label: "Noise levels",
            help: "",
            kind: Kind::Grid { default: FixedChoice("log_linear", &[]) },
        },
        Parameter {
            key: "points",
            label: "Paths",
            help: "All accepted together.",
            kind: Kind::Integer { default: 256, min: 2, max: 4000 },
        },
        seeds("Each draws paths of its own, which are accepted together."),
        seed("Draws the noise."),
    ],
    presets: &[
        Preset {
            label: "Windows of 4 and 16",
            help: "How slowly do the rounds grow with the number of steps, once a window is wide enough?",
            values: "{}",
        },
        Preset {
            label: "A strict tolerance",
            help: "How many more rounds do six digits take?",
            values: r#"{"tolerance": 1e-6}"#,
        },
        Preset {
            label: "Equal strides in time",
            help: "Where steps are short the states hardly change, and the window moves fast.",
            values: r#"{"grid": {"name": "vp_sde"}}"#,
        },
    ],
};

pub(super) fn outline(budgets: &[usize], windows: &[String], seeds: usize) -> Outline {
    let how = uncertainty(seeds, "one standard error over paths");
    let off = || Column::number("off", "Distance from the sequential end").uncertain("off_error");
    let counts = budgets.iter().map(|steps| format!("{steps} steps")).collect();
    let sweeps = Table {
        key: "sweeps",
        caption: format!(
            "Distance from the sequential end, root mean square over paths, after each round over all states; {how}"
        ),
        columns: vec![
            Column::names("budget", "Steps", counts),
            Column::number("round", "Round"),
            off(),
            Column::error("off_error"),
        ],
        keys: 2,
    };
    let rounds = Table {
        key: "rounds",
        caption: format!("Rounds and evaluations until all states are accepted; {how}"),
        columns: vec![
            Column::names("window", "Window", windows.to_vec()),
            Column::number("steps", "Steps"),
            Column::number("rounds", "Rounds").uncertain("rounds_error"),
            Column::error("rounds_error"),
            Column::number("evaluations", "Network evaluations").uncertain("evaluations_error"),
            Column::error("evaluations_error"),
            off(),
            Column::error("off_error"),
            Column::number("sequential", "As many rounds and evaluations as steps").line(Line::Theory),
        ],
        keys: 2,
    };
    let lines = |title: &str, table, x, y, by, log| View::Lines {
        title: title.into(),
        table,
        x,
        y,
        by: Some(by),
        log,
        slopes: None,
    };
    let views = vec![
        lines("How far the end is from the sequential one", "sweeps", "round", vec!["off"], "budget", (false, true)),
        lines("Rounds against steps", "rounds", "steps", vec!["rounds", "sequential"], "window", (true, true)),
        lines(
            "Evaluations against steps",
            "rounds",
            "steps",
            vec!["evaluations", "sequential"],
            "window",
            (true, true),
        ),
    ];
    Outline { tables: vec![sweeps, rounds], views }
}
