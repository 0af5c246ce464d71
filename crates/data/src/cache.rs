//! Token ids on disk, so that a text is cut into tokens once.
//!
//! An entry is named by a checksum of everything that it depends on: the text files' own
//! checksums and the settings. It ends with a checksum of itself. What does not fit is not used
//! but made again from the text, so an entry can be lost or damaged without harm.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::checksum;
use crate::error::DataError;
use crate::progress::Progress;
use crate::write::write_whole;

/// The folder within the user's cache folder.
const FOLDER: &str = "tokens";
/// The first bytes of an entry. The number changes with the format and with every change of a
/// tokeniser or of the order of ids.
const MAGIC: &[u8; 16] = b"rnnlab tokens 1\n";
/// Texts smaller than this are read as fast as an entry would be.
pub(crate) const WORTHWHILE: u64 = 1 << 20;

/// What is kept: words, and lists of numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) words: Vec<String>,
    pub(crate) arrays: Vec<Vec<u32>>,
}

/// Where the entry for a text lies.
#[derive(Debug)]
pub(crate) struct Slot {
    path: PathBuf,
}

impl Slot {
    /// The entry that depends on `parts`, in this order. None without a cache folder.
    pub(crate) fn new(cache: Option<&Path>, parts: &[&str]) -> Option<Self> {
        let mut hasher = Sha256::new();
        hasher.update(MAGIC);
        for part in parts {
            // With their lengths, so that no two lists of parts look alike.
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let name = checksum::finish(hasher);
        cache.map(|cache| Self { path: cache.join(FOLDER).join(name) })
    }

    /// The entry in this file.
    #[cfg(test)]
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The entry, if there is a whole one.
    pub(crate) fn read(&self) -> Option<Entry> {
        let file = File::open(&self.path).ok()?;
        let length = file.metadata().ok()?.len();
        read(BufReader::with_capacity(1 << 20, file), length).ok().flatten()
    }

    /// Keeps an entry.
    pub(crate) fn write(&self, entry: &Entry) -> Result<(), DataError> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|e| DataError::io("create", folder, e))?;
        }
        write_whole(&self.path, |out| write(entry, out))
    }
}

