//! A comparison in words and tables: `table.md`.

use super::results::OURS;
use super::side::Side;
use super::targets::{square_rate, time_per_operation};
use super::{Bound, Results, Target, in_words, targets};
use crate::markdown::{Table, milliseconds, significant};
use crate::work::is_gated;
use crate::{Case, Work};
use zoo::Zoo;

/// Picks the cases of one kind.
type IsKind = fn(&Case) -> bool;

/// The whole document, made from the results alone.
pub fn table(results: &Results, zoo: &Zoo) -> String {
    let mut text = head(results);
    text.push_str("\n## Aims\n\n");
    text.push_str(&aims(&targets(results, zoo)));
    text.push_str(
        "\nMedians over shapes (language model: over sizes) of medians over rounds. A step is \
         forward, and backward from the sum of all outputs to the gradients of input and weights. \
         Why an aim is missed, as far as profiles show: docs/performance.\n",
    );
    let kinds: [(&str, IsKind); 8] = [
        ("A layer's train step", |case| matches!(case, Case::Train(_))),
        ("A layer forward", |case| matches!(case, Case::Forward(_))),
        ("One sequence, step by step", |case| matches!(case, Case::Step(_))),
        ("A language model's train step", |case| matches!(case, Case::LanguageModel(_))),
        ("A translation model's train step", |case| matches!(case, Case::Translation(_))),
        ("The loss of labels at no known steps", |case| matches!(case, Case::Labels(_))),
        ("Memory of a train step", |case| matches!(case, Case::Memory(_))),
        ("The machine, and the data pipeline", |case| {
            matches!(case, Case::SquareProduct { .. } | Case::Triad { .. } | Case::Data)
        }),
    ];
    for (heading, is_kind) in kinds {
        let cases: Vec<&Case> = results.cases().filter(|case| is_kind(case)).collect();
        if !cases.is_empty() {
            text.push_str(&format!("\n## {heading}\n\n{}", comparison(results, &cases, zoo)));
        }
    }
    text.push_str(&other_cells(results, zoo));
    text.push_str(&failures(results));
    text
}

fn head(results: &Results) -> String {
    let environment = &results.environment;
    let processor = environment.processor.as_deref().unwrap_or("unknown processor");
    let pinned = match results.core {
        Some(core) if results.threads > 1 => {
            format!("pinned to cores {core} to {}", core + results.threads - 1)
        }
        Some(core) => format!("pinned to core {core}"),
        None => "not pinned to a core".to_owned(),
    };
    let mut text =
        format!("# rnnlab beside other libraries: {processor}, {}\n\n", environment.date);
    if results.quick {
        text.push_str(
            "**A short run (`--quick`): few shapes, little time. No base for claims.**\n\n",
        );
    }
    let most = results.busy.iter().copied().reduce(f64::max);
    if let Some(most) = most.filter(|most| *most >= QUIET) {
        text.push_str(&format!(
            "**The machine was not quiet: while all sides waited, other work took up to {:.0} % of its processors. Measure again.**\n\n",
            100.0 * most
        ));
    }
    if most.is_none() {
        text.push_str("Whether the machine was quiet is not known.\n\n");
    }
    text.push_str(&format!(
        "{} thread{} each, {pinned}; {} rounds, in each of which every side is measured in turn, at \
         least {} s a case. {}, {}, {} cores.\n\n",
        results.threads,
        if results.threads > 1 { "s" } else { "" },
        results.rounds,
        results.seconds,
        environment.rustc,
        environment.system,
        environment.cores,
    ));
    for side in &results.sides {
        let title = title(&side.name);
        text.push_str(&match (&side.version, &side.missing) {
            (Some(version), None) => format!("- {title}: {version}\n"),
            (_, missing) => {
                format!("- {title}: MISSING: {}\n", missing.as_deref().unwrap_or("no reason known"))
            }
        });
    }
    text
}

/// A machine of which less than this is in use is quiet.
const QUIET: f64 = 0.1;

fn title(side: &str) -> &str {
    match Side::of_name(side) {
        Some(known) => known.title(),
        None => side,
    }
}

