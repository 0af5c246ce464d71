//! A dataset's files: found on this machine, or downloaded into the user's cache.
//!
//! A download is written to a hidden folder beside its goal, verified there and then renamed, so
//! that a dataset is either wholly in place or not there at all, whenever the program is stopped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::download;
use crate::error::{DataError, MissingDataset};
use crate::locate::{self, Found};
use crate::places::Places;
use crate::progress::Progress;
use crate::spec::{self, FileSpec};
use crate::text::file_name;
use crate::unpack;

/// The dataset's files, wherever they come from; [`DataError::Missing`] if nowhere.
pub(crate) fn obtain(
    spec: &FileSpec,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Found, DataError> {
    let name = spec.info.name;
    if let Some(found) = locate::find(name, spec.layouts, places)? {
        return Ok(found);
    }
    let reason = match places.cache() {
        _ if spec.remote.is_empty() => "no address is known to download it from".to_owned(),
        _ if !places.may_download() => "downloads are switched off (RNNLAB_OFFLINE)".to_owned(),
        None => "there is no cache folder to download into: neither HOME nor XDG_CACHE_HOME is set"
            .to_owned(),
        Some(cache) => match install(spec, cache, places, progress) {
            Ok(()) => match locate::find(name, spec.layouts, places)? {
                Some(found) => return Ok(found),
                None => "the downloaded files have disappeared".to_owned(),
            },
            Err(error) => error.to_string(),
        },
    };
    Err(missing(spec, places, reason))
}

/// Fetches a dataset into the cache folder, unless it is on this machine, and says where it is.
///
/// # Errors
/// [`DataError::UnknownDataset`] for a name that is no dataset's or that of a generated one;
/// [`DataError::LicenceNotAccepted`] if the terms restrict its use and `accept_licence` is false;
/// [`DataError::Missing`] if the files cannot be had.
pub fn fetch(
    name: &str,
    accept_licence: bool,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, DataError> {
    let spec = spec::files(name)?;
    let here = locate::find(name, spec.layouts, places)?.is_some();
    if !here && spec.info.restricted && !accept_licence {
        let (name, licence) = (name.to_owned(), spec.info.licence.to_owned());
        return Err(DataError::LicenceNotAccepted { name, licence });
    }
    obtain(spec, places, progress).map(|found| found.folder)
}

/// Downloads, verifies and puts in place. Processes that do this at the same time wait for each
/// other; the later ones then find the work done.
fn install(
    spec: &FileSpec,
    cache: &Path,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), DataError> {
    let name = spec.info.name;
    fs::create_dir_all(cache).map_err(|e| DataError::io("create", cache, e))?;
    let lock_path = cache.join(format!(".{name}.lock"));
    let lock = File::create(&lock_path).map_err(|e| DataError::io("create", &lock_path, e))?;
    // A file system without locks only risks that the same files are downloaded twice.
    let _ = lock.lock();
    if locate::find(name, spec.layouts, places)?.is_some() {
        return Ok(());
    }

    progress(Progress::Licence { dataset: spec.info.title, text: spec.info.licence });
    let partial = Partial::create(cache.join(format!(".{name}.part")))?;
    for remote in spec.remote {
        let url = remote.urls[0];
        let file = partial.folder.join(file_name(Path::new(url)));
        download::fetch(&places.address(url), remote, &file, progress)?;
        if !remote.members.is_empty() {
            progress(Progress::Reading { path: &file });
            unpack::zip_members(&file, remote.members, &partial.folder)?;
            fs::remove_file(&file).map_err(|e| DataError::io("remove", &file, e))?;
        }
    }
    let folder = spec.layouts.first().map_or(name, |layout| layout.folder);
    partial.move_to(&cache.join(folder))
}

/// The hidden folder of a download; removed with all that is in it unless moved.
struct Partial {
    folder: PathBuf,
}

impl Partial {
    /// An empty folder. One that a killed process left behind is removed first: the lock says
    /// that nobody is using it.
    fn create(folder: PathBuf) -> Result<Self, DataError> {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|e| DataError::io("remove", &folder, e))?;
        }
        fs::create_dir(&folder).map_err(|e| DataError::io("create", &folder, e))?;
        Ok(Self { folder })
    }

    /// Makes this the folder `goal`, or moves the files into it if it holds other things.
    fn move_to(self, goal: &Path) -> Result<(), DataError> {
        if fs::rename(&self.folder, goal).is_ok() {
            return Ok(());
        }
        fs::create_dir_all(goal).map_err(|e| DataError::io("create", goal, e))?;
        let entries = fs::read_dir(&self.folder);
        for entry in entries.map_err(|e| DataError::io("read", &self.folder, e))? {
            let from = entry.map_err(|e| DataError::io("read", &self.folder, e))?.path();
            let to = goal.join(file_name(&from));
            fs::rename(&from, &to).map_err(|e| DataError::io("create", &to, e))?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already after a move; what cannot be removed now is removed by the next download.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn missing(spec: &FileSpec, places: &Places, reason: String) -> DataError {
    let layout = spec.layouts.first();
    let folder = layout.map_or("", |layout| layout.folder);
    let place = places.folders().next().unwrap_or(Path::new("data"));
    DataError::Missing(Box::new(MissingDataset {
        name: spec.info.name.to_owned(),
        reason,
        files: spec.info.files.join(", "),
        looked_in: places.describe(),
        put_into: place.join(folder).display().to_string(),
        download: spec.info.download.to_owned(),
    }))
}
