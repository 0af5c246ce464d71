//! From samples to power spectra.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

/// y_t = x_t - c x_{t-1}; the sample before the first is taken to be as the first.
pub(crate) fn pre_emphasised(samples: &[f32], coefficient: f32) -> Vec<f32> {
    let before = samples.first().into_iter().chain(samples);
    samples.iter().zip(before).map(|(x, before)| x - coefficient * before).collect()
}

/// Cuts samples into frames and makes the power spectrum of each.
pub(crate) struct Frames {
    /// Samples of a frame, as many as the Fourier transform takes.
    size: usize,
    /// Samples from one frame to the next.
    hop: usize,
    /// Whether frame t has its middle at sample t × hop, not its beginning.
    centred: bool,
    /// Hann's window in the middle of a frame, 0 around it.
    window: Vec<f32>,
    transform: Arc<dyn RealToComplex<f32>>,
}

impl Frames {
    /// Frames of `size` samples, of which the `window` in the middle are weighted by Hann's window
    /// (periodic, as for spectra).
    pub(crate) fn new(size: usize, window: usize, hop: usize, centred: bool) -> Self {
        let hann = |n: usize| (0.5 - 0.5 * (TAU * n as f64 / window as f64).cos()) as f32;
        let mut padded = vec![0.0; size];
        let before = (size - window) / 2;
        padded[before..before + window].iter_mut().enumerate().for_each(|(n, w)| *w = hann(n));
        let transform = RealFftPlanner::new().plan_fft_forward(size);
        Self { size, hop, centred, window: padded, transform }
    }

    /// Frames of so many samples: at least one.
    pub(crate) fn count(&self, samples: usize) -> usize {
        let padded = if self.centred { samples + self.size / 2 * 2 } else { samples };
        1 + padded.saturating_sub(self.size) / self.hop
    }

    /// Hands the power spectrum |X_k|² of each frame, `[size / 2 + 1]`, to `each`, in order. Before the
    /// first sample and after the last is silence.
    pub(crate) fn power_spectra(&self, samples: &[f32], mut each: impl FnMut(&[f32])) {
        let mut frame = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut power = vec![0.0; spectrum.len()];
        let before = if self.centred { self.size / 2 } else { 0 };
        for t in 0..self.count(samples.len()) {
            frame.fill(0.0);
            let begin = (before).saturating_sub(t * self.hop).min(self.size);
            let there = samples.get((t * self.hop).saturating_sub(before)..).unwrap_or_default();
            for (to, from) in frame[begin..].iter_mut().zip(there) {
                *to = *from;
            }
            frame.iter_mut().zip(&self.window).for_each(|(x, w)| *x *= w);
            // Buffers of the transform's own making have its lengths.
            let done = self.transform.process_with_scratch(&mut frame, &mut spectrum, &mut scratch);
            debug_assert!(done.is_ok());
            power.iter_mut().zip(&spectrum).for_each(|(p, x)| *p = x.norm_sqr());
            each(&power);
        }
    }
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("size", &self.size).field("hop", &self.hop).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_many_as_fit() {
        let at_beginning = Frames::new(256, 200, 80, false);
        let counts = [1, 256, 335, 336, 8_000].map(|samples| at_beginning.count(samples));
        assert_eq!(counts, [1, 1, 1, 2, 97]);
        let centred = Frames::new(256, 200, 80, true);
        assert_eq!([1, 79, 80, 8_000].map(|samples| centred.count(samples)), [1, 1, 2, 101]);
    }

    #[test]
    fn a_tone_is_where_its_frequency_is() {
        let tone: Vec<f32> =
            (0..600).map(|t| (TAU * 20.0 / 256.0 * t as f64).sin() as f32).collect();
        for centred in [false, true] {
            let mut peaks = Vec::new();
            Frames::new(256, 200, 80, centred).power_spectra(&tone, |power| {
                let loudest = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b]));
                peaks.push(loudest.unwrap());
            });
            assert_eq!(peaks, vec![20; if centred { 8 } else { 5 }]);
        }
    }

    #[test]
    fn pre_emphasis_takes_away_what_stays() {
        assert_eq!(pre_emphasised(&[1.0, 1.0, 3.0], 0.5), [0.5, 0.5, 2.5]);
        assert!(pre_emphasised(&[], 0.5).is_empty());
    }
}
