//! The log of a run's events: one JSON object a line.

use super::{RecordError, write_atomically};
use machine::Appended;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use train::{Event, Phase};

/// About how many optimiser steps of a run are kept.
const KEPT_STEPS: usize = 400;

/// Where an event stands in a run: steps in order, an evaluation after its step, then what probes
/// measured, kind by kind and layer by layer; accidents nowhere.
type Place = (usize, usize, usize);

fn place(event: &Event) -> Option<Place> {
    let probed = |phase: Phase, step: usize, order: usize, layer: usize| {
        let step = match phase {
            Phase::Initial => 0,
            Phase::Training => step,
            Phase::Trained => usize::MAX,
        };
        Some((step, order, layer))
    };
    match event {
        Event::Step(step) => Some((step.step, 0, 0)),
        Event::Evaluation(evaluation) => Some((evaluation.step, 1, 0)),
        Event::GradientFlow(flow) => probed(flow.phase, flow.step, 2, flow.layer),
        // Singular values and exponents of a layer follow each other.
        Event::Jacobian(found) => probed(found.phase, 0, 3, 2 * found.layer),
        Event::Lyapunov(found) => probed(found.phase, 0, 3, 2 * found.layer + 1),
        Event::Gates(gates) => probed(gates.phase, 0, 4, gates.layer),
        Event::Context(_) => Some((usize::MAX, 5, 0)),
        Event::Text(_) => Some((usize::MAX, 6, 0)),
        Event::Sentence(sentence) => Some((usize::MAX, 7, sentence.number)),
        Event::Recording(recording) => Some((usize::MAX, 8, recording.number)),
        Event::Damaged(_) | Event::Saving { .. } => None,
    }
}

/// An event as it is recorded, if it is: steps are thinned, accidents left out. JSON has no number for what is not finite: such
/// values are left out, and that the run diverged stands in its outcome.
pub fn kept(event: &Event) -> Option<Event> {
    match event {
        Event::Step(step) => {
            let chosen = step.step == 1
                || step.step == step.steps
                || step.step.is_multiple_of(stride(step.steps));
            (chosen && step.loss.is_finite() && step.gradient_norm.is_finite())
                .then(|| event.clone())
        }
        Event::Evaluation(evaluation) => evaluation.valid_loss.is_finite().then(|| {
            let mut evaluation = evaluation.clone();
            evaluation.metrics.retain(|_, value| value.is_finite());
            Event::Evaluation(evaluation)
        }),
        Event::GradientFlow(flow) => {
            let mut flow = flow.clone();
            until_not_finite([&mut flow.low, &mut flow.median, &mut flow.high]);
            Some(Event::GradientFlow(flow))
        }
        Event::Jacobian(found) => {
            let mut found = found.clone();
            until_not_finite([&mut found.largest, &mut found.median, &mut found.share]);
            found.lags.truncate(found.largest.len());
            found.bound = found.bound.filter(|bound| bound.is_finite());
            Some(Event::Jacobian(found))
        }
        Event::Lyapunov(found) => {
            let mut found = found.clone();
            until_not_finite([&mut found.exponents]);
            Some(Event::Lyapunov(found))
        }
        // What a model computes whose loss is finite.
        Event::Gates(gates) => {
            let numbers = |gate: &train::GateRecord| {
                [&gate.shut, &gate.open, &gate.kept].map(|all| all.clone())
            };
            let finite = gates.gates.iter().flat_map(numbers).flatten().all(f64::is_finite);
            finite.then(|| event.clone())
        }
        Event::Context(context) => {
            context.losses.iter().all(|loss| loss.is_finite()).then(|| event.clone())
        }
        Event::Text(text) => {
            let values = || text.units.iter().flat_map(|unit| &unit.values);
            values().all(|value| value.is_finite()).then(|| event.clone())
        }
        Event::Sentence(_) | Event::Recording(_) => Some(event.clone()),
        Event::Damaged(_) | Event::Saving { .. } => None,
    }
}

/// Of so many steps, each that is a multiple of it is kept.
fn stride(steps: usize) -> usize {
    steps.div_ceil(KEPT_STEPS).max(1)
}

