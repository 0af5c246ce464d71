//! Recordings by who speaks and by how many labels they have, and which class is taken for which.

use super::arms::{Arm, deciding};
use super::document::{Block, Table};
use super::measure::{Split, written};
use std::collections::BTreeSet;
use sweep::tables::{ConfusionRow, GroupRow};
use train::Metric;
use words::NOTHING;

/// Tables of errors by group, and of classes; nothing where there are no recordings.
pub(super) fn section(
    arms: &[Arm<'_>],
    groups: &[GroupRow],
    confusions: &[ConfusionRow],
) -> Vec<Block> {
    // Trials are not to be judged by the test split.
    if deciding(arms) == Split::Valid {
        return Vec::new();
    }
    let by = [
        ("speaker", "Label errors on the test split by who speaks, all seeds together."),
        (
            "labels",
            "Label errors on the test split by how many labels there are, all seeds together.",
        ),
    ];
    let tables = by.into_iter().filter_map(|(by, caption)| errors(arms, groups, by, caption));
    tables
        .chain(arms.iter().filter_map(|arm| confused(arm, confusions)))
        .map(Block::Table)
        .collect()
}

/// Error rates of each arm by group.
fn errors(arms: &[Arm<'_>], rows: &[GroupRow], by: &str, caption: &str) -> Option<Table> {
    let of: Vec<&GroupRow> = rows.iter().filter(|row| row.by == by).collect();
    let mut names: Vec<&str> = Vec::new();
    for row in &of {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    names.sort_by_key(|name| (name.parse::<u64>().unwrap_or(0), *name));
    if names.is_empty() {
        return None;
    }
    let headings: Vec<String> = names.iter().map(|name| format!("#{name}")).collect();
    let columns: Vec<&str> =
        std::iter::once("").chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(caption, &columns);
    for arm in arms {
        let rate = |name: &&str| {
            let ours = of.iter().filter(|row| row.arm == arm.name && row.name == **name);
            let [labels, errors] =
                ours.fold([0, 0], |sum, row| [sum[0] + row.labels, sum[1] + row.errors]);
            match labels {
                0 => NOTHING.to_owned(),
                _ => written(Metric::LABEL_ERROR_RATE, errors as f64 / labels as f64),
            }
        };
        let mut cells = vec![arm.name.to_owned()];
        cells.extend(names.iter().map(rate));
        table.row(cells);
    }
    Some(table)
}

/// How often which class was answered to which, for one arm.
fn confused(arm: &Arm<'_>, rows: &[ConfusionRow]) -> Option<Table> {
    let ours: Vec<&ConfusionRow> = rows.iter().filter(|row| row.arm == arm.name).collect();
    let classes: BTreeSet<&str> =
        ours.iter().flat_map(|row| [row.asked.as_str(), row.answered.as_str()]).collect();
    if classes.is_empty() {
        return None;
    }
    let caption = format!(
        "{}: which class (row) was taken for which (column) on the test split, all seeds together.",
        arm.name
    );
    let headings: Vec<String> = classes.iter().map(|class| format!("#{class}")).collect();
    let columns: Vec<&str> =
        std::iter::once("").chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(&caption, &columns);
    for &asked in &classes {
        let count = |answered: &&str| {
            let of = ours.iter().filter(|row| row.asked == asked && row.answered == *answered);
            match of.map(|row| row.count).sum::<u64>() {
                0 => NOTHING.to_owned(),
                count => words::thousands(count),
            }
        };
        let mut cells = vec![asked.to_owned()];
        cells.extend(classes.iter().map(count));
        table.row(cells);
    }
    Some(table)
}
