//! Pairs of sentences on their way to sequences.

use std::collections::HashMap;

use task::{InputKind, TargetKind};

use super::answers::{SentencePairs, TextAnswers};
use super::settings::ParallelSettings;
use crate::codec::TextCodec;
use crate::draws;
use crate::error::DataError;
use crate::ragged::Ragged;
use crate::scored::{Mend, Unit};
use crate::sequences::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::Source;
use crate::split::{HeldOut, by_key};
use crate::subwords::Subwords;
use crate::tokeniser::{END_OF_LINE, Tokeniser};
use crate::vocabulary::{self, UNKNOWN, Vocabulary};

/// What parallel texts are made of.
pub(crate) struct ParallelTexts {
    /// The sentences, of three splits or in one piece.
    pub(crate) texts: Texts,
    /// Whether they stand cut into tokens already.
    pub(crate) tokenised: bool,
    pub(crate) source: Source,
}

pub(crate) enum Texts {
    /// To train on, to choose by, to report on.
    Splits([SentencePairs; 3]),
    /// To be split by a draw.
    Whole(SentencePairs, HeldOut),
}

impl ParallelTexts {
    /// The dataset.
    pub(crate) fn data(self, settings: ParallelSettings) -> Result<SequenceData, DataError> {
        require(settings)?;
        let tokeniser = settings.tokeniser.unwrap_or(match self.tokenised {
            true => Tokeniser::Words,
            false => Tokeniser::Prose,
        });
        let (texts, held_out) = match self.texts {
            Texts::Splits(texts) => (Vec::from(texts), None),
            Texts::Whole(texts, held_out) => (vec![texts], Some(held_out)),
        };
        let mut sides = [Side::default(), Side::default()];
        for pairs in &texts {
            sides[0].add(tokeniser, &pairs.sources);
            sides[1].add(tokeniser, &pairs.references);
        }
        let kept = wanted(&sides, texts[0].len(), settings);
        let (splits, mend): ([Vec<usize>; 3], _) = match held_out {
            None => {
                let [_, valid, test] = &texts[..] else { return Err(unsplit()) };
                let at = texts[0].len();
                let valid_end = at + valid.len();
                (
                    [
                        kept,
                        (at..valid_end).collect(),
                        (valid_end..valid_end + test.len()).collect(),
                    ],
                    Mend::Other("give every split pairs of sentences"),
                )
            }
            Some(held_out) => {
                let groups = groups(&sides, &kept);
                let splits = by_key(groups.iter(), held_out, settings.seed);
                (splits.map(|split| split.into_iter().map(|at| kept[at]).collect()), Mend::HeldOut)
            }
        };
        Unit::Sequences.require(&self.source.location, splits.each_ref().map(Vec::len), mend)?;
        let [source, target] = sides;
        let (source_codec, source_ids) =
            source.codec(tokeniser, &splits[0], settings, Role::Source)?;
        let (target_codec, target_ids) =
            target.codec(tokeniser, &splits[0], settings, Role::Target)?;
        let all = texts.into_iter().reduce(SentencePairs::followed_by).unwrap_or_default();
        let sequences = |split: &Vec<usize>| {
            Sequences::made(
                SequenceInputs::Tokens(source_ids.select(split)),
                SequenceTargets::Sequences(target_ids.select(split)),
            )
        };
        let [train, valid, test] = splits.each_ref().map(sequences);
        Ok(SequenceData {
            source: self.source,
            input: InputKind::Tokens { types: source_codec.vocabulary.len() },
            target: TargetKind::Sequence { types: target_codec.vocabulary.len() },
            text: Some(source_codec),
            answers: Some(TextAnswers {
                codec: target_codec,
                texts: splits.each_ref().map(|split| all.select(split)),
            }),
            classes: Vec::new(),
            baseline: None,
            speech: None,
            train,
            valid,
            test,
        })
    }
}

/// Pairs in the numbers of a model that was trained before, as the test split; there are no others.
pub(crate) fn encoded(
    splits: [SentencePairs; 2],
    source_codec: &TextCodec,
    target_codec: &TextCodec,
    source: Source,
) -> SequenceData {
    let end = target_codec.end();
    let sequences = |pairs: &SentencePairs| {
        let inputs = pairs.sources.iter().map(|text| source_codec.encode(text));
        let targets = pairs
            .references
            .iter()
            .map(|text| target_codec.encode(text).into_iter().chain(end).collect::<Vec<_>>());
        Sequences::made(
            SequenceInputs::Tokens(inputs.collect()),
            SequenceTargets::Sequences(targets.collect()),
        )
    };
    let none = SentencePairs::default();
    let [train, valid, test] = [&none, &splits[0], &splits[1]].map(sequences);
    let [valid_texts, test_texts] = splits;
    SequenceData {
        source,
        input: InputKind::Tokens { types: source_codec.vocabulary.len() },
        target: TargetKind::Sequence { types: target_codec.vocabulary.len() },
        text: Some(source_codec.clone()),
        answers: Some(TextAnswers {
            codec: target_codec.clone(),
            texts: [none, valid_texts, test_texts],
        }),
        classes: Vec::new(),
        baseline: None,
        speech: None,
        train,
        valid,
        test,
    }
}

