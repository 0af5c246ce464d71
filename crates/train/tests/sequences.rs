//! Whole trainings on sequences: every kind of task learns, and can be taken up.

use data::{Counts, Generated, GeneratedTask, SequenceData, TableSettings, load_table};
use model::ModelConfig;
use serde_json::{Value, json};
use std::ops::ControlFlow::Continue;
use std::path::Path;
use train::{Dataset, Event, LagScore, Metric, Outcome, ProbeConfig, RunSpec, TrainConfig};
use zoo::Zoo;

fn generated(task: GeneratedTask, train: u64) -> Dataset {
    let counts = Counts { train, valid: 200, test: 200 };
    Dataset::Sequences(Generated::new(task, 1).unwrap().data(counts).unwrap())
}

fn model(choices: Value) -> ModelConfig {
    let mut config = json!({"cell": "gru", "layers": 1, "hidden": 24, "init": 0.1});
    for (key, value) in choices.as_object().unwrap() {
        config[key] = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

fn train(epochs: usize, learning_rate: f64) -> TrainConfig {
    let config = json!({
        "batch": 20, "epochs": epochs, "evaluations_per_epoch": 2, "optimizer": "adam",
        "learning_rate": learning_rate, "clip": 1.0,
    });
    serde_json::from_value(config).unwrap()
}

fn run(
    model: &ModelConfig,
    train: &TrainConfig,
    dataset: &Dataset,
    checkpoint: Option<&Path>,
    on_event: &mut dyn FnMut(Event),
) -> Outcome {
    let probe = ProbeConfig::flow(6.try_into().unwrap(), 8.try_into().unwrap());
    let spec = RunSpec { model, train, probe: Some(&probe), seed: 2, test: true };
    let on_event = &mut |event| {
        on_event(event);
        Continue(())
    };
    train::run(spec, dataset, &Zoo::standard(), checkpoint, on_event).unwrap()
}

/// Texts of very different lengths whose class depends on the order of two words.
fn texts() -> SequenceData {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("texts.csv");
    let mut table = "text,label\n".to_owned();
    for k in 0..600_usize {
        let words = |n: usize| "so ".repeat(n);
        let (first, second) = if k.is_multiple_of(2) { ("a", "b") } else { ("b", "a") };
        let text =
            format!("{}{first} {}{second} {}", words(k % 7), words(k % 3), words(k * 5 % 11));
        table.push_str(&format!("{text} {k},{first}{second}\n"));
    }
    std::fs::write(&path, table).unwrap();
    let cutoff = data::Cutoff { min_count: 10, max_words: 0 };
    let settings = TableSettings { path, cutoff, ..TableSettings::default() };
    load_table(&settings, &mut |_| ()).unwrap()
}

#[test]
fn adding_falls_far_below_what_needs_no_memory() {
    let dataset = generated(GeneratedTask::Adding { length: 8 }, 2_000);
    let outcome = run(&model(json!({})), &train(2, 0.01), &dataset, None, &mut |_| {});
    assert!(outcome.test_loss.unwrap() < 0.02, "{outcome:?}");
    assert_eq!(dataset.metric(), Metric::SquaredError);
    assert!((train::baselines(&dataset)[0].test - 1.0 / 6.0).abs() < 1e-9);
    assert_eq!(outcome.tokens, 2 * 2_000 * 8);
}

#[test]
fn brackets_are_learnt_and_counted_by_lag() {
    let dataset = generated(GeneratedTask::Dyck { length: 12, kinds: 2, depth: 3 }, 3_000);
    let config = model(json!({"embedding": 8, "hidden": 32}));
    let outcome = run(&config, &train(2, 0.01), &dataset, None, &mut |_| {});
    let baseline = train::baselines(&dataset)[0].test;
    assert!(outcome.test_loss.unwrap() < 0.5 * baseline, "{outcome:?} {baseline}");
    let sum = |of: fn(&LagScore) -> usize| outcome.test_by_lag.iter().map(of).sum::<usize>();
    assert_eq!(sum(|score| score.answers), 200 * 6);
    let accuracy = sum(|score| score.right) as f64 / 1_200.0;
    assert_eq!(outcome.test_metrics[&Metric::Accuracy], accuracy);
}

/// The bag of words knows nothing of order; a model that reads does.
#[test]
fn order_is_learnt_where_a_bag_of_words_cannot() {
    let dataset = Dataset::Sequences(texts());
    let [constant, bag] = &train::baselines(&dataset)[..] else { panic!() };
    assert!(constant.test < 0.7 && bag.test < 0.7, "{constant:?} {bag:?}");
    let config = model(json!({"embedding": 8, "pooling": "mean", "bidirectional": true}));
    let outcome = run(&config, &train(12, 0.01), &dataset, None, &mut |_| {});
    assert!(outcome.test_metrics[&Metric::Accuracy] > 0.95, "{outcome:?}");
    assert_eq!(outcome.test_metrics.len(), 3);
}

/// Parameters, Adam's moments, dropout masks, and the order of sequences in the second epoch are
/// all back.
#[test]
fn a_run_taken_up_from_its_checkpoint_ends_like_an_undisturbed_one() {
    let dataset = Dataset::Sequences(texts());
    let config = model(json!({"embedding": 8, "pooling": "attention", "dropout": 0.2}));
    let train = train(2, 0.01);
    let mut steps = 0;
    let undisturbed = run(&config, &train, &dataset, None, &mut |event| {
        if let Event::Step(step) = event {
            steps = step.steps;
        }
    });
    let cut = steps / 2 + 3;
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint.safetensors");
    let cut_off = std::panic::catch_unwind(|| {
        run(&config, &train, &dataset, Some(&checkpoint), &mut |event| {
            assert!(!matches!(event, Event::Step(step) if step.step == cut), "cut off");
        })
    });
    assert!(cut_off.is_err());
    let mut first = None;
    let resumed = run(&config, &train, &dataset, Some(&checkpoint), &mut |event| {
        if let Event::Step(step) = event {
            first.get_or_insert(step.step);
        }
    });
    assert_eq!(first, Some(steps / 2 + 1), "the checkpoint follows the first epoch");
    assert_eq!(resumed.test_loss.map(f64::to_bits), undisturbed.test_loss.map(f64::to_bits));
    assert_eq!(resumed.valid_loss.map(f64::to_bits), undisturbed.valid_loss.map(f64::to_bits));
    assert_eq!(
        (resumed.test_metrics, resumed.steps, resumed.tokens),
        (undisturbed.test_metrics, undisturbed.steps, undisturbed.tokens)
    );
}

/// Each curve begins at the last scored step of its sequence, and short sequences have short ones.
#[test]
fn gradient_flow_begins_at_the_last_scored_step() {
    let dataset = Dataset::Sequences(texts());
    let config = model(json!({"embedding": 8, "layers": 2, "bidirectional": true}));
    let mut flows = Vec::new();
    run(&config, &train(1, 0.001), &dataset, None, &mut |event| {
        if let Event::GradientFlow(flow) = event {
            flows.push(flow);
        }
    });
    let places: Vec<_> = flows.iter().map(|flow| (flow.phase.as_str(), flow.layer)).collect();
    assert_eq!(places, [("initial", 0), ("initial", 1), ("trained", 0), ("trained", 1)]);
    for flow in flows {
        assert_eq!(flow.median.len(), 7);
        assert!((flow.median[0] - 1.0).abs() < 1e-6, "{flow:?}");
        assert!(flow.median[6] > 0.0);
    }
}

/// What helps to choose settings does not see the test split, and is the same else.
#[test]
fn the_test_split_is_left_alone_where_it_is_not_asked_for() {
    let dataset = generated(GeneratedTask::Parity { length: 4 }, 40);
    let (config, train) = (model(json!({"embedding": 2})), train(1, 0.01));
    let trained = |test: bool| {
        let spec = RunSpec { model: &config, train: &train, probe: None, seed: 1, test };
        train::run(spec, &dataset, &Zoo::standard(), None, &mut |_| Continue(())).unwrap()
    };
    let (with, without) = (trained(true), trained(false));
    assert!(with.test_loss.is_some() && !with.test_metrics.is_empty());
    assert_eq!((without.test_loss, without.test_metrics.len()), (None, 0));
    assert_eq!(with.valid_loss, without.valid_loss);
}

#[test]
fn unroll_is_refused_for_sequences() {
    let dataset = generated(GeneratedTask::Parity { length: 4 }, 40);
    let train = TrainConfig { unroll: Some(5.try_into().unwrap()), ..train(1, 0.01) };
    let config = model(json!({"embedding": 2}));
    let spec = RunSpec { model: &config, train: &train, probe: None, seed: 1, test: false };
    let error =
        train::run(spec, &dataset, &Zoo::standard(), None, &mut |_| Continue(())).unwrap_err();
    assert!(error.to_string().contains("sequences are read whole"), "{error}");
}
