//! Sentences, written by a model, against those that were to be written.

use crate::metric::{Metric, Metrics};
use data::{Split, TextAnswers};
use metrics::{Bleu, BleuCounts, Chrf, ChrfCounts};

/// What the sentences of a split have in common with their references.
pub(crate) struct Translations<'a> {
    answers: &'a TextAnswers,
    split: Split,
    cased: BleuCounts,
    lower: BleuCounts,
    characters: ChrfCounts,
}

impl<'a> Translations<'a> {
    /// Nothing of a split yet.
    pub(crate) fn new(answers: &'a TextAnswers, split: Split) -> Self {
        Self {
            answers,
            split,
            cased: BleuCounts::default(),
            lower: BleuCounts::default(),
            characters: ChrfCounts::default(),
        }
    }

    /// Takes in what is written for sequence `number` of the split.
    pub(crate) fn add(&mut self, number: usize, answer: &[u32]) {
        let codec = &self.answers.codec;
        let written = codec.written(answer);
        let wanted = codec.tokens(&self.answers.of(self.split).references[number]);
        self.lower += Bleu::LOWER_TOKENS.counts(&written.join(" "), &wanted.join(" "));
        let sentence = codec.sentence(&written);
        let reference = self.answers.reference(self.split, number);
        self.cased += Bleu::CASED.counts(&sentence, &reference);
        self.characters += Chrf.counts(&sentence, &reference);
    }

    /// What came of it.
    pub(crate) fn finish(self) -> Metrics {
        Metrics::from([
            (Metric::BLEU, self.cased.corpus()),
            (Metric::TOKEN_BLEU, self.lower.corpus()),
            (Metric::CHRF, self.characters.score()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::{
        Cutoff, MadePairsSettings, Places, SequenceDataset, SequenceTargets, Tokeniser,
        load_sequences,
    };

    fn answers(tokeniser: Tokeniser) -> data::SequenceData {
        let settings = MadePairsSettings {
            sequences: data::Counts { train: 400, valid: 30, test: 30 },
            tokeniser: Some(tokeniser),
            cutoff: Cutoff::default(),
            ..MadePairsSettings::default()
        };
        let places = Places::new(Vec::new(), None);
        load_sequences(&SequenceDataset::BuiltinPairs(settings), &places, &mut |_| ()).unwrap()
    }

    /// The reference itself has all points, but for the capital letters that its tokens lost.
    #[test]
    fn the_reference_has_all_points() {
        for (tokeniser, all) in
            [(Tokeniser::CasedProse, true), (Tokeniser::Words, true), (Tokeniser::Prose, false)]
        {
            let data = answers(tokeniser);
            let texts = data.answers.as_ref().unwrap();
            let mut translations = Translations::new(texts, Split::Train);
            let SequenceTargets::Sequences(targets) = data.train.targets() else { panic!() };
            for (number, target) in targets.iter().enumerate() {
                translations.add(number, target);
            }
            let metrics = translations.finish();
            let is_all = |metric| (metrics[&metric] - 100.0).abs() < 1e-9;
            assert!(is_all(Metric::TOKEN_BLEU), "{metrics:?}");
            assert_eq!([Metric::BLEU, Metric::CHRF].map(is_all), [all; 2], "{metrics:?}");
        }
    }

    /// Another's answers have few, none have none.
    #[test]
    fn a_wrong_answer_has_few_points() {
        let data = answers(Tokeniser::CasedProse);
        let texts = data.answers.as_ref().unwrap();
        let SequenceTargets::Sequences(targets) = data.valid.targets() else { panic!() };
        let of = |shift: usize| {
            let mut translations = Translations::new(texts, Split::Valid);
            for number in 0..targets.len() {
                translations.add(number, targets.get((number + shift) % 30).unwrap());
            }
            translations.finish()
        };
        let (right, wrong) = (of(0), of(1));
        assert!(right[&Metric::BLEU] > 80.0 && wrong[&Metric::BLEU] < 20.0, "{right:?} {wrong:?}");
        assert!(wrong[&Metric::CHRF] > wrong[&Metric::BLEU]);
        assert_eq!(Translations::new(texts, Split::Test).finish()[&Metric::BLEU], 0.0);
    }
}
