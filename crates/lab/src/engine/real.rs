//! The machinery itself, behind [`Engine`]: the only calls to what computes.

use super::{CellFacts, Engine, EngineError, LISTED_SIZE};
use data::{Corpus, Split};
use model::{Costs, ModelConfig, TaskShape};
use std::ops::ControlFlow;
use std::path::Path;
use train::{Dataset, Event, Halt, Outcome, RunSpec, Sampling, Score, TrainError};
use zoo::Zoo;

/// Trains the cells of a zoo.
#[derive(Debug)]
pub struct Trainer {
    zoo: Zoo,
}

impl Trainer {
    /// Knows these cells.
    pub fn new(zoo: Zoo) -> Self {
        Self { zoo }
    }
}

impl Engine for Trainer {
    fn cells(&self) -> Vec<CellFacts> {
        let facts = |entry: &zoo::Entry| {
            let facts = entry.facts();
            let costs = entry.costs(zoo::LayerSizes::new(LISTED_SIZE, LISTED_SIZE));
            CellFacts {
                name: facts.name.to_owned(),
                title: facts.title.to_owned(),
                gates: entry.gates(),
                parameters: costs.parameters,
                flops: costs.flops_per_token,
                source: facts.source.to_owned(),
                equations: entry.equations(),
            }
        };
        self.zoo.entries().iter().map(facts).collect()
    }

    fn costs(&self, model: &ModelConfig, shape: &TaskShape) -> Result<Costs, EngineError> {
        model::costs(model, shape, &self.zoo).map_err(|error| EngineError(error.to_string()))
    }

    fn train(
        &self,
        run: RunSpec<'_>,
        dataset: &Dataset,
        checkpoint: &Path,
        on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
    ) -> Result<Option<Outcome>, EngineError> {
        match train::run(run, dataset, &self.zoo, Some(checkpoint), on_event) {
            Ok(outcome) => Ok(Some(outcome)),
            Err(TrainError::Stopped { .. }) => Ok(None),
            Err(error) => Err(EngineError(error.to_string())),
        }
    }

    fn score(
        &self,
        run: RunSpec<'_>,
        dataset: &Dataset,
        model: &Path,
        split: Split,
    ) -> Result<Score, EngineError> {
        train::score(run, dataset, &self.zoo, model, split)
            .map_err(|error| EngineError(error.to_string()))
    }

    fn generate(
        &self,
        run: RunSpec<'_>,
        corpus: &Corpus,
        model: &Path,
        sampling: Sampling<'_>,
    ) -> Result<Vec<u32>, EngineError> {
        train::generate(run, corpus, &self.zoo, model, sampling)
            .map_err(|error| EngineError(error.to_string()))
    }
}
