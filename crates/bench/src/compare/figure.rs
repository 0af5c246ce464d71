//! The roofline of a comparison.

use super::Results;
use super::plan::LONG;
use super::results::OURS;
use super::targets::square_rate;
use crate::cli::SHORT_LIST;
use crate::work::traffic;
use crate::{BenchError, Case, LayerCase, Shape, Work};
use plot::{Figure, Frame, Rate, Roof, Roofline};
use zoo::{Entry, Zoo};

/// Our rates against what the machine can do.
pub fn figure(results: &Results, zoo: &Zoo) -> Result<Figure, BenchError> {
    let [_, very_long] = LONG;
    let mut shapes: Vec<Shape> = Vec::new();
    let (mut train, mut step) = (Vec::new(), Vec::new());
    for case in results.cases() {
        let (Case::Train(layer) | Case::Step(layer)) = case else { continue };
        let LayerCase { cell, shape } = layer;
        if !SHORT_LIST.contains(&cell.as_str()) || *shape == very_long {
            continue;
        }
        let rate = || {
            let products = Work::of(case, zoo)?.products;
            let gflops = products / results.median(OURS, case)? / 1e9;
            Some((gflops, products / traffic(case, zoo)?))
        };
        let Some((gflops, intensity)) = rate() else { continue };
        let is_train = matches!(case, Case::Train(_));
        if is_train && !shapes.contains(shape) {
            shapes.push(*shape);
        }
        let shape = shapes.iter().position(|known| known == shape).unwrap_or_default();
        let rate = Rate { cell: cell.clone(), shape, intensity, gflops };
        if is_train { train.push(rate) } else { step.push(rate) }
    }
    let roofs = results.cases().filter_map(|case| {
        let Case::Triad { bytes } = case else { return None };
        let rate = *bytes as f64 / results.median(OURS, case)? / 1e9;
        Some(Roof { name: format!("triad {} MiB", bytes >> 20), gigabytes: rate })
    });
    let processor = results.environment.processor.as_deref().unwrap_or("unknown processor");
    let quick = "A short run (--quick): little time for each number".to_owned();
    let roofline = Roofline {
        frame: Frame {
            title: "How near rnnlab comes to what the machine can do".to_owned(),
            subtitle: format!("{processor}, one thread, {}", results.environment.date),
            warning: results.quick.then_some(quick),
            titles: zoo.entries().iter().map(title).collect(),
            series: Vec::new(),
        },
        peak: square_rate(results, zoo).unwrap_or(f64::NAN),
        roofs: roofs.collect(),
        shapes: shapes.iter().map(label).collect(),
        train,
        step,
    };
    Ok(roofline.draw()?)
}

/// A cell's name in experiment files, and in prose.
fn title(entry: &Entry) -> (String, String) {
    (entry.name().to_owned(), entry.title().to_owned())
}

/// A shape in short lines.
fn label(shape: &Shape) -> Vec<String> {
    let Shape { steps, batch, input, hidden } = shape;
    let sizes = match input == hidden {
        true => vec![format!("H {hidden}")],
        false => vec![format!("I {input}"), format!("H {hidden}")],
    };
    [vec![format!("T {steps}"), format!("B {batch}")], sizes].concat()
}
