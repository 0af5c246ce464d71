//! One file over HTTP(S), tried again where that may help, and checked against its checksum while
//! it is written.
//!
//! A file arrives as `NAME.part` and becomes `NAME` when its checksum is right. What arrived before
//! a connection broke (or the program was stopped) stays, with the version that the server gave it
//! (`NAME.etag`), and the next try asks only for the rest. It is taken from the server only as
//! status 206 of the same version, beginning where the part ends, of a file as long as the expected
//! one; in all other cases the file is taken from its beginning.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::Sha256;
use ureq::http::Response;
use ureq::{Agent, Body};
use words::thousands;

use crate::checksum;
use crate::error::DataError;
use crate::patience::Patience;
use crate::places::Places;
use crate::progress::Progress;
use crate::proxy::NamedProxy;
use crate::spec::RemoteFile;

/// Some servers refuse the user agents that libraries send by themselves.
const USER_AGENT: &str = concat!("rnnlab/", env!("CARGO_PKG_VERSION"), " (dataset download)");

/// Downloads the file that `remote` describes to `path`, from the first of its addresses that gives
/// it.
///
/// # Errors
/// [`DataError::Download`] if none does; [`DataError::Io`] if the file cannot be written, and then
/// nothing of it is left.
pub(crate) fn fetch(
    remote: &RemoteFile,
    path: &Path,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), DataError> {
    let patience = places.patience();
    let proxy = NamedProxy::from_env().map_err(|reason| DataError::Download {
        url: remote.homes.first().map_or(String::new(), |home| places.address(home, remote.name)),
        reason,
    })?;
    let arrival = Arrival {
        agent: agent(patience, proxy.as_ref()),
        remote,
        part: beside(path, "part"),
        etag: beside(path, "etag"),
    };
    let mut failures: Vec<(String, String)> = Vec::new();
    for home in remote.homes {
        let url = places.address(home, remote.name);
        match arrival.from(&url, patience, progress) {
            Ok(()) => {
                fs::rename(&arrival.part, path).map_err(|e| DataError::io("create", path, e))?;
                remove(&arrival.etag)?;
                return Ok(());
            }
            Err(Failure::Here(error)) => {
                // To make room: what cannot be removed now is written over the next time.
                let _ = arrival.discard();
                return Err(error);
            }
            Err(
                Failure::Passing(reason) | Failure::Unreachable(reason) | Failure::Final(reason),
            ) => {
                let note = proxy.as_ref().map_or(String::new(), |proxy| proxy.note(&url));
                failures.push((url, reason + &note));
            }
        }
        if let [.., (url, reason)] = &failures[..]
            && failures.len() < remote.homes.len()
        {
            progress(Progress::Retrying { url, reason });
        }
    }
    let mut failures = failures.into_iter();
    let (url, mut reason) = failures.next().unwrap_or_default();
    for (url, another) in failures {
        reason.push_str(&format!("; {url}: {another}"));
    }
    Err(DataError::Download { url, reason })
}

/// Why an attempt came to nothing.
enum Failure {
    /// Something that may be over the next time.
    Passing(String),
    /// Nobody answers at the address.
    Unreachable(String),
    /// The address does not have the file.
    Final(String),
    /// Something of this machine.
    Here(DataError),
}

/// A file on its way.
struct Arrival<'a> {
    agent: Agent,
    remote: &'a RemoteFile,
    part: PathBuf,
    etag: PathBuf,
}

/// How an attempt begins: what of the file is there already.
struct Begun {
    file: File,
    hasher: Sha256,
    received: u64,
}

