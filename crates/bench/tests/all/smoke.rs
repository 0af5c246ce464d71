//! Tiny shapes, from end to end.

use bench::cli::{Cli, Command};
use bench::protocol::{Hello, Reply};
use bench::{BenchError, Shape, measure, serve};
use clap::Parser;
use zoo::Zoo;

fn options(line: &str) -> bench::cli::MeasureArgs {
    let words = ["rnnlab-bench", "measure"].into_iter().chain(line.split_whitespace());
    match Cli::parse_from(words).command {
        Command::Measure(options) => options,
        _ => unreachable!("`measure` is measured"),
    }
}

#[test]
fn tiny_layers_of_all_cells_give_finite_numbers() {
    let options = options("--parts layer --cells all --shapes 3,2,5,4 --seconds 0");
    assert_eq!(options.shapes, [Shape::new(3, 2, 5, 4)]);
    let found = measure::measure(&options, &Zoo::standard(), &mut |_| {}).unwrap();
    assert_eq!(found.cases.len(), 3 * Zoo::standard().names().len());
    for case in &found.cases {
        assert!(case.seconds.median > 0.0 && case.seconds.high.is_finite(), "{case:?}");
        assert!(case.gflops.is_some_and(|rate| rate > 0.0 && rate.is_finite()), "{case:?}");
    }
    assert!(found.table().contains("gru_reset_after 3,2,5,4"));
}

#[test]
fn an_unknown_cell_is_refused_before_anything_is_measured() {
    let options = options("--cells rnn,gruu");
    let mut started = 0;
    let refused = measure::measure(&options, &Zoo::standard(), &mut |_| started += 1);
    assert!(matches!(refused, Err(BenchError::UnknownCell { ref name, .. }) if name == "gruu"));
    assert_eq!(started, 0);
}

#[test]
fn a_worker_answers_every_request_in_order() {
    let requests = r#"{"case":{"what":"train","cell":"lstm","shape":[3,2,5,4]},"seconds":0,"least":3}
{"case":{"what":"train","cell":"gruu","shape":[3,2,5,4]},"seconds":0,"least":3}
{"case":{"what":"language_model","cell":"rnn","vocabulary":9,"hidden":4,"layers":2,"batch":2,"steps":3},"seconds":0,"least":2}
{"case":{"what":"translation","cell":"lstm","source":9,"target":8,"embedding":3,"hidden":4,"batch":2,"steps":3},"seconds":0,"least":2}
"#;
    let mut replies = Vec::new();
    serve(&mut requests.as_bytes(), &mut replies, &Zoo::standard()).unwrap();
    let text = String::from_utf8(replies).unwrap();
    let mut lines = text.lines();
    let hello: Hello = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert!(hello.version.starts_with("rnnlab "));
    let replies: Vec<Reply> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let [
        Reply::Values(layer),
        Reply::Failed(reason),
        Reply::Values(model),
        Reply::Values(translation),
    ] = &replies[..]
    else {
        panic!("{text}")
    };
    assert_eq!((layer.len(), model.len(), translation.len()), (3, 2, 2));
    assert!(layer.iter().chain(model).chain(translation).all(|seconds| *seconds > 0.0));
    assert!(reason.contains("gruu"), "{reason}");
}
