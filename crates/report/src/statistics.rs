//! What lies behind the sentences that compare: intervals, tests, chances.

use super::comparison::Comparison;
use super::document::{Block, Table};
use crate::evidence::joint_level;
use stats::{holm, probability_of_improvement, sign_flip_p};
use words::{NOTHING, figures};

/// Seeds of the draws where a test has too many pairs for all choices of signs.
const SEED: u64 = 0;

/// Every pair in a table, and how its columns are to be read.
pub(super) fn section(comparisons: &[Comparison<'_>]) -> Option<Block> {
    let fewest = comparisons.iter().map(Comparison::pairs).min()?;
    let tests: Option<Vec<f64>> = comparisons.iter().map(sign_flip).collect();
    let adjusted = tests.as_deref().and_then(holm);
    let mut table = Table::new(
        "Every pair. First ahead: the chance that a run of the first is better than one of the second, seeds not paired.",
        &["first", "second", "#paired seeds", "#sign-flip p", "#p, Holm", "#first ahead"],
    );
    for (place, comparison) in comparisons.iter().enumerate() {
        let p = |values: &Option<Vec<f64>>| {
            values.as_ref().map_or(NOTHING.to_owned(), |values| chance(values[place]))
        };
        table.row(vec![
            comparison.first.to_owned(),
            comparison.second.to_owned(),
            comparison.pairs().to_string(),
            p(&tests),
            p(&adjusted),
            ahead(comparison).map_or(NOTHING.to_owned(), chance),
        ]);
    }
    Some(Block::Details {
        summary: "The statistics of every pair".to_owned(),
        blocks: vec![
            Block::Text(interval(comparisons.len())),
            Block::Text(test(fewest, comparisons.len())),
            Block::Table(table),
        ],
    })
}

/// Which interval the sentences have, and why.
fn interval(pairs: usize) -> String {
    let level = match pairs {
        1 => String::new(),
        _ => format!(
            " With {pairs} pairs each has the level {} %, so that all hold together at 95 %.",
            figures(100.0 * joint_level(pairs))
        ),
    };
    format!(
        "The sentences rest on Student's t interval of the mean paired difference. It takes differences for roughly normal, which few seeds \
         cannot show; a bootstrap of few seeds would be too narrow, for it never leaves their range.{level}"
    )
}

/// What the test that takes nothing for normal can tell with so few pairs.
fn test(seeds: usize, pairs: usize) -> String {
    let least = (2.0 / 2.0_f64.powi(seeds.min(1000) as i32) * pairs as f64).min(1.0);
    let reach = match least <= 0.05 {
        true => "it can decide here",
        false => "it cannot decide here, however large the differences",
    };
    format!(
        "The sign-flip test takes nothing for normal: p is how often the mean difference would be as large if the sign of each were the toss of \
         a coin. Holm's correction is for the number of pairs. The smallest corrected p that {seeds} seeds allow is {}: {reach}.",
        chance(least)
    )
}

fn sign_flip(comparison: &Comparison<'_>) -> Option<f64> {
    let (first, second) = values(comparison);
    sign_flip_p(&first, &second, SEED)
}

/// The chance that a run of the first is better.
fn ahead(comparison: &Comparison<'_>) -> Option<f64> {
    let (first, second) = values(comparison);
    match comparison.metric.higher_is_better() {
        true => probability_of_improvement(&[(&second, &first)]),
        false => probability_of_improvement(&[(&first, &second)]),
    }
}

fn values(comparison: &Comparison<'_>) -> (Vec<f64>, Vec<f64>) {
    comparison.scores.iter().copied().unzip()
}

/// `0.25`, `0.031`, `0.0020`; below that `< 0.001`.
fn chance(value: f64) -> String {
    match value {
        value if value >= 0.1 => format!("{value:.2}"),
        value if value >= 0.001 => format!("{value:.3}"),
        0.0 => "0".to_owned(),
        _ => "< 0.001".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Split;
    use super::*;
    use stats::{Interval, Verdict};
    use train::Metric;

    fn comparison(metric: Metric, scores: Vec<(f64, f64)>) -> Comparison<'static> {
        let difference = Interval { estimate: 0.0, bounds: None };
        let (split, verdict) = (Split::Test, Verdict::Undecided);
        Comparison { first: "a", second: "b", metric, split, scores, difference, verdict }
    }

    #[test]
    fn pairs_are_tested_and_corrected() {
        // Six differences of one sign: p = 2 / 2⁶; those of the other pair cancel.
        let clear = (0..6).map(|seed| (f64::from(seed), f64::from(seed) + 10.0)).collect();
        let open = vec![(1.0, 2.0), (2.0, 1.0)];
        let pairs = [comparison(Metric::PERPLEXITY, clear), comparison(Metric::ACCURACY, open)];
        let Some(Block::Details { blocks, .. }) = section(&pairs) else { panic!("no section") };
        let [.., Block::Table(table)] = &blocks[..] else { panic!("no table") };
        assert_eq!(table.rows[0][2..], ["6", "0.031", "0.062", "1.00"]);
        assert_eq!(table.rows[1][2..], ["2", "1.00", "1.00", "0.50"]);
        assert!(section(&[]).is_none());
    }

    #[test]
    fn what_few_seeds_cannot_decide_is_said() {
        assert!(test(3, 3).contains("allow is 0.75: it cannot decide"), "{}", test(3, 3));
        assert!(test(9, 3).contains("allow is 0.012: it can decide"), "{}", test(9, 3));
    }

    #[test]
    fn of_accuracies_the_larger_is_ahead() {
        let scores = vec![(0.9, 0.8), (0.9, 0.7)];
        assert_eq!(ahead(&comparison(Metric::ACCURACY, scores.clone())), Some(1.0));
        assert_eq!(ahead(&comparison(Metric::SQUARED_ERROR, scores)), Some(0.0));
    }
}
