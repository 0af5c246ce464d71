//! The words in which runs are told of.

use report::written;
use serde_json::{Value, json};
use sweep::run::Ending;
use train::{Damaged, Evaluation, Event, Metric, Metrics, Step};
use words::count;

/// `loss 5.123, valid perplexity 180.2, 10.7 k tokens/s`
pub(super) fn live(step: &Step, first: &Step, valid: &str) -> String {
    let (tokens, seconds) = (step.tokens - first.tokens, step.seconds - first.seconds);
    let speed = match seconds > 0.0 {
        true => format!(", {} tokens/s", count(tokens as f64 / seconds)),
        false => String::new(),
    };
    format!("loss {:.3}{valid}{speed}", step.loss)
}

/// The newest evaluation, in a few words.
pub(super) fn valid(metric: Metric, evaluation: &Evaluation) -> String {
    let score = score(metric, Some(evaluation.valid_loss), &evaluation.metrics);
    format!(", valid {} {score}", metric.title())
}

/// An evaluation in a line.
pub(super) fn evaluation(metric: Metric, evaluation: &Evaluation) -> String {
    let speed = match evaluation.step {
        0 => String::new(),
        _ => format!(", {:.0} tokens/s", evaluation.tokens as f64 / evaluation.seconds.max(1e-9)),
    };
    format!(
        "step {}, valid loss {:.4}, {} {}{speed}",
        evaluation.step,
        evaluation.valid_loss,
        metric.title(),
        score(metric, Some(evaluation.valid_loss), &evaluation.metrics),
    )
}

/// A value of the sweep's metric, written.
fn score(metric: Metric, loss: Option<f64>, metrics: &Metrics) -> String {
    let value = loss.and_then(|loss| train::value(metric, loss, metrics));
    value.map_or("unknown".to_owned(), |value| written(metric, value))
}

pub(super) fn damaged(damaged: &Damaged) -> String {
    let instead = match damaged.step {
        0 => "no earlier one is whole, so the run starts anew".to_owned(),
        step => format!("the one before it, of step {step}, serves instead"),
    };
    format!("{}: not a usable checkpoint ({}); {instead}", damaged.file.display(), damaged.why)
}

/// How a run ended.
pub(super) fn ending(metric: Metric, ending: &Ending<'_>, elapsed: &str) -> String {
    match ending {
        Ending::Failed(error) => format!("failed after {elapsed}: {error}"),
        Ending::Stopped => format!("interrupted after {elapsed}; the next `run` goes on from here"),
        Ending::Finished(outcome) if outcome.diverged => {
            format!(
                "diverged (model, loss or scores are no longer finite) at step {} after {elapsed}",
                outcome.steps
            )
        }
        Ending::Finished(outcome) => {
            // A trial has not met the test split.
            let test = outcome.test_loss.map_or(String::new(), |loss| {
                format!(", {} on test", score(metric, Some(loss), &outcome.test_metrics))
            });
            let astray = match outcome.astray {
                0 => String::new(),
                count => {
                    format!("; {count} of its evaluations were far worse than a constant answer")
                }
            };
            format!(
                "done in {elapsed}, {} {} on valid{test}, {:.0} tokens/s{astray}",
                metric.title(),
                score(metric, outcome.valid_loss, &outcome.valid_metrics),
                outcome.tokens_per_second
            )
        }
    }
}

/// How a run ended, for programs.
pub(super) fn ended(id: &str, ending: &Ending<'_>) -> Value {
    let (state, error, outcome) = match ending {
        Ending::Failed(error) => ("failed", Some(error), None),
        Ending::Stopped => ("interrupted", None, None),
        Ending::Finished(outcome) if outcome.diverged => ("diverged", None, Some(outcome)),
        Ending::Finished(outcome) => ("done", None, Some(outcome)),
    };
    json!({"event": "run_ended", "run": id, "state": state, "error": error, "outcome": outcome})
}

/// A recorded event with the run's name.
pub(super) fn object(id: &str, event: &Event) -> Value {
    let mut object = json!({"run": id});
    // Plain data with text keys: writing it as JSON cannot fail.
    if let (Some(object), Ok(Value::Object(event))) =
        (object.as_object_mut(), serde_json::to_value(event))
    {
        object.extend(event);
    }
    object
}
