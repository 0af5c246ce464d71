//! What the runs say of a setting that was swept: score and speed against hidden size, window,
//! batch, learning rate and so on; and right answers against lag.

use super::arms::{Arm, deciding};
use super::figures::{Frames, axis, plotted};
use super::measure::{self, Split, score};
use experiment::spec::written;
use plot::{CellCurve, Measure, Trend};
use serde_json::{Map, Value};
use sweep::description::Experiment;
use sweep::records::RunState;
use sweep::tables::{LagRow, RunRow};
use train::{BaselineScore, Metric};
use words::{capitalised, last_part, list, setting};

/// A setting that was swept over at least two positive numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// Its path in experiment files: `train.batch`.
    path: String,
    /// Values of the other swept settings at which it is looked at, as JSON.
    others: String,
}

impl Setting {
    /// All of them. Where others were swept too, each is looked at where those have the values that most
    /// runs have, of equally frequent ones those of the best arm.
    pub(super) fn all(arms: &[Arm<'_>]) -> Vec<Self> {
        let mut paths: Vec<String> = Vec::new();
        for run in arms.iter().flat_map(|arm| &arm.runs) {
            for path in settings(run).keys() {
                if !paths.contains(path) {
                    paths.push(path.clone());
                }
            }
        }
        paths.into_iter().filter_map(|path| Self::of(path, arms)).collect()
    }

    fn of(path: String, arms: &[Arm<'_>]) -> Option<Self> {
        // For every choice of the other settings: its runs, and the least cost of its arms.
        let mut choices: Vec<(String, usize, f64)> = Vec::new();
        for arm in arms {
            for run in arm.runs.iter().filter(|run| value(run, &path).is_some()) {
                let others = others(run, &path);
                match choices.iter_mut().find(|(known, ..)| *known == others) {
                    Some((_, runs, cost)) => (*runs, *cost) = (*runs + 1, cost.min(arm.cost())),
                    None => choices.push((others, 1, arm.cost())),
                }
            }
        }
        let better = |a: &(String, usize, f64), b: &(String, usize, f64)| {
            a.1.cmp(&b.1).then(b.2.total_cmp(&a.2))
        };
        let (others, ..) = choices.into_iter().max_by(better)?;
        let setting = Self { path, others };
        let mut values: Vec<f64> =
            arms.iter().flat_map(|arm| &arm.runs).filter_map(|run| setting.value(run)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        (values.len() > 1).then_some(setting)
    }

    /// Its name without the section of the experiment file, for files: `batch`.
    pub(super) fn name(&self) -> &str {
        last_part(&self.path)
    }

    /// Its name in prose.
    pub(super) fn title(&self) -> String {
        match self.name() {
            "hidden" => "hidden size H".to_owned(),
            "unroll" => "steps of a window T".to_owned(),
            "batch" => "batch size B".to_owned(),
            name => name.replace('_', " "),
        }
    }

    /// The values of the other settings: ` at batch 20`; empty where there are none.
    pub(super) fn place(&self) -> String {
        let others: Map<String, Value> = serde_json::from_str(&self.others).unwrap_or_default();
        if others.is_empty() { String::new() } else { format!(", at {}", in_words(&others)) }
    }

    /// The split on which choices of it are judged: what may be chosen is not shown on the test split.
    pub(super) fn split(&self, arms: &[Arm<'_>]) -> Split {
        if self.path.starts_with("data.") { deciding(arms) } else { Split::Valid }
    }

    /// Its value in a run that counts here.
    fn value(&self, run: &RunRow) -> Option<f64> {
        value(run, &self.path).filter(|_| others(run, &self.path) == self.others)
    }

    /// Values of the finished runs against it; `None` where there are too few for a curve.
    pub(super) fn trend(
        &self,
        frames: &Frames<'_>,
        arms: &[Arm<'_>],
        measure: Measure,
        of: impl Fn(&RunRow) -> Option<f64>,
    ) -> Option<Trend> {
        let runs: Vec<&RunRow> = arms.iter().flat_map(|arm| arm.runs.iter().copied()).collect();
        let mut cells: Vec<CellCurve> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for run in &runs {
            if !names.contains(&run.cell.as_str()) {
                names.push(&run.cell);
            }
        }
        for name in names {
            let ours = || runs.iter().filter(|run| run.cell == name && run.state == RunState::Done);
            let mut seeds: Vec<u64> = ours().map(|run| run.seed).collect();
            seeds.sort_unstable();
            seeds.dedup();
            let curve = |seed: &u64| -> Vec<(f64, f64)> {
                let of_seed = ours().filter(|run| run.seed == *seed);
                of_seed.filter_map(|run| Some((self.value(run)?, of(run)?))).collect()
            };
            let curves: Vec<_> = seeds.iter().map(curve).collect();
            if curves.iter().any(|curve| curve.len() > 1) {
                cells.push(CellCurve { cell: name.to_owned(), runs: curves, diverged: Vec::new() });
            }
        }
        let title = format!("{} against {}", measure.title, self.title());
        (!cells.is_empty()).then(|| Trend {
            frame: frames.titled(&format!("{}{}", capitalised(&title), self.place())),
            measure,
            x: self.title(),
            cells,
            baselines: Vec::new(),
        })
    }

    /// Scores against it.
    pub(super) fn scores(
        &self,
        frames: &Frames<'_>,
        experiment: &Experiment,
        arms: &[Arm<'_>],
    ) -> Option<Trend> {
        let (metric, split) = (experiment.metric, self.split(arms));
        let axis = axis(metric);
        let measure = Measure { title: format!("{} {}", split.title(), axis.title), ..axis };
        let value = |run: &RunRow| Some(plotted(metric, score(metric, run, split)?));
        let trend = self.trend(frames, arms, measure, value)?;
        // Of several data, each has baselines of its own.
        let baselines = match self.path.starts_with("data.") {
            true => Vec::new(),
            false => experiment.baselines(),
        };
        let value = |baseline: &BaselineScore| plotted(metric, split.of_baseline(baseline));
        let baselines = baselines.iter().map(|baseline| (baseline.name.clone(), value(baseline)));
        Some(Trend { baselines: baselines.collect(), ..trend })
    }

    /// Its choices without a finite score, in a sentence that goes on a caption; empty where all have one.
    pub(super) fn without_score(&self, metric: Metric, arms: &[Arm<'_>]) -> String {
        let split = self.split(arms);
        let runs = || arms.iter().flat_map(|arm| arm.runs.iter().copied());
        let mut choices: Vec<(&str, f64)> =
            runs().filter_map(|run| Some((run.cell.as_str(), self.value(run)?))).collect();
        choices.sort_by(|one, other| one.0.cmp(other.0).then(one.1.total_cmp(&other.1)));
        choices.dedup();
        let told = |(cell, value): (&str, f64)| {
            let ours = runs().filter(|run| run.cell == cell && self.value(run) == Some(value));
            let finished = ours.filter(|run| run.state == RunState::Done);
            let scores: Vec<f64> = finished.filter_map(|run| score(metric, run, split)).collect();
            let why = match measure::mean(metric, &scores) {
                None => "no finished run".to_owned(),
                Some(mean) if mean.is_finite() => return None,
                Some(mean) => measure::written(metric, mean),
            };
            Some(format!("{cell} at {} ({why})", setting(value)))
        };
        let told: Vec<String> = choices.into_iter().filter_map(told).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        match told.is_empty() {
            true => String::new(),
            false => format!(" Without a finite score: {}.", list(&told)),
        }
    }

    /// Whether it changes what a token costs.
    pub(super) fn is_size(&self) -> bool {
        is_size(&self.path)
    }
}

/// Whether a setting changes what a token costs.
pub(super) fn is_size(path: &str) -> bool {
    ["hidden", "unroll", "batch", "layers", "embedding"].contains(&last_part(path))
}

/// Values of settings in words: `batch 20, unroll 35`.
pub(super) fn in_words(settings: &Map<String, Value>) -> String {
    let words = settings.iter().map(|(path, value)| {
        format!("{} {}", last_part(path).replace(['_', '.'], " "), written(value))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Right answers against lag, all lags of a doubling range together.
pub(super) fn by_lag(
    frames: &Frames<'_>,
    arms: &[Arm<'_>],
    rows: &[LagRow],
    range: impl Fn(u64) -> u32,
) -> Trend {
    let cell = |arm: &Arm<'_>| {
        let curve = |run: &&RunRow| {
            let ours: Vec<&LagRow> = rows.iter().filter(|row| row.run == run.run).collect();
            let mut ranges: Vec<u32> = ours.iter().map(|row| range(row.lag)).collect();
            ranges.sort_unstable();
            ranges.dedup();
            let point = |wanted: u32| {
                let here = ours.iter().filter(|row| range(row.lag) == wanted);
                let [lags, answers, right] = here.fold([0, 0, 0], |sum, row| {
                    [sum[0] + row.lag * row.answers, sum[1] + row.answers, sum[2] + row.right]
                });
                let share = |part: u64| part as f64 / answers as f64;
                (answers > 0).then(|| (share(lags), plotted(Metric::ACCURACY, share(right))))
            };
            ranges.into_iter().filter_map(point).collect()
        };
        CellCurve {
            cell: arm.name.to_owned(),
            runs: arm.runs.iter().map(curve).collect(),
            diverged: Vec::new(),
        }
    };
    Trend {
        frame: frames.titled_best("Right answers against lag"),
        measure: Measure { title: "test accuracy, %".to_owned(), ..axis(Metric::ACCURACY) },
        x: "steps since the input that an answer needs".to_owned(),
        cells: arms.iter().map(cell).collect(),
        baselines: Vec::new(),
    }
}

fn value(run: &RunRow, path: &str) -> Option<f64> {
    run.axes.get(path)?.as_f64().filter(|value| *value > 0.0)
}

/// The swept settings of a run: its fields without cell and seed.
pub(super) fn settings(run: &RunRow) -> Map<String, Value> {
    let mut settings = run.axes.clone();
    settings.retain(|path, _| path != "cell" && path != "seed");
    settings
}

/// The other swept settings of a run, as JSON.
fn others(run: &RunRow, path: &str) -> String {
    let mut settings = settings(run);
    settings.remove(path);
    Value::Object(settings).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;

    #[test]
    fn choices_without_a_finite_score_are_named() {
        let run = |rate: f64, state: RunState, score: Option<f64>| RunRow {
            state,
            valid_score: score,
            ..finished(
                &format!("gru {rate}"),
                "gru",
                1,
                &format!(r#"{{"cell": "gru", "train.learning_rate": {rate}}}"#),
            )
        };
        let runs = [
            run(0.1, RunState::Done, Some(3.0)),
            run(10.0, RunState::Done, Some(f64::INFINITY)),
            run(100.0, RunState::Diverged, None),
        ];
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let settings = Setting::all(&arms);
        let [rate] = &settings[..] else { panic!("{settings:?}") };
        assert_eq!(
            rate.without_score(Metric::SQUARED_ERROR, &arms),
            " Without a finite score: gru at 10 (∞) and gru at 100 (no finished run)."
        );
        assert_eq!(rate.without_score(Metric::SQUARED_ERROR, &arms[..1]), "");
    }
}
