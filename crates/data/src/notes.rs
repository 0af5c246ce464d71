//! The keys of a piano that are down at one time.

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use std::fmt;

/// A set of MIDI notes from 21 (the piano's lowest A) to 108 (its highest C): one time step of a
/// piano roll.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Notes(u128);

impl Notes {
    /// The lowest note.
    pub const LOWEST: u8 = 21;
    /// The number of notes, the width of a time step.
    pub const WIDTH: usize = 88;

    /// Adds a MIDI note; whether it is one of a piano's.
    pub fn insert(&mut self, midi: u8) -> bool {
        let key = usize::from(midi.wrapping_sub(Self::LOWEST));
        let inside = midi >= Self::LOWEST && key < Self::WIDTH;
        if inside {
            self.0 |= 1 << key;
        }
        inside
    }

    /// The MIDI notes, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..Self::WIDTH as u8)
            .filter(move |key| self.0 >> key & 1 == 1)
            .map(|key| key + Self::LOWEST)
    }

    /// How many notes there are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it is silent.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl<'de> Deserialize<'de> for Notes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Notes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of MIDI notes from 21 to 108")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Notes, A::Error> {
                let mut notes = Notes::default();
                // Some published files write some notes as 73.0.
                while let Some(midi) = list.next_element::<f64>()? {
                    let whole = midi.fract() == 0.0 && (0.0..=255.0).contains(&midi);
                    if !whole || !notes.insert(midi as u8) {
                        let midi = de::Unexpected::Float(midi);
                        return Err(de::Error::invalid_value(midi, &"a MIDI note from 21 to 108"));
                    }
                }
                Ok(notes)
            }
        }

        deserializer.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_the_notes_of_a_piano() {
        let mut notes = Notes::default();
        assert!(notes.is_empty());
        for midi in [108, 21, 60, 60] {
            assert!(notes.insert(midi));
        }
        for midi in [0, 20, 109, 255] {
            assert!(!notes.insert(midi), "{midi}");
        }
        assert_eq!(notes.iter().collect::<Vec<_>>(), [21, 60, 108]);
        assert_eq!((notes.len(), notes.is_empty()), (3, false));
    }

    #[test]
    fn json_says_where_a_note_is_wrong() {
        let notes: Notes = serde_json::from_str("[60, 21.0]").unwrap();
        assert_eq!(notes.iter().collect::<Vec<_>>(), [21, 60]);
        for (text, expected) in [
            (
                "[60, 109]",
                "invalid value: floating point `109.0`, expected a MIDI note from 21 to 108",
            ),
            ("[-1]", "invalid value: floating point `-1.0`"),
            ("[60.5]", "invalid value: floating point `60.5`"),
            ("[1000]", "invalid value: floating point `1000.0`"),
            ("60", "expected a list of MIDI notes"),
        ] {
            let error = serde_json::from_str::<Notes>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
