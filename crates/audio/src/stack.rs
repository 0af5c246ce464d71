//! Fewer, wider frames.

/// Every `skip`-th frame with the `stack` - 1 after it, side by side: `[⌈time / skip⌉, stack × width]`
/// out of `[time, width]`. After the last frame is what is there.
pub(crate) fn stacked(features: &[f32], width: usize, stack: usize, skip: usize) -> Vec<f32> {
    let frames = features.len() / width;
    let mut all = Vec::with_capacity(frames.div_ceil(skip) * stack * width);
    for first in (0..frames).step_by(skip) {
        for t in first..first + stack {
            let t = t.min(frames - 1);
            all.extend_from_slice(&features[t * width..(t + 1) * width]);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stand_side_by_side() {
        let features = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(stacked(&features, 1, 2, 2), [1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
        assert_eq!(stacked(&features, 1, 3, 1)[..6], [1.0, 2.0, 3.0, 2.0, 3.0, 4.0]);
        assert_eq!(stacked(&features, 1, 1, 3), [1.0, 4.0]);
        assert_eq!(stacked(&features[..4], 2, 1, 1), features[..4]);
    }
}
