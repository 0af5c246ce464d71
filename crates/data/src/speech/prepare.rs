//! From recordings to sequences of features.

use audio::{Extractor, FeatureSettings, Features, Statistics, augment};
use task::{InputKind, TargetKind};

use super::settings::{Augmentation, Normalisation};
use super::{Speech, SpeechInput};
use crate::draws;
use crate::error::DataError;
use crate::ragged::Ragged;
use crate::sequences::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::Source;

/// The most numbers that features of all splits may be together: 4 GiB.
const MOST_VALUES: usize = 1 << 30;

/// A recording with what is to be answered to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Utterance {
    /// Samples at the rate of the features.
    pub(super) samples: Vec<f32>,
    /// One class, or labels in their order.
    pub(super) answer: Vec<u32>,
    /// Who speaks.
    pub(super) speaker: u32,
}

/// How utterances become sequences.
pub(super) struct Preparation {
    pub(super) extractor: Extractor,
    pub(super) normalise: Normalisation,
    pub(super) augmentation: Augmentation,
    pub(super) seed: u64,
    /// Numbers that were made.
    values: usize,
}

/// The utterances of a split as features.
#[derive(Default)]
pub(super) struct Prepared {
    features: Vec<Features>,
    /// Which of them are disturbed copies: the number of the stream that draws their masks.
    disturbed: Vec<Option<u64>>,
    answers: Vec<Vec<u32>>,
    speakers: Vec<u32>,
}

/// What utterances are, beside their features.
pub(super) struct Described {
    pub(super) source: Source,
    /// The names of labels or classes.
    pub(super) classes: Vec<String>,
    /// Whether an answer is one class.
    pub(super) is_class: bool,
    pub(super) separator: String,
    pub(super) speakers: Vec<String>,
}

impl Preparation {
    pub(super) fn new(
        features: FeatureSettings,
        normalise: Normalisation,
        augmentation: Augmentation,
        seed: u64,
    ) -> Result<Self, DataError> {
        let extractor = Extractor::new(features)?;
        Ok(Self { extractor, normalise, augmentation: augmentation.require()?, seed, values: 0 })
    }

    /// Steps of a recording of so many samples.
    pub(super) fn steps(&self, samples: usize) -> usize {
        self.extractor.steps(samples)
    }

    /// Takes in an utterance; in the training split, with its disturbed copies.
    pub(super) fn add(
        &mut self,
        utterance: Utterance,
        training: bool,
        to: &mut Prepared,
    ) -> Result<(), DataError> {
        let number = to.features.len() as u64;
        let copies = if training { self.augmentation.copies } else { 0 };
        self.push(&utterance.samples, None, &utterance, to)?;
        for copy in 0..copies as u64 {
            let stream = number + copy + 1;
            let mut rng = draws::stream(self.seed, "disturbed recordings", stream);
            let Augmentation { speed, noise_db, .. } = self.augmentation;
            let mut samples = augment::speed(&utterance.samples, speed, &mut rng);
            // A fast copy may leave too few steps for its labels.
            if self.steps(samples.len()) < ctc_steps(&utterance.answer) {
                samples.clone_from(&utterance.samples);
            }
            if let Some([quietest, loudest]) = noise_db {
                augment::noise(&mut samples, quietest, loudest, &mut rng);
            }
            self.push(&samples, Some(stream), &utterance, to)?;
        }
        Ok(())
    }

    fn push(
        &mut self,
        samples: &[f32],
        disturbed: Option<u64>,
        utterance: &Utterance,
        to: &mut Prepared,
    ) -> Result<(), DataError> {
        let mut features = self.extractor.features(samples);
        if self.normalise == Normalisation::Recording {
            features.subtract_mean();
        }
        self.values += features.values.len();
        if self.values > MOST_VALUES {
            let reason = format!(
                "the features of all recordings are more than {MOST_VALUES} numbers (4 GiB); fewer copies (`augment`), bands, or recordings are needed"
            );
            return Err(DataError::setting("features", reason));
        }
        to.features.push(features);
        to.disturbed.push(disturbed);
        to.answers.push(utterance.answer.clone());
        to.speakers.push(utterance.speaker);
        Ok(())
    }

    /// The dataset of train, valid and test.
    pub(super) fn data(
        &self,
        mut splits: [Prepared; 3],
        described: Described,
    ) -> Result<SequenceData, DataError> {
        let settings = *self.extractor.settings();
        let width = settings.width();
        let [train, ..] = &splits;
        let undisturbed = train.features.iter().zip(&train.disturbed);
        let undisturbed = undisturbed.filter(|(_, disturbed)| disturbed.is_none());
        let statistics = Statistics::of(width, undisturbed.map(|(features, _)| features));
        let silence = match self.normalise {
            Normalisation::Training | Normalisation::Recording => 0.0,
            Normalisation::None => statistics.means.iter().sum::<f32>() / width as f32,
        };
        for split in &mut splits {
            for (features, disturbed) in split.features.iter_mut().zip(&split.disturbed) {
                if self.normalise != Normalisation::None {
                    statistics.normalise(features);
                }
                if let Some(stream) = disturbed {
                    self.mask(features, *stream, silence);
                }
            }
        }
        let classes = described.classes.len();
        let is_class = described.is_class;
        let speaker_of = splits.each_ref().map(|split| match described.speakers.is_empty() {
            true => Vec::new(),
            false => split.speakers.clone(),
        });
        let [train, valid, test] = splits.map(|split| split.sequences(width, is_class));
        Ok(SequenceData {
            source: described.source,
            input: InputKind::Features { width },
            target: match is_class {
                true => TargetKind::Class { classes },
                false => TargetKind::Labels { types: classes },
            },
            text: None,
            answers: None,
            classes: described.classes,
            baseline: None,
            speech: Some(Box::new(Speech {
                input: SpeechInput {
                    features: settings,
                    subtract_mean: self.normalise == Normalisation::Recording,
                    statistics: (self.normalise != Normalisation::None).then_some(statistics),
                    separator: described.separator,
                },
                speakers: described.speakers,
                speaker_of,
            })),
            train: train?,
            valid: valid?,
            test: test?,
        })
    }

