//! Our own side of a comparison.

use crate::ours::{Prepared, prepare};
use crate::protocol::{Hello, Reply, Request};
use crate::{BenchError, Case, repeat};
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{BufRead, Write};
use std::path::Path;
use zoo::Zoo;

/// Answers requests until the input ends. What was prepared for a case is kept for the next time.
pub fn serve(
    requests: &mut dyn BufRead,
    replies: &mut dyn Write,
    zoo: &Zoo,
) -> Result<(), BenchError> {
    let mut ready: HashMap<Case, Prepared> = HashMap::new();
    let version = format!("rnnlab {}", env!("CARGO_PKG_VERSION"));
    say(replies, &Hello { version })?;
    for line in requests.lines() {
        let line = line.map_err(BenchError::io(Path::new("standard input")))?;
        let request: Request = serde_json::from_str(&line).map_err(BenchError::json("request"))?;
        let reply = match answer(&request, &mut ready, zoo) {
            Ok(values) => Reply::Values(values),
            Err(BenchError::Missing(reason)) => Reply::Missing(reason),
            Err(error) => Reply::Failed(error.to_string()),
        };
        say(replies, &reply)?;
    }
    Ok(())
}

fn answer(
    request: &Request,
    ready: &mut HashMap<Case, Prepared>,
    zoo: &Zoo,
) -> Result<Vec<f64>, BenchError> {
    let once = match ready.entry(request.case.clone()) {
        Entry::Occupied(there) => there.into_mut(),
        Entry::Vacant(free) => free.insert(prepare(&request.case, zoo)?),
    };
    repeat(request.effort(), once)
}

fn say(replies: &mut dyn Write, what: &impl Serialize) -> Result<(), BenchError> {
    let line = serde_json::to_string(what).map_err(BenchError::json("reply"))?;
    writeln!(replies, "{line}")
        .and_then(|()| replies.flush())
        .map_err(BenchError::io(Path::new("standard output")))
}
