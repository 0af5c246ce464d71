//! What a person sees while runs are at work: bars in a terminal, plain lines elsewhere.

use crate::report::written;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use train::{Event, Metric, Metrics, Outcome};

/// How a run ended, for the last line about it.
#[derive(Debug)]
pub enum Ending<'a> {
    /// It has a result.
    Finished(&'a Outcome),
    /// It broke off.
    Failed(&'a str),
}

/// Shows the whole sweep.
#[derive(Debug)]
pub struct SweepProgress {
    /// `None` where nobody watches.
    bars: Option<(MultiProgress, ProgressBar)>,
    started: Instant,
    runs: usize,
    metric: Metric,
    ended: Mutex<usize>,
}

/// Shows one run.
#[derive(Debug)]
pub struct RunProgress<'a> {
    sweep: &'a SweepProgress,
    id: String,
    bar: Option<ProgressBar>,
    started: Instant,
}

impl SweepProgress {
    /// Starts showing a sweep of `runs` runs on standard error, how good they are by `metric`.
    pub fn start(runs: usize, metric: Metric) -> Self {
        let bars = std::io::stderr().is_terminal().then(|| {
            let bars = MultiProgress::new();
            let total = bars.add(ProgressBar::new(runs as u64));
            total.set_style(style(
                "{prefix:.bold} {wide_bar:.green/dim} {pos}/{len} runs, {elapsed} so far",
            ));
            total.set_prefix("sweep");
            total.enable_steady_tick(Duration::from_secs(1));
            (bars, total)
        });
        Self { bars, started: Instant::now(), runs, metric, ended: Mutex::new(0) }
    }

    /// Starts showing one run.
    pub fn run(&self, id: &str) -> RunProgress<'_> {
        let bar = self.bars.as_ref().map(|(bars, total)| {
            let bar = bars.insert_before(total, ProgressBar::new(0));
            bar.set_style(style("{prefix} {wide_bar:.cyan/dim} {percent:>3} % {msg} {eta} left"));
            bar.set_prefix(id.to_owned());
            bar
        });
        if bar.is_none() {
            say(&format!("{id}: started"));
        }
        RunProgress { sweep: self, id: id.to_owned(), bar, started: Instant::now() }
    }

    /// A line about a run that needs no work.
    pub fn skipped(&self, id: &str, why: &str) {
        self.count(&format!("{id}: {why}"));
    }

    /// Takes the bars away.
    pub fn finish(&self) {
        if let Some((bars, total)) = &self.bars {
            total.finish_and_clear();
            // The terminal may be gone; there is nobody left to tell.
            let _ = bars.clear();
        }
        say(&format!("{} runs in {}", self.runs, duration(self.started.elapsed().as_secs_f64())));
    }

    fn count(&self, line: &str) {
        let ended = match self.ended.lock() {
            Ok(mut ended) => {
                *ended += 1;
                *ended
            }
            Err(_) => 0,
        };
        match &self.bars {
            Some((bars, total)) => {
                total.set_position(ended as u64);
                let _ = bars.println(line);
            }
            None => say(&format!("[{ended}/{}] {line}", self.runs)),
        }
    }
}

impl RunProgress<'_> {
    /// Shows news of the run.
    pub fn event(&self, event: &Event) {
        match (event, &self.bar) {
            (Event::Step(step), Some(bar)) => {
                if bar.length() != Some(step.steps as u64) {
                    bar.set_length(step.steps as u64);
                    // A continued run starts in the middle; its speed is that of what it does now.
                    bar.set_position(step.step.saturating_sub(1) as u64);
                    bar.reset_eta();
                }
                bar.set_position(step.step as u64);
            }
            (Event::Evaluation(evaluation), Some(bar)) => {
                let score = self.score(Some(evaluation.valid_loss), &evaluation.metrics);
                bar.set_message(format!("valid {} {score}", self.sweep.metric.title()));
            }
            (Event::Evaluation(evaluation), None) => {
                let speed = evaluation.tokens as f64 / evaluation.seconds.max(1e-9);
                say(&format!(
                    "{}: step {}, valid loss {:.4}, {} {}, {speed:.0} tokens/s, {} elapsed",
                    self.id,
                    evaluation.step,
                    evaluation.valid_loss,
                    self.sweep.metric.title(),
                    self.score(Some(evaluation.valid_loss), &evaluation.metrics),
                    duration(self.started.elapsed().as_secs_f64()),
                ));
            }
            (Event::Step(_), None) | (Event::GradientFlow(_), _) => {}
        }
    }

    /// A value of the sweep's metric, written.
    fn score(&self, loss: Option<f64>, metrics: &Metrics) -> String {
        let metric = self.sweep.metric;
        let value = loss.and_then(|loss| train::value(metric, loss, metrics));
        value.map_or("unknown".to_owned(), |value| written(metric, value))
    }

    /// Shows the end of the run.
    pub fn end(self, ending: &Ending<'_>) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let elapsed = duration(self.started.elapsed().as_secs_f64());
        let what = match ending {
            Ending::Failed(error) => format!("failed after {elapsed}: {error}"),
            Ending::Finished(outcome) if outcome.diverged => {
                format!(
                    "diverged (the loss is no longer finite) at step {} after {elapsed}",
                    outcome.steps
                )
            }
            Ending::Finished(outcome) => {
                format!(
                    "done in {elapsed}, {} {} on valid, {} on test, {:.0} tokens/s",
                    self.sweep.metric.title(),
                    self.score(outcome.valid_loss, &outcome.valid_metrics),
                    self.score(outcome.test_loss, &outcome.test_metrics),
                    outcome.tokens_per_second
                )
            }
        };
        self.sweep.count(&format!("{}: {what}", self.id));
    }
}

/// A line on standard error. That it may be closed is no reason to stop.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// `75 s`, `12 min 5 s`, `3 h 20 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        0 if seconds > 0.0 => "under 1 s".to_owned(),
        0..=90 => format!("{whole} s"),
        91..=5400 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; a bad one would still show a plain bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
