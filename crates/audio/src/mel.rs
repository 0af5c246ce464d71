//! Mel filter banks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How frequency is bent to pitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MelScale {
    /// Linear to 1 kHz, logarithmic above (Slaney's Auditory Toolbox 1998; librosa's default).
    Slaney,
    /// 2595 log10(1 + f / 700) (the HTK book).
    Htk,
}

/// Where Slaney's scale turns: 1 kHz, 15 mel.
const TURN: f64 = 1_000.0;
/// Hertz of a mel below.
const LINEAR: f64 = 200.0 / 3.0;

impl MelScale {
    /// Pitch in mel of a frequency in Hz.
    pub fn mel(self, hertz: f64) -> f64 {
        match self {
            Self::Slaney if hertz < TURN => hertz / LINEAR,
            Self::Slaney => TURN / LINEAR + (hertz / TURN).ln() / Self::log_step(),
            Self::Htk => 2595.0 * (1.0 + hertz / 700.0).log10(),
        }
    }

    /// Frequency in Hz of a pitch in mel.
    pub fn hertz(self, mel: f64) -> f64 {
        match self {
            Self::Slaney if mel < TURN / LINEAR => mel * LINEAR,
            Self::Slaney => TURN * (Self::log_step() * (mel - TURN / LINEAR)).exp(),
            Self::Htk => 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0),
        }
    }

    /// ln of the ratio of two frequencies that are a mel apart, above Slaney's turn.
    fn log_step() -> f64 {
        6.4_f64.ln() / 27.0
    }
}

/// A triangular filter over some bins of a spectrum.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The first bin that it lets through.
    pub first: usize,
    /// Weights of that bin and those after it.
    pub weights: Vec<f32>,
}

/// `bands` triangular filters from `lowest` to `highest` Hz, evenly spaced on the `scale`, for power
/// spectra of `size` samples at `rate` Hz: `size / 2 + 1` bins. With `equal_areas`, each is divided by
/// half its width in Hz (Slaney's norm); else the peaks are 1 (HTK's).
///
/// A band narrower than a bin may let nothing through; its filter is then empty.
pub fn filter_bank(
    scale: MelScale,
    bands: usize,
    [lowest, highest]: [f64; 2],
    equal_areas: bool,
    rate: u32,
    size: usize,
) -> Vec<Filter> {
    let (low, high) = (scale.mel(lowest), scale.mel(highest));
    let step = (high - low) / (bands + 1) as f64;
    let corner = |k: usize| scale.hertz(low + step * k as f64);
    let filter = |band: usize| {
        let [left, middle, right] = [0, 1, 2].map(|k| corner(band + k));
        let norm = if equal_areas { 2.0 / (right - left) } else { 1.0 };
        let weight = |bin: usize| {
            let hertz = f64::from(rate) * bin as f64 / size as f64;
            let (up, down) = ((hertz - left) / (middle - left), (right - hertz) / (right - middle));
            (norm * up.min(down).max(0.0)) as f32
        };
        let weights: Vec<f32> = (0..=size / 2).map(weight).collect();
        let first = weights.iter().position(|&w| w > 0.0).unwrap_or(0);
        let end = weights.iter().rposition(|&w| w > 0.0).map_or(0, |last| last + 1);
        Filter { first, weights: weights[first..end].to_vec() }
    };
    (0..bands).map(filter).collect()
}

impl Filter {
    /// The energy that it lets through of a power spectrum.
    pub(crate) fn energy(&self, power: &[f32]) -> f32 {
        self.weights.iter().zip(&power[self.first..]).map(|(w, p)| w * p).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitch_and_frequency_are_inverses() {
        for scale in [MelScale::Slaney, MelScale::Htk] {
            for hertz in [0.0, 20.0, 440.0, 1_000.0, 3_999.0] {
                assert!((scale.hertz(scale.mel(hertz)) - hertz).abs() < 1e-9, "{scale:?} {hertz}");
            }
        }
        assert!((MelScale::Htk.mel(1_000.0) - 999.985_537).abs() < 1e-5);
        assert!((MelScale::Slaney.mel(1_000.0) - 15.0).abs() < 1e-12);
    }

    #[test]
    fn filters_overlap_by_halves_and_have_their_norm() {
        let size = 4_096;
        for equal in [false, true] {
            let bank = filter_bank(MelScale::Htk, 20, [20.0, 4_000.0], equal, 8_000, size);
            for (band, filter) in bank.iter().enumerate() {
                let most = filter.weights.iter().copied().fold(0.0, f32::max);
                let area = filter.weights.iter().sum::<f32>() * 8_000.0 / size as f32;
                if equal {
                    assert!((area - 1.0).abs() < 0.01, "band {band}: {area}");
                } else {
                    assert!((0.9..=1.0).contains(&most), "band {band}: {most}");
                }
            }
            let next = bank[7].first;
            let middle = bank[6]
                .weights
                .iter()
                .position(|&w| w == bank[6].weights.iter().copied().fold(0.0, f32::max));
            assert!((bank[6].first + middle.unwrap()).abs_diff(next) <= 1);
        }
    }

    #[test]
    fn a_band_narrower_than_a_bin_is_empty() {
        let bank = filter_bank(MelScale::Slaney, 200, [20.0, 4_000.0], true, 8_000, 64);
        assert!(bank.iter().any(|filter| filter.weights.is_empty()));
        assert!(bank.iter().all(|filter| filter.energy(&[1.0; 33]).is_finite()));
    }
}
