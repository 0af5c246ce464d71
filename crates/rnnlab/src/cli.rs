//! The command line.

use clap::builder::StyledStr;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use sweep::run::Shard;
use train::Beam;

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
  rnnlab show results/gru_vs_lstm                        the results as a table
  rnnlab report results/gru_vs_lstm                      make figures and report again from the tables
  rnnlab list cells                                      the cells: what they cost, gates, papers
  rnnlab convert --to rnnlab lstm.safetensors out.safetensors
                                                         weights from PyTorch (or --to torch)

Data are looked for in the folder RNNLAB_DATA names, in ./data and in the user's cache folder, else
downloaded into the last (not if RNNLAB_OFFLINE is set).";

/// The command line of a program with this name: a user's own, where one with cells of its own runs.
pub fn command(program: &str) -> clap::Command {
    // Names live as long as the program.
    let name: &'static str = program.to_owned().leak();
    let own = |help: Option<&StyledStr>| {
        help.map(|help| help.to_string().replace("\n  rnnlab ", &format!("\n  {name} ")))
    };
    let command = Cli::command().name(name).bin_name(name);
    let examples = own(command.get_after_help());
    command.after_help(examples.unwrap_or_default()).mut_subcommands(|subcommand| {
        match own(subcommand.get_after_help()) {
            Some(examples) => subcommand.after_help(examples),
            None => subcommand,
        }
    })
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train every run of an experiment, then write tables, figures and a report
    ///
    /// Runs that are done are skipped, runs that were cut off continue from their last checkpoint:
    /// repeat the command after any interruption. Ctrl-C stops after a checkpoint of each run at
    /// work, a second one at once. The longest runs start first.
    #[command(after_help = "\
Examples:
  rnnlab run experiments/gru_vs_lstm.yaml --jobs 2
  rnnlab run experiments/gru_vs_lstm.yaml --json | jq 'select(.event == \"evaluation\")'
  rnnlab run experiments/gru_vs_lstm.yaml --shard 2/8    on the second of eight machines")]
    Run(RunArgs),

    /// Show the runs of an experiment with sizes, cost and a rough time; start and write nothing
    #[command(after_help = "Example:\n  rnnlab plan experiments/gru_vs_lstm.yaml --profile full")]
    Plan(ExperimentArgs),

    /// Measure which hidden sizes take the time that `match: {wall_clock: ...}` asks for
    ///
    /// One training step after the other, on one thread, so best on a machine at rest; minutes. What
    /// was measured stands in the experiment's folder and is used by every later `plan` and `run`.
    #[command(after_help = "Example:\n  rnnlab calibrate experiments/study.yaml")]
    Calibrate(ExperimentArgs),

    /// Make tables, figures and report of an experiment again from what its runs recorded
    ///
    /// While the runs are at work, the report of what they left so far stands in DIR/so_far.
    #[command(after_help = "Example:\n  rnnlab report results/gru_vs_lstm --open")]
    Report(ReportArgs),

    /// Write a page over all experiments of a results folder, with the ways to their reports
    #[command(after_help = "Example:\n  rnnlab index results --open")]
    Index(IndexArgs),

    /// Show the results of an experiment: a table of what is compared, with intervals
    ///
    /// Reads what runs left so far, so it can be used while they are at work.
    #[command(after_help = "Example:\n  rnnlab show results/gru_vs_lstm")]
    Show(FolderArgs),

    /// Write what the runs of an experiment recorded as event files for TensorBoard
    ///
    /// One folder a run in DIR/tensorboard: losses, validation metrics, gradient norm, learning rate and
    /// speed. Their times are those of the training, from 0.
    #[command(after_help = "Example:\n  rnnlab tensorboard results/gru_vs_lstm")]
    Tensorboard(FolderArgs),

    /// Show the run that is best on the validation split, and where its model is
    #[command(after_help = "Example:\n  rnnlab best results/gru_vs_lstm")]
    Best(FolderArgs),

    /// Compare two experiments, cell by cell
    #[command(
        after_help = "Example:\n  rnnlab compare results/gru_vs_lstm results/gru_vs_lstm-full"
    )]
    Compare(CompareArgs),

    /// Show what differs between two runs, in configuration and outcome
    #[command(
        after_help = "Example:\n  rnnlab diff results/gru_vs_lstm/runs/gru-s1-* results/gru_vs_lstm/runs/lstm-s1-*"
    )]
    Diff(DiffArgs),

    /// Score a trained model again: on a split of its data, or on a text
    #[command(after_help = "\
