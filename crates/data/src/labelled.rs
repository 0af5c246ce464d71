//! Labelled texts on their way to sequences: cut into splits, rare words cut off.

use crate::codec::TextCodec;
use crate::error::DataError;
use crate::ragged::Ragged;
use crate::scored::{Mend, Unit};
use crate::sequences::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::Source;
use crate::tokeniser::Tokeniser;
use crate::vocabulary::{self, Cutoff, UNKNOWN, Vocabulary};
use task::{InputKind, TargetKind};

/// Texts as ids of a vocabulary that has all their words.
#[derive(Debug)]
pub(crate) struct Labelled {
    pub(crate) tokeniser: Tokeniser,
    pub(crate) vocabulary: Vocabulary,
    /// None of them empty.
    pub(crate) texts: Ragged<u32>,
    pub(crate) labels: Vec<u32>,
    pub(crate) classes: Vec<String>,
}

impl Labelled {
    /// No texts yet.
    pub(crate) fn new(tokeniser: Tokeniser) -> Self {
        Self {
            tokeniser,
            vocabulary: Vocabulary::default(),
            texts: Ragged::default(),
            labels: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// The dataset of the texts with these numbers in train, valid and test. The vocabulary is
    /// that of the training texts, as far as they are kept: the last `max_length` tokens of each
    /// (0 for all). `mend` is what to do about a split without texts.
    pub(crate) fn data(
        &self,
        splits: [Vec<usize>; 3],
        cutoff: Cutoff,
        max_length: usize,
        source: Source,
        mend: Mend<'_>,
    ) -> Result<SequenceData, DataError> {
        let words = splits[0].clone();
        self.data_with_words_of(&words, splits, cutoff, (max_length, source, mend))
    }

    /// [`data`](Self::data) whose vocabulary is that of the texts `words`.
    pub(crate) fn data_with_words_of(
        &self,
        words: &[usize],
        splits: [Vec<usize>; 3],
        cutoff: Cutoff,
        (max_length, source, mend): (usize, Source, Mend<'_>),
    ) -> Result<SequenceData, DataError> {
        Unit::Sequences.require(&source.location, splits.each_ref().map(Vec::len), mend)?;
        let kept = |text: usize| self.kept(text, max_length);
        let mut counts = vec![0; self.vocabulary.len()];
        for &text in words {
            vocabulary::count(kept(text), &mut counts);
        }
        let (vocabulary, ids) = self.vocabulary.cut(&counts, cutoff, true)?;
        let sequences = |split: &[usize]| {
            let texts = split.iter().map(|&text| kept(text).iter().map(|&id| ids[id as usize]));
            let labels = split.iter().map(|&text| self.labels[text]).collect();
            Sequences::new(
                SequenceInputs::Tokens(texts.collect()),
                SequenceTargets::Classes(labels),
            )
        };
        let [train, valid, test] = splits.each_ref().map(|split| sequences(split));
        Ok(SequenceData {
            source,
            input: InputKind::Tokens { types: vocabulary.len() },
            target: TargetKind::Class { classes: self.classes.len() },
            text: Some(TextCodec::new(self.tokeniser, vocabulary)),
            answers: None,
            classes: self.classes.clone(),
            baseline: None,
            speech: None,
            train: train?,
            valid: valid?,
            test: test?,
        })
    }

    /// The validation and test texts with these numbers, in the words of a model that was trained
    /// before. There are no training texts.
    pub(crate) fn held_out_data(
        &self,
        splits: [Vec<usize>; 2],
        vocabulary: &Vocabulary,
        max_length: usize,
        source: Source,
    ) -> Result<SequenceData, DataError> {
        let unknown = vocabulary.id(UNKNOWN).unwrap_or_default();
        let ids: Vec<u32> = self
            .vocabulary
            .words()
            .map(|word| vocabulary.encode(word).unwrap_or(unknown))
            .collect();
        let sequences = |split: &[usize]| {
            let texts = split
                .iter()
                .map(|&text| self.kept(text, max_length).iter().map(|&id| ids[id as usize]));
            let labels = split.iter().map(|&text| self.labels[text]).collect();
            Sequences::new(
                SequenceInputs::Tokens(texts.collect()),
                SequenceTargets::Classes(labels),
            )
        };
        let [valid, test] = splits.each_ref().map(|split| sequences(split));
        Ok(SequenceData {
            source,
            input: InputKind::Tokens { types: vocabulary.len() },
            target: TargetKind::Class { classes: self.classes.len() },
            text: Some(TextCodec::new(self.tokeniser, vocabulary.clone())),
            answers: None,
            classes: self.classes.clone(),
            baseline: None,
            speech: None,
            train: sequences(&[])?,
            valid: valid?,
            test: test?,
        })
    }

    /// The last `max_length` tokens of a text; 0 for all.
    fn kept(&self, text: usize, max_length: usize) -> &[u32] {
        let text = self.texts.get(text).unwrap_or_default();
        let from = if max_length == 0 { 0 } else { text.len().saturating_sub(max_length) };
        &text[from..]
    }
}
