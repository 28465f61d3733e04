//! The documents from the numbers.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps_experiments::numbers::{mean, thousandths};

use super::SEEDS;
use super::grids::{BUDGETS as FEW, DIGIT_BUDGETS, DIGIT_POINTS, DIGIT_SAMPLERS, SAMPLERS};
use super::points::{STEPS, WIDTH};
use super::tables::{Counts, SURE, Seeds, sets, verdict};

const FILE: &str = "docs/relatives.md";
const GRIDS_FILE: &str = "docs/relatives-grids.md";
const DIGITS_FILE: &str = "docs/relatives-digits.md";
/// Evaluations of the study of relatives, and the row of the flow map there.
const BUDGETS: [usize; 4] = [1, 2, 4, 8];
const MAP: usize = 3;
/// Kinds of grids of the study of grids, in its order.
const BY_HAND: std::ops::Range<usize> = 0..3;
const PROGRAMME: usize = 3;
const REFINED: usize = 4;
const FITTED: usize = 5;

type Sets = Vec<(&'static str, Seeds)>;

/// docs/relatives.md.
pub fn points() -> Result<(), Box<dyn Error>> {
    let mut text = String::from(
        "# Relatives of the flow map\n\nWhat learns almost nothing beside it: optimised grids and fitted coefficients, \
         [of points](relatives-grids.md) and [of digits](relatives-digits.md).\n\n",
    );
    relatives(&mut text, &sets("points")?)?;
    Ok(fs::write(FILE, text)?)
}

/// docs/relatives-grids.md.
pub fn grids() -> Result<(), Box<dyn Error>> {
    let mut text = String::from("# What learns almost nothing: grids and coefficients\n\n");
    let sets = sets("grids")?;
    optimised(&mut text, &sets)?;
    fitted(&mut text, &sets)?;
    Ok(fs::write(GRIDS_FILE, text)?)
}

/// docs/relatives-digits.md.
pub fn digits() -> Result<(), Box<dyn Error>> {
    let seeds =
        Seeds::of("grids", "digits").ok_or("digits are not measured yet: cargo experiments relatives -- digits")?;
    let mut text = String::new();
    on_digits(&mut text, &seeds)?;
    Ok(fs::write(DIGITS_FILE, text)?)
}

fn head(text: &mut String, first: &str, columns: &[usize], more: &[&str]) -> std::fmt::Result {
    let budgets: String = columns.iter().map(|budget| format!(" {budget} |")).collect();
    let more_columns: String = more.iter().map(|column| format!(" {column} |")).collect();
    writeln!(text, "| {first} |{budgets}{more_columns}\n|---|{}", "---|".repeat(columns.len() + more.len()))
}

/// The distances of one row of the study of relatives, seed by seed.
fn distances(seeds: &Seeds, row: usize, budget: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let keys = [("row", row as f64), ("evaluations", budget as f64)];
    Ok(seeds.values("distances", &keys, "distance").ok_or("a row is missing: measure again")?)
}

/// Means of sets and seeds, in thousandths.
fn overall(of: impl Fn(&Seeds) -> Result<Vec<f64>, Box<dyn Error>>, sets: &Sets) -> Result<String, Box<dyn Error>> {
    let means: Vec<f64> =
        sets.iter().map(|(_, seeds)| Ok(mean(&of(seeds)?).0)).collect::<Result<_, Box<dyn Error>>>()?;
    Ok(thousandths(mean(&means).0))
}

fn relatives(text: &mut String, sets: &Sets) -> Result<(), Box<dyn Error>> {
    let rows = sets[0].1.names("distances", "row");
    let cost = |row: usize| -> f64 {
        let keys = [("row", row as f64), ("evaluations", 1.0)];
        sets[0].1.values("distances", &keys, "cost").map_or(f64::NAN, |cost| cost[0])
    };
    writeln!(
        text,
        "## Relatives at equal training\n\nThe study `relatives` of the page with small networks ({STEPS} steps of the velocity, three layers of {WIDTH}; the playground's are 5,000 and 128), \
         {SEEDS} seeds on each of {} sets (`cargo experiments relatives -- points`; a seed has networks of its own). Training is counted in millions of evaluations of the velocity \
         for one point, a gradient as two more; *time* is the processor time of what each row trains after the velocity, or instead of it, in units of the \
         velocity's own. Every row chose the best of 5 grids for each number of evaluations (log-linear from 3, 5, 10, EDM's and rectified flow's from 10, \
         all to 0.02) from other noise, and was measured with 8,192 samples from noise that fills the plane evenly, against 40,000 fresh points: energy distance \
         × 1000, mean of all sets and seeds.\n",
        sets.len()
    )?;
    head(text, "row", &BUDGETS, &["training", "time"])?;
    let seconds = |doing: &str| mean(&sets.iter().map(|(_, seeds)| seeds.seconds(doing)).collect::<Vec<_>>()).0;
    let velocity = seconds("Training: velocity") - seconds("Training: velocity for longer");
    for (row, name) in rows.iter().enumerate() {
        write!(text, "| {name} |")?;
        for budget in BUDGETS {
            write!(text, " {} |", overall(|seeds| distances(seeds, row, budget), sets)?)?;
        }
        let doing = match row {
            0 | 1 => None,
            2 => Some("Training: velocity for longer".to_string()),
            3 => Some("Training: flow map".into()),
            4 | 5 => Some("Training: reflow".into()),
            _ => Some(format!("Training: {name}")),
        };
        let time = doing.filter(|_| velocity > 0.0);
        let time = time.map_or("–".into(), |doing| format!("{:.2}", seconds(&doing) / velocity));
        writeln!(text, " {:.2} | {time} |", cost(row))?;
    }
    writeln!(
        text,
        "\nThe flow map against each of them: sets *won – tied – lost* by the mean of {SEEDS} paired differences, beyond {SURE:.2} of its standard errors.\n"
    )?;
    head(text, "flow map against", &BUDGETS, &[])?;
    for (row, name) in rows.iter().enumerate().filter(|(row, _)| *row != MAP) {
        write!(text, "| {name} |")?;
        for budget in BUDGETS {
            let mut counts = Counts::default();
            for (_, seeds) in sets {
                counts.add(verdict(&distances(seeds, MAP, budget)?, &distances(seeds, row, budget)?));
            }
            write!(text, " {counts} |")?;
        }
        writeln!(text)?;
    }
    writeln!(text, "\nSet by set, energy distance × 1000 ± its standard error over seeds:\n")?;
    head(text, "set and row", &BUDGETS, &[])?;
    for (label, seeds) in sets {
        for (row, name) in rows.iter().enumerate() {
            write!(text, "| {label}: {name} |")?;
            for budget in BUDGETS {
                let (mean, error) = mean(&distances(seeds, row, budget)?);
                write!(text, " {} ± {} |", thousandths(mean), thousandths(error))?;
            }
            writeln!(text)?;
        }
    }
    writeln!(
        text,
        "\nConsistency models are weighed as errors of F, with the network itself as the target; weighed as errors of the end, as in 2303.01469, they \
         were ten times farther at one evaluation on two moons (one seed). Shortcut models are as in their paper, a quarter of each batch from two half steps of the averaged network: in so short a training what is \
         learned about short steps comes late to the long ones."
    )?;
    straightened(text, sets)
}

fn straightened(text: &mut String, sets: &Sets) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "\nStraightness before and after one reflow: the distance of the paths from straight lines in rectified flow's time (the root of 2209.03003's $S$, for a \
         coordinate), and the turn of the paths at some levels, mean of seeds.\n\n| set | straightness | after | turn at σ = 0.1, 0.5, 2: before → after |\n|---|---|---|---|"
    )?;
    for (label, seeds) in sets {
        let straight = |network: f64| {
            let values = seeds.values("straightness", &[("network", network)], "straightness");
            values.map_or(f64::NAN, |values| mean(&values).0)
        };
        let turns: Vec<String> = [0.1, 0.5, 2.0]
            .into_iter()
            .map(|sigma| {
                let [before, after] = [0.0, 1.0].map(|network| seeds.nearest("turns", network, sigma));
                format!("{before:.3} → {after:.3}")
            })
            .collect();
        writeln!(text, "| {label} | {:.3} | {:.3} | {} |", straight(0.0), straight(1.0), turns.join(", "))?;
    }
    writeln!(text)?;
    Ok(())
}

