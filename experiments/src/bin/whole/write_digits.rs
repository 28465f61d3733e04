//! docs/digits-whole.md from the numbers.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps::estimate::Estimate;

use super::digits::{GUIDANCE, NAME, Numbers, Row, WEIGHTS};
use super::judges::{NAMES, Score};

const FILE: &str = "docs/digits-whole.md";

/// Rows of the tables: sampler, guidance, label.
const ROWS: [(&str, f64, &str); 6] = [
    ("flow_map", 1.0, "Flow map"),
    ("flow_map", 1.2, "Flow map, guidance 1.2"),
    ("ddim", 1.0, "DDIM"),
    ("dpmpp_2m", 1.0, "DPM-Solver++(2M)"),
    ("unipc", 1.0, "UniPC"),
    ("unipc", 1.2, "UniPC, guidance 1.2"),
];
/// Their columns: network evaluations.
const EVALUATIONS: [usize; 8] = [1, 2, 3, 4, 5, 6, 8, 10];

/// The map with so many evaluations, a rival with more, and whether the map must be nearer or only no worse.
const GOALS: [(usize, &str, usize, bool); 3] = [(1, "ddim", 10, true), (2, "unipc", 4, false), (4, "unipc", 5, false)];
/// Share of digits to be read as asked for, at one evaluation.
const READ: f64 = 0.97;

/// Student's 97.5 % quantiles, from one degree of freedom on.
const STUDENT: [f64; 9] = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

pub fn document() -> Result<(), Box<dyn Error>> {
    let numbers: Numbers = serde_json::from_value(super::KEPT.kept(NAME)?)?;
    if numbers.runs.len() < 2 {
        return Err("standard errors need two seeds".into());
    }
    let mut text = head(&numbers)?;
    goals(&mut text, &numbers)?;
    for (judge, name) in NAMES.iter().enumerate() {
        writeln!(text, "\n## Fréchet distance, {name}\n")?;
        let real = floor(&numbers, |score| score.distance, judge);
        writeln!(text, "As many real images score {}.\n", shown(real, 3))?;
        table(&mut text, &numbers, judge, |score| score.distance, 3)?;
    }
    rivals(&mut text, &numbers)?;
    for (judge, name) in NAMES.iter().enumerate() {
        writeln!(text, "\n## Read as the digit asked for, {name}, %\n")?;
        let real = floor(&numbers, |score| 100.0 * score.right, judge);
        writeln!(text, "Real images: {}.\n", shown(real, 2))?;
        table(&mut text, &numbers, judge, |score| 100.0 * score.right, 2)?;
    }
    fs::write(FILE, &text)?;
    println!("{text}");
    Ok(())
}

fn head(numbers: &Numbers) -> Result<String, Box<dyn Error>> {
    let Numbers { samples, steps, features, accuracy, runs, .. } = numbers;
    let mut text = format!(
        "# Digits in whole steps\n\nWritten by `cargo experiments whole -- judge`, `whole -- digits {samples} {}` and `whole -- write-digits`, \
         with `{WEIGHTS}` ({} steps of the velocity, {} of the map).\n\n",
        runs.len(),
        steps[0],
        steps[1]
    );
    writeln!(
        text,
        "{} seeds of the noise; for each, {samples} samples, the ten digits in turn, from the same noise for every sampler; log-linear steps \
         from 80 to .02. Two classifiers of different build judge them, and a claim stands only where both agree:\n\n\
         * The {}, which the crate carries: strided windows without pooling, {} features, trained on shifted digits, {:.2} % of the test images.\n\
         * A {}, for these tables alone: convolutions of 5 x 5 with pooling, {} features, {:.2} % of the test images.\n\n\
         The distance is Fréchet’s in a classifier’s features to all 60,000 training images, in units of a feature’s mean variance over these; \
         the two units are not comparable. The floor is what as many training images score, digits in turn. ± is one standard error \
         over seeds. Differences are paired by seed; they are a win or a loss where they are more than {:.2} standard errors ({} degrees \
         of freedom, 95 %) from zero, and a tie otherwise. The map has guidance as an input, so that a guided step of it is one evaluation; the \
         guided velocity takes two. Seeds are of the noise only: there is one training run of each network.",
        runs.len(),
        NAMES[0],
        features[0],
        100.0 * accuracy[0],
        NAMES[1],
        features[1],
        100.0 * accuracy[1],
        student(runs.len()),
        runs.len() - 1
    )?;
    Ok(text)
}

fn student(seeds: usize) -> f64 {
    STUDENT[(seeds - 2).min(STUDENT.len() - 1)]
}

fn shown(Estimate { mean, standard_error }: Estimate, digits: usize) -> String {
    format!("{mean:.digits$} ± {standard_error:.digits$}")
}

/// One number of each seed: that of the row which `which` finds.
fn values(
    numbers: &Numbers,
    which: impl Fn(&Row) -> bool,
    value: impl Fn(&Score) -> f64,
    judge: usize,
) -> Option<Vec<f64>> {
    numbers.runs.iter().map(|run| run.rows.iter().find(|row| which(row)).map(|row| value(&row.scores[judge]))).collect()
}

fn estimate(
    numbers: &Numbers,
    which: impl Fn(&Row) -> bool,
    value: impl Fn(&Score) -> f64,
    judge: usize,
) -> Option<Estimate> {
    values(numbers, which, value, judge).map(|values| Estimate::of(&values))
}

fn floor(numbers: &Numbers, value: impl Fn(&Score) -> f64, judge: usize) -> Estimate {
    Estimate::of(&numbers.floor.iter().map(|scores| value(&scores[judge])).collect::<Vec<_>>())
}

