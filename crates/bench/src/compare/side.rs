//! The libraries compared, and how each is started.

use super::setup;
use crate::BenchError;
use crate::cli::CompareArgs;
use std::path::Path;
use std::process::{Command, Stdio};

/// One of the libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Rnnlab,
    Torch,
    JaxFlax,
    JaxScan,
    Burn,
    Candle,
}

impl Side {
    /// Its name in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rnnlab => super::results::OURS,
            Self::Torch => "torch",
            Self::JaxFlax => "jax_flax",
            Self::JaxScan => "jax_scan",
            Self::Burn => "burn",
            Self::Candle => "candle",
        }
    }

    /// Its name in tables.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rnnlab => "rnnlab",
            Self::Torch => "PyTorch",
            Self::JaxFlax => "JAX, flax's layers",
            Self::JaxScan => "JAX, by hand",
            Self::Burn => "burn",
            Self::Candle => "candle",
        }
    }

    /// The side with this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|side| side.name() == name)
    }
}

const ALL: [Side; 6] =
    [Side::Rnnlab, Side::Torch, Side::JaxFlax, Side::JaxScan, Side::Burn, Side::Candle];

/// The sides asked for with the command that starts each, or why there is none. What is not on
/// this machine yet is set up.
pub(super) fn sides(
    options: &CompareArgs,
    core: Option<usize>,
    threads: usize,
) -> Vec<(Side, Result<Command, BenchError>)> {
    let python = setup::python(options.python.as_deref());
    let script = |name: &str, arguments: &[&str]| match &python {
        Ok(python) => {
            let mut command = pinned(python, core, threads);
            command.arg(setup::peers_folder().join(name)).args(arguments);
            Ok(command)
        }
        Err(reason) => Err(BenchError::Missing(reason.clone())),
    };
    // JAX has as many threads as it may use cores: only pinning keeps it to as many as the others.
    let jax = |way: &str| match core {
        Some(_) => script("jax_worker.py", &[way]),
        None => {
            let reason = "without `taskset` its threads cannot be limited";
            Err(BenchError::Missing(reason.to_owned()))
        }
    };
    let ours = std::env::current_exe().map_err(BenchError::io(Path::new("this program")));
    let ours = ours.map(|program| {
        let mut command = pinned(&program, core, threads);
        command.args(["serve", "--threads", &threads.to_string()]);
        command
    });
    let mut sides = vec![
        (Side::Rnnlab, ours),
        (Side::Torch, script("torch_worker.py", &[])),
        (Side::JaxFlax, jax("flax")),
        (Side::JaxScan, jax("scan")),
    ];
    if options.rust_peers {
        for side in [Side::Burn, Side::Candle] {
            let built =
                setup::rust_peer(side.name()).map(|program| pinned(&program, core, threads));
            sides.push((side, built));
        }
    }
    sides
}

/// A command that runs on as many cores as threads, from `core` on, with as many threads as far as
/// the environment can say so.
fn pinned(program: &Path, core: Option<usize>, threads: usize) -> Command {
    let mut command = match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            let cores = format!("{core}-{}", core + threads - 1);
            command.args(["-c", &cores]).arg(program);
            command
        }
        None => Command::new(program),
    };
    let count = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"];
    let count = count.map(|name| (name, threads.to_string()));
    command.envs(count).env("JAX_PLATFORMS", "cpu");
    command
}

/// The core that processes can be pinned to: the one asked for, or none where there is no
/// `taskset` (it is part of Linux' util-linux). An error if there is no such core.
pub(super) fn pinned_to(core: usize) -> Result<Option<usize>, BenchError> {
    let mut trial = Command::new("taskset");
    trial.args(["-c", &core.to_string(), "true"]).stderr(Stdio::null());
    match trial.status() {
        Err(_) => {
            eprintln!("no `taskset` here: processes are not pinned to a core");
            Ok(None)
        }
        Ok(status) if status.success() => Ok(Some(core)),
        Ok(_) => Err(BenchError::Missing(format!("--core {core}: there is no such core"))),
    }
}
