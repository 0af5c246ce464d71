//! The machinery itself, behind [`Engine`]: the only calls to what computes.

use data::Split;
use experiment::{Catalogue, CellFacts, EngineError, LISTED_SIZE};
use model::{Costs, ModelConfig};
use std::ops::ControlFlow;
use std::path::Path;
use sweep::{Engine, SavedModel, Writer};
use task::{TaskShape, Window};
use train::{
    Beam, Dataset, Event, Halt, Outcome, ProbeConfig, RunSpec, Sampling, Score, TrainError,
    TrainedModel,
};
use zoo::{Feature, Zoo};

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

    fn saved(&self, model: SavedModel<'_>) -> Result<TrainedModel, EngineError> {
        TrainedModel::load(model.config, model.shape, &self.zoo, model.file).map_err(told)
    }
}

impl Catalogue for Trainer {
    fn cells(&self) -> Vec<CellFacts> {
        let facts = |entry: &zoo::Entry| {
            let costs = entry.costs(zoo::LayerSizes::new(LISTED_SIZE, LISTED_SIZE));
            CellFacts {
                name: entry.name().to_owned(),
                title: entry.title().to_owned(),
                gates: entry.gates(),
                parameters: costs.parameters,
                flops: costs.flops_per_token,
                source: entry.source().to_owned(),
                equations: entry.equations(),
            }
        };
        self.zoo.entries().iter().map(facts).collect()
    }

    fn unsupported(
        &self,
        model: &ModelConfig,
        probe: Option<&ProbeConfig>,
    ) -> Option<([&'static str; 2], String)> {
        let entry = self.zoo.get(&model.cell)?;
        if let Some((field, problem)) = model.unsupported(entry) {
            return Some((["model", field], problem));
        }
        if let Some((field, problem)) = model.unsupported_by_decoder(&self.zoo) {
            return Some((["model", field], problem));
        }
        let (probe, why) = (probe?, entry.lacks(Feature::Dynamics)?);
        let field = probe.looks_inside()?;
        Some((
            ["probe", field],
            format!("not allowed with `{}`: {why}; leave it out", entry.name()),
        ))
    }

    fn costs(&self, model: &ModelConfig, shape: &TaskShape) -> Result<Costs, EngineError> {
        model::costs(model, shape, &self.zoo).map_err(|error| EngineError(error.to_string()))
    }

    fn parameters(
        &self,
        model: &ModelConfig,
        shape: &TaskShape,
    ) -> Result<Vec<(String, Vec<usize>)>, EngineError> {
        model::parameters(model, *shape, &self.zoo).map_err(|error| EngineError(error.to_string()))
    }
}

impl Engine for Trainer {
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
            Err(error) => Err(told(error)),
        }
    }

    fn score(
        &self,
        model: SavedModel<'_>,
        dataset: &Dataset,
        split: Split,
        beam: Beam,
    ) -> Result<Score, EngineError> {
        self.saved(model)?.score(dataset, split, beam).map_err(told)
    }

    fn score_text(&self, model: SavedModel<'_>, tokens: &[u32]) -> Result<Score, EngineError> {
        self.saved(model)?.score_text(tokens).map_err(told)
    }

    fn outputs(&self, model: SavedModel<'_>, window: &Window) -> Result<Vec<f32>, EngineError> {
        self.saved(model)?.outputs(window).map_err(told)
    }

    fn generate(
        &self,
        model: SavedModel<'_>,
        sampling: Sampling<'_>,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), EngineError> {
        self.saved(model)?.generate(sampling, each).map_err(told)
    }

    fn writer(&self, model: SavedModel<'_>, beam: Beam) -> Result<Writer<'_>, EngineError> {
        let model = self.saved(model)?;
        Ok(Box::new(move |source| model.answer(source, beam).map_err(told)))
    }
}

fn told(error: TrainError) -> EngineError {
    EngineError(error.to_string())
}