/// The entry in a slot if it is there and `sound`; else the one that `make` makes, which is kept
/// for the next time. That it cannot be kept is told, and does no other harm.
pub(crate) fn remembered(
    slot: Option<Slot>,
    sound: impl Fn(&Entry) -> bool,
    progress: &mut dyn FnMut(Progress<'_>),
    make: impl FnOnce() -> Result<Entry, DataError>,
) -> Result<Entry, DataError> {
    let Some(slot) = slot else {
        return make();
    };
    if let Some(entry) = slot.read().filter(sound) {
        return Ok(entry);
    }
    let entry = make()?;
    if let Err(error) = slot.write(&entry) {
        progress(Progress::NotCached { reason: &error.to_string() });
    }
    Ok(entry)
}

/// Passes bytes on and takes their checksum.
struct Hashing<I> {
    inner: I,
    hasher: Sha256,
}

impl<W: Write> Hashing<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<R: Read> Hashing<R> {
    fn take(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.hasher.update(bytes);
        Ok(())
    }

    /// A length, which cannot be more than the bytes of the file.
    fn length(&mut self, bound: u64) -> io::Result<usize> {
        let mut bytes = [0; 8];
        self.take(&mut bytes)?;
        let length = u64::from_le_bytes(bytes);
        if length > bound {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(length as usize)
    }
}

fn write(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Hashing { inner: out, hasher: Sha256::new() };
    out.put(MAGIC)?;
    out.put(&(entry.words.len() as u64).to_le_bytes())?;
    for word in &entry.words {
        out.put(&(word.len() as u64).to_le_bytes())?;
        out.put(word.as_bytes())?;
    }
    out.put(&(entry.arrays.len() as u64).to_le_bytes())?;
    let mut bytes = Vec::with_capacity(1 << 16);
    for array in &entry.arrays {
        out.put(&(array.len() as u64).to_le_bytes())?;
        for block in array.chunks(1 << 14) {
            bytes.clear();
            bytes.extend(block.iter().flat_map(|number| number.to_le_bytes()));
            out.put(&bytes)?;
        }
    }
    let sum = out.hasher.finalize();
    out.inner.write_all(sum.as_slice())
}

/// None for a file that is no entry or whose checksum is wrong.
fn read(file: impl Read, bytes: u64) -> io::Result<Option<Entry>> {
    let mut file = Hashing { inner: file, hasher: Sha256::new() };
    let mut magic = [0; MAGIC.len()];
    file.take(&mut magic)?;
    if magic != *MAGIC {
        return Ok(None);
    }
    let mut entry = Entry::default();
    for _ in 0..file.length(bytes / 8)? {
        let mut word = vec![0; file.length(bytes)?];
        file.take(&mut word)?;
        let Ok(word) = String::from_utf8(word) else {
            return Ok(None);
        };
        entry.words.push(word);
    }
    let mut block = vec![0; 1 << 16];
    for _ in 0..file.length(bytes / 8)? {
        let mut left = file.length(bytes / 4)?;
        let mut array = Vec::with_capacity(left);
        while left > 0 {
            let numbers = left.min(block.len() / 4);
            let part = &mut block[..4 * numbers];
            file.take(part)?;
            let number =
                |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            array.extend(part.chunks_exact(4).map(number));
            left -= numbers;
        }
        entry.arrays.push(array);
    }
    let mut sum = [0; 32];
    file.inner.read_exact(&mut sum)?;
    let at_end = file.inner.read(&mut [0])? == 0;
    let whole = at_end && file.hasher.finalize().as_slice() == sum;
    Ok(whole.then_some(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry() -> Entry {
        let words = ["a", "", "née"].map(str::to_owned).to_vec();
        Entry { words, arrays: vec![vec![1, u32::MAX, 3], vec![], (0..40_000).collect()] }
    }

    #[test]
    fn an_entry_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let slot = Slot::new(Some(folder.path()), &["text", "settings"]).unwrap();
        assert_eq!(slot.read(), None);
        slot.write(&entry()).unwrap();
        assert_eq!(slot.read(), Some(entry()));
        slot.write(&Entry::default()).unwrap();
        assert_eq!(slot.read(), Some(Entry::default()));
        let files = fs::read_dir(folder.path().join(FOLDER)).unwrap();
        assert_eq!(files.count(), 1);
    }

    #[test]
    fn other_parts_are_another_entry() {
        let name = |parts: &[&str]| Slot::new(Some(Path::new("")), parts).unwrap().path;
        let names = [name(&["ab", "c"]), name(&["a", "bc"]), name(&["abc"]), name(&["c", "ab"])];
        for (i, one) in names.iter().enumerate() {
            assert!(names[i + 1..].iter().all(|other| other != one));
        }
        assert!(Slot::new(None, &[]).is_none());
    }

    #[test]
    fn what_is_there_and_sound_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let slot = || Slot::new(Some(folder.path()), &["text"]);
        let mut told = |_: Progress<'_>| panic!("nothing to tell");
        let mut makes = 0;
        for sound in [true, true, false] {
            let found = remembered(
                slot(),
                |_| sound,
                &mut told,
                || {
                    makes += 1;
                    Ok(entry())
                },
            );
            assert_eq!(found.unwrap(), entry());
        }
        assert_eq!(makes, 2);
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let mut told = String::new();
        let mut tell = |news: Progress<'_>| {
            if let Progress::NotCached { reason } = news {
                told = reason.to_owned();
            }
        };
        let slot = Slot::new(Some(&file), &["text"]);
        let found = remembered(slot, |_| true, &mut tell, || Ok(entry()));
        assert_eq!(found.unwrap(), entry());
        assert!(told.starts_with("cannot create"), "{told}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_damaged_entry_is_none(at in 0usize..200, bit in 0u8..8, keep in 0usize..200) {
            let mut whole = Vec::new();
            let small = Entry { words: vec!["word".to_owned()], arrays: vec![(0..20).collect()] };
            write(&small, &mut whole).unwrap();
            let mut changed = whole.clone();
            let at = at % whole.len();
            changed[at] ^= 1 << bit;
            let found = |bytes: &[u8]| read(bytes, bytes.len() as u64).ok().flatten();
            prop_assert_eq!(found(&changed), None);
            prop_assert_eq!(found(&whole[..keep % whole.len()]), None);
            changed.clone_from(&whole);
            changed.push(0);
            prop_assert_eq!(found(&changed), None);
            prop_assert_eq!(found(&whole), Some(small));
        }

        #[test]
        fn any_bytes_are_harmless(mut bytes in prop::collection::vec(any::<u8>(), 0..100), headed: bool) {
            if headed {
                bytes.splice(..0, *MAGIC);
            }
            prop_assert_eq!(read(&bytes[..], bytes.len() as u64).ok().flatten(), None);
        }
    }
}