/// The held-out splits of pairs that stand in one piece, as [`ParallelTexts::data`] cuts them.
pub(crate) fn held_out(
    texts: &SentencePairs,
    held_out: HeldOut,
    settings: ParallelSettings,
) -> [SentencePairs; 2] {
    let tokeniser = settings.tokeniser.unwrap_or(Tokeniser::Prose);
    let mut sides = [Side::default(), Side::default()];
    sides[0].add(tokeniser, &texts.sources);
    sides[1].add(tokeniser, &texts.references);
    let kept = wanted(&sides, texts.len(), settings);
    let [_, valid, test] = by_key(groups(&sides, &kept).iter(), held_out, settings.seed);
    [valid, test].map(|split| texts.select(&split.iter().map(|&at| kept[at]).collect::<Vec<_>>()))
}

fn require(settings: ParallelSettings) -> Result<(), DataError> {
    settings.cutoff.require()?;
    let ParallelSettings { shortest, longest, .. } = settings;
    if longest > 0 && longest < shortest {
        let reason = format!("{longest} is less than `shortest`, {shortest}: no sentence is left");
        return Err(DataError::setting("longest", reason));
    }
    Ok(())
}

fn unsplit() -> DataError {
    DataError::setting("test", "three splits are needed, or one to be split")
}

/// The numbers of the first `count` pairs that lengths and number leave.
fn wanted(sides: &[Side; 2], count: usize, settings: ParallelSettings) -> Vec<usize> {
    let ParallelSettings { shortest, longest, pairs, seed, .. } = settings;
    let most = if longest == 0 { usize::MAX } else { longest };
    let fits = |pair: &usize| {
        let length = |side: &Side| side.texts.get(*pair).map_or(0, <[u32]>::len);
        sides.iter().all(|side| (shortest..=most).contains(&length(side)))
    };
    let mut kept: Vec<usize> = (0..count).filter(fits).collect();
    if pairs > 0 && pairs < kept.len() {
        let mut order = draws::permutation(&mut draws::stream(seed, "pairs", 0), kept.len());
        order.truncate(pairs);
        order.sort_unstable();
        kept = order.into_iter().map(|at| kept[at]).collect();
    }
    kept
}

/// A number for each of the pairs: the same for those that hang together by a sentence that they have in common, in
/// either language, as it is cut into tokens: two that a model reads alike are one.
fn groups(sides: &[Side; 2], kept: &[usize]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..kept.len()).collect();
    fn top(group: &mut [usize], mut at: usize) -> usize {
        while group[at] != at {
            group[at] = group[group[at]];
            at = group[at];
        }
        at
    }
    for side in sides {
        let mut first: HashMap<&[u32], usize> = HashMap::new();
        for (at, &pair) in kept.iter().enumerate() {
            let sentence = side.texts.get(pair).unwrap_or_default();
            let earlier = *first.entry(sentence).or_insert(at);
            let (one, two) = (top(&mut group, earlier), top(&mut group, at));
            // The first pair stands for its group.
            group[one.max(two)] = one.min(two);
        }
    }
    (0..kept.len()).map(|at| top(&mut group, at)).collect()
}

/// Whether sentences are read or written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Source,
    Target,
}

/// The sentences of one language as ids of a vocabulary that has all their tokens.
#[derive(Default)]
struct Side {
    tokens: Vocabulary,
    texts: Ragged<u32>,
}

impl Side {
    fn add(&mut self, tokeniser: Tokeniser, sentences: &[String]) {
        for sentence in sentences {
            let mut ids = Vec::new();
            tokeniser.each(sentence, |token| ids.push(self.tokens.add(token)));
            self.texts.push(ids);
        }
    }

