//! Orthonormal rows of small dense matrices, row-major.

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

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Draws;

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
}
