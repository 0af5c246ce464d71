//! From run folders to tables.

use super::{
    AttentionRow, BLANK, ClipRow, ConfusionRow, ContextRow, EvaluationRow, ExponentRow, FlowRow,
    GateRow, GroupRow, JacobianRow, LagRow, MetricRow, PosteriorRow, RunRow, SentenceRow,
    SpectrogramRow, StepRow, TableError, Tables, TextRow,
};
use crate::records::{RunFolder, RunState, Status};
use data::Split;
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::Path;
use train::{
    Attended, Event, GroupedBy, HeardRecording, Metric, Metrics, Outcome, WrittenSentence,
};

/// Reads the folders of the named runs, which are compared by `metric`; runs that never started are
/// left out. Without names, every run folder there is.
pub fn collect(
    experiment: &Path,
    only: Option<&[String]>,
    metric: Metric,
) -> Result<Tables, TableError> {
    let mut found = Vec::new();
    for (id, folder) in RunFolder::all(experiment)? {
        if only.is_some_and(|only| !only.contains(&id)) {
            continue;
        }
        if let Some(status) = folder.status()?.filter(|status| status.state != RunState::Planned) {
            found.push((id, folder, status));
        }
    }
    found.sort_by(|one, two| (one.2.position, &one.0).cmp(&(two.2.position, &two.0)));

    let mut tables = Tables::default();
    for (id, folder, status) in found {
        let outcome = folder.check_log(&status)?.map(|record| record.outcome);
        tables.runs.push(run_row(&id, &status, outcome.as_ref(), metric));
        for event in folder.events()? {
            tables.add(&id, &status, event, metric);
        }
        if let Some(outcome) = outcome {
            tables.add_measured(&id, &status, &outcome);
        }
    }
    Ok(tables)
}

fn run_row(id: &str, status: &Status, outcome: Option<&Outcome>, metric: Metric) -> RunRow {
    let valid_loss = outcome.and_then(|outcome| outcome.valid_loss);
    let test_loss = outcome.and_then(|outcome| outcome.test_loss);
    let score = |loss: Option<f64>, metrics: fn(&Outcome) -> &Metrics| {
        value(metric, loss?, metrics(outcome?))
    };
    let reason = status.reasons.get("train.learning_rate").and_then(Value::as_str);
    RunRow {
        run: id.to_owned(),
        arm: status.arm.clone(),
        cell: status.model.cell.clone(),
        seed: status.seed,
        role: status.role,
        axes: status.axes.clone(),
        state: status.state,
        error: status.error.clone(),
        layers: whole(status.model.layers.get()),
        hidden: whole(status.model.hidden.get()),
        embedding: status.model.embedding.map(NonZeroUsize::get).map(whole),
        batch: whole(status.train.batch.get()),
        unroll: status.train.unroll.map(NonZeroUsize::get).map(whole),
        epochs: whole(status.train.epochs.get()),
        learning_rate: as_written(status.train.learning_rate.get()),
        learning_rate_reason: reason.map(str::to_owned),
        parameters: whole(status.parameters),
        cell_parameters: whole(status.cell_parameters),
        flops_per_token: status.flops_per_token,
        cell_flops_per_token: status.cell_flops_per_token,
        valid_loss,
        test_loss,
        valid_score: score(valid_loss, |outcome| &outcome.valid_metrics),
        test_score: score(test_loss, |outcome| &outcome.test_metrics),
        steps: outcome.map(|outcome| whole(outcome.steps)),
        tokens: outcome.map(|outcome| whole(outcome.tokens)),
        train_seconds: outcome.map(|outcome| outcome.train_seconds),
        total_seconds: outcome.map(|outcome| outcome.total_seconds),
        tokens_per_second: outcome.map(|outcome| outcome.tokens_per_second),
        training_bytes: outcome.map(|outcome| whole(outcome.training_bytes)),
        forward_tokens_per_second: outcome.and_then(|outcome| outcome.forward_tokens_per_second),
        astray: outcome.map(|outcome| whole(outcome.astray)),
    }
}

