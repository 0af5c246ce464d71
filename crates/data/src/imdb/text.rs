//! The reviews as one text, for language modelling.

use super::sequences::{ImdbSettings, found_reviews, held_out};
use crate::catalogue::IMDB_TEXT;
use crate::corpus::{Corpus, PUBLISHED, WhenMissing};
use crate::error::DataError;
use crate::labelled::Labelled;
use crate::language;
use crate::places::Places;
use crate::progress::Progress;
use crate::scored;
use crate::source::Source;
use crate::tokeniser::{END_OF_LINE, Tokeniser};
use crate::vocabulary;

/// Loads the reviews without their labels, `<eos>` after each: those that `imdb` trains on, validates on and tests
/// on by default are the three splits, and the words are the 10,000 most frequent of the first.
///
/// # Errors
/// Those of [`load_imdb`](super::load_imdb), unless `when_missing` asks for the stand-in.
pub(crate) fn load_imdb_text(
    when_missing: WhenMissing,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    match found_reviews(&IMDB_TEXT, places, progress) {
        Ok((reviews, training, source)) => {
            let settings = ImdbSettings::default();
            let splits = held_out(&reviews, training, &settings)?;
            scored::corpus(text(&reviews, splits, &settings, source)?, PUBLISHED)
        }
        Err(DataError::Missing(missing)) if when_missing == WhenMissing::Builtin => {
            progress(Progress::StandIn { requested: IMDB_TEXT.name, reason: &missing.reason });
            let note = format!(
                "{} was not found in {} and not downloaded: {}",
                IMDB_TEXT.title, missing.looked_in, missing.reason
            );
            Ok(language::corpus(IMDB_TEXT.name, Some(note)))
        }
        Err(error) => Err(error),
    }
}

/// The text of the reviews with these numbers.
fn text(
    reviews: &Labelled,
    splits: [Vec<usize>; 3],
    settings: &ImdbSettings,
    source: Source,
) -> Result<Corpus, DataError> {
    let words = |review: usize| reviews.texts.get(review).unwrap_or_default();
    let mut counts = vec![0; reviews.vocabulary.len()];
    for &review in &splits[0] {
        vocabulary::count(words(review), &mut counts);
    }
    let (mut vocabulary, ids) = reviews.vocabulary.cut(&counts, settings.cutoff, true)?;
    let end = vocabulary.add(END_OF_LINE);
    let tokens = |split: &[usize]| {
        let each = split
            .iter()
            .flat_map(|&review| words(review).iter().map(|&id| ids[id as usize]).chain([end]));
        each.collect()
    };
    let [train, valid, test] = splits.each_ref().map(|split| tokens(split));
    Ok(Corpus { source, tokeniser: Tokeniser::Prose, vocabulary, train, valid, test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::IMDB;
    use std::path::Path;

    #[test]
    fn a_text_is_the_reviews_one_after_another() {
        let mut reviews = Labelled::new(Tokeniser::Prose);
        for text in ["a b a", "c a", "b d"] {
            let ids: Vec<u32> = text.split(' ').map(|word| reviews.vocabulary.add(word)).collect();
            reviews.texts.push(ids);
            reviews.labels.push(0);
        }
        let source = Source::of_files(&IMDB, Path::new("x"), Vec::new());
        let splits = [vec![0, 1], vec![2], Vec::new()];
        let corpus = text(&reviews, splits, &ImdbSettings::default(), source).unwrap();
        let words: Vec<&str> = corpus.vocabulary.words().collect();
        assert_eq!(words, ["<unk>", "a", "b", "c", "<eos>"]);
        assert_eq!((corpus.train, corpus.valid), (vec![1, 2, 1, 4, 3, 1, 4], vec![2, 0, 4]));
    }
}
