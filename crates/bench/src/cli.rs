//! The command line.

use crate::Shape;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// How fast rnnlab is, alone and beside other libraries.
#[derive(Debug, Parser)]
#[command(name = "rnnlab-bench", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Time rnnlab alone: layers, models' train steps, the data pipeline
    Measure(MeasureArgs),

    /// Time rnnlab and other libraries in turn; store table and figure
    Compare(CompareArgs),

    /// Make table and figure of a comparison again from its results.json
    Report {
        /// The comparison's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },

    /// Answer measuring requests on standard input: rnnlab's side of a comparison
    #[command(hide = true)]
    Serve {
        /// Threads of a layer
        #[arg(long, default_value_t = NonZeroUsize::MIN)]
        threads: NonZeroUsize,
    },
}

/// Arguments of `measure`.
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// What to time
    #[arg(long, value_name = "PART,...", value_delimiter = ',', default_values = PARTS)]
    pub parts: Vec<Part>,

    /// Cells, by their names in the zoo, or `all`
    #[arg(long, value_name = "CELL,...", value_delimiter = ',', default_values = SHORT_LIST)]
    pub cells: Vec<String>,

    /// Shapes of the layers: time steps, batch, input size, hidden size
    #[arg(long, value_name = "T,B,I,H", num_args = 1.., default_values_t = Shape::DEFAULT)]
    pub shapes: Vec<Shape>,

    /// Seconds for each of the things timed, at least
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = seconds)]
    pub seconds: f64,

    /// File to write the measurements to
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Cells that are timed unless others are asked for.
pub const SHORT_LIST: [&str; 4] = ["rnn", "lstm", "gru", "gru_reset_after"];

const PARTS: [&str; 4] = ["peak", "layer", "model", "data"];

/// What can be timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// What this machine can do
    Peak,
    /// A layer's train step, forward pass, and steps one at a time
    Layer,
    /// A language model's and a translation model's train step, the loss of labels at no known steps
    Model,
    /// The data pipeline (Penn Treebank, in the folder that RNNLAB_DATA names)
    Data,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A short run: two shapes, two rounds, little time each
    #[arg(long)]
    pub quick: bool,

    /// Also burn and candle, which take many minutes to build the first time
    #[arg(long)]
    pub rust_peers: bool,

    /// Rounds: in each, all sides are measured in turn [default: 5, quick: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: Option<u16>,

    /// Seconds for each case, side and round, at least [default: 0.5, quick: 0.1]
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub seconds: Option<f64>,

    /// Threads of every side; each count is a comparison of its own, with more than one a shorter one
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1,2")]
    pub threads: Vec<NonZeroUsize>,

    /// Shapes of the layers: time steps, batch, input size, hidden size [default: five, quick: two]
    #[arg(long, value_name = "T,B,I,H", num_args = 1..)]
    pub shapes: Vec<Shape>,

    /// Processor core that all sides are pinned to, in turn; with more threads, the first of them
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub core: usize,

    /// Python that has the packages of crates/bench/peers/requirements.txt [default: what
    /// RNNLAB_PEERS_PYTHON names, else one set up under target/peers]
    #[arg(long, value_name = "PROGRAM")]
    pub python: Option<PathBuf>,

    /// Folder in which the comparison's own folder is made
    #[arg(long, value_name = "DIR", default_value = "results/bench")]
    pub results: PathBuf,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("between 0 and 3600 seconds, such as 0.5".to_owned()),
    }
}
