//! Loading as a whole, with a small made-up corpus and a server on this machine.

mod fetching;
mod finding;
mod fuzzing;
mod server;

use std::fs;
use std::path::Path;

use crate::catalogue;
use crate::checksum;
use crate::spec::{CorpusSpec, FileSpec, Layout, Parts, RemoteFile};
use crate::tokeniser::Tokeniser;

const NAMES: [&str; 3] = ["tiny.train.txt", "tiny.valid.txt", "tiny.test.txt"];
const TEXTS: [&str; 3] = [" a b c \n a b \n", " b a \n", " c \n\n"];

/// A corpus of three small files. Leaked, as specifications are static.
fn tiny() -> CorpusSpec {
    let sha256 = TEXTS.map(|text| &*checksum::of_bytes(text.as_bytes()).leak());
    let remote = |i: usize| RemoteFile {
        homes: &["https://example.org/"],
        name: NAMES[i],
        bytes: TEXTS[i].len() as u64,
        sha256: sha256[i],
        members: &[],
    };
    CorpusSpec {
        files: FileSpec {
            info: catalogue::DatasetInfo {
                name: "tiny",
                title: "Tiny corpus",
                restricted: false,
                ..catalogue::PTB
            },
            layouts: &[
                Layout { folder: "tiny", files: &NAMES },
                Layout { folder: "", files: &NAMES },
            ],
            remote: vec![remote(0), remote(1), remote(2)].leak(),
        },
        tokeniser: Tokeniser::Words,
        parts: Parts::Files,
        tokens: [7, 3, 3],
        types: 4,
        sha256: sha256.to_vec().leak(),
    }
}

fn write_tiny(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in NAMES.iter().zip(TEXTS) {
        fs::write(folder.join(name), text).unwrap();
    }
}
