//! `rnnlab-bench measure`: rnnlab alone.

use crate::cli::{MeasureArgs, Part};
use crate::markdown::{Table, milliseconds, significant};
use crate::ours::prepare;
use crate::{
    BenchError, Case, Effort, LabelSizes, LayerCase, ModelSizes, Shape, Summary, TranslationSizes,
    Work, repeat,
};
use machine::{Environment, peak_memory};
use serde::{Deserialize, Serialize};
use std::fs;
use zoo::Zoo;

/// Fewest repetitions of anything.
const LEAST: usize = 3;

/// Side of the square product: large enough for the full rate.
pub(crate) const SQUARE: usize = 2048;

/// Sizes of the triads: from memory, and from a core's own cache.
pub(crate) const MEMORY: usize = 512 << 20;
pub(crate) const CACHE: usize = 1 << 20;

/// Steps that come one at a time.
const SINGLE_STEPS: usize = 64;

/// What was measured, and where: the file of `--json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurements {
    /// Where and when.
    pub environment: Environment,
    /// Threads of a layer.
    pub threads: usize,
    /// The measurements.
    pub cases: Vec<Measured>,
    /// What could not be measured, and why.
    pub skipped: Vec<(Case, String)>,
    /// Largest memory that the process has held, in bytes, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

/// A measured case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The case.
    pub case: Case,
    /// Seconds.
    pub seconds: Summary,
    /// GFLOP/s, of the matrix products ([`Work::products`]).
    pub gflops: Option<f64>,
    /// GFLOP/s, of all operations ([`Work::all`]).
    pub gflops_of_all: Option<f64>,
}

/// Measures, prints a table and writes the JSON file that was asked for.
pub fn run(options: &MeasureArgs, zoo: &Zoo) -> Result<(), BenchError> {
    let measurements = measure(options, zoo, &mut |case| eprintln!("{case} ..."))?;
    print!("{}", measurements.table());
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&measurements)
            .map_err(BenchError::json("measurements"))?;
        fs::write(path, text + "\n").map_err(BenchError::io(path))?;
    }
    Ok(())
}

/// Measures what `options` ask for; tells `on_case` before each.
pub fn measure(
    options: &MeasureArgs,
    zoo: &Zoo,
    on_case: &mut dyn FnMut(&Case),
) -> Result<Measurements, BenchError> {
    let effort = Effort { seconds: options.seconds, least: LEAST };
    let mut all = Measurements {
        environment: Environment::here(),
        threads: 1,
        cases: Vec::new(),
        skipped: Vec::new(),
        peak_memory_bytes: None,
    };
    for case in cases(options, zoo)? {
        on_case(&case);
        let values = prepare(&case, zoo).and_then(|mut once| repeat(effort, &mut once));
        let values = match values {
            Ok(values) => values,
            Err(BenchError::Missing(reason)) => {
                all.skipped.push((case, reason));
                continue;
            }
            Err(error) => return Err(error),
        };
        let seconds = Summary::of(&values).ok_or(BenchError::NotFinite)?;
        let work = Work::of(&case, zoo);
        let rate = |operations: fn(Work) -> f64| work.map(|w| operations(w) / seconds.median / 1e9);
        all.cases.push(Measured {
            seconds,
            gflops: rate(|work| work.products),
            gflops_of_all: rate(|work| work.all),
            case,
        });
    }
    all.peak_memory_bytes = peak_memory();
    Ok(all)
}

