//! Fingerprints of configurations and data.

use sha2::{Digest, Sha256};

/// SHA-256 of a text, in hexadecimal digits.
pub fn text(text: &str) -> String {
    hex(Sha256::digest(text.as_bytes()).as_slice())
}

/// SHA-256 of token streams as the training sees them.
pub fn tokens(splits: [&[u32]; 3]) -> String {
    let mut hasher = Sha256::new();
    for split in splits {
        hasher.update((split.len() as u64).to_le_bytes());
        for chunk in split.chunks(4096) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|token| token.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
    }
    hex(hasher.finalize().as_slice())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
