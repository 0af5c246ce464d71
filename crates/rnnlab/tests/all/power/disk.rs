//! A disk that keeps for sure what was synced, and of the rest what it likes.

use machine::Change;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A change, with the content that a file then had.
pub(super) type Recorded = (Change, Vec<u8>);

/// Changes as they are made.
pub(super) type Changes = Arc<Mutex<Vec<Recorded>>>;

/// All changes below a folder, as they are made.
pub(super) fn record(below: &Path) -> Changes {
    let recorded = Changes::default();
    let (kept, below) = (Arc::clone(&recorded), below.to_owned());
    let first = machine::watch_disk(move |change| {
        let path = place(change);
        if path.starts_with(&below) {
            let content = match change {
                Change::Content(path) | Change::ContentSynced(path) => fs::read(path),
                _ => Ok(Vec::new()),
            };
            kept.lock().expect("one at a time").push((change.clone(), content.expect("a file")));
        }
    });
    assert!(first, "nobody else watches");
    recorded
}

fn place(change: &Change) -> &Path {
    match change {
        Change::Folder(path)
        | Change::Content(path)
        | Change::Name(_, path)
        | Change::Removal(path)
        | Change::ContentSynced(path)
        | Change::NamesSynced(path) => path,
    }
}

/// What of that which was not synced a disk keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing.
    Nothing,
    /// Names, but no content.
    Names,
    /// All, as after a kill.
    Everything,
    /// Each name and each content, or not, by the throws of a coin.
    Some(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

#[derive(Debug, Default)]
struct File {
    now: Vec<u8>,
    /// As far as it is on the disk for sure.
    synced: Vec<u8>,
}

type Names = BTreeMap<PathBuf, Entry>;

/// A change of names, which a disk keeps whole or not at all.
#[derive(Debug)]
enum Naming {
    New(PathBuf, Entry),
    Renamed(PathBuf, PathBuf, Entry),
    Gone(PathBuf),
}

impl Naming {
    fn folder(&self) -> Option<&Path> {
        let (Self::New(path, _) | Self::Renamed(_, path, _) | Self::Gone(path)) = self;
        path.parent()
    }

    fn apply(&self, names: &mut Names) {
        match self {
            Self::New(path, entry) => {
                names.insert(path.clone(), *entry);
            }
            Self::Renamed(from, to, entry) => {
                names.remove(from);
                names.insert(to.clone(), *entry);
            }
            Self::Gone(path) => {
                names.remove(path);
            }
        }
    }
}

/// The state of a disk after some changes.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    now: Names,
    synced: Names,
    /// What makes the names of now of those that were synced.
    since: Vec<Naming>,
}

impl Disk {
    /// An empty folder, for sure on the disk, after these changes in it.
    pub(super) fn after(changes: &[Recorded], root: &Path) -> Self {
        let mut disk = Self::default();
        for place in root.ancestors() {
            disk.now.insert(place.to_owned(), Entry::Folder);
        }
        disk.synced = disk.now.clone();
        changes.iter().for_each(|(change, content)| disk.change(change, content));
        disk
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.now);
        self.since.push(naming);
    }

    fn change(&mut self, change: &Change, content: &[u8]) {
        match change {
            Change::Folder(path) => {
                let new: Vec<&Path> =
                    path.ancestors().filter(|place| !self.now.contains_key(*place)).collect();
                for place in new.into_iter().rev() {
                    self.name(Naming::New(place.to_owned(), Entry::Folder));
                }
            }
            Change::Content(path) => {
                let number = match self.now.get(path) {
                    Some(Entry::File(number)) => *number,
                    _ => {
                        self.files.push(File::default());
                        let number = self.files.len() - 1;
                        self.name(Naming::New(path.clone(), Entry::File(number)));
                        number
                    }
                };
                self.files[number].now = content.to_vec();
            }
            Change::Name(from, to) => {
                let entry = *self.now.get(from).expect("a known file");
                self.name(Naming::Renamed(from.clone(), to.clone(), entry));
            }
            Change::Removal(path) => self.name(Naming::Gone(path.clone())),
            Change::ContentSynced(path) => {
                if let Some(Entry::File(number)) = self.now.get(path) {
                    self.files[*number].synced = content.to_vec();
                }
            }
            Change::NamesSynced(folder) => {
                let here = |naming: &Naming| naming.folder() == Some(folder);
                let since = std::mem::take(&mut self.since);
                let (synced, open): (Vec<_>, Vec<_>) = since.into_iter().partition(here);
                synced.iter().for_each(|naming| naming.apply(&mut self.synced));
                self.since = open;
            }
        }
    }

    /// The files that a disk holds that keeps so much, each with its content.
    pub(super) fn holds(&self, kept: Kept) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut throws = match kept {
            Kept::Some(seed) => seed,
            _ => 0,
        };
        let mut is_kept = |name: bool| match kept {
            Kept::Nothing => false,
            Kept::Names => name,
            Kept::Everything => true,
            Kept::Some(_) => coin(&mut throws),
        };
        let mut names = self.synced.clone();
        for naming in &self.since {
            if is_kept(true) {
                naming.apply(&mut names);
            }
        }
        let contents: Vec<&Vec<u8>> = self
            .files
            .iter()
            .map(|file| if is_kept(false) { &file.now } else { &file.synced })
            .collect();
        let reached = |path: &Path| {
            path.ancestors().skip(1).all(|place| names.get(place) == Some(&Entry::Folder))
        };
        let file = |(path, entry): (&PathBuf, &Entry)| match entry {
            Entry::File(number) if reached(path) => Some((path.clone(), contents[*number].clone())),
            _ => None,
        };
        names.iter().filter_map(file).collect()
    }
}

/// Heads or tails (SplitMix64).
fn coin(state: &mut u64) -> bool {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) & 1 == 1
}
