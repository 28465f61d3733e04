//! Discrete schedules: tables of levels from `beta`, least noisy first, and the ways to walk down a part of them.

use std::f64::consts::FRAC_PI_2;

use super::TABLE_LEN;
use crate::level::Level;

/// DDPM's table: `beta` linear from 1e-4 to 0.02 over [`TABLE_LEN`] levels, least noisy first (arXiv 2006.11239, sec 4).
pub fn linear_table() -> Vec<Level> {
    let beta = |t: usize| 1e-4 + (0.02 - 1e-4) * t as f64 / (TABLE_LEN - 1) as f64;
    accumulate((0..TABLE_LEN).map(beta))
}

/// The cosine table, `beta` clipped at 0.999, least noisy first (arXiv 2102.09672, eq 17).
pub fn cosine_table() -> Vec<Level> {
    let signal = |t: usize| ((t as f64 / TABLE_LEN as f64 + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2);
    accumulate((0..TABLE_LEN).map(|t| (1.0 - signal(t + 1) / signal(t)).min(0.999)))
}

/// The schedule of the convergence theorems over `len` levels, least noisy first: `beta_1 = T^-c0`, then `beta_t = r min(beta_1
/// (1 + r)^t, 1)` with `r = c1 ln T / T` (arXiv 2306.09251, eq 22). `None` unless `r < 1`.
pub fn li_table(len: usize, c0: f64, c1: f64) -> Option<Vec<Level>> {
    let total = len as f64;
    let rate = c1 * total.ln() / total;
    let first = total.powf(-c0);
    let beta = |t: usize| if t == 1 { first } else { rate * (first * (1.0 + rate).powi(t as i32)).min(1.0) };
    (len > 1 && rate < 1.0).then(|| accumulate((1..=len).map(beta)))
}

/// Levels of cumulative products of `1 - beta`, summed in logarithms so that small noise has full precision.
fn accumulate(betas: impl Iterator<Item = f64>) -> Vec<Level> {
    betas
        .scan(0.0, |log_alpha_bar, beta| {
            *log_alpha_bar += (-beta).ln_1p();
            Some(Level::from_log_alpha_bar(*log_alpha_bar))
        })
        .collect()
}

/// `steps` levels of a table counted down from its noisiest one in equal strides, then `closing`.
pub fn trailing(table: &[Level], steps: usize, closing: Level) -> Vec<Level> {
    let len = table.len() as f64;
    pick(table, steps, closing, |i| (len - i as f64 * len / steps as f64).round_ties_even() as usize)
}

/// `steps` levels of a table at multiples of the whole stride, the least noisy one among them, then `closing`.
pub fn leading(table: &[Level], steps: usize, closing: Level) -> Vec<Level> {
    let stride = table.len() / steps;
    pick(table, steps, closing, |i| (steps - 1 - i) * stride + 1)
}

/// `steps` levels of a table spread evenly with both ends among them, then `closing`. A single step starts at the table's first.
pub fn linspace(table: &[Level], steps: usize, closing: Level) -> Vec<Level> {
    let spacing = (table.len() - 1) as f64 / (steps.max(2) - 1) as f64;
    pick(table, steps, closing, |i| ((steps - 1 - i) as f64 * spacing).round_ties_even() as usize + 1)
}

/// `index` counts from one. Levels that do not fall, as when the table's first level is chosen and closes too, are left out.
fn pick(table: &[Level], steps: usize, closing: Level, index: impl Fn(usize) -> usize) -> Vec<Level> {
    let mut levels: Vec<Level> = (0..steps).map(|i| table[index(i) - 1]).collect();
    if levels.last().is_none_or(|last| last.sigma() > closing.sigma()) {
        levels.push(closing);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halves are rounded to the even number, as NumPy does in the published implementations.
    #[test]
    fn ties_are_rounded_to_even() {
        let table: Vec<Level> = (1..=TABLE_LEN).map(|t| Level::from_sigma(t as f64)).collect();
        let closing = Level::from_sigma(0.0);
        let sigmas = |levels: Vec<Level>| levels.iter().map(|level| level.sigma().round()).collect::<Vec<_>>();
        assert_eq!(sigmas(linspace(&table, 7, closing)), [1000.0, 833.0, 667.0, 501.0, 334.0, 167.0, 1.0, 0.0]);
        let trailing = sigmas(trailing(&table, 16, closing));
        assert_eq!(trailing[..4], [1000.0, 938.0, 875.0, 812.0]);
    }
}
