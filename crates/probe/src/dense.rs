//! Small dense matrices as rows: orthonormal rows, singular values.

/// Numbers below this share of the largest are rounding in double precision.
const ROUNDING: f64 = 1e-15;

/// Makes `rows` `[K, S]`, K ≤ S, orthonormal from the first on (modified Gram-Schmidt, each row
/// twice, which keeps them orthogonal to rounding). Gives, for each row, what was left of its length
/// after the rows before it were taken out: the diagonal of R. A row of which nothing is left becomes
/// zero.
pub(crate) fn orthonormalise(rows: &mut [f64], width: usize) -> Vec<f64> {
    let count = rows.len() / width.max(1);
    let mut lengths = Vec::with_capacity(count);
    for k in 0..count {
        let (before, rest) = rows.split_at_mut(k * width);
        let row = &mut rest[..width];
        let whole = dot(row, row).sqrt();
        for _ in 0..2 {
            for other in before.chunks_exact(width) {
                let along = dot(row, other);
                row.iter_mut().zip(other).for_each(|(x, &y)| *x -= along * y);
            }
        }
        let left = dot(row, row).sqrt();
        let length = if left > ROUNDING * whole { left } else { 0.0 };
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= scale);
        lengths.push(length);
    }
    lengths
}

/// The singular values of `rows` `[K, S]`, largest first: K of them. By one-sided Jacobi rotations,
/// which find small ones as exactly as large ones.
pub fn singular_values(rows: &[f64], width: usize) -> Vec<f64> {
    /// Far more than are ever needed: the rotations converge quadratically.
    const MOST_SWEEPS: usize = 40;
    let mut rows: Vec<Vec<f64>> = rows.chunks_exact(width.max(1)).map(<[f64]>::to_vec).collect();
    for _ in 0..MOST_SWEEPS {
        let mut rotated = false;
        for q in 1..rows.len() {
            let (before, rest) = rows.split_at_mut(q);
            for p in before {
                rotated |= rotate(p, &mut rest[0]);
            }
        }
        if !rotated {
            break;
        }
    }
    let mut values: Vec<f64> = rows.iter().map(|row| dot(row, row).sqrt()).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// The largest singular value of a matrix `[K, S]`.
pub fn largest_singular_value(rows: &[f64], width: usize) -> f64 {
    singular_values(rows, width).first().copied().unwrap_or(0.0)
}

/// Turns two rows so that they are orthogonal; whether that was needed.
fn rotate(p: &mut [f64], q: &mut [f64]) -> bool {
    let (a, b, along) = (dot(p, p), dot(q, q), dot(p, q));
    // Of tiny rows the squares vanish before the rows do: nothing is left to be turned.
    if along.abs() <= ROUNDING * (a.sqrt() * b.sqrt()) || along == 0.0 || !along.is_finite() {
        return false;
    }
    let cotangent = (b - a) / (2.0 * along);
    let tangent = cotangent.signum() / (cotangent.abs() + cotangent.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = cosine * tangent;
    for (x, y) in p.iter_mut().zip(q) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
    true
}

/// The scalar product, in eight partial sums that the compiler can put in vectors.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 8];
    for (x, y) in left.zip(right) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    rest + sums.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sequence::Draws;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1e-300), "{found:?} {expected:?}");
        }
    }

    /// U diag(values) V with random orthogonal U and V.
    fn with_values(values: &[f64]) -> Vec<f64> {
        let n = values.len();
        let orthogonal = |name: &str| {
            let mut rows = Draws::new(1).normal(name, n * n);
            orthonormalise(&mut rows, n);
            rows
        };
        let (u, v) = (orthogonal("u"), orthogonal("v"));
        let element = |i: usize, j: usize| {
            (0..n).map(|k| u[k * n + i] * values[k] * v[k * n + j]).sum::<f64>()
        };
        (0..n * n).map(|place| element(place / n, place % n)).collect()
    }

    #[test]
    fn rows_become_orthonormal() {
        let (count, width) = (7, 19);
        let rows = Draws::new(2).normal("rows", count * width);
        let mut orthonormal = rows.clone();
        let lengths = orthonormalise(&mut orthonormal, width);
        let row = |of: &[f64], k: usize| of[k * width..(k + 1) * width].to_vec();
        for i in 0..count {
            for j in 0..count {
                let product = dot(&row(&orthonormal, i), &row(&orthonormal, j));
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
            // R is triangular, with these lengths on its diagonal.
            let along = dot(&row(&rows, i), &row(&orthonormal, i));
            assert!((along - lengths[i]).abs() < 1e-12);
        }
    }

    #[test]
    fn a_row_that_depends_on_others_becomes_zero() {
        let mut rows = vec![1.0, 2.0, 3.0, 2.0, 4.0, 6.0];
        assert_eq!(orthonormalise(&mut rows, 3)[1], 0.0);
        assert_eq!(rows[3..], [0.0; 3]);
    }

    #[test]
    fn singular_values_are_those_put_in() {
        let values = [3.0, 1.5, 1.0, 0.2, 0.01];
        close(&singular_values(&with_values(&values), 5), &values);
        // Rows whose squares are too small for a number.
        let tiny: Vec<f64> = values.iter().map(|x| x * 1e-140).collect();
        close(&singular_values(&with_values(&tiny), 5), &tiny);
        // A matrix that is not square: ((3, 0, 4), (0, 5, 0)).
        close(&singular_values(&[3.0, 0.0, 4.0, 0.0, 5.0, 0.0], 3), &[5.0, 5.0]);
        assert_eq!(largest_singular_value(&[], 3), 0.0);
    }
}
