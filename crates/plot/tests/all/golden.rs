//! Figures of fixed records, compared with the SVG files in `tests/golden`.
//!
//! After a change that is meant to alter figures, look at the gallery, then write them anew:
//!
//! ```text
//! UPDATE_GOLDEN=1 cargo test --release -p rnnlab-plot --test all golden
//! ```

use crate::samples;
use std::path::Path;

/// Few points keep the files small; the code that draws them is the same.
const POINTS: usize = 12;

#[test]
fn figures_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (name, figure) in samples::figures(POINTS).expect("figures") {
        let path = folder.join(format!("{name}.svg"));
        if update {
            std::fs::write(&path, &figure.svg).expect("written");
            continue;
        }
        let recorded = std::fs::read_to_string(&path).expect("a recorded figure");
        // A checkout may have changed the line ends.
        let (recorded, drawn) = (recorded.replace('\r', ""), &figure.svg);
        let difference = recorded.lines().zip(drawn.lines()).find(|(a, b)| a != b);
        assert!(
            recorded == *drawn,
            "{name}.svg differs (see the head of this file); first difference: {difference:?}"
        );
    }
}

#[test]
fn drawing_is_a_pure_function() {
    let draw = || samples::figures(POINTS).expect("figures");
    assert!(draw() == draw());
}

#[test]
fn detailed_figures_stay_small() {
    for (name, figure) in samples::figures(400).expect("figures") {
        assert!(figure.svg.len() < 400_000, "{name}: {} bytes", figure.svg.len());
    }
}
