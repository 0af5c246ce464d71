//! A web server of one thread and no ambition.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// What to answer a request with.
pub(super) enum Answer {
    File(Vec<u8>),
    NotFound,
    /// The whole length announced, half of the bytes sent.
    BrokenOff(Vec<u8>),
}

/// Requests in the order in which they came, each with all its header lines.
pub(super) type Requests = Arc<Mutex<Vec<String>>>;

/// Serves until the test ends; returns the base address.
pub(super) fn serve(answer: impl Fn(&str) -> Answer + Send + 'static) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let record = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let Some(path) = request.first().and_then(|line| line.split(' ').nth(1)) else {
                continue;
            };
            let answer = answer(path.trim_start_matches('/'));
            record.lock().unwrap().push(request.join("\n"));
            let (status, length, body) = match &answer {
                Answer::File(bytes) => ("200 OK", bytes.len(), &bytes[..]),
                Answer::NotFound => ("404 Not Found", 0, &[][..]),
                Answer::BrokenOff(bytes) => ("200 OK", bytes.len(), &bytes[..bytes.len() / 2]),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    (address, requests)
}
