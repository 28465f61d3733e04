//! Numbers in sentences.

use crate::estimate::Estimate;

/// Three digits that count.
pub fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = (2.0 - value.abs().log10().floor()).clamp(0.0, 9.0);
    format!("{value:.*}", digits as usize)
}

/// A part of one, in per cent.
pub fn percent(part: f64) -> String {
    format!("{:.1} %", 100.0 * part)
}

/// A number and its uncertainty for people: as many digits as the uncertainty leaves, and no more than four of the number; those below a
/// thousandth with a power of ten.
pub fn plus_minus(Estimate { mean, standard_error }: Estimate) -> String {
    let exponent = mean.abs().max(standard_error).log10().floor();
    if exponent < -3.0 && exponent.is_finite() {
        let scale = 10_f64.powf(exponent);
        let digits = plus_minus(Estimate { mean: mean / scale, standard_error: standard_error / scale });
        let digits = if digits.contains('±') { format!("({digits})") } else { digits };
        return format!("{digits} × 10{}", raised(exponent as i32));
    }
    /// Places after the point that show so many digits of a number.
    fn places(value: f64, digits: f64) -> usize {
        (digits - 1.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as usize
    }
    let sure = if standard_error > 0.0 { places(standard_error, 2.0) } else { usize::MAX };
    let most = if mean == 0.0 { 1 } else { places(mean, 4.0) };
    let places = if mean == 0.0 && sure < usize::MAX { sure } else { sure.min(most) };
    let (mean, error) = (format!("{mean:.places$}"), format!("{standard_error:.places$}"));
    let shows = |text: &str| text.contains(|digit: char| ('1'..='9').contains(&digit));
    // Neither a sign of nothing nor an uncertainty that does not show.
    let mean = if shows(&mean) { mean.replace('-', "−") } else { mean.replace('-', "") };
    if shows(&error) { format!("{mean} ± {error}") } else { mean }
}

/// An exponent.
fn raised(exponent: i32) -> String {
    let digit = |digit: char| match digit {
        '-' => '⁻',
        digit => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize - '0' as usize],
    };
    exponent.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let written = [0.0, 0.001234, 0.5, 12.345, 98765.4, -2.0].map(short);
        assert_eq!(written, ["0", "0.00123", "0.500", "12.3", "98765", "-2.00"]);
        assert_eq!(percent(0.1234), "12.3 %");
    }

    #[test]
    fn numbers_have_the_digits_that_are_known() {
        let say = |mean, standard_error| plus_minus(Estimate { mean, standard_error });
        assert_eq!(say(0.012345, 0.00067), "0.01235 ± 0.00067");
        assert_eq!(say(-0.0001, 0.0012), "−0.0001 ± 0.0012");
        assert_eq!(say(-0.0000001, 0.0012), "0.0000 ± 0.0012");
        assert_eq!(say(123.4, 20.0), "123 ± 20");
        assert_eq!(say(0.012345, 0.0), "0.01235");
        assert_eq!(say(0.012345, 1e-9), "0.01235");
        assert_eq!(say(0.0, 0.0), "0.0");
        assert_eq!(say(6.63e-6, 5.3e-7), "(6.63 ± 0.53) × 10⁻⁶");
        assert_eq!(say(-1e-7, 1.2e-5), "(0.0 ± 1.2) × 10⁻⁵");
        assert_eq!(say(4.5e-10, 0.0), "4.500 × 10⁻¹⁰");
    }
}
