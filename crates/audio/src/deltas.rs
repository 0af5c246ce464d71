//! How features change.

/// Frames on each side that a delta looks at.
const REACH: usize = 4;

/// The slope of each band over nine frames, by least squares: Σ k (x_{t+k} - x_{t-k}) / 2 Σ k²,
/// k = 1 to 4 (the HTK book's regression formula). Before the first frame and after the last is what
/// is there. `features` are `[time, width]`.
pub(crate) fn deltas(features: &[f32], width: usize) -> Vec<f32> {
    let frames = features.len() / width;
    let norm = 2.0 * (1..=REACH).map(|k| k * k).sum::<usize>() as f32;
    let mut slopes = vec![0.0; features.len()];
    for (t, to) in slopes.chunks_exact_mut(width).enumerate() {
        for k in 1..=REACH {
            let [before, after] = [t.saturating_sub(k), (t + k).min(frames - 1)]
                .map(|t| &features[t * width..(t + 1) * width]);
            for ((to, before), after) in to.iter_mut().zip(before).zip(after) {
                *to += k as f32 * (after - before) / norm;
            }
        }
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_within_and_less_at_its_ends() {
        let line: Vec<f32> = (0..20).flat_map(|t| [2.0 * t as f32, 5.0]).collect();
        let slopes = deltas(&line, 2);
        assert!(slopes.chunks(2).all(|slope| slope[1] == 0.0));
        assert!((4..16).all(|t| (slopes[2 * t] - 2.0).abs() < 1e-5), "{slopes:?}");
        assert!(slopes[0] > 0.0 && slopes[0] < 2.0);
        assert_eq!(deltas(&[1.0, 2.0], 2), [0.0, 0.0]);
    }
}
