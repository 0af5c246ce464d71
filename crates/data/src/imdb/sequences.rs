//! The reviews as sequences of word ids.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Imdb, load_found};
use crate::cache::{self, Entry};
use crate::catalogue::DatasetInfo;
use crate::corpus;
use crate::draws;
use crate::error::DataError;
use crate::install;
use crate::labelled::Labelled;
use crate::places::Places;
use crate::progress::Progress;
use crate::ragged::Ragged;
use crate::sequences::SequenceData;
use crate::source::Source;
use crate::spec;
use crate::split::{HeldOut, by_key};
use crate::tokeniser::Tokeniser;
use crate::vocabulary::{Cutoff, Vocabulary};

/// How reviews become sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImdbSettings {
    /// Which words of the training split are kept; the others are `<unk>`.
    pub cutoff: Cutoff,
    /// The most words of a review, its last ones; 0 for all.
    pub max_length: usize,
    /// How many thousandths of the training reviews are held out for validation.
    pub valid: u32,
    /// Which ones: the seed of their draw.
    pub seed: u64,
    /// How many of the training reviews have a label and are trained on, drawn by the same seed, fewer being among
    /// more; 0 for all. The others lend their words to the vocabulary alone.
    #[serde(skip_serializing_if = "is_all")]
    pub labels: usize,
}

fn is_all(labels: &usize) -> bool {
    *labels == 0
}

impl Default for ImdbSettings {
    /// The 10,000 most frequent words, reviews cut to 400 words, a tenth for validation.
    fn default() -> Self {
        let cutoff = Cutoff { min_count: 1, max_words: 10_000 };
        Self { cutoff, max_length: 400, valid: 100, seed: 1, labels: 0 }
    }
}

/// Loads the IMDB reviews as word ids ([`Tokeniser::Prose`]), class 0 for blame and 1 for praise.
///
/// The vocabulary is that of the reviews that remain to train on, with a label or without. Reviews of the same words are
/// held out together. Of a long review the end is kept, where the verdict often stands.
///
/// # Errors
/// Those of [`load_imdb`](super::load_imdb); [`DataError::BadSetting`] if nothing would be left to
/// train on.
pub fn load_imdb_sequences(
    settings: ImdbSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    settings.cutoff.require()?;
    HeldOut { valid: settings.valid, test: 0 }.require()?;
    let (reviews, training, source) = found_reviews(&spec::IMDB.info, places, progress)?;
    let [train, valid, test] = held_out(&reviews, training, &settings)?;
    let labelled = labelled(&train, &settings)?;
    let mend = "hold out reviews for validation (`valid`, in thousandths)";
    let (cutoff, most) = (settings.cutoff, settings.max_length);
    reviews.data_with_words_of(&train, [labelled, valid, test], cutoff, (most, source, mend.into()))
}

/// The training reviews that have a label, of these.
fn labelled(train: &[usize], settings: &ImdbSettings) -> Result<Vec<usize>, DataError> {
    let all = train.len();
    if settings.labels > all {
        let reason = format!(
            "{} are more than the {all} reviews to train on; at most so many are allowed, and 0 for all",
            settings.labels
        );
        return Err(DataError::setting("labels", reason));
    }
    if settings.labels == 0 {
        return Ok(train.to_vec());
    }
    let order = draws::permutation(&mut draws::stream(settings.seed, "labels", 0), all);
    let mut chosen: Vec<usize> =
        order.into_iter().take(settings.labels).map(|position| train[position]).collect();
    chosen.sort_unstable();
    Ok(chosen)
}

/// The numbers of the reviews in each split.
pub(super) fn held_out(
    reviews: &Labelled,
    training: usize,
    settings: &ImdbSettings,
) -> Result<[Vec<usize>; 3], DataError> {
    let held_out = HeldOut { valid: settings.valid, test: 0 }.require()?;
    let texts = (0..training).filter_map(|review| reviews.texts.get(review));
    let [train, valid, _] = by_key(texts, held_out, settings.seed);
    Ok([train, valid, (training..reviews.texts.len()).collect()])
}

/// All reviews, how many of them, the first ones, are to train on, and where they are from.
pub(super) fn found_reviews(
    info: &DatasetInfo,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(Labelled, usize, Source), DataError> {
    let found = install::obtain(&spec::IMDB, places, progress)?;
    let (entry, source) = if let [archive] = &found.files[..] {
        let files = corpus::sums(&found, progress)?;
        let slot = corpus::slot(places, &files, &["imdb words"]);
        let entry = cache::remembered(slot, is_sound, progress, || {
            load_found(&found, &mut |_| ()).map(|imdb| entry(&imdb))
        })?;
        (entry, Source::of_files(info, archive, files))
    } else {
        // A folder of 50,000 files has no one checksum by which to know its entry.
        let imdb = load_found(&found, progress)?;
        let files = imdb.source.files.clone();
        (entry(&imdb), Source::of_files(info, &found.folder, files))
    };
    let (reviews, training) = reviews(entry);
    Ok((reviews, training, source))
}

/// Words, and the arrays: ids of all words, lengths and labels of the reviews, the number of
/// training reviews, which come first.
fn entry(imdb: &Imdb) -> Entry {
    let mut vocabulary = Vocabulary::default();
    let (mut ids, mut lengths, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for review in imdb.train.iter().chain(&imdb.test) {
        let start = ids.len();
        Tokeniser::Prose.each(&review.text, |token| ids.push(vocabulary.add(token)));
        lengths.push((ids.len() - start) as u32);
        labels.push(u32::from(review.positive));
    }
    let training = vec![imdb.train.len() as u32];
    Entry { words: vocabulary.into(), arrays: vec![ids, lengths, labels, training] }
}

fn is_sound(entry: &Entry) -> bool {
    let [ids, lengths, labels, training] = &entry.arrays[..] else {
        return false;
    };
    let total: u64 = lengths.iter().map(|&length| u64::from(length)).sum();
    total == ids.len() as u64
        && lengths.len() == labels.len()
        && matches!(training[..], [count] if count as usize <= labels.len())
        && ids.iter().all(|&id| (id as usize) < entry.words.len())
        && labels.iter().all(|&label| label < 2)
}

/// The reviews in an entry, and how many of them are to train on.
fn reviews(entry: Entry) -> (Labelled, usize) {
    let mut arrays = entry.arrays.into_iter();
    let mut next = || arrays.next().unwrap_or_default();
    let (ids, lengths, labels) = (next(), next(), next());
    let training = next().first().map_or(0, |&count| count as usize);
    let reviews = Labelled {
        tokeniser: Tokeniser::Prose,
        vocabulary: Vocabulary::of_distinct(entry.words),
        texts: Ragged::of_parts(ids, &lengths),
        labels,
        classes: ["negative", "positive"].map(str::to_owned).to_vec(),
    };
    (reviews, training)
}