    /// Masks in frequency and in time.
    fn mask(&self, features: &mut Features, stream: u64, silence: f32) {
        let Augmentation { band_masks, band_width, time_masks, time_width, .. } = self.augmentation;
        let mut rng = draws::stream(self.seed, "masks", stream);
        // Of each frame of a step, and of its deltas.
        let settings = self.extractor.settings();
        let bands = settings.width() / settings.stack / (1 + settings.deltas);
        augment::mask_bands(features, bands, band_masks, band_width, silence, &mut rng);
        augment::mask_time(features, time_masks, time_width, silence, &mut rng);
    }
}

/// Steps that labels need at least: one each, and one between equal neighbours.
pub(super) fn ctc_steps(labels: &[u32]) -> usize {
    labels.len() + labels.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

impl Prepared {
    fn sequences(self, width: usize, is_class: bool) -> Result<Sequences, DataError> {
        let values: Ragged<f32> = self.features.into_iter().map(|f| f.values).collect();
        let targets = match is_class {
            true => SequenceTargets::Classes(self.answers.into_iter().flatten().collect()),
            false => SequenceTargets::Labels(self.answers.into_iter().collect()),
        };
        Sequences::new(SequenceInputs::Features { width, values }, targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn utterance(samples: usize, answer: &[u32]) -> Utterance {
        let samples = (0..samples).map(|t| (t as f32 * 0.2).sin()).collect();
        Utterance { samples, answer: answer.to_vec(), speaker: 0 }
    }

    fn prepared(
        augmentation: Augmentation,
        normalise: Normalisation,
        samples: [usize; 3],
    ) -> SequenceData {
        let mut preparation =
            Preparation::new(FeatureSettings::default(), normalise, augmentation, 1).unwrap();
        let mut splits = [Prepared::default(), Prepared::default(), Prepared::default()];
        for (number, split) in splits.iter_mut().enumerate() {
            for samples in samples {
                preparation.add(utterance(samples, &[0, 0, 1]), number == 0, split).unwrap();
            }
        }
        let described = Described {
            source: Source::of_files(&crate::catalogue::FSDD, Path::new("x"), Vec::new()),
            classes: vec!["a".to_owned(), "b".to_owned()],
            is_class: false,
            separator: String::new(),
            speakers: vec!["one".to_owned()],
        };
        preparation.data(splits, described).unwrap()
    }

    #[test]
    fn only_the_training_split_has_copies_and_all_are_normalised_by_it() {
        let augmentation = Augmentation { copies: 2, ..Augmentation::default() };
        let data = prepared(augmentation, Normalisation::Training, [2_000, 3_000, 4_000]);
        assert_eq!([&data.train, &data.valid, &data.test].map(Sequences::len), [9, 3, 3]);
        let SequenceInputs::Features { width, values } = data.train.inputs() else { panic!() };
        assert_eq!(*width, 40);
        let undisturbed = [0, 3, 6].map(|k| values.get(k).unwrap());
        let band: Vec<f32> = undisturbed
            .iter()
            .flat_map(|values| values.iter().skip(7).step_by(40))
            .copied()
            .collect();
        let mean = band.iter().sum::<f32>() / band.len() as f32;
        let square = band.iter().map(|x| x * x).sum::<f32>() / band.len() as f32;
        assert!(mean.abs() < 1e-3 && (square - 1.0).abs() < 1e-2, "{mean} {square}");
        // The validation split has the same recordings, and is normalised alike.
        let SequenceInputs::Features { values: valid, .. } = data.valid.inputs() else { panic!() };
        assert_eq!(valid.get(1), values.get(3));
        assert_ne!(values.get(1), values.get(2));
        let speech = data.speech.unwrap();
        assert_eq!(speech.speaker(crate::Split::Train, 8), Some("one"));
        assert_eq!(speech.speaker(crate::Split::Train, 9), None);
        assert_eq!(
            prepared(augmentation, Normalisation::Training, [2_000, 3_000, 4_000]).train,
            data.train
        );
    }

    #[test]
    fn a_copy_is_never_too_short_for_its_labels() {
        let fast =
            Augmentation { copies: 20, speed: 0.5, noise_db: None, ..Augmentation::default() };
        // 256 samples and three hops more: four steps, as many as a, blank, a, b need.
        let data = prepared(fast, Normalisation::None, [496; 3]);
        assert!(data.train.lengths().all(|steps| steps >= 4));
        assert!(data.speech.unwrap().input.statistics.is_none());
    }
}
