//! What planning asks of the machinery: which cells there are, and what a model of them costs.

use model::{Costs, ModelConfig};
use task::TaskShape;
use train::ProbeConfig;

/// Input and hidden size of the layer whose costs a list of cells shows.
pub const LISTED_SIZE: usize = 200;

/// What a list of cells shows of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFacts {
    /// Name in experiment files.
    pub name: String,
    /// Name in prose.
    pub title: String,
    /// Names of the gates.
    pub gates: Vec<String>,
    /// Parameters of a layer with [`LISTED_SIZE`] inputs and hidden units.
    pub parameters: usize,
    /// Floating-point operations of one time step of it, forward, for one sequence.
    pub flops: usize,
    /// The paper.
    pub source: String,
    /// The equations of one time step.
    pub equations: Vec<String>,
}

/// The machinery refused or broke off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(pub String);

/// The cells that there are, and what models of them cost.
pub trait Catalogue: Sync {
    /// All cells, in the order to list them.
    fn cells(&self) -> Vec<CellFacts>;

    /// The first choice of a model or probe that the model's cell cannot have: its place, and what is wrong
    /// and allowed.
    fn unsupported(
        &self,
        model: &ModelConfig,
        probe: Option<&ProbeConfig>,
    ) -> Option<([&'static str; 2], String)> {
        let _ = (model, probe);
        None
    }

    /// What a model costs for a task.
    fn costs(&self, model: &ModelConfig, shape: &TaskShape) -> Result<Costs, EngineError>;

    /// Names and sizes of the parameters of a model for a task; none where they are not known.
    fn parameters(
        &self,
        model: &ModelConfig,
        shape: &TaskShape,
    ) -> Result<Vec<(String, Vec<usize>)>, EngineError> {
        let _ = (model, shape);
        Ok(Vec::new())
    }
}
