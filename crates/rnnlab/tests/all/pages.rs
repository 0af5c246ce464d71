//! Figures on pages are those of the published records.
//!
//! What a page quotes stands between `<!-- from FILE -->` and `<!-- end -->`: every line of it is a line of
//! that file. Outside of quotations and of the log of speed (`docs/performance`), no page dates a measurement.

use std::fs;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README and the pages under `docs`, without the log of speed.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(top().join("docs")).expect("docs");
    let docs = docs.map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.push(top().join("README.md"));
    pages
}

/// The quotations of a page: file and lines; and what is left of the page.
fn quotations(page: &str) -> (Vec<(String, Vec<String>)>, String) {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let from =
            line.trim().strip_prefix("<!-- from ").and_then(|from| from.strip_suffix(" -->"));
        let Some(file) = from else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let quoted = lines.by_ref().take_while(|line| line.trim() != "<!-- end -->");
        let quoted = quoted.filter(|line| !line.trim().is_empty()).map(str::to_owned);
        found.push((file.to_owned(), quoted.collect()));
    }
    (found, rest)
}

#[test]
fn quotations_are_found() {
    let (found, rest) = quotations("a\n<!-- from x.md -->\n\n| 1 |\n<!-- end -->\nb\n");
    assert_eq!(found, [("x.md".to_owned(), vec!["| 1 |".to_owned()])]);
    assert_eq!(rest, "a\nb\n");
}

#[test]
fn what_pages_quote_stands_in_the_records() {
    let mut count = 0;
    for page in pages() {
        for (file, lines) in quotations(&text(&page)).0 {
            let source = text(&top().join(&file));
            for line in lines {
                count += 1;
                assert!(
                    source.lines().any(|other| other == line),
                    "{} quotes of {file} what is not there any more: {line}",
                    page.display()
                );
            }
        }
    }
    assert!(count > 0, "README quotes the newest study");
}

#[test]
fn no_page_dates_a_measurement_of_its_own() {
    let months = ["January", "February", "March", "April", "May", "June", "July", "August"];
    let months = months.iter().chain(&["September", "October", "November", "December"]);
    let dates: Vec<String> = months.map(|month| format!("{month} 20")).collect();
    for page in pages() {
        let rest = quotations(&text(&page)).1;
        let dated = rest.lines().find(|line| dates.iter().any(|date| line.contains(date.as_str())));
        assert_eq!(dated, None, "{}: quote the record that says it", page.display());
    }
}

/// The experiment file of a record, as data: comments may change without a new run.
fn settings(file: &str, text: &str) -> serde_json::Value {
    experiment::yaml::parse(text).unwrap_or_else(|error| panic!("{file}: {}", error.message))
}

#[test]
fn published_results_are_those_of_the_experiment_files() {
    let published = fs::read_dir(top().join("results/published")).expect("published results");
    let mut count = 0;
    for entry in published {
        let folder = entry.expect("an entry").path();
        let record = text(&folder.join("experiment.json"));
        let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        // That of a profile has its name after the file's.
        let profile = record["profile"].as_str().map_or(String::new(), |name| format!("-{name}"));
        let name = name.strip_suffix(&profile).expect("the profile's name");
        let file = format!("experiments/{name}.yaml");
        let recorded = settings(&file, record["text"].as_str().expect("the file's text"));
        let today = settings(&file, &text(&top().join(&file)));
        assert!(recorded == today, "{file} is not what was run: run and publish it again");
        count += 1;
    }
    assert!(count > 0);
}

/// Names that follow `before` in a text, up to a blank.
fn following<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    let rests = text.split(before).skip(1);
    rests.filter_map(|rest| rest.split(|c: char| c.is_whitespace() || c == '`').next()).collect()
}

#[test]
fn commands_on_pages_name_crates_that_there_are() {
    let mut all = pages();
    all.extend(["justfile", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(|page| top().join(page)));
    let mut count = 0;
    for page in all {
        let text = text(&page);
        let lines = text.lines().filter(|line| line.contains("cargo "));
        for name in lines.flat_map(|line| following(line, " -p ")) {
            // The reader's own, in the pages on new cells.
            let library = name.strip_prefix("rnnlab-").unwrap_or(name);
            let there = ["crates", "examples"]
                .iter()
                .any(|folder| top().join(folder).join(library).join("Cargo.toml").is_file());
            assert!(there || name == "my_cell", "{}: no crate is called {name}", page.display());
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

/// `a/{b,c}/d.rs` as `a/b/d.rs` and `a/c/d.rs`.
fn expanded(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let (choices, after) = rest.split_once('}').expect("a closing brace");
    choices.split(',').flat_map(|choice| expanded(&format!("{before}{choice}{after}"))).collect()
}

#[test]
fn what_is_to_be_edited_to_add_something_is_there() {
    let page = text(&top().join("CONTRIBUTING.md"));
    let table = page.split("## ").find(|part| part.starts_with("To add")).expect("the table");
    let mut found = Vec::new();
    sources(&top().join("crates"), &mut found);
    let mut count = 0;
    for code in table.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
        if ["crates/", "docs/", "examples/"].iter().any(|part| code.starts_with(part)) {
            for path in expanded(code) {
                assert!(top().join(&path).exists(), "{path} is not there");
                count += 1;
            }
        } else if let Some((_, function)) = code.split_once("::") {
            let there = found.iter().any(|source| source.contains(&format!("fn {function}(")));
            assert!(there, "{code} is not there");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

/// Names that were given up for the field's, and what has their place.
const RETIRED: [(&str, &str); 6] = [
    ("fn misfit", "unsuited"),
    ("struct Due", "QueuedRun"),
    ("struct Tally", "SweepCounts"),
    ("struct Misfit", "FieldError"),
    ("fn contenders", "named_arms"),
    ("crate lab", "rnnlab, experiment, sweep or report"),
];

/// All Rust sources of the workspace but this one.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        match path.extension() {
            _ if path.is_dir() => sources(&path, found),
            Some(ending) if ending == "rs" && !path.ends_with("pages.rs") => {
                found.push(text(&path))
            }
            _ => {}
        }
    }
}

#[test]
fn terms_of_the_glossary_are_those_of_the_code() {
    let glossary = text(&top().join("docs/glossary.md"));
    let mut found = Vec::new();
    sources(&top().join("crates"), &mut found);
    let cells = glossary.lines().filter_map(|line| line.strip_prefix("| *")?.split(" |").next());
    let terms: Vec<&str> =
        cells.flat_map(|cell| cell.split(", ")).map(|term| term.trim_matches('*')).collect();
    assert!(terms.len() > 20, "{terms:?}");
    for term in terms {
        assert!(found.iter().any(|source| source.contains(term)), "{term} is not in the code");
    }
    for (retired, instead) in RETIRED {
        let still = found.iter().find(|source| {
            [" ", "<", "("].iter().any(|next| source.contains(&format!("{retired}{next}")))
        });
        assert!(still.is_none(), "{retired}: {instead} is the name");
    }
}
