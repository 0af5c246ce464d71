//! What models wrote: sentences side by side, the worst ones, quality against length, attention.

use super::arms::Arm;
use super::document::{Block, Table};
use super::figures::Frames;
use super::measure::axis;
use metrics::{Bleu, BleuCounts, Chrf};
use plot::{AttentionMap, AttentionMaps, CellCurve, Measure, Trend};
use std::collections::{BTreeMap, BTreeSet};
use sweep::tables::{AttentionRow, RunRow, SentenceRow};
use train::Metric;
use words::NOTHING;

/// Sentences side by side.
const SHOWN: usize = 10;
/// The worst ones.
const WORST: usize = 5;
/// Ranges of lengths with about as many sentences each.
const RANGES: usize = 6;
/// Sentences whose attention is mapped, of a single arm.
const MAPS: usize = 4;
/// Of several.
const MAPPED_TOGETHER: usize = 2;
/// Tokens of the longest answer whose attention is mapped.
const LONGEST_MAPPED: usize = 40;
/// Arms whose attention is mapped.
const MAPPED_ARMS: usize = 3;

/// Sentences with what each arm's first run wrote, and those that all arms translate worst; nothing where no
/// sentences were written.
pub(super) fn section(arms: &[Arm<'_>], rows: &[SentenceRow]) -> Vec<Block> {
    let mut sentences: Vec<&SentenceRow> = Vec::new();
    let first: Vec<Option<&str>> = arms.iter().map(|arm| first_run(arm, rows)).collect();
    if let Some(run) = first.iter().flatten().next() {
        sentences = rows.iter().filter(|row| row.run == **run).collect();
    }
    if sentences.is_empty() {
        return Vec::new();
    }
    let chosen: Vec<u64> = (0..SHOWN.min(sentences.len()))
        .map(|k| sentences[k * sentences.len() / SHOWN.min(sentences.len())].number)
        .collect();
    let side_by_side = "Sentences of the test split, evenly spaced, with what the first finished run of each arm wrote, the likeliest token at each step.".to_owned();
    let worst = format!(
        "The {WORST} sentences of the test split that are translated worst: by chrF of a sentence, on average over all runs."
    );
    vec![
        Block::Table(table(side_by_side, arms, &first, rows, &chosen)),
        Block::Table(table(worst, arms, &first, rows, &worst_of(arms, rows))),
    ]
}

/// The first run of an arm that wrote sentences.
fn first_run<'r>(arm: &Arm<'_>, rows: &'r [SentenceRow]) -> Option<&'r str> {
    let mut runs = arm.runs.iter();
    runs.find_map(|run| rows.iter().find(|row| row.run == run.run)).map(|row| row.run.as_str())
}

fn table(
    caption: String,
    arms: &[Arm<'_>],
    runs: &[Option<&str>],
    rows: &[SentenceRow],
    numbers: &[u64],
) -> Table {
    let mut columns = vec!["source", "reference"];
    columns.extend(arms.iter().map(|arm| arm.name));
    let mut table = Table::new(caption, &columns);
    for &number in numbers {
        let Some(any) = rows.iter().find(|row| row.number == number) else { continue };
        let mut cells = vec![any.source.clone(), any.reference.clone()];
        cells.extend(runs.iter().map(|run| {
            let ours =
                rows.iter().find(|row| row.number == number && Some(row.run.as_str()) == *run);
            ours.map_or(NOTHING.to_owned(), |row| row.answer.clone())
        }));
        table.row(cells);
    }
    table
}

/// The numbers of the sentences with the least chrF, on average over the runs of the arms.
fn worst_of(arms: &[Arm<'_>], rows: &[SentenceRow]) -> Vec<u64> {
    let mut scores: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| arms.iter().any(|arm| arm.name == row.arm)) {
        let score = Chrf.counts(&row.answer, &row.reference).score();
        scores.entry(row.number).or_default().push(score);
    }
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let mut all: Vec<(u64, f64)> = scores.iter().map(|(&k, scores)| (k, mean(scores))).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    // Of sentences that stand in the split several times, one.
    let texts = |number: u64| {
        let row = rows.iter().find(|row| row.number == number);
        row.map(|row| (row.source.as_str(), row.reference.as_str()))
    };
    let mut seen = BTreeSet::new();
    let different = all.into_iter().map(|(number, _)| number);
    different.filter(|&number| seen.insert(texts(number))).take(WORST).collect()
}

/// BLEU of sentences of about the same length, against that length.
pub(super) fn by_length(frames: &Frames<'_>, arms: &[Arm<'_>], rows: &[SentenceRow]) -> Trend {
    let shown: Vec<&SentenceRow> =
        rows.iter().filter(|row| arms.iter().any(|arm| arm.name == row.arm)).collect();
    let ends = range_ends(&shown);
    let range = |length: u64| ends.partition_point(|&end| end < length);
    let cell = |arm: &Arm<'_>| {
        let curve = |run: &&RunRow| {
            let mut counts = vec![(0_u64, 0_u64, BleuCounts::default()); ends.len()];
            for row in rows.iter().filter(|row| row.run == run.run) {
                let Some((count, steps, bleu)) = counts.get_mut(range(row.steps)) else { continue };
                *count += 1;
                *steps += row.steps;
                *bleu += Bleu::CASED.counts(&row.answer, &row.reference);
            }
            let there = counts.into_iter().filter(|(count, ..)| *count > 0);
            there.map(|(count, steps, bleu)| (steps as f64 / count as f64, bleu.corpus())).collect()
        };
        CellCurve {
            cell: arm.name.to_owned(),
            runs: arm.runs.iter().map(curve).collect(),
            diverged: Vec::new(),
        }
    };
    Trend {
        frame: frames.titled_best("BLEU against the length of the source"),
        measure: Measure { title: "BLEU".to_owned(), ..axis(Metric::BLEU) },
        x: "tokens of the source".to_owned(),
        cells: arms.iter().map(cell).collect(),
        baselines: Vec::new(),
    }
}

