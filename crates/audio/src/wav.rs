//! WAV files.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use hound::{SampleFormat, WavReader};

use crate::error::AudioError;
use crate::resample::resample;

/// Samples a second that a recording may have.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// A recording of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Samples a second, in Hz.
    pub rate: u32,
    /// The samples, from -1 to 1.
    pub samples: Vec<f32>,
}

impl Recording {
    /// Reads a WAV file of at most `longest` seconds: 8, 16, 24 or 32 bits or 32-bit floating point,
    /// 8 to 48 kHz; several channels become their mean.
    ///
    /// # Errors
    /// [`AudioError::Io`] for a file that cannot be opened; [`AudioError::BadRecording`] for one that
    /// is no WAV file, of another kind, cut off, without samples, with samples that are no numbers, or
    /// longer than `longest`.
    pub fn open(path: &Path, longest: f64) -> Result<Self, AudioError> {
        let file =
            File::open(path).map_err(|source| AudioError::Io { path: path.to_owned(), source })?;
        Self::read(path, BufReader::new(file), longest)
    }

    /// Reads what [`open`](Self::open) reads, from anywhere; `path` is what it is called in errors.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn read(path: &Path, from: impl Read, longest: f64) -> Result<Self, AudioError> {
        let bad = |reason: String| AudioError::recording(path, reason);
        let mut wav = WavReader::new(from).map_err(|error| bad(of_header(&error)))?;
        let (spec, frames) = (wav.spec(), wav.duration());
        if !RATES.contains(&spec.sample_rate) {
            let reason = format!(
                "it has {} samples a second; from {} to {} can be read",
                spec.sample_rate,
                RATES.start(),
                RATES.end()
            );
            return Err(bad(reason));
        }
        if frames == 0 || spec.channels == 0 {
            return Err(bad("it has no samples".to_owned()));
        }
        let seconds = f64::from(frames) / f64::from(spec.sample_rate);
        if seconds > longest {
            let reason =
                format!("it is {seconds:.1} seconds long, more than the {longest} allowed");
            return Err(bad(reason));
        }
        let announced = frames as usize * usize::from(spec.channels);
        let read = match (spec.sample_format, spec.bits_per_sample) {
            (SampleFormat::Float, 32) => all(announced, wav.samples::<f32>()),
            (SampleFormat::Int, bits @ (8 | 16 | 24 | 32)) => {
                let scale = 0.5_f32.powi(i32::from(bits) - 1);
                all(announced, wav.samples::<i32>().map(|s| s.map(|s| s as f32 * scale)))
            }
            (_, bits) => {
                return Err(bad(format!(
                    "its samples have {bits} bits; 8, 16, 24 and 32 can be read"
                )));
            }
        };
        let samples = read.map_err(|(read, error)| match error {
            Some(error) if !is_end(&error) => bad(format!("sample {read}: {error}")),
            _ => bad(format!("it is cut off: {announced} samples are announced, {read} are there")),
        })?;
        if let Some(at) = samples.iter().position(|sample| !sample.is_finite()) {
            return Err(bad(format!("sample {at} is no number")));
        }
        Ok(Self { rate: spec.sample_rate, samples: mixed(samples, spec.channels.into()) })
    }

    /// The recording with `rate` samples a second; see [`resample`].
    pub fn at_rate(self, rate: u32) -> Self {
        if rate == self.rate {
            return self;
        }
        Self { rate, samples: resample(&self.samples, self.rate, rate) }
    }

    /// Its duration.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}

/// As many samples as were announced; else how many there are, and why there are no more.
fn all(
    announced: usize,
    samples: impl Iterator<Item = hound::Result<f32>>,
) -> Result<Vec<f32>, (usize, Option<hound::Error>)> {
    // A header can announce more than there is: memory is taken as samples come.
    let mut all = Vec::with_capacity(announced.min(1 << 20));
    for sample in samples {
        match sample {
            Ok(sample) => all.push(sample),
            Err(error) => return Err((all.len(), Some(error))),
        }
    }
    if all.len() == announced { Ok(all) } else { Err((all.len(), None)) }
}

/// The mean over the channels.
fn mixed(samples: Vec<f32>, channels: usize) -> Vec<f32> {
    if channels == 1 {
        return samples;
    }
    let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    samples.chunks_exact(channels).map(mean).collect()
}

/// Whether the file ended before the samples did. (The reader has a message of its own for it.)
fn is_end(error: &hound::Error) -> bool {
    match error {
        hound::Error::IoError(error) => {
            error.kind() == std::io::ErrorKind::UnexpectedEof
                || error.to_string().contains("enough bytes")
        }
        _ => false,
    }
}

/// What can be read.
const READABLE: &str =
    "uncompressed samples (PCM) of 8, 16, 24 or 32 bits, and 32-bit floating point,";

