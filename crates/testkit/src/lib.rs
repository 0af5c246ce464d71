//! For tests of what plans, schedules and reports: a machinery that trains nothing, fast and predictable.

use data::Split;
use experiment::plan::{DataFacts, PlannedRun, RunConfig};
use experiment::role::Role;
use experiment::{Catalogue, CellFacts, EngineError};
use model::{Costs, ModelConfig};
use serde_json::{Map, Value, json};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use sweep::{Engine, SavedModel, Writer};
use task::{TaskShape, Window};
use train::{
    Beam, Dataset, Evaluation, Event, GradientFlow, Halt, Metric, Metrics, Outcome, Phase,
    RowNames, RunSpec, Sampling, Score, Step,
};

/// Facts of a text of a hundred thousand words of a thousand types.
pub fn text_facts() -> DataFacts {
    DataFacts {
        data: "ptb".into(),
        shape: TaskShape::language(1000),
        metric: Metric::PERPLEXITY,
        sequences: None,
        train_tokens: 100_000,
        valid_tokens: 1000,
        test_tokens: 1000,
        names: RowNames::default(),
        fingerprint: String::new(),
    }
}

/// A run of which nothing but the name matters.
pub fn planned() -> PlannedRun {
    let model = json!({"cell": "rnn", "layers": 1, "hidden": 1, "init": 0.1});
    let train = json!({"batch": 1, "unroll": 1, "epochs": 1, "learning_rate": 1.0});
    PlannedRun {
        id: "rnn".to_owned(),
        role: Role::Comparison,
        arm: "rnn".to_owned(),
        axes: Map::new(),
        config: RunConfig {
            data: Value::Null,
            model: serde_json::from_value(model).unwrap(),
            train: serde_json::from_value(train).unwrap(),
            probe: None,
            start_from: None,
            seed: 1,
        },
        dataset: 0,
        start: None,
        trained_parameters: 1,
        costs: Costs {
            cell_parameters: 1,
            parameters: 1,
            cell_flops_per_token: 1.0,
            flops_per_token: 1.0,
            kept_per_token: 1,
        },
        reasons: Map::new(),
        steps: 1,
        seconds: 1.0,
        bytes: 1,
    }
}

/// Cells `rnn`, `lstm`, `gru` with 1, 4 and 3 gates. Trainings of 10 steps that cost nothing; seed
/// 13 panics, seed 14 is refused, seed 15 diverges.
#[derive(Debug, Default)]
pub struct FakeEngine {
    /// Trainings begun.
    pub trainings: AtomicUsize,
}

const CELLS: [(&str, usize); 3] = [("rnn", 1), ("lstm", 4), ("gru", 3)];

/// Steps of every training.
pub const STEPS: usize = 10;

impl Catalogue for FakeEngine {
    fn cells(&self) -> Vec<CellFacts> {
        let facts = |&(name, _): &(&str, usize)| CellFacts {
            name: name.to_owned(),
            title: name.to_uppercase(),
            gates: vec!["r".to_owned(), "z".to_owned()],
            parameters: 1_234_567,
            flops: 89,
            source: "a paper".to_owned(),
            equations: vec!["h' = h".to_owned()],
        };
        CELLS.iter().map(facts).collect()
    }

    fn costs(&self, model: &ModelConfig, shape: &TaskShape) -> Result<Costs, EngineError> {
        let gates =
            CELLS.iter().find(|(name, _)| *name == model.cell).map_or(0, |(_, gates)| *gates);
        let (hidden, embedding) =
            (model.hidden.get(), model.embedding.map_or(1, NonZeroUsize::get));
        let cell_parameters = gates * hidden * (hidden + embedding + 1);
        let projection = if hidden == embedding { 0 } else { hidden * embedding };
        let parameters = cell_parameters + projection + shape.outputs() * (embedding + 1);
        Ok(Costs {
            cell_parameters,
            parameters,
            cell_flops_per_token: 2.0 * cell_parameters as f64,
            flops_per_token: 2.0 * parameters as f64,
            kept_per_token: 2 * hidden,
        })
    }
}