/// Errors of the study of grids, seed by seed.
fn errors(seeds: &Seeds, sampler: usize, kind: usize, budget: usize, error: &str) -> Option<Vec<f64>> {
    let keys = [("sampler", sampler as f64), ("grid", kind as f64), ("evaluations", budget as f64)];
    seeds.values("errors", &keys, error)
}

/// The best grid made by hand, by its mean, chosen afterwards.
fn by_hand(seeds: &Seeds, sampler: usize, budget: usize, error: &str) -> Option<Vec<f64>> {
    BY_HAND
        .filter_map(|kind| errors(seeds, sampler, kind, budget, error))
        .min_by(|a, b| mean(a).0.total_cmp(&mean(b).0))
}

/// The best grid of any kind.
fn either(seeds: &Seeds, sampler: usize, budget: usize, error: &str) -> Option<Vec<f64>> {
    let own = [PROGRAMME, REFINED].into_iter().filter_map(|kind| errors(seeds, sampler, kind, budget, error));
    by_hand(seeds, sampler, budget, error).into_iter().chain(own).min_by(|a, b| mean(a).0.total_cmp(&mean(b).0))
}

fn optimised(text: &mut String, sets: &Sets) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "## Optimised grids\n\nThe study `grids` with the shipped weights (sets: {}; `cargo experiments relatives -- grids`; {SEEDS} seeds, of the fine paths and of the \
         noise: there is one network a set). A dynamic programme over 64 levels from 80 to 0.02 on 256 fine paths chooses each sampler's levels, its start \
         among them; a descent then moves each level up and down as long as whole runs end nearer to the ends of these paths. Controls: log-linear, EDM's with ρ = 7 and cosine \
         levels, each from the best of 1, 1.5, 2, 3, 5, 10 and 80 by where its runs end on the same paths. \
         Cells: sets *won – tied – lost* against the best of the three controls, chosen afterwards for each cell, by the energy distance / by the distance from the ends of \
         fine paths. The dynamic programme took {:.1} seconds of processor time for each sampler, the fine paths included.\n",
        sets.iter().map(|(label, _)| *label).collect::<Vec<_>>().join(", "),
        mean(&sets.iter().map(|(_, seeds)| seeds.seconds("Errors of single steps")).collect::<Vec<_>>()).0
            / (SAMPLERS.len() - 1) as f64
    )?;
    head(text, "against the best by hand", &FEW, &[])?;
    let own = [(PROGRAMME, "dynamic programme"), (REFINED, "refined")];
    for (sampler, name) in SAMPLERS.iter().enumerate().take(SAMPLERS.len() - 1) {
        for (kind, label) in own {
            write!(text, "| `{name}`, {label} |")?;
            for budget in FEW {
                let [mut energy, mut strong] = [Counts::default(); 2];
                for (_, seeds) in sets {
                    for (error, counts) in [("energy", &mut energy), ("strong", &mut strong)] {
                        let found = errors(seeds, sampler, kind, budget, error).ok_or("a row is missing")?;
                        let hand = by_hand(seeds, sampler, budget, error).ok_or("a row is missing")?;
                        counts.add(verdict(&found, &hand));
                    }
                }
                write!(text, " {energy} / {strong} |")?;
            }
            writeln!(text)?;
        }
    }
    writeln!(text, "\nEnergy distance × 1000 / strong error × 1000, means of all sets and seeds:\n")?;
    head(text, "sampler and levels", &FEW, &[])?;
    for (sampler, name) in SAMPLERS.iter().enumerate().take(SAMPLERS.len() - 1) {
        for kind in BY_HAND.chain([PROGRAMME, REFINED]) {
            let kinds = sets[0].1.names("errors", "grid");
            write!(text, "| `{name}`, {} |", kinds[kind])?;
            for budget in FEW {
                let of = |error: &'static str| {
                    overall(|seeds| Ok(errors(seeds, sampler, kind, budget, error).ok_or("a row is missing")?), sets)
                };
                write!(text, " {} / {} |", of("energy")?, of("strong")?)?;
            }
            writeln!(text)?;
        }
    }
    let most = FEW[FEW.len() - 1];
    writeln!(text, "\nRefined levels of {most} steps, geometric mean of all sets and seeds:\n")?;
    head(text, "sampler", &(0..=most).collect::<Vec<_>>(), &[])?;
    for (sampler, name) in SAMPLERS.iter().enumerate().take(SAMPLERS.len() - 1) {
        write!(text, "| `{name}` |")?;
        for step in 0..=most {
            let keys = [("sampler", sampler as f64), ("step", step as f64)];
            let logs: Vec<f64> = sets
                .iter()
                .filter_map(|(_, seeds)| seeds.values("levels", &keys, "sigma"))
                .flatten()
                .map(f64::ln)
                .collect();
            write!(text, " {:.2} |", mean(&logs).0.exp())?;
        }
        writeln!(text)?;
    }
    writeln!(text)?;
    Ok(())
}

