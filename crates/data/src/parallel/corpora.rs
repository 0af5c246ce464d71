//! Published parallel texts.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use super::answers::SentencePairs;
use super::build::{ParallelTexts, Texts};
use super::settings::{
    EnglishFrench, GermanEnglish, Multi30kSettings, ParallelSettings, TatoebaSettings,
};
use super::{made, read};
use crate::bounded::Bounded;
use crate::checksum;
use crate::corpus::{self, WhenMissing};
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::install;
use crate::locate::LocatedFiles;
use crate::places::Places;
use crate::progress::Progress;
use crate::sequences::SequenceData;
use crate::source::{FileSum, Source};
use crate::spec::{ParallelSpec, TATOEBA, TATOEBA_ARCHIVE, TATOEBA_TEXT};
use crate::split::HeldOut;
use crate::text::file_name;

/// The most bytes of a text in an archive.
const MOST_BYTES: u64 = 1 << 26;

/// Loads Multi30k in its published splits; `spec` says whether plain or tokenised.
///
/// The validation sentences are those of the authors' repository, of which 61 German ones differ from those of the
/// archive of 2016; the test is that of 2016.
pub(crate) fn load_multi30k(
    spec: &ParallelSpec,
    settings: &Multi30kSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let (exchanged, languages) = match settings.direction {
        GermanEnglish::FromGerman => (false, "German to English"),
        GermanEnglish::FromEnglish => (true, "English to German"),
    };
    let wanted = Wanted { exchanged, languages, held_out: None, missing: settings.when_missing };
    load(spec, wanted, settings.parallel(), places, progress)
}

/// Loads the pairs of Tatoeba, split by a draw so that no sentence of either language is in two splits.
pub(crate) fn load_tatoeba(
    settings: &TatoebaSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let (exchanged, languages) = match settings.direction {
        EnglishFrench::FromEnglish => (false, "English to French"),
        EnglishFrench::FromFrench => (true, "French to English"),
    };
    let held_out = Some(settings.held_out.require()?);
    let wanted = Wanted { exchanged, languages, held_out, missing: settings.when_missing };
    load(&TATOEBA, wanted, settings.parallel(), places, progress)
}

/// What of a set is wanted.
struct Wanted {
    /// From the second language into the first.
    exchanged: bool,
    languages: &'static str,
    /// What is held out, where no splits are published.
    held_out: Option<HeldOut>,
    missing: WhenMissing,
}

fn load(
    spec: &ParallelSpec,
    wanted: Wanted,
    settings: ParallelSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let info = &spec.files.info;
    let found = match install::obtain(&spec.files, places, progress) {
        Ok(found) => found,
        Err(DataError::Missing(missing)) if wanted.missing == WhenMissing::Builtin => {
            progress(Progress::StandIn { requested: info.name, reason: &missing.reason });
            let note = format!(
                "{} was not found in {} and not downloaded: {}",
                info.title, missing.looked_in, missing.reason
            );
            return made::stand_in(info.name, spec.tokenised, settings, note);
        }
        Err(error) => return Err(error),
    };
    let (splits, files, facts) =
        read_splits(spec, &found, progress).map_err(DataError::of_published)?;
    facts::require_all(&facts)?;
    let splits = match wanted.exchanged {
        true => splits.map(SentencePairs::exchanged),
        false => splits,
    };
    let texts = match wanted.held_out {
        None => Texts::Splits(splits),
        Some(held_out) => {
            let [whole, ..] = splits;
            Texts::Whole(whole, held_out)
        }
    };
    let mut source = Source::of_files(info, &found.folder, files);
    source.title = format!("{}, {}", info.title, wanted.languages);
    ParallelTexts { texts, tokenised: spec.tokenised, source }.data(settings)
}

/// The published figures of a set beside those of its files.
pub(crate) fn check(
    spec: &ParallelSpec,
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fact>, DataError> {
    read_splits(spec, found, progress).map(|(_, _, facts)| facts).map_err(DataError::of_published)
}

/// Splits, the files they were read from, and what was published of them.
type PublishedPairs = ([SentencePairs; 3], Vec<FileSum>, Vec<Fact>);

/// Reads the splits; of a table, all pairs as the first. Facts that do not hold are the caller's business.
fn read_splits(
    spec: &ParallelSpec,
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PublishedPairs, DataError> {
    let files = corpus::sums(found, progress)?;
    let mut splits: [SentencePairs; 3] = Default::default();
    let mut facts = Vec::new();
    match &found.files[..] {
        [table] => {
            let (text, sha256) = match file_name(table) == TATOEBA_ARCHIVE {
                true => member(table, TATOEBA_TEXT)?,
                false => (Vec::new(), files[0].sha256.clone()),
            };
            splits[0] = match text.is_empty() {
                true => read::table(table)?,
                false => read::table_of(table, Cursor::new(text))?,
            };
            facts.push(Fact::count(table, "pairs", spec.pairs[0], splits[0].len()));
            facts.extend(spec.sha256.iter().map(|sum| Fact::checksum(table, sum, &sha256)));
        }
        paths => {
            let pairs = paths.chunks_exact(2).zip(spec.pairs).zip(&mut splits);
            for ((paths, count), split) in pairs {
                *split = read::two_files([&paths[0], &paths[1]])?;
                facts.push(Fact::count(&paths[0], "sentences", count, split.len()));
            }
            for ((path, sum), file) in paths.iter().zip(spec.sha256).zip(&files) {
                facts.push(Fact::checksum(path, sum, &file.sha256));
            }
        }
    }
    Ok((splits, files, facts))
}

/// A member of a zip archive, and its checksum.
fn member(path: &Path, name: &str) -> Result<(Vec<u8>, String), DataError> {
    let bad = |reason: String| DataError::BadArchive { path: path.to_owned(), reason };
    let file = File::open(path).map_err(|e| DataError::io("open", path, e))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| bad(e.to_string()))?;
    let entry = archive.by_name(name).map_err(|e| bad(format!("member {name}: {e}")))?;
    let mut bytes = Vec::new();
    Bounded::new(entry, MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|e| bad(format!("member {name}: {e}")))?;
    let sum = checksum::of_bytes(&bytes);
    Ok((bytes, sum))
}
