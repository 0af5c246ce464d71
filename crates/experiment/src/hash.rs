//! Fingerprints of configurations and data.

use data::Sequences;
use sha2::{Digest, Sha256};
use task::{Inputs, Targets};
use train::Dataset;

/// SHA-256 of a text, in hexadecimal digits.
pub fn text(text: &str) -> String {
    of_bytes(text.as_bytes())
}

/// SHA-256 of bytes, in hexadecimal digits.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).as_slice())
}

/// A number in [0, 1) that a text decides: for draws that are to be the same everywhere.
pub fn share(text: &str) -> f64 {
    let digest = Sha256::digest(text.as_bytes());
    let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// SHA-256 of all splits as the training sees them, and of what their numbers stand for: two texts
/// that differ in their letters alone have the same ids.
pub fn dataset(dataset: &Dataset) -> String {
    let mut hasher = Sha256::new();
    let mut names = |names: &[&str]| {
        hasher.update((names.len() as u64).to_le_bytes());
        for name in names {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
    };
    match dataset {
        Dataset::Corpus(corpus) => {
            names(&[corpus.tokeniser.name()]);
            names(&corpus.vocabulary.words().collect::<Vec<_>>());
            tokens(&mut hasher, [&corpus.train, &corpus.valid, &corpus.test]);
        }
        Dataset::Sequences(data) => {
            let text = data.text.as_ref();
            names(text.map(|text| text.tokeniser.name()).as_slice());
            let words = text.map(|text| text.vocabulary.words().collect::<Vec<_>>());
            names(&words.unwrap_or_default());
            names(&data.classes.iter().map(String::as_str).collect::<Vec<_>>());
            if let Some(answers) = &data.answers {
                names(&[answers.codec.tokeniser.name()]);
                names(&answers.codec.vocabulary.words().collect::<Vec<_>>());
                for texts in &answers.texts {
                    names(&texts.references.iter().map(String::as_str).collect::<Vec<_>>());
                }
            }
            sequences(&mut hasher, [&data.train, &data.valid, &data.test]);
        }
    }
    hex(hasher.finalize().as_slice())
}

fn sequences(hasher: &mut Sha256, splits: [&Sequences; 3]) {
    for split in splits {
        hasher.update((split.len() as u64).to_le_bytes());
        for (first, length) in split.lengths().enumerate() {
            hasher.update((length as u64).to_le_bytes());
            let batch = split.batch(&[first]);
            match batch.inputs {
                Inputs::Tokens(tokens) => hasher.update(bytes(&tokens, |x| x.to_le_bytes())),
                Inputs::Features { values, .. } => {
                    hasher.update(bytes(&values, |x| x.to_le_bytes()));
                }
            }
            match batch.targets {
                Targets::Tokens(answers) | Targets::Classes(answers) => {
                    hasher.update(bytes(&answers, |x| x.to_le_bytes()));
                }
                Targets::Values(values) | Targets::Bits { values, .. } => {
                    hasher.update(bytes(&values, |x| x.to_le_bytes()));
                }
                Targets::Labels(labels) => {
                    for labels in labels {
                        hasher.update((labels.len() as u64).to_le_bytes());
                        hasher.update(bytes(&labels, |x| x.to_le_bytes()));
                    }
                }
                Targets::Sequences(targets) => {
                    hasher.update((targets.steps as u64).to_le_bytes());
                    hasher.update(bytes(&targets.tokens, |x| x.to_le_bytes()));
                }
            }
        }
    }
}

fn bytes<T: Copy>(values: &[T], of: impl Fn(T) -> [u8; 4]) -> Vec<u8> {
    values.iter().flat_map(|&value| of(value)).collect()
}

fn tokens(hasher: &mut Sha256, splits: [&[u32]; 3]) {
    for split in splits {
        hasher.update((split.len() as u64).to_le_bytes());
        for chunk in split.chunks(4096) {
            hasher.update(bytes(chunk, |token: u32| token.to_le_bytes()));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::{Places, TextSettings};

    /// The ids are the same, and what they stand for is not.
    #[test]
    fn texts_that_differ_in_their_letters_alone_have_different_fingerprints() {
        let folder = tempfile::tempdir().unwrap();
        let of = |text: &str| {
            let path = folder.path().join("a.txt");
            std::fs::write(&path, text.repeat(20)).unwrap();
            let places = Places::new(Vec::new(), None);
            let settings = TextSettings::default();
            let corpus = data::load_text(&path, settings, &places, &mut |_| ()).unwrap();
            (corpus.train.clone(), dataset(&Dataset::Corpus(corpus)))
        };
        let [(one, first), (two, second)] = [of("abba b\n"), of("cddc d\n")];
        assert_eq!(one, two);
        assert_ne!(first, second);
        assert_eq!(of("abba b\n").1, first);
    }
}
