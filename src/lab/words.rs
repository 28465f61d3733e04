//! Numbers in sentences.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let written = [0.0, 0.001234, 0.5, 12.345, 98765.4, -2.0].map(short);
        assert_eq!(written, ["0", "0.00123", "0.500", "12.3", "98765", "-2.00"]);
        assert_eq!(percent(0.1234), "12.3 %");
    }
}
