//! Two factorisations of small dense matrices, row-major.

/// Makes the rows of `rows` `[K, N]`, K at most N, orthonormal by modified Gram-Schmidt, done twice so
/// that they are so to rounding (Giraud et al. 2005), and returns what was left of each row's length
/// once its part along the rows before was taken away: the diagonal of the triangular factor. A row
/// of which nothing is left becomes 0.
pub fn orthonormalise(rows: &mut [f64], n: usize) -> Vec<f64> {
    let mut left = Vec::with_capacity(rows.len() / n.max(1));
    for k in 0..rows.len() / n.max(1) {
        let (before, rest) = rows.split_at_mut(k * n);
        let row = &mut rest[..n];
        let whole = norm(row);
        for _ in 0..2 {
            for other in before.chunks_exact(n) {
                let part = dot(other, row);
                row.iter_mut().zip(other).for_each(|(x, y)| *x -= part * y);
            }
        }
        let mut length = norm(row);
        // What rounding alone left has no direction.
        if length <= 1e-15 * whole {
            length = 0.0;
        }
        row.iter_mut().for_each(|x| *x = if length > 0.0 { *x / length } else { 0.0 });
        left.push(length);
    }
    left
}

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
    use compute::Draws;

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

    #[test]
    fn rows_become_orthonormal_and_span_what_they_did() {
        let (k, n) = (5, 7);
        let old: Vec<f64> = Draws::new(1).uniform("rows", k * n, 1.0);
        let mut rows = old.clone();
        // Nearly the same direction twice.
        let mut near = old[..n].to_vec();
        near[0] += 1e-9;
        rows[n..2 * n].copy_from_slice(&near);
        let left = orthonormalise(&mut rows, n);
        for i in 0..k {
            for j in 0..k {
                let expected = if i == j { 1.0 } else { 0.0 };
                let found = dot(&rows[i * n..][..n], &rows[j * n..][..n]);
                assert!((found - expected).abs() < 1e-13, "{i} {j}: {found}");
            }
        }
        assert!((left[0] - norm(&old[..n])).abs() < 1e-14 && left[1] < 1e-9, "{left:?}");
        assert!(dot(&rows[n..2 * n], &old[..n]).abs() < 1e-13);
        let mut twice = [old[..n].to_vec(), old[..n].to_vec()].concat();
        assert_eq!(orthonormalise(&mut twice, n)[1], 0.0);
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