/// The first step that the log of a training which reached step `reached` should have and has not;
/// `None` where all are there.
pub(super) fn missing_step(events: &[Event], reached: usize) -> Option<usize> {
    let logged: Vec<&train::Step> = events
        .iter()
        .filter_map(|event| if let Event::Step(step) = event { Some(step) } else { None })
        .collect();
    let Some(all) = logged.first().map(|first| first.steps) else {
        return (reached > 0).then_some(1);
    };
    let stride = stride(all);
    let last = (reached >= all).then_some(all);
    let multiples = (1..=reached / stride).map(|k| k * stride);
    let mut expected: Vec<usize> = [1].into_iter().chain(multiples).chain(last).collect();
    expected.retain(|&step| step <= reached);
    expected.dedup();
    let has = |step: usize| logged.binary_search_by_key(&step, |logged| logged.step).is_ok();
    expected.into_iter().find(|&step| !has(step))
}

/// Cuts lists that belong together before the first number of any of them that is not finite.
fn until_not_finite<const N: usize>(lists: [&mut Vec<f64>; N]) {
    let finite = |list: &&mut Vec<f64>| list.iter().take_while(|value| value.is_finite()).count();
    let count = lists.iter().map(finite).min().unwrap_or(0);
    for list in lists {
        list.truncate(count);
    }
}

/// The log of a run in progress.
#[derive(Debug)]
pub struct MetricsLog {
    path: PathBuf,
    file: Appended,
    last: Option<Place>,
}

impl MetricsLog {
    /// Opens the log, keeping what an earlier, interrupted part of the run wrote. A line that was
    /// cut off is dropped.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let content = content(path)?;
        let events = events(&content, path)?;
        let file = match content.last() {
            None | Some(b'\n') => Appended::open(path).map_err(RecordError::io(path))?,
            Some(_) => rewritten(path, &events)?,
        };
        let last = events.last().and_then(place);
        Ok(Self { path: path.to_owned(), file, last })
    }

    /// Puts on the disk what was added so far.
    pub fn sync(&self) -> Result<(), RecordError> {
        self.file.sync().map_err(RecordError::io(&self.path))
    }

    /// Adds an event; one that announces a checkpoint on the disk puts all before it there. A run that continues from a checkpoint repeats what it did after it; what
    /// was recorded of that the first time is dropped here.
    pub fn add(&mut self, event: &Event) -> Result<(), RecordError> {
        if let Event::Saving { synced } = event {
            return if *synced { self.sync() } else { Ok(()) };
        }
        let Some(now) = place(event) else { return Ok(()) };
        if self.last.is_some_and(|last| last >= now) {
            let mut events = read(&self.path)?;
            events.retain(|old| place(old) < Some(now));
            self.file = rewritten(&self.path, &events)?;
            self.last = events.last().and_then(place);
        }
        if let Some(event) = kept(event) {
            self.file
                .add(line(&event, &self.path)?.as_bytes())
                .map_err(RecordError::io(&self.path))?;
            self.last = Some(now);
        }
        Ok(())
    }
}

/// All events of a log.
pub fn read(path: &Path) -> Result<Vec<Event>, RecordError> {
    events(&content(path)?, path)
}

/// The bytes of a log; none where there is no log.
fn content(path: &Path) -> Result<Vec<u8>, RecordError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        content => content.map_err(RecordError::io(path)),
    }
}

/// The events of a log's whole lines.
fn events(content: &[u8], path: &Path) -> Result<Vec<Event>, RecordError> {
    let damaged = |line: usize| move |_| format!("line {} is no event of a run", line + 1);
    content
        .split_inclusive(|&byte| byte == b'\n')
        .filter(|line| line.ends_with(b"\n"))
        .enumerate()
        .map(|(k, line)| serde_json::from_slice(line).map_err(damaged(k)))
        .collect::<Result<_, String>>()
        .map_err(|problem| RecordError::damaged(path, problem))
}

/// Writes a log anew. A checkpoint may rely on it already, so it waits for the disk.
fn rewritten(path: &Path, events: &[Event]) -> Result<Appended, RecordError> {
    let mut text = String::new();
    for event in events {
        text.push_str(&line(event, path)?);
    }
    write_atomically(path, text.as_bytes())?;
    Appended::open(path).map_err(RecordError::io(path))
}

