//! What the workers in Rust share: the protocol of `crates/bench/src/protocol.rs`, and timing.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::time::Instant;

/// A case made ready: each call is one repetition and gives its value.
pub type Prepared = Box<dyn FnMut() -> f64>;

/// A layer's case: what, cell, and T, B, I, H.
pub struct Case {
    pub what: String,
    pub cell: String,
    pub shape: [usize; 4],
}

/// Answers requests until the input ends; what `prepare` gives no answer to is missing here.
pub fn serve(version: &str, prepare: impl Fn(&Case) -> Option<Prepared>) {
    say(&json!({ "version": version }));
    let mut ready: HashMap<String, Prepared> = HashMap::new();
    for line in std::io::stdin().lines() {
        let request: Value = serde_json::from_str(&line.expect("a line")).expect("a request");
        let case = &request["case"];
        let name = case.to_string();
        if !ready.contains_key(&name) {
            let Some(once) = read(case).and_then(|case| prepare(&case)) else {
                say(&json!({ "missing": format!("{name} is not compared") }));
                continue;
            };
            ready.insert(name.clone(), once);
        }
        let once = ready.get_mut(&name).expect("just put there");
        let seconds = request["seconds"].as_f64().expect("seconds");
        let least = request["least"].as_u64().expect("repetitions") as usize;
        once();
        let begin = Instant::now();
        let mut values = Vec::new();
        while values.len() < least || begin.elapsed().as_secs_f64() < seconds {
            values.push(once());
        }
        say(&json!({ "values": values }));
    }
}

/// Seconds that `work` takes. What it gives is dropped within them.
pub fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let begin = Instant::now();
    drop(work());
    begin.elapsed().as_secs_f64()
}

fn read(case: &Value) -> Option<Case> {
    let sizes = case["shape"].as_array()?.iter().map(|size| Some(size.as_u64()? as usize));
    Some(Case {
        what: case["what"].as_str()?.to_owned(),
        cell: case["cell"].as_str()?.to_owned(),
        shape: sizes.collect::<Option<Vec<_>>>()?.try_into().ok()?,
    })
}

fn say(what: &Value) {
    println!("{what}");
    std::io::stdout().flush().expect("written");
}
