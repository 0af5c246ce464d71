//! Numbers as small, as large and as odd as they can be written, in every field that takes one: a plan
//! answers with runs that do what was asked, or with a fault, and never with anything else.

use data::Buckets;
use experiment::Catalogue;
use experiment::plan::{Calibration, DataFacts, SequenceFacts, complete, compose};
use experiment::spec::{Source, schema};
use proptest::prelude::*;
use rnnlab::Trainer;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use task::{InputKind, TargetKind, TaskShape};
use testkit::{FakeEngine, text_facts};
use train::Metric;
use zoo::Zoo;

const TEXT: &str = "\
data: {name: ptb}
model: {cell: gru, layers: 1, hidden: 12, embedding: 16, init: 0.1}
train: {batch: 20, unroll: 35, epochs: 1, learning_rate: 1}
probe: {lags: 3, sequences: 4}
";

const SEQUENCES: &str = "\
data: {name: adding, length: 5}
model: {cell: lstm, layers: 1, hidden: 12, init: 0.1}
train: {batch: 20, epochs: 1, learning_rate: 1}
probe: {lags: 3, sequences: 4}
";

/// Numbers as a person or a program may write them.
const NUMBERS: [&str; 31] = [
    "0",
    "-0.0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "0.5",
    "1.0",
    "1.5",
    "0.99999999",
    "1e-46",
    "1e-38",
    "5e-324",
    "1e7",
    "1e38",
    "3.5e38",
    "1e39",
    "1e308",
    "65536",
    "65537",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551614",
    "18446744073709551615",
    "18446744073709551616",
    ".nan",
    ".inf",
];

/// Fields of fields, and rules.
const WITHIN: [&str; 24] = [
    "train.schedule={name: step_decay, after: N, factor: 0.5}",
    "train.schedule={name: step_decay, after: 1, factor: N}",
    "train.schedule={name: plateau, factor: N}",
    "model.layer_init={input: N}",
    "model.layer_init={recurrent: N}",
    "model.remember_bias={chrono: N}",
    "match={parameters: N}",
    "match={recurrent_parameters: N}",
    "match={flops: N}",
    "match={hidden: N}",
    "match={wall_clock: N}",
    "sweep={train.clip: {range: [1, N]}}",
    "sweep={train.clip: {range: [N, 1], by: N}}",
    "sweep={train.clip: {range: [1, 2], steps: N}}",
    "sweep={train.clip: {log_range: [1, N], steps: 3}}",
    "sweep={train.clip: {log_range: [1, 2], steps: N}}",
    "sweep={train.clip: {draws: N, from: 1, to: 2, seed: 1}}",
    "sweep={train.clip: {draws: 3, from: 1, to: N, seed: 1}}",
    "sweep={train.clip: {draws: 3, from: 1, to: 2, scale: log, seed: N}}",
    "sweep={seed: [1, N]}",
    "tune={trials: N, seed: 2, space: {train.clip: {from: 1, to: 2}}}",
    "tune={trials: 3, seed: N, space: {train.clip: {from: 1, to: 2}}}",
    "tune={trials: 3, seed: 2, epochs: N, space: {train.clip: {from: 1, to: 2}}}",
    "tune={trials: 9, seed: 2, method: halving, factor: N, space: {train.clip: {from: 1, to: 2}}}",
];

/// Which engine counts costs: that of the program, or a fast one where sizes are searched for.
fn engine(searches: bool) -> Box<dyn Catalogue> {
    match searches {
        true => Box::new(FakeEngine::default()),
        false => Box::new(Trainer::new(Zoo::standard())),
    }
}

/// Every field of a run that takes a number, from the schema.
fn numeric_fields() -> Vec<String> {
    let schema = schema(&["gru", "lstm"]);
    let is_number = |schema: &Value| {
        let kinds = ["integer", "number"];
        let of = |schema: &Value| match &schema["type"] {
            Value::String(kind) => kinds.contains(&kind.as_str()),
            Value::Array(all) => all.iter().any(|kind| kinds.iter().any(|known| kind == known)),
            _ => false,
        };
        let any = schema["anyOf"].as_array().is_some_and(|all| all.iter().any(of));
        of(schema) || any
    };
    let fields = schema["$defs"].as_object().into_iter().flatten();
    let ours = |name: &str| {
        name == "seed" || ["model.", "train.", "probe."].iter().any(|part| name.starts_with(part))
    };
    let names = fields.filter(|(name, schema)| ours(name) && is_number(schema));
    names.map(|(name, _)| name.clone()).collect()
}

