//! Singular values of small dense matrices, row-major.

/// Singular values of `matrix` `[K, N]`, the largest first, min(K, N) of them: one-sided Jacobi
/// rotations of its rows (Demmel & Veselić 1992). Values far below the largest times 1e-16 are
/// rounding. An empty list if an element is not finite.
pub fn singular_values(matrix: &[f64], n: usize) -> Vec<f64> {
    /// More sweeps than any matrix needs.
    const MOST_SWEEPS: usize = 60;
    let scale = matrix.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if n == 0 || !matrix.iter().all(|x| x.is_finite()) {
        return Vec::new();
    }
    let k = matrix.len() / n;
    if scale == 0.0 {
        return vec![0.0; k.min(n)];
    }
    // Scaled, so that squares neither overflow nor vanish.
    let mut rows: Vec<Vec<f64>> =
        matrix.chunks_exact(n).map(|row| row.iter().map(|x| x / scale).collect()).collect();
    for _ in 0..MOST_SWEEPS {
        let mut turned = false;
        for i in 0..k {
            for j in i + 1..k {
                let (above, below) = rows.split_at_mut(j);
                turned |= rotate(&mut above[i], &mut below[0]);
            }
        }
        if !turned {
            break;
        }
    }
    let mut values: Vec<f64> = rows.iter().map(|row| scale * norm(row)).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values.truncate(n);
    values
}

/// Turns two rows in their plane until they are at right angles; whether they were not.
fn rotate(x: &mut [f64], y: &mut [f64]) -> bool {
    let (a, b, c) = (dot(x, x), dot(y, y), dot(x, y));
    // Below the smallest scale that squares can tell, rows are 0.
    if c.abs() <= 1e-15 * (a * b).sqrt() || a.max(b) * 1e-32 >= a.min(b) {
        return false;
    }
    let zeta = (b - a) / (2.0 * c);
    let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
    let cos = 1.0 / t.hypot(1.0);
    let sin = cos * t;
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
    true
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::{Draws, orthonormalise};

    fn product(a: &[f64], b: &[f64], inner: usize, n: usize) -> Vec<f64> {
        let row = |row: &[f64]| -> Vec<f64> {
            (0..n)
                .map(|j| row.iter().zip(b.iter().skip(j).step_by(n)).map(|(x, y)| x * y).sum())
                .collect()
        };
        a.chunks_exact(inner).flat_map(row).collect()
    }

    /// Random rows, orthonormal.
    fn orthonormal(name: &str, k: usize, n: usize) -> Vec<f64> {
        let mut rows = Draws::new(8).uniform(name, k * n, 1.0);
        orthonormalise(&mut rows, n);
        rows
    }

    /// U diag(s) V with orthonormal U and V, wide, square and tall, has the singular values s.
    #[test]
    fn singular_values_are_those_put_in() {
        for (k, n) in [(4, 9), (6, 6), (9, 4)] {
            let r = k.min(n);
            let values: Vec<f64> = (0..r).map(|i| 3.0 * 10.0_f64.powi(-(2 * i as i32))).collect();
            let (u, v) = (orthonormal("u", r, k), orthonormal("v", r, n));
            let scaled: Vec<f64> = v
                .chunks_exact(n)
                .zip(&values)
                .flat_map(|(row, s)| row.iter().map(move |x| x * s))
                .collect();
            let turned: Vec<f64> = (0..k)
                .flat_map(|i| u.iter().skip(i).step_by(k).copied().collect::<Vec<_>>())
                .collect();
            let matrix = product(&turned, &scaled, r, n);
            let found = singular_values(&matrix, n);
            assert_eq!(found.len(), r);
            for (found, value) in found.iter().zip(&values) {
                assert!((found - value).abs() < 1e-14 + 1e-6 * value, "{k} {n}: {found} {value}");
            }
        }
    }

    #[test]
    fn tiny_and_empty_matrices_have_their_values() {
        let tiny = 2.0_f64.powi(-600);
        assert_eq!(singular_values(&[tiny, 0.0, 0.0, 2.0 * tiny], 2), [2.0 * tiny, tiny]);
        assert_eq!(singular_values(&[0.0; 6], 3), [0.0, 0.0]);
        assert!(singular_values(&[f64::NAN, 1.0], 2).is_empty());
    }
}
