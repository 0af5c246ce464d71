//! The section that answers the experiment's question: results, costs, differences.

use super::arms::{Arm, Comparison, comparisons};
use super::document::{Block, Table};
use super::format::{
    NOTHING, count, interval, list, mebibytes, perplexity, side_by_side, thousands,
};
use crate::experiment::Experiment;
use stats::Verdict;

/// Results first, then what may be said of differences, then costs.
pub(super) fn section(experiment: &Experiment, arms: &[Arm<'_>]) -> Vec<Block> {
    let mut blocks =
        vec![Block::Heading("The answer".to_owned()), Block::Table(results(experiment, arms))];
    blocks.extend(differences(arms));
    blocks.push(Block::Table(costs(experiment, arms)));
    blocks
}

fn results(experiment: &Experiment, arms: &[Arm<'_>]) -> Table {
    let mut table = Table::new(
        "Perplexity (lower is better): mean over seeds with its 95 % Student-t interval, both taken on the loss. The unigram model only counts words.",
        &["", "#test perplexity", "#valid perplexity", "#done / diverged / failed"],
    );
    for arm in arms {
        table.row(vec![
            arm.name.to_owned(),
            interval(arm.test_perplexity()),
            interval(arm.valid_perplexity()),
            format!("{} / {} / {}", arm.count("done"), arm.count("diverged"), arm.count("failed")),
        ]);
    }
    table.row(vec![
        "unigram (no training)".to_owned(),
        perplexity(Some(experiment.data.unigram_test_nll.exp())),
        perplexity(Some(experiment.data.unigram_valid_nll.exp())),
        NOTHING.to_owned(),
    ]);
    table
}

fn costs(experiment: &Experiment, arms: &[Arm<'_>]) -> Table {
    let mut table = Table::new(
        format!(
            "Sizes and costs. FLOPs are those of the forward pass, per token. Tokens / s in training: median over seeds, measured {}. Memory of \
             a training step is computed from sizes, not a measured peak.",
            side_by_side(experiment)
        ),
        &[
            "",
            "#hidden",
            "#parameters",
            "#of these in the cell",
            "#FLOPs",
            "#learning rate",
            "#tokens / s",
            "#memory, MiB",
        ],
    );
    for arm in arms {
        let Some(first) = arm.runs.first() else {
            continue;
        };
        let speed = stats::median(&arm.values(|run| run.tokens_per_second));
        table.row(vec![
            arm.name.to_owned(),
            first.hidden.to_string(),
            thousands(first.parameters),
            thousands(first.cell_parameters),
            count(first.flops_per_token),
            first.learning_rate.to_string(),
            speed.map_or(NOTHING.to_owned(), count),
            arm.runs
                .iter()
                .find_map(|run| run.training_bytes)
                .map_or(NOTHING.to_owned(), |bytes| mebibytes(bytes as f64)),
        ]);
    }
    table
}

fn differences(arms: &[Arm<'_>]) -> Vec<Block> {
    if arms.len() < 2 {
        return Vec::new();
    }
    let comparisons = comparisons(arms);
    if comparisons.is_empty() {
        return vec![Block::Text(
            "No two arms have two finished seeds in common, so differences between them cannot be told from chance.".to_owned(),
        )];
    }
    let (decided, open): (Vec<&Comparison<'_>>, Vec<_>) =
        comparisons.iter().partition(|comparison| comparison.verdict != Verdict::Undecided);
    let sentences = decided.into_iter().chain(open).map(Comparison::sentence).collect();
    let jointly = match comparisons.len() {
        1 => String::new(),
        pairs => format!(" that hold for all {pairs} pairs at once (Bonferroni)"),
    };
    let mut blocks = vec![
        Block::Text(format!(
            "Runs with the same seed are compared on the test split: ratios of their perplexities, with 95 % intervals{jointly}. Where an interval \
             includes 1, no difference, the data do not decide."
        )),
        Block::List(sentences),
    ];
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
