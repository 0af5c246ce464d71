//! Two experiments beside each other.

use super::arms::{Arm, Comparison, compared, deciding, kind_of_interval};
use super::document::{Block, Table};
use super::format::NOTHING;
use super::measure::{direction, interval};
use crate::experiment::Experiment;
use crate::tables::Tables;

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// How it is called.
    pub name: &'a str,
    /// What it is.
    pub experiment: &'a Experiment,
    /// What its runs left.
    pub tables: &'a Tables,
}

/// What both measured of the arms that either has, and what may be said of those that both have.
pub(super) fn blocks(sides: [Side<'_>; 2]) -> Vec<Block> {
    let metric = sides[0].experiment.metric;
    let [first, second] = sides.map(|side| Arm::all(&side.tables.runs, metric));
    let mut names: Vec<&str> = Vec::new();
    for arm in first.iter().chain(&second) {
        if !names.contains(&arm.name) {
            names.push(arm.name);
        }
    }
    let columns = sides.map(|side| format!("#{}", side.name));
    let caption = format!(
        "The {} {} ({}): mean over seeds with its 95 % {}.",
        deciding(&first).title(),
        metric.title(),
        direction(metric),
        kind_of_interval(&first)
    );
    let mut table = Table::new(caption, &["", &columns[0], &columns[1]]);
    let find = |arms: &[Arm<'_>], name: &str| arms.iter().position(|arm| arm.name == name);
    for name in &names {
        let score = |arms: &[Arm<'_>]| {
            find(arms, name).map_or(NOTHING.to_owned(), |k| interval(metric, arms[k].result()))
        };
        table.row(vec![(*name).to_owned(), score(&first), score(&second)]);
    }

    // An arm is called by its experiment too.
    let called: Vec<[String; 2]> =
        names.iter().map(|name| sides.map(|side| format!("{name} of {}", side.name))).collect();
    let pairs = names.iter().zip(&called).filter_map(|(name, [ours, theirs])| {
        let ours = Arm { name: ours, ..first[find(&first, name)?].clone() };
        let theirs = Arm { name: theirs, ..second[find(&second, name)?].clone() };
        Some((ours, theirs))
    });
    let sentences: Vec<String> =
        compared(pairs.collect()).iter().map(Comparison::sentence).collect();
    let mut blocks = vec![Block::Table(table)];
    let data = sides.map(|side| &side.experiment.data);
    if data[0].files != data[1].files || data[0].name != data[1].name {
        blocks.push(Block::Warning {
            title: "Different data.".to_owned(),
            text: format!("{} and {}.", data[0].title, data[1].title),
        });
    }
    blocks.push(match sentences.is_empty() {
        true => Block::Text(
            "Nothing has two finished seeds in both, so differences cannot be told from chance."
                .to_owned(),
        ),
        false => Block::List(sentences),
    });
    blocks
}