fn line(event: &Event, path: &Path) -> Result<String, RecordError> {
    let mut line =
        serde_json::to_string(event).map_err(|error| RecordError::unreadable(path, error))?;
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use train::{Evaluation, Metrics, Step};

    fn step(step: usize, loss: f64) -> Event {
        Event::Step(Step {
            step,
            steps: 10,
            tokens: step,
            seconds: 0.0,
            loss,
            gradient_norm: 1.0,
            learning_rate: 1.0,
        })
    }

    fn evaluation(step: usize) -> Event {
        Event::Evaluation(Evaluation {
            step,
            tokens: step,
            seconds: 0.0,
            valid_loss: 1.0,
            metrics: Metrics::new(),
        })
    }

    #[test]
    fn a_continued_run_repeats_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = MetricsLog::open(&path).unwrap();
        for number in 1..=5 {
            log.add(&step(number, 1.0)).unwrap();
        }
        log.add(&evaluation(5)).unwrap();
        log.add(&step(6, 1.0)).unwrap();
        drop(log);
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"event\":\"step\",\"st");
        fs::write(&path, text).unwrap();

        // The checkpoint was written after step 4.
        let mut log = MetricsLog::open(&path).unwrap();
        for number in 5..=6 {
            log.add(&step(number, 2.0)).unwrap();
        }
        log.add(&evaluation(6)).unwrap();
        let losses: Vec<Option<f64>> = read(&path)
            .unwrap()
            .iter()
            .map(|event| if let Event::Step(step) = event { Some(step.loss) } else { None })
            .collect();
        assert_eq!(
            losses,
            [Some(1.0), Some(1.0), Some(1.0), Some(1.0), Some(2.0), Some(2.0), None]
        );
    }

    /// A continued run rewrites what was there; to the bit, which serde_json alone does not promise.
    #[test]
    fn numbers_are_not_changed_by_being_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = MetricsLog::open(&path).unwrap();
        for number in 1..=10 {
            let loss = 2.538_857_550_996_130_6 + f64::from(number as u32) / 3.0;
            log.add(&step(number, loss)).unwrap();
        }
        drop(log);
        let before = fs::read_to_string(&path).unwrap();
        drop(MetricsLog::open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
    }

    /// A direction of the state that dies has an exponent that JSON has no number for.
    #[test]
    fn what_is_not_finite_is_left_out() {
        let found = train::LyapunovRecord {
            phase: Phase::Initial,
            layer: 0,
            exponents: vec![0.5, -1.0, f64::NEG_INFINITY],
            state: 3,
        };
        let Some(Event::Lyapunov(kept)) = kept(&Event::Lyapunov(found)) else { panic!() };
        assert_eq!(kept.exponents, [0.5, -1.0]);
    }

    /// Read back, a metric without a number would make the whole log unreadable.
    #[test]
    fn metrics_that_are_not_finite_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let metrics: Metrics =
            [(train::Metric::ACCURACY, f64::NAN), (train::Metric::PERPLEXITY, 2.0)].into();
        let Event::Evaluation(found) = evaluation(3) else { panic!() };
        let found = Evaluation { metrics, ..found };
        MetricsLog::open(&path).unwrap().add(&Event::Evaluation(found)).unwrap();
        let Event::Evaluation(read) = read(&path).unwrap().remove(0) else { panic!() };
        assert_eq!(read.metrics, [(train::Metric::PERPLEXITY, 2.0)].into());
    }

    #[test]
    fn what_was_cut_from_a_log_is_missing() {
        let of = |steps: usize, logged: &[usize]| -> Vec<Event> {
            let one = |&number: &usize| match step(number, 1.0) {
                Event::Step(step) => Event::Step(Step { steps, ..step }),
                other => other,
            };
            logged.iter().map(one).chain([evaluation(0)]).collect()
        };
        assert_eq!(missing_step(&of(5, &[1, 2, 3]), 3), None);
        assert_eq!(missing_step(&of(5, &[1, 2, 3]), 4), Some(4));
        assert_eq!(missing_step(&of(5, &[2, 3]), 3), Some(1));
        assert_eq!(missing_step(&of(5, &[1, 3]), 3), Some(2));
        assert_eq!(missing_step(&of(5, &[]), 1), Some(1));
        assert_eq!(missing_step(&of(5, &[]), 0), None);
        // Of 1,001 steps every third is kept, the first and the last.
        let all: Vec<usize> = [1].into_iter().chain((1..=333).map(|k| 3 * k)).collect();
        assert_eq!(missing_step(&of(1001, &all), 1000), None);
        assert_eq!(missing_step(&of(1001, &all), 1001), Some(1001));
        assert_eq!(missing_step(&of(1001, &all[..100]), 299), None);
        assert_eq!(missing_step(&of(1001, &all[..100]), 300), Some(300));
    }

    #[test]
    fn long_runs_are_thinned() {
        let long = |number| {
            Event::Step(Step {
                step: number,
                steps: 100_000,
                tokens: 0,
                seconds: 0.0,
                loss: 0.0,
                gradient_norm: 0.0,
                learning_rate: 0.0,
            })
        };
        let count = (1..=100_000).filter(|&number| kept(&long(number)).is_some()).count();
        assert!((400..=402).contains(&count), "{count}");
    }
}
