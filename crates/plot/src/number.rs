//! Numbers as figures and tables show them.

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
    fn powers_of_ten() {
        assert_eq!(power_of_ten(0), "1");
        assert_eq!(power_of_ten(-5), "10⁻⁵");
        assert_eq!(power_of_ten(12), "10¹²");
    }
}