/// The cases that `options` name. An error if they name a cell that is not there.
fn cases(options: &MeasureArgs, zoo: &Zoo) -> Result<Vec<Case>, BenchError> {
    let mut cells = options.cells.clone();
    if cells == ["all"] {
        cells = zoo.names().into_iter().map(str::to_owned).collect();
    }
    for cell in &cells {
        if zoo.get(cell).is_none() {
            return Err(BenchError::UnknownCell { name: cell.clone(), known: zoo.names() });
        }
    }
    let asked = |part| options.parts.contains(&part);
    let mut cases = Vec::new();
    if asked(Part::Peak) {
        cases.extend(peaks());
    }
    for cell in cells.iter().filter(|_| asked(Part::Layer)) {
        let layers = layer_cases(cell, &options.shapes);
        cases.extend(
            layers.into_iter().flat_map(|layer| [Case::Train(layer.clone()), Case::Forward(layer)]),
        );
        cases.extend(step_cases(cell, &options.shapes));
    }
    for cell in cells.iter().filter(|_| asked(Part::Model)) {
        cases.extend(ModelSizes::default_of(cell).map(Case::LanguageModel));
        cases.push(Case::Translation(TranslationSizes::default_of(cell)));
    }
    if asked(Part::Model) {
        cases.extend(LabelSizes::DEFAULT.map(Case::Labels));
    }
    if asked(Part::Data) {
        cases.push(Case::Data);
    }
    Ok(cases)
}

/// What the machine can do.
pub(crate) fn peaks() -> [Case; 3] {
    [
        Case::SquareProduct { size: SQUARE },
        Case::Triad { bytes: MEMORY },
        Case::Triad { bytes: CACHE },
    ]
}

/// A cell's layer in each shape.
pub(crate) fn layer_cases(cell: &str, shapes: &[Shape]) -> Vec<LayerCase> {
    shapes.iter().map(|&shape| LayerCase { cell: cell.to_owned(), shape }).collect()
}

/// One sequence, step by step, for each pair of input and hidden size among the shapes.
pub(crate) fn step_cases(cell: &str, shapes: &[Shape]) -> Vec<Case> {
    let mut cases = Vec::new();
    for layer in layer_cases(cell, shapes) {
        let shape = Shape { steps: SINGLE_STEPS, batch: 1, ..layer.shape };
        let case = Case::Step(LayerCase { shape, ..layer });
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

impl Measurements {
    /// The measurements as a table with what has to be known to read it.
    pub fn table(&self) -> String {
        let head = ["", "what", "ms", "quartiles", "n", "GFLOP/s", "GFLOP/s of all", "GB/s"];
        let mut table = Table::new(head);
        for Measured { case, seconds, gflops, gflops_of_all } in &self.cases {
            let (kind, what) = case.words();
            let rate = |rate: &Option<f64>| rate.map_or_else(String::new, |r| format!("{r:.1}"));
            let bandwidth = match case {
                Case::Triad { bytes } => format!("{:.1}", *bytes as f64 / seconds.median / 1e9),
                _ => String::new(),
            };
            table.row([
                kind.to_owned(),
                what,
                milliseconds(seconds.median),
                format!(
                    "{} to {}",
                    significant(seconds.low * 1e3),
                    significant(seconds.high * 1e3)
                ),
                seconds.repetitions.to_string(),
                rate(gflops),
                rate(gflops_of_all),
                bandwidth,
            ]);
        }
        let Environment { processor, rustc, date, .. } = &self.environment;
        let mut text = format!(
            "{}, {} thread, {rustc}, {date}\n\n{}\n",
            processor.as_deref().unwrap_or("unknown processor"),
            self.threads,
            table.text()
        );
        text.push_str(
            "ms: median. GFLOP/s: matrix products only, 6 T B G H (I + H) for a train step, \
             2 T B G H (I + H) forward.\nGFLOP/s of all: every operation, counted by the zoo from \
             the cell's own code; backward is twice forward.\nGB/s: 12 bytes an element of the \
             triad.\n",
        );
        if let Some(bytes) = self.peak_memory_bytes {
            text.push_str(&format!("Largest memory of the process: {} MiB.\n", bytes >> 20));
        }
        for (case, reason) in &self.skipped {
            text.push_str(&format!("SKIPPED: {case}: {reason}\n"));
        }
        text
    }
}