impl Tables {
    fn add_measured(&mut self, id: &str, status: &Status, outcome: &Outcome) {
        let splits = [(Split::Valid, &outcome.valid_metrics), (Split::Test, &outcome.test_metrics)];
        for (split, metrics) in splits {
            self.metrics.extend(metrics.iter().map(|(&metric, &value)| MetricRow {
                run: id.to_owned(),
                arm: status.arm.clone(),
                seed: status.seed,
                split,
                metric,
                value,
            }));
        }
        if let (Some(clipped), Some(exploded)) = (outcome.clipped, outcome.exploded) {
            self.clipping.push(ClipRow {
                run: id.to_owned(),
                arm: status.arm.clone(),
                seed: status.seed,
                steps: whole(outcome.steps),
                clipped: whole(clipped),
                exploded: whole(exploded),
                largest_norm: outcome.largest_norm,
            });
        }
        self.lags.extend(outcome.test_by_lag.iter().map(|score| LagRow {
            run: id.to_owned(),
            arm: status.arm.clone(),
            seed: status.seed,
            lag: whole(score.lag),
            answers: whole(score.answers),
            right: whole(score.right),
        }));
        self.groups.extend(outcome.test_groups.iter().map(|group| {
            GroupRow {
                run: id.to_owned(),
                arm: status.arm.clone(),
                seed: status.seed,
                by: match group.by {
                    GroupedBy::Speaker => "speaker",
                    GroupedBy::Labels => "labels",
                }
                .to_owned(),
                name: group.name.clone(),
                sequences: whole(group.sequences),
                wrong: whole(group.wrong),
                labels: whole(group.labels),
                errors: whole(group.errors),
            }
        }));
        self.confusions.extend(outcome.test_confusions.iter().map(|confusion| ConfusionRow {
            run: id.to_owned(),
            arm: status.arm.clone(),
            seed: status.seed,
            asked: confusion.asked.clone(),
            answered: confusion.answered.clone(),
            count: whole(confusion.count),
        }));
    }

    fn add(&mut self, id: &str, status: &Status, event: Event, metric: Metric) {
        match event {
            Event::Step(step) => self.steps.push(StepRow {
                run: id.to_owned(),
                step: whole(step.step),
                tokens: whole(step.tokens),
                seconds: step.seconds,
                loss: step.loss,
                gradient_norm: step.gradient_norm,
                learning_rate: step.learning_rate,
            }),
            Event::Evaluation(evaluation) => self.evaluations.push(EvaluationRow {
                run: id.to_owned(),
                arm: status.arm.clone(),
                seed: status.seed,
                step: whole(evaluation.step),
                tokens: whole(evaluation.tokens),
                seconds: evaluation.seconds,
                valid_loss: evaluation.valid_loss,
                valid_score: value(metric, evaluation.valid_loss, &evaluation.metrics),
            }),
            Event::GradientFlow(flow) => {
                let quantiles = flow.low.iter().zip(&flow.median).zip(&flow.high);
                for (lag, ((&low, &median), &high)) in quantiles.enumerate() {
                    self.gradient_flow.push(FlowRow {
                        run: id.to_owned(),
                        arm: status.arm.clone(),
                        seed: status.seed,
                        phase: flow.phase,
                        step: whole(flow.step),
                        layer: whole(flow.layer),
                        lag: whole(lag),
                        low,
                        median,
                        high,
                    });
                }
            }
            Event::Jacobian(found) => {
                let values = found.lags.iter().zip(&found.largest).zip(&found.median);
                for (((&lag, &largest), &median), &share) in values.zip(&found.share) {
                    self.jacobians.push(JacobianRow {
                        run: id.to_owned(),
                        arm: status.arm.clone(),
                        seed: status.seed,
                        phase: found.phase,
                        layer: whole(found.layer),
                        lag: whole(lag),
                        largest,
                        median,
                        share,
                        bound: found.bound.map(|bound| bound.powf(lag as f64)),
                        state: whole(found.state),
                    });
                }
            }
            Event::Lyapunov(found) => {
                let row = |(k, &exponent): (usize, &f64)| ExponentRow {
                    run: id.to_owned(),
                    arm: status.arm.clone(),
                    seed: status.seed,
                    phase: found.phase,
                    layer: whole(found.layer),
                    rank: whole(k + 1),
                    exponent,
                    state: whole(found.state),
                };
                self.exponents.extend(found.exponents.iter().enumerate().map(row));
            }
            Event::Gates(found) => {
                for gate in &found.gates {
                    let units = gate.shut.iter().zip(&gate.open).enumerate();
                    self.gates.extend(units.map(|(unit, (&shut, &open))| GateRow {
                        run: id.to_owned(),
                        arm: status.arm.clone(),
                        seed: status.seed,
                        phase: found.phase,
                        layer: whole(found.layer),
                        gate: gate.gate.clone(),
                        unit: whole(unit),
                        shut,
                        open,
                        kept: gate.kept.get(unit).copied(),
                    }));
                }
            }
            Event::Context(found) => {
                let row = |(&length, &loss): (&usize, &f64)| ContextRow {
                    run: id.to_owned(),
                    arm: status.arm.clone(),
                    seed: status.seed,
                    length: whole(length),
                    loss,
                    targets: whole(found.targets),
                };
                self.context.extend(found.lengths.iter().zip(&found.losses).map(row));
            }
            Event::Text(text) => {
                for unit in &text.units {
                    let read = text.tokens.iter().zip(&unit.values).enumerate();
                    self.text.extend(read.map(|(position, (token, &value))| TextRow {
                        run: id.to_owned(),
                        arm: status.arm.clone(),
                        seed: status.seed,
                        unit: whole(unit.unit),
                        position: whole(position),
                        token: token.clone(),
                        value,
                    }));
                }
            }
            Event::Sentence(sentence) => self.add_sentence(id, status, sentence),
            Event::Recording(recording) => self.add_recording(id, status, &recording),
            Event::Damaged(_) | Event::Saving { .. } => {}
        }
    }
}

