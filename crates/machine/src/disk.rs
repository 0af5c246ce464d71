//! Changes of files, each told to who watches: a test of power cuts builds from them what a disk may
//! hold that was not told to wait.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A change of a file or folder. What is written may reach the disk at any time, in any order, or
/// never, until it is synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A folder was made, with those that it stands in.
    Folder(PathBuf),
    /// A file was made, or its content written or added to.
    Content(PathBuf),
    /// A file took another's name.
    Name(PathBuf, PathBuf),
    /// A file was removed.
    Removal(PathBuf),
    /// The content of a file is on the disk.
    ContentSynced(PathBuf),
    /// The names in a folder are on the disk.
    NamesSynced(PathBuf),
}

type Watcher = Box<dyn Fn(&Change) + Send + Sync>;

static WATCHER: OnceLock<Watcher> = OnceLock::new();

/// Has every change told from now on, after it was made and before the next; whether nobody was told
/// already. For tests.
pub fn watch_disk(watcher: impl Fn(&Change) + Send + Sync + 'static) -> bool {
    WATCHER.set(Box::new(watcher)).is_ok()
}

fn tell(change: impl FnOnce() -> Change) {
    if let Some(watcher) = WATCHER.get() {
        watcher(&change());
    }
}

/// Makes a folder, and those that it stands in.
pub fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    tell(|| Change::Folder(path.to_owned()));
    Ok(())
}

/// Gives a file another name, in whose place another file may be.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    tell(|| Change::Name(from.to_owned(), to.to_owned()));
    Ok(())
}

/// Removes a file.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    tell(|| Change::Removal(path.to_owned()));
    Ok(())
}

/// A file was made or written.
pub(crate) fn written(path: &Path) {
    tell(|| Change::Content(path.to_owned()));
}

/// Waits until the content of a file is on the disk.
pub(crate) fn sync_content(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    tell(|| Change::ContentSynced(path.to_owned()));
    Ok(())
}

/// Waits until the names in a folder are on the disk. Where a file system cannot do that, a power cut
/// may bring an old file back, which is whole as well.
pub fn sync_names(folder: &Path) {
    if cfg!(unix) {
        let here = folder.as_os_str().is_empty();
        let place = if here { Path::new(".") } else { folder };
        if File::open(place).and_then(|folder| folder.sync_all()).is_ok() {
            tell(|| Change::NamesSynced(folder.to_owned()));
        }
    }
}

/// A file to whose end lines are added.
#[derive(Debug)]
pub struct Appended {
    path: PathBuf,
    file: File,
}

impl Appended {
    /// Opens a file, or makes it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        written(path);
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds to its end.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        written(&self.path);
        Ok(())
    }

    /// Waits until what was added is on the disk.
    pub fn sync(&self) -> io::Result<()> {
        sync_content(&self.file, &self.path)
    }
}
