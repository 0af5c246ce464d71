//! What single units do over a text.

use super::super::arms::Arm;
use super::super::document::Block;
use super::Probes;
use plot::{ColouredText, PlotError, ReadText};
use sweep::tables::TextRow;

impl Probes<'_> {
    /// The beginning of the validation split, coloured by what single units do.
    pub(super) fn text(&self) -> Result<Option<Block>, PlotError> {
        let rows = &self.tables.text;
        if rows.is_empty() {
            return Ok(None);
        }
        // One run an arm: units of different seeds have nothing to do with each other.
        let units = |arm: &Arm<'_>| -> Vec<ReadText> {
            let first = rows.iter().find(|row| row.arm == arm.name).map(|row| &row.run);
            let ours: Vec<&TextRow> = rows.iter().filter(|row| Some(&row.run) == first).collect();
            let mut texts: Vec<(u64, ReadText)> = Vec::new();
            for row in ours {
                if texts.last().is_none_or(|(unit, _)| *unit != row.unit) {
                    let unit = format!("unit {}, seed {}", row.unit, row.seed);
                    let text = ReadText { cell: arm.name.to_owned(), unit, tokens: Vec::new() };
                    texts.push((row.unit, text));
                }
                if let Some((_, text)) = texts.last_mut() {
                    text.tokens.push((row.token.clone(), row.value));
                }
            }
            texts.into_iter().map(|(_, text)| text).collect()
        };
        let figure = ColouredText {
            frame: self.frames.titled_best("Units that hold on to things"),
            words: self.experiment.metric.tokens() != Some("characters"),
            texts: self.arms.iter().flat_map(units).collect(),
        };
        let caption = "The beginning of the validation split, coloured by the hidden state of one unit after each token: those of the topmost layer \
                       that change most slowly (largest correlation of states ten tokens apart), after training, of the first seed (after Karpathy et \
                       al. 2015).";
        self.picture(figure.draw()?, "text", "A text coloured by single units", caption).map(Some)
    }
}
