//! Answers to recordings, by who speaks, by how many labels there are, and by which class is taken for which.

use ctc::{Logits, decoded};
use data::{SequenceData, Split};
use metrics::Edits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use task::{TargetKind, Targets, Window};

/// What recordings are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupedBy {
    /// Who speaks.
    Speaker,
    /// How many labels are to be found.
    Labels,
}

/// How good the answers to some recordings are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupScore {
    /// What they are put together by.
    pub by: GroupedBy,
    /// The speaker, or the number of labels.
    pub name: String,
    /// Recordings.
    pub sequences: usize,
    /// Those with a wrong answer.
    pub wrong: usize,
    /// Labels to be found; one for each recording that has a class.
    pub labels: usize,
    /// Edits between what was answered and what should have been.
    pub errors: usize,
}

/// How often a class was answered where one was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The class of the recordings.
    pub asked: String,
    /// The answer.
    pub answered: String,
    /// How often.
    pub count: usize,
}

/// Takes in the outputs for recordings of a split, one window after another.
pub(crate) struct Groups<'a> {
    data: &'a SequenceData,
    split: Split,
    beam: NonZeroUsize,
    /// Recordings, wrong ones, labels, errors.
    groups: BTreeMap<(GroupedBy, String), [usize; 4]>,
    confusions: BTreeMap<(u32, u32), usize>,
}

impl<'a> Groups<'a> {
    /// Nothing of a split taken in yet; `None` for data that are no recordings. Labels are decoded with a beam
    /// of this width.
    pub(crate) fn new(data: &'a SequenceData, split: Split, beam: NonZeroUsize) -> Option<Self> {
        data.speech.as_ref()?;
        Some(Self { data, split, beam, groups: BTreeMap::new(), confusions: BTreeMap::new() })
    }

    /// Takes in what a model puts out for the window of the sequences with these numbers.
    pub(crate) fn add(&mut self, outputs: &[f32], window: &Window, numbers: &[usize]) {
        match (&window.targets, self.data.target) {
            (Targets::Classes(classes), TargetKind::Class { classes: count }) => {
                for ((&number, &asked), scores) in
                    numbers.iter().zip(classes).zip(outputs.chunks_exact(count))
                {
                    let best = |best, k: usize| if scores[k] > scores[best] { k } else { best };
                    let answered = (0..count).fold(0, best) as u32;
                    *self.confusions.entry((asked, answered)).or_default() += 1;
                    self.count(number, 1, usize::from(asked != answered), false);
                }
            }
            (Targets::Labels(labels), TargetKind::Labels { types }) => {
                let shape = [window.steps, window.batch, types + 1];
                let Ok(logits) = Logits::new(outputs, shape, types) else { return };
                for (b, (&number, labels)) in numbers.iter().zip(labels).enumerate() {
                    let answer = decoded(logits, b, window.lengths[b], self.beam);
                    let errors = Edits::between(labels, &answer).count();
                    self.count(number, labels.len(), errors, true);
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, number: usize, labels: usize, errors: usize, by_labels: bool) {
        let speech = self.data.speech.as_ref();
        let speaker = speech.and_then(|speech| speech.speaker(self.split, number));
        let speaker = speaker.map(|speaker| (GroupedBy::Speaker, speaker.to_owned()));
        // Numbers of labels in their order.
        let length = by_labels.then(|| (GroupedBy::Labels, format!("{labels:>3}")));
        for key in speaker.into_iter().chain(length) {
            let found = self.groups.entry(key).or_default();
            let more = [1, usize::from(errors > 0), labels, errors];
            found.iter_mut().zip(more).for_each(|(found, more)| *found += more);
        }
    }

    pub(crate) fn finish(self) -> (Vec<GroupScore>, Vec<Confusion>) {
        let group = |((by, name), [sequences, wrong, labels, errors]): (
            (GroupedBy, String),
            [usize; 4],
        )| {
            GroupScore { by, name: name.trim().to_owned(), sequences, wrong, labels, errors }
        };
        let class = |class: u32| self.data.classes.get(class as usize).cloned().unwrap_or_default();
        let confusion = |(&(asked, answered), &count): (&(u32, u32), &usize)| Confusion {
            asked: class(asked),
            answered: class(answered),
            count,
        };
        let confusions = self.confusions.iter().map(confusion).collect();
        (self.groups.into_iter().map(group).collect(), confusions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::{FsddSettings, Places, StringSettings, load_fsdd};

    fn tones(strings: Option<StringSettings>) -> SequenceData {
        let settings = FsddSettings { strings, ..FsddSettings::default() };
        load_fsdd(&settings, true, &Places::new(Vec::new(), None), &mut |_| ()).unwrap()
    }

    #[test]
    fn recordings_are_counted_by_speaker_and_confused_classes_are_named() {
        let data = tones(None);
        let numbers: Vec<usize> = (0..300).collect();
        let window = data.test.batch(&numbers);
        let Targets::Classes(classes) = &window.targets else { panic!() };
        // Every 3 is taken for a 7.
        let outputs: Vec<f32> = classes
            .iter()
            .flat_map(|&class| {
                let answer = if class == 3 { 7 } else { class };
                (0..10).map(move |k| if k == answer { 1.0 } else { 0.0 })
            })
            .collect();
        let mut groups = Groups::new(&data, Split::Test, NonZeroUsize::MIN).unwrap();
        groups.add(&outputs, &window, &numbers);
        let (groups, confusions) = groups.finish();
        assert_eq!(groups.len(), 6);
        assert!(groups.iter().all(|g| (g.sequences, g.wrong, g.errors) == (50, 5, 5)));
        assert_eq!(confusions.len(), 10);
        let three = confusions.iter().find(|confusion| confusion.asked == "3").unwrap();
        assert_eq!((three.answered.as_str(), three.count), ("7", 30));
    }

    #[test]
    fn strings_are_counted_by_their_labels() {
        let strings = StringSettings { train: 3, valid: 3, test: 40, ..StringSettings::default() };
        let data = tones(Some(strings));
        let numbers: Vec<usize> = (0..40).collect();
        let window = data.test.batch(&numbers);
        // Nothing but blanks: every label is missed.
        let outputs: Vec<f32> =
            (0..window.steps * 40).flat_map(|_| [0.0; 10].into_iter().chain([1.0])).collect();
        let mut groups = Groups::new(&data, Split::Test, NonZeroUsize::MIN).unwrap();
        groups.add(&outputs, &window, &numbers);
        let (groups, confusions) = groups.finish();
        assert!(confusions.is_empty());
        let of: Vec<_> = groups.iter().filter(|g| g.by == GroupedBy::Labels).collect();
        assert_eq!(of.iter().map(|g| g.sequences).sum::<usize>(), 40);
        assert!(
            of.iter().all(|g| g.errors == g.labels
                && g.labels == g.sequences * g.name.parse::<usize>().unwrap())
        );
    }
}