fn of_header(error: &hound::Error) -> String {
    match error {
        hound::Error::FormatError(reason) if reason.contains("chunk length") => format!(
            "it is no WAV file that can be read: {reason} (a program that writes into a pipe does not know the length: let it write into a file)"
        ),
        hound::Error::FormatError(reason) => {
            format!("it is no WAV file that can be read: {reason}; {READABLE} can")
        }
        hound::Error::Unsupported => {
            format!("it is a WAV file of a kind that cannot be read; {READABLE} can")
        }
        error if is_end(error) => {
            "it is cut off, or no WAV file: it ends within its header".to_owned()
        }
        other => format!("it is no WAV file that can be read: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::{WavSpec, WavWriter};
    use proptest::prelude::*;
    use std::io::Cursor;

    fn spec(channels: u16, bits: u16, sample_format: SampleFormat) -> WavSpec {
        WavSpec { channels, sample_rate: 8_000, bits_per_sample: bits, sample_format }
    }

    fn written(spec: WavSpec, samples: &[i32]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in samples {
            match spec.sample_format {
                SampleFormat::Int => writer.write_sample(sample).unwrap(),
                SampleFormat::Float => writer.write_sample(sample as f32 / 128.0).unwrap(),
            }
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn read(bytes: &[u8]) -> Result<Recording, AudioError> {
        Recording::read(Path::new("a/b.wav"), bytes, 10.0)
    }

    fn refused(bytes: &[u8]) -> String {
        read(bytes).unwrap_err().to_string()
    }

    #[test]
    fn every_width_of_sample_is_a_part_of_1() {
        for bits in [8, 16, 24, 32] {
            let samples = [-128, 0, 64].map(|part: i32| part << (bits - 8));
            let bytes = written(spec(1, bits, SampleFormat::Int), &samples);
            assert_eq!(read(&bytes).unwrap().samples, [-1.0, 0.0, 0.5], "{bits} bits");
        }
        let bytes = written(spec(1, 32, SampleFormat::Float), &[-128, 0, 64]);
        assert_eq!(read(&bytes).unwrap(), Recording { rate: 8_000, samples: vec![-1.0, 0.0, 0.5] });
    }

    #[test]
    fn channels_become_their_mean() {
        let samples = [1 << 14, 1 << 13, 0, -1 << 14];
        let bytes = written(spec(2, 16, SampleFormat::Int), &samples);
        assert_eq!(read(&bytes).unwrap().samples, [0.375, -0.25]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_path() {
        let good = written(spec(1, 16, SampleFormat::Int), &[5; 100]);
        let whole = "a/b.wav: it is cut off: 100 samples are announced, 78 are there";
        assert_eq!(refused(&good[..good.len() - 44]), whole);
        // Within a sample.
        assert_eq!(refused(&good[..good.len() - 43]), whole);
        assert!(refused(&good[..30]).contains("it ends within its header"));
        assert!(refused(b"").contains("it ends within its header"));
        assert!(refused(&[b'x'; 100]).starts_with("a/b.wav: it is no WAV file"));
        let empty = written(spec(1, 16, SampleFormat::Int), &[]);
        assert_eq!(refused(&empty), "a/b.wav: it has no samples");
        let mut slow = spec(1, 16, SampleFormat::Int);
        slow.sample_rate = 4_000;
        assert!(
            refused(&written(slow, &[1])).contains("4000 samples a second; from 8000 to 48000")
        );
        let long = Recording::read(Path::new("b.wav"), &good[..], 0.01).unwrap_err().to_string();
        assert_eq!(long, "b.wav: it is 0.0 seconds long, more than the 0.01 allowed");
        let mut nan = written(spec(1, 32, SampleFormat::Float), &[1, 2]);
        let end = nan.len();
        nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(refused(&nan), "a/b.wav: sample 1 is no number");
        let missing = Recording::open(Path::new("there/is/none.wav"), 1.0).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read there/is/none.wav: "), "{missing}");
    }

    /// However much a header announces, no more memory is taken than there are samples.
    #[test]
    fn a_header_that_announces_too_much_is_told() {
        let mut bytes = written(spec(1, 16, SampleFormat::Int), &[5; 100]);
        bytes[40..44].copy_from_slice(&0x7FFF_FFF0_u32.to_le_bytes());
        let error = Recording::read(Path::new("b.wav"), &bytes[..], 1e9).unwrap_err().to_string();
        assert!(error.contains("it is cut off: 1073741816 samples are announced, 100"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_a_recording_or_an_error(at in 0usize..60, byte: u8, length in 0usize..80) {
            let mut bytes = written(spec(1, 16, SampleFormat::Int), &[5; 8]);
            bytes[at] = byte;
            bytes.truncate(length);
            if let Ok(recording) = read(&bytes) {
                prop_assert!(recording.samples.len() <= 36);
            }
        }
    }
}
