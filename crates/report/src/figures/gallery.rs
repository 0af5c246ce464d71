//! The figures of a report in their order, and a sentence in the place of each that would show nothing.

use super::super::arms::Arm;
use super::super::document::{Block, Picture};
use super::super::measure::Split;
use plot::{Figure, PlotError};
use std::path::Path;
use sweep::records::RunState;
use words::list;

/// Figures, saved in a folder.
pub(super) struct Gallery<'a> {
    folder: &'a Path,
    pub(super) blocks: Vec<Block>,
}

impl<'a> Gallery<'a> {
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder, blocks: Vec::new() }
    }

    /// Saves a figure with its words.
    pub(super) fn keep(
        &mut self,
        figure: Figure,
        stem: &str,
        alt: String,
        caption: String,
    ) -> Result<(), PlotError> {
        figure.save(self.folder, stem)?;
        let picture = Picture { stem: stem.to_owned(), svg: figure.svg, alt, caption };
        self.blocks.push(Block::Figure(picture));
        Ok(())
    }

    /// Says that a figure is not there.
    pub(super) fn leave_out(&mut self, title: &str, arms: &[Arm<'_>]) {
        self.blocks.push(not_drawn(title, arms));
    }
}

/// Says that a figure of these arms is not there, and why.
pub(in super::super) fn not_drawn(title: &str, arms: &[Arm<'_>]) -> Block {
    let count = |state: RunState| arms.iter().map(|arm| arm.count(state)).sum::<usize>();
    let runs: usize = arms.iter().map(|arm| arm.runs.len()).sum();
    let why = match (count(RunState::Diverged), count(RunState::Done)) {
        (diverged, _) if diverged == runs => ": every run diverged",
        (_, 0) => ": no run is finished",
        _ => "",
    };
    Block::Text(format!(
        "No figure \"{title}\", for there is no finite value that it could show{why}."
    ))
}

/// Which of the arms have no finite score on a split, in a sentence that goes on a caption; empty where all have
/// one.
pub(super) fn without_end(arms: &[Arm<'_>], split: Split) -> String {
    let names = |wanted: &dyn Fn(&Arm<'_>) -> bool| -> Vec<String> {
        arms.iter().filter(|arm| wanted(arm)).map(|arm| arm.name.to_owned()).collect()
    };
    let infinite =
        |arm: &Arm<'_>| arm.score(split).is_some_and(|score| !score.estimate.is_finite());
    let diverged =
        |arm: &Arm<'_>| arm.count(RunState::Done) == 0 && arm.count(RunState::Diverged) > 0;
    let told = [
        (names(&infinite), "Not finite at the end, so at the edge of the axis (∞)"),
        (names(&diverged), "Diverged in every run"),
    ];
    let told = told.into_iter().filter(|(names, _)| !names.is_empty()).map(|(names, what)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!(" {what}: {}.", list(&names))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finished;
    use super::*;
    use sweep::tables::RunRow;
    use train::Metric;

    fn run(arm: &str, state: RunState, loss: f64) -> RunRow {
        RunRow { state, valid_loss: Some(loss), ..finished(arm, arm, 1, "{}") }
    }

    #[test]
    fn arms_without_a_finite_end_are_named() {
        let runs = [
            run("a", RunState::Done, 2.7),
            run("b", RunState::Done, 6e5),
            run("c", RunState::Diverged, f64::NAN),
        ];
        let arms = Arm::all(&runs, Metric::PERPLEXITY);
        assert_eq!(
            without_end(&arms, Split::Valid),
            " Not finite at the end, so at the edge of the axis (∞): b. Diverged in every run: c."
        );
        assert_eq!(without_end(&arms[..1], Split::Valid), "");
    }

    #[test]
    fn a_figure_that_is_left_out_is_told() {
        let runs = [run("a", RunState::Diverged, f64::NAN), run("b", RunState::Diverged, f64::NAN)];
        let said = not_drawn("How gates are used", &Arm::all(&runs, Metric::PERPLEXITY));
        let Block::Text(said) = said else { panic!("{said:?}") };
        assert_eq!(
            said,
            "No figure \"How gates are used\", for there is no finite value that it could show: every run diverged."
        );
    }
}
