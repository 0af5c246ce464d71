//! Piano rolls out of MATLAB files: the form in which three of the music sets are published.
//!
//! Of the MAT-file format, version 5 (MathWorks, MAT-File Format), what these files need: little
//! endian, each variable compressed, a row of cells, each cell a matrix of bytes, time x 88, one
//! column after another.

use std::io::Read;
use std::path::Path;

use flate2::read::ZlibDecoder;

use crate::bounded::Bounded;
use crate::error::DataError;
use crate::notes::Notes;
use crate::ragged::Ragged;

/// Types of elements.
const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
/// The class of an array of arrays.
const CELL: u8 = 1;
/// Text, version, mark of the byte order.
const HEADER: usize = 128;
/// The most bytes that a variable unpacks to; the largest has 22 million.
const MOST_BYTES: u64 = 1 << 28;

/// The pieces of the variables `traindata`, `validdata` and `testdata` of a file with these bytes.
pub(crate) fn pieces(path: &Path, bytes: &[u8]) -> Result<[Ragged<Notes>; 3], DataError> {
    let bad = |place: &str, reason: String| DataError::record(path, place.to_owned(), reason);
    if bytes.get(HEADER - 4..HEADER) != Some(b"\0\x01IM") {
        let reason = "it is no MATLAB file of version 5 and little endian";
        return Err(bad("header", reason.to_owned()));
    }
    let mut splits = ["traindata", "validdata", "testdata"].map(|name| (name, None));
    let mut rest = &bytes[HEADER..];
    while !rest.is_empty() {
        let place = format!("byte {}", bytes.len() - rest.len());
        let (name, pieces) = variable(&mut rest).map_err(|reason| bad(&place, reason))?;
        if let Some((_, split)) = splits.iter_mut().find(|(known, _)| *known.as_bytes() == name) {
            *split = Some(pieces);
        }
    }
    let [train, valid, test] = splits.map(|(name, split)| {
        split.ok_or_else(|| bad("its end", format!("there is no variable {name}")))
    });
    Ok([train?, valid?, test?])
}

/// Name and pieces of the variable with which the bytes begin.
fn variable(bytes: &mut &[u8]) -> Result<(Vec<u8>, Ragged<Notes>), String> {
    let packed = element(bytes, COMPRESSED)?;
    let mut unpacked = Vec::new();
    let mut reader = Bounded::new(ZlibDecoder::new(packed), MOST_BYTES);
    reader.read_to_end(&mut unpacked).map_err(|error| format!("a variable: {error}"))?;
    let mut cells = element(&mut unpacked.as_slice(), MATRIX)?;
    let flags = element(&mut cells, UINT32)?;
    if flags.first() != Some(&CELL) {
        return Err("a variable is no row of cells".to_owned());
    }
    let [rows, columns] = dimensions(&mut cells)?;
    let name = element(&mut cells, INT8)?.to_vec();
    let mut pieces = Ragged::default();
    while !cells.is_empty() {
        let cell = element(&mut cells, MATRIX)?;
        pieces.push(piece(cell).map_err(|reason| format!("piece {}: {reason}", pieces.len()))?);
    }
    if rows.checked_mul(columns) != Some(pieces.len()) {
        return Err(format!("{rows} x {columns} cells announced, {} there", pieces.len()));
    }
    Ok((name, pieces))
}

/// The steps of one cell.
fn piece(mut cell: &[u8]) -> Result<Vec<Notes>, String> {
    element(&mut cell, UINT32)?;
    let [steps, keys] = dimensions(&mut cell)?;
    element(&mut cell, INT8)?;
    let values = element(&mut cell, UINT8)?;
    if keys != Notes::WIDTH || steps.checked_mul(keys) != Some(values.len()) {
        return Err(format!("{steps} x {keys} keys announced, {} there", values.len()));
    }
    if let Some(value) = values.iter().find(|&&value| value > 1) {
        return Err(format!("a key is {value}, neither 0 nor 1"));
    }
    let mut roll = vec![Notes::default(); steps];
    for (key, column) in (Notes::LOWEST..).zip(values.chunks_exact(steps.max(1))) {
        for (step, _) in roll.iter_mut().zip(column).filter(|(_, value)| **value == 1) {
            step.insert(key);
        }
    }
    Ok(roll)
}