/// Finds a sampler's row.
fn row(sampler: &str, guidance: f64, evaluations: usize) -> impl Fn(&Row) -> bool {
    move |row| row.sampler == sampler && row.guidance == guidance && row.evaluations == evaluations
}

fn table(
    text: &mut String,
    numbers: &Numbers,
    judge: usize,
    value: impl Fn(&Score) -> f64,
    digits: usize,
) -> Result<(), Box<dyn Error>> {
    let header: String = EVALUATIONS.iter().map(|budget| format!(" {budget} |")).collect();
    writeln!(text, "| evaluations |{header}\n|---|{}", "---|".repeat(EVALUATIONS.len()))?;
    for (sampler, guidance, label) in ROWS {
        let cell = |&budget: &usize| {
            let found = estimate(numbers, row(sampler, guidance, budget), &value, judge);
            found.map_or(" |".into(), |found| format!(" {} |", shown(found, digits)))
        };
        writeln!(text, "| {label} |{}", EVALUATIONS.iter().map(cell).collect::<String>())?;
    }
    Ok(())
}

/// How much farther one row is than another, paired by seed, and whether that is less (nearer), equal or greater (farther).
fn difference(
    numbers: &Numbers,
    one: impl Fn(&Row) -> bool,
    other: impl Fn(&Row) -> bool,
    judge: usize,
) -> Option<(Estimate, Ordering)> {
    let [one, other] =
        [values(numbers, one, |score| score.distance, judge)?, values(numbers, other, |score| score.distance, judge)?];
    let found = Estimate::of(&one.iter().zip(&other).map(|(one, other)| one - other).collect::<Vec<_>>());
    let sure = student(one.len()) * found.standard_error;
    let outcome = if found.mean.abs() <= sure { Ordering::Equal } else { found.mean.total_cmp(&0.0) };
    Some((found, outcome))
}

fn said(outcome: Ordering) -> &'static str {
    match outcome {
        Ordering::Less => "win",
        Ordering::Equal => "tie",
        Ordering::Greater => "loss",
    }
}

fn label(sampler: &str) -> &str {
    ROWS.iter().find(|(name, ..)| *name == sampler).map_or(sampler, |(.., label)| label)
}

fn goals(text: &mut String, numbers: &Numbers) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "\n## Goals\n\nThe map’s distance less the rival’s (without guidance), so that negative is nearer. “No worse” is \
         reached unless it is a loss: a tie says only that these samples cannot tell.\n\n| the map at | shall be | its guidance | {} | {} | reached in both |\n|---|---|---|---|---|---|",
        NAMES[0], NAMES[1]
    )?;
    for (evaluations, rival, budget, nearer) in GOALS {
        for guidance in GUIDANCE {
            let one = row("flow_map", guidance, evaluations);
            let found = [0, 1].map(|judge| difference(numbers, &one, row(rival, 1.0, budget), judge));
            let [Some(first), Some(second)] = found else { return Err("a row is missing".into()) };
            let reached = [first, second].iter().all(|(_, outcome)| match nearer {
                true => outcome.is_lt(),
                false => outcome.is_le(),
            });
            let cells = [first, second].map(|(found, outcome)| format!("{}, {}", shown(found, 3), said(outcome)));
            let shall = if nearer { "nearer than" } else { "no worse than" };
            let reached = if reached { "yes" } else { "no" };
            let [first, second] = cells;
            writeln!(
                text,
                "| {evaluations} | {shall} {} at {budget} | {guidance} | {first} | {second} | {reached} |",
                label(rival)
            )?;
        }
    }
    for guidance in GUIDANCE {
        let share = |judge| estimate(numbers, row("flow_map", guidance, 1), |score| score.right, judge);
        let [Some(first), Some(second)] = [share(0), share(1)] else { return Err("a row is missing".into()) };
        let reached = if [first, second].iter().all(|share| share.mean >= READ) { "yes" } else { "no" };
        let [first, second] = [first, second].map(|Estimate { mean, standard_error }| {
            shown(Estimate { mean: 100.0 * mean, standard_error: 100.0 * standard_error }, 2)
        });
        writeln!(
            text,
            "| 1 | read as asked in {:.0} % | {guidance} | {first} % | {second} % | {reached} |",
            100.0 * READ
        )?;
    }
    Ok(())
}

/// The map against the best of the rest at as many evaluations.
fn rivals(text: &mut String, numbers: &Numbers) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "\n## At as many evaluations\n\nThe map’s distance less that of the nearest other sampler without guidance, which is chosen on the same samples \
         and for each judge.\n\n| evaluations | guidance of the map | {} | {} |\n|---|---|---|---|",
        NAMES[0], NAMES[1]
    )?;
    for budget in EVALUATIONS {
        for guidance in GUIDANCE {
            let cell = |judge: usize| -> Option<String> {
                let others = ROWS.iter().filter(|(sampler, guidance, _)| *sampler != "flow_map" && *guidance == 1.0);
                let distances = others.filter_map(|(sampler, ..)| {
                    let found = estimate(numbers, row(sampler, 1.0, budget), |score| score.distance, judge)?;
                    Some((found.mean, *sampler))
                });
                let (_, nearest) = distances.min_by(|a, b| a.0.total_cmp(&b.0))?;
                let one = row("flow_map", guidance, budget);
                let (found, outcome) = difference(numbers, one, row(nearest, 1.0, budget), judge)?;
                Some(format!("{}, {} against {}", shown(found, 3), said(outcome), label(nearest)))
            };
            if let (Some(first), Some(second)) = (cell(0), cell(1)) {
                writeln!(text, "| {budget} | {guidance} | {first} | {second} |")?;
            }
        }
    }
    Ok(())
}