    /// How the language becomes ids, learned from the sentences with the numbers `train`, and the ids of all sentences.
    fn codec(
        &self,
        tokeniser: Tokeniser,
        train: &[usize],
        settings: ParallelSettings,
        role: Role,
    ) -> Result<(TextCodec, Ragged<u32>), DataError> {
        let mut counts = vec![0; self.tokens.len()];
        for &text in train {
            vocabulary::count(self.texts.get(text).unwrap_or_default(), &mut counts);
        }
        let subwords = (settings.subwords > 0).then(|| {
            let words = self.tokens.words().zip(counts.iter().copied());
            let seen = words.filter(|&(word, count)| count > 0 && word != UNKNOWN);
            Subwords::learn(seen, settings.subwords)
        });
        // The pieces of each token.
        let (pieces, piece_counts, of_token) = self.pieces(subwords.as_ref(), &counts);
        let (mut vocabulary, ids) = pieces.cut(&piece_counts, settings.cutoff, true)?;
        if role == Role::Target {
            vocabulary.add(END_OF_LINE);
        }
        let end = vocabulary.id(END_OF_LINE).filter(|_| role == Role::Target);
        let reversed = settings.reversed && role == Role::Source;
        let encoded = self.texts.iter().map(|text| {
            let of_token = |&token: &u32| of_token.get(token as usize).unwrap_or_default();
            let mut sentence: Vec<u32> =
                text.iter().flat_map(of_token).map(|&piece| ids[piece as usize]).collect();
            if reversed {
                sentence.reverse();
            }
            sentence.into_iter().chain(end)
        });
        let encoded = encoded.collect();
        Ok((TextCodec { tokeniser, subwords, reversed, vocabulary }, encoded))
    }

    /// The pieces that there are, how often each is seen, and those of each token.
    fn pieces(
        &self,
        subwords: Option<&Subwords>,
        counts: &[u64],
    ) -> (Vocabulary, Vec<u64>, Ragged<u32>) {
        let Some(subwords) = subwords else {
            let each = (0..self.tokens.len() as u32).map(|token| [token]);
            return (self.tokens.clone(), counts.to_vec(), each.collect());
        };
        let mut pieces = Vocabulary::default();
        let mut of_token = Ragged::default();
        for token in self.tokens.words() {
            match token {
                UNKNOWN => of_token.push([pieces.add(token)]),
                _ => of_token.push(subwords.split(token).iter().map(|piece| pieces.add(piece))),
            }
        }
        let mut piece_counts = vec![0; pieces.len()];
        for (pieces, count) in of_token.iter().zip(counts) {
            pieces.iter().for_each(|&piece| piece_counts[piece as usize] += count);
        }
        (pieces, piece_counts, of_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Cutoff;
    use proptest::prelude::*;

    fn of(texts: Texts, settings: ParallelSettings) -> Result<SequenceData, DataError> {
        let source = Source {
            requested: "pairs".to_owned(),
            name: "pairs".to_owned(),
            title: "pairs".to_owned(),
            stand_in: false,
            location: "a.tsv".to_owned(),
            files: Vec::new(),
            note: None,
        };
        ParallelTexts { texts, tokenised: false, source }.data(settings)
    }

    fn pairs(texts: &[(&str, &str)]) -> SentencePairs {
        let (sources, references) =
            texts.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).unzip();
        SentencePairs { sources, references }
    }

    fn tokens(sequences: &Sequences) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        let SequenceInputs::Tokens(inputs) = sequences.inputs() else { panic!() };
        let SequenceTargets::Sequences(targets) = sequences.targets() else { panic!() };
        let listed = |texts: &Ragged<u32>| texts.iter().map(<[u32]>::to_vec).collect();
        (listed(inputs), listed(targets))
    }

