//! One training, from seed to outcome.

use crate::Phase;
use crate::baseline::constant_loss;
use crate::checkpoint::{self, Checkpoints, Parts, Position};
use crate::learner::{EncoderDecoderLearner, LanguageLearner, Learner, SequenceLearner};
use crate::metric::Scores;
use crate::optimizer::{Update, Updater};
use crate::pretrained::Pretrained;
use crate::probes;
use crate::rates::Rates;
use crate::schedule::{Moment, Progress};
use crate::speeds::Speeds;
use crate::{
    Damaged, Dataset, Evaluation, Event, Halt, Optimizer, Outcome, ProbeConfig, Step, TrainConfig,
    TrainError,
};
use cell::Facts;
use compute::Draws;
use data::Split;
use dfdx::prelude::Backward;
use model::{AnyModel, Costs, ModelConfig, ModelError};
use sequence::Dropout;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;
use task::TargetKind;
use zoo::Zoo;

/// Seconds of training between two checkpoints, at most; every evaluation makes one too.
const CHECKPOINT_SECONDS: f64 = 20.0;

/// Seconds between two checkpoints that wait for the disk, at least: what takes less to do again after
/// a power cut is not worth the wait. The others outlast a killed process only.
const SYNC_SECONDS: f64 = 1.0;

/// A gradient is said to explode at a norm so many times the largest allowed.
const EXPLODED: f64 = 10.0;

/// A model is said to be astray where its loss is so many times that of the best answer that reads no
/// input.
const ASTRAY: f64 = 2.0;

/// Batches whose forward passes are timed after the training.
const FORWARD_PASSES: usize = 10;

/// What is to be trained, and how.
#[derive(Debug, Clone, Copy)]
pub struct RunSpec<'a> {
    /// The run's name: its checkpoints carry it, and those of another run are not taken up.
    pub name: &'a str,
    /// The model.
    pub model: &'a ModelConfig,
    /// The training.
    pub train: &'a TrainConfig,
    /// What it starts from, if not from nothing.
    pub start: Option<&'a Pretrained>,
    /// What is measured inside the layers, if anything is.
    pub probe: Option<&'a ProbeConfig>,
    /// Seed of initialisation, dropout and the order of sequences.
    pub seed: u64,
    /// Whether the trained model is scored on the test split: not where it only helps to choose.
    pub test: bool,
}

/// Trains a model on `dataset` and scores it; tells what happens through `on_event`, whose
/// [`Break`](ControlFlow::Break) asks the training to stop: it does, with [`TrainError::Stopped`],
/// but for what follows the last step, which is finished.
///
/// The output bias starts at the best answer that reads no input (log frequencies of words or
/// classes, log odds of notes, the mean of numbers), for every cell, unless the model's configuration
/// says otherwise. A training whose model, training loss or scores stop being finite has diverged.
///
/// With `checkpoint`, the training is saved there from time to time and, if it was when it starts,
/// taken up from there: events then go on with the step after the saved one. The checkpoint before
/// the newest is kept too ([`checkpoint_files`](crate::checkpoint_files)) and serves if the newest
/// is damaged. The outcome is the same but for times. The trained model is left beside it as `model.safetensors`.
pub fn run(
    spec: RunSpec<'_>,
    dataset: &Dataset,
    zoo: &Zoo,
    checkpoint: Option<&Path>,
    on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
) -> Result<Outcome, TrainError> {
    let begin = Instant::now();
    let RunSpec { model, train, seed, .. } = spec;
    let costs = model::costs(model, &dataset.shape(), zoo)?;
    let outcome = Outcome {
        training_bytes: training_bytes(&costs, train.optimizer, dataset.step_tokens(train)),
        ..Outcome::default()
    };
    let unknown = || ModelError::UnknownCell { name: model.cell.clone(), known: zoo.names() };
    let facts = zoo.get(&model.cell).ok_or_else(unknown)?.cell();
    let constant_loss = constant_loss(dataset);
    let training = Training { spec, facts, checkpoint, begin, outcome, constant_loss };
    match dataset {
        Dataset::Corpus(corpus) => {
            let learner = LanguageLearner::new(corpus, model, train, zoo, &Draws::new(seed))?;
            training.run(learner, on_event)
        }
        Dataset::Sequences(data) if matches!(data.target, TargetKind::Sequence { .. }) => {
            let learner = EncoderDecoderLearner::new(data, model, train, zoo, seed)?;
            training.run(learner, on_event)
        }
        Dataset::Sequences(data) => {
            training.run(SequenceLearner::new(data, model, train, zoo, seed)?, on_event)
        }
    }
}

