//! What the rows of a model's matrices stand for, by which they are found again in another model.

use crate::Dataset;
use std::collections::HashMap;
use task::{InputKind, TargetKind};

/// The names of what a model reads and of what it puts out, in the order of their numbers; empty where they
/// have none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowNames {
    /// Words that are read: rows of an embedding.
    pub read: Vec<String>,
    /// Words that are written, classes or labels: rows of an output layer, and of a decoder's embedding.
    pub written: Vec<String>,
}

impl RowNames {
    /// Those of a dataset.
    pub fn of(dataset: &Dataset) -> Self {
        let owned = |words: &mut dyn Iterator<Item = &str>| words.map(str::to_owned).collect();
        match dataset {
            Dataset::Corpus(corpus) => {
                let words: Vec<String> = owned(&mut corpus.vocabulary.words());
                Self { read: words.clone(), written: words }
            }
            Dataset::Sequences(data) => Self {
                read: match (&data.text, data.input) {
                    (Some(text), InputKind::Tokens { .. }) => owned(&mut text.vocabulary.words()),
                    _ => Vec::new(),
                },
                written: match (&data.answers, data.target) {
                    (Some(answers), _) => owned(&mut answers.codec.vocabulary.words()),
                    (None, TargetKind::Class { .. } | TargetKind::Labels { .. }) => {
                        data.classes.clone()
                    }
                    (None, _) => Vec::new(),
                },
            },
        }
    }
}

/// Where the rows of a matrix stand in another one, found by what they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMap {
    /// For each named row here its row there.
    rows: Vec<Option<u32>>,
    /// Named rows there. Rows beyond the names, such as that of a blank, go one by one.
    theirs: usize,
}

impl RowMap {
    /// From names here to names there.
    pub fn new(ours: &[String], theirs: &[String]) -> Self {
        let places: HashMap<&str, u32> = theirs.iter().map(String::as_str).zip(0..).collect();
        let rows = ours.iter().map(|name| places.get(name.as_str()).copied()).collect();
        Self { rows, theirs: theirs.len() }
    }

    /// Names here.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no names here.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many of them are there, too.
    pub fn found(&self) -> usize {
        self.rows.iter().flatten().count()
    }

    /// Numbers of rows there, where a matrix has so many here.
    pub fn rows_there(&self, rows_here: usize) -> usize {
        self.theirs + rows_here.saturating_sub(self.rows.len())
    }

    /// Where row `row` is there, if it is.
    pub(crate) fn place(&self, row: usize) -> Option<usize> {
        match self.rows.get(row) {
            Some(place) => place.map(|place| place as usize),
            None => Some(self.theirs + row - self.rows.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_name_and_those_beyond_one_by_one() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let map = RowMap::new(&names(&["b", "x", "a"]), &names(&["a", "b"]));
        assert_eq!((map.len(), map.found(), map.rows_there(4)), (3, 2, 3));
        assert_eq!([0, 1, 2, 3].map(|row| map.place(row)), [Some(1), None, Some(0), Some(2)]);
    }
}