fn fitted(text: &mut String, sets: &Sets) -> Result<(), Box<dyn Error>> {
    let index = SAMPLERS.len();
    writeln!(
        text,
        "## Fitted coefficients\n\nThe same runs: multistep coefficients and levels fitted by least squares to the ends of 256 fine paths (12, 25 and 52 numbers for 3, 5 and 8 steps), \
         in {:.1} seconds of processor time for all three. Rivals take their best levels, by hand or optimised, chosen afterwards for each cell. Energy distance × 1000 / \
         strong error × 1000, means of all sets and seeds. Paths are those of the velocity: a flow map has errors of its own.\n",
        mean(&sets.iter().map(|(_, seeds)| seeds.seconds("Fitting")).collect::<Vec<_>>()).0
    )?;
    head(text, "sampler", &FEW, &[])?;
    for (sampler, name) in
        SAMPLERS.iter().map(|name| format!("`{name}`")).chain(["fitted coefficients".into()]).enumerate()
    {
        write!(text, "| {name} |")?;
        for budget in FEW {
            let of = |error: &'static str| {
                let values = |seeds: &Seeds| match sampler == index {
                    true => errors(seeds, index, FITTED, budget, error),
                    false => either(seeds, sampler, budget, error),
                };
                overall(|seeds| Ok(values(seeds).ok_or("a row is missing")?), sets)
            };
            write!(text, " {} / {} |", of("energy")?, of("strong")?)?;
        }
        writeln!(text)?;
    }
    writeln!(
        text,
        "\nFitted coefficients against each: sets *won – tied – lost*, by the energy distance / by the strong error.\n"
    )?;
    head(text, "fitted against", &FEW, &[])?;
    for (sampler, name) in SAMPLERS.iter().enumerate() {
        write!(text, "| `{name}` |")?;
        for budget in FEW {
            let [mut energy, mut strong] = [Counts::default(); 2];
            for (_, seeds) in sets {
                for (error, counts) in [("energy", &mut energy), ("strong", &mut strong)] {
                    let found = errors(seeds, index, FITTED, budget, error).ok_or("a row is missing")?;
                    let rival = either(seeds, sampler, budget, error).ok_or("a row is missing")?;
                    counts.add(verdict(&found, &rival));
                }
            }
            write!(text, " {energy} / {strong} |")?;
        }
        writeln!(text)?;
    }
    writeln!(text)?;
    Ok(())
}

