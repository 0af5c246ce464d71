//! The arms of a sweep by cell and settings.

use super::arms::Arm;
use super::trends::settings;
use serde_json::{Map, Value};

/// Of fewer settings there is nothing to take together.
const FEWEST: usize = 3;

/// Arms by cell and by the values of the swept settings.
pub(super) struct Grid<'a> {
    /// All of them.
    pub arms: &'a [Arm<'a>],
    /// Their cells.
    pub cells: Vec<&'a str>,
    /// Values of the swept settings, cell and seed not among them.
    pub rows: Vec<Map<String, Value>>,
}

impl<'a> Grid<'a> {
    /// The places of all arms.
    pub(super) fn of(arms: &'a [Arm<'a>]) -> Self {
        let mut grid = Self { arms, cells: Vec::new(), rows: Vec::new() };
        for arm in arms {
            if !grid.cells.contains(&arm.cell()) {
                grid.cells.push(arm.cell());
            }
            let row = settings_of(arm);
            if !grid.rows.contains(&row) {
                grid.rows.push(row);
            }
        }
        grid
    }

    /// The swept settings.
    pub(super) fn paths(&self) -> Vec<&String> {
        let mut paths: Vec<&String> = Vec::new();
        for path in self.rows.iter().flat_map(Map::keys) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// The arm at a place.
    pub(super) fn arm(&self, cell: &str, row: &Map<String, Value>) -> Option<&Arm<'a>> {
        self.arms.iter().find(|arm| arm.cell() == cell && settings_of(arm) == *row)
    }

    /// For every setting at which all cells have values, those of each cell; `None` where these are
    /// too few to be taken together, or on different data, where scores differ for other reasons.
    pub(super) fn in_common(
        &self,
        values: impl Fn(&Arm<'_>) -> Vec<f64>,
    ) -> Option<Vec<Vec<Vec<f64>>>> {
        let at = |row: &Map<String, Value>| -> Option<Vec<Vec<f64>>> {
            let all = self.cells.iter().map(|cell| Some(values(self.arm(cell, row)?)));
            let all: Vec<Vec<f64>> = all.collect::<Option<_>>()?;
            all.iter().all(|values| !values.is_empty()).then_some(all)
        };
        let settings: Vec<Vec<Vec<f64>>> = self.rows.iter().filter_map(at).collect();
        let same_data = !self.paths().iter().any(|path| path.starts_with("data."));
        (settings.len() >= FEWEST && self.cells.len() > 1 && same_data).then_some(settings)
    }
}

/// The swept settings of an arm.
fn settings_of(arm: &Arm<'_>) -> Map<String, Value> {
    arm.runs.first().map_or(Map::new(), |run| settings(run))
}
