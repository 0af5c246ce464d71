//! The one list of all cells: those of the family crates, and a user's own.
//!
//! A cell in the list has a name in experiment files, a line in `rnnlab list cells`, and the
//! conformance tests. A program of your own can add cells to it with [`Zoo::with`].

use cell::Cell;
pub use sequence::{Build, Entry, LayerSizes, WrongFacts};
use std::any::type_name;

/// A cell that a list does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The name of another one. One of them would be trained where the other is meant.
    #[error(
        "two cells are called `{name}`: `{kind}` ({title}), which is to be added, and one that the list \
         has already ({of}); give the FACTS of `{kind}` another name"
    )]
    NameTaken {
        /// The name.
        name: &'static str,
        /// The type of the cell that is to be added.
        kind: &'static str,
        /// Its title.
        title: &'static str,
        /// The title of the cell that has the name.
        of: &'static str,
    },
    /// Names, wiring and array lengths that do not fit together.
    #[error(transparent)]
    WrongFacts(#[from] WrongFacts),
}

/// A list of cells with different names.
#[derive(Debug, Clone)]
pub struct Zoo {
    entries: Vec<Entry>,
}

impl Zoo {
    /// All cells of rnnlab, family by family.
    pub fn standard() -> Self {
        Self { entries: [vanilla::cells(), lstm::cells(), gru::cells()].concat() }
    }

    /// The list with cell `C` added, unless its name is that of another cell or its FACTS do not fit
    /// together. Further cells follow by `.and_then(Zoo::with::<Another>)`.
    pub fn with<C: Cell>(mut self) -> Result<Self, Refused> {
        let new = Entry::of::<C>();
        new.check()?;
        if let Some(entry) = self.get(C::FACTS.name) {
            let facts = entry.facts();
            return Err(Refused::NameTaken {
                name: facts.name,
                kind: type_name::<C>(),
                title: C::FACTS.title,
                of: facts.title,
            });
        }
        self.entries.push(new);
        Ok(self)
    }

    /// All entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// All names, in order.
    pub fn names(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.facts().name).collect()
    }

    /// The cell called `name`.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.facts().name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let taken = Zoo::standard().with::<gru::GruResetAfter>().unwrap_err();
        let title = Zoo::standard().get("gru_reset_after").unwrap().facts().title;
        assert_eq!(
            taken.to_string(),
            format!(
                "two cells are called `gru_reset_after`: `gru::reset_after::GruResetAfter` ({title}), \
                 which is to be added, and one that the list has already ({title}); give the FACTS of \
                 `gru::reset_after::GruResetAfter` another name"
            )
        );
    }
}
