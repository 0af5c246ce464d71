//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Compares recurrent network cells: from an experiment file to trained models, tables, figures
/// and a report.
#[derive(Debug, Parser)]
#[command(name = "rnnlab", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  rnnlab plan experiments/gru_vs_lstm.yaml               what would be trained, how large, how long
  rnnlab run experiments/gru_vs_lstm.yaml                train; write results/gru_vs_lstm/report.html
  rnnlab run experiments/gru_vs_lstm.yaml --profile full the long version, in results/gru_vs_lstm-full/
  rnnlab report results/gru_vs_lstm                      make figures and report again from the tables
  rnnlab list cells                                      the cells, with their equations

Data are looked for in the folder RNNLAB_DATA names, in ./data and in the user's cache folder, else
downloaded into the last (not if RNNLAB_OFFLINE is set).";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train every run of an experiment, then write tables, figures and a report
    ///
    /// Runs that are done are skipped, runs that were cut off continue from their last checkpoint:
    /// repeat the command after any interruption.
    #[command(after_help = "Example:\n  rnnlab run experiments/gru_vs_lstm.yaml --jobs 2")]
    Run(RunArgs),

    /// Show the runs of an experiment with sizes, cost and a rough time; start and write nothing
    #[command(after_help = "Example:\n  rnnlab plan experiments/gru_vs_lstm.yaml --profile full")]
    Plan(PlanArgs),

    /// Make tables, figures and report of an experiment again from what its runs recorded
    #[command(after_help = "Example:\n  rnnlab report results/gru_vs_lstm")]
    Report(ReportArgs),

    /// List what experiment files can name
    #[command(after_help = "Examples:\n  rnnlab list cells\n  rnnlab list datasets")]
    List(ListArgs),

    /// List, fetch or check datasets
    #[command(
        after_help = "Examples:\n  rnnlab data list\n  rnnlab data fetch wikitext-2\n  rnnlab data check"
    )]
    Data(DataArgs),
}

/// Arguments of `data`.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: DataAction,
}

/// What to do with datasets.
#[derive(Debug, Subcommand)]
pub enum DataAction {
    /// List datasets, with sizes, terms and where they are on this machine
    List,
    /// Fetch a dataset into the user's cache folder, verified by its checksums
    Fetch {
        /// The dataset's name
        name: String,
        /// Accept the terms of a dataset that restrict its use
        #[arg(long)]
        accept_licence: bool,
    },
    /// Compare every published figure of the datasets on this machine with what their files hold
    Check,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to run.
    #[command(flatten)]
    pub experiment: PlanArgs,

    /// Runs side by side, one thread each [default: one per processor core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Folder in which the experiment's own folder is made
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// Which experiment.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Experiment file (YAML)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Profile of the file to merge over it
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The experiment's results folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    pub what: Listed,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Listed {
    /// Recurrent cells, with gates, equations and papers
    Cells,
    /// Datasets, with sizes, terms and where they are on this machine
    Datasets,
}
