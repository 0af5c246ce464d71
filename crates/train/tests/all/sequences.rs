//! Whole trainings on sequences: every kind of task learns, and can be taken up.

use crate::training::IN_TIME;
use data::{Generated, SequenceData, TableSettings, load_table};
use model::ModelConfig;
use serde_json::{Value, json};
use std::ops::ControlFlow::Continue;
use std::path::Path;
use train::{Dataset, Event, LagScore, Metric, Outcome, ProbeConfig, RunSpec, TrainConfig};
use zoo::Zoo;

fn generated(name: &str, mut settings: Value, train: u64) -> Dataset {
    settings["sequences"] = json!({"train": train, "valid": 200, "test": 200});
    let Value::Object(settings) = settings else { panic!("{settings}") };
    let task = Generated::read(name, settings).unwrap().unwrap();
    Dataset::Sequences(task.data().unwrap())
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
    let spec = RunSpec {
        name: "run",
        model,
        train,
        start: None,
        probe: Some(&probe),
        seed: 2,
        test: true,
    };
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
    let dataset = generated("adding", json!({"length": 8}), 2_000);
    let outcome = run(&model(json!({})), &train(2, 0.01), &dataset, None, &mut |_| {});
    assert!(outcome.test_loss.unwrap() < 0.02, "{outcome:?}");
    assert_eq!(dataset.metric(), Metric::SQUARED_ERROR);
    assert!((train::baselines(&dataset)[0].test.get() - 1.0 / 6.0).abs() < 1e-9);
    assert_eq!(outcome.tokens, 2 * 2_000 * 8);
}

/// These move little in a step, so they learn at a larger rate; without memory the error is 1/6.
#[test]
#[ignore = "slow: `just test-all` runs it"]
fn equations_in_time_add() {
    let dataset = generated("adding", json!({"length": 10}), 4_000);
    for cell in IN_TIME {
        let config = model(json!({"cell": cell, "hidden": 32}));
        let outcome = run(&config, &train(8, 0.03), &dataset, None, &mut |_| {});
        assert!(outcome.test_loss.unwrap() < 0.1, "{cell}: {outcome:?}");
    }
}

#[test]
fn brackets_are_learnt_and_counted_by_lag() {
    let dataset = generated("dyck", json!({"length": 12, "kinds": 2, "depth": 3}), 3_000);
    let config = model(json!({"embedding": 8, "hidden": 32}));
    let outcome = run(&config, &train(2, 0.01), &dataset, None, &mut |_| {});
    let baseline = train::baselines(&dataset)[0].test.get();
    assert!(outcome.test_loss.unwrap() < 0.5 * baseline, "{outcome:?} {baseline}");
    let sum = |of: fn(&LagScore) -> usize| outcome.test_by_lag.iter().map(of).sum::<usize>();
    assert_eq!(sum(|score| score.answers), 200 * 6);
    let accuracy = sum(|score| score.right) as f64 / 1_200.0;
    assert_eq!(outcome.test_metrics[&Metric::ACCURACY], accuracy);
}

/// An encoder and its decoder: what they write by themselves is right.
#[test]
fn strings_are_reversed() {
    let settings = json!({"letters": 4, "shortest": 1, "longest": 4});
    let dataset = generated("reverse", settings, 3_000);
    let config = model(json!({"embedding": 8, "hidden": 32}));
    let outcome = run(&config, &train(3, 0.01), &dataset, None, &mut |_| {});
    let baseline = train::baselines(&dataset)[0].test.get();
    assert!(outcome.test_loss.unwrap() < 0.2 * baseline, "{outcome:?} {baseline}");
    let [exact, tokens] =
        [Metric::EXACT_MATCH, Metric::ACCURACY].map(|metric| outcome.test_metrics[&metric]);
    assert!(exact > 0.8 && tokens > exact, "{outcome:?}");
    assert_eq!(dataset.metric(), Metric::CROSS_ENTROPY);
}

/// Longer strings than a small final state can hold: with attention they are written all the same, backwards as
/// well as a longer training would, which the same model without does not.
#[test]
fn attention_reverses_what_the_final_state_cannot_hold() {
    let settings = json!({"letters": 8, "shortest": 6, "longest": 10});
    let dataset = generated("reverse", settings, 4_000);
    let exact = |context: &str| {
        let config = model(json!({
            "embedding": 8, "hidden": 24, "bidirectional": true, "decoder": {"context": context},
        }));
        let outcome = run(&config, &train(4, 0.01), &dataset, None, &mut |_| {});
        outcome.test_metrics[&Metric::EXACT_MATCH]
    };
    let found = ["start", "luong_general", "bahdanau"].map(exact);
    assert!(found[0] < 0.3 && found[1] > 0.8 && found[2] > 0.8, "{found:?}");
}

