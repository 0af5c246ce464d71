//! `rnnlab plan`: what would be trained.

use crate::cli::ExperimentArgs;
use experiment::plan::{ASSUMED_FLOPS_PER_SECOND, DataFacts, Plan, PlannedRun, complete};
use report::evidence::{Evidence, pairs};
use sweep::{Engine, RESULTS, RunCommand};

use data::{Places, WhenMissing};
use experiment::role::Role;
use experiment::spec::{DataSpec, Spec};
use std::collections::BTreeSet;
use std::io::Write;
use std::num::NonZeroUsize;
use sweep::records::read_calibration;
use sweep::run::Shard;
use train::Dataset;
use words::{capitalised, count, counted, duration, thousands};

pub(super) fn show(
    arguments: &ExperimentArgs,
    (shard, jobs): (Option<Shard>, Option<NonZeroUsize>),
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut drafts = super::drafted(arguments, engine)?;
    super::weights::find(&mut drafts)?;
    let spec = &drafts.spec;
    // Nothing is to be written, so nothing is downloaded either; the stand-in then gives sizes of
    // the right order.
    let places = Places::from_env().with_download(false);
    let loaded = super::loaded(&drafts, |data| {
        let data = match data {
            DataSpec::Corpus { name, .. } => {
                DataSpec::Corpus { name: name.clone(), when_missing: WhenMissing::Builtin }
            }
            DataSpec::Sequences(dataset) => DataSpec::Sequences(dataset.clone().with_stand_in()),
            other => other.clone(),
        };
        super::load(&data, &places, &mut |_| {})
    })?;
    let facts = loaded.iter().zip(&drafts.data).map(|(dataset, data)| DataFacts::of(dataset, data));
    let facts: Vec<DataFacts> = facts.collect();
    let calibration = read_calibration(&arguments.results.join(spec.experiment()))?;
    let mut plan = complete(spec, &drafts.runs, &facts, &calibration, engine)?;
    let all = plan.runs.len();
    let decides = decides(arguments, spec, &plan);
    if let Some(shard) = shard {
        let part = super::run::due(&plan, Some(shard));
        let part: Vec<String> = part.into_iter().map(|due| due.run.id.clone()).collect();
        plan.runs.retain(|run| part.contains(&run.id));
        let before = |run: &PlannedRun| run.start.as_ref().and_then(|start| start.run.clone());
        let needed: Vec<String> = plan.runs.iter().filter_map(before).collect();
        plan.pretraining.retain(|run| needed.contains(&run.id));
    }

    let mut titles: Vec<&str> = Vec::new();
    for dataset in &loaded {
        let title = dataset.source().title.as_str();
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    writeln!(
        out,
        "{}: {} on {}",
        spec.experiment(),
        counted(plan.runs.len(), "run"),
        titles.join("; ")
    )?;
    if let Some(shard) = shard {
        writeln!(out, "part {shard} of {}", counted(all, "run"))?;
    }
    if let Some(question) = &spec.question {
        writeln!(out, "{question}")?;
    }
    let mut told = Vec::new();
    for (data, dataset) in drafts.data.iter().zip(&loaded) {
        missing(data, dataset, out)?;
        if let Some(classes) = classes(dataset)
            && !told.contains(&classes)
        {
            writeln!(out, "{classes}")?;
            told.push(classes);
        }
    }
    let mut tuning = 0.0;
    if let Some(tune) = &spec.tune {
        let (trials, seconds) = super::tune::expected(&drafts, tune, &facts, &calibration, engine)?;
        tuning = seconds;
        let record = super::tune::undecided(spec, tune, &drafts);
        let rounds: Vec<String> = record
            .rounds
            .iter()
            .map(|round| format!("{} of {}", round.trials, counted(round.epochs, "epoch")))
            .collect();
        writeln!(
            out,
            "tuning first: {trials} trials, of each arm {}, scored on the validation split; seed {}",
            rounds.join(", then "),
            tune.seed
        )?;
        writeln!(out, "the runs below are shown with the values of the first trial")?;
    }
    writeln!(out)?;
    if !plan.pretraining.is_empty() {
        writeln!(out, "pre-training first, scored on the validation split:")?;
        table(&plan.pretraining, true, out)?;
        writeln!(out)?;
    }
    table(&plan.runs, spec.tune.is_none(), out)?;
    starts(&plan, out)?;
    totals(&plan, tuning, jobs, out)?;
    if let Some(role) = drafts.role.sentence() {
        writeln!(out, "{role}")?;
    }
    if let Some(decides) = decides {
        writeln!(out, "{decides}")?;
    }
    for warning in plan.all_warnings() {
        writeln!(out, "warning: {warning}")?;
    }
    Ok(())
}

/// An interval that reaches this many standard deviations of a difference decides nothing of interest.
const HOPELESS: f64 = 8.0;

/// What the seeds of a comparison can decide, and how to ask for as many as decide an ordinary difference.
fn decides(arguments: &ExperimentArgs, spec: &Spec, plan: &Plan) -> Option<String> {
    let mut arms: Vec<(&str, PlannedArm<'_>)> = Vec::new();
    for run in plan.runs.iter().filter(|run| run.role == Role::Comparison) {
        let kind = (run.config.model.cell.as_str(), run.dataset);
        match arms.iter_mut().find(|(name, arm)| *name == run.arm && arm.kind == kind) {
            Some((_, arm)) => drop(arm.seeds.insert(run.config.seed)),
            None => {
                let seeds = BTreeSet::from([run.config.seed]);
                arms.push((run.arm.as_str(), PlannedArm { kind, seeds }));
            }
        }
    }
    let arms: Vec<PlannedArm<'_>> = arms.into_iter().map(|(_, arm)| arm).collect();
    let pairs = pairs(&arms.iter().map(|arm| arm.kind).collect::<Vec<_>>());
    if pairs == 0 {
        return None;
    }
    let seeds: Vec<u64> = arms.first()?.seeds.iter().copied().collect();
    let evidence = Evidence { seeds: fewest_in_common(&arms), pairs };
    if evidence.seeds == 0 {
        return Some(
            "Some arms have no seed in common, so differences between them cannot be told from chance"
                .to_owned(),
        );
    }
    let different = arms.iter().any(|arm| arm.seeds != arms[0].seeds);
    let said = match different {
        true => format!("Not all arms have the same seeds: {}", evidence.sentence()),
        false => capitalised(&evidence.sentence()),
    };
    let taken = spec.tune.as_ref().map(|tune| tune.seed);
    let Some((better, options)) = evidence.remedy(&seeds, taken) else {
        return Some(format!("{said}: differences larger than that will be told from chance."));
    };
    // Seeds that go with other fields cannot be swept by themselves.
    let zipped = spec.axes.iter().any(|axis| {
        axis.columns.len() > 1 && axis.columns.iter().any(|column| column.key == "seed")
    });
    let how = match zipped || different {
        true => String::new(),
        false => {
            let results = arguments.results.display().to_string();
            let command = RunCommand {
                program: &machine::program(),
                file: &arguments.file.display().to_string(),
                profile: spec.profile.as_deref(),
                set: &arguments.set,
                results: (results != RESULTS).then_some(&results),
            };
            format!(": `{} {options}`", command.without("sweep.seed"))
        }
    };
    let so = match evidence.half_width().is_some_and(|width| width < HOPELESS) {
        true => "only larger differences will be decided",
        false => "hardly anything will be decided",
    };
    Some(format!("{said}, so {so}; {better}{how}"))
}

/// An arm of a comparison.
struct PlannedArm<'a> {
    /// Its cell and its data.
    kind: (&'a str, usize),
    seeds: BTreeSet<u64>,
}

/// Seeds that two arms on the same data have in common, of those that have the fewest.
fn fewest_in_common(arms: &[PlannedArm<'_>]) -> usize {
    let with_others = |(position, arm): (usize, &PlannedArm<'_>)| {
        let others = arms[position + 1..].iter().filter(|other| other.kind.1 == arm.kind.1);
        others.map(|other| arm.seeds.intersection(&other.seeds).count()).min()
    };
    arms.iter().enumerate().filter_map(with_others).min().unwrap_or(0)
}

/// The classes of sequences that are each of one, such as `2 classes: negative, positive`.
fn classes(dataset: &Dataset) -> Option<String> {
    const NAMED: usize = 12;
    let Dataset::Sequences(data) = dataset else { return None };
    let counts = data.class_counts();
    let names: Vec<&str> = counts.iter().take(NAMED).map(|class| class.name.as_str()).collect();
    let others = if counts.len() > NAMED { ", ..." } else { "" };
    (!counts.is_empty()).then(|| format!("{} classes: {}{others}", counts.len(), names.join(", ")))
}

/// Says so where sizes are those of the stand-in for files that are not here.
fn missing(data: &DataSpec, dataset: &Dataset, out: &mut dyn Write) -> std::io::Result<()> {
    let (name, when_missing) = match data {
        DataSpec::Corpus { name, when_missing } => (name.as_str(), *when_missing),
        DataSpec::Sequences(dataset) => match dataset.when_missing() {
            Some(when_missing) => (dataset.name(), when_missing),
            None => return Ok(()),
        },
        DataSpec::Text { .. } => return Ok(()),
    };
    let source = dataset.source();
    if !source.stand_in || name == source.name {
        return Ok(());
    }
    writeln!(
        out,
        "The files of `{name}` are not on this machine; the sizes below are for the stand-in language."
    )?;
    let program = machine::program();
    let restricted = data::datasets().iter().any(|info| info.name == name && info.restricted);
    let terms = match restricted {
        true => format!(
            " if their terms were accepted (once, with `{program} data fetch {name} --accept-licence`)"
        ),
        false => String::new(),
    };
    let else_ = match when_missing {
        WhenMissing::Error => "refuse to start without them",
        WhenMissing::Builtin => "else train on the stand-in language",
    };
    writeln!(out, "`{program} run` will try to download them{terms}, and {else_}.")
}

/// One line a run; `named` says whether the names' hashes mean something.
fn table(runs: &[PlannedRun], named: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let name = |id: &str| match (named, id.rsplit_once('-')) {
        (false, Some((name, _))) => name.to_owned(),
        _ => id.to_owned(),
    };
    let width = runs.iter().map(|run| name(&run.id).len()).max().unwrap_or(0).max(3);
    writeln!(
        out,
        "{:width$}  {:>6}  {:>12}  {:>12}  {:>12}  {:>9}  {:>13}",
        "run", "hidden", "parameters", "in the cell", "FLOPs/token", "steps", "rough time"
    )?;
    for run in runs {
        writeln!(
            out,
            "{:width$}  {:>6}  {:>12}  {:>12}  {:>12}  {:>9}  {:>13}",
            name(&run.id),
            run.config.model.hidden,
            thousands(run.costs.parameters as u64),
            thousands(run.costs.cell_parameters as u64),
            count(run.costs.flops_per_token),
            thousands(run.steps as u64),
            duration(run.seconds),
        )?;
    }
    Ok(())
}

/// What the runs of each arm start from, where some do not start from nothing, and what of them is trained.
fn starts(plan: &Plan, out: &mut dyn Write) -> std::io::Result<()> {
    // What is told, and of which arms.
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for run in &plan.runs {
        let start = run.start.as_ref().map(|start| start.record.sentence());
        let all = run.costs.parameters;
        let trained = (run.trained_parameters < all).then(|| {
            let [trained, all] = [run.trained_parameters, all].map(|count| thousands(count as u64));
            format!("{trained} of {all} parameters are trained")
        });
        for sentence in start.into_iter().chain(trained) {
            match told.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, arms)) if arms.contains(&run.arm.as_str()) => {}
                Some((_, arms)) => arms.push(&run.arm),
                None => told.push((sentence, vec![&run.arm])),
            }
        }
    }
    for (sentence, arms) in told {
        match &arms[..] {
            [only] => writeln!(out, "{only}: {sentence}")?,
            [first, ..] => {
                writeln!(out, "{} (the first: {first}): {sentence}", counted(arms.len(), "arm"))?
            }
            [] => {}
        }
    }
    Ok(())
}

