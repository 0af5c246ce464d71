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

/// The state of a disk after some changes.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    now: Names,
    synced: Names,
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

    fn change(&mut self, change: &Change, content: &[u8]) {
        match change {
            Change::Folder(path) => {
                for place in path.ancestors() {
                    self.now.entry(place.to_owned()).or_insert(Entry::Folder);
                }
            }
            Change::Content(path) => {
                let number = match self.now.get(path) {
                    Some(Entry::File(number)) => *number,
                    _ => {
                        self.files.push(File::default());
                        self.now.insert(path.clone(), Entry::File(self.files.len() - 1));
                        self.files.len() - 1
                    }
                };
                self.files[number].now = content.to_vec();
            }
            Change::Name(from, to) => {
                let entry = self.now.remove(from).expect("a known file");
                self.now.insert(to.clone(), entry);
            }
            Change::Removal(path) => {
                self.now.remove(path).expect("a known file");
            }
            Change::ContentSynced(path) => {
                if let Some(Entry::File(number)) = self.now.get(path) {
                    self.files[*number].synced = content.to_vec();
                }
            }
            Change::NamesSynced(folder) => {
                let here = |path: &PathBuf| path.parent() == Some(folder);
                self.synced.retain(|path, _| !here(path));
                let names = self.now.iter().filter(|(path, _)| here(path));
                self.synced.extend(names.map(|(path, entry)| (path.clone(), *entry)));
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
        let places: Vec<&PathBuf> = self.now.keys().chain(self.synced.keys()).collect();
        let mut names = Names::new();
        for place in places {
            let [now, synced] = [&self.now, &self.synced].map(|names| names.get(place));
            let entry = if now == synced || !is_kept(true) { synced } else { now };
            match entry {
                Some(entry) => names.insert(place.clone(), *entry),
                None => names.remove(place),
            };
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
