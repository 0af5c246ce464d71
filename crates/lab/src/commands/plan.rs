//! `rnnlab plan`: what would be trained.

use crate::cli::PlanArgs;
use crate::engine::Engine;
use crate::plan::{ASSUMED_FLOPS_PER_SECOND, DataFacts, Plan, complete, estimated_seconds, steps};
use crate::progress::{duration, runs};
use crate::report::{count, thousands};
use crate::run::Shard;
use crate::spec::{DataSpec, WhenMissing};
use data::Places;
use std::io::Write;

pub(super) fn show(
    arguments: &PlanArgs,
    shard: Option<Shard>,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (spec, drafts) = super::drafted(arguments, engine)?;
    // Nothing is to be written, so nothing is downloaded either; the stand-in then gives sizes of
    // the right order.
    let places = Places::from_env().with_download(false);
    let loaded = match &spec.data {
        DataSpec::Corpus { name, .. } => {
            DataSpec::Corpus { name: name.clone(), when_missing: WhenMissing::Builtin }
        }
        other => other.clone(),
    };
    let dataset = super::load(&loaded, &places, &mut |_| {})?;
    let facts = DataFacts::of(&dataset, &spec.data);
    let mut plan = complete(&spec, &drafts, &facts, engine)?;
    let all = plan.runs.len();
    if let Some(shard) = shard {
        let part = super::run::due(&plan, &facts, Some(shard));
        let part: Vec<String> = part.into_iter().map(|due| due.run.id.clone()).collect();
        plan.runs.retain(|run| part.contains(&run.id));
    }

    let source = dataset.source();
    writeln!(out, "{}: {} on {}", spec.experiment(), runs(plan.runs.len()), source.title)?;
    if let Some(shard) = shard {
        writeln!(out, "part {shard} of {}", runs(all))?;
    }
    if let Some(question) = &spec.question {
        writeln!(out, "{question}")?;
    }
    if let DataSpec::Corpus { name, when_missing } = &spec.data
        && source.stand_in
        && *name != source.name
    {
        writeln!(
            out,
            "The files of `{name}` are not on this machine; the sizes below are for the stand-in language."
        )?;
        let program = crate::program();
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
        writeln!(out, "`{program} run` will try to download them{terms}, and {else_}.")?;
    }
    writeln!(out)?;
    table(&plan, &facts, out)?;
    totals(&plan, &facts, out)?;
    for warning in &plan.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    Ok(())
}

fn table(plan: &Plan, facts: &DataFacts, out: &mut dyn Write) -> std::io::Result<()> {
    let width = plan.runs.iter().map(|run| run.id.len()).max().unwrap_or(0).max(3);
    writeln!(
        out,
        "{:width$}  {:>6}  {:>12}  {:>12}  {:>12}  {:>9}  {:>13}",
        "run", "hidden", "parameters", "in the cell", "FLOPs/token", "steps", "rough time"
    )?;
    for run in &plan.runs {
        writeln!(
            out,
            "{:width$}  {:>6}  {:>12}  {:>12}  {:>12}  {:>9}  {:>13}",
            run.id,
            run.model.hidden,
            thousands(run.costs.parameters as u64),
            thousands(run.costs.cell_parameters as u64),
            count(run.costs.flops_per_token),
            thousands(steps(run, facts) as u64),
            duration(estimated_seconds(run, facts)),
        )?;
    }
    Ok(())
}

fn totals(plan: &Plan, facts: &DataFacts, out: &mut dyn Write) -> std::io::Result<()> {
    let cores =
        std::thread::available_parallelism().map_or(1, usize::from).min(plan.runs.len().max(1));
    let seconds: f64 = plan.runs.iter().map(|run| estimated_seconds(run, facts)).sum();
    writeln!(out)?;
    writeln!(
        out,
        "roughly {} with {} side by side: a rough guess, from counted operations at an assumed {} per second and core",
        duration(seconds / cores as f64),
        runs(cores),
        format_args!("{:.0} GFLOP", ASSUMED_FLOPS_PER_SECOND / 1e9),
    )
}