Examples:
  rnnlab eval results/study/runs/gru-s1-1a2b3c4d5e6f --split valid
  rnnlab eval results/study/runs/gru-s1-1a2b3c4d5e6f --data letters.txt")]
    Eval(EvalArgs),

    /// Write text with a trained language model
    #[command(
        after_help = "Example:\n  rnnlab generate results/study/runs/gru-s1-1a2b3c4d5e6f --prompt 'the market' --temperature 0.8"
    )]
    Generate(GenerateArgs),

    /// Tell what is said in WAV files with a model trained on recordings
    #[command(
        after_help = "Example:\n  rnnlab transcribe results/speech/runs/gru-s1-1a2b3c4d5e6f recording.wav --beam 10"
    )]
    Transcribe(TranscribeArgs),

    /// Translate lines of the standard input by a trained model, one sentence a line
    #[command(
        after_help = "Example:\n  echo 'Ein Hund schläft.' | rnnlab translate results/study/runs/gru-s1-1a2b3c4d5e6f --beam 5"
    )]
    Translate(TranslateArgs),

    /// Join the parts of an experiment that were done with --shard, then write tables and report
    ///
    /// What is missing is told, and makes the exit code 1, unless --partial says that it may be missing.
    #[command(after_help = "Example:\n  rnnlab merge results/study.part-* --into results/study")]
    Merge(MergeArgs),

    /// Copy description, tables, figures and report of an experiment to where they are kept for others
    ///
    /// Runs write to `results/NAME`, which git ignores; what is published lies in `results/published` and
    /// changes by this command alone. What was published before is replaced if it is a part of the same
    /// work, else refused.
    #[command(after_help = "Example:\n  rnnlab publish results/gru_vs_lstm")]
    Publish(PublishArgs),

    /// List what experiment files can name
    #[command(
        after_help = "Examples:\n  rnnlab list cells\n  rnnlab list cells gru mgu    their equations\n  rnnlab list datasets"
    )]
    List(ListArgs),

    /// Write the JSON Schema of experiment files, by which editors complete and check them
    #[command(after_help = "Example:\n  rnnlab schema > experiment.schema.json")]
    Schema,

    /// Convert the weights of recurrent layers between PyTorch's and rnnlab's names
    ///
    /// Reads a safetensors file that holds a `state_dict` of PyTorch's nn.RNN, nn.LSTM or nn.GRU, or of
    /// one of their cells (alone or in a larger model; F32, F64, F16 or BF16), or a file or checkpoint of rnnlab's, and writes the recurrent
    /// layers the other way. Layers, directions and sizes are taken from the tensors.
    #[command(after_help = "\
Examples:
  rnnlab convert --to rnnlab lstm.safetensors layers.safetensors
  rnnlab convert --to torch --cell rnn checkpoint.safetensors rnn.safetensors

In Python:
  safetensors.torch.save_file(lstm.state_dict(), \"lstm.safetensors\")
  rnn.load_state_dict(safetensors.torch.load_file(\"rnn.safetensors\"))")]
    Convert(ConvertArgs),

    /// List, fetch or check datasets
    #[command(
        after_help = "Examples:\n  rnnlab data list\n  rnnlab data fetch wikitext-2\n  rnnlab data check"
    )]
    Data(DataArgs),

    /// Write a completion script for a shell
    #[command(
        after_help = "Example:\n  rnnlab completions bash > ~/.local/share/bash-completion/completions/rnnlab"
    )]
    Completions(CompletionsArgs),

    /// Write the manual page
    #[command(after_help = "Example:\n  rnnlab man > ~/.local/share/man/man1/rnnlab.1")]
    Man,
}

/// Arguments of `show` and `best`.
#[derive(Debug, Args)]
pub struct FolderArgs {
    /// The experiment's results folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// An experiment's results folder
    #[arg(value_name = "DIR")]
    pub first: PathBuf,

    /// Another's
    #[arg(value_name = "DIR")]
    pub second: PathBuf,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A run's folder
    #[arg(value_name = "RUN")]
    pub first: PathBuf,

