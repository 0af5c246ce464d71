//! The picture of the crates in ARCHITECTURE is the one of the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Every crate under `crates` with the crates of the workspace that its library is built on.
fn edges(top: &Path) -> Edges {
    let folders = fs::read_dir(top.join("crates")).expect("crates");
    let manifests = folders.map(|entry| entry.expect("an entry").path().join("Cargo.toml"));
    let manifests: Vec<String> =
        manifests.filter_map(|path| fs::read_to_string(path).ok()).collect();
    let name = |manifest: &str| {
        let line = manifest.lines().find_map(|line| line.strip_prefix("name = \""));
        // Packages are called after the program, their libraries by the word alone.
        let name = line.expect("a name").trim_end_matches('"');
        name.strip_prefix("rnnlab-").unwrap_or(name).to_owned()
    };
    let names: BTreeSet<String> = manifests.iter().map(|manifest| name(manifest)).collect();
    let of = |manifest: &String| {
        let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
        let lines = lines.take_while(|line| !line.starts_with('['));
        let keys = lines.filter_map(|line| line.split(['.', ' ', '=']).next().map(str::to_owned));
        (name(manifest), keys.filter(|key| names.contains(key)).collect())
    };
    manifests.iter().map(of).collect()
}

/// All that a crate builds on, at whatever distance.
fn below(edges: &Edges, of: &str) -> BTreeSet<String> {
    let direct = edges.get(of).into_iter().flatten();
    direct.flat_map(|next| below(edges, next).into_iter().chain([next.clone()])).collect()
}

/// One line a crate, from the bottom up, without what the crates that are named build on.
fn picture(edges: &Edges) -> String {
    let depth = |name: &String| -> usize {
        fn depth(edges: &Edges, name: &str) -> usize {
            edges[name].iter().map(|next| 1 + depth(edges, next)).max().unwrap_or(0)
        }
        depth(edges, name)
    };
    let mut names: Vec<(usize, &String)> = edges.keys().map(|name| (depth(name), name)).collect();
    names.sort();
    let ground: Vec<&str> =
        names.iter().filter(|(depth, _)| *depth == 0).map(|(_, name)| name.as_str()).collect();
    let line = |(_, name): &(usize, &String)| {
        let direct = &edges[*name];
        let implied: BTreeSet<String> = direct.iter().flat_map(|next| below(edges, next)).collect();
        let own: Vec<&str> = direct.difference(&implied).map(String::as_str).collect();
        format!("{name:<10} ─► {}\n", own.join(", "))
    };
    let upper = names.iter().filter(|(depth, _)| *depth > 0);
    format!("{}\n{}", ground.join(", "), upper.map(line).collect::<String>())
}

#[test]
fn the_picture_in_the_architecture_is_that_of_the_manifests() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(top.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (begin, end) = ("<!-- crates -->\n```text\n", "```\n<!-- end of crates -->");
    let (before, rest) = page.split_once(begin).expect("a picture");
    let (drawn, after) = rest.split_once(end).expect("its end");
    let picture = picture(&edges(&top));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let page = format!("{before}{begin}{picture}{end}{after}");
        fs::write(top.join("ARCHITECTURE.md"), page).expect("written");
        return;
    }
    assert_eq!(
        drawn, picture,
        "UPDATE_GOLDEN=1 cargo test --release -p rnnlab --test all architecture"
    );
    assert!(page.lines().count() <= 150, "{} lines", page.lines().count());
}
