//! Features of a recording.

use crate::cepstrum::{dct, transformed};
use crate::deltas::deltas;
use crate::error::AudioError;
use crate::frames::{Frames, pre_emphasised};
use crate::mel::{Filter, filter_bank};
use crate::settings::{FeatureKind, FeatureSettings};
use crate::stack::stacked;

/// Numbers over time, `[time, width]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Numbers of a step.
    pub width: usize,
    /// The numbers, one step after another.
    pub values: Vec<f32>,
}

impl Features {
    /// Steps of time.
    pub fn frames(&self) -> usize {
        self.values.len() / self.width
    }

    /// Takes each number's mean over the recording away: how loud it is, and what a microphone and a room do
    /// to each band, goes with it (cepstral mean subtraction, Atal 1974).
    pub fn subtract_mean(&mut self) {
        let frames = self.frames();
        let mut means = vec![0.0_f64; self.width];
        for frame in self.values.chunks_exact(self.width) {
            means
                .iter_mut()
                .zip(frame)
                .for_each(|(mean, x)| *mean += f64::from(*x) / frames as f64);
        }
        for frame in self.values.chunks_exact_mut(self.width) {
            frame.iter_mut().zip(&means).for_each(|(x, mean)| *x -= *mean as f32);
        }
    }
}

/// What makes features, with all that does not depend on the recording.
#[derive(Debug)]
pub struct Extractor {
    settings: FeatureSettings,
    frames: Frames,
    filters: Vec<Filter>,
    /// `[coefficients, bands]`, for MFCC.
    dct: Vec<f32>,
}

impl Extractor {
    /// An extractor by these settings.
    ///
    /// # Errors
    /// [`AudioError::BadSetting`] for settings that make no sense together.
    pub fn new(settings: FeatureSettings) -> Result<Self, AudioError> {
        let settings = settings.checked()?;
        let FeatureSettings { bands, scale, equal_areas, rate, lowest, .. } = settings;
        let size = settings.transform();
        Ok(Self {
            settings,
            frames: Frames::new(size, settings.window(), settings.hop(), settings.centred),
            filters: filter_bank(scale, bands, [lowest, settings.top()], equal_areas, rate, size),
            dct: match settings.kind {
                FeatureKind::LogMel => Vec::new(),
                FeatureKind::Mfcc => dct(settings.coefficients, bands),
            },
        })
    }

    /// Its settings.
    pub fn settings(&self) -> &FeatureSettings {
        &self.settings
    }

    /// Steps of time of a recording of so many samples.
    pub fn steps(&self, samples: usize) -> usize {
        self.frames.count(samples).div_ceil(self.settings.skip)
    }

    /// The log-mel energies of `samples` at the settings' rate, `[frames, bands]`, before deltas and
    /// stacking: the spectrogram that a figure shows.
    pub fn log_mel(&self, samples: &[f32]) -> Features {
        let emphasised = pre_emphasised(samples, self.settings.pre_emphasis);
        let mut values = Vec::with_capacity(self.frames.count(samples.len()) * self.filters.len());
        self.frames.power_spectra(&emphasised, |power| {
            let energies = self.filters.iter().map(|filter| filter.energy(power));
            values.extend(energies.map(|energy| energy.max(self.settings.floor).ln()));
        });
        Features { width: self.filters.len(), values }
    }

    /// The features of `samples` at the settings' rate: at least one step.
    pub fn features(&self, samples: &[f32]) -> Features {
        let FeatureSettings { kind, coefficients, stack, skip, .. } = self.settings;
        let log_mel = self.log_mel(samples);
        let (width, values) = match kind {
            FeatureKind::LogMel => (log_mel.width, log_mel.values),
            FeatureKind::Mfcc => {
                let mut cepstra = Vec::with_capacity(log_mel.frames() * coefficients);
                for frame in log_mel.values.chunks_exact(log_mel.width) {
                    transformed(&self.dct, frame, &mut cepstra);
                }
                (coefficients, cepstra)
            }
        };
        let (width, values) = with_deltas(width, values, self.settings.deltas);
        let values =
            if (stack, skip) == (1, 1) { values } else { stacked(&values, width, stack, skip) };
        Features { width: width * stack, values }
    }
}

/// Each frame with its slopes after it.
fn with_deltas(width: usize, values: Vec<f32>, orders: usize) -> (usize, Vec<f32>) {
    let mut all = vec![values];
    for order in 0..orders {
        all.push(deltas(&all[order], width));
    }
    if let [only] = &mut all[..] {
        return (width, std::mem::take(only));
    }
    let frames = all[0].len() / width;
    let frame = |t: usize| all.iter().flat_map(move |values| &values[t * width..(t + 1) * width]);
    (width * all.len(), (0..frames).flat_map(frame).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A louder recording has the same features once its mean is gone.
    #[test]
    fn loudness_goes_with_the_mean() {
        let extractor = Extractor::new(FeatureSettings::default()).unwrap();
        // Noise, so that no band is silent, which the floor would make alike.
        let noise =
            |t: u32| f64::from(t.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24) - 0.5;
        let quiet: Vec<f32> = (0..4_000).map(|t| noise(t * t + 3 * t) as f32).collect();
        let loud: Vec<f32> = quiet.iter().map(|x| x * 8.0).collect();
        let [mut quiet, mut loud] = [quiet, loud].map(|samples| extractor.features(&samples));
        let apart = |a: &Features, b: &Features| {
            let pairs = a.values.iter().zip(&b.values);
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        assert!(apart(&quiet, &loud) > 2.0);
        quiet.subtract_mean();
        loud.subtract_mean();
        assert!(apart(&quiet, &loud) < 1e-3, "{}", apart(&quiet, &loud));
        let first = quiet.values.iter().step_by(quiet.width).sum::<f32>();
        assert!(first.abs() < 1e-2, "{first}");
    }

    /// Time is outermost: a rising tone moves up through the bands from step to step.
    #[test]
    fn a_rising_tone_moves_through_the_bands_over_time() {
        let mut phase = 0.0_f32;
        let tone: Vec<f32> = (0..8_000)
            .map(|t| {
                phase += std::f32::consts::TAU * (200.0 + 3_400.0 * t as f32 / 8_000.0) / 8_000.0;
                phase.sin()
            })
            .collect();
        let features = Extractor::new(FeatureSettings::default()).unwrap().features(&tone);
        let loudest = |frame: &[f32]| {
            (0..frame.len()).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap()
        };
        let bands: Vec<usize> = features.values.chunks(features.width).map(loudest).collect();
        assert_eq!((features.width, bands.len()), (40, 97));
        assert!(bands.is_sorted(), "{bands:?}");
        assert!(bands[0] < 6 && bands[96] > 35, "{bands:?}");
    }

    #[test]
    fn widths_and_steps_are_those_of_the_settings() {
        let usual = FeatureSettings::default();
        for settings in [
            usual,
            FeatureSettings { kind: FeatureKind::Mfcc, deltas: 2, ..usual },
            FeatureSettings { stack: 3, skip: 2, deltas: 1, centred: true, ..usual },
        ] {
            let extractor = Extractor::new(settings).unwrap();
            for samples in [1, 300, 2_345] {
                let features = extractor.features(&vec![0.1; samples]);
                assert_eq!(features.width, settings.width());
                assert_eq!(features.frames(), extractor.steps(samples));
                assert_eq!(features.values.len(), features.width * features.frames());
                assert!(features.values.iter().all(|x| x.is_finite()));
            }
        }
    }
}
