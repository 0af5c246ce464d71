//! Every parser on files that are nearly right: each ends in data or in an error that names the
//! file, never in a panic, and without taking much memory.
//!
//! Each case is made from a seed, the parser's name and the case's number, so a case that failed
//! fails again. `RNNLAB_FUZZ_SECONDS` says how long to go on (a second, if it is not set), and
//! `RNNLAB_FUZZ_SEED` which cases to make.

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use rand_chacha::ChaCha8Rng;

use crate::cache::Slot;
use crate::corpus::{WhenMissing, load};
use crate::draws::{below, stream};
use crate::error::DataError;
use crate::places::Places;
use crate::speech::SpeechInput;
use crate::table::{TableSettings, load_table};
use crate::text_file::{TextSettings, load_text};
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Vocabulary;
use crate::{matlab, unpack};

/// The most memory of the whole process, in bytes.
const MOST_MEMORY: u64 = 1 << 30;

/// A parser, with the path of the file that it reads within a folder of its own.
struct Target {
    name: &'static str,
    file: &'static str,
    /// Valid files.
    examples: Vec<Vec<u8>>,
    /// What makes a file of the mutated bytes, such as gzip. Half of the cases mutate after it.
    pack: fn(Vec<u8>) -> Vec<u8>,
    parse: fn(&Path, &Path) -> Result<(), DataError>,
}

fn targets() -> Vec<Target> {
    let target = |name, file, examples, parse| Target { name, file, examples, pack: |b| b, parse };
    let text = |text: &str| vec![text.as_bytes().to_vec()];
    vec![
        target("words", "a.txt", text(" a bé <unk> \n\n c <br />d\n"), |_, file| {
            in_each_way(file, Tokeniser::Words)
        }),
        target("characters", "a.txt", text("né\u{10348}\r\n\u{0}a"), |_, file| {
            in_each_way(file, Tokeniser::Characters)
        }),
        target("prose", "a.txt", text("It's <br/>ÉTÉ, I'd say: 'no' <BR >"), |_, file| {
            in_each_way(file, Tokeniser::Prose)
        }),
        target("spaced characters", "a.txt", text(" n é _ b \n\n c _ d\n"), |_, file| {
            in_each_way(file, Tokeniser::SpacedCharacters)
        }),
        target("corpus", "tiny/tiny.valid.txt", text(super::TEXTS[1]), |root, _| {
            for (name, text) in super::NAMES.iter().zip(super::TEXTS) {
                let path = root.join("tiny").join(name);
                if !path.exists() {
                    fs::write(path, text).map_err(|e| DataError::io("write", root, e))?;
                }
            }
            let places = Places::new(vec![root.to_owned()], None);
            load(&super::tiny(), WhenMissing::Builtin, &places, &mut |_| ()).map(drop)
        }),
        target("table", "a.csv", text("text,label\n\"a \"\"b\"\"\n\",x\nc,y\n"), |_, file| {
            table(file)
        }),
        target("tabs", "a.tsv", text("label\ttext\nx\ta b\ny\tc\n"), |_, file| table(file)),
        target("vocabulary", "a.json", text("[\"<unk>\", \"né\\u00e9\", \"b\"]"), |_, file| {
            Vocabulary::load(file).map(drop)
        }),
        target(
            "music",
            "poly_music/Nottingham.json",
            text("{\"train\": [[[60, 64.0], []]], \"valid\": [[[21]]], \"test\": [[[108]]]}"),
            |root, _| music(root),
        ),
        target("matlab", "poly_music/Nottingham.mat", vec![matlab::tests::example()], |root, _| {
            music(root)
        }),
        Target {
            name: "matlab cell",
            file: "poly_music/Nottingham.mat",
            examples: vec![matlab::tests::cell(|_| ())],
            pack: |cell| matlab::tests::file(&cell),
            parse: |root, _| music(root),
        },
        Target {
            name: "images",
            file: "mnist/train-images-idx3-ubyte.gz",
            examples: vec![
                [&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28][..], &[7; 784]].concat(),
            ],
            pack: gzip,
            parse: |root, _| mnist(root),
        },
        Target {
            name: "reviews",
            file: "imdb/aclImdb_v1_labelled.tar.gz",
            examples: vec![reviews()],
            pack: gzip,
            parse: |root, _| {
                crate::load_imdb(&Places::new(vec![root.to_owned()], None), &mut |_| ()).map(drop)
            },
        },
        target("recording", "a.wav", vec![wav()], |_, file| {
            let input = SpeechInput {
                features: audio::FeatureSettings::default(),
                subtract_mean: true,
                statistics: None,
                separator: String::new(),
            };
            input.read(&input.recording(file, 10.0)?).map(drop)
        }),
        target("zip", "a.zip", vec![zip_file()], |root, file| {
            let out = root.join("out");
            fs::create_dir_all(&out).map_err(|e| DataError::io("create", &out, e))?;
            unpack::zip_members(file, &["d/a.txt"], &out)
        }),
        // What is no entry is none: there are no errors to name the file.
        target("cache", "tokens/entry", cache_entry(), |root, file| {
            let slot = Slot::at(file);
            slot.read().map_or(Ok(()), |entry| Slot::at(&root.join("tokens/again")).write(&entry))
        }),
    ]
}