impl Arrival<'_> {
    /// Tries an address until it has given the file or is given up.
    fn from(
        &self,
        url: &str,
        patience: Patience,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), Failure> {
        let mut failed = 0;
        loop {
            let before = self.there();
            if before >= self.remote.bytes && self.is_whole()? {
                return Ok(());
            }
            let reason = match self.attempt(url, progress) {
                Err(Failure::Passing(reason)) => reason,
                other => return other,
            };
            // A try that brought a part of the file counts as none, and there can be a hundred.
            let brought = self.there().saturating_sub(before);
            failed = if brought > self.remote.bytes / 100 { 1 } else { failed + 1 };
            if failed >= patience.tries {
                return Err(Failure::Passing(format!("{reason} ({failed} tries)")));
            }
            progress(Progress::Retrying { url, reason: &reason });
            patience.wait(failed);
        }
    }

    /// One request, for what is not there yet.
    fn attempt(&self, url: &str, progress: &mut dyn FnMut(Progress<'_>)) -> Result<(), Failure> {
        let there = self.there();
        let mut request = self.agent.get(url);
        let version = fs::read_to_string(&self.etag).unwrap_or_default();
        if there > 0 {
            request = request.header("Range", format!("bytes={there}-"));
            // A weak version (W/) promises too little to ask for a part by it.
            if version.starts_with('"') {
                request = request.header("If-Range", version.as_str());
            }
        }
        let mut response = request.call().map_err(|error| self.refused(&error))?;
        let begun = match response.status().as_u16() {
            206 if there > 0 && self.continues(&response, there, &version) => self.resume()?,
            206 => {
                self.discard()?;
                let reason = "the server sent a part of another version";
                return Err(Failure::Passing(reason.to_owned()));
            }
            _ => self.begin(&response)?,
        };
        let resumed = begun.received > 0;
        let found = self.receive(begun, url, response.body_mut().as_reader(), progress)?;
        if found == self.remote.sha256 {
            return Ok(());
        }
        self.discard()?;
        let reason = self.another(self.remote.bytes, &format!(" with sha256 {found}"));
        // The two parts may be of different files; the next try is for the whole.
        Err(if resumed { Failure::Passing(reason) } else { Failure::Final(reason) })
    }

    /// What a request without a usable answer means.
    fn refused(&self, error: &ureq::Error) -> Failure {
        match error {
            // The part here is longer than the server's file.
            ureq::Error::StatusCode(416) => match self.discard() {
                Ok(()) => Failure::Passing("the server has no such part of the file".to_owned()),
                Err(failure) => failure,
            },
            ureq::Error::StatusCode(status) => {
                let reason = format!("the server answered with status {status}");
                match status {
                    408 | 425 | 429 | 500..=599 => Failure::Passing(reason),
                    _ => Failure::Final(reason),
                }
            }
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::ConnectProxyFailed(_) => Failure::Unreachable(error.to_string()),
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Failure::Unreachable(error.to_string())
            }
            ureq::Error::Timeout(_) | ureq::Error::Io(_) | ureq::Error::Protocol(_) => {
                Failure::Passing(error.to_string())
            }
            other => Failure::Final(other.to_string()),
        }
    }

    /// Whether a partial answer is the rest of what is here.
    fn continues(&self, response: &Response<Body>, there: u64, version: &str) -> bool {
        let last = self.remote.bytes.saturating_sub(1);
        let expected = format!("bytes {there}-{last}/{}", self.remote.bytes);
        header(response, "content-range") == expected && header(response, "etag") == version
    }

    /// To go on where the part ends.
    fn resume(&self) -> Result<Begun, Failure> {
        let (hasher, received) = checksum::begun(&self.part)?;
        let file = OpenOptions::new().append(true).open(&self.part);
        let file = file.map_err(|e| DataError::io("write", &self.part, e))?;
        Ok(Begun { file, hasher, received })
    }

    /// To receive the whole file, if the answer is as long as that.
    fn begin(&self, response: &Response<Body>) -> Result<Begun, Failure> {
        self.discard()?;
        if let Some(length) = response.body().content_length()
            && length != self.remote.bytes
        {
            return Err(Failure::Final(self.another(length, "")));
        }
        let file = File::create(&self.part);
        let file = file.map_err(|e| DataError::io("create", &self.part, e))?;
        let version = header(response, "etag");
        fs::write(&self.etag, version).map_err(|e| DataError::io("write", &self.etag, e))?;
        Ok(Begun { file, hasher: Sha256::default(), received: 0 })
    }

    /// Writes what arrives, until it is as long as the file has to be; its checksum.
    fn receive(
        &self,
        begun: Begun,
        url: &str,
        mut body: impl Read,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<String, Failure> {
        use sha2::Digest as _;
        let Begun { mut file, mut hasher, mut received } = begun;
        let total = self.remote.bytes;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = match body.read(&mut buffer) {
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    let so_far = thousands(received);
                    return Err(Failure::Passing(format!("broken off after {so_far} bytes: {e}")));
                }
            };
            if n == 0 {
                break;
            }
            received += n as u64;
            if received > total {
                self.discard()?;
                return Err(Failure::Final(self.another(received, " or more")));
            }
            hasher.update(&buffer[..n]);
            file.write_all(&buffer[..n]).map_err(|e| DataError::io("write", &self.part, e))?;
            progress(Progress::Downloading { url, received, total });
        }
        if received < total {
            let (so_far, total) = (thousands(received), thousands(total));
            return Err(Failure::Passing(format!("ended after {so_far} of {total} bytes")));
        }
        file.sync_all().map_err(|e| DataError::io("write", &self.part, e))?;
        Ok(checksum::finish(hasher))
    }

    /// Whether what is here is the file, as when the program was stopped just before it said so.
    /// If it is not, nothing of it is of use.
    fn is_whole(&self) -> Result<bool, Failure> {
        let whole = checksum::of_whole_file(&self.part)?.sha256 == self.remote.sha256;
        if !whole {
            self.discard()?;
        }
        Ok(whole)
    }

    /// How much of the file is here.
    fn there(&self) -> u64 {
        fs::metadata(&self.part).map_or(0, |part| part.len())
    }

    /// Forgets what is here.
    fn discard(&self) -> Result<(), Failure> {
        remove(&self.part)?;
        remove(&self.etag)?;
        Ok(())
    }

    fn another(&self, bytes: u64, more: &str) -> String {
        format!(
            "the server sent another file: expected {} bytes with sha256 {}, received {}{more}",
            thousands(self.remote.bytes),
            self.remote.sha256,
            thousands(bytes),
        )
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::Here(error)
    }
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> &'r str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `NAME.ending` beside `NAME`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Removes a file if it is there.
fn remove(path: &Path) -> Result<(), DataError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DataError::io("remove", path, e)),
        _ => Ok(()),
    }
}

fn agent(patience: Patience, proxy: Option<&NamedProxy>) -> Agent {
    Agent::config_builder()
        .proxy(proxy.map(|named| named.proxy.clone()))
        .user_agent(USER_AGENT)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_recv_response(Some(patience.silence))
        .timeout_per_read(Some(patience.silence))
        .build()
        .into()
}