    /// Another's
    #[arg(value_name = "RUN")]
    pub second: PathBuf,
}

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The run's folder
    #[arg(value_name = "RUN")]
    pub run: PathBuf,

    /// A file to score instead: a text for a language model, a table for a model of a table. It is
    /// read as the training data were, in the model's own vocabulary; a text as one stream, as a test
    /// split is, while a validation split is read as several side by side
    #[arg(long, value_name = "FILE", conflicts_with = "split")]
    pub data: Option<PathBuf>,

    /// Split of the model's own data
    #[arg(long, value_enum, default_value_t = EvaluatedSplit::Test)]
    pub split: EvaluatedSplit,

    /// Score the model even if its data are no longer those that it was trained on
    #[arg(long, conflicts_with = "data")]
    pub changed_data: bool,

    /// How the answers of a model that writes sentences, or labels of a recording, are searched for
    #[command(flatten)]
    pub beam: BeamArgs,
}

/// A split that was not trained on.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum EvaluatedSplit {
    /// Used to choose settings
    Valid,
    /// Used to report
    Test,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The run's folder
    #[arg(value_name = "RUN")]
    pub run: PathBuf,

    /// What the text begins with
    #[arg(long, value_name = "TEXT")]
    pub prompt: String,

    /// Words (or characters) to write
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub length: usize,

    /// Below 1 more careful, above 1 bolder; 0 always takes the likeliest
    #[arg(long, value_name = "X", default_value_t = 1.0, allow_negative_numbers = true)]
    pub temperature: f64,

    /// Seed of the draws: the same seed writes the same text
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Arguments of `transcribe`.
#[derive(Debug, Args)]
pub struct TranscribeArgs {
    /// The run's folder
    #[arg(value_name = "RUN")]
    pub run: PathBuf,

    /// WAV files, 8 to 48 kHz, of any number of channels
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Prefixes followed side by side; 1 reads the most likely path
    #[arg(long, value_name = "N", default_value = "1", value_parser = above_zero)]
    pub beam: NonZeroUsize,

    /// Draw what is heard into this folder: the spectrogram of each file, and below it the chances of labels
    #[arg(long, value_name = "DIR")]
    pub figures: Option<PathBuf>,

    /// Seconds that a file may have
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = duration)]
    pub longest: f64,
}

/// Arguments of `translate`.
#[derive(Debug, Args)]
pub struct TranslateArgs {
    /// The run's folder
    #[arg(value_name = "RUN")]
    pub run: PathBuf,

    /// How translations are searched for
    #[command(flatten)]
    pub beam: BeamArgs,
}

/// A number from 0 to 100.
fn penalty(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=100.0).contains(value));
    value.ok_or_else(|| "a number from 0 to 100 is allowed".to_owned())
}

/// Seconds above 0.
fn duration(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| *value > 0.0 && value.is_finite());
    value.ok_or_else(|| "a number of seconds above 0 is allowed".to_owned())
}

/// What the length of an answer counts where it is not said.
pub const LENGTH_PENALTY: f64 = 1.0;

/// How answers are searched for.
#[derive(Debug, Args)]
pub struct BeamArgs {
    /// Answers that are looked at side by side; 1 takes the likeliest word at each step
    #[arg(long, value_name = "N", default_value = "1", value_parser = above_zero)]
    pub beam: NonZeroUsize,

    /// Log-probabilities are compared over ((5 + tokens with the end) / 6)^X (Wu et al. 2016); 0 favours short answers
    #[arg(long, value_name = "X", default_value_t = LENGTH_PENALTY, requires = "beam", value_parser = penalty)]
    pub length_penalty: f64,

    /// How much an answer loses that leaves words of the source unattended (there, too); 0 is nothing
    #[arg(long, value_name = "X", default_value_t = 0.0, requires = "beam", value_parser = penalty)]
    pub coverage_penalty: f64,
}

impl BeamArgs {
    /// The beam. An error for a penalty that could not have an effect.
    pub fn beam(&self) -> anyhow::Result<Beam> {
        let Self { beam: size, length_penalty: length, coverage_penalty: coverage } = *self;
        if size == NonZeroUsize::MIN && (length, coverage) != (LENGTH_PENALTY, 0.0) {
            anyhow::bail!(
                "--length-penalty and --coverage-penalty choose between the answers of a beam; with --beam 1 there is one"
            );
        }
        Ok(Beam { size, length, coverage })
    }
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Results folders of the parts
    #[arg(value_name = "DIR", required = true)]
    pub parts: Vec<PathBuf>,