#[test]
fn no_file_is_too_strange() {
    let seconds = variable("RNNLAB_FUZZ_SECONDS").unwrap_or(1);
    let seed = variable("RNNLAB_FUZZ_SEED").unwrap_or(1);
    let targets = targets();
    let share = Duration::from_secs(seconds) / targets.len() as u32;
    for target in &targets {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(target.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let end = Instant::now() + share;
        let mut cases = 0;
        while cases == 0 || Instant::now() < end {
            let bytes = case(target, &mut stream(seed, target.name, cases));
            // A new file: some file systems wait for the disk when one is written over.
            let _ = fs::remove_file(&path);
            fs::write(&path, &bytes).unwrap();
            let parse = AssertUnwindSafe(|| (target.parse)(root.path(), &path));
            let kept = || {
                let kept = std::env::temp_dir().join(format!("rnnlab-fuzz-{cases}"));
                fs::write(&kept, &bytes).unwrap();
                format!("{}, case {cases} of seed {seed}, kept as {kept:?}", target.name)
            };
            match catch_unwind(parse) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    let text = error.to_string();
                    let named = text.contains(&root.path().display().to_string());
                    // Of a sequence without steps, only its number is known.
                    let numbered = matches!(error, DataError::BadSequence { .. });
                    assert!(named || numbered, "{}: {text}", kept());
                }
                Err(_) => panic!("{}: it panicked", kept()),
            }
            cases += 1;
        }
        eprintln!("{}: {cases} cases", target.name);
    }
    if let Some(memory) = peak_memory() {
        assert!(memory < MOST_MEMORY, "{memory} bytes were taken");
    }
}

/// A valid file, changed in a few places.
fn case(target: &Target, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let example = &target.examples[below(rng, target.examples.len() as u64) as usize];
    let mut bytes = example.clone();
    let before = below(rng, 2) == 0;
    if !before {
        bytes = (target.pack)(bytes);
    }
    for _ in 0..=below(rng, 6) {
        change(&mut bytes, rng);
    }
    if before { (target.pack)(bytes) } else { bytes }
}

fn change(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let at = below(rng, bytes.len() as u64 + 1) as usize;
    let length = (below(rng, 9) as usize).min(bytes.len() - at);
    match below(rng, 8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << below(rng, 8),
        1 if at < bytes.len() => {
            bytes[at] = [0, 1, b'\n', b'"', 0x7f, 0x80, 0xff][below(rng, 7) as usize]
        }
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..at + length)),
        4 => bytes.splice(at..at, b"\xf0\x9f\0\n".iter().copied()).for_each(drop),
        5 => {
            // A stretch again, so that things come twice or in another place.
            let again = bytes[at..at + length].to_vec();
            let to = below(rng, bytes.len() as u64 + 1) as usize;
            bytes.splice(to..to, again).for_each(drop);
        }
        6 => {
            // A number, which may be a length, huge or just off.
            let number = [u32::MAX, 1 << 31, 0, 1, 0x7fff_ffff, 784][below(rng, 6) as usize];
            let number =
                if below(rng, 2) == 0 { number.to_le_bytes() } else { number.to_be_bytes() };
            for (to, from) in bytes[at..].iter_mut().zip(number) {
                *to = from;
            }
        }
        _ => bytes.insert(at, below(rng, 256) as u8),
    }
}

fn in_each_way(file: &Path, tokeniser: Tokeniser) -> Result<(), DataError> {
    let settings = TextSettings { tokeniser, ..TextSettings::default() };
    load_text(file, settings, &Places::new(Vec::new(), None), &mut |_| ()).map(drop)
}

fn table(file: &Path) -> Result<(), DataError> {
    let settings = TableSettings { path: file.to_owned(), ..TableSettings::default() };
    load_table(&settings, &mut |_| ()).map(drop)
}

fn music(root: &Path) -> Result<(), DataError> {
    let places = Places::new(vec![root.to_owned()], None);
    crate::load_music("nottingham", &places, &mut |_| ()).map(drop)
}

fn mnist(root: &Path) -> Result<(), DataError> {
    let folder = root.join("mnist");
    for (name, values) in [
        ("train-labels-idx1-ubyte.gz", &[0, 0, 8, 1, 0, 0, 0, 1, 5][..]),
        ("t10k-images-idx3-ubyte.gz", &[0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]),
        ("t10k-labels-idx1-ubyte.gz", &[0, 0, 8, 1, 0, 0, 0, 0]),
    ] {
        let path = folder.join(name);
        if !path.exists() {
            fs::write(&path, gzip(values.to_vec()))
                .map_err(|e| DataError::io("write", &path, e))?;
        }
    }
    let places = Places::new(vec![root.to_owned()], None);
    crate::load_mnist(crate::MnistSettings::default(), &places, &mut |_| ()).map(drop)
}

fn gzip(bytes: Vec<u8>) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&bytes).unwrap();
    gzip.finish().unwrap()
}

/// A tar of two reviews.
fn reviews() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in
        [("aclImdb/train/pos/0_7.txt", "good\n"), ("aclImdb/test/neg/1_2.txt", "né")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A recording of 40 samples of two channels.
fn wav() -> Vec<u8> {
    let header = b"RIFF\xC4\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1F\0\0\0\x7D\0\0\x04\0\x10\0data\xA0\0\0\0";
    header.iter().copied().chain((0..160).map(|k| (k * 37 % 256) as u8)).collect()
}

fn zip_file() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["d/a.txt", "b.txt"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"hello hello hello").unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn cache_entry() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("entry");
    let words = ["a", "né"].map(str::to_owned).to_vec();
    Slot::at(&path)
        .write(&crate::cache::Entry { words, arrays: vec![vec![0, 1, 1], vec![]] })
        .unwrap();
    vec![fs::read(path).unwrap()]
}

fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is no whole number: {value}")))
}

/// The most memory that this process has taken so far; None where the system does not tell.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}
