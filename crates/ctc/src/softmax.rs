//! Softmax of single rows.

use cell::{Lanes, Real};

/// The logarithm of a chance of 0: so far below all others that e to it is 0, and finite, so that
/// differences are.
pub(crate) const NEVER: f32 = -1e30;

/// Whether a sum of logarithms has [`NEVER`] in it.
#[inline(always)]
pub(crate) fn is_never(log: f32) -> bool {
    log < 0.5 * NEVER
}

const LANES: usize = Lanes::WIDTH;

/// The largest of sixteen; NaN where one is.
#[inline(always)]
pub(crate) fn largest(vector: Lanes) -> f32 {
    let mut half = vector.0;
    let mut width = LANES / 2;
    while width > 0 {
        let mut i = 0;
        while i < width {
            let (a, b) = (half[i], half[i + width]);
            half[i] = if a > b || a.is_nan() { a } else { b };
            i += 1;
        }
        width /= 2;
    }
    half[0]
}

/// The sum of sixteen.
#[inline(always)]
fn sum(vector: Lanes) -> f32 {
    let mut half = vector.0;
    let mut width = LANES / 2;
    while width > 0 {
        let mut i = 0;
        while i < width {
            half[i] += half[i + width];
            i += 1;
        }
        width /= 2;
    }
    half[0]
}

/// Up to sixteen numbers, then [`NEVER`].
#[inline(always)]
fn filled(numbers: &[f32]) -> Lanes {
    if let Ok(full) = numbers.try_into() {
        return Lanes(full);
    }
    let mut lanes = [NEVER; LANES];
    lanes[..numbers.len()].copy_from_slice(numbers);
    Lanes(lanes)
}

/// ln Σ e^x over a row.
#[inline(always)]
pub(crate) fn log_sum(row: &[f32]) -> f32 {
    let mut most = Lanes([NEVER; LANES]);
    for part in row.chunks(LANES) {
        most = filled(part).max(most);
    }
    let most = largest(most);
    let mut total = Lanes([0.0; LANES]);
    for part in row.chunks(LANES) {
        total = total + (filled(part) - Lanes([most; LANES])).exp();
    }
    most + sum(total).ln()
}

/// Writes e^(x - `log_sum`), the chances of a row.
#[inline(always)]
pub(crate) fn chances(row: &[f32], log_sum: f32, to: &mut [f32]) {
    let shift = Lanes([log_sum; LANES]);
    for (part, to) in row.chunks(LANES).zip(to.chunks_mut(LANES)) {
        let chances = (filled(part) - shift).exp();
        match <&mut [f32; LANES]>::try_from(&mut *to) {
            Ok(full) => *full = chances.0,
            Err(_) => to.copy_from_slice(&chances.0[..to.len()]),
        }
    }
}

/// ln(e^a + e^b) of each.
#[inline(always)]
pub(crate) fn log_add(a: Lanes, b: Lanes) -> Lanes {
    let most = a.max(b);
    most + ((a - most).bounded_exp() + (b - most).bounded_exp()).ln()
}

/// ln(e^a + e^b + e^c) of each.
#[inline(always)]
pub(crate) fn log_add_3(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    let most = a.max(b).max(c);
    let sum = (a - most).bounded_exp() + (b - most).bounded_exp() + (c - most).bounded_exp();
    most + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_all_lengths_have_chances_that_add_up_to_1() {
        for types in [1, 2, 15, 16, 17, 40] {
            let row: Vec<f32> = (0..types).map(|k| (k * 7 % 11) as f32 - 300.0).collect();
            let mut found = vec![9.0; types];
            let log_sum = log_sum(&row);
            chances(&row, log_sum, &mut found);
            let exact: f64 = row.iter().map(|&x| (f64::from(x) + 300.0).exp()).sum();
            assert!((f64::from(log_sum) + 300.0 - exact.ln()).abs() < 1e-4, "{types}");
            assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{types}");
        }
        assert!(log_sum(&[1.0, f32::NAN]).is_nan());
        assert_eq!(log_sum(&[0.0, f32::NEG_INFINITY]), 0.0);
    }

    #[test]
    fn chances_of_0_stay_so() {
        let never = Lanes([NEVER; LANES]);
        assert!(
            is_never(log_add(never, never).0[3]) && is_never(log_add_3(never, never, never).0[0])
        );
        let zero = Lanes([0.0; LANES]);
        assert_eq!(log_add(zero, never).0[5], 0.0);
        assert!((log_add_3(zero, zero, zero).0[1] - 3.0_f32.ln()).abs() < 1e-6);
    }
}
