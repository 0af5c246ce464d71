//! Wrong experiment files, each with all that `plan` says of it.
//!
//! A file may begin with arguments of the command line, as a comment: `# --set train.lr=3`.

use crate::common::{entries, rnnlab, said};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The arguments with which a file is planned.
fn arguments(name: &str, content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let first = text.lines().next().unwrap_or_default();
    let more = first.strip_prefix("# --").map(|more| format!("--{more}")).unwrap_or_default();
    let mut all = vec!["plan".to_owned(), name.to_owned()];
    all.extend(more.split_whitespace().map(str::to_owned));
    all
}

#[test]
fn every_kind_of_wrong_file_is_told_as_recorded() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/wrong");
    let files = here.join("files");
    let mut messages = String::new();
    let names = entries(&files).into_iter().filter(|name| name.ends_with(".yaml"));
    for name in names {
        let content = fs::read(files.join(&name)).expect("a file");
        let arguments = arguments(&name, &content);
        let output = rnnlab(&files, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(1), "{name}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{name}: {}", said(&output));
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(told.starts_with("error: "), "{name}: {told}");
        writeln!(messages, "$ {}\n{}\n", arguments.join(" "), told.trim_end()).expect("text");
    }
    let golden = here.join("messages.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &messages).expect("written");
    }
    let recorded = fs::read_to_string(&golden).unwrap_or_default();
    let difference = messages.lines().zip(recorded.lines()).find(|(one, two)| one != two);
    assert!(
        messages == recorded,
        "UPDATE_GOLDEN=1 cargo test --release -p rnnlab --test all wrong; first {difference:?}"
    );
}
