//! What a report is about where there are too many arms to speak of each.

use super::arms::Arm;
use super::measure::Split;
use super::trends::{in_words, settings};
use crate::evidence::MOST_NAMED;
use std::collections::BTreeMap;
use sweep::tables::{RunRow, Tables};
use train::Metric;

/// Those that a report is about: all where they are few; else of each cell, on each data, the arm that is
/// best on the validation split.
pub(super) fn named_arms<'a>(arms: &[Arm<'a>]) -> Vec<Arm<'a>> {
    match arms.len() {
        ..=MOST_NAMED => arms.to_vec(),
        _ => best_arm_per_cell(arms),
    }
}

/// Of each cell, on each data, the arm that is best on the validation split.
pub(super) fn best_arm_per_cell<'a>(arms: &[Arm<'a>]) -> Vec<Arm<'a>> {
    let mut best: Vec<&Arm<'a>> = Vec::new();
    for arm in arms {
        let same_kind =
            |other: &&mut &Arm<'a>| other.cell() == arm.cell() && other.has_data_of(arm);
        match best.iter_mut().find(same_kind) {
            Some(other) if arm.cost() < other.cost() => *other = arm,
            Some(_) => {}
            None => best.push(arm),
        }
    }
    best.into_iter().cloned().collect()
}

/// The tables with short names for the arms that a report is about, if it is not about all: `gru` for
/// `gru, learning_rate 0.01, clip 1`.
pub(super) fn shortened(mut tables: Tables, metric: Metric) -> Tables {
    let all = Arm::all(&tables.runs, metric);
    let chosen = named_arms(&all);
    if chosen.len() == all.len() {
        return tables;
    }
    let short = |arm: &Arm<'_>| match in_words(&arm.swept_data()) {
        data if data.is_empty() => arm.cell().to_owned(),
        data => format!("{}, {data}", arm.cell()),
    };
    let names: BTreeMap<String, String> =
        chosen.iter().map(|arm| (arm.name.to_owned(), short(arm))).collect();
    macro_rules! rename {
        ($($table:ident),+) => {
            $(for row in &mut tables.$table {
                if let Some(short) = names.get(&row.arm) {
                    row.arm.clone_from(short);
                }
            })+
        };
    }
    rename!(
        runs,
        evaluations,
        gradient_flow,
        metrics,
        lags,
        jacobians,
        exponents,
        gates,
        context,
        clipping,
        text
    );
    tables
}

/// Which arms of `all` a report is about, in a sentence for each.
pub(super) fn choices(arms: &[Arm<'_>], all: &[Arm<'_>]) -> (String, Vec<String>) {
    let optimism = match arms.first().map(|arm| arm.split) {
        Some(Split::Valid) => " (and, chosen by the same scores, looks a little better than it is)",
        _ => "",
    };
    let text = format!(
        "Of {} combinations of settings, each cell stands here with the one that is best on the validation split{optimism}. All are under \
         \"Every setting\".",
        all.len()
    );
    let choice = |arm: &Arm<'_>| {
        let mut chosen =
            arm.runs.first().map_or_else(Default::default, |run: &&RunRow| settings(run));
        chosen.retain(|path, _| !path.starts_with("data."));
        format!("{}: {}", arm.name, in_words(&chosen))
    };
    (text, arms.iter().map(choice).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;

    /// Three cells at three rates, two seeds each: the middle rate is best on validation, the last on the test.
    fn tables() -> Tables {
        let mut runs = Vec::new();
        for cell in ["rnn", "lstm", "gru"] {
            for (rate, valid, test) in [(0.1, 3.0, 3.0), (0.2, 1.0, 2.0), (0.3, 2.0, 1.0)] {
                for seed in [1, 2] {
                    let axes =
                        format!(r#"{{"cell": "{cell}", "model.dropout": {rate}, "seed": {seed}}}"#);
                    let arm = format!("{cell}, dropout {rate}");
                    runs.push(RunRow {
                        valid_score: Some(valid),
                        test_score: Some(test),
                        ..finished(&arm, cell, seed, &axes)
                    });
                }
            }
        }
        Tables { runs, ..Tables::default() }
    }

    #[test]
    fn of_many_arms_those_best_on_validation_are_named_by_their_cells() {
        let metric = Metric::CROSS_ENTROPY;
        let tables = shortened(tables(), metric);
        let all = Arm::all(&tables.runs, metric);
        let arms = named_arms(&all);
        assert_eq!(arms.iter().map(|arm| arm.name).collect::<Vec<_>>(), ["rnn", "lstm", "gru"]);
        assert!(arms.iter().all(|arm| arm.score(Split::Test).unwrap().estimate == 2.0));
        let (text, list) = choices(&arms, &all);
        assert!(text.starts_with("Of 9 combinations") && !text.contains("looks"), "{text}");
        assert_eq!(list[2], "gru: dropout 0.2");
    }

    #[test]
    fn few_arms_keep_their_names() {
        let mut few = tables();
        few.runs.truncate(16);
        assert_eq!(shortened(few.clone(), Metric::CROSS_ENTROPY), few);
        assert_eq!(named_arms(&Arm::all(&few.runs, Metric::CROSS_ENTROPY)).len(), 8);
    }
}
