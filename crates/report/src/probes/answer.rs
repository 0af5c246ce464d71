//! What probes answer, in a sentence and a small table each: how far back gradients reach, how much context is
//! used, how long units hold on.

use super::super::arms::Arm;
use super::super::document::{Block, Table};
use super::context::{enough, means};
use probe::{Fade, time_constant};
use std::collections::BTreeSet;
use sweep::tables::{ContextRow, FlowRow, Tables};
use train::Phase;
use words::{NOTHING, capitalised, decimal, list};

/// A unit that keeps its state for at least so many steps holds on.
const LONG: f64 = 10.0;

/// What was measured of these arms, shortly.
pub(in super::super) fn answer(tables: &Tables, arms: &[Arm<'_>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    blocks.extend(context(&tables.context, arms));
    blocks.extend(reach(&tables.gradient_flow, arms));
    blocks.extend(holding(tables, arms));
    if blocks.is_empty() {
        let text = "Nothing is answered: no run has left what its probes measure.";
        blocks.push(Block::Lead(text.to_owned()));
    }
    blocks
}

/// Steps until a gradient is below 1 %, of every seed; infinite where it never is.
fn steps(rows: &[FlowRow], arm: &Arm<'_>, phase: Phase, step: Option<u64>) -> Vec<f64> {
    let lag = |fade: Fade| fade.below_one_percent.map_or(f64::INFINITY, |lag| lag as f64);
    fades(rows, arm, phase, step).into_iter().map(lag).collect()
}

/// How fast the gradient of the topmost layer falls (median over sequences), of every seed.
pub(super) fn fades(rows: &[FlowRow], arm: &Arm<'_>, phase: Phase, step: Option<u64>) -> Vec<Fade> {
    let of_run = |run: &str| {
        let ours = || {
            rows.iter().filter(|row| {
                row.run == run && row.phase == phase && step.is_none_or(|step| row.step == step)
            })
        };
        let top = ours().map(|row| row.layer).max()?;
        let mut curve: Vec<&FlowRow> = ours().filter(|row| row.layer == top).collect();
        curve.sort_by_key(|row| row.lag);
        let medians: Vec<f64> = curve.iter().map(|row| row.median).collect();
        Fade::of(&medians)
    };
    arm.runs.iter().filter_map(|run| of_run(&run.run)).collect()
}

/// How far back the gradient reaches, before, during and after training; the farthest first.
fn reach(rows: &[FlowRow], arms: &[Arm<'_>]) -> Vec<Block> {
    let Some(farthest) = rows.iter().map(|row| row.lag).max() else { return Vec::new() };
    let written = |steps: f64| steps_in_words(steps, farthest);
    let over_seeds = |values: &[f64]| over_seeds(values, farthest);
    let mut found: Vec<(f64, &Arm<'_>, Vec<f64>)> = arms
        .iter()
        .map(|arm| (arm, steps(rows, arm, Phase::Trained, None)))
        .filter_map(|(arm, after)| Some((middle(&after)?, arm, after)))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    let during = rows.iter().any(|row| row.phase == Phase::Training);
    let mut columns = vec!["", "#before training"];
    columns.extend(during.then_some("#during it, the least and the most"));
    columns.push("#after training");
    let mut table = Table::new(
        "Steps on the way back through time after which less than 1 % of the gradient is left (topmost layer, median over validation \
         sequences): medians over seeds with their range; during training, medians over seeds at each time that was looked at.",
        &columns,
    );
    for (_, arm, after) in &found {
        let mut cells =
            vec![arm.name.to_owned(), over_seeds(&steps(rows, arm, Phase::Initial, None))];
        if during {
            let ours =
                rows.iter().filter(|row| row.arm == arm.name && row.phase == Phase::Training);
            let times: BTreeSet<u64> = ours.map(|row| row.step).collect();
            let middles: Vec<f64> = times
                .into_iter()
                .filter_map(|step| middle(&steps(rows, arm, Phase::Training, Some(step))))
                .collect();
            let least = middles.iter().copied().reduce(f64::min);
            let most = middles.iter().copied().reduce(f64::max);
            cells.push(match (least, most) {
                (Some(least), Some(most)) if written(least) != written(most) => {
                    format!("{} to {}", written(least), written(most))
                }
                (Some(only), _) => written(only),
                _ => NOTHING.to_owned(),
            });
        }
        cells.push(over_seeds(after));
        table.row(cells);
    }
    vec![Block::Lead(reached(&found, farthest)), Block::Table(table)]
}

/// `34`, or `beyond 59` where the gradient never falls below.
fn steps_in_words(steps: f64, farthest: u64) -> String {
    match steps.is_finite() {
        true => format!("{steps:.0}"),
        false => format!("beyond {farthest}"),
    }
}

/// `34 (30 to 41)`: the median over seeds with their range; the range alone where half of them are beyond
/// the farthest lag.
pub(super) fn over_seeds(values: &[f64], farthest: u64) -> String {
    let written = |steps: f64| steps_in_words(steps, farthest);
    let least = values.iter().copied().reduce(f64::min);
    let most = values.iter().copied().reduce(f64::max);
    match (middle(values), least, most) {
        (_, Some(least), Some(most)) if is_open(values) => {
            format!("{} to {}", written(least), written(most))
        }
        (Some(middle), Some(least), Some(most)) if least < most => {
            format!("{} ({} to {})", written(middle), written(least), written(most))
        }
        (Some(middle), ..) => written(middle),
        _ => NOTHING.to_owned(),
    }
}

/// How far the gradient reaches after training, in a sentence.
fn reached(found: &[(f64, &Arm<'_>, Vec<f64>)], farthest: u64) -> String {
    let (open, known): (Vec<_>, Vec<_>) = found.iter().partition(|(_, _, after)| is_open(after));
    let (within, beyond): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|(steps, ..)| steps.is_finite());
    let mut parts: Vec<String> = Vec::new();
    if !beyond.is_empty() {
        let names: Vec<&str> = beyond.iter().map(|(_, arm, _)| arm.name).collect();
        parts.push(format!(
            "more than 1 % of the gradient is left over all {farthest} steps that were looked at in {}",
            list(&names)
        ));
    }
    let each: Vec<String> =
        within.iter().map(|(steps, arm, _)| format!("{steps:.0} steps in {}", arm.name)).collect();
    if !each.is_empty() {
        let each: Vec<&str> = each.iter().map(String::as_str).collect();
        parts.push(format!("less than 1 % is left after {}", list(&each)));
    }
    for (_, arm, after) in open {
        let lost: Vec<f64> = after.iter().copied().filter(|steps| steps.is_finite()).collect();
        parts.push(format!(
            "in {} half of the seeds keep more than 1 % over all {farthest} steps, the others for {:.0}",
            arm.name,
            middle(&lost).unwrap_or(0.0)
        ));
    }
    format!("After training, {}.", parts.join("; "))
}

/// How many tokens back a language model uses; the most first.
fn context(rows: &[ContextRow], arms: &[Arm<'_>]) -> Vec<Block> {
    let lengths: BTreeSet<u64> = rows.iter().map(|row| row.length).collect();
    let (Some(&shortest), Some(&longest)) = (lengths.first(), lengths.last()) else {
        return Vec::new();
    };
    let loss = |arm: &Arm<'_>, length: u64| means(rows, arm).get(&length).copied();
    let mut found: Vec<(u64, &Arm<'_>)> =
        arms.iter().filter_map(|arm| Some((enough(&means(rows, arm))?, arm))).collect();
    if found.is_empty() {
        return Vec::new();
    }
    found.sort_by_key(|(tokens, _)| std::cmp::Reverse(*tokens));
    let one = |(tokens, arm): &(u64, &Arm<'_>)| format!("{tokens} in {}", arm.name);
    let all: Vec<String> = found.iter().map(one).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let shortest_title =
        format!("#loss after {shortest} {}", if shortest == 1 { "token" } else { "tokens" });
    let longest_title = format!("#after {longest}");
    let mut table = Table::new(
        "From how many tokens of context on the loss, in nats, is within 1 % of that with all of them; means over seeds.",
        &["", "#tokens", &shortest_title, &longest_title],
    );
    for (tokens, arm) in &found {
        let loss = |length| loss(arm, length).map_or(NOTHING.to_owned(), decimal);
        table.row(vec![arm.name.to_owned(), tokens.to_string(), loss(shortest), loss(longest)]);
    }
    let text = format!(
        "Of {longest} tokens of context, the last ones bring the loss within 1 % of what all do: {}.",
        list(&all)
    );
    vec![Block::Lead(text), Block::Table(table)]
}

/// How many units hold on for long.
fn holding(tables: &Tables, arms: &[Arm<'_>]) -> Vec<Block> {
    let units = |arm: &Arm<'_>| -> Vec<f64> {
        let ours =
            || tables.gates.iter().filter(|row| row.arm == arm.name && row.phase == Phase::Trained);
        let top = ours().map(|row| row.layer).max();
        let kept = ours().filter(|row| Some(row.layer) == top).filter_map(|row| row.kept);
        kept.map(time_constant).collect()
    };
    let one = |arm: &Arm<'_>| {
        let units = units(arm);
        let long = units.iter().filter(|steps| **steps >= LONG).count();
        let share = 100.0 * long as f64 / units.len() as f64;
        (!units.is_empty()).then(|| format!("{share:.0} % of the units in {}", arm.name))
    };
    let shares: Vec<String> = arms.iter().filter_map(one).collect();
    if shares.is_empty() {
        return Vec::new();
    }
    let shares: Vec<&str> = shares.iter().map(String::as_str).collect();
    vec![Block::Text(capitalised(&format!(
        "{} hold on to their state for {LONG:.0} steps or more by their gate (time constants after training, topmost layer).",
        list(&shares)
    )))]
}

/// The median of steps, infinite where at least half of them are.
fn middle(values: &[f64]) -> Option<f64> {
    let (low, high) = middles(values)?;
    Some(f64::midpoint(low, high))
}

/// Whether half of the steps are infinite, so that no median is between them and the others.
fn is_open(values: &[f64]) -> bool {
    middles(values).is_some_and(|(low, high)| low.is_finite() && !high.is_finite())
}

/// The two values in the middle; of an odd number the one there, twice.
fn middles(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    Some((sorted[last / 2], sorted[last.div_ceil(2)]))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finished;
    use super::*;
    use sweep::tables::RunRow;
    use train::Metric;

    /// A gradient that is multiplied by `factor` at every step.
    fn flow(run: &RunRow, phase: Phase, factor: f64) -> Vec<FlowRow> {
        let row = |lag: u64| FlowRow {
            run: run.run.clone(),
            arm: run.arm.clone(),
            seed: run.seed,
            phase,
            step: 0,
            layer: 0,
            lag,
            low: 0.0,
            median: factor.powi(i32::try_from(lag).unwrap()),
            high: 1.0,
        };
        (0..60).map(row).collect()
    }

    #[test]
    fn half_of_the_seeds_beyond_the_farthest_lag_is_said() {
        let runs = [finished("gru", "gru", 1, "{}"), finished("gru", "gru", 2, "{}")];
        let flows = [(0, 0.5), (1, 0.99)];
        let gradient_flow = flows
            .into_iter()
            .flat_map(|(run, factor)| flow(&runs[run], Phase::Trained, factor))
            .collect();
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let blocks = answer(&Tables { gradient_flow, ..Tables::default() }, &arms);
        let [Block::Lead(lead), Block::Table(table)] = &blocks[..] else { panic!("{blocks:?}") };
        assert_eq!(
            lead,
            "After training, in gru half of the seeds keep more than 1 % over all 59 steps, the others for 7."
        );
        assert_eq!(table.rows, [["gru", "–", "7 to beyond 59"]]);
    }

    #[test]
    fn how_far_gradients_reach_is_said_first() {
        let runs = [finished("rnn", "rnn", 1, "{}"), finished("gru", "gru", 1, "{}")];
        let flows = [
            (0, Phase::Initial, 0.1),
            (0, Phase::Trained, 0.5),
            (1, Phase::Initial, 0.9),
            (1, Phase::Trained, 0.99),
        ];
        let gradient_flow = flows
            .into_iter()
            .flat_map(|(run, phase, factor)| flow(&runs[run], phase, factor))
            .collect();
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let blocks = answer(&Tables { gradient_flow, ..Tables::default() }, &arms);
        let [Block::Lead(lead), Block::Table(table)] = &blocks[..] else { panic!("{blocks:?}") };
        // 0.5^7 = 0.008
        assert_eq!(
            lead,
            "After training, more than 1 % of the gradient is left over all 59 steps that were looked at in gru; less than 1 % is left after 7 \
             steps in rnn."
        );
        assert_eq!(table.rows, [["gru", "44", "beyond 59"], ["rnn", "3", "7"]]);
        assert!(
            matches!(&answer(&Tables::default(), &arms)[..], [Block::Lead(text)] if text.starts_with("Nothing"))
        );
    }
}