    #[test]
    fn rare_and_unseen_words_are_unknown_and_sentences_end() {
        let train = pairs(&[("a b", "x y"), ("b a", "y x z")]);
        let held_out = pairs(&[("A c", "w Y")]);
        let settings = ParallelSettings { tokeniser: Some(Tokeniser::Words), ..Default::default() };
        let data = of(Texts::Splits([train, held_out.clone(), held_out]), settings).unwrap();
        let answers = data.answers.as_ref().unwrap();
        // Nothing but `x` and `y` is seen twice.
        let words = |codec: &TextCodec| codec.vocabulary.words().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&answers.codec), "<unk> x y <eos>");
        assert!(data.text.is_some());
        assert_eq!(tokens(&data.train).1, [vec![1, 2, 3], vec![2, 1, 0, 3]]);
        assert_eq!(tokens(&data.test).1, [[0, 0, 3]]);
        assert_eq!(answers.of(crate::Split::Test).references, ["w Y"]);
        assert_eq!(data.target, TargetKind::Sequence { types: 4 });
    }

    #[test]
    fn a_split_without_pairs_is_told() {
        let train = pairs(&[("a b", "x y"), ("a b", "x y")]);
        let none = SentencePairs::default();
        let error = of(Texts::Splits([train.clone(), none, train]), ParallelSettings::default());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("nothing to score in the validation split"), "{error}");
        let long = ParallelSettings { longest: 1, ..Default::default() };
        let train = pairs(&[("a b", "x y"), ("a b", "x y")]);
        let error = of(Texts::Splits([train.clone(), train.clone(), train.clone()]), long);
        assert!(error.unwrap_err().to_string().contains("the training split"));
        let both = ParallelSettings { shortest: 4, longest: 3, ..Default::default() };
        let error = of(Texts::Splits([train.clone(), train.clone(), train]), both).unwrap_err();
        assert!(error.to_string().starts_with("longest: 3 is less than `shortest`, 4"), "{error}");
    }

    /// Capital letters, normal forms and blanks are not read: such sentences are one.
    #[test]
    fn sentences_that_are_read_alike_are_in_one_split() {
        let mut all: Vec<(String, String)> = Vec::new();
        for k in 0..60 {
            let word = format!("w{k}");
            all.push((format!("ein {word} é"), format!("a {word}")));
            all.push((format!("Ein  {word} e\u{301}"), format!("one {word} more")));
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (&a[..], &b[..])).collect();
        let settings = ParallelSettings {
            cutoff: Cutoff { min_count: 1, ..Cutoff::default() },
            ..Default::default()
        };
        let data = of(Texts::Whole(pairs(&all), HeldOut::default()), settings).unwrap();
        assert_eq!(data.train.len() + data.valid.len() + data.test.len(), 120);
        assert!(data.test.len() > 4);
        let answers = data.answers.as_ref().unwrap();
        for split in [crate::Split::Train, crate::Split::Valid, crate::Split::Test] {
            let sources = &answers.of(split).sources;
            let word = |source: &String| source.split_whitespace().nth(1).unwrap().to_owned();
            let words: std::collections::HashSet<String> = sources.iter().map(word).collect();
            assert_eq!(2 * words.len(), sources.len(), "{split:?}: {sources:?}");
        }
    }

    #[test]
    fn lengths_and_numbers_bound_what_is_trained_on() {
        let train: Vec<(String, String)> =
            (1..=20).map(|n| ("a ".repeat(n), "x ".repeat(n))).collect();
        let train: Vec<(&str, &str)> = train.iter().map(|(a, x)| (&a[..], &x[..])).collect();
        let test = pairs(&train[19..]);
        let of = |settings| {
            let data =
                of(Texts::Splits([pairs(&train), test.clone(), test.clone()]), settings).unwrap();
            (data.train.lengths().collect::<Vec<_>>(), data.test.lengths().collect::<Vec<_>>())
        };
        let (lengths, test) =
            of(ParallelSettings { shortest: 3, longest: 6, ..Default::default() });
        assert_eq!((lengths, test), (vec![3, 4, 5, 6], vec![20]));
        let (some, _) = of(ParallelSettings { pairs: 5, ..Default::default() });
        assert!(some.len() == 5 && some.is_sorted(), "{some:?}");
        assert_ne!(some, of(ParallelSettings { pairs: 5, seed: 2, ..Default::default() }).0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        /// What is trained on is what a sentence becomes later, by what is recorded alone; and no sentence is in two
        /// splits.
        #[test]
        fn a_sentence_has_the_same_ids_later(
            texts in prop::collection::vec(("[a-d]{1,4}( [a-d]{1,4}){0,3}", "[A-D]{1,4}( [A-D]{1,4}){0,3}[.!]"), 12..40),
            subwords in prop_oneof![Just(0), 1usize..12],
            reversed: bool,
            min_count in 1u64..3,
            seed in 0u64..4,
        ) {
            let texts: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (&a[..], &b[..])).collect();
            let settings = ParallelSettings {
                tokeniser: Some(Tokeniser::CasedProse),
                subwords,
                reversed,
                cutoff: Cutoff { min_count, max_words: 0 },
                seed,
                ..Default::default()
            };
            let part = HeldOut { valid: 250, test: 250 };
            let Ok(data) = of(Texts::Whole(pairs(&texts), part), settings) else { return Ok(()) };
            let (source, answers) = (data.text.as_ref().unwrap(), data.answers.as_ref().unwrap());
            prop_assert_eq!(answers.codec.end(), Some(answers.codec.vocabulary.len() as u32 - 1));
            let text = serde_json::to_string(&(source, &answers.codec)).unwrap();
            let (source, target): (TextCodec, TextCodec) = serde_json::from_str(&text).unwrap();
            let mut seen: Vec<&str> = Vec::new();
            for split in crate::Split::ALL {
                let SentencePairs { sources, references } = answers.of(split);
                let (inputs, targets) = tokens(data.split(split));
                for ((text, reference), (input, answer)) in
                    sources.iter().zip(references).zip(inputs.iter().zip(&targets))
                {
                    prop_assert_eq!(&source.encode(text), input);
                    let (end, answer) = answer.split_last().unwrap();
                    prop_assert_eq!(&target.encode(reference), answer);
                    prop_assert_eq!(Some(*end), target.end());
                    if !answer.contains(&0) {
                        prop_assert_eq!(&target.decode(answer), reference);
                    }
                    prop_assert!(!seen.contains(&text.as_str()) && !seen.contains(&reference.as_str()));
                }
                seen.extend(sources.iter().chain(references).map(String::as_str));
            }
        }
    }
}
