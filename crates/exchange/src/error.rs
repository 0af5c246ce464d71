//! What can go wrong in an exchange.

use crate::Unreadable;
use crate::counterpart::exchangeable;
use std::fmt;
use std::path::PathBuf;

/// A file could not be read, understood or written.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A file that cannot be read.
    #[error("{}: cannot be read: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A file of another kind, or a damaged one.
    #[error("{}: not a safetensors file: {why}", path.display())]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file that does not hold the layers looked for.
    #[error("{}: {error}", path.display())]
    Layers {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: LayersError,
    },
    /// A file that is there already.
    #[error("{}: there is such a file already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be written.
    #[error("{}: cannot be written: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

/// Tensors are not those of recurrent layers that PyTorch has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayersError {
    /// No recurrent layers.
    #[error("no tensor has {wanted}{}", instead.map_or(String::new(), |found| format!("; some have {found}")))]
    NoLayers {
        /// How the names looked for look.
        wanted: &'static str,
        /// How the names found look, where they are those of the other convention.
        instead: Option<&'static str>,
    },
    /// Several modules, and none was asked for.
    #[error("it holds several recurrent modules ({}): name one", quoted(modules))]
    SeveralModules {
        /// Their names.
        modules: Vec<String>,
    },
    /// Another module was asked for.
    #[error("it holds no recurrent module `{asked}`, but {}", quoted(modules))]
    NoModule {
        /// The one asked for.
        asked: String,
        /// Those that are there.
        modules: Vec<String>,
    },
    /// A cell that PyTorch does not have.
    #[error(
        "cell `{cell}` has no counterpart in PyTorch; cells that can be exchanged: {}",
        exchangeable()
    )]
    NoCounterpart {
        /// The cell.
        cell: String,
    },
    /// Matrices on the state in diagonal blocks.
    #[error("its layers have {heads} heads, which PyTorch's modules have not")]
    Heads {
        /// How many.
        heads: usize,
    },
    /// Shapes that several cells have.
    #[error("{} have tensors of the same shapes: name the one that it is", quoted(cells))]
    SeveralCells {
        /// The cells.
        cells: Vec<String>,
    },
    /// Shapes that no exchangeable cell has.
    #[error(
        "these are the shapes of no cell that can be exchanged: {}; those cells are {}",
        shapes.join(", "), exchangeable()
    )]
    UnknownCell {
        /// Names and shapes of the first layer's tensors.
        shapes: Vec<String>,
    },
    /// Layers of another cell than asked for.
    #[error("its layers are not of cell `{asked}`, but of {}", quoted(held))]
    OtherCell {
        /// The one asked for.
        asked: String,
        /// Cells that it can be.
        held: Vec<String>,
    },
    /// Layers of different cells.
    #[error(
        "its layers are of different cells ({}), which PyTorch's modules cannot be",
        quoted(cells)
    )]
    MixedCells {
        /// The cells.
        cells: Vec<String>,
    },
    /// Tensors that are missing, of another shape or type, or too many.
    #[error("it does not hold {module}: {}", joined(problems, "; "))]
    Tensors {
        /// The module, as it is made in PyTorch.
        module: String,
        /// All that is wrong.
        problems: Vec<Problem>,
    },
}

/// What is wrong with one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is not there.
    Missing {
        /// Its name.
        name: String,
        /// Its shape as it should be.
        expected: Vec<usize>,
    },
    /// It has another shape.
    Shape {
        /// Its name.
        name: String,
        /// Its shape as it should be.
        expected: Vec<usize>,
        /// Its shape as it is.
        got: Vec<usize>,
    },
    /// Its elements cannot be read.
    Unreadable {
        /// Its name.
        name: String,
        /// Why not.
        why: Unreadable,
    },
    /// It should not be there.
    Extra {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, expected } => write!(f, "`{name}` {expected:?} is missing"),
            Self::Shape { name, expected, got } => {
                write!(f, "`{name}` should be {expected:?} and is {got:?}")
            }
            Self::Unreadable { name, why } => write!(f, "`{name}` {why}"),
            Self::Extra { name } => write!(f, "`{name}` should not be there"),
        }
    }
}

fn joined(all: &[impl fmt::Display], separator: &str) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
