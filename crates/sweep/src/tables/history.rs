//! One run's steps and evaluations as a table of its own.

use super::rows::HistoryRow;
use super::{TableError, parquet};
use crate::records::{RunFolder, write_unsynced};
use train::Event;

/// Writes `metrics.parquet` into the folder of a run, from what it recorded line by line.
pub fn write_history(run: &RunFolder) -> Result<(), TableError> {
    let rows: Vec<HistoryRow> = run.events()?.into_iter().filter_map(row).collect();
    Ok(write_unsynced(&run.history(), &parquet(&rows)?)?)
}

/// Whether that file is there and, after a power cut, more than its name.
pub(crate) fn has_history(run: &RunFolder) -> bool {
    std::fs::metadata(run.history()).is_ok_and(|file| file.len() > 0)
}

fn row(event: Event) -> Option<HistoryRow> {
    match event {
        Event::Step(step) => Some(HistoryRow {
            kind: "step".to_owned(),
            step: step.step as u64,
            tokens: step.tokens as u64,
            seconds: step.seconds,
            train_loss: Some(step.loss),
            gradient_norm: Some(step.gradient_norm),
            learning_rate: Some(step.learning_rate),
            valid_loss: None,
            valid_metrics: None,
        }),
        Event::Evaluation(evaluation) => Some(HistoryRow {
            kind: "evaluation".to_owned(),
            step: evaluation.step as u64,
            tokens: evaluation.tokens as u64,
            seconds: evaluation.seconds,
            train_loss: None,
            gradient_norm: None,
            learning_rate: None,
            valid_loss: Some(evaluation.valid_loss),
            valid_metrics: serde_json::to_string(&evaluation.metrics).ok(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Row;
    use polars::prelude::{ParquetReader, SerReader};
    use std::fs::{self, File};
    use train::{Evaluation, Metric, Step};

    #[test]
    fn steps_and_evaluations_stand_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::of(folder.path(), "gru-s1");
        fs::create_dir_all(run.history().parent().unwrap()).unwrap();
        let step = |step: usize| {
            Event::Step(Step {
                step,
                steps: 2,
                tokens: 20 * step,
                seconds: step as f64,
                loss: 5.0 - step as f64,
                gradient_norm: 0.5,
                learning_rate: 0.1,
            })
        };
        let evaluation = Evaluation {
            step: 2,
            tokens: 40,
            seconds: 2.0,
            valid_loss: 3.5,
            metrics: [(Metric::ACCURACY, 0.25)].into(),
        };
        let mut log = run.log().unwrap();
        for event in [step(1), step(2), Event::Evaluation(evaluation)] {
            log.add(&event).unwrap();
        }
        write_history(&run).unwrap();
        let frame = ParquetReader::new(File::open(run.history()).unwrap()).finish().unwrap();
        let rows = HistoryRow::from_frame(&frame).unwrap();
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.kind.as_str(), row.step, row.train_loss, row.valid_loss))
            .collect();
        assert_eq!(
            told,
            [
                ("step", 1, Some(4.0), None),
                ("step", 2, Some(3.0), None),
                ("evaluation", 2, None, Some(3.5))
            ]
        );
        assert_eq!(rows[2].valid_metrics.as_deref(), Some(r#"{"accuracy":0.25}"#));
    }
}
