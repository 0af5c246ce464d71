//! A process that measures.

use super::setup::working_folder;
use super::side::Side;
use crate::BenchError;
use crate::protocol::{Hello, Reply, Request};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A side's process, waiting for requests. It ends when this is dropped.
pub(super) struct Worker {
    pub(super) side: Side,
    /// What it calls itself.
    pub(super) version: String,
    command: Command,
    process: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
    log: PathBuf,
}

impl Worker {
    /// Starts a worker and waits until it is ready.
    pub(super) fn start(side: Side, command: Command) -> Result<Self, BenchError> {
        let folder = working_folder();
        fs::create_dir_all(&folder).map_err(BenchError::io(&folder))?;
        let log = folder.join(format!("{}.log", side.name()));
        File::create(&log).map_err(BenchError::io(&log))?;
        Self::launch(side, command, log)
    }

    fn launch(side: Side, mut command: Command, log: PathBuf) -> Result<Self, BenchError> {
        let errors = File::options().append(true).open(&log).map_err(BenchError::io(&log))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let program = PathBuf::from(command.get_program());
        let mut process = command.spawn().map_err(BenchError::io(&program))?;
        let gone = || std::io::Error::other("it has no standard input or output");
        let requests = process.stdin.take().ok_or_else(gone);
        let replies = process.stdout.take().ok_or_else(gone);
        let (requests, replies) = (
            requests.map_err(BenchError::io(&program))?,
            replies.map_err(BenchError::io(&program))?,
        );
        let replies = BufReader::new(replies);
        let version = String::new();
        let mut worker = Self { side, version, command, process, requests, replies, log };
        let hello: Hello = worker.hear()?;
        worker.version = hello.version;
        Ok(worker)
    }

    /// Another process of the same side.
    pub(super) fn fresh(&self) -> Result<Self, BenchError> {
        let mut command = Command::new(self.command.get_program());
        command.args(self.command.get_args());
        let variables = self.command.get_envs();
        command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        Self::launch(self.side, command, self.log.clone())
    }

    /// Has a case measured.
    pub(super) fn ask(&mut self, request: &Request) -> Result<Reply, BenchError> {
        let line = serde_json::to_string(request).map_err(BenchError::json("request"))?;
        writeln!(self.requests, "{line}")
            .and_then(|()| self.requests.flush())
            .map_err(|error| self.problem(format!("it takes no requests ({error})")))?;
        self.hear()
    }

    fn hear<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, BenchError> {
        let mut line = String::new();
        let read = self.replies.read_line(&mut line);
        read.map_err(BenchError::io(Path::new(self.side.name())))?;
        match line.is_empty() {
            true => Err(self.problem("it ended without an answer".to_owned())),
            false => serde_json::from_str(&line)
                .map_err(|error| self.problem(format!("it answered `{}` ({error})", line.trim()))),
        }
    }

    fn problem(&self, problem: String) -> BenchError {
        let side = self.side.title().to_owned();
        BenchError::Worker { side, problem, log: self.log.clone() }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
