//! Setting the other libraries up, under `target/peers`.

use crate::BenchError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable that names a Python with the peers' packages.
const PYTHON_VARIABLE: &str = "RNNLAB_PEERS_PYTHON";

/// Where the workers are.
pub(super) fn peers_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// Where what they need is put.
pub(super) fn working_folder() -> PathBuf {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    bench.ancestors().nth(2).unwrap_or(bench).join("target/peers")
}

/// A Python with the peers' packages: the one given, the one that the variable names, or one made
/// here. If it cannot be had, the reason.
pub(super) fn python(given: Option<&Path>) -> Result<PathBuf, String> {
    let named = std::env::var_os(PYTHON_VARIABLE).filter(|value| !value.is_empty());
    match given.map(Path::to_owned).or_else(|| named.map(PathBuf::from)) {
        Some(python) => Ok(python),
        None => own_python(),
    }
}

/// A virtual environment with the pinned packages. It is made anew when the pins change.
fn own_python() -> Result<PathBuf, String> {
    let pins = peers_folder().join("requirements.txt");
    let wanted = fs::read_to_string(&pins).map_err(|e| format!("{}: {e}", pins.display()))?;
    let folder = working_folder().join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|there| there == wanted) && python.is_file() {
        return Ok(python);
    }
    eprintln!("installing PyTorch and JAX into {} ...", folder.display());
    let base = if cfg!(windows) { "python" } else { "python3" };
    succeed(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))?;
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&pins))?;
    fs::write(&installed, wanted).map_err(|e| format!("{}: {e}", installed.display()))?;
    Ok(python)
}

/// Builds a worker in Rust, for this very processor, as its library's users would for speed.
pub(super) fn rust_peer(name: &str) -> Result<PathBuf, BenchError> {
    let manifest = peers_folder().join(name).join("Cargo.toml");
    let target = working_folder().join(name);
    eprintln!("building {name} (the first time takes many minutes) ...");
    let mut build = Command::new("cargo");
    build
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", "-C target-cpu=native");
    succeed(&mut build).map_err(BenchError::Missing)?;
    let program = format!("{name}-worker{}", std::env::consts::EXE_SUFFIX);
    Ok(target.join("release").join(program))
}

/// Runs a command to its end; its output goes to ours. If it does not succeed, the reason.
fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    // Standard output is for the table.
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
            Err(format!("`{program} {}` failed ({status})", arguments.join(" ")))
        }
        Err(error) => Err(format!("{program}: {error}")),
    }
}
