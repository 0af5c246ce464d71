//! What can go wrong between a record and a file on disk.

use std::path::PathBuf;

/// Why a figure could not be drawn or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The drawing library refused an element.
    #[error("cannot draw the figure: {0}")]
    Draw(String),
    /// The font carried in the program is not readable: a damaged build.
    #[error("cannot read the built-in font {name}")]
    Font {
        /// The font's name.
        name: &'static str,
        /// What the parser found.
        source: ttf_parser::FaceParsingError,
    },
    /// The figure's SVG is not readable: only possible if it was changed after drawing.
    #[error("cannot read the figure's SVG")]
    Svg(#[from] resvg::usvg::Error),
    /// A PNG of this width would be empty or too large.
    #[error("cannot make a PNG {width} pixels wide: choose 1 to {most}")]
    Width {
        /// The width asked for.
        width: u32,
        /// The largest width accepted.
        most: u32,
    },
    /// The PNG could not be encoded.
    #[error("cannot encode the PNG: {0}")]
    Png(String),
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