impl Engine for FakeEngine {
    fn train(
        &self,
        run: RunSpec<'_>,
        _dataset: &Dataset,
        checkpoint: &Path,
        on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
    ) -> Result<Option<Outcome>, EngineError> {
        self.trainings.fetch_add(1, Ordering::Relaxed);
        let gates =
            CELLS.iter().find(|(name, _)| *name == run.model.cell).map_or(1, |(_, gates)| *gates);
        // The best learning rate is 0.01.
        let off = f64::from(run.train.learning_rate.get()).log10() + 2.0;
        // Differences between cells have a spread over seeds, too small for the digits of tables.
        let chance = 0.001 * run.seed as f64 + 1e-6 * (run.seed * gates as u64) as f64;
        let nll = 6.0 - 0.2 * gates as f64 + chance + 0.1 * off * off;
        let flow = |phase: Phase| {
            Event::GradientFlow(GradientFlow {
                phase,
                step: 0,
                layer: 0,
                low: vec![1.0, 0.1],
                median: vec![1.0, 0.2],
                high: vec![1.0, 0.3],
            })
        };
        let _ = on_event(flow(Phase::Initial));
        for step in 1..=STEPS {
            let tokens = step * 700;
            let going = on_event(Event::Step(Step {
                step,
                steps: STEPS,
                tokens,
                seconds: 1e-3 * (gates * run.model.hidden.get() * step) as f64,
                loss: nll + 1.0 / step as f64,
                gradient_norm: 1.0,
                learning_rate: 1.0,
            }));
            if going.is_break() {
                return Ok(None);
            }
            if step == 5 {
                match run.seed {
                    13 => panic!("index out of bounds"),
                    14 => return Err(EngineError("out of memory".to_owned())),
                    15 => return Ok(Some(outcome(None, step))),
                    _ => {}
                }
            }
        }
        let _ = on_event(Event::Evaluation(Evaluation {
            step: STEPS,
            tokens: 700 * STEPS,
            seconds: 1.0,
            valid_loss: nll,
            metrics: Metrics::new(),
        }));
        let _ = on_event(flow(Phase::Trained));
        std::fs::write(checkpoint.with_file_name("model.safetensors"), b"a model")
            .map_err(|error| EngineError(error.to_string()))?;
        let outcome = outcome(Some(nll), STEPS);
        let test_loss = outcome.test_loss.filter(|_| run.test);
        Ok(Some(Outcome { test_loss, ..outcome }))
    }

    fn score(
        &self,
        _model: SavedModel<'_>,
        _dataset: &Dataset,
        _split: Split,
        _beam: Beam,
    ) -> Result<Score, EngineError> {
        Err(EngineError("it trains nothing".to_owned()))
    }

    fn score_text(&self, _model: SavedModel<'_>, _tokens: &[u32]) -> Result<Score, EngineError> {
        Err(EngineError("it trains nothing".to_owned()))
    }

    fn outputs(&self, _model: SavedModel<'_>, _window: &Window) -> Result<Vec<f32>, EngineError> {
        Err(EngineError("it trains nothing".to_owned()))
    }

    fn generate(
        &self,
        _model: SavedModel<'_>,
        _sampling: Sampling<'_>,
        _each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), EngineError> {
        Err(EngineError("it trains nothing".to_owned()))
    }

    fn writer(&self, _model: SavedModel<'_>, _beam: Beam) -> Result<Writer<'_>, EngineError> {
        Err(EngineError("it trains nothing".to_owned()))
    }
}

fn outcome(nll: Option<f64>, steps: usize) -> Outcome {
    Outcome {
        diverged: nll.is_none(),
        valid_loss: nll,
        test_loss: nll.map(|nll| nll - 0.05),
        steps,
        tokens: 700 * steps,
        train_seconds: 1.0,
        total_seconds: 1.5,
        tokens_per_second: 7000.0,
        training_bytes: 1 << 20,
        ..Outcome::default()
    }
}