/// From the decoder's last target into the encoder's layers, of two directions the first; with attention there
/// is a way to every step that leads past the others.
#[test]
fn the_gradient_flows_from_the_decoder_into_the_encoder() {
    let settings = json!({"letters": 4, "shortest": 7, "longest": 9});
    let dataset = generated("reverse", settings, 40);
    let flows = |choices: Value| {
        let mut flows = Vec::new();
        run(&model(choices), &train(1, 1e-6), &dataset, None, &mut |event| {
            if let Event::GradientFlow(flow) = event {
                flows.push((flow.layer, flow.median));
            }
        });
        flows
    };
    let choices = |context: &str| {
        let decoder = json!({"context": context});
        json!({"embedding": 4, "layers": 2, "bidirectional": true, "decoder": decoder})
    };
    let [start, attention] = ["start", "luong_general"].map(|context| flows(choices(context)));
    for found in [&start, &attention] {
        assert_eq!(found.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), [0, 1, 0, 1]);
        for (_, median) in found {
            assert_eq!((median.len(), median[0]), (7, 1.0), "{median:?}");
        }
    }
    assert!(attention[1].1[6] > 10.0 * start[1].1[6], "{start:?} {attention:?}");
}

/// The bag of words knows nothing of order; a model that reads does.
#[test]
fn order_is_learnt_where_a_bag_of_words_cannot() {
    let dataset = Dataset::Sequences(texts());
    let [constant, bag] = &train::baselines(&dataset)[..] else { panic!() };
    assert!(constant.test.get() < 0.7 && bag.test.get() < 0.7, "{constant:?} {bag:?}");
    let config = model(json!({"embedding": 8, "pooling": "mean", "bidirectional": true}));
    let outcome = run(&config, &train(12, 0.01), &dataset, None, &mut |_| {});
    assert!(outcome.test_metrics[&Metric::ACCURACY] > 0.95, "{outcome:?}");
    assert_eq!(outcome.test_metrics.len(), 3);
}

/// Parameters, Adam's moments, dropout masks, and the order of sequences in the second epoch are
/// all back.
#[test]
fn a_run_taken_up_from_its_checkpoint_ends_like_an_undisturbed_one() {
    let attention = json!({"embedding": 8, "pooling": "attention", "dropout": 0.2});
    taken_up(&Dataset::Sequences(texts()), &model(attention));
    let strings = json!({"letters": 4, "shortest": 1, "longest": 5});
    let choices = json!({"embedding": 8, "dropout": 0.2, "zoneout": 0.1, "learned_state": true});
    let strings = generated("reverse", strings, 600);
    taken_up(&strings, &model(choices));
    let choices = json!({
        "embedding": 8, "dropout": 0.2, "tied": true, "bidirectional": true,
        "decoder": {"context": "luong_concat"},
    });
    let forcing = serde_json::from_value(json!({"from": 1, "to": 0.2})).unwrap();
    let train = TrainConfig { teacher_forcing: forcing, ..train(2, 0.01) };
    taken_up_with(&strings, &model(choices), &train);
}

#[track_caller]
fn taken_up(dataset: &Dataset, config: &ModelConfig) {
    taken_up_with(dataset, config, &train(2, 0.01));
}

