//! Fingerprints of configurations and data.

use data::{BatchInputs, BatchTargets, Sequences};
use sha2::{Digest, Sha256};
use train::Dataset;

/// SHA-256 of a text, in hexadecimal digits.
pub fn text(text: &str) -> String {
    hex(Sha256::digest(text.as_bytes()).as_slice())
}

/// A number in [0, 1) that a text decides: for draws that are to be the same everywhere.
pub fn share(text: &str) -> f64 {
    let digest = Sha256::digest(text.as_bytes());
    let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// SHA-256 of all splits as the training sees them.
pub fn dataset(dataset: &Dataset) -> String {
    match dataset {
        Dataset::Corpus(corpus) => tokens([&corpus.train, &corpus.valid, &corpus.test]),
        Dataset::Sequences(data) => sequences([&data.train, &data.valid, &data.test]),
    }
}

fn sequences(splits: [&Sequences; 3]) -> String {
    let mut hasher = Sha256::new();
    for split in splits {
        hasher.update((split.len() as u64).to_le_bytes());
        for (first, length) in split.lengths().enumerate() {
            hasher.update((length as u64).to_le_bytes());
            let batch = split.batch(&[first]);
            match batch.inputs {
                BatchInputs::Tokens(tokens) => hasher.update(bytes(&tokens, |x| x.to_le_bytes())),
                BatchInputs::Features { values, .. } => {
                    hasher.update(bytes(&values, |x| x.to_le_bytes()));
                }
            }
            match batch.targets {
                BatchTargets::Tokens(answers) | BatchTargets::Classes(answers) => {
                    hasher.update(bytes(&answers, |x| x.to_le_bytes()));
                }
                BatchTargets::Values(values) | BatchTargets::Bits { values, .. } => {
                    hasher.update(bytes(&values, |x| x.to_le_bytes()));
                }
            }
        }
    }
    hex(hasher.finalize().as_slice())
}

fn bytes<T: Copy>(values: &[T], of: impl Fn(T) -> [u8; 4]) -> Vec<u8> {
    values.iter().flat_map(|&value| of(value)).collect()
}

fn tokens(splits: [&[u32]; 3]) -> String {
    let mut hasher = Sha256::new();
    for split in splits {
        hasher.update((split.len() as u64).to_le_bytes());
        for chunk in split.chunks(4096) {
            hasher.update(bytes(chunk, |token: u32| token.to_le_bytes()));
        }
    }
    hex(hasher.finalize().as_slice())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
