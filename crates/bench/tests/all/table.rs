//! The table of a recorded comparison, as `tests/recorded/table.md` has it. The numbers are made
//! up: they say nothing about any library. After a change that is meant to alter tables:
//!
//! ```text
//! UPDATE_GOLDEN=1 cargo test --release -p rnnlab-bench --test all table
//! ```

use bench::compare::{Results, figure, table, targets};
use std::path::Path;
use zoo::Zoo;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

fn recorded() -> Results {
    Results::read(&folder()).unwrap()
}

#[test]
fn the_table_is_as_recorded() {
    let text = table(&recorded(), &Zoo::standard());
    let path = folder().join("table.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap().replace('\r', "");
    let difference = expected.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(expected == text, "first difference: {difference:?}");
}

/// Worked out by hand from the recorded numbers.
#[test]
fn aims_are_met_missed_or_not_measured() {
    let found = targets(&recorded(), &Zoo::standard());
    let of = |what: &str| {
        let target = found.iter().find(|target| target.what.starts_with(what)).unwrap();
        // Two decimals, as the table has them.
        (target.measured.map(|m| (m * 100.0).round() / 100.0), target.met())
    };
    // Rounds 10/5 and 12/4: 2 and 3.
    assert_eq!(
        of("gru_reset_after, train step, times as fast as PyTorch"),
        (Some(2.5), Some(true))
    );
    // JAX by hand: 6/5 and 6/4.
    let better = of("gru_reset_after, train step, times as fast as the better");
    assert_eq!(better, (Some(1.35), Some(false)));
    assert_eq!(of("lstm, train step, times as fast as PyTorch"), (None, None));
    // Rounds 6/5 and 5.2/4.
    assert_eq!(of("gru, train step, time relative"), (Some(1.25), Some(true)));
    // 16 MiB of ours, 12 of PyTorch's.
    assert_eq!(of("gru_reset_after, train step, memory"), (Some(1.33), Some(false)));
}

#[test]
fn the_figure_can_be_drawn() {
    let figure = figure(&recorded(), &Zoo::standard()).unwrap();
    assert!(figure.svg.contains("GRU reset-after") && figure.svg.contains("triad 512 MiB"));
}
