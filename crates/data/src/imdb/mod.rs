//! IMDB Large Movie Review Dataset v1.0 (Maas et al. 2011): 25,000 reviews to train on and 25,000
//! to test on, half of each praise and half blame, in the original split.

mod archive;
mod folder;
mod member;
mod sequences;
#[cfg(test)]
mod tests;
mod text;

pub use sequences::{ImdbSettings, load_imdb_sequences};
pub(crate) use text::load_imdb_text;

use std::path::Path;

use crate::catalogue::IMDB;
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::install;
use crate::locate::LocatedFiles;
use crate::places::Places;
use crate::progress::Progress;
use crate::source::Source;
use crate::spec::{self, IMDB_ARCHIVE};
use member::Member;

/// The labelled reviews.
#[derive(Debug, Clone)]
pub struct Imdb {
    /// What it is and where it was taken from.
    pub source: Source,
    /// The training split: first all negative reviews, then all positive ones, each by id.
    pub train: Vec<Review>,
    /// The test split, in the same order.
    pub test: Vec<Review>,
}

/// One review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The raw text, with the HTML line breaks (`<br />`) that it came with.
    pub text: String,
    /// Whether it is praise: the label.
    pub positive: bool,
    /// Stars out of 10: 1 to 4 for blame, 7 to 10 for praise.
    pub rating: u8,
    /// The number in the file name, unique among the reviews of one split and label.
    pub id: u32,
}

/// What the published dataset holds.
struct Expected {
    /// Reviews of each split and label.
    reviews: u64,
    /// Bytes of text: train, test. Equal to the sizes recorded by Hugging Face.
    text_bytes: [u64; 2],
}

const PUBLISHED: Expected = Expected { reviews: 12_500, text_bytes: [33_132_823, 32_350_685] };

/// Loads the reviews from `aclImdb_v1.tar.gz`, `aclImdb_v1_labelled.tar.gz` (the same without
/// its unlabelled half) or an unpacked `aclImdb` folder; downloads the first of these if there
/// is none.
///
/// There is no stand-in. The published archive must have the published checksum; of the other
/// two forms the numbers of reviews and of bytes of text are checked.
///
/// # Errors
/// [`DataError::Missing`] if the files cannot be had; others if they are there but wrong.
pub fn load_imdb(
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Imdb, DataError> {
    let found = install::obtain(&spec::IMDB, places, progress)?;
    load_found(&found, progress)
}

fn load_found(
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Imdb, DataError> {
    let (imdb, facts) = read_published(found, progress)?;
    facts::require_all(&facts)?;
    Ok(imdb)
}

/// The published figures of the reviews beside those of their files.
pub(crate) fn check(
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fact>, DataError> {
    read_published(found, progress).map(|(_, facts)| facts)
}

fn read_published(
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(Imdb, Vec<Fact>), DataError> {
    let archive = found.files.first().filter(|_| found.files.len() == 1);
    let (imdb, mut facts) = read(archive.unwrap_or(&found.folder), &PUBLISHED, progress)?;
    if let (Some(path), Some(sum)) = (archive, imdb.source.files.first())
        && sum.name == IMDB_ARCHIVE
    {
        for remote in spec::IMDB.remote {
            facts.push(Fact::checksum(path, remote.sha256, &sum.sha256));
        }
    }
    Ok((imdb, facts))
}

fn read(
    path: &Path,
    expected: &Expected,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(Imdb, Vec<Fact>), DataError> {
    progress(Progress::Reading { path });
    let (members, sum) =
        if path.is_dir() { folder::read(path)? } else { archive::read(path, archive::LIMITS)? };
    let facts = counts(path, &members, expected);
    let mut imdb = Imdb {
        source: Source::of_files(&IMDB, path, vec![sum]),
        train: Vec::new(),
        test: Vec::new(),
    };
    for (member, text) in members {
        let split = if member.test { &mut imdb.test } else { &mut imdb.train };
        split.push(Review {
            text,
            positive: member.positive,
            rating: member.rating,
            id: member.id,
        });
    }
    Ok((imdb, facts))
}

/// A review's text with what its name says. Readers return them sorted.
type Members = Vec<(Member, String)>;

fn counts(path: &Path, members: &Members, expected: &Expected) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (test, positive, what) in [
        (false, false, "negative training reviews"),
        (false, true, "positive training reviews"),
        (true, false, "negative test reviews"),
        (true, true, "positive test reviews"),
    ] {
        let counted =
            |(member, _): &&(Member, String)| member.test == test && member.positive == positive;
        let found = members.iter().filter(counted).count();
        facts.push(Fact::count(path, what, expected.reviews, found));
    }
    for (test, what) in [(false, "bytes of training text"), (true, "bytes of test text")] {
        let of_split = members.iter().filter(|(member, _)| member.test == test);
        let bytes: usize = of_split.map(|(_, text)| text.len()).sum();
        facts.push(Fact::count(path, what, expected.text_bytes[usize::from(test)], bytes));
    }
    facts
}
