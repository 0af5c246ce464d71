//! One file over HTTP(S), checked against its checksum while it is written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::Agent;

use crate::checksum;
use crate::error::{DataError, thousands};
use crate::progress::Progress;
use crate::spec::RemoteFile;

/// Short, so that a machine without a network falls on quickly.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a server that accepts and then says nothing more.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// Some servers refuse the user agents that libraries send by themselves.
const USER_AGENT: &str = concat!("rnnlab/", env!("CARGO_PKG_VERSION"), " (dataset download)");

/// Downloads `url` to `path`, which must be the file that `expected` describes. After an error,
/// what is at `path` is worthless.
pub(crate) fn fetch(
    url: &str,
    expected: &RemoteFile,
    path: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), DataError> {
    let failed = |reason: String| DataError::Download { url: url.to_owned(), reason };
    let mut response = agent().get(url).call().map_err(|e| failed(explain(&e)))?;
    let total = response.body().content_length();
    let mut body = response.body_mut().as_reader();

    let mut file = File::create(path).map_err(|e| DataError::io("create", path, e))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut received = 0;
    loop {
        let n = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => {
                let so_far = thousands(received);
                return Err(failed(format!("broken off after {so_far} bytes: {e}")));
            }
        };
        received += n as u64;
        if received > expected.bytes {
            break;
        }
        hasher.update(&buffer[..n]);
        file.write_all(&buffer[..n]).map_err(|e| DataError::io("write", path, e))?;
        progress(Progress::Downloading { url, received, total });
    }
    file.sync_all().map_err(|e| DataError::io("write", path, e))?;

    let found = checksum::finish(hasher);
    if received != expected.bytes || found != expected.sha256 {
        let or_more = if received > expected.bytes { " or more" } else { "" };
        return Err(failed(format!(
            "the server sent another file: expected {} bytes with sha256 {}, received {}{or_more} with sha256 {found}",
            thousands(expected.bytes),
            expected.sha256,
            thousands(received),
        )));
    }
    Ok(())
}

fn agent() -> Agent {
    Agent::config_builder()
        .user_agent(USER_AGENT)
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(SILENCE_TIMEOUT))
        .timeout_per_read(Some(SILENCE_TIMEOUT))
        .build()
        .into()
}

fn explain(error: &ureq::Error) -> String {
    match error {
        ureq::Error::StatusCode(status) => format!("the server answered with status {status}"),
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}
