//! Numbers as figures and tables show them.

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

/// About three significant digits with a suffix: `12.3M`, `456k`, `7.5`, `0.012`; a power of
/// ten for what is far larger or smaller.
pub(crate) fn compact(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    if size >= 999.5e12 || (size > 0.0 && size < 1e-4) {
        let exponent = size.log10().floor();
        let mantissa = trimmed(value / 10f64.powf(exponent), 1);
        return format!("{mantissa}×10{}", raised(exponent as i32));
    }
    let (scaled, suffix) = if size >= 999.5e9 {
        (value / 1e12, "T")
    } else if size >= 999.5e6 {
        (value / 1e9, "G")
    } else if size >= 999.5e3 {
        (value / 1e6, "M")
    } else if size >= 9999.5 {
        (value / 1e3, "k")
    } else {
        (value, "")
    };
    let size = scaled.abs();
    let decimals = if size >= 99.95 || size == 0.0 {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.9995 {
        2
    } else {
        (2.0 - size.log10().floor()).min(12.0) as usize
    };
    format!("{}{suffix}", trimmed(scaled, decimals))
}

/// A power of ten: `1`, `10`, `10⁻⁵`.
pub(crate) fn power_of_ten(exponent: i32) -> String {
    match exponent {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        _ => format!("10{}", raised(exponent)),
    }
}

/// `value` without zeros at the end of its decimals, with a true minus sign.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

fn raised(number: i32) -> String {
    number
        .to_string()
        .chars()
        .map(|character| match character {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁰',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_numbers() {
        let cases = [
            (0.0, "0"),
            (0.012345, "0.0123"),
            (7.5, "7.5"),
            (112.34, "112"),
            (9999.0, "9999"),
            (9999.7, "10k"),
            (456_321.0, "456k"),
            (999_700.0, "1M"),
            (12_345_678.0, "12.3M"),
            (2.5e9, "2.5G"),
            (-3.0, "−3"),
            (1.5e-7, "1.5×10⁻⁷"),
            (1e300, "1×10³⁰⁰"),
            (f64::NAN, "–"),
        ];
        for (value, expected) in cases {
            assert_eq!(compact(value), expected, "{value}");
        }
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

    #[test]
    fn powers_of_ten() {
        assert_eq!(power_of_ten(0), "1");
        assert_eq!(power_of_ten(-5), "10⁻⁵");
        assert_eq!(power_of_ten(12), "10¹²");
    }
}