#[track_caller]
fn taken_up_with(dataset: &Dataset, config: &ModelConfig, train: &TrainConfig) {
    let mut steps = 0;
    let undisturbed = run(config, train, dataset, None, &mut |event| {
        if let Event::Step(step) = event {
            steps = step.steps;
        }
    });
    let cut = steps / 2 + 3;
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint.safetensors");
    let cut_off = std::panic::catch_unwind(|| {
        run(config, train, dataset, Some(&checkpoint), &mut |event| {
            assert!(!matches!(event, Event::Step(step) if step.step == cut), "cut off");
        })
    });
    assert!(cut_off.is_err());
    let mut first = None;
    let resumed = run(config, train, dataset, Some(&checkpoint), &mut |event| {
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
    let places: Vec<_> = flows.iter().map(|flow| (flow.phase.name(), flow.layer)).collect();
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
    let dataset = generated("parity", json!({"length": 4}), 40);
    let (config, train) = (model(json!({"embedding": 2})), train(1, 0.01));
    let trained = |test: bool| {
        let spec = RunSpec {
            name: "run",
            model: &config,
            train: &train,
            start: None,
            probe: None,
            seed: 1,
            test,
        };
        train::run(spec, &dataset, &Zoo::standard(), None, &mut |_| Continue(())).unwrap()
    };
    let (with, without) = (trained(true), trained(false));
    assert!(with.test_loss.is_some() && !with.test_metrics.is_empty());
    assert_eq!((without.test_loss, without.test_metrics.len()), (None, 0));
    assert_eq!(with.valid_loss, without.valid_loss);
}

#[test]
fn unroll_is_refused_for_sequences() {
    let dataset = generated("parity", json!({"length": 4}), 40);
    let train = TrainConfig { unroll: Some(5.try_into().unwrap()), ..train(1, 0.01) };
    let config = model(json!({"embedding": 2}));
    let spec = RunSpec {
        name: "run",
        model: &config,
        train: &train,
        start: None,
        probe: None,
        seed: 1,
        test: false,
    };
    let error =
        train::run(spec, &dataset, &Zoo::standard(), None, &mut |_| Continue(())).unwrap_err();
    assert!(error.to_string().contains("sequences are read whole"), "{error}");
}

/// The loss and the gradient before the last update are finite; what it leaves is not.
#[test]
fn a_model_that_its_last_update_breaks_has_diverged() {
    let dataset = generated("adding", json!({"length": 10}), 64);
    let config = model(json!({"cell": "rnn_relu", "hidden": 4, "init": 10}));
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint.safetensors");
    for (steps, rate) in [(1, 3e38), (2, 1e20)] {
        let mut train = train(steps, rate);
        train.batch = 64.try_into().unwrap();
        train.optimizer = train::Optimizer::Sgd;
        train.clip = None;
        let mut losses = Vec::new();
        let outcome = run(&config, &train, &dataset, Some(&checkpoint), &mut |event| {
            if let Event::Step(step) = event {
                losses.push(step.loss);
            }
        });
        assert!(losses[0].is_finite());
        assert!(outcome.diverged, "{outcome:?}");
        assert_eq!((outcome.valid_loss, outcome.test_loss), (None, None));
        assert!(!folder.path().join("model.safetensors").exists());
        std::fs::remove_dir_all(folder.path()).unwrap();
        std::fs::create_dir(folder.path()).unwrap();
    }
}

/// A learning rate at which the model is thrown far off and comes back, or not.
#[test]
fn evaluations_far_from_anything_learnt_are_counted() {
    let dataset = generated("adding", json!({"length": 8}), 400);
    let outcome = run(&model(json!({})), &train(2, 0.01), &dataset, None, &mut |_| {});
    assert_eq!(outcome.astray, 0, "{outcome:?}");
    let mut wild = train(2, 30.0);
    wild.evaluations_per_epoch = 20.try_into().unwrap();
    let mut losses = Vec::new();
    let outcome = run(&model(json!({})), &wild, &dataset, None, &mut |event| {
        if let Event::Evaluation(evaluation) = event {
            losses.push(evaluation.valid_loss);
        }
    });
    // The mean answer has a squared error near 1/6.
    let expected = losses.iter().filter(|loss| !loss.is_finite() || **loss > 0.34).count();
    assert!(outcome.astray > 0);
    assert!(outcome.astray.abs_diff(expected) <= 1, "{} {losses:?}", outcome.astray);
}

#[test]
fn the_largest_norm_is_that_of_all_steps() {
    let dataset = generated("adding", json!({"length": 8}), 400);
    let mut norms = Vec::new();
    let outcome = run(&model(json!({})), &train(2, 0.01), &dataset, None, &mut |event| {
        if let Event::Step(step) = event {
            norms.push(step.gradient_norm);
        }
    });
    assert_eq!(outcome.largest_norm, norms.into_iter().fold(0.0, f64::max));
}

/// A batch that no bucket fills, and a training that ends before a batch of the usual size.
#[test]
fn speed_is_that_of_the_largest_batches_there_are() {
    let dataset = Dataset::Sequences(texts());
    let config = model(json!({"embedding": 6}));
    for (batch, steps) in [(100_000, None), (400, Some(1))] {
        let mut train = train(1, 0.01);
        train.batch = batch.try_into().unwrap();
        train.steps = steps.map(|steps: usize| steps.try_into().unwrap());
        let outcome = run(&config, &train, &dataset, None, &mut |_| {});
        assert!(outcome.tokens_per_second > 0.0, "{batch}");
        assert!(outcome.forward_tokens_per_second.is_some_and(|speed| speed > 0.0), "{batch}");
    }
}

/// Starts other than ours, through a whole model.
#[test]
fn biases_start_as_the_configuration_says() {
    let dataset = Dataset::Sequences(texts());
    let biases = |choices: Value| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let mut train = train(1, 1e-30);
        train.steps = Some(1.try_into().unwrap());
        let mut config = json!({"cell": "gru_reset_after", "embedding": 6});
        for (key, value) in choices.as_object().unwrap() {
            config[key] = value.clone();
        }
        run(&model(config), &train, &dataset, Some(&path), &mut |_| {});
        let content = std::fs::read(folder.path().join("model.safetensors")).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&content).unwrap();
        ["layer 0.bias", "output bias"].map(|name| {
            let view = tensors.tensor(name).unwrap();
            let (numbers, _) = view.data().as_chunks::<4>();
            let largest = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes).abs());
            largest.fold(0.0, f32::max)
        })
    };
    // Two classes, equally frequent: each has the logarithm of a half.
    let [layers, output] = biases(json!({}));
    assert!(layers < 1e-20, "{layers}");
    assert!((output - 0.69).abs() < 0.02, "{output}");
    let [layers, output] = biases(json!({"bias_init": "torch", "output_bias": "torch"}));
    let limit = 1.0 / 24.0_f32.sqrt();
    assert!(layers > limit && layers < 2.0 * limit, "{layers}");
    assert!(output > 0.0 && output < limit, "{output}");
    let [layers, output] = biases(json!({"bias_init": 0.01, "output_bias": "zero"}));
    assert!(layers > 0.009 && layers <= 0.01, "{layers}");
    assert!(output < 1e-20, "{output}");
    let [_, output] = biases(json!({"output_bias": 0.5}));
    assert!(output > 0.0 && output <= 0.5, "{output}");
}
