//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "reach",
    label: "Curves in many dimensions",
    question: "How near is the ideal denoiser to the projection, where the data fills a curved surface of few dimensions?",
    help: "Images lie near surfaces of far fewer dimensions k than they have pixels d. Here the data fills a torus, the product of k circles of radius one, in d coordinates; \
           its denoiser is known in closed form (a mean over von Mises distributions), and so is the projection onto it. Little noise of level σ moves a point by about √(d−k) σ \
           across the surface, where the denoiser takes it away. Only the √k σ along the surface blurs what the denoiser sees.\n\n\
           The dashed line is √k σ, the size that 2306.04848 gives to the denoiser’s error where the data has a reach: a distance within which the nearest point is unique, \
           here the radius. The measured root mean square error stays below it, since on a flat surface the mean along it is the projection itself and only curvature moves it: at little \
           noise it falls as σ²√k/2. The second picture is the relative error η on which that theory’s step grids rest. A step of DDIM, seen as gradient descent, must be short where η is large.",
    source: "2306.04848; closed forms own",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "dimension",
            label: "Coordinates",
            help: "d, of the space.",
            kind: Kind::Integer { default: 64, min: 2, max: 1024 },
        },
        Parameter {
            key: "circles",
            label: "Dimensions of the data",
            help: "k, one curve each; twice as many coordinates must be there.",
            kind: Kind::Counts { default: &[1, 4, 16], min: 1, max: 512 },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "At each noise level.",
            kind: Kind::Integer { default: 2000, min: 10, max: 20_000 },
        },
        seed("Draws the points and the noise."),
    ],
    presets: &[
        Preset {
            label: "In 64 dimensions",
            help: "A curve, and surfaces of 4 and 16 dimensions: does the error follow the data’s dimension or the space’s?",
            values: "{}",
        },
        Preset {
            label: "In the plane",
            help: "A circle in the plane: at high noise the denoiser is far from the projection.",
            values: r#"{"dimension": 2, "circles": [1]}"#,
        },
        Preset {
            label: "In a thousand dimensions",
            help: "The same error, at a larger distance: the relative error falls as the root of k over d − k.",
            values: r#"{"dimension": 1000}"#,
        },
    ],
};

pub(super) fn outline(circles: &[usize], dimension: usize) -> Outline {
    let names = circles.iter().map(|k| format!("k = {k}")).collect();
    let errors = Table {
        key: "errors",
        caption: format!(
            "Root mean square distance between the denoised point and the projection, for data of k dimensions in {dimension}; ± is one standard error over points"
        ),
        columns: vec![
            Column::names("circles", "Data", names),
            Column::number("sigma", "Noise level σ"),
            Column::number("error", "Denoised point to projection").uncertain("uncertainty"),
            Column::error("uncertainty"),
            Column::number("bound", "√k σ").line(Line::Theory),
            Column::number("distance", "Distance to the data"),
            Column::number("relative", "Relative error η").uncertain("relative_error"),
            Column::error("relative_error"),
            Column::number("limit", "√(k/(d−k))").line(Line::Theory),
        ],
        keys: 2,
    };
    let lines = |title: &str, y| View::Lines {
        title: title.into(),
        table: "errors",
        x: "sigma",
        y,
        by: Some("circles"),
        log: (true, true),
        slopes: None,
    };
    let views = vec![
        lines("From the denoised point to the projection", vec!["error", "bound"]),
        lines("The same over the distance to the data", vec!["relative", "limit"]),
    ];
    Outline { tables: vec![errors], views }
}
