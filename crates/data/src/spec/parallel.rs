//! Sentences and their translations.

use super::{FileSpec, Layout, RemoteFile};
use crate::catalogue;

/// Pairs of files, or a table of pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ParallelSpec {
    pub(crate) files: FileSpec,
    /// The number of pairs: train, valid, test; of a table, all of them first.
    pub(crate) pairs: [u64; 3],
    /// Whether sentences stand cut into tokens.
    pub(crate) tokenised: bool,
    /// Checksums of the files as they are found, in their order; for a table packed or not, of the text.
    pub(crate) sha256: &'static [&'static str],
}

const RAW_HOMES: &[&str] = &[
    "https://raw.githubusercontent.com/multi30k/dataset/c9be912dc05a3ebf9ae5bb5f7f58c1791cda43ab/data/task1/raw/",
];
const RAW_FILES: [&str; 6] = [
    "train.de.gz",
    "train.en.gz",
    "val.de.gz",
    "val.en.gz",
    "test_2016_flickr.de.gz",
    "test_2016_flickr.en.gz",
];
const RAW_SHA256: [&str; 6] = [
    "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
    "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
    "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
    "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
    "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
    "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
];

/// Multi30k, plain text.
pub(crate) static MULTI30K: ParallelSpec = ParallelSpec {
    files: FileSpec {
        info: catalogue::MULTI30K,
        layouts: &[
            Layout { folder: "multi30k/raw", files: &RAW_FILES },
            // Where the repository has them.
            Layout { folder: "data/task1/raw", files: &RAW_FILES },
        ],
        remote: &[
            RemoteFile::new(RAW_HOMES, RAW_FILES[0], 637_044, RAW_SHA256[0]),
            RemoteFile::new(RAW_HOMES, RAW_FILES[1], 568_929, RAW_SHA256[1]),
            RemoteFile::new(RAW_HOMES, RAW_FILES[2], 24_681, RAW_SHA256[2]),
            RemoteFile::new(RAW_HOMES, RAW_FILES[3], 21_650, RAW_SHA256[3]),
            RemoteFile::new(RAW_HOMES, RAW_FILES[4], 22_890, RAW_SHA256[4]),
            RemoteFile::new(RAW_HOMES, RAW_FILES[5], 21_077, RAW_SHA256[5]),
        ],
    },
    pairs: [29_000, 1_014, 1_000],
    tokenised: false,
    sha256: &RAW_SHA256,
};

const TOKENISED_HOMES: &[&str] = &[
    "https://raw.githubusercontent.com/multi30k/dataset/7bee46bc74186b4b6254603143610f730d40bf66/data/task1/tok/",
];
const TOKENISED_FILES: [&str; 6] = [
    "train.lc.norm.tok.de",
    "train.lc.norm.tok.en",
    "val.lc.norm.tok.de",
    "val.lc.norm.tok.en",
    "test_2016_flickr.lc.norm.tok.de",
    "test_2016_flickr.lc.norm.tok.en",
];
const TOKENISED_SHA256: [&str; 6] = [
    "cb5a23529b65ec2061f1dc446192a9c37382b63cc75f81a0be59d34894b3a505",
    "08925f8e0572bcd5a006702fc5fe20e2d77c6917d4eebd576fc20de6693c2119",
    "97232bd273eceb7207f689527386a97e4be2616b18ada47576bdaf96c8ae1f00",
    "46573ce391ae227f1c72f873392436a20ef18e0a6d518098cfbd70b77c8572ec",
    "c6a33d39d48f9f510de147651316cd9d918e09ad0219df734a2f16b6baccacc4",
    "5b7f32627cf99eced828311b955dae9800bb52bc8b91cf8b6526829e605b29d2",
];

/// Multi30k in small letters, cut into tokens by the Moses tokeniser.
pub(crate) static MULTI30K_TOKENISED: ParallelSpec = ParallelSpec {
    files: FileSpec {
        info: catalogue::MULTI30K_TOKENISED,
        layouts: &[
            Layout { folder: "multi30k/tok", files: &TOKENISED_FILES },
            Layout { folder: "data/task1/tok", files: &TOKENISED_FILES },
        ],
        remote: &[
            RemoteFile::new(TOKENISED_HOMES, TOKENISED_FILES[0], 2_150_008, TOKENISED_SHA256[0]),
            RemoteFile::new(TOKENISED_HOMES, TOKENISED_FILES[1], 1_837_696, TOKENISED_SHA256[1]),
            RemoteFile::new(TOKENISED_HOMES, TOKENISED_FILES[2], 77_273, TOKENISED_SHA256[2]),
            RemoteFile::new(TOKENISED_HOMES, TOKENISED_FILES[3], 64_608, TOKENISED_SHA256[3]),
            RemoteFile::new(TOKENISED_HOMES, TOKENISED_FILES[4], 71_917, TOKENISED_SHA256[4]),
            RemoteFile::new(TOKENISED_HOMES, TOKENISED_FILES[5], 63_307, TOKENISED_SHA256[5]),
        ],
    },
    pairs: [29_000, 1_014, 1_000],
    tokenised: true,
    sha256: &TOKENISED_SHA256,
};

/// The archive as manythings.org had it, and its text.
pub(crate) const TATOEBA_ARCHIVE: &str = "fra-eng.zip";
pub(crate) const TATOEBA_TEXT: &str = "fra.txt";

/// English and French sentences of 29 September 2017.
pub(crate) static TATOEBA: ParallelSpec = ParallelSpec {
    files: FileSpec {
        info: catalogue::TATOEBA,
        layouts: &[
            Layout { folder: "tatoeba", files: &[TATOEBA_TEXT] },
            Layout { folder: "tatoeba", files: &[TATOEBA_ARCHIVE] },
            Layout { folder: "", files: &[TATOEBA_ARCHIVE] },
        ],
        remote: &[RemoteFile::new(
            &["https://raw.githubusercontent.com/genimind/seq2seq/843b8bc40396fbea4ac9171097122aacfc8b9660/"],
            TATOEBA_ARCHIVE,
            2_951_390,
            "16c4f7d0df9e7c5e6c54cdb0447f3f4a18a55052ff5e2e0b27dd4a06c0e49d04",
        )
        .with_members(&[TATOEBA_TEXT])],
    },
    pairs: [142_787, 0, 0],
    tokenised: false,
    sha256: &["2546838ae46e0eac4c02ab7032ea0a02a006074a5340077a36a9444f41e02888"],
};

/// All parallel texts that are published.
pub(crate) static PARALLEL: [&ParallelSpec; 3] = [&MULTI30K, &MULTI30K_TOKENISED, &TATOEBA];
