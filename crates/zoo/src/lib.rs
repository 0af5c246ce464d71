//! The one list of all cells: those of the family crates, and a user's own.
//!
//! A cell in the list has a name in experiment files, a line in `rnnlab list cells`, and the
//! conformance tests. A program of your own can add cells to it with [`Zoo::with`].

use cell::Cell;
pub use sequence::{Build, Entry, LayerSizes};

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

    /// The list with cell `C` added; it takes the place of one with the same name.
    pub fn with<C: Cell>(mut self) -> Self {
        self.entries.retain(|entry| entry.facts().name != C::FACTS.name);
        self.entries.push(Entry::of::<C>());
        self
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
