//! What every dataset must have, and every loader asks for: something to score in each split.
//!
//! A mean over nothing is no number. A model cannot be trained on an empty split, chosen by one or
//! reported on one, so none is handed out.

use words::{counted, thousands};

use crate::corpus::Corpus;
use crate::error::DataError;
use crate::sequences::{SequenceData, SequenceTargets, Sequences};
use task::IGNORE;

/// What a split falls into.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// A stream, of which every token but the first is predicted.
    Tokens,
    /// Sequences with an answer each, or some.
    Sequences,
}

/// What can be done about splits that lack something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mend<'a> {
    /// The splits are parts held out of the data, as a setting says.
    HeldOut,
    /// The same of a table of which rows of equal text stay in one split: how many different texts
    /// there are.
    HeldOutTexts(usize),
    /// What the text says.
    Other(&'a str),
}

impl<'a> From<&'a str> for Mend<'a> {
    fn from(text: &'a str) -> Self {
        Self::Other(text)
    }
}

impl Mend<'_> {
    /// The advice where the training split lacks something, or those that are held out do.
    fn told(self, training_lacks: bool, held_out_lack: bool) -> String {
        // Where both lack something, no other division of so little is enough.
        let change = match (training_lacks, held_out_lack) {
            (true, true) => None,
            (true, false) => Some("less"),
            (false, _) => Some("more"),
        };
        let held_out = |what: &str, give: &str| match change {
            Some(change) => {
                format!("hold out {change}{what} (`held_out`, in thousandths), or {give}")
            }
            None => give.to_owned(),
        };
        match self {
            Self::HeldOut => held_out("", "give more data"),
            Self::HeldOutTexts(texts) => format!(
                "rows of equal text stay in one split, and there {} {}: {}",
                if texts == 1 { "is" } else { "are" },
                counted(texts, "different text"),
                held_out(" of them", "give more different texts")
            ),
            Self::Other(text) => text.to_owned(),
        }
    }
}

impl Unit {
    /// An error that names all splits of these sizes which have nothing to score, and says how to
    /// mend it.
    pub(crate) fn require<'a>(
        self,
        data: &str,
        sizes: [usize; 3],
        mend: impl Into<Mend<'a>>,
    ) -> Result<(), DataError> {
        let (unit, needed, least) = match self {
            Self::Tokens => ("tokens", 2, "2, one to read and one to predict"),
            Self::Sequences => ("sequences", 1, "1"),
        };
        let names = ["the training split", "the validation split", "the test split"];
        let lacking: Vec<&str> = names
            .into_iter()
            .zip(sizes)
            .filter(|(_, size)| *size < needed)
            .map(|(n, _)| n)
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let [training_lacks, valid_lacks, test_lacks] = sizes.map(|size| size < needed);
        let mend = mend.into().told(training_lacks, valid_lacks || test_lacks);
        let [train, valid, test] = sizes.map(|size| thousands(size as u64));
        Err(DataError::NothingToScore {
            data: data.to_owned(),
            splits: lacking.join(" and ").into(),
            unit,
            sizes: format!("{train} are for training, {valid} for validation, {test} for the test")
                .into(),
            least,
            mend: mend.into(),
        })
    }
}

/// A corpus, if each of its splits has something to score.
pub(crate) fn corpus(corpus: Corpus, mend: &str) -> Result<Corpus, DataError> {
    let sizes = [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len);
    Unit::Tokens.require(&corpus.source.title, sizes, mend)?;
    Ok(corpus)
}

/// Sequences, if each split has something to score.
pub(crate) fn sequences(data: SequenceData, mend: &str) -> Result<SequenceData, DataError> {
    let sizes = [&data.train, &data.valid, &data.test].map(scored);
    Unit::Sequences.require(&data.source.title, sizes, mend)?;
    Ok(data)
}

/// How many sequences have an answer that is scored.
fn scored(split: &Sequences) -> usize {
    match split.targets() {
        SequenceTargets::Tokens(tokens) => {
            tokens.iter().filter(|answers| answers.iter().any(|&answer| answer != IGNORE)).count()
        }
        SequenceTargets::Classes(_)
        | SequenceTargets::Values(_)
        | SequenceTargets::Sequences(_)
        | SequenceTargets::Labels(_)
        | SequenceTargets::NextNotes => split.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::Labelled;
    use crate::source::Source;
    use crate::spec::NAMES;
    use crate::tokeniser::Tokeniser;
    use crate::vocabulary::Cutoff;
    use std::path::Path;

    /// What names and reviews are made of, wherever their files are not.
    #[test]
    fn labelled_texts_need_each_split() {
        let mut texts = Labelled::new(Tokeniser::Characters);
        for name in ["a", "b", "ab", "ba"] {
            let mut characters = Vec::new();
            let vocabulary = &mut texts.vocabulary;
            texts.tokeniser.each(name, |token| characters.push(vocabulary.add(token)));
            texts.texts.push(characters);
            texts.labels.push(0);
        }
        texts.classes.push("one".to_owned());
        let of = |splits: [Vec<usize>; 3]| {
            let source = Source::of_files(&NAMES.files.info, Path::new("names"), Vec::new());
            texts
                .data(splits, Cutoff::default(), 0, source, Mend::HeldOut)
                .map_err(|e| e.to_string())
        };
        assert!(of([vec![0, 1], vec![2], vec![3]]).is_ok());
        for (splits, told, mend) in [
            (
                [vec![], vec![2], vec![3]],
                "the training split: of its sequences, 0 are",
                "hold out less (`held_out`, in thousandths), or give more data",
            ),
            (
                [vec![0, 1], vec![], vec![3]],
                "the validation split: of its sequences, 2 are",
                "hold out more (`held_out`, in thousandths), or give more data",
            ),
            (
                [vec![0, 1], vec![2], vec![]],
                "the test split: of its sequences, 2 are",
                "hold out more (`held_out`, in thousandths), or give more data",
            ),
            (
                [vec![], vec![2], vec![]],
                "the training split and the test split: of its sequences, 0 are",
                "at least 1: give more data",
            ),
        ] {
            let error = of(splits).unwrap_err();
            assert!(error.contains(told) && error.ends_with(mend), "{error}");
        }
    }

    #[test]
    fn what_lacks_something_is_told_with_all_sizes() {
        let error = Unit::Tokens.require("a.txt", [1_234, 1, 0], "give more").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.txt: there is nothing to score in the validation split and the test split: of its \
             tokens, 1,234 are for training, 1 for validation, 0 for the test; each needs at least \
             2, one to read and one to predict: give more"
        );
        assert!(Unit::Tokens.require("a.txt", [2, 2, 2], "").is_ok());
        assert!(Unit::Sequences.require("a.csv", [1, 1, 1], "").is_ok());
        assert!(Unit::Sequences.require("a.csv", [0, 1, 1], "").is_err());
    }
}