impl Tables {
    fn add_recording(&mut self, id: &str, status: &Status, heard: &HeardRecording) {
        let number = whole(heard.number);
        let steps = heard.posteriors.first().map_or(0, |found| found.chances.len());
        let seconds = heard.step_seconds * steps as f64;
        // All runs on the same data hear the same recording.
        if self.spectrogram.is_empty() {
            let each = seconds / heard.energies.len().max(1) as f64;
            for (frame, energies) in heard.energies.iter().enumerate() {
                let row = |(band, &energy): (usize, &i16)| SpectrogramRow {
                    run: id.to_owned(),
                    number,
                    time: rounded(frame as f64 * each),
                    band: whole(band),
                    energy: f64::from(energy) / 100.0,
                };
                self.spectrogram.extend(energies.iter().enumerate().map(row));
            }
        }
        for posterior in &heard.posteriors {
            let row = |(step, &chance): (usize, &u16)| PosteriorRow {
                run: id.to_owned(),
                arm: status.arm.clone(),
                seed: status.seed,
                number,
                reference: heard.reference.clone(),
                answer: heard.answer.clone(),
                time: rounded((step as f64 + 0.5) * heard.step_seconds),
                label: posterior.label.clone().unwrap_or_else(|| BLANK.to_owned()),
                chance: f64::from(chance) / 1000.0,
            };
            self.posteriors.extend(posterior.chances.iter().enumerate().map(row));
        }
    }

    fn add_sentence(&mut self, id: &str, status: &Status, sentence: WrittenSentence) {
        let WrittenSentence { number, steps, source, reference, answer, attention } = sentence;
        let (run, arm, seed) = (id.to_owned(), status.arm.clone(), status.seed);
        let number = whole(number);
        if let Some(Attended { read, written, shares }) = attention {
            for (written_at, (word, shares)) in written.iter().zip(&shares).enumerate() {
                let row = |(read_at, (read, &share)): (usize, (&String, &u16))| AttentionRow {
                    run: run.clone(),
                    arm: arm.clone(),
                    seed,
                    number,
                    written_at: whole(written_at),
                    written: word.clone(),
                    read_at: whole(read_at),
                    read: read.clone(),
                    share: f64::from(share) / 1000.0,
                };
                self.attention.extend(read.iter().zip(shares).enumerate().map(row));
            }
        }
        let steps = whole(steps);
        let row = SentenceRow { run, arm, seed, number, steps, source, reference, answer };
        self.sentences.push(row);
    }
}

/// The value of a metric, if it is a number: the perplexity of a large loss is beyond all.
fn value(metric: Metric, loss: f64, metrics: &Metrics) -> Option<f64> {
    train::value(metric, loss, metrics).filter(|value| value.is_finite())
}

/// Seconds to a tenth of a millisecond.
fn rounded(seconds: f64) -> f64 {
    (1e4 * seconds).round() / 1e4
}

fn whole(number: usize) -> u64 {
    number as u64
}

/// The shortest decimal of the single-precision number: 0.1 stays 0.1.
fn as_written(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}
