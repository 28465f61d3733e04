//! docs/digits-whole.md from the numbers.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps::estimate::Estimate;

use super::digits::{NAME, Numbers, Row, WEIGHTS};
use super::judges::{NAMES, Score};
use super::levels;

const FILE: &str = "docs/digits-whole.md";

/// A row of the tables: sampler, whether on chosen levels, guidance, label.
type Named = (&'static str, bool, f64, &'static str);

const ROWS: [Named; 11] = [
    ("flow_map", false, 1.0, "Flow map"),
    ("flow_map", false, 1.2, "Flow map, guidance 1.2"),
    ("flow_map", true, 1.0, "Flow map, chosen levels"),
    ("flow_map", true, 1.2, "Flow map, chosen levels, guidance 1.2"),
    ("flow_map_2m", true, 1.0, "Handing over, chosen levels"),
    ("flow_map_2m", true, 1.1, "Handing over, chosen levels, guidance 1.1 in whole steps"),
    ("ddim", false, 1.0, "DDIM"),
    ("dpmpp_2m", false, 1.0, "DPM-Solver++(2M)"),
    ("unipc", false, 1.0, "UniPC"),
    ("unipc", false, 1.2, "UniPC, guidance 1.2"),
    ("unipc", true, 1.0, "UniPC, chosen levels"),
];
/// Their columns: network evaluations.
const EVALUATIONS: [usize; 8] = [1, 2, 3, 4, 5, 6, 8, 10];

/// A sampler with so many evaluations, a rival with more, each with whether on chosen levels; and whether the first must be nearer or only no
/// worse.
type Goal = ((&'static str, bool, usize), (&'static str, bool, usize), bool);

