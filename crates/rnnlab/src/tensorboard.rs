//! Event files that TensorBoard reads: records of TensorFlow's framing, each an `Event` message of
//! scalars (TensorFlow's `event.proto`, `summary.proto`), of which this is all that is needed.

/// An event file in the making.
#[derive(Debug, Default)]
pub(crate) struct EventFile(Vec<u8>);

impl EventFile {
    /// A file without values.
    pub(crate) fn new() -> Self {
        let mut file = Self::default();
        file.record(&[&time(0.0)[..], &text(3, "brain.Event:2")].concat());
        file
    }

    /// Adds a value of the curve `tag` at a step, `seconds` after the start.
    pub(crate) fn scalar(&mut self, tag: &str, step: u64, seconds: f64, value: f64) {
        let value =
            [text(1, tag), [&[2 << 3 | 5][..], &(value as f32).to_le_bytes()].concat()].concat();
        let summary = message(1, &value);
        let step = [vec![2 << 3], varint(step)].concat();
        self.record(&[time(seconds), step, message(5, &summary)].concat());
    }

    /// The content of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn record(&mut self, event: &[u8]) {
        let length = (event.len() as u64).to_le_bytes();
        self.0.extend(length);
        self.0.extend(masked_crc(&length).to_le_bytes());
        self.0.extend(event);
        self.0.extend(masked_crc(event).to_le_bytes());
    }
}

/// Field 1 of an event, a double.
fn time(seconds: f64) -> Vec<u8> {
    [&[1 << 3 | 1][..], &seconds.to_le_bytes()].concat()
}

fn text(field: u8, text: &str) -> Vec<u8> {
    message(field, text.as_bytes())
}

fn message(field: u8, content: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(content.len() as u64), content.to_vec()].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// CRC-32C (Castagnoli), rotated and shifted as TensorFlow does it.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_framed_and_hold_the_values() {
        let mut file = EventFile::new();
        file.scalar("a", 300, 1.5, 0.25);
        let mut rest = file.bytes();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let (head, after) = rest.split_at(12);
            assert_eq!(head[8..], masked_crc(&head[..8]).to_le_bytes());
            let length = u64::from_le_bytes(head[..8].try_into().unwrap()) as usize;
            let (event, after) = after.split_at(length);
            assert_eq!(after[..4], masked_crc(event).to_le_bytes());
            records.push(event);
            rest = &after[4..];
        }
        assert_eq!(records.len(), 2);
        assert!(records[0].ends_with(b"brain.Event:2"));
        let value = [&b"\x0a\x01a\x15"[..], &0.25_f32.to_le_bytes()].concat();
        let summary = [&b"\x2a\x0a\x0a\x08"[..], &value].concat();
        let expected = [&b"\x09"[..], &1.5_f64.to_le_bytes(), b"\x10\xac\x02", &summary].concat();
        assert_eq!(records[1], expected);
    }
}
