//! `rnnlab data` as a user meets it.

use crate::common::{command, entries, rnnlab, said};
use crate::files::smoke;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Output;

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_list_says_terms_sizes_and_where_a_dataset_is() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("data/tinyshakespeare")).expect("made");
    fs::write(folder.path().join("data/tinyshakespeare/input.txt"), "To be").expect("written");
    let output = rnnlab(folder.path(), &["data", "list"]);
    let list = printed(&output);
    assert!(output.status.success(), "{}", said(&output));
    let part = |name: &str| {
        let begin = list.find(&format!("{name}: ")).unwrap_or_else(|| panic!("{name}: {list}"));
        list[begin..].split("\n\n").next().unwrap_or_default().to_owned()
    };
    assert!(part("tinyshakespeare").contains("found   data/tinyshakespeare\n"), "{list}");
    assert!(part("tinyshakespeare").contains("in the public domain"), "{list}");
    let imdb = part("imdb");
    for text in ["25,000", "not here; to be had from https://ai.stanford.edu", "(84.1 MB)"] {
        assert!(imdb.contains(text), "{imdb}");
    }
    assert!(part("nottingham").contains("mdata/Nottingham.mat (0.4 MB)"), "{list}");
    assert!(part("adding").contains("generated, needs no files"), "{list}");
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, expected) in [
        (
            &["ptb"][..],
            "accepted first, with `rnnlab data fetch ptb --accept-licence`: Wall Street",
        ),
        (&["imdb"], "downloads are switched off (RNNLAB_OFFLINE)"),
        (&["imbd"], "there is no dataset `imbd` (did you mean `imdb`?); there are: ptb"),
        (&["adding"], "'adding' is generated when it is needed and has no files"),
    ] {
        let output = rnnlab(folder.path(), &[&["data", "fetch"], arguments].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(expected), "{}", said(&output));
        assert!(output.stdout.is_empty());
        assert!(entries(folder.path()).is_empty());
    }
}

#[test]
fn a_run_does_not_fetch_restricted_data_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let ptb = smoke("{name: builtin}", "{name: ptb}");
    fs::write(folder.path().join("ptb.yaml"), ptb).expect("written");
    // With the network on: a proxy that is not there would be the one to ask.
    let mut run = command(folder.path(), &["run", "ptb.yaml"]);
    let output = run.env("RNNLAB_OFFLINE", "0").env("ALL_PROXY", "http://127.0.0.1:9").output();
    let output = output.expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    let message = said(&output);
    assert!(message.contains("`rnnlab data fetch ptb --accept-licence`"), "{message}");
    assert!(!message.contains("127.0.0.1"), "{message}");
    assert_eq!(entries(folder.path()), ["ptb.yaml"]);
}

#[test]
fn the_proxy_that_a_variable_names_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    // It is asked for each of the addresses and lets none through.
    let served = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for stream in listener.incoming().take(2) {
            let mut stream = stream.expect("a connection");
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            asked.extend(head.into_iter().next());
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
        asked
    });
    let mut fetch = command(folder.path(), &["data", "fetch", "wikitext-2"]);
    for name in ["all_proxy", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] {
        fetch.env_remove(name);
    }
    fetch.env("RNNLAB_OFFLINE", "0").env("ALL_PROXY", proxy);
    fetch.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = fetch.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    let message = said(&output);
    assert!(message.contains("Creative Commons") && message.contains("trying again"), "{message}");
    let asked = served.join().expect("the proxy ends");
    assert_eq!(asked[0], "CONNECT wikitext.smerity.com:443 HTTP/1.1");
    assert_eq!(asked[1], "CONNECT s3.amazonaws.com:443 HTTP/1.1");
}

#[test]
fn checking_tells_what_holds_and_what_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = rnnlab(folder.path(), &["data", "check"]);
    assert!(output.status.success());
    assert!(printed(&output).lines().all(|line| line.ends_with(": not here")));

    fs::create_dir_all(folder.path().join("data/tinyshakespeare")).expect("made");
    fs::write(folder.path().join("data/tinyshakespeare/input.txt"), "To be").expect("written");
    let output = rnnlab(folder.path(), &["data", "check"]);
    assert_eq!(output.status.code(), Some(1));
    let wrong = "tinyshakespeare: input.txt: 65 types expected, 5 found: WRONG";
    assert!(printed(&output).lines().any(|line| line == wrong), "{}", printed(&output));
}