    /// Folder of the whole; what it has already stays
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,

    /// Be content with parts of the plan: exit code 0 even if parts or results are missing
    #[arg(long)]
    pub partial: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
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
    ///
    /// Its terms are shown. A download that broke off goes on where it stopped; the variables
    /// The proxy is that of ALL_PROXY, HTTPS_PROXY or HTTP_PROXY, the first that is set; it must be
    /// http or https. NO_PROXY names exceptions.
    #[command(
        after_help = "Examples:\n  rnnlab data fetch imdb\n  rnnlab data fetch ptb --accept-licence"
    )]
    Fetch {
        /// The dataset's name
        name: String,
        /// Accept terms that restrict what may be done with the dataset; asked for once, also by `run`
        #[arg(long)]
        accept_licence: bool,
    },
    /// Compare every published figure of the datasets on this machine with what their files hold
    ///
    /// One line a figure, `ok` or `WRONG`; exit code 1 if one is wrong.
    Check,
}

/// Arguments of `publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The experiment's folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// Where published experiments are kept
    #[arg(long, value_name = "DIR", default_value = "results/published")]
    pub into: PathBuf,

    /// Replace what is published under this name, even if it is other work, such as another machine's
    #[arg(long)]
    pub force: bool,
}

/// Threads of a run, no more than can work together.
fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let most = compute::Threads::MOST;
    let count: NonZeroUsize =
        text.parse().map_err(|_| format!("a whole number from 1 to {most} is allowed"))?;
    match count.get() <= most {
        true => Ok(count),
        false => Err(format!("at most {most} threads are allowed; more gain nothing")),
    }
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to run.
    #[command(flatten)]
    pub experiment: ExperimentArgs,

    /// Runs side by side; results do not depend on it [default: as many as there are cores for]
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub jobs: Option<NonZeroUsize>,

    /// Threads of each run, which share its batch; they change the last bits of results, and are recorded
    #[arg(long, value_name = "K", default_value_t = NonZeroUsize::MIN, value_parser = threads)]
    pub threads_per_run: NonZeroUsize,

    /// Do only this part of the plan, such as 2/8, in a folder of its own, for `merge` to join
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,

    /// Show what would be trained, as `plan` does; start and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Tell only of what goes wrong
    #[arg(long, conflicts_with = "json")]
    pub quiet: bool,

    /// Write one JSON object a line: runs started, steps (thinned), evaluations, runs ended
    #[arg(long)]
    pub json: bool,
}

/// Which experiment.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// Experiment file (YAML)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Profile of the file to merge over it
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Give a field of the file another value, such as train.epochs=3; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Folder that holds the experiment's own folder
    #[arg(long, value_name = "DIR", default_value = sweep::RESULTS)]
    pub results: PathBuf,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The experiment's results folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// Open the report in the system's browser
    #[arg(long)]
    pub open: bool,
}

/// Arguments of `index`.
#[derive(Debug, Args)]
pub struct IndexArgs {
    /// The folder with the experiments' folders
    #[arg(value_name = "RESULTS", default_value = sweep::RESULTS)]
    pub results: PathBuf,

    /// Open the page in the system's browser
    #[arg(long)]
    pub open: bool,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    pub what: Listed,

    /// Only these, with their equations if they are cells
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// Arguments of `convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Whose names the written file has; the file read has the other's
    #[arg(long, value_enum)]
    pub to: Names,

    /// The cell, where the tensors do not tell it (rnn or rnn_relu)
    #[arg(long, value_name = "NAME")]
    pub cell: Option<String>,

    /// The module of a PyTorch model, where several are recurrent (`encoder.lstm`)
    #[arg(long, value_name = "NAME")]
    pub module: Option<String>,

    /// Replace the file written if there is one
    #[arg(long)]
    pub force: bool,

    /// File to read (safetensors)
    #[arg(value_name = "IN")]
    pub input: PathBuf,

    /// File to write (safetensors)
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
}

/// Whose names tensors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Names {
    /// PyTorch's: weight_ih_l0, ...
    Torch,
    /// rnnlab's: layer 0.input, ...
    Rnnlab,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Listed {
    /// Recurrent cells, with what they cost, gates and papers
    Cells,
    /// Datasets, with sizes, terms and where they are on this machine
    Datasets,
}

/// A number of things of which there is at least one.
fn above_zero(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a whole number above 0 is allowed".to_owned())
}