fn dimensions(bytes: &mut &[u8]) -> Result<[usize; 2], String> {
    let sizes = element(bytes, INT32)?;
    let size = |at: usize| word(sizes, at).map(|size| size as usize);
    match (size(0), size(4)) {
        (Some(rows), Some(columns)) if sizes.len() == 8 => Ok([rows, columns]),
        _ => Err("an array has not two dimensions".to_owned()),
    }
}

/// The content of the element with which the bytes begin; it is taken from them, with what fills it
/// up to eight bytes.
fn element<'b>(bytes: &mut &'b [u8], expected: u32) -> Result<&'b [u8], String> {
    let cut = || "it ends too early".to_owned();
    let tag = word(bytes, 0).ok_or_else(cut)?;
    // Up to four bytes may stand within the tag, behind their number in its upper half.
    let (kind, length, start): (u32, usize, usize) = match tag >> 16 {
        0 => (tag, word(bytes, 4).ok_or_else(cut)? as usize, 8),
        length => (tag & 0xffff, length as usize, 4),
    };
    if kind != expected {
        return Err(format!("an element is of type {kind} instead of {expected}"));
    }
    let content = bytes.get(start..start.saturating_add(length)).ok_or_else(cut)?;
    let end = match kind {
        COMPRESSED => start + length,
        _ => (start + length).next_multiple_of(8).min(bytes.len()),
    };
    *bytes = &bytes[end..];
    Ok(content)
}

/// Four bytes as a number.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;

    fn tagged(kind: u32, content: &[u8]) -> Vec<u8> {
        let mut element = [kind.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
        element.extend(content);
        if kind != COMPRESSED {
            element.resize(element.len().next_multiple_of(8), 0);
        }
        element
    }

    fn array(class: u8, sizes: [u32; 2], name: &[u8], content: &[u8]) -> Vec<u8> {
        let parts = [
            tagged(UINT32, &[class, 0, 0, 0, 0, 0, 0, 0]),
            tagged(INT32, &sizes.map(u32::to_le_bytes).concat()),
            tagged(INT8, name),
            content.to_vec(),
        ];
        tagged(MATRIX, &parts.concat())
    }

    fn packed(variable: &[u8]) -> Vec<u8> {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(variable).unwrap();
        tagged(COMPRESSED, &zlib.finish().unwrap())
    }

    /// A cell of two steps: the lowest key in the first, the highest in both.
    pub(crate) fn cell(values: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut keys = vec![0; 2 * Notes::WIDTH];
        keys[0] = 1;
        keys[174..].fill(1);
        values(&mut keys);
        array(6, [2, 88], b"", &tagged(UINT8, &keys))
    }

    /// A file of one piece a split, of this cell.
    pub(crate) fn file(cell: &[u8]) -> Vec<u8> {
        let mut bytes = vec![b' '; HEADER - 4];
        bytes.extend(b"\0\x01IM");
        for name in ["testdata", "traindata", "other", "validdata"] {
            bytes.extend(packed(&array(CELL, [1, 1], name.as_bytes(), cell)));
        }
        bytes
    }

    /// A whole file.
    pub(crate) fn example() -> Vec<u8> {
        file(&cell(|_| ()))
    }

    fn read(bytes: &[u8]) -> Result<[Ragged<Notes>; 3], String> {
        pieces(Path::new("a.mat"), bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_become_notes() {
        for split in read(&example()).unwrap() {
            let notes = split.values().iter().map(|step| step.iter().collect::<Vec<_>>());
            assert_eq!(notes.collect::<Vec<_>>(), [vec![21, 108], vec![108]]);
            assert_eq!(split.len(), 1);
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let whole = example();
        let wide = array(6, [88, 2], b"", &tagged(UINT8, &[0; 176]));
        let double = array(6, [2, 88], b"", &tagged(9, &[0; 176]));
        for (bytes, expected) in [
            (whole[..100].to_vec(), "a.mat, header: it is no MATLAB file"),
            (whole[..whole.len() - 1].to_vec(), "it ends too early"),
            (whole[..HEADER].to_vec(), "a.mat, its end: there is no variable traindata"),
            (file(&cell(|keys| keys[3] = 7)), "a.mat, byte 128: piece 0: a key is 7"),
            (file(&cell(|keys| keys.truncate(170))), "2 x 88 keys announced, 170 there"),
            (file(&wide), "88 x 2 keys announced"),
            (file(&double), "an element is of type 9 instead of 2"),
            (file(&[]), "1 x 1 cells announced, 0 there"),
        ] {
            let error = read(&bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
