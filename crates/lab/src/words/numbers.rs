//! Numbers as tables and sentences have them: few figures, never a row of digits that nobody reads.

use plot::unbounded;
/// As figures have them.
pub(crate) use plot::{count, decimal, figures};

/// What stands where there is nothing to show.
pub(crate) const NOTHING: &str = "–";

/// From here on a number is written with a power of ten.
const LARGE: f64 = 1e5;

/// `929,589`
pub(crate) fn thousands(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many times as much: `0.751`, `1.3e12`.
pub(crate) fn multiple(ratio: f64) -> String {
    match ratio {
        ratio if !ratio.is_finite() => unbounded(ratio),
        ratio if ratio >= LARGE || (ratio > 0.0 && ratio < 0.001) => format!("{ratio:.1e}"),
        ratio => format!("{:.3}", ratio + 0.0),
    }
}

/// A setting as a person would write it: the shortest text that gives it again, `0.004`, `3e38`.
pub(crate) fn setting(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => unbounded(value),
        size if size >= LARGE * 10.0 || (size > 0.0 && size < 1e-5) => format!("{value:e}"),
        _ => (value + 0.0).to_string(),
    }
}

/// Bytes as MiB.
pub(crate) fn mebibytes(bytes: f64) -> String {
    figures(bytes / (1024.0 * 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(929_589_u64), "929,589");
        assert_eq!(thousands(7_u64), "7");
        assert_eq!(count(1_234_567.0), "1.23 M");
        assert_eq!(count(640.0), "640");
        assert_eq!([figures(123.4), figures(12.34), figures(1.234)], ["123", "12.3", "1.23"]);
        assert_eq!(
            [decimal(1.0 / 6.0), decimal(152.24), decimal(2.5)],
            ["0.1667", "152.2", "2.500"]
        );
        assert_eq!([setting(0.004), setting(1.0), setting(20.0)], ["0.004", "1", "20"]);
        assert_eq!([multiple(0.7512), multiple(12.0)], ["0.751", "12.000"]);
    }

    #[test]
    fn no_number_is_a_row_of_digits() {
        let writers: [fn(f64) -> String; 6] =
            [count, figures, decimal, multiple, setting, mebibytes];
        for writer in writers {
            for size in [3e38, 1.5e300, 1e17, 123_456_789.0, 1e-30, 5e-324, f64::INFINITY, f64::NAN]
            {
                let text = writer(size);
                assert!(text.chars().count() <= 12, "{size:e}: {text}");
                assert!(
                    size.is_finite() || !text.contains("inf") && !text.contains("NaN"),
                    "{text}"
                );
            }
            assert!(!writer(-0.0).starts_with('-'), "{}", writer(-0.0));
        }
        // The learning rate that a user wrote, not its single-precision neighbour in full.
        assert_eq!(setting(3e38), "3e38");
        assert_eq!(setting(1e-7), "1e-7");
        assert_eq!(figures(0.0042), "4.2e-3");
    }
}