const GOALS: [Goal; 7] = [
    (("flow_map", false, 1), ("ddim", false, 10), true),
    (("flow_map", false, 2), ("unipc", false, 4), false),
    (("flow_map", false, 4), ("unipc", false, 5), false),
    (("flow_map_2m", true, 2), ("unipc", false, 4), false),
    (("flow_map_2m", true, 4), ("unipc", false, 5), false),
    (("flow_map_2m", true, 2), ("unipc", true, 4), false),
    (("flow_map_2m", true, 4), ("unipc", true, 5), false),
];
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
    grids(&mut text)?;
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
        "# Digits in whole steps\n\nWritten by `cargo experiments whole -- judge`, `whole -- levels`, `whole -- digits {samples} {}` and `whole -- write-digits`, \
         with `{WEIGHTS}` ({} steps of the velocity, {} of the map).\n\n",
        runs.len(),
        steps[0],
        steps[1]
    );
    writeln!(
        text,
        "{} seeds of the noise; for each, {samples} samples, the ten digits in turn, from the same noise for every sampler; log-linear steps \
         from 80 to .02, or where it says so levels between these ends that were chosen on other noise by both judges. *Handing over* is `flow_map_2m`: whole \
         steps from levels above σ = 1.5, DPM-Solver++(2M) from there; its two steps are both whole. Two classifiers of different build judge them, and a claim stands only where both agree:\n\n\
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
fn row((sampler, chosen, guidance, _): Named, evaluations: usize) -> impl Fn(&Row) -> bool {
    move |row| {
        row.sampler == sampler && row.chosen == chosen && row.guidance == guidance && row.evaluations == evaluations
    }
}

/// The rows of a sampler, one for each guidance.
fn rows(sampler: &str, chosen: bool) -> impl Iterator<Item = Named> {
    ROWS.into_iter().filter(move |row| row.0 == sampler && row.1 == chosen)
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
    for named @ (.., label) in ROWS {
        let cell = |&budget: &usize| {
            let found = estimate(numbers, row(named, budget), &value, judge);
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

fn goals(text: &mut String, numbers: &Numbers) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "\n## Goals\n\nThe distance of the first less the rival’s (without guidance), so that negative is nearer. “No worse” is \
         reached unless it is a loss: a tie says only that these samples cannot tell.\n\n| | at | shall be | {} | {} | reached in both |\n|---|---|---|---|---|---|",
        NAMES[0], NAMES[1]
    )?;
    for ((sampler, chosen, evaluations), (rival, rival_chosen, budget), nearer) in GOALS {
        let rival = rows(rival, rival_chosen).next().ok_or("no such row")?;
        for one in rows(sampler, chosen) {
            let found = [0, 1].map(|judge| difference(numbers, row(one, evaluations), row(rival, budget), judge));
            let [Some(first), Some(second)] = found else { return Err("a row is missing".into()) };
            let reached = [first, second].iter().all(|(_, outcome)| match nearer {
                true => outcome.is_lt(),
                false => outcome.is_le(),
            });
            let [first, second] =
                [first, second].map(|(found, outcome)| format!("{}, {}", shown(found, 3), said(outcome)));
            let shall = if nearer { "nearer than" } else { "no worse than" };
            let reached = if reached { "yes" } else { "no" };
            writeln!(
                text,
                "| {} | {evaluations} | {shall} {} at {budget} | {first} | {second} | {reached} |",
                one.3, rival.3
            )?;
        }
    }
    for one in rows("flow_map", false) {
        let share = |judge| estimate(numbers, row(one, 1), |score| score.right, judge);
        let [Some(first), Some(second)] = [share(0), share(1)] else { return Err("a row is missing".into()) };
        let reached = if [first, second].iter().all(|share| share.mean >= READ) { "yes" } else { "no" };
        let [first, second] = [first, second].map(|Estimate { mean, standard_error }| {
            shown(Estimate { mean: 100.0 * mean, standard_error: 100.0 * standard_error }, 2)
        });
        writeln!(
            text,
            "| {} | 1 | read as asked in {:.0} % | {first} % | {second} % | {reached} |",
            one.3,
            100.0 * READ
        )?;
    }
    Ok(())
}

/// The map against the best of the rest at as many evaluations.
fn rivals(text: &mut String, numbers: &Numbers) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "\n## At as many evaluations\n\nThe distance less that of the nearest sampler that takes no whole steps, without guidance, which is chosen on the same samples \
         and for each judge.\n\n| evaluations | | {} | {} |\n|---|---|---|---|",
        NAMES[0], NAMES[1]
    )?;
    for budget in EVALUATIONS {
        for one in ROWS.into_iter().filter(|row| row.0.starts_with("flow_map")) {
            let cell = |judge: usize| -> Option<String> {
                let others = ROWS.into_iter().filter(|row| !row.0.starts_with("flow_map") && row.2 == 1.0);
                let distances = others.filter_map(|other| {
                    let found = estimate(numbers, row(other, budget), |score| score.distance, judge)?;
                    Some((found.mean, other))
                });
                let (_, nearest) = distances.min_by(|a, b| a.0.total_cmp(&b.0))?;
                let (found, outcome) = difference(numbers, row(one, budget), row(nearest, budget), judge)?;
                Some(format!("{}, {} against {}", shown(found, 3), said(outcome), nearest.3))
            };
            if let (Some(first), Some(second)) = (cell(0), cell(1)) {
                writeln!(text, "| {budget} | {} | {first} | {second} |", one.3)?;
            }
        }
    }
    Ok(())
}

/// The levels that were chosen.
fn grids(text: &mut String) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "\n## Chosen levels\n\nOf twelve grids, geometric between a first and a last inner level, and the log-linear one: the one nearest to the data \
         in the product of both judges’ distances, 1,000 samples without guidance from noise of another seed (`whole -- levels`).\n\n| sampler | steps | levels σ |\n|---|---|---|"
    )?;
    for (sampler, budgets) in levels::CHOSEN {
        for &steps in budgets {
            let levels: Vec<String> =
                levels::chosen(sampler, steps)?.iter().map(|sigma| format!("{sigma:.3}")).collect();
            writeln!(text, "| `{sampler}` | {steps} | {} |", levels.join(", "))?;
        }
    }
    Ok(())
}
