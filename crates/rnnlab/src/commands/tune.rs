//! Trials before the runs: what is to be chosen is chosen on the validation split.

use super::run::{Work, due};
use crate::progress::say;
use anyhow::bail;
use experiment::plan::{ArmTrials, Calibration, DataFacts, Draft, Drafts, complete};
use experiment::spec::{Method, Spec, SpecErrors, Tune};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use sweep::Engine;
use sweep::description::{ChosenTrial, RoundRecord, TRIALS, TuneRecord};
use sweep::records::RunFolder;
use sweep::run::{SweepCounts, best};
use sweep::tables;
use train::Metric;
use words::counted;

/// What the trials chose.
pub(super) struct Tuned {
    /// The runs with the chosen values.
    pub(super) drafts: Vec<Draft>,
    /// How they were chosen.
    pub(super) record: TuneRecord,
    /// What became of the trials.
    pub(super) tally: SweepCounts,
}

/// What stands in the record before anything is chosen.
pub(super) fn undecided(spec: &Spec, tune: &Tune, drafts: &Drafts) -> TuneRecord {
    let space = spec.source.merged().get("tune").and_then(|tune| tune.get("space"));
    let epochs = |times: usize| {
        let first = drafts.trials.first().and_then(|arm| arm.drafts.first());
        first.map_or(0, |draft| draft.train.epochs.get() * times)
    };
    let rounds = tune.rounds().into_iter();
    TuneRecord {
        method: tune.method,
        seed: tune.seed,
        space: space.and_then(Value::as_object).cloned().unwrap_or_default(),
        rounds: rounds
            .map(|round| RoundRecord { trials: round.trials, epochs: epochs(round.times) })
            .collect(),
        runs: Vec::new(),
        chosen: BTreeMap::new(),
    }
}

/// The trials of a round, those that take part in it.
fn round_of(arms: &[ArmTrials], taking_part: &[Vec<usize>], times: usize) -> Vec<Draft> {
    let of = |(arm, positions): (&ArmTrials, &Vec<usize>)| {
        positions.iter().map(|k| arm.drafts[*k].in_round(times).unprobed()).collect::<Vec<_>>()
    };
    arms.iter().zip(taking_part).flat_map(of).collect()
}

/// Seconds that all trials are expected to take, and how many there are. Which go on is not known;
/// the first stand for them.
pub(super) fn expected(
    drafts: &Drafts,
    tune: &Tune,
    facts: &[DataFacts],
    calibration: &Calibration,
    engine: &dyn Engine,
) -> Result<(usize, f64), SpecErrors> {
    let (mut count, mut seconds) = (0, 0.0);
    for round in tune.rounds() {
        let taking_part = vec![(0..round.trials).collect(); drafts.trials.len()];
        let trials = round_of(&drafts.trials, &taking_part, round.times);
        let plan = complete(&drafts.spec, &trials, facts, calibration, engine)?;
        count += plan.runs.len();
        let before = if round.times == 1 { &plan.pretraining[..] } else { &[] };
        seconds += plan.runs.iter().chain(before).map(|run| run.seconds).sum::<f64>();
    }
    Ok((count, seconds))
}

/// Trains all trials and chooses; `None` if that was stopped.
pub(super) fn tune(
    drafts: &Drafts,
    tune: &Tune,
    facts: &[DataFacts],
    folder: &Path,
    work: &Work<'_>,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<Option<Tuned>> {
    let Drafts { spec, runs: wanted, trials: arms, .. } = drafts;
    let folder = folder.join(TRIALS);
    let mut record = undecided(spec, tune, drafts);
    let mut total = SweepCounts::default();
    // Positions of the trials of each arm that take part in a round, the best first.
    let mut taking_part: Vec<Vec<usize>> = vec![(0..tune.rounds()[0].trials).collect(); arms.len()];
    let mut ids: Vec<Vec<String>> = Vec::new();
    let mut metric = Metric::default();
    let rounds = tune.rounds();
    for (number, round) in rounds.iter().enumerate() {
        let trials = round_of(arms, &taking_part, round.times);
        let plan = complete(spec, &trials, facts, work.calibration, work.engine)?;
        metric = plan.metric;
        if !work.is_silent() {
            let which = match rounds.len() {
                1 => String::new(),
                all => format!(", round {} of {all}", number + 1),
            };
            say(&format!("tuning{which}: {} (trials)", counted(plan.runs.len(), "run")));
        }
        let due = due(&plan, None);
        let Some(before) = work.pretrain(&plan, &due, facts, out)? else { return Ok(None) };
        total.add(&before);
        let tally = work.sweep(&folder, &due, metric, out)?;
        record.runs.extend(plan.runs.iter().map(|run| run.id.clone()));
        total.add(&tally);
        if work.stop.requested() && tally.open > 0 {
            return Ok(None);
        }
        let goes_on = rounds.get(number + 1).map_or(1, |next| next.trials);
        let mut planned = plan.runs.iter().map(|run| run.id.clone());
        ids = taking_part.iter().map(|ours| planned.by_ref().take(ours.len()).collect()).collect();
        for ((arm, ours), ids) in arms.iter().zip(&mut taking_part).zip(&mut ids) {
            let mut scored = Vec::new();
            for (position, id) in ids.iter().enumerate() {
                scored.push((position, valid_score(&folder, id, metric)?));
            }
            let kept = best(metric, &scored, goes_on);
            if kept.is_empty() {
                bail!(
                    "tuning: no trial of {} ended with a result, so nothing can be chosen; {} tells of each",
                    arm.arm,
                    folder.join("runs").display()
                );
            }
            *ids = kept.iter().map(|k| ids[*k].clone()).collect();
            *ours = kept.iter().map(|k| ours[*k]).collect();
        }
    }
    tables::collect(&folder, Some(&record.runs), metric)?.write(&folder.join("tables"))?;

    let reason = match tune.method {
        Method::Random => {
            format!("The best of {} trials on the validation split.", rounds[0].trials)
        }
        Method::Halving => {
            format!(
                "The winner of {} trials by successive halving, on the validation split.",
                rounds[0].trials
            )
        }
    };
    let mut chosen = Vec::with_capacity(wanted.len());
    for draft in wanted {
        let name = draft.arm();
        let Some(k) = arms.iter().position(|arm| arm.arm == name) else { continue };
        let trial = taking_part[k][0];
        chosen.push(draft.with_choice(&arms[k].drafts[trial], tune, &reason));
        let values: Map<String, Value> = tune
            .trial(trial)
            .into_iter()
            .map(|(dimension, value)| (dimension.key.clone(), value))
            .collect();
        record.chosen.insert(name, ChosenTrial { run: ids[k][0].clone(), values });
    }
    Ok(Some(Tuned { drafts: chosen, record, tally: total }))
}

/// How good a trial is on the validation split, if it ended with a result.
fn valid_score(folder: &Path, id: &str, metric: Metric) -> anyhow::Result<Option<f64>> {
    let run = RunFolder::of(folder, id);
    let Some(status) = run.status()? else { return Ok(None) };
    let outcome = run.outcome(&status)?.map(|record| record.outcome);
    Ok(outcome
        .filter(|outcome| !outcome.diverged)
        .and_then(|outcome| train::value(metric, outcome.valid_loss?, &outcome.valid_metrics)))
}
