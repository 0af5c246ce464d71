//! How much of a text is unknown.

use crate::corpus::Corpus;
use crate::sequences::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::split::Split;
use crate::vocabulary::{UNKNOWN, Vocabulary};

/// The share of `<unk>` among so many tokens of train, valid and test; `None` where no token is it.
fn shares(vocabulary: &Vocabulary, splits: [&[u32]; 3]) -> Option<[f64; 3]> {
    let unknown = vocabulary.id(UNKNOWN)?;
    let shares = splits.map(|tokens| {
        let count = tokens.iter().filter(|&&token| token == unknown).count();
        count as f64 / tokens.len().max(1) as f64
    });
    shares.iter().any(|&share| share > 0.0).then_some(shares)
}

impl Corpus {
    /// The share of `<unk>` in the tokens of train, valid and test; `None` where no token is it.
    pub fn unknown(&self) -> Option<[f64; 3]> {
        shares(&self.vocabulary, [&self.train, &self.valid, &self.test])
    }
}

impl SequenceData {
    /// The share of `<unk>` in the texts of train, valid and test: in those that are written, where the answers
    /// are texts, else in those that are read. `None` where there are no texts, or no token is it.
    pub fn unknown(&self) -> Option<[f64; 3]> {
        let splits = Split::ALL.map(|split| self.split(split));
        match &self.answers {
            Some(answers) => shares(&answers.codec.vocabulary, splits.map(written)),
            None => shares(&self.text.as_ref()?.vocabulary, splits.map(read)),
        }
    }
}

fn written(sequences: &Sequences) -> &[u32] {
    match sequences.targets() {
        SequenceTargets::Sequences(texts) => texts.values(),
        _ => &[],
    }
}

fn read(sequences: &Sequences) -> &[u32] {
    match sequences.inputs() {
        SequenceInputs::Tokens(texts) => texts.values(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cutoff, HeldOut, Places, TextSettings, Tokeniser, load_text};
    use std::fs;

    #[test]
    fn what_a_cutoff_leaves_out_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "a b a c\n".repeat(50)).unwrap();
        let settings = |max_words| TextSettings {
            tokeniser: Tokeniser::Words,
            cutoff: Cutoff { min_count: 1, max_words },
            held_out: HeldOut { valid: 100, test: 200 },
        };
        let places = Places::new(Vec::new(), None);
        let unknown = |max_words| {
            load_text(&path, settings(max_words), &places, &mut |_| ()).unwrap().unknown()
        };
        assert_eq!(unknown(0), None);
        // `a` is two of a line's five tokens; its end is one, too.
        let [train, ..] = unknown(2).unwrap();
        assert!((train - 0.6).abs() < 0.03, "{train}");
    }
}
