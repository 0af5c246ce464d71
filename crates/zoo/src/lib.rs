//! The one list of all cells and memories: those of the family crates, and a user's own.
//!
//! A cell in the list has a name in experiment files, a line in `rnnlab list cells`, and the
//! conformance tests. A program of your own can add cells to it with [`Zoo::with`].

use cell::{Cell, Facts};
use memory::{CompiledMemory, Memory};
pub use sequence::{Build, Entry, Feature, LayerSizes, WrongFacts};

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
    /// All cells of rnnlab, family by family, then all memories.
    pub fn standard() -> Self {
        let families = [vanilla::cells(), lstm::cells(), gru::cells(), memory::memories()];
        Self { entries: families.concat() }
    }

    /// The list with cell `C` added, unless its name is that of another cell or its FACTS do not fit
    /// together. Further cells follow by `.and_then(Zoo::with::<Another>)`.
    pub fn with<C: Cell>(self) -> Result<Self, Refused> {
        self.and(Entry::of::<C>())
    }

    /// The same with memory `M`.
    pub fn with_memory<M: Memory>(self) -> Result<Self, Refused> {
        self.and(Entry::new(CompiledMemory::of::<M>()))
    }

    /// The same with any recurrence.
    pub fn and(mut self, new: Entry) -> Result<Self, Refused> {
        new.check()?;
        if let Some(entry) = self.get(new.name()) {
            return Err(Refused::NameTaken {
                name: new.name(),
                kind: new.kind(),
                title: new.title(),
                of: entry.title(),
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
        self.entries.iter().map(|entry| entry.name()).collect()
    }

    /// Facts of all cells, in order.
    pub fn cells(&self) -> impl Iterator<Item = &'static Facts> {
        self.entries.iter().filter_map(|entry| entry.cell())
    }

    /// The cell or memory called `name`.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let taken = Zoo::standard().with::<gru::GruResetAfter>().unwrap_err();
        let title = Zoo::standard().get("gru_reset_after").unwrap().title();
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