fn aims(targets: &[Target]) -> String {
    let mut table = Table::new(["aim", "wanted", "measured", ""]);
    for target in targets {
        let wanted = match target.wanted {
            Bound::AtLeast(bound) => format!("at least {bound}"),
            Bound::AtMost(bound) => format!("at most {bound}"),
        };
        let measured = target.measured.map_or_else(|| "–".to_owned(), |m| format!("{m:.2}"));
        let verdict = match target.met() {
            Some(true) => "met",
            Some(false) => "**MISSED**",
            None => "not measured",
        };
        table.row([target.what.clone(), wanted, measured, verdict.to_owned()]);
    }
    table.text()
}

/// Our values of `cases`, and beside them those of every side that has any.
fn comparison(results: &Results, cases: &[&Case], zoo: &Zoo) -> String {
    let peers: Vec<&str> = results
        .sides
        .iter()
        .map(|side| side.name.as_str())
        .filter(|side| *side != OURS && cases.iter().any(|c| results.median(side, c).is_some()))
        .collect();
    let bytes = cases.iter().any(|case| matches!(case, Case::Memory(_)));
    let unit = if bytes { "MiB" } else { "ms" };
    let mut head = vec!["case".to_owned(), format!("rnnlab, {unit}")];
    let rated = cases.iter().any(|case| rate(results, OURS, case, zoo).is_some());
    if rated {
        head.push("rate".to_owned());
    }
    for peer in &peers {
        head.extend([format!("{}, {unit}", title(peer)), "times rnnlab's".to_owned()]);
    }
    let mut table = Table::new(head);
    let dash = || "–".to_owned();
    let number = |value: f64| match bytes {
        true => significant(value / f64::from(1 << 20)),
        false => milliseconds(value),
    };
    for case in cases {
        let (kind, what) = case.words();
        let what = match case {
            Case::SquareProduct { .. } | Case::Triad { .. } | Case::Data => {
                format!("{kind} {what}")
            }
            _ => what,
        };
        let mut row = vec![what, results.median(OURS, case).map_or_else(dash, number)];
        if rated {
            row.push(rate(results, OURS, case, zoo).unwrap_or_else(dash));
        }
        for peer in &peers {
            row.push(results.median(peer, case).map_or_else(dash, number));
            row.push(results.ratio(peer, case).map_or_else(dash, in_words));
        }
        table.row(row);
    }
    table.text()
}

/// Arithmetic or traffic per second.
fn rate(results: &Results, side: &str, case: &Case, zoo: &Zoo) -> Option<String> {
    let seconds = results.median(side, case)?;
    if let Case::Triad { bytes } = case {
        return Some(format!("{:.1} GB/s", *bytes as f64 / seconds / 1e9));
    }
    Work::of(case, zoo).map(|work| format!("{:.1} GFLOP/s", work.products / seconds / 1e9))
}

fn other_cells(results: &Results, zoo: &Zoo) -> String {
    let mut table = Table::new(["cell", "gates", "time per operation"]);
    for entry in zoo.entries() {
        let name = entry.name();
        if let Some(ratio) = time_per_operation(results, zoo, name) {
            let gates = if is_gated(entry) { "yes" } else { "no" };
            table.row([name.to_owned(), gates.to_owned(), format!("{ratio:.2}")]);
        }
    }
    if table.is_empty() {
        return String::new();
    }
    let peak = square_rate(results, zoo);
    let peak = peak.map_or_else(|| "not measured".to_owned(), |peak| format!("{peak:.1} GFLOP/s"));
    format!(
        "\nRates count the matrix products only: 6 T B G H (I + H) for a train step. The highest \
         rate of a square product on any side, {peak}, is what this machine can do.\n\n\
         ## Train steps of all cells, relative to gru_reset_after\n\n{}\n\
         Operations are counted by the zoo from the cells' own code, pointwise ones too. Cells with \
         few products have little to do per number read.\n",
        table.text()
    )
}

fn failures(results: &Results) -> String {
    let failed = results.failures.iter().filter(|failure| failure.failed || failure.side == OURS);
    let lines: String =
        failed.map(|f| format!("- {}, {}: {}\n", title(&f.side), f.case, f.reason)).collect();
    if lines.is_empty() { lines } else { format!("\n## Not measured\n\n{lines}") }
}