/// A training about to begin.
struct Training<'a> {
    spec: RunSpec<'a>,
    /// Those of the layers' cell, if they are of one.
    facts: Option<&'a Facts>,
    checkpoint: Option<&'a Path>,
    begin: Instant,
    outcome: Outcome,
    /// The loss of the best answer that reads no input.
    constant_loss: Option<f64>,
}

impl Training<'_> {
    fn run(
        self,
        mut learner: impl Learner,
        on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
    ) -> Result<Outcome, TrainError> {
        // Once asked to stop, it stops, whatever later events are answered.
        let mut halt = None;
        let mut tell = |event| {
            if let ControlFlow::Break(asked) = on_event(event)
                && halt != Some(Halt::AtOnce)
            {
                halt = Some(asked);
            }
            halt
        };
        let Self { spec, facts, checkpoint, begin, mut outcome, constant_loss } = self;
        let RunSpec { name: run, model: model_config, train: config, probe, seed, test, start } =
            spec;
        let draws = Draws::new(seed);
        let per_epoch = learner.steps_per_epoch();
        let rates = Rates::new(config, per_epoch, learner.model());
        let mut updater = Updater::new(config.optimizer, learner.model())?.with_rates(rates);
        let steps = config.steps_of(per_epoch);
        let mut at = Position {
            step: 0,
            tokens: 0,
            seconds: 0.0,
            total_seconds: 0.0,
            progress: Progress::new(),
            clipped: [0; 2],
            largest_norm: 0.0,
            astray: 0,
            speeds: Speeds::default(),
        };
        let mut checkpoints = checkpoint.map(Checkpoints::at);
        if let Some(checkpoints) = &mut checkpoints {
            let (model, state) = learner.parts();
            let parts = Parts { run, model, updater: &mut updater, state };
            let loaded = checkpoints.load(parts)?;
            at = loaded.position.unwrap_or(at);
            for (file, why) in loaded.damaged {
                tell(Event::Damaged(Damaged { file, why, step: at.step }));
            }
        }
        // A checkpoint has all weights as they were.
        if let (0, Some(start)) = (at.step, start) {
            start.put_into(learner.model())?;
        }
        let earlier = at.total_seconds;
        let hidden = model_config.projection.unwrap_or(model_config.hidden).get();
        let during = probe.map_or(0, |probe| probe.during);
        let measure = |learner: &dyn Learner,
                       when: (Phase, usize),
                       tell: &mut dyn FnMut(Event) -> _| match probe {
            None => Ok(()),
            Some(probe) => probes::measure(learner, probe, (facts, hidden), when, &mut |event| {
                tell(event);
            }),
        };
        if at.step == 0 {
            // Where curves start. It decides nothing: no schedule, no score of the outcome.
            let scores = learner.score(Split::Valid)?;
            tell(Event::Evaluation(Evaluation {
                step: 0,
                tokens: 0,
                seconds: 0.0,
                valid_loss: scores.loss,
                metrics: scores.metrics,
            }));
            measure(&learner, (Phase::Initial, 0), &mut tell)?;
        }

        let mut valid: Option<Scores> = None;
        let mut saved_at = at.seconds;
        let mut synced = Instant::now();
        while at.step < steps {
            let started = Instant::now();
            let epoch = at.step / per_epoch;
            let moment = Moment { epoch, step: at.step, steps };
            let learning_rate = f64::from(config.learning_rate.get())
                * at.progress.factor(&config.schedule, moment);
            let loss = learner.loss(at.step, Dropout::new(draws, at.step))?;
            let mut gradients = loss.mean.try_backward().map_err(model::ModelError::from)?;
            let limit = config.clip.map(|limit| f64::from(limit.get()));
            let rows = loss.rows.as_deref();
            let clipped =
                updater.clip(at.step + 1, learner.model(), &mut gradients, limit, rows)?;
            let gradient_norm = clipped.norm;
            if gradient_norm.is_finite() {
                at.largest_norm = at.largest_norm.max(gradient_norm);
            }
            if let Some(limit) = limit {
                let [clipped, exploded] = &mut at.clipped;
                *clipped += usize::from(gradient_norm > limit);
                *exploded += usize::from(gradient_norm > EXPLODED * limit);
            }
            let mean = loss.total / loss.targets.max(1) as f64;
            outcome.diverged = !(mean.is_finite() && gradient_norm.is_finite());
            if !outcome.diverged {
                let update = Update { step: at.step + 1, learning_rate, clipped, rows };
                updater.update(learner.model(), &mut gradients, update)?;
            }
            drop(gradients);

            let seconds = started.elapsed().as_secs_f64();
            at.step += 1;
            at.tokens += loss.tokens;
            at.seconds += seconds;
            if loss.usual {
                at.speeds.add(loss.tokens as f64 / seconds);
            }
            let mut halt = tell(Event::Step(Step {
                step: at.step,
                steps,
                tokens: at.tokens,
                seconds: at.seconds,
                loss: mean,
                gradient_norm,
                learning_rate,
            }));
            if outcome.diverged {
                break;
            }
            let stopped = TrainError::Stopped { step: at.step };
            if halt == Some(Halt::AtOnce) {
                return Err(stopped);
            }
            let evaluated = at.step == steps
                || evaluation_due(at.step, per_epoch, config.evaluations_per_epoch.get());
            if evaluated {
                let scores = learner.score(Split::Valid)?;
                at.astray += usize::from(is_astray(scores.loss, constant_loss));
                at.progress.evaluated(&config.schedule, scores.loss);
                let Position { step, tokens, seconds, .. } = at;
                halt = tell(Event::Evaluation(Evaluation {
                    step,
                    tokens,
                    seconds,
                    valid_loss: scores.loss,
                    metrics: scores.metrics.clone(),
                }));
                valid = Some(scores);
            }
            if halt == Some(Halt::AtOnce) {
                return Err(stopped);
            }
            if probes::due(at.step, steps, during) {
                measure(&learner, (Phase::Training, at.step), &mut tell)?;
            }
            if let Some(checkpoints) = &mut checkpoints
                && (evaluated || halt.is_some() || at.seconds - saved_at > CHECKPOINT_SECONDS)
            {
                let sync = halt.is_some() || synced.elapsed().as_secs_f64() > SYNC_SECONDS;
                // Asked to stop at once, what was told is not safe, and no checkpoint may follow it.
                if tell(Event::Saving { synced: sync }) == Some(Halt::AtOnce) {
                    return Err(stopped);
                }
                saved_at = at.seconds;
                at.total_seconds = earlier + begin.elapsed().as_secs_f64();
                let (model, state) = learner.parts();
                let parts = Parts { run, model, updater: &mut updater, state };
                checkpoints.save(parts, &at, sync)?;
                if sync {
                    synced = Instant::now();
                }
            }
            if halt.is_some() {
                return Err(stopped);
            }
        }

        // The last update is followed by no step that would tell.
        if !outcome.diverged {
            let valid = match valid {
                Some(scores) => scores,
                // The training was taken up from a checkpoint made after its last evaluation.
                None => learner.score(Split::Valid)?,
            };
            outcome.diverged = !(valid.loss.is_finite() && is_finite(learner.model()));
            outcome.valid_loss = Some(valid.loss);
            outcome.valid_metrics = valid.metrics;
        }
        if !outcome.diverged && test {
            let test = learner.score(Split::Test)?;
            outcome.diverged = !test.loss.is_finite();
            outcome.test_loss = Some(test.loss);
            outcome.test_metrics = test.metrics;
            outcome.test_by_lag = test.by_lag;
            outcome.test_groups = test.groups;
            outcome.test_confusions = test.confusions;
        }
        if outcome.diverged {
            outcome = Outcome {
                diverged: true,
                training_bytes: outcome.training_bytes,
                ..Outcome::default()
            };
        } else {
            measure(&learner, (Phase::Trained, at.step), &mut tell)?;
            if test {
                for sentence in learner.sentences(Split::Test)? {
                    tell(Event::Sentence(sentence));
                }
                if let Some(recording) = learner.recording(Split::Test)? {
                    tell(Event::Recording(recording));
                }
            }
            outcome.forward_tokens_per_second =
                stats::median(&learner.forward_speeds(FORWARD_PASSES)?);
            if let Some(path) = checkpoint {
                let path = checkpoint::model_beside(path);
                checkpoint::save_model(&path, learner.model())?;
            }
        }
        outcome.steps = at.step;
        if config.clip.is_some() {
            [outcome.clipped, outcome.exploded] = at.clipped.map(Some);
        }
        outcome.largest_norm = at.largest_norm;
        outcome.astray = at.astray;
        outcome.tokens = at.tokens;
        outcome.train_seconds = at.seconds;
        outcome.total_seconds = earlier + begin.elapsed().as_secs_f64();
        // A training of few steps may have none of the usual size.
        let all = at.tokens as f64 / at.seconds;
        outcome.tokens_per_second =
            at.speeds.median().unwrap_or(if all.is_finite() { all } else { 0.0 });
        Ok(outcome)
    }
}

