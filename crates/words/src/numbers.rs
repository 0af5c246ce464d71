//! Numbers as tables and sentences have them: few figures, never a row of digits that nobody reads.

/// What stands where there is nothing to show.
pub const NOTHING: &str = "–";

/// From here on a number is written with a power of ten.
const LARGE: f64 = 1e5;

/// `12.3 M`, `640 k`: a count to three figures.
pub fn count(number: f64) -> String {
    for (unit, size) in [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)] {
        if number >= size {
            return format!("{} {unit}", figures(number / size));
        }
    }
    figures(number)
}

/// Three figures: `123`, `12.3`, `1.23`; two of what is large or tiny: `1.2e38`, `4.5e-3`.
pub fn figures(number: f64) -> String {
    match number.abs() {
        size if !size.is_finite() => unbounded(number),
        size if size >= LARGE => format!("{number:.1e}"),
        size if size >= 99.95 => format!("{number:.0}"),
        size if size >= 9.995 => format!("{number:.1}"),
        size if size >= 0.01 => format!("{number:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{number:.1e}"),
    }
}

/// Four decimals of a number that is neither large nor tiny.
pub fn decimal(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => unbounded(value),
        size if size >= LARGE => format!("{value:.1e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.3}"),
        size if size >= 0.001 => format!("{value:.4}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.1e}"),
    }
}

/// What is not a finite number, in words: `∞`.
pub fn unbounded(value: f64) -> String {
    match value {
        f64::INFINITY => "∞",
        f64::NEG_INFINITY => "-∞",
        _ => "not a number",
    }
    .to_owned()
}

/// `929,589`
pub fn thousands(number: impl Into<u64>) -> String {
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
pub fn multiple(ratio: f64) -> String {
    match ratio {
        ratio if !ratio.is_finite() => unbounded(ratio),
        ratio if ratio >= LARGE || (ratio > 0.0 && ratio < 0.001) => format!("{ratio:.1e}"),
        ratio => format!("{:.3}", ratio + 0.0),
    }
}

/// A setting as a person would write it: the shortest text that gives it again, `0.004`, `3e38`.
pub fn setting(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => unbounded(value),
        size if size >= LARGE * 10.0 || (size > 0.0 && size < 1e-5) => format!("{value:e}"),
        _ => (value + 0.0).to_string(),
    }
}

/// Bytes as MiB.
pub fn mebibytes(bytes: f64) -> String {
    figures(bytes / (1024.0 * 1024.0))
}

/// A share of something, neither none nor all of which is told as none or all.
pub fn share(share: f64) -> String {
    match 100.0 * share {
        few if few > 0.0 && few < 0.1 => "under 0.1 %".to_owned(),
        most if most > 99.9 && most < 100.0 => "over 99.9 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
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

    #[test]
    fn numbers_of_any_size_are_short() {
        assert_eq!(
            [count(12_345_678.0), count(640_000.0), count(12.0)],
            ["12.3 M", "640 k", "12.0"]
        );
        assert_eq!([figures(123.4), figures(1.234)], ["123", "1.23"]);
        assert_eq!([decimal(2.396_9), decimal(0.0)], ["2.397", "0"]);
        for write in [count, figures, decimal] {
            for value in [f64::MAX, f64::MIN_POSITIVE, -1e300, f64::NAN, f64::INFINITY] {
                assert!(write(value).chars().count() <= 12, "{}", write(value));
            }
        }
    }
}
