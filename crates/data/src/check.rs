//! Datasets as they lie on this machine beside what was published of them.

use crate::catalogue::IMDB_TEXT;
use crate::corpus;
use crate::error::DataError;
use crate::facts::Fact;
use crate::imdb;
use crate::locate;
use crate::mnist;
use crate::music;
use crate::names;
use crate::parallel;
use crate::places::Places;
use crate::progress::Progress;
use crate::spec::{self, CORPORA, FSDD, IMDB, MNIST, NAMES, PARALLEL};
use crate::speech;

/// Reads a dataset whole and compares every published figure (counts, checksums) with what is
/// there; no cache is asked and nothing is downloaded. None if the dataset is not on this machine.
///
/// # Errors
/// [`DataError::UnknownDataset`] for a name that is no dataset's, [`DataError::NoFiles`] for that of
/// a generated one; others if files cannot be read, so that there is nothing to compare.
pub fn check(
    name: &str,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Option<Vec<Fact>>, DataError> {
    let files = spec::files(name)?;
    let Some(found) = locate::find(name, files.layouts, places)? else {
        return Ok(None);
    };
    if let Some(spec) = CORPORA.into_iter().find(|spec| spec.files.info.name == name) {
        return corpus::check(spec, &found, progress).map(Some);
    }
    if let Some(spec) = PARALLEL.into_iter().find(|spec| spec.files.info.name == name) {
        return parallel::check(spec, &found, progress).map(Some);
    }
    let facts = if [IMDB.info.name, IMDB_TEXT.name].contains(&name) {
        imdb::check(&found, progress)
    } else if name == NAMES.files.info.name {
        names::check(&found)
    } else if name == MNIST.info.name {
        mnist::check(&found, progress)
    } else if name == FSDD.info.name {
        speech::check(&found, progress)
    } else {
        music::check(name, &found, progress)
    };
    facts.map(Some)
}