fn on_digits(text: &mut String, seeds: &Seeds) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "# Optimised grids of digits\n\nThe study `grids` with the shipped weights (`cargo experiments relatives -- digits`, `relatives -- write-digits`): 32 candidate levels from 80 \
         to 0.02, 16 fine paths that levels are fitted to, {DIGIT_POINTS} others to measure by, {SEEDS} seeds of both. Strong error, which is the distance of an image from the end of its own fine path over all {} coordinates, ± its standard error over seeds; the best of the controls was \
         chosen afterwards.\n",
        28 * 28
    )?;
    head(text, "sampler and levels", &DIGIT_BUDGETS, &[])?;
    for (sampler, name) in DIGIT_SAMPLERS.iter().enumerate() {
        let mut rows = ["best by hand", "dynamic programme", "refined"].map(|label| format!("| `{name}`, {label} |"));
        for budget in DIGIT_BUDGETS {
            let hand = by_hand(seeds, sampler, budget, "strong").ok_or("a row is missing")?;
            for (row, kind) in rows.iter_mut().zip([None, Some(PROGRAMME), Some(REFINED)]) {
                let own = kind.map(|kind| errors(seeds, sampler, kind, budget, "strong").ok_or("a row is missing"));
                let own = own.transpose()?;
                let (mean, error) = mean(own.as_ref().unwrap_or(&hand));
                let word = match own.map(|own| verdict(&own, &hand)) {
                    Some(Ordering::Less) => ", won",
                    Some(Ordering::Equal) => ", tied",
                    Some(Ordering::Greater) => ", lost",
                    None => "",
                };
                write!(row, " {mean:.2} ± {error:.2}{word} |")?;
            }
        }
        rows.iter().try_for_each(|row| writeln!(text, "{row}"))?;
    }
    Ok(())
}
