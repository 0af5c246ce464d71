//! Every cell's file says what it should, and the equations that the cells write of themselves are
//! those in `golden/equations.txt`.

use std::fs;
use std::path::Path;
use zoo::Zoo;

const HEADINGS: [&str; 5] = ["Equations", "Shapes", "Parameters", "Conventions", "Source"];

#[test]
fn every_cell_has_all_headings_in_order() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut cells = 0;
    for family in ["vanilla", "lstm", "gru"] {
        for file in fs::read_dir(crates.join(family).join("src")).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let here = text.matches("impl Cell for").count();
            if here == 0 {
                continue;
            }
            assert_eq!(here, 1, "one cell a file: {}", path.display());
            cells += 1;
            let mut expected = HEADINGS.to_vec();
            if text.contains("fn step_backward") {
                expected.push("Backward step");
            }
            let found: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("/// # ")).collect();
            assert_eq!(found, expected, "{}", path.display());
        }
    }
    assert_eq!(cells, Zoo::standard().entries().len());
}

/// `UPDATE_GOLDEN=1` writes the file.
#[test]
fn equations_are_the_recorded_ones() {
    let mut text = String::new();
    for entry in Zoo::standard().entries() {
        text += &format!("{}\n", entry.facts().name);
        for line in entry.equations() {
            text += &format!("    {line}\n");
        }
        text += "\n";
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/equations.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let recorded = fs::read_to_string(&path).unwrap();
    assert!(recorded == text, "the cells write\n{text}");
}
