//! `rnnlab-bench compare`: rnnlab and other libraries, measured in turn.
//!
//! Every side is a process that waits for requests; only one works at a time, all on the same cores.
//! In each round every case is asked of every side, so that whatever else the machine does hits
//! all of them alike; a ratio is the median over rounds of ratios within a round.

mod figure;
mod plan;
mod results;
mod setup;
mod side;
mod table;
mod targets;
mod worker;

pub use figure::figure;
pub use results::{Failure, Measurement, Ratio, Results, SideRecord};
pub use table::table;
pub use targets::{Bound, Target, targets};

use crate::cli::CompareArgs;
use crate::markdown::{milliseconds, significant};
use crate::protocol::{Reply, Request};
use crate::{BenchError, Case, Summary};
use machine::{Environment, busy};
use plan::{Plan, Question};
use side::{Side, pinned_to, sides};
use std::fs;
use std::path::Path;
use std::time::Duration;
use worker::Worker;
use zoo::Zoo;

/// Fewest repetitions of a case in a round.
const LEAST: usize = 3;

/// How long is listened for other work on the machine before each round: much longer than what threads of
/// the sides go on spinning for.
const LISTENING: Duration = Duration::from_secs(2);

/// Compares, prints the table, and writes results, table and figure.
pub fn run(options: &CompareArgs, zoo: &Zoo) -> Result<(), BenchError> {
    let cores = Environment::here().cores;
    for &threads in &options.threads {
        match threads.get() <= cores {
            true => run_on(threads.get(), options, zoo)?,
            false => eprintln!("SKIPPED: {threads} threads: {cores} cores here"),
        }
    }
    Ok(())
}

fn run_on(threads: usize, options: &CompareArgs, zoo: &Zoo) -> Result<(), BenchError> {
    let (rounds, seconds) = if options.quick { (2, 0.1) } else { (5, 0.5) };
    let environment = Environment::here();
    let core = pinned_to(options.core)?;
    let mut results = Results {
        busy: Vec::new(),
        core,
        threads,
        quick: options.quick,
        own_shapes: !options.shapes.is_empty(),
        rounds: options.rounds.map_or(rounds, usize::from),
        seconds: options.seconds.unwrap_or(seconds),
        sides: Vec::new(),
        measurements: Vec::new(),
        failures: Vec::new(),
        environment,
    };
    let folder = options.results.join(results.folder_name());
    fs::create_dir_all(&folder).map_err(BenchError::io(&folder))?;

    let mut runners = Vec::new();
    for (side, command) in sides(options, core, threads) {
        let started = command.and_then(|command| Worker::start(side, command));
        let (version, missing) = match &started {
            Ok(worker) => (Some(worker.version.clone()), None),
            Err(error) => (None, Some(error.to_string())),
        };
        match &missing {
            Some(reason) => eprintln!("{}: MISSING: {reason}", side.title()),
            None => eprintln!("{}: {}", side.title(), version.as_deref().unwrap_or_default()),
        }
        results.sides.push(SideRecord { name: side.name().to_owned(), version, missing });
        runners.extend(started);
    }

    let plan = Plan::new(options.quick, &options.shapes, threads, zoo);
    for case in plan.memory {
        for runner in &mut runners {
            // What a process has held before would hide what the case needs.
            let reply = runner.fresh().and_then(|mut fresh| ask(&mut fresh, &case, 0.0));
            record(&mut results, runner.side, &case, reply);
        }
    }
    for round in 0..results.rounds {
        results.busy.extend(busy(LISTENING));
        for Question { case, of_all } in &plan.rounds {
            let mut line = format!("round {}/{}: {case}:", round + 1, results.rounds);
            let count = runners.len();
            for k in 0..count {
                // Whoever comes first finds other caches than who comes last: take turns.
                let runner = &mut runners[(k + round) % count];
                let side = runner.side;
                if (!of_all && side != Side::Rnnlab) || results.has_failed(side.name(), case) {
                    continue;
                }
                let reply = ask(runner, case, results.seconds);
                if let Some(median) = record(&mut results, side, case, reply) {
                    line.push_str(&format!(" {} {} ms", side.name(), milliseconds(median)));
                }
            }
            eprintln!("{line}");
        }
        results.write(&folder)?;
    }
    results.write(&folder)?;
    drop(runners);
    report(&folder, zoo)
}

fn ask(worker: &mut Worker, case: &Case, seconds: f64) -> Result<Reply, BenchError> {
    worker.ask(&Request { case: case.clone(), seconds, least: LEAST })
}

/// Writes down what a side answered, and gives the median of its values if there are any.
fn record(
    results: &mut Results,
    side: Side,
    case: &Case,
    reply: Result<Reply, BenchError>,
) -> Option<f64> {
    let failure = match reply {
        Ok(Reply::Values(values)) => match Summary::of(&values) {
            Some(summary) => {
                results.add(side.name(), case, summary);
                return Some(summary.median);
            }
            None => "its values are not finite".to_owned(),
        },
        Ok(Reply::Missing(reason)) => {
            // A peer without a cell is no news; a dataset that is not there is.
            if side == Side::Rnnlab {
                eprintln!("SKIPPED: {case}: {reason}");
            }
            results.fail(side.name(), case, reason, false);
            return None;
        }
        Ok(Reply::Failed(reason)) => reason,
        Err(error) => error.to_string(),
    };
    eprintln!("{} FAILED: {case}: {failure}", side.title());
    results.fail(side.name(), case, failure, true);
    None
}

/// Makes table and figure from the results in `folder`, and prints the table.
pub fn report(folder: &Path, zoo: &Zoo) -> Result<(), BenchError> {
    let results = Results::read(folder)?;
    let text = table(&results, zoo);
    let path = folder.join("table.md");
    fs::write(&path, &text).map_err(BenchError::io(&path))?;
    print!("{text}");
    if results.threads == 1 {
        figure(&results, zoo)?.save(folder, "roofline")?;
    }
    eprintln!("written: {}", folder.display());
    Ok(())
}

/// A ratio with the range over rounds, for tables.
fn in_words(ratio: Ratio) -> String {
    let Ratio { median, low, high } = ratio;
    format!("{} ({} to {})", significant(median), significant(low), significant(high))
}