/// The data that the two experiments are planned on.
fn facts(sequences: bool) -> DataFacts {
    let lengths = data::SequenceInputs::Tokens((0..1000).map(|k| vec![0; 1 + k % 9]).collect());
    let classes = data::SequenceTargets::Classes(vec![0; 1000]);
    let data = data::Sequences::new(lengths, classes).unwrap();
    match sequences {
        false => text_facts(),
        true => DataFacts {
            data: json!({"name": "adding"}),
            shape: TaskShape {
                input: InputKind::Features { width: 2 },
                target: TargetKind::Value,
                predicts_input: false,
            },
            metric: Metric::SQUARED_ERROR,
            sequences: Some(SequenceFacts {
                training: Buckets::of(&data),
                valid: 100,
                longest_valid: 9,
                untrained: Vec::new(),
                repeated: Vec::new(),
            }),
            ..text_facts()
        },
    }
}

/// What planning with a setting comes to: the fields that it asks for and has not, or none.
fn planned(sequences: bool, set: &str, asked: Option<(&str, f64)>) -> Result<(), String> {
    let engine = engine(asked.is_none());
    let engine = engine.as_ref();
    let text = if sequences { SEQUENCES } else { TEXT };
    let mut overrides = vec![set.to_owned()];
    if set.starts_with("match=") {
        overrides.push("model.hidden=".to_owned());
    }
    let source =
        Source::recorded([(PathBuf::from("study.yaml"), text.to_owned())], None, &overrides);
    let Ok(drafts) = source.map_err(Into::into).and_then(|source| compose(source, engine)) else {
        return Ok(());
    };
    let facts = vec![facts(sequences); drafts.data.len()];
    let mut all = vec![drafts.runs.clone()];
    if let Some(tune) = &drafts.spec.tune {
        let first = |times| {
            drafts
                .trials
                .iter()
                .flat_map(move |arm| arm.drafts.iter().map(move |draft| draft.in_round(times)))
        };
        all.extend(tune.rounds().iter().map(|round| first(round.times).collect()));
    }
    for runs in all {
        let plan = complete(&drafts.spec, &runs, &facts, &Calibration::default(), engine);
        let Ok(plan) = plan else { return Ok(()) };
        for run in &plan.runs {
            if run.steps == 0 || !(run.seconds.is_finite() && run.seconds > 0.0) {
                return Err(format!("{} steps, {} seconds", run.steps, run.seconds));
            }
            let costs = &run.costs;
            if costs.parameters < costs.cell_parameters
                || !(costs.flops_per_token.is_finite() && costs.flops_per_token >= 0.0)
                || run.bytes / 8 < costs.parameters
                || run.bytes == usize::MAX
            {
                return Err(format!("{costs:?}, {} bytes", run.bytes));
            }
            if run.steps > run.config.train.steps_of(facts[0].steps_per_epoch(&run.config.train)) {
                return Err("more steps than asked for".to_owned());
            }
            if let Some((field, number)) = asked {
                let resolved = json!(run.config);
                let found = field.split('.').try_fold(&resolved, |value, part| value.get(part));
                // What is left out is what it would be anyway; what is rounded has the precision of f32.
                let one = ["model.heads", "train.teacher_forcing"].contains(&field);
                let default = if one { 1.0 } else { 0.0 };
                let kept = found.map_or(number as f32 == default, |found| {
                    let apart = |found: f64| (found - number).abs();
                    found.as_f64().is_some_and(|found| apart(found) <= 1e-6 * number.abs() + 2e-45)
                });
                if !kept {
                    return Err(format!("asked for {number}, planned {found:?}"));
                }
            }
        }
    }
    Ok(())
}

fn check(sequences: bool, setting: &str, asked: Option<(&str, f64)>) -> Result<(), TestCaseError> {
    let answer = catch_unwind(AssertUnwindSafe(|| planned(sequences, setting, asked)));
    let answer = answer.unwrap_or_else(|_| Err("it panics".to_owned()));
    prop_assert!(
        answer.is_ok(),
        "{} on {}: {:?}",
        setting,
        if sequences { "sequences" } else { "text" },
        answer
    );
    Ok(())
}

/// Every field with every number.
#[test]
fn every_field_answers_every_number() {
    let fields = numeric_fields();
    assert!(fields.len() >= 20, "{fields:?}");
    for field in &fields {
        for number in NUMBERS {
            let asked = number.parse().ok().map(|number| (field.as_str(), number));
            for sequences in [false, true] {
                check(sequences, &format!("{field}={number}"), asked).unwrap();
            }
        }
    }
}

#[test]
fn every_rule_answers_every_number() {
    for setting in WITHIN {
        for number in NUMBERS {
            check(false, &setting.replace('N', number), None).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_is_planned_as_it_is_or_refused(
        position: prop::sample::Index,
        whole: u64,
        bits: u64,
        shift in 0_u32..64,
        kind in 0..3,
        sequences: bool,
    ) {
        let fields = numeric_fields();
        let field = &fields[position.index(fields.len())];
        let number = match kind {
            0 => (whole >> shift).to_string(),
            1 => format!("-{}", whole >> shift),
            _ => format!("{:e}", f64::from_bits(bits)),
        };
        let asked = number.parse().ok().map(|number| (field.as_str(), number));
        check(sequences, &format!("{field}={number}"), asked)?;
    }
}