fn totals(
    plan: &Plan,
    tuning: f64,
    jobs: Option<NonZeroUsize>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = jobs.map_or(cores, usize::from).clamp(1, plan.runs.len().max(1));
    // More runs than cores share them.
    let at_once = jobs.min(cores);
    let of = |runs: &[PlannedRun]| makespan(runs.iter().map(|run| run.seconds).collect(), at_once);
    let seconds = tuning / at_once as f64 + of(&plan.pretraining) + of(&plan.runs);
    writeln!(out)?;
    writeln!(
        out,
        "roughly {} with {} side by side: a rough guess, from counted operations at an assumed {} per second and core",
        duration(seconds),
        counted(jobs, "run"),
        format_args!("{:.0} GFLOP", ASSUMED_FLOPS_PER_SECOND / 1e9),
    )
}

/// Seconds until the last of these runs ends, so many at a time, the longest first.
fn makespan(mut seconds: Vec<f64>, at_once: usize) -> f64 {
    seconds.sort_by(|one, other| other.total_cmp(one));
    let mut busy = vec![0.0_f64; at_once.max(1)];
    for run in seconds {
        busy.sort_by(f64::total_cmp);
        busy[0] += run;
    }
    busy.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::makespan;

    #[test]
    fn three_equal_runs_take_two_rounds_on_two_cores() {
        assert_eq!(
            [1, 2, 3, 8].map(|at_once| makespan(vec![9.0; 3], at_once)),
            [27.0, 18.0, 9.0, 9.0]
        );
        assert_eq!(makespan(vec![4.0, 10.0, 5.0], 2), 10.0);
        assert_eq!(makespan(Vec::new(), 2), 0.0);
    }
}
