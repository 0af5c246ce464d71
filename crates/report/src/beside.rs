//! Two experiments beside each other. Of two scores something is said only where they are scores of the same
//! split of the same data.

use super::arms::{Arm, alike, kind_of_interval};
use super::comparison::{Comparison, compared};
use super::document::{Block, Table};
use super::measure::{Split, direction, interval};
use experiment::role::Role;
use experiment::spec::written;
use serde_json::Value;
use sweep::description::{DataRecord, Experiment};
use sweep::tables::Tables;
use words::{NOTHING, counted, list, thousands};

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
    // What something may be chosen by has no test scores, and what compares has both.
    let split = match sides.iter().all(|side| side.experiment.role.role == Role::Comparison) {
        true => Split::Test,
        false => Split::Valid,
    };
    let [mut first, mut second] = sides.map(|side| Arm::all(&side.tables.runs, metric));
    alike(&mut [&mut first, &mut second]);
    for arm in first.iter_mut().chain(&mut second) {
        arm.split = split;
    }
    let mut names: Vec<&str> = Vec::new();
    for arm in first.iter().chain(&second) {
        if !names.contains(&arm.name) {
            names.push(arm.name);
        }
    }
    let columns = sides.map(|side| format!("#{}", side.name));
    let caption = format!(
        "The {} {} ({}): mean over seeds with its 95 % {}.",
        split.title(),
        metric.title(),
        direction(metric),
        kind_of_interval(if first.is_empty() { &second } else { &first })
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
    let mut different: Vec<(String, Vec<&str>)> = Vec::new();
    let mut pairs = Vec::new();
    for (name, [ours, theirs]) in names.iter().zip(&called) {
        let (Some(one), Some(two)) = (find(&first, name), find(&second, name)) else { continue };
        let one = Arm { name: ours, ..first[one].clone() };
        let two = Arm { name: theirs, ..second[two].clone() };
        let data = [(sides[0], &one), (sides[1], &two)].map(|(side, arm)| {
            let swept = arm.swept_data();
            side.experiment.all_data().find(|data| data.swept == swept)
        });
        let why = match data {
            [Some(ours), Some(theirs)] => difference(ours, theirs),
            _ => Some("their data are not recorded".to_owned()),
        };
        match why {
            None => pairs.push((one, two)),
            Some(why) => match different.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) => names.push(name),
                None => different.push((why, vec![name])),
            },
        }
    }
    let has_pairs = !pairs.is_empty();
    let has_nothing_in_common = pairs.is_empty() && different.is_empty();
    let sentences: Vec<String> = compared(pairs).iter().map(Comparison::sentence).collect();

    let mut blocks = vec![Block::List(sides.map(|side| about(side, split)).into())];
    blocks.push(Block::Table(table));
    for (why, names) in different {
        blocks.push(Block::Warning {
            title: "Different data.".to_owned(),
            text: format!(
                "{}: {why}. These scores stand beside each other and say nothing about which is better.",
                list(&names)
            ),
        });
    }
    if !sentences.is_empty() {
        blocks.push(Block::List(sentences));
    } else if has_pairs {
        blocks.push(Block::Text(
            "Nothing has two finished seeds in both, so differences cannot be told from chance."
                .to_owned(),
        ));
    } else if has_nothing_in_common {
        blocks.push(Block::Text(
            "No arm stands in both, so nothing is compared: arms of one name are, with the seeds that both have."
                .to_owned(),
        ));
    }
    blocks
}

/// What a side is, and which of its scores are shown.
fn about(side: Side<'_>, split: Split) -> String {
    let runs = &side.tables.runs;
    let mut seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let role = match side.experiment.role.role {
        Role::Comparison => "runs that compare",
        Role::Trial => "trials, which have no test scores",
        Role::Pretraining => "runs that others start from, which have no test scores",
    };
    format!(
        "{}: {role}; {} with {}, on {}; {} split",
        side.name,
        counted(runs.len(), "run"),
        counted(seeds.len(), "seed"),
        side.experiment.data_title(),
        split.title()
    )
}

/// In what two data differ; nothing where scores on them can be compared.
fn difference(one: &DataRecord, two: &DataRecord) -> Option<String> {
    if one.fingerprint == two.fingerprint {
        return None;
    }
    if one.stand_in != two.stand_in {
        return Some("one is the generated stand-in, the other is real".to_owned());
    }
    if one.name != two.name {
        return Some(format!("one is {}, the other {}", one.title, two.title));
    }
    let settings = settings(&one.settings, &two.settings);
    if !settings.is_empty() {
        return Some(format!(
            "they were made or read with other settings ({})",
            settings.join("; ")
        ));
    }
    let sizes = |data: &DataRecord| {
        data.sequences.unwrap_or(data.tokens).map(|count| thousands(count as u64)).join(", ")
    };
    Some(match sizes(one) == sizes(two) {
        true => "they have one name and size, and other content".to_owned(),
        false => format!("their splits are of {} and of {}", sizes(one), sizes(two)),
    })
}

