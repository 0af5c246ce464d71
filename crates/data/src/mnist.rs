//! MNIST read pixel by pixel (Le et al. 2015).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus;
use crate::draws;
use crate::error::DataError;
use crate::facts::{self, Fact};
use crate::install;
use crate::locate::LocatedFiles;
use crate::places::Places;
use crate::progress::Progress;
use crate::ragged::Ragged;
use crate::scored;
use crate::sequences::{SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::{FileSum, Source};
use crate::spec::{FileSpec, MNIST};
use crate::split::hold_out;
use task::{InputKind, TargetKind};

/// Pixels of an image.
const PIXELS: usize = 28 * 28;
/// Images to train on and to test on.
const IMAGES: [u64; 2] = [60_000, 10_000];

/// The most values of a file; the images to train on are 47 million.
const MOST_BYTES: u64 = 1 << 28;

/// The order in which the pixels of an image come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PixelOrder {
    /// Line by line, from the top left: `lines`.
    Lines,
    /// One random order for all images, drawn from this seed: `{permuted: 1}`. There is no
    /// standard one: say the seed beside a result.
    Permuted(u64),
}

/// How images become sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MnistSettings {
    /// The order of the pixels.
    pub order: PixelOrder,
    /// Pixels of a step, a divisor of 784: 1 for pixel by pixel, 28 for line by line.
    pub width: usize,
    /// How many of the 60,000 training images are held out for validation.
    pub valid: usize,
    /// Which ones: the seed of their draw.
    pub seed: u64,
}

impl Default for MnistSettings {
    /// Pixel by pixel, line after line; 5,000 images for validation.
    fn default() -> Self {
        Self { order: PixelOrder::Lines, width: 1, valid: 5_000, seed: 1 }
    }
}

/// Loads MNIST as sequences of grey values, the digit as class.
///
/// # Errors
/// [`DataError::Missing`] if the files cannot be had; [`DataError::BadSetting`] if nothing is left
/// to train on, or the pixels of an image are no whole steps; others if files are there but wrong.
pub fn load_mnist(
    settings: MnistSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let MnistSettings { order, width, valid, seed } = settings;
    if valid as u64 >= IMAGES[0] {
        let reason = format!("{valid} of 60,000 images leave nothing to train on");
        return Err(DataError::setting("valid", reason));
    }
    if width == 0 || !PIXELS.is_multiple_of(width) {
        let reason = format!("the {PIXELS} pixels of an image are no whole steps of {width}");
        return Err(DataError::setting("width", reason));
    }
    let found = install::obtain(&MNIST, places, progress)?;
    let files = corpus::sums(&found, progress)?;
    let (parts, facts) = read(&MNIST, &found, &files)?;
    facts::require_all(&facts)?;
    let mut source = Source::of_files(&MNIST.info, &found.folder, files);
    source.title = title(width);
    let order = match order {
        PixelOrder::Lines => (0..PIXELS).collect(),
        PixelOrder::Permuted(seed) => {
            source.title.push_str(", in one random order");
            source.note = Some(format!("the order of the pixels is that of seed {seed}"));
            draws::permutation(&mut draws::stream(seed, "pixels", 0), PIXELS)
        }
    };
    let sequences = |(images, labels): &(Vec<u8>, Vec<u8>)| {
        let images = images.chunks_exact(PIXELS);
        let values = images.map(|image| order.iter().map(|&pixel| image[pixel]));
        let values: Ragged<u8> = values.collect();
        let labels = labels.iter().map(|&label| label.into()).collect();
        Sequences::new(SequenceInputs::Pixels { width, values }, SequenceTargets::Classes(labels))
    };
    let [train, test] = parts.each_ref().map(sequences);
    let train = train?;
    let [kept, held_out] = hold_out(train.len(), valid, seed);
    let data = SequenceData {
        source,
        input: InputKind::Features { width },
        target: TargetKind::Class { classes: 10 },
        text: None,
        answers: None,
        classes: (0..10).map(|digit| digit.to_string()).collect(),
        baseline: None,
        speech: None,
        valid: train.select(&held_out),
        train: train.select(&kept),
        test: test?,
    };
    scored::sequences(data, "hold out images for validation (`valid`)")
}

/// What is read, in prose.
fn title(width: usize) -> String {
    match width {
        1 => MNIST.info.title.to_owned(),
        _ => format!("MNIST, {width} pixels a step"),
    }
}

