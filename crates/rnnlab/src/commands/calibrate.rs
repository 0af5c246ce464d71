//! `rnnlab calibrate`: measures which sizes take the time that `match.wall_clock` asks for.

use crate::cli::ExperimentArgs;
use anyhow::bail;
use experiment::EngineError;
use experiment::plan::{Calibrated, DataFacts, Draft, Match, calibration_search};
use machine::Environment;
use model::ModelConfig;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow::{Break, Continue};
use std::path::Path;
use sweep::Engine;
use sweep::records::{Lock, check_writable, read_calibration, write_calibration};
use train::{Dataset, Event, Halt, RunSpec};
use words::figures;

/// Steps that are not counted: memory is fetched, caches are filled.
const WARM_UP: usize = 3;
/// Steps that are counted, unless they take too long.
const COUNTED: usize = 30;
/// A size is not taken if its time is further than this from the one asked for.
const TOLERANCE: f64 = 0.1;
/// Seconds after which fewer steps are enough.
const LONG: f64 = 3.0;

pub(super) fn calibrate(
    arguments: &ExperimentArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let drafts = super::drafted(arguments, engine)?;
    let folder = arguments.results.join(drafts.spec.experiment());
    let trials = drafts.trials.iter().flat_map(|arm| &arm.drafts);
    let all: Vec<&Draft> = drafts.runs.iter().chain(trials).collect();
    if all.iter().all(|draft| draft.matched.and_then(|matched| matched.milliseconds()).is_none()) {
        bail!("no run has `match: {{wall_clock: ...}}`, so there is nothing to measure");
    }
    super::published::refuse(&folder)?;
    super::published::refuse_among(&arguments.results)?;
    check_writable(&folder)?;
    let datasets = super::datasets(&drafts)?;
    let facts =
        datasets.iter().zip(&drafts.data).map(|(dataset, data)| DataFacts::of(dataset, data));
    let facts: Vec<DataFacts> = facts.collect();
    let _lock = Lock::take(&folder)?;
    let mut calibration = read_calibration(&folder)?;
    for draft in all {
        let Some((key, target)) = draft.calibration(&facts[draft.data]) else { continue };
        if calibration.hidden(&key).is_some() {
            continue;
        }
        let least = draft.model.projection.map_or(1, |projection| projection.get() + 1);
        let (hidden, measured) =
            calibration_search(target, (least, draft.model.heads.get()), |hidden| {
                let model = ModelConfig { hidden, ..draft.model.clone() };
                milliseconds(draft, &model, &datasets[draft.data], &folder, engine)
            })?;
        let took = measured.get(&hidden.get()).copied().unwrap_or(f64::NAN);
        if (took / target - 1.0).abs() > TOLERANCE {
            let all: Vec<String> = measured
                .iter()
                .map(|(hidden, took)| format!("{hidden}: {} ms", figures(*took)))
                .collect();
            let advice = match (measured.first_key_value(), measured.last_key_value()) {
                (Some((least, took)), _) if *took > target => {
                    format!(
                        "even the smallest, {least}, takes {} ms: ask for that or more",
                        figures(*took)
                    )
                }
                (_, Some((most, took))) if *took < target => {
                    format!(
                        "even the largest tried, {most}, takes {} ms: ask for that or less",
                        figures(*took)
                    )
                }
                _ => {
                    "times vary too much: a machine at rest, or another time, is needed".to_owned()
                }
            };
            bail!(
                "{}: no hidden size takes {} ms a step; measured were {}; {advice}",
                draft.arm(),
                asked(draft),
                all.join(", ")
            );
        }
        writeln!(
            out,
            "{}: hidden size {hidden} takes {} ms a step, of {} asked for ({} measured)",
            draft.arm(),
            figures(took),
            asked(draft),
            measured.len()
        )?;
        let environment = Environment::here();
        calibration.entries.push(Calibrated {
            key,
            arm: draft.arm(),
            target,
            hidden,
            measured,
            environment,
        });
        write_calibration(&calibration, &folder)?;
    }
    writeln!(out, "sizes: {}", folder.join("calibration.json").display())?;
    Ok(())
}

/// The milliseconds asked for, as a person would write them.
fn asked(draft: &Draft) -> String {
    draft.matched.map_or(String::new(), Match::shown)
}

/// The median time of a training step of a model, after a few that do not count.
fn milliseconds(
    draft: &Draft,
    model: &ModelConfig,
    dataset: &Dataset,
    folder: &Path,
    engine: &dyn Engine,
) -> Result<f64, EngineError> {
    let spec = RunSpec {
        name: "run",
        model,
        train: &draft.train,
        start: None,
        probe: None,
        seed: draft.seed,
        test: false,
    };
    let checkpoint = folder.join("runs").join(".calibration.safetensors");
    let (mut times, mut before) = (Vec::new(), 0.0);
    engine.train(spec, dataset, &checkpoint, &mut |event| {
        if let Event::Step(step) = event {
            times.push(1e3 * (step.seconds - before));
            before = step.seconds;
            if times.len() >= WARM_UP + COUNTED || (before > LONG && times.len() > WARM_UP) {
                return Break(Halt::AtOnce);
            }
        }
        Continue(())
    })?;
    // A training that was shorter than that left a checkpoint.
    for file in train::checkpoint_files(&checkpoint) {
        let _ = fs::remove_file(file);
    }
    let counted = times.get(WARM_UP..).filter(|counted| !counted.is_empty()).unwrap_or(&times);
    stats::median(counted)
        .ok_or_else(|| EngineError("the training has no step that could be measured".to_owned()))
}
