//! What a figure of scores against costs has no place for.

use crate::extent::without_wild;
use crate::{CostAndScore, Pareto};

impl Pareto {
    /// The cells that the axes have no place for.
    pub fn left_out(&self) -> Vec<&CostAndScore> {
        let reach = self.reach();
        self.cells.iter().filter(|cell| !self.has_place(cell, reach)).collect()
    }

    /// The scores between which cells are shown.
    pub(crate) fn reach(&self) -> Option<(f64, f64)> {
        let costed = self.cells.iter().filter(|cell| has_cost(cell));
        without_wild(&self.measure, costed.map(|cell| cell.score.estimate), [].into_iter())
    }

    pub(crate) fn has_place(&self, cell: &CostAndScore, reach: Option<(f64, f64)>) -> bool {
        let inside = |(low, high): (f64, f64)| (low..=high).contains(&cell.score.estimate);
        has_cost(cell) && reach.is_some_and(inside)
    }

    /// What has no result, by name: `Not shown, without a result: GRU.`; of several settings, how many.
    pub(crate) fn absent_note(&self, repeated: bool) -> Option<String> {
        let told = |name: &&str| {
            let count = self.absent.iter().filter(|other| other == name).count();
            let title = self.frame.title_of(name);
            if repeated { format!("{title} at {count} of its settings") } else { title.to_owned() }
        };
        let names = distinct(self.absent.iter().map(String::as_str));
        let told: Vec<String> = names.iter().map(told).collect();
        (!told.is_empty()).then(|| format!("Not shown, without a result: {}.", told.join(", ")))
    }

    /// What is left out, by name: `Not shown: GRU (∞).`; of several settings, how many.
    pub(crate) fn left_out_note(&self, repeated: bool) -> Option<String> {
        let out = self.left_out();
        let names = distinct(out.iter().map(|cell| cell.cell.as_str()));
        let told = |name: &&str| {
            let ours: Vec<_> = out.iter().filter(|cell| cell.cell == *name).collect();
            let title = self.frame.title_of(name);
            match (repeated, &ours[..]) {
                (false, [only]) => {
                    format!("{title} ({})", self.measure.written(only.score.estimate))
                }
                (_, all) => format!("{title} at {} of its settings", all.len()),
            }
        };
        let told: Vec<String> = names.iter().map(told).collect();
        (!told.is_empty())
            .then(|| format!("Not shown, for a score beyond the axis: {}.", told.join(", ")))
    }
}

/// Names in their order, each once.
fn distinct<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether an axis of costs has a place for it.
fn has_cost(cell: &CostAndScore) -> bool {
    cell.cost.is_finite() && cell.cost > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Frame, Measure, ScoreInterval};

    #[test]
    fn what_is_left_out_is_named() {
        let cell = |name: &str, estimate: f64| CostAndScore {
            cell: name.to_owned(),
            cost: 1.0,
            costs: None,
            score: ScoreInterval { estimate, bounds: None },
        };
        let figure = |cells: Vec<CostAndScore>| Pareto {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            cost: "parameters".to_owned(),
            cells,
            absent: vec![],
            incomparable: false,
        };
        let mut all = vec![cell("gru", 14.3), cell("mgu", 14.4)];
        assert_eq!(figure(all.clone()).left_out_note(false), None);
        all.extend([cell("a", f64::INFINITY), cell("b", 3e290)]);
        let note = figure(all.clone()).left_out_note(false).expect("a note");
        assert_eq!(note, "Not shown, for a score beyond the axis: a (∞), b (3.0e290).");
        all.push(cell("a", f64::INFINITY));
        let note = figure(all).left_out_note(true).expect("a note");
        let end = "a at 2 of its settings, b at 1 of its settings.";
        assert!(note.ends_with(end), "{note}");
    }

    #[test]
    fn what_has_no_result_is_named() {
        let score = ScoreInterval { estimate: 14.3, bounds: None };
        let shown = CostAndScore { cell: "gru".to_owned(), cost: 1.0, costs: None, score };
        let figure = |absent: &[&str]| Pareto {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            cost: "parameters".to_owned(),
            cells: vec![shown.clone()],
            absent: absent.iter().map(|name| (*name).to_owned()).collect(),
            incomparable: false,
        };
        let drawn = |absent: &[&str]| figure(absent).draw().expect("a figure").svg;
        assert!(!drawn(&[]).contains("without a result"));
        let svg = drawn(&["a", "b"]);
        assert!(svg.contains("Not shown, without a result: a, b."), "{svg}");
        let note = "Not shown, without a result: a at 2 of its settings, GRU at 1 of its settings.";
        let svg = drawn(&["a", "a", "gru"]);
        assert!(svg.contains(note), "{svg}");
    }
}
