//! The command line.

use bench::Shape;
use bench::cli::{Cli, Command, Part};
use clap::Parser;

fn parse(line: &str) -> Result<Command, String> {
    let words = std::iter::once("rnnlab-bench").chain(line.split_whitespace());
    Cli::try_parse_from(words).map(|cli| cli.command).map_err(|error| error.to_string())
}

#[test]
fn everything_is_measured_unless_asked_otherwise() {
    let Ok(Command::Measure(options)) = parse("measure") else { panic!() };
    assert_eq!(options.shapes, Shape::DEFAULT);
    assert_eq!(options.cells, ["rnn", "lstm", "gru", "gru_reset_after"]);
    assert_eq!(options.parts, [Part::Peak, Part::Layer, Part::Model, Part::Data]);
}

#[test]
fn parts_cells_and_shapes_can_be_chosen() {
    let line = "measure --parts layer --cells mgu,sru --shapes 35,20,200,200 1,2,3,4 --seconds 0";
    let Ok(Command::Measure(options)) = parse(line) else { panic!() };
    assert_eq!(options.shapes, [Shape::new(35, 20, 200, 200), Shape::new(1, 2, 3, 4)]);
    assert_eq!(options.cells, ["mgu", "sru"]);
    assert_eq!(options.parts, [Part::Layer]);
}

#[test]
fn slips_are_refused_with_what_was_meant() {
    for (line, hint) in [
        ("measure --shapes 35,20,200", "T,B,I,H"),
        ("measure --parts layers", "layer"),
        ("measure --seconds 1h", "between 0 and 3600"),
        ("compare --rounds 0", "1.."),
    ] {
        let error = parse(line).unwrap_err();
        assert!(error.contains(hint), "{line}: {error}");
    }
}
