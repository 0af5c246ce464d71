//! A dataset's files: found on this machine, or downloaded into the user's cache.
//!
//! A download is written to a hidden folder beside its goal, verified there and then renamed, so
//! that a dataset is either wholly in place or not there at all, whenever the program is stopped.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::download;
use crate::error::{DataError, MissingDataset};
use crate::licence;
use crate::locate::{self, LocatedFiles};
use crate::places::Places;
use crate::progress::Progress;
use crate::spec::{self, FileSpec};
use crate::unpack;

/// The dataset's files, wherever they come from; [`DataError::Missing`] if nowhere.
pub(crate) fn obtain(
    spec: &FileSpec,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<LocatedFiles, DataError> {
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
/// With `accept_licence`, terms that restrict its use are accepted, here and for later downloads
/// into this cache.
///
/// # Errors
/// [`DataError::UnknownDataset`] for a name that is no dataset's, [`DataError::NoFiles`] for that of
/// a generated one;
/// [`DataError::LicenceNotAccepted`] if the terms restrict its use and nobody has accepted them;
/// [`DataError::Missing`] if the files cannot be had.
pub fn fetch(
    name: &str,
    accept_licence: bool,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, DataError> {
    let spec = spec::files(name)?;
    if let Some(cache) = places.cache().filter(|_| spec.info.restricted)
        && locate::find(name, spec.layouts, places)?.is_none()
        && !licence::is_accepted(&spec.info, cache)
    {
        if !accept_licence {
            return Err(licence::not_accepted(&spec.info));
        }
        licence::accept(&spec.info, cache)?;
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
    if spec.info.restricted && !licence::is_accepted(&spec.info, cache) {
        return Err(licence::not_accepted(&spec.info));
    }
    fs::create_dir_all(cache).map_err(|e| DataError::io("create", cache, e))?;
    let _lock = lock(&cache.join(format!(".{name}.lock")), progress)?;
    if locate::find(name, spec.layouts, places)?.is_some() {
        return Ok(());
    }

    progress(Progress::Licence { dataset: spec.info.title, text: spec.info.licence });
    let partial = Partial::open(cache.join(format!(".{name}.part")))?;
    let mut names = Vec::new();
    for remote in spec.remote {
        let file = partial.folder.join(remote.name);
        // One that is there was whole when it got its name, before an earlier download failed.
        if !file.exists() {
            download::fetch(remote, &file, places, progress)?;
        }
        if remote.members.is_empty() {
            names.push(remote.name);
        } else {
            progress(Progress::Reading { path: &file });
            unpack::zip_members(&file, remote.members, &partial.folder)?;
            names.extend(remote.members.iter().map(|member| unpack::saved_as(member)));
        }
    }
    let folder = spec.layouts.first().map_or(name, |layout| layout.folder);
    partial.move_to(&cache.join(folder), &names)
}

/// Holds the lock file, waiting for a process that holds it. A file system without locks only
/// risks that the same files are downloaded twice.
fn lock(path: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<File, DataError> {
    let lock = File::create(path).map_err(|e| DataError::io("create", path, e))?;
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        progress(Progress::Waiting { lock: path });
        let _ = lock.lock();
    }
    Ok(lock)
}

/// The hidden folder of a download. What a download that failed or was stopped leaves there is
/// taken up by the next: the lock says that nobody else is using it.
struct Partial {
    folder: PathBuf,
}

impl Partial {
    fn open(folder: PathBuf) -> Result<Self, DataError> {
        fs::create_dir_all(&folder).map_err(|e| DataError::io("create", &folder, e))?;
        Ok(Self { folder })
    }

    /// Makes this the folder `goal`, or moves the files into it if it holds other things. Only
    /// the files with these names: archives and anything else are removed.
    fn move_to(self, goal: &Path, names: &[&str]) -> Result<(), DataError> {
        let entries = fs::read_dir(&self.folder);
        for entry in entries.map_err(|e| DataError::io("read", &self.folder, e))? {
            let path = entry.map_err(|e| DataError::io("read", &self.folder, e))?.path();
            if !names.iter().any(|name| path.file_name() == Some(OsStr::new(name))) {
                let removed =
                    if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.map_err(|e| DataError::io("remove", &path, e))?;
            }
        }
        if fs::rename(&self.folder, goal).is_ok() {
            return Ok(());
        }
        fs::create_dir_all(goal).map_err(|e| DataError::io("create", goal, e))?;
        for name in names {
            let to = goal.join(name);
            let moved = fs::rename(self.folder.join(name), &to);
            moved.map_err(|e| DataError::io("create", &to, e))?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Fails, as it should, if there is something in it; after a move it is gone already.
        let _ = fs::remove_dir(&self.folder);
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
        download: spec.download(),
    }))
}