/// The longest source of each range, shortest first, of all rows together: sentences of one length are in one
/// range.
fn range_ends(rows: &[&SentenceRow]) -> Vec<u64> {
    // Arms on other data, or with other tokens, have other lengths.
    let mut lengths: Vec<u64> = rows.iter().map(|row| row.steps).collect();
    lengths.sort_unstable();
    let last = lengths.len().saturating_sub(1);
    let mut ends: Vec<u64> =
        (1..=RANGES).filter_map(|k| lengths.get(last * k / RANGES).copied()).collect();
    ends.dedup();
    ends
}

/// Maps of the attention of the first run of each arm that has some, sentence by sentence.
pub(super) fn attention(
    frames: &Frames<'_>,
    arms: &[Arm<'_>],
    rows: &[AttentionRow],
) -> Option<AttentionMaps> {
    let runs: Vec<&RunRow> = arms
        .iter()
        .filter_map(|arm| arm.runs.iter().find(|run| rows.iter().any(|row| row.run == run.run)))
        .copied()
        .take(MAPPED_ARMS)
        .collect();
    let first = runs.first()?;
    let of_first = rows.iter().filter(|row| row.run == first.run);
    let numbers: BTreeSet<u64> = of_first.map(|row| row.number).collect();
    let sentences = if runs.len() > 1 { MAPPED_TOGETHER } else { MAPS };
    let map = |(number, run): (u64, &RunRow)| {
        let ours = rows.iter().filter(|row| row.run == run.run && row.number == number);
        let mut map = AttentionMap {
            heading: format!("{}, sentence {}", run.arm, number + 1),
            read: Vec::new(),
            written: Vec::new(),
            shares: Vec::new(),
        };
        for row in ours {
            if row.read_at == 0 {
                map.written.push(row.written.clone());
                map.shares.push(Vec::new());
            }
            if row.written_at == 0 {
                map.read.push(row.read.clone());
            }
            if let Some(shares) = map.shares.last_mut() {
                shares.push(row.share);
            }
        }
        map
    };
    Some(AttentionMaps {
        frame: frames.titled_best("What each word attends to"),
        maps: numbers
            .into_iter()
            .take(sentences)
            .flat_map(|number| runs.iter().map(move |run| (number, *run)))
            .map(map)
            // One that repeats itself would fill pages.
            .filter(|map| !map.shares.is_empty() && map.written.len() <= LONGEST_MAPPED)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;

    fn row(run: &str, number: u64, steps: u64, reference: &str, answer: &str) -> SentenceRow {
        SentenceRow {
            run: run.to_owned(),
            arm: run.to_owned(),
            seed: 1,
            number,
            steps,
            source: format!("source {number}"),
            reference: reference.to_owned(),
            answer: answer.to_owned(),
        }
    }

    #[test]
    fn sentences_stand_side_by_side_and_the_worst_apart() {
        let runs = [finished("a", "a", 1, "{}"), finished("b", "b", 1, "{}")];
        let arms = Arm::all(&runs, Metric::PERPLEXITY);
        let mut rows = Vec::new();
        for number in 0..20 {
            let reference = format!("the {number} cats sleep on the mat");
            let answer = if number == 13 { "no" } else { &reference };
            rows.push(row(&runs[0].run, number, 5, &reference, answer));
            rows.push(row(&runs[1].run, number, 5, &reference, &reference));
        }
        // Rows are called by their runs, arms by their names.
        for row in &mut rows {
            row.arm = runs.iter().find(|run| run.run == row.run).unwrap().arm.clone();
        }
        let blocks = section(&arms, &rows);
        let [Block::Table(side), Block::Table(worst)] = &blocks[..] else { panic!("{blocks:?}") };
        assert_eq!((side.rows.len(), side.columns.len()), (10, 4));
        assert_eq!(side.rows[1][0], "source 2");
        assert_eq!(worst.rows[0][0], "source 13");
        assert!(worst.rows[0].contains(&"no".to_owned()));
        assert!(section(&arms, &[]).is_empty());
    }

    #[test]
    fn ranges_of_lengths_have_about_as_many_sentences() {
        let rows: Vec<SentenceRow> = (1..=60).map(|k| row("a", k, k, "x", "x")).collect();
        assert_eq!(range_ends(&rows.iter().collect::<Vec<_>>()), [10, 20, 30, 40, 50, 60]);
        let same: Vec<SentenceRow> = (1..=60).map(|k| row("a", k, 7, "x", "x")).collect();
        assert_eq!(range_ends(&same.iter().collect::<Vec<_>>()), [7]);
        // An arm with other tokens: no sentence of it is beyond the last range.
        let longer = (1..=60).map(|k| row("b", k, 4 * k, "x", "x"));
        let both: Vec<SentenceRow> = rows.into_iter().chain(longer).collect();
        assert_eq!(range_ends(&both.iter().collect::<Vec<_>>()).last(), Some(&240));
    }
}
