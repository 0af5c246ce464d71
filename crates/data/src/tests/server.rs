//! A web server of one thread and no ambition.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came from the client.
pub(super) struct Request {
    /// The path without its slash.
    pub(super) name: String,
    /// How many requests for this path came before.
    pub(super) earlier: usize,
    head: Vec<String>,
}

impl Request {
    /// The value of a header, if it is there.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The byte from which on the file is asked for.
    pub(super) fn start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What to answer a request with.
pub(super) struct Answer {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
    /// Nothing more is said after the body, but the connection stays.
    silent: bool,
}

impl Answer {
    /// The whole file.
    pub(super) fn file(bytes: Vec<u8>) -> Self {
        let headers = format!("Content-Length: {}\r\n", bytes.len());
        Self { status: "200 OK", headers, body: bytes, silent: false }
    }

    /// The file from a byte on.
    pub(super) fn rest(bytes: &[u8], start: usize) -> Self {
        let (last, total) = (bytes.len() - 1, bytes.len());
        let mut rest = Self::file(bytes[start..].to_vec())
            .with("Content-Range", &format!("bytes {start}-{last}/{total}"));
        rest.status = "206 Partial Content";
        rest
    }

    /// No file, only a status.
    pub(super) fn status(status: &'static str) -> Self {
        Self { status, ..Self::file(Vec::new()) }
    }

    /// The file without its length, which ends with the connection.
    pub(super) fn unannounced(bytes: Vec<u8>) -> Self {
        Self { headers: String::new(), ..Self::file(bytes) }
    }

    /// Another header.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The same, broken off after so many bytes of the body.
    pub(super) fn broken_off(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    /// The same, with silence in place of the rest after so many bytes of the body.
    pub(super) fn silent_after(mut self, bytes: usize) -> Self {
        self.silent = true;
        self.broken_off(bytes)
    }

    fn send(&self, stream: &mut TcpStream) {
        let head = format!("HTTP/1.1 {}\r\n{}Connection: close\r\n\r\n", self.status, self.headers);
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&self.body));
    }
}

/// Requests in the order in which they came.
pub(super) type Requests = Arc<Mutex<Vec<Request>>>;

/// Serves until the test ends; returns the base address. None is silence.
pub(super) fn serve(
    answer: impl Fn(&Request) -> Option<Answer> + Send + 'static,
) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let record = Arc::clone(&requests);
    thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)) else {
                continue;
            };
            let name = path.trim_start_matches('/').to_owned();
            let mut record = record.lock().unwrap();
            let earlier = record.iter().filter(|earlier| earlier.name == name).count();
            let request = Request { name, earlier, head };
            let answer = answer(&request);
            record.push(request);
            if let Some(answer) = &answer {
                answer.send(&mut stream);
            }
            if answer.is_none_or(|answer| answer.silent) {
                silent.push(stream);
            }
        }
    });
    (address, requests)
}