/// Whether every parameter is finite.
fn is_finite(model: &mut dyn AnyModel) -> bool {
    let mut finite = true;
    model.for_each_parameter(&mut |_, parameter| {
        finite = finite && parameter.read().iter().all(|x| x.is_finite());
    });
    finite
}

/// Whether a loss on the validation split is far from anything that is learnt: not finite, or many
/// times that of the best answer that reads no input.
fn is_astray(loss: f64, constant: Option<f64>) -> bool {
    let limit = constant.filter(|&constant| constant > 0.0).map(|constant| ASTRAY * constant);
    !loss.is_finite() || limit.is_some_and(|limit| loss > limit)
}

/// Whether an evaluation follows step `step` (from 1): `times` an epoch, evenly spaced, the last
/// at its end.
fn evaluation_due(step: usize, steps_per_epoch: usize, times: usize) -> bool {
    let k = (step - 1) % steps_per_epoch + 1;
    // Products of two counts of any size.
    let passed = |k: usize| k as u128 * times as u128 / steps_per_epoch as u128;
    passed(k) > passed(k - 1)
}

/// Bytes of a training step over `tokens` time steps of all its sequences together, from sizes:
/// parameters, gradients, what the optimiser remembers, and activations and masks kept for the
/// backward pass (the block of logits not counted).
pub fn training_bytes(costs: &Costs, optimizer: Optimizer, tokens: usize) -> usize {
    let copies: usize = match optimizer {
        Optimizer::Sgd => 2,
        Optimizer::Adam => 4,
    };
    let numbers = copies
        .saturating_mul(costs.parameters)
        .saturating_add(tokens.saturating_mul(costs.kept_per_token));
    numbers.saturating_mul(size_of::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_are_spread_over_the_epoch_and_end_it() {
        let due = |times| (1..=20).filter(|s| evaluation_due(*s, 10, times)).collect::<Vec<_>>();
        assert_eq!(due(1), [10, 20]);
        assert_eq!(due(3), [4, 7, 10, 14, 17, 20]);
        assert_eq!(due(20), (1..=20).collect::<Vec<_>>());
        assert_eq!(due(usize::MAX), (1..=20).collect::<Vec<_>>());
    }

    #[test]
    fn far_worse_than_a_constant_answer_is_astray() {
        let astray = |loss| is_astray(loss, Some(3.0));
        assert_eq!([2.0, 5.9, 6.1, f64::NAN].map(astray), [false, false, true, true]);
        assert_eq!([0.1, f64::INFINITY].map(|loss| is_astray(loss, Some(0.0))), [false, true]);
    }
}
