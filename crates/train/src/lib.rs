//! The training loop, the same for every task: clipping, schedules, evaluation, checkpoints, and
//! probes before, during and after. A [`Dataset`] says which task it is: language modelling
//! with carried state (truncated backpropagation), or sequences read one by one.
//!
//! All randomness comes from (seed, name, step), so a run that continues from its checkpoint ends
//! where the undisturbed one would. The newest two checkpoints are kept, each with a checksum.

mod bag;
mod baseline;
mod checkpoint;
mod checksum;
mod config;
mod dataset;
mod error;
mod events;
mod finite;
mod flow;
mod learner;
mod metric;
mod optimizer;
mod phase;
mod pretrained;
mod probes;
mod rates;
mod row_names;
mod run;
mod schedule;
mod score;
mod speeds;
mod start;
mod teaching;
mod trained;

pub use baseline::{BaselineScore, baselines};
pub use checkpoint::{checkpoint_files, whole_checkpoints};
pub use config::{AtLeastOne, Freeze, Optimizer, ProbeConfig, Schedule, TrainConfig};
pub use dataset::Dataset;
pub use error::TrainError;
pub use events::{
    Attended, ContextLoss, Damaged, Evaluation, Event, GateRecord, Gates, GradientFlow, Halt,
    HeardRecording, JacobianRecord, LyapunovRecord, Outcome, PosteriorRecord, Step, TextRecord,
    UnitRecord, WrittenSentence,
};
pub use finite::Finite;
pub use metric::{Averaging, LagScore, Metric, Metrics, Unit, value};
pub use model::Beam;
pub use model::Part;
pub use optimizer::{Clipped, Update, Updater, clip};
pub use phase::Phase;
pub use pretrained::{Pretrained, WeightsFile};
pub use probe::STEPS_APART;
pub use row_names::{RowMap, RowNames};
pub use run::{RunSpec, run, training_bytes};
pub use score::{Confusion, GroupScore, GroupedBy};
pub use teaching::TeacherForcing;
pub use trained::{Sampling, Score, TrainedModel};

use dataset::sequence_shape;
