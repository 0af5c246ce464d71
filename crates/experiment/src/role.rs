//! What runs are made for: to choose by, or to be compared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use words::list;

/// What a run is made for. It decides which split its model meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Something is chosen by it: it is scored on the validation split and never meets the test split.
    Trial,
    /// It is compared with others: on the test split, which it meets once, at its end.
    Comparison,
    /// Others start from its model: it is scored on the validation split and never meets the test split.
    Pretraining,
}

impl Role {
    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Comparison => "comparison",
            Self::Pretraining => "pretraining",
        }
    }

    /// The role with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Trial, Self::Comparison, Self::Pretraining]
            .into_iter()
            .find(|role| role.name() == name)
    }

    /// Whether models are scored on the test split.
    pub fn meets_test(self) -> bool {
        self == Self::Comparison
    }

    /// For records that name what is unusual only.
    pub fn is_comparison(&self) -> bool {
        *self == Self::Comparison
    }
}

/// What an experiment file says of the runs of its sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatedRole {
    /// Something is chosen by them: no test split.
    Trials,
    /// They are compared on the test split.
    Comparison,
}

impl From<StatedRole> for Role {
    fn from(stated: StatedRole) -> Self {
        match stated {
            StatedRole::Trials => Self::Trial,
            StatedRole::Comparison => Self::Comparison,
        }
    }
}

/// The role of an experiment's runs, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// The role.
    pub role: Role,
    /// The experiment file says so.
    pub stated: bool,
    /// Settings of which one cell, on the same data, takes several values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

impl RoleRecord {
    /// The role of runs with these values of the swept fields: what the file says; else trials where a
    /// cell takes several values of a setting on the same data, for then there is something to choose.
    pub fn of<'a>(
        stated: Option<StatedRole>,
        runs: impl Iterator<Item = &'a Map<String, Value>>,
    ) -> Self {
        let settings = crossed(runs);
        let role = match stated {
            Some(stated) => stated.into(),
            None if settings.is_empty() => Role::Comparison,
            None => Role::Trial,
        };
        Self { role, stated: stated.is_some(), settings }
    }

    /// What the runs are made for, why, and how that is changed; nothing where a comparison of cells or
    /// data goes without saying.
    pub fn sentence(&self) -> Option<String> {
        let settings: Vec<String> = self.settings.iter().map(|path| format!("`{path}`")).collect();
        let settings = list(&settings.iter().map(String::as_str).collect::<Vec<_>>());
        Some(match (self.role, self.stated, self.settings.is_empty()) {
            (Role::Comparison, _, true) | (Role::Pretraining, ..) => return None,
            (Role::Trial, false, _) => format!(
                "These runs are trials, for a cell takes several values of {settings}: they are scored on the validation split only, so that nothing \
                 is chosen by test scores. Where the setting itself is the question, `role: comparison` in the experiment file has them scored on \
                 the test split, too."
            ),
            (Role::Trial, true, _) => "These runs are trials, as the experiment file says (`role: trials`): they are scored on the validation split \
                                       only, so that nothing is chosen by test scores."
                .to_owned(),
            (Role::Comparison, _, false) => format!(
                "These runs compare values of {settings} on the test split, as the experiment file says (`role: comparison`); where one value is \
                 chosen for each cell, it is chosen on the validation split."
            ),
        })
    }
}

/// The swept settings that differ between runs of the same cell on the same data. Seeds are no settings,
/// and what is measured of a run (`probe`) does not change it.
fn crossed<'a>(runs: impl Iterator<Item = &'a Map<String, Value>>) -> Vec<String> {
    let apart = |key: &str| ["cell", "model.cell"].contains(&key) || key.starts_with("data.");
    let setting = |key: &str| !apart(key) && key != "seed" && !key.starts_with("probe.");
    type Values<'a> = Vec<(&'a String, &'a Value)>;
    // The first run of each cell on each data, which the others are held against.
    let mut firsts: Vec<(Values<'a>, Values<'a>)> = Vec::new();
    let mut crossed: Vec<String> = Vec::new();
    for run in runs {
        let place: Values<'a> = run.iter().filter(|(key, _)| apart(key)).collect();
        let settings: Values<'a> = run.iter().filter(|(key, _)| setting(key)).collect();
        match firsts.iter().find(|(known, _)| *known == place) {
            None => firsts.push((place, settings)),
            Some((_, first)) => {
                let differ = settings.iter().filter(|value| !first.contains(value));
                for (key, _) in differ {
                    if !crossed.contains(key) {
                        crossed.push((*key).clone());
                    }
                }
            }
        }
    }
    crossed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The role of runs with these swept values.
    fn of(stated: Option<StatedRole>, runs: Value) -> RoleRecord {
        let runs: Vec<Map<String, Value>> = serde_json::from_value(runs).unwrap();
        RoleRecord::of(stated, runs.iter())
    }

    #[test]
    fn rates_that_go_with_cells_or_data_leave_a_comparison() {
        for runs in [
            json!([{"cell": "rnn", "seed": 1}, {"cell": "rnn", "seed": 2}, {"cell": "gru", "seed": 1}]),
            json!([{"cell": "rnn", "train.learning_rate": 0.1}, {"cell": "gru", "train.learning_rate": 0.2}]),
            json!([{"data.length": 5, "train.clip": 1, "seed": 1}, {"data.length": 9, "train.clip": 2, "seed": 1}]),
            json!([{"data.path": "learning_rate.txt", "seed": 1}, {"data.path": "dropout.txt", "seed": 1}]),
            json!([{"probe.lags": 5}, {"probe.lags": 9}]),
            json!([{}]),
        ] {
            let found = of(None, runs.clone());
            assert_eq!((found.role, found.sentence()), (Role::Comparison, None), "{runs}");
        }
    }

    #[test]
    fn a_setting_swept_within_a_cell_makes_trials() {
        for path in [
            "train.learning_rate",
            "model.dropout",
            "train.clip",
            "model.hidden",
            "match.parameters",
        ] {
            let found = of(None, json!([{"cell": "rnn", path: 1}, {"cell": "rnn", path: 2}]));
            assert_eq!((found.role, &found.settings[..]), (Role::Trial, &[path.to_owned()][..]));
            let sentence = found.sentence().unwrap();
            assert!(sentence.contains(&format!("several values of `{path}`:")), "{sentence}");
            assert!(sentence.contains("`role: comparison`"), "{sentence}");
        }
        // Zipped with the cell, and yet each cell has two.
        let zipped = json!([{"cell": "rnn", "train.clip": 1}, {"cell": "rnn", "train.clip": 2}, {"cell": "gru", "train.clip": 1}]);
        assert_eq!(of(None, zipped).role, Role::Trial);
    }

    #[test]
    fn the_file_has_the_last_word() {
        let sizes = json!([{"model.hidden": 4}, {"model.hidden": 8}]);
        let found = of(Some(StatedRole::Comparison), sizes);
        assert_eq!(found.role, Role::Comparison);
        assert!(
            found
                .sentence()
                .unwrap()
                .contains("compare values of `model.hidden` on the test split")
        );
        let found = of(Some(StatedRole::Trials), json!([{"cell": "rnn"}, {"cell": "gru"}]));
        assert_eq!(found.role, Role::Trial);
        assert!(found.sentence().unwrap().contains("(`role: trials`)"));
    }

    #[test]
    fn names_are_those_of_records() {
        for role in [Role::Trial, Role::Comparison, Role::Pretraining] {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(Role::named(role.name()), Some(role));
        }
        assert_eq!(Role::named("test"), None);
    }
}
