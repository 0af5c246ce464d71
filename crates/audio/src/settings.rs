//! What features are made of a recording.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AudioError;
use crate::mel::MelScale;

/// Which numbers describe a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// The logarithm of the energy in each mel band.
    LogMel,
    /// The first coefficients of the cosine transform of those (MFCC).
    Mfcc,
}

/// How a recording becomes features.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureSettings {
    /// Samples a second, in Hz, from 8000 to 48000, to which recordings are resampled.
    pub rate: u32,
    /// `log_mel` filter banks, or `mfcc` made of them.
    pub kind: FeatureKind,
    /// How much of the sample before is taken away from each; 0 for nothing.
    pub pre_emphasis: f32,
    /// Milliseconds of a frame, under Hann's window.
    pub window_ms: f64,
    /// Milliseconds from one frame to the next.
    pub hop_ms: f64,
    /// Whether frame t has its middle at t hops, with silence around the recording; else its beginning.
    pub centred: bool,
    /// Mel bands.
    pub bands: usize,
    /// Where the lowest band begins, in Hz.
    pub lowest: f64,
    /// Where the highest band ends, in Hz; the half of `rate` where it is not given.
    pub highest: Option<f64>,
    /// The mel scale: `slaney` or `htk`.
    pub scale: MelScale,
    /// Whether filters have equal areas (Slaney's norm), not equal peaks.
    pub equal_areas: bool,
    /// The least energy of a band, of which the logarithm is taken.
    pub floor: f32,
    /// Cepstral coefficients of `mfcc`.
    pub coefficients: usize,
    /// 1 adds the slope of each number over nine frames, 2 also the slope of that.
    pub deltas: usize,
    /// Frames side by side in one step of the model.
    pub stack: usize,
    /// Frames from one step to the next.
    pub skip: usize,
}

impl Default for FeatureSettings {
    /// 40 log-mel bands of Slaney's scale from 20 Hz to 4 kHz, 25 ms every 10 ms at 8 kHz.
    fn default() -> Self {
        Self {
            rate: 8_000,
            kind: FeatureKind::LogMel,
            pre_emphasis: 0.97,
            window_ms: 25.0,
            hop_ms: 10.0,
            centred: false,
            bands: 40,
            lowest: 20.0,
            highest: None,
            scale: MelScale::Slaney,
            equal_areas: true,
            floor: 1e-6,
            coefficients: 13,
            deltas: 0,
            stack: 1,
            skip: 1,
        }
    }
}

impl FeatureSettings {
    /// Samples of a frame under the window.
    pub fn window(&self) -> usize {
        self.samples(self.window_ms)
    }

    /// Samples from one frame to the next.
    pub fn hop(&self) -> usize {
        self.samples(self.hop_ms)
    }

    /// Samples that the Fourier transform takes: the power of 2 that holds the window.
    pub fn transform(&self) -> usize {
        self.window().next_power_of_two()
    }

    /// Where the highest band ends, in Hz.
    pub fn top(&self) -> f64 {
        self.highest.unwrap_or(f64::from(self.rate) / 2.0)
    }

    /// Numbers of a step: of a frame with its deltas, times those side by side.
    pub fn width(&self) -> usize {
        let numbers = match self.kind {
            FeatureKind::LogMel => self.bands,
            FeatureKind::Mfcc => self.coefficients,
        };
        numbers * (1 + self.deltas) * self.stack
    }

    /// Milliseconds from one step to the next.
    pub fn step_ms(&self) -> f64 {
        self.hop() as f64 * self.skip as f64 * 1e3 / f64::from(self.rate)
    }

    fn samples(&self, ms: f64) -> usize {
        (f64::from(self.rate) * ms / 1e3).round() as usize
    }

    /// The settings, if they make sense together.
    ///
    /// # Errors
    /// [`AudioError::BadSetting`] for the first that does not.
    pub fn checked(self) -> Result<Self, AudioError> {
        let bad = |setting, reason: String| Err(AudioError::setting(setting, reason));
        let ranges = [
            ("rate", f64::from(self.rate), [8_000.0, 48_000.0]),
            ("pre_emphasis", self.pre_emphasis.into(), [0.0, 1.0]),
            ("window_ms", self.window_ms, [1.0, 1_000.0]),
            ("hop_ms", self.hop_ms, [1.0, 1_000.0]),
            ("bands", self.bands as f64, [1.0, 512.0]),
            ("coefficients", self.coefficients as f64, [1.0, 512.0]),
            ("deltas", self.deltas as f64, [0.0, 2.0]),
            ("stack", self.stack as f64, [1.0, 100.0]),
            ("skip", self.skip as f64, [1.0, 100.0]),
        ];
        for (setting, value, [least, most]) in ranges {
            if !(least..=most).contains(&value) {
                return bad(setting, format!("{value} is not from {least} to {most}"));
            }
        }
        if !(self.floor > 0.0 && self.floor.is_finite()) {
            return bad("floor", format!("{} is no energy above 0", self.floor));
        }
        let half = f64::from(self.rate) / 2.0;
        let top = self.top();
        if !(0.0..top).contains(&self.lowest) || top > half {
            let reason = format!(
                "bands from {} to {top} Hz are not within 0 to {half} Hz, half of `rate`",
                self.lowest
            );
            return bad("lowest, highest", reason);
        }
        if self.kind == FeatureKind::Mfcc && self.coefficients > self.bands {
            let reason = format!("{} bands have no {} coefficients", self.bands, self.coefficients);
            return bad("coefficients", reason);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_long_as_published_settings_say() {
        let settings = FeatureSettings::default().checked().unwrap();
        assert_eq!((settings.window(), settings.hop(), settings.transform()), (200, 80, 256));
        let wide = FeatureSettings { kind: FeatureKind::Mfcc, deltas: 2, stack: 3, ..settings };
        assert_eq!((settings.width(), wide.width()), (40, 117));
        assert_eq!(FeatureSettings { skip: 2, ..settings }.step_ms(), 20.0);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let usual = FeatureSettings::default();
        for (settings, expected) in [
            (FeatureSettings { rate: 4_000, ..usual }, "rate: 4000 is not from 8000 to 48000"),
            (FeatureSettings { hop_ms: f64::NAN, ..usual }, "hop_ms: NaN is not from 1"),
            (FeatureSettings { skip: 0, ..usual }, "skip: 0 is not from 1"),
            (FeatureSettings { deltas: 3, ..usual }, "deltas: 3 is not from 0 to 2"),
            (FeatureSettings { floor: 0.0, ..usual }, "floor: 0 is no energy above 0"),
            (FeatureSettings { highest: Some(4_001.0), ..usual }, "bands from 20 to 4001 Hz"),
            (FeatureSettings { lowest: 4_000.0, ..usual }, "bands from 4000 to 4000 Hz"),
            (
                FeatureSettings { kind: FeatureKind::Mfcc, coefficients: 41, ..usual },
                "coefficients: 40 bands have no 41",
            ),
        ] {
            let error = settings.checked().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
