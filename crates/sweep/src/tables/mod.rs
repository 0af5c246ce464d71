//! The records of all runs as tables, and their files.
//!
//! Figures and reports are made from these tables and `experiment.json` alone, so whoever has the
//! published results folder (without the runs' own folders) can make them again.

mod collect;
mod history;
mod rows;
mod table;

pub use collect::collect;
pub(crate) use history::has_history;
pub use history::write_history;
pub use rows::{
    AttentionRow, ClipRow, ConfusionRow, ContextRow, EvaluationRow, ExponentRow, FlowRow, GateRow,
    GroupRow, HistoryRow, JacobianRow, LagRow, MetricRow, PosteriorRow, RunRow, SentenceRow,
    SpectrogramRow, StepRow, TextRow,
};
pub use table::{Row, Value};

use crate::records::{RecordError, write_atomically};
use polars::prelude::{
    CsvWriter, DataFrame, ParquetReader, ParquetWriter, PolarsError, SerReader, SerWriter,
};
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the blank of connectionist temporal classification is called in tables.
pub const BLANK: &str = "<blank>";

/// All tables of an experiment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tables {
    /// One row for every run.
    pub runs: Vec<RunRow>,
    /// Learning curves.
    pub evaluations: Vec<EvaluationRow>,
    /// Thinned optimiser steps.
    pub steps: Vec<StepRow>,
    /// Gradient flow.
    pub gradient_flow: Vec<FlowRow>,
    /// Further metrics.
    pub metrics: Vec<MetricRow>,
    /// Right answers by lag.
    pub lags: Vec<LagRow>,
    /// Errors of recordings by group, where there are recordings.
    pub groups: Vec<GroupRow>,
    /// Classes of recordings taken for others, where there are recordings with classes.
    pub confusions: Vec<ConfusionRow>,
    /// Singular values of the state's Jacobian.
    pub jacobians: Vec<JacobianRow>,
    /// Lyapunov exponents.
    pub exponents: Vec<ExponentRow>,
    /// How open gates are.
    pub gates: Vec<GateRow>,
    /// Losses with little context.
    pub context: Vec<ContextRow>,
    /// How often gradients were clipped.
    pub clipping: Vec<ClipRow>,
    /// Units over a text.
    pub text: Vec<TextRow>,
    /// Sentences that were written; the table is there if some were.
    pub sentences: Vec<SentenceRow>,
    /// What their tokens attend to; the same.
    pub attention: Vec<AttentionRow>,
    /// A recording that was heard; the same.
    pub spectrogram: Vec<SpectrogramRow>,
    /// What was heard in it; the same.
    pub posteriors: Vec<PosteriorRow>,
}

/// A table could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file of a record or table could not be handled.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// polars refused.
    #[error("{table}: {error}")]
    Polars {
        /// The table's file.
        table: String,
        /// Why.
        error: PolarsError,
    },
    /// polars needs threads, and panics where there are none.
    #[error(
        "the {count} threads that tables are made with cannot be started: {error}; POLARS_MAX_THREADS=1 makes do with one"
    )]
    Threads {
        /// How many.
        count: usize,
        /// Why not.
        error: std::io::Error,
    },
    /// The folder holds no tables.
    #[error(
        "{0}: there are no results here; give an experiment's folder, such as results/gru_vs_lstm"
    )]
    Absent(String),
}

impl Tables {
    /// Writes every table as Parquet (for programs) and CSV (for people) into `folder`.
    pub fn write(&self, folder: &Path) -> Result<(), TableError> {
        fs::create_dir_all(folder).map_err(RecordError::io(folder))?;
        write(folder, &self.runs)?;
        write(folder, &self.evaluations)?;
        write(folder, &self.steps)?;
        write(folder, &self.gradient_flow)?;
        write(folder, &self.metrics)?;
        write(folder, &self.lags)?;
        write_some(folder, &self.groups)?;
        write_some(folder, &self.confusions)?;
        write(folder, &self.jacobians)?;
        write(folder, &self.exponents)?;
        write(folder, &self.gates)?;
        write(folder, &self.context)?;
        write(folder, &self.clipping)?;
        write(folder, &self.text)?;
        write_some(folder, &self.sentences)?;
        write_some(folder, &self.attention)?;
        write_some(folder, &self.spectrogram)?;
        write_some(folder, &self.posteriors)
    }

    /// Reads every table of `folder`.
    pub fn read(folder: &Path) -> Result<Self, TableError> {
        Ok(Self {
            runs: read(folder)?,
            evaluations: read(folder)?,
            steps: read(folder)?,
            gradient_flow: read(folder)?,
            metrics: read(folder)?,
            lags: read(folder)?,
            groups: read_some(folder)?,
            confusions: read_some(folder)?,
            jacobians: read(folder)?,
            exponents: read(folder)?,
            gates: read(folder)?,
            context: read(folder)?,
            clipping: read(folder)?,
            text: read(folder)?,
            sentences: read_some(folder)?,
            attention: read_some(folder)?,
            spectrogram: read_some(folder)?,
            posteriors: read_some(folder)?,
        })
    }
}

