//! Recordings and acoustic features, on plain slices.
//!
//! [`Recording`] is what a WAV file holds, as one channel of numbers; [`Extractor`] makes
//! [`Features`] of it by [`FeatureSettings`]: log-mel filter banks or MFCC, equal to librosa's.
//! [`Statistics`] of a training split normalise them. [`augment`] disturbs recordings and features.
//!
//! Layout of features: `[time, bands]`, one frame after another; time is what a model steps through.
//! (librosa gives bands × frames: read as it lies, frequency would pass for time.)
//!
//! ```
//! use audio::{Extractor, FeatureSettings};
//!
//! let tone: Vec<f32> = (0..8000).map(|t| (t as f32 * 0.3).sin()).collect();
//! let extractor = Extractor::new(FeatureSettings::default())?;
//! let features = extractor.features(&tone);
//! assert_eq!((features.width, features.frames()), (40, 97));
//! # Ok::<(), audio::AudioError>(())
//! ```

pub mod augment;

mod cepstrum;
mod deltas;
mod error;
mod features;
mod frames;
mod mel;
mod resample;
mod settings;
mod stack;
mod statistics;
mod wav;

pub use error::AudioError;
pub use features::{Extractor, Features};
pub use mel::{MelScale, filter_bank};
pub use resample::resample;
pub use settings::{FeatureKind, FeatureSettings};
pub use statistics::Statistics;
pub use wav::Recording;
