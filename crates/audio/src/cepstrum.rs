//! Cepstra.

/// Rows of the orthonormal DCT-II: `[coefficients, bands]`.
pub(crate) fn dct(coefficients: usize, bands: usize) -> Vec<f32> {
    let entry = |k: usize, n: usize| {
        let angle = std::f64::consts::PI * (2 * n + 1) as f64 * k as f64 / (2 * bands) as f64;
        let scale = if k == 0 { 1.0 } else { 2.0 } / bands as f64;
        (scale.sqrt() * angle.cos()) as f32
    };
    (0..coefficients).flat_map(|k| (0..bands).map(move |n| entry(k, n))).collect()
}

/// The product of `matrix` `[rows, bands]` and a frame `[bands]`, appended to `to`.
pub(crate) fn transformed(matrix: &[f32], frame: &[f32], to: &mut Vec<f32>) {
    let rows = matrix.chunks_exact(frame.len());
    to.extend(rows.map(|row| row.iter().zip(frame).map(|(m, x)| m * x).sum::<f32>()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_orthonormal() {
        let matrix = dct(6, 6);
        for (i, a) in matrix.chunks(6).enumerate() {
            for (j, b) in matrix.chunks(6).enumerate() {
                let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((product - f32::from(u8::from(i == j))).abs() < 1e-6, "{i} {j}");
            }
        }
    }
}