/// Makes sure, once, that polars can start its threads.
fn threads_are_there() -> Result<(), TableError> {
    static CHECKED: AtomicBool = AtomicBool::new(false);
    if CHECKED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let told = std::env::var("POLARS_MAX_THREADS").ok().and_then(|count| count.parse().ok());
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let count = told.unwrap_or_else(cores);
    machine::can_start_threads(count).map_err(|error| TableError::Threads { count, error })?;
    CHECKED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Rows as the content of a Parquet file.
fn parquet<R: Row>(rows: &[R]) -> Result<Vec<u8>, TableError> {
    threads_are_there()?;
    let polars = |error| TableError::Polars { table: R::TABLE.to_owned(), error };
    let mut parquet = Vec::new();
    let mut frame = R::to_frame(rows).map_err(polars)?;
    ParquetWriter::new(&mut parquet).finish(&mut frame).map_err(polars)?;
    Ok(parquet)
}

fn write<R: Row>(folder: &Path, rows: &[R]) -> Result<(), TableError> {
    threads_are_there()?;
    let polars = |error| TableError::Polars { table: R::TABLE.to_owned(), error };
    let mut frame = R::to_frame(rows).map_err(polars)?;
    write_atomically(&folder.join(format!("{}.parquet", R::TABLE)), &parquet(rows)?)?;
    let mut csv = Vec::new();
    CsvWriter::new(&mut csv).finish(&mut frame).map_err(polars)?;
    Ok(write_atomically(&folder.join(format!("{}.csv", R::TABLE)), &csv)?)
}

/// Writes a table that only some tasks have: without rows it is not there.
fn write_some<R: Row>(folder: &Path, rows: &[R]) -> Result<(), TableError> {
    if !rows.is_empty() {
        return write(folder, rows);
    }
    for extension in ["parquet", "csv"] {
        let path = folder.join(format!("{}.{extension}", R::TABLE));
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(RecordError::Io { path, error }.into()),
        }
    }
    Ok(())
}

/// Reads a table that only some tasks have.
fn read_some<R: Row>(folder: &Path) -> Result<Vec<R>, TableError> {
    match folder.join(format!("{}.parquet", R::TABLE)).exists() {
        true => read(folder),
        false => Ok(Vec::new()),
    }
}

/// Reads one table.
pub fn read<R: Row>(folder: &Path) -> Result<Vec<R>, TableError> {
    let path = folder.join(format!("{}.parquet", R::TABLE));
    let polars = |error| TableError::Polars { table: path.display().to_string(), error };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(TableError::Absent(
                folder.parent().unwrap_or(folder).display().to_string(),
            ));
        }
        Err(error) => return Err(RecordError::Io { path, error }.into()),
    };
    threads_are_there()?;
    let frame: DataFrame = ParquetReader::new(file).finish().map_err(polars)?;
    R::from_frame(&frame).map_err(polars)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of the tables are no results.
    #[test]
    fn a_missing_table_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let tables = folder.path().join("tables");
        Tables::default().write(&tables).unwrap();
        assert_eq!(Tables::read(&tables).unwrap(), Tables::default());
        // What only some tasks have is there with rows alone.
        assert!(!tables.join("groups.parquet").exists());
        let row = ConfusionRow {
            run: "a".to_owned(),
            arm: "gru".to_owned(),
            seed: 1,
            asked: "3".to_owned(),
            answered: "7".to_owned(),
            count: 3,
        };
        let with = Tables { confusions: vec![row], ..Tables::default() };
        with.write(&tables).unwrap();
        assert_eq!(Tables::read(&tables).unwrap(), with);
        Tables::default().write(&tables).unwrap();
        assert_eq!(Tables::read(&tables).unwrap(), Tables::default());
        fs::remove_file(tables.join("text.parquet")).unwrap();
        assert!(matches!(Tables::read(&tables), Err(TableError::Absent(_))));
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let rows: Vec<EvaluationRow> = (0..3)
            .map(|step| EvaluationRow {
                run: format!("lstm-{step}"),
                arm: "lstm, \"quoted\"".to_owned(),
                seed: u64::MAX,
                step,
                tokens: 20 * step,
                seconds: 0.1 * step as f64,
                valid_loss: f64::NAN,
                valid_score: None,
            })
            .collect();
        write(folder.path(), &rows).unwrap();
        let back: Vec<EvaluationRow> = read(folder.path()).unwrap();
        assert_eq!(back.len(), 3);
        assert_eq!(back[2].run, rows[2].run);
        assert_eq!((back[2].seed, back[2].seconds), (u64::MAX, rows[2].seconds));
        assert!(
            fs::read_to_string(folder.path().join("evaluations.csv"))
                .unwrap()
                .starts_with("run,arm,seed,")
        );
        write::<FlowRow>(folder.path(), &[]).unwrap();
        assert_eq!(read::<FlowRow>(folder.path()).unwrap(), []);
    }
}