/// The published figures of MNIST beside those of the files.
pub(crate) fn check(
    found: &LocatedFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Fact>, DataError> {
    let files = corpus::sums(found, progress)?;
    read(&MNIST, found, &files).map(|(_, facts)| facts)
}

/// Images and labels of both parts.
type Parts = [(Vec<u8>, Vec<u8>); 2];

fn read(
    spec: &FileSpec,
    found: &LocatedFiles,
    files: &[FileSum],
) -> Result<(Parts, Vec<Fact>), DataError> {
    let mut facts = Vec::new();
    let mut parts = Parts::default();
    for ((paths, expected), part) in found.files.chunks(2).zip(IMAGES).zip(&mut parts) {
        let [images_at, labels_at] = paths else {
            break;
        };
        let images = idx(images_at, &[28, 28])?;
        let labels = idx(labels_at, &[])?;
        if let Some(at) = labels.iter().position(|&label| label > 9) {
            let reason = format!("{} is not a digit", labels[at]);
            return Err(DataError::record(labels_at, format!("label {at}"), reason));
        }
        facts.push(Fact::count(images_at, "images", expected, images.len() / PIXELS));
        facts.push(Fact::count(labels_at, "labels", expected, labels.len()));
        *part = (images, labels);
    }
    for ((path, file), remote) in found.files.iter().zip(files).zip(spec.remote) {
        facts.push(Fact::checksum(path, remote.sha256, &file.sha256));
    }
    Ok((parts, facts))
}

/// The bytes of a gzipped IDX file of items of this shape (LeCun's format: two zero bytes, 8 for
/// unsigned bytes, the number of dimensions, each dimension in four big-endian bytes, the values).
fn idx(path: &Path, shape: &[u32]) -> Result<Vec<u8>, DataError> {
    let file = File::open(path).map_err(|e| DataError::io("open", path, e))?;
    parse_idx(path, GzDecoder::new(BufReader::new(file)), shape)
}

fn parse_idx(path: &Path, mut file: impl Read, shape: &[u32]) -> Result<Vec<u8>, DataError> {
    let broken =
        |e: std::io::Error| DataError::BadArchive { path: path.to_owned(), reason: e.to_string() };
    let bad = |place: &str, reason: String| Err(DataError::record(path, place.to_owned(), reason));
    let mut word = [0; 4];
    file.read_exact(&mut word).map_err(broken)?;
    let dimensions = shape.len() as u8 + 1;
    if word != [0, 0, 8, dimensions] {
        let reason = format!("it is no IDX file of bytes with {dimensions} dimensions");
        return bad("header", reason);
    }
    file.read_exact(&mut word).map_err(broken)?;
    let count = u64::from(u32::from_be_bytes(word));
    for &expected in shape {
        file.read_exact(&mut word).map_err(broken)?;
        let found = u32::from_be_bytes(word);
        if found != expected {
            return bad("header", format!("a dimension is {found} instead of {expected}"));
        }
    }
    let expected = shape.iter().fold(count, |size, &n| size.saturating_mul(n.into()));
    if expected > MOST_BYTES {
        return bad("header", format!("{expected} bytes announced, more than {MOST_BYTES}"));
    }
    // One more byte than there should be shows that there are too many.
    let mut values = Vec::new();
    file.by_ref().take(expected.saturating_add(1)).read_to_end(&mut values).map_err(broken)?;
    if values.len() as u64 != expected {
        let more = if values.len() as u64 > expected { " or more" } else { "" };
        return bad("values", format!("{expected} bytes announced, {}{more} there", values.len()));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LABELS: [u8; 11] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9];

    fn parse(bytes: &[u8], shape: &[u32]) -> Result<Vec<u8>, DataError> {
        parse_idx(Path::new("a.gz"), bytes, shape)
    }

    #[test]
    fn values_follow_their_shape() {
        assert_eq!(parse(&LABELS, &[]).unwrap(), [7, 8, 9]);
        let image = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6];
        assert_eq!(parse(&image, &[1, 2]).unwrap(), [5, 6]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let mut other = LABELS;
        other[2] = 9;
        let image = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6];
        for (bytes, shape, expected) in [
            (&LABELS[..10], &[][..], "a.gz, values: 3 bytes announced, 2 there"),
            (&[&LABELS[..], &[1]].concat(), &[], "3 bytes announced, 4 or more there"),
            (&LABELS[..6], &[], "the archive is damaged"),
            (&other, &[], "a.gz, header: it is no IDX file of bytes with 1 dimensions"),
            (&image, &[2, 2], "a.gz, header: a dimension is 1 instead of 2"),
            (&[0, 0, 8, 1, 16, 0, 0, 1], &[], "header: 268435457 bytes announced, more than"),
        ] {
            let error = parse(bytes, shape).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_label_out_of_range_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let written = |(name, bytes): (&str, &[u8])| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            std::io::Write::write_all(&mut gzip, bytes).unwrap();
            gzip.finish().unwrap();
            path
        };
        let images = [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28];
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 9, 10];
        let files: Vec<_> =
            [("i", &images[..]), ("labels", &labels)].into_iter().map(written).collect();
        let found = LocatedFiles { folder: folder.path().to_owned(), files };
        let error = read(&MNIST, &found, &[]).unwrap_err().to_string();
        assert!(error.ends_with("labels, label 1: 10 is not a digit"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        // However many values a file announces, no more memory is taken than it has bytes.
        #[test]
        fn any_bytes_are_values_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..40), headed: bool) {
            if headed {
                bytes.splice(..0, [0, 0, 8, 1]);
            }
            if let Ok(values) = parse(&bytes, &[]) {
                prop_assert_eq!(values.as_slice(), &bytes[8..]);
            }
        }
    }
}
