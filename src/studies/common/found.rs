//! Errors that are compared on the same noise.

use std::cmp::Ordering;

use super::paths::RootMeanSquare;
use super::words::plus_minus;
use crate::estimate::Estimate;
use crate::studies::numbers::Numbers;

/// Standard errors between what can be told apart: within so many, chance stays 95 times of 100 where there are eight draws.
pub const SURE: f64 = 2.4;

/// The same for a mean of `draws`: Student's quantile, which is far out where there are few.
pub fn sure(draws: usize) -> f64 {
    match draws {
        0 | 1 => f64::INFINITY,
        2 => 12.7,
        3 => 4.3,
        4 => 3.2,
        5 => 2.8,
        6 => 2.6,
        7 => 2.5,
        _ => SURE,
    }
}

/// Most names in a list of those that are as good.
const MENTIONED: usize = 5;

/// What an error is a mean over, with the same noise in the same place for all that are compared; or an error and the bound on it.
#[derive(Clone)]
pub enum Found {
    /// Energy distances, one for each draw.
    Draws(Vec<f64>),
    /// Squared distances, one for each path.
    Paths(RootMeanSquare),
    /// Without sampling error.
    Exactly(Estimate),
}

impl Found {
    /// Adds what `more` draws or paths came to; another bound takes the place of this one.
    pub fn join(&mut self, more: Self) {
        match (self, more) {
            (Found::Draws(all), Found::Draws(more)) => all.extend(more),
            (Found::Paths(all), Found::Paths(more)) => all.join(more),
            (all, more) => *all = more,
        }
    }

    /// The error.
    pub fn estimate(&self) -> Estimate {
        match self {
            Found::Draws(distances) => Estimate::of(distances),
            Found::Paths(paths) => paths.estimate(),
            Found::Exactly(estimate) => *estimate,
        }
    }

    /// How much larger this error is than `other`, found with the same noise, pair by pair.
    pub fn minus(&self, other: &Found) -> Estimate {
        match (self, other) {
            (Found::Draws(a), Found::Draws(b)) => Estimate::of_differences(a, b),
            (Found::Paths(a), Found::Paths(b)) => a.minus(b),
            _ => {
                let (a, b) = (self.estimate(), other.estimate());
                // Bounds add up, and are no standard errors.
                let bound = a.standard_error + b.standard_error;
                Estimate { mean: a.mean - b.mean, standard_error: bound / SURE }
            }
        }
    }

    /// Whether this error is clearly smaller than `other`, larger, or can't be told from it.
    pub fn against(&self, other: &Found) -> Ordering {
        let Estimate { mean, standard_error } = self.minus(other);
        let draws = if let Found::Draws(distances) = self { distances.len() } else { usize::MAX };
        let clear = mean.abs() > sure(draws) * standard_error;
        if clear || mean.is_nan() { mean.total_cmp(&0.0) } else { Ordering::Equal }
    }
}

impl Numbers for Found {
    fn give(&self, to: &mut Vec<f64>) {
        match self {
            Found::Draws(distances) => (0_usize, distances.clone()).give(to),
            Found::Paths(paths) => (1_usize, paths.clone()).give(to),
            Found::Exactly(estimate) => (2_usize, *estimate).give(to),
        }
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        match usize::take(from)? {
            0 => Numbers::take(from).map(Found::Draws),
            1 => Numbers::take(from).map(Found::Paths),
            2 => Numbers::take(from).map(Found::Exactly),
            _ => None,
        }
    }
}

/// Says which of `rows`, by name and in any order, has the smallest error called `label` within `budget` evaluations, which can't be
/// told from it, and how far behind the next one is. Nothing where no error is finite.
pub fn smallest(budget: usize, label: &str, rows: &[(String, &Found)]) -> Option<String> {
    let mut rows: Vec<_> = rows.iter().map(|(name, found)| (name, found, found.estimate())).collect();
    rows.retain(|(.., error)| error.mean.is_finite());
    rows.sort_by(|a, b| a.2.mean.total_cmp(&b.2.mean));
    let ((name, best, error), others) = rows.split_first()?;
    let evaluations = if budget == 1 { "one evaluation".into() } else { format!("{budget} evaluations") };
    let mut text = format!("Within {evaluations} {name} has the smallest {label}, {}.", plus_minus(*error));
    let clear = |found: &Found| found.against(best) == Ordering::Greater;
    let names: Vec<&str> =
        others.iter().filter(|(_, found, _)| !clear(found)).map(|(name, ..)| name.as_str()).collect();
    let (named, more) = names.split_at(names.len().min(MENTIONED));
    if !named.is_empty() {
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        text += &format!(" On this noise it can’t be told from {}{more}.", named.join(", "));
    }
    if let Some((name, found, error)) = others.iter().find(|(_, found, _)| clear(found)) {
        let difference = plus_minus(found.minus(best));
        text += &format!(" The first clearly behind is {name} with {}: {difference} more.", plus_minus(*error));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_leave_out_what_they_share() {
        let shared = [1.0, 5.0, 2.0, 9.0];
        let of = |shift: f64| Found::Draws(shared.iter().map(|draw| draw + shift).collect());
        let difference = of(0.25).minus(&of(0.0));
        assert!((difference.mean - 0.25).abs() < 1e-12 && difference.standard_error < 1e-12, "{difference:?}");
        assert_eq!(of(0.25).against(&of(0.0)), Ordering::Greater);
    }

    /// Two draws whose difference is three of its standard errors are a tie; so many more of them are not.
    #[test]
    fn few_draws_tell_little() {
        let of = |shifts: &[f64]| Found::Draws(shifts.to_vec());
        assert_eq!(of(&[2.0, 4.0]).against(&of(&[0.0, 0.0])), Ordering::Equal);
        assert_eq!(of(&[2.0, 4.0].repeat(4)).against(&of(&[0.0; 8])), Ordering::Greater);
    }

    #[test]
    fn the_smallest_error_is_named_with_those_as_small() {
        let of = |mean, standard_error| Found::Exactly(Estimate { mean, standard_error });
        let (a, b, c) = (of(0.3, 0.001), of(0.1, 0.02), of(0.11, 0.02));
        let rows = [("A", &a), ("B", &b), ("C", &c)].map(|(name, found)| (name.to_string(), found));
        let text = smallest(4, "strong error", &rows).expect("finite errors");
        assert_eq!(
            text,
            "Within 4 evaluations B has the smallest strong error, 0.100 ± 0.020. On this noise it can’t be told from C. The first \
             clearly behind is A with 0.3000 ± 0.0010: 0.2000 ± 0.0088 more."
        );
        assert_eq!(smallest(4, "strong error", &[("A".into(), &of(f64::NAN, 0.0))]), None);
    }
}
