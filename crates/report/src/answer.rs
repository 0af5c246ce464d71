//! The section that answers the experiment's question: results, costs, differences.

use super::arms::{Arm, deciding, kind_of_interval, sorted};
use super::comparison::{Comparison, comparisons};
use super::document::{Block, Table};
use super::measure::{self, Split, interval, maybe, written};
use super::named_arms::choices;
use super::{costs, lead, statistics};
use stats::Verdict;
use sweep::description::Experiment;
use sweep::records::RunState;
use sweep::tables::{MetricRow, Tables};
use train::{Averaging, Metric};
use words::{NOTHING, capitalised, list};

/// Of more decided pairs than this, those with the best arm stand first and the others are folded away.
const MOST_SENTENCES: usize = 15;

/// More pairs than this that the data do not decide are named in one sentence, and their own are folded away.
const MOST_UNDECIDED: usize = 3;

/// One sentence first, then the results behind it, what may be said of differences, and costs.
pub(super) fn section(
    experiment: &Experiment,
    arms: &[Arm<'_>],
    all: &[Arm<'_>],
    tables: &Tables,
) -> Vec<Block> {
    let groups = sorted(arms);
    let comparisons = comparisons(&groups.concat());
    let mut blocks = lead::blocks(experiment, &groups, &comparisons);
    blocks.extend(experiment.role.sentence().map(Block::Text));
    if all.len() > arms.len() {
        let (text, chosen) = choices(arms, all);
        blocks.extend([Block::Text(text), Block::List(chosen)]);
    }
    blocks.push(Block::Table(results(experiment, &groups, &comparisons, &tables.metrics)));
    blocks.extend(differences(experiment.metric, &groups.concat(), &comparisons));
    blocks.extend(costs::section(experiment, tables, &groups.concat()));
    blocks
}

/// The arms on each data, the best first, the one that is better than all others marked.
fn results(
    experiment: &Experiment,
    groups: &[Vec<Arm<'_>>],
    comparisons: &[Comparison<'_>],
    further: &[MetricRow],
) -> Table {
    let arms = &groups.concat();
    let metric = experiment.metric;
    let title = metric.title();
    let baselines = &experiment.baselines();
    let mut whats: Vec<&str> = Vec::new();
    for baseline in baselines {
        if !whats.contains(&baseline.what.as_str()) {
            whats.push(&baseline.what);
        }
    }
    let on_loss = if metric.is_averaged_on_loss() { ", both taken on the loss" } else { "" };
    let split = deciding(arms);
    let splits: &[Split] = match split {
        Split::Test => &[Split::Test, Split::Valid],
        Split::Valid => &[Split::Valid],
    };
    let further = Further::of(further, metric, split);
    let mut caption = format!(
        "{} ({}): mean over seeds with its 95 % {}{on_loss}; best first by the {} split. {}",
        capitalised(title),
        measure::direction(metric),
        kind_of_interval(arms),
        split.title(),
        whats.join(" ")
    );
    if splits.iter().any(|split| arms.iter().any(|arm| arm.is_cut(*split))) {
        caption.push_str(" Intervals end where scores can be no better, or no worse.");
    }
    if !further.metrics.is_empty() {
        let split = split.title();
        caption.push_str(&format!(" Further metrics are means over seeds on the {split} split."));
        for metric in &further.metrics {
            if let Some(signature) = metric.signature() {
                caption.push_str(&format!(" {}: `{signature}`.", metric.title()));
            }
        }
    }
    let mut columns = vec![String::new()];
    columns.extend(splits.iter().map(|split| format!("#{} {title}", split.name())));
    columns.extend(further.metrics.iter().map(|metric| format!("#{}", metric.title())));
    columns.push("#done / diverged / failed".to_owned());
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(caption, &columns);
    let winners: Vec<&str> =
        groups.iter().filter_map(|group| lead::winner(experiment, group, comparisons)).collect();
    for arm in arms {
        let mark = if winners.contains(&arm.name) { " (best)" } else { "" };
        let mut cells = vec![format!("{}{mark}", arm.name)];
        cells.extend(splits.iter().map(|&split| interval(metric, arm.score(split))));
        cells.extend(further.metrics.iter().map(|metric| further.mean(*metric, arm.name)));
        cells.push(format!(
            "{} / {} / {}",
            arm.count(RunState::Done),
            arm.count(RunState::Diverged),
            arm.count(RunState::Failed)
        ));
        table.row(cells);
    }
    for baseline in baselines {
        let name = match baseline.name.as_str() {
            "unigram" => "unigram (no training)",
            name => name,
        };
        let mut cells = vec![name.to_owned()];
        cells.extend(splits.iter().map(|split| written(metric, split.of_baseline(baseline))));
        cells.resize(columns.len(), NOTHING.to_owned());
        table.row(cells);
    }
    table
}

/// Metrics beside the one that decides.
struct Further<'a> {
    rows: Vec<&'a MetricRow>,
    /// Those that are there, but for the deciding one.
    metrics: Vec<Metric>,
}

impl<'a> Further<'a> {
    fn of(rows: &'a [MetricRow], deciding: Metric, split: Split) -> Self {
        let rows: Vec<&MetricRow> =
            rows.iter().filter(|row| row.split == split.of_data()).collect();
        let there =
            |metric: &Metric| *metric != deciding && rows.iter().any(|row| row.metric == *metric);
        let metrics = Metric::ALL.into_iter().filter(there).collect();
        Self { rows, metrics }
    }

    fn mean(&self, metric: Metric, arm: &str) -> String {
        let ours = self.rows.iter().filter(|row| row.arm == arm && row.metric == metric);
        let values: Vec<f64> = ours.map(|row| row.value).collect();
        maybe(metric, measure::mean(metric, &values))
    }
}

fn differences(metric: Metric, arms: &[Arm<'_>], comparisons: &[Comparison<'_>]) -> Vec<Block> {
    if arms.len() < 2 {
        return Vec::new();
    }
    if comparisons.is_empty() {
        let pairs = || {
            arms.iter()
                .enumerate()
                .flat_map(|(k, one)| arms[..k].iter().map(move |other| (one, other)))
        };
        let same_data = pairs().any(|(one, other)| one.has_data_of(other));
        let why = match same_data {
            true => {
                "No two arms on the same data have two finished seeds in common, so differences between them cannot be told from chance."
            }
            false => "No two arms were trained on the same data, so none is compared with another.",
        };
        return vec![Block::Text(why.to_owned())];
    }
    let (decided, open): (Vec<&Comparison<'_>>, Vec<_>) =
        comparisons.iter().partition(|comparison| comparison.verdict != Verdict::Undecided);
    let best = arms.iter().min_by(|one, other| one.cost().total_cmp(&other.cost()));
    let with_best = |pair: &&&Comparison<'_>| {
        best.is_some_and(|arm| [pair.first, pair.second].contains(&arm.name))
    };
    let sentences = |pairs: &[&Comparison<'_>]| -> Vec<String> {
        pairs.iter().map(|pair| pair.sentence()).collect()
    };
    let (told, rest): (Vec<&Comparison<'_>>, Vec<_>) =
        decided.iter().partition(|pair| decided.len() <= MOST_SENTENCES || with_best(pair));
    let mut items = sentences(&told);
    let many_open = open.len() > MOST_UNDECIDED;
    match many_open {
        false => items.extend(sentences(&open)),
        true => {
            let (equal, undecided): (Vec<&Comparison<'_>>, Vec<_>) =
                open.iter().partition(|pair| pair.is_tie());
            let named = [(equal, "Equal with every common seed"), (undecided, "Not decided")];
            for (pairs, what) in named.into_iter().filter(|(pairs, _)| !pairs.is_empty()) {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|pair| format!("{} and {}", pair.first, pair.second))
                    .collect();
                items.push(format!("{what}: {}.", pairs.join("; ")));
            }
        }
    }
    let split = deciding(arms).title();
    let jointly = match comparisons.len() {
        1 => String::new(),
        pairs => format!(" that hold for all {pairs} pairs at once (Bonferroni)"),
    };
    let mut blocks = vec![
        Block::Text(match metric.averaging() {
            Averaging::Loss { plural } => format!(
                "Runs with the same seed are compared on the {split} split: ratios of their {plural}, with 95 % intervals{jointly}. Where an \
                 interval includes 1, no difference, the data do not decide."
            ),
            Averaging::Values => format!(
                "Runs with the same seed are compared on the {split} split: differences in {}, with 95 % intervals{jointly}. Where an interval \
                 includes no difference, the data do not decide.",
                metric.title()
            ),
        }),
        Block::List(items),
    ];
    let folded = [
        (rest, "The other pairs, without the arm that is best on the validation split"),
        (if many_open { open } else { Vec::new() }, "The pairs that are not decided"),
    ];
    for (pairs, summary) in folded.into_iter().filter(|(pairs, _)| !pairs.is_empty()) {
        let inside = vec![Block::List(sentences(&pairs))];
        blocks.push(Block::Details { summary: summary.to_owned(), blocks: inside });
    }
    blocks.extend(statistics::section(comparisons));
    let compared = |arm: &&Arm<'_>| {
        comparisons.iter().any(|pair| pair.first == arm.name || pair.second == arm.name)
    };
    let alone: Vec<&str> = arms.iter().filter(|arm| !compared(arm)).map(|arm| arm.name).collect();
    if !alone.is_empty() {
        blocks.push(Block::Text(format!(
            "Not compared, for want of two finished seeds in common with another: {}.",
            list(&alone)
        )));
    }
    blocks
}
