//! The machinery itself, behind [`Engine`]: the only calls to what computes.

use super::{CellFacts, Engine, EngineError, LISTED_SIZE};
use model::{Costs, ModelConfig, TaskShape};
use std::path::Path;
use train::{Dataset, Event, Outcome, RunSpec};
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
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Outcome, EngineError> {
        train::run(run, dataset, &self.zoo, Some(checkpoint), on_event)
            .map_err(|error| EngineError(error.to_string()))
    }
}