/// Settings that differ: `kinds 2 and 4`.
fn settings(one: &Value, two: &Value) -> Vec<String> {
    let keys = [one, two].into_iter().filter_map(Value::as_object).flat_map(|fields| fields.keys());
    let mut keys: Vec<&String> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    let value = |of: &Value, key: &str| of.get(key).map_or("nothing".to_owned(), written);
    keys.into_iter()
        .filter(|key| one.get(*key) != two.get(*key))
        .map(|key| format!("{key} {} and {}", value(one, key), value(two, key)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;
    use serde_json::json;
    use sweep::tables::RunRow;

    fn experiment(role: &str, data: Value) -> Experiment {
        let mut record = serde_json::to_value(super::super::testing::experiment()).unwrap();
        record["role"]["role"] = role.into();
        if let (Some(record), Value::Object(data)) = (record["data"].as_object_mut(), data) {
            record.extend(data);
        }
        serde_json::from_value(record).unwrap()
    }

    fn runs(seeds: u64, role: Role, valid: f64) -> Tables {
        // With a spread of differences over seeds.
        let score = |seed: u64| valid + 0.01 * seed as f64 + 1e-4 * valid * seed as f64;
        let run = |seed: u64| RunRow {
            role,
            valid_score: Some(score(seed)),
            test_score: role.meets_test().then_some(10.0 + score(seed)),
            ..finished("gru", "gru", seed, "{}")
        };
        Tables { runs: (1..=seeds).map(run).collect(), ..Tables::default() }
    }

    fn text(first: (&Experiment, &Tables), second: (&Experiment, &Tables)) -> String {
        let side = |name, (experiment, tables)| Side { name, experiment, tables };
        let text = super::super::terminal::render(
            &blocks([side("one", first), side("two", second)]),
            None,
        );
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_the_same_split_of_the_same_data_is_compared() {
        let comparison = experiment("comparison", json!({}));
        let trial = experiment("trial", json!({}));
        let (compares, better) = (runs(3, Role::Comparison, 2.0), runs(3, Role::Comparison, 1.0));
        let said = text((&comparison, &compares), (&comparison, &better));
        assert!(
            said.contains("The test squared error") && said.contains("runs that compare"),
            "{said}"
        );
        assert!(
            said.contains("gru of two is better than gru of one here: its test squared error"),
            "{said}"
        );

        // A trial has no test scores: both stand with those of the validation split.
        let said = text((&comparison, &compares), (&trial, &runs(3, Role::Trial, 1.0)));
        assert!(
            said.contains("The validation squared error") && said.contains("trials, which have no"),
            "{said}"
        );
        assert!(said.contains("its validation squared error") && !said.contains("12.0"), "{said}");
    }

    #[test]
    fn experiments_without_a_common_arm_are_not_compared() {
        let one = experiment("comparison", json!({}));
        let ours = runs(3, Role::Comparison, 1.0);
        let other = |run: &RunRow| RunRow { arm: "lstm".to_owned(), ..run.clone() };
        let theirs = Tables { runs: ours.runs.iter().map(other).collect(), ..Tables::default() };
        let said = text((&one, &ours), (&one, &theirs));
        assert!(said.contains("No arm stands in both"), "{said}");
        assert!(!text((&one, &ours), (&one, &ours)).contains("No arm stands in both"));
    }

    #[test]
    fn scores_on_other_data_stand_side_by_side_without_a_verdict() {
        let one = experiment("comparison", json!({}));
        for (data, why) in [
            (
                json!({"fingerprint": "b", "settings": {"name": "dyck", "kinds": 4}}),
                "other settings (kinds 2 and 4)",
            ),
            (json!({"fingerprint": "b", "stand_in": true}), "one is the generated stand-in"),
            (
                json!({"fingerprint": "b", "name": "copy", "title": "copying"}),
                "one is Dyck, the other copying",
            ),
            (
                json!({"fingerprint": "b", "sequences": [3, 3, 4]}),
                "their splits are of 3, 3, 3 and of 3, 3, 4",
            ),
            (json!({"fingerprint": "b"}), "one name and size, and other content"),
        ] {
            let two = experiment("comparison", data);
            let said = text(
                (&one, &runs(3, Role::Comparison, 1.0)),
                (&two, &runs(3, Role::Comparison, 2.0)),
            );
            assert!(said.contains("Different data.") && said.contains(why), "{said}");
            assert!(said.contains("11.02") && !said.contains("better than gru"), "{said}");
        }
    }

    /// Twelve seeds would have a bootstrap interval of their own; four have not.
    #[test]
    fn both_sides_have_one_kind_of_interval() {
        let one = experiment("comparison", json!({}));
        let (many, few) = (runs(12, Role::Comparison, 1.0), runs(4, Role::Comparison, 2.0));
        for said in [text((&one, &many), (&one, &few)), text((&one, &few), (&one, &many))] {
            assert!(
                said.contains("its 95 % Student-t interval.") && !said.contains("BCa"),
                "{said}"
            );
        }
        assert!(text((&one, &many), (&one, &many)).contains("its 95 % BCa bootstrap interval."));
        let alone = super::super::measure::interval(
            one.metric,
            Arm::all(&many.runs, one.metric)[0].result(),
        );
        let beside = text((&one, &many), (&one, &few));
        assert!(!beside.contains(&alone), "{alone} is a bootstrap interval: {beside}");
    }
}
