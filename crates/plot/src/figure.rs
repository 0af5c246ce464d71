//! A finished figure: SVG text, and files made from it.

use std::fs;
use std::path::{Path, PathBuf};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::PlotError;

/// The widest PNG made, in pixels: beyond it a slip in a number would only fill the memory.
const WIDEST: u32 = 8000;

/// The width of the PNG that [`Figure::save`] writes: twice the nominal width, for dense screens.
const SAVED_WIDTH: u32 = 1800;

/// A drawn figure. Its text is made of outlines, so it looks the same in every viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The whole SVG document.
    pub svg: String,
}

impl Figure {
    /// The figure as a PNG file of `width` pixels on a white ground, made from the SVG.
    pub fn png(&self, width: u32) -> Result<Vec<u8>, PlotError> {
        let refused = PlotError::Width { width, most: WIDEST };
        if width == 0 || width > WIDEST {
            return Err(refused);
        }
        let tree = Tree::from_str(&self.svg, &Options::default())?;
        let scale = width as f32 / tree.size().width();
        let height = (tree.size().height() * scale).ceil() as u32;
        let Some(mut pixels) = Pixmap::new(width, height) else {
            return Err(refused);
        };
        pixels.fill(Color::WHITE);
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| PlotError::Png(error.to_string()))
    }

    /// Writes `stem.svg` and `stem.png` into `folder`, which is made if missing.
    ///
    /// Each file appears whole or not at all: it is written under a temporary name beside its
    /// place, then renamed. Returns the two paths, SVG first.
    pub fn save(&self, folder: &Path, stem: &str) -> Result<[PathBuf; 2], PlotError> {
        let png = self.png(SAVED_WIDTH)?;
        fs::create_dir_all(folder)
            .map_err(|source| PlotError::Write { path: folder.to_owned(), source })?;
        let svg_path = folder.join(format!("{stem}.svg"));
        let png_path = folder.join(format!("{stem}.png"));
        write_whole(&svg_path, self.svg.as_bytes())?;
        write_whole(&png_path, &png)?;
        Ok([svg_path, png_path])
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    machine::write_whole(path, |out| out.write_all(bytes))
        .map_err(|source| PlotError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#000"/></svg>"##;
        Figure { svg: svg.to_owned() }
    }

    #[test]
    fn png_has_the_width_asked_for() {
        let png = figure().png(40).expect("a PNG");
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(png[16..24], [0, 0, 0, 40, 0, 0, 0, 20]);
    }

    #[test]
    fn widths_out_of_range_are_refused() {
        for width in [0, WIDEST + 1] {
            assert!(matches!(figure().png(width), Err(PlotError::Width { .. })));
        }
    }

    #[test]
    fn save_makes_the_folder_and_leaves_two_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("figures");
        let paths = figure().save(&place, "one").expect("saved");
        assert!(paths.iter().all(|path| path.is_file()));
        // Again, over the files that are there.
        figure().save(&place, "one").expect("saved");
        assert_eq!(fs::read_dir(&place).expect("readable").count(), 2);
    }

    #[test]
    fn an_error_names_the_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a_file");
        fs::write(&file, "").expect("written");
        let error = figure().save(&file, "one").expect_err("a file is not a folder");
        assert!(error.to_string().contains("a_file"), "{error}");
    }
}
