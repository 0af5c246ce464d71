//! An encoder with its decoder: gradients of all parameters, and what filling must not change.

use compute::Draws;
use dfdx::prelude::Backward;
use model::{AnyModel, EncoderDecoder, ModelConfig};
use task::{IGNORE, InputKind, Inputs, TargetKind, TargetSequences, Targets, TaskShape, Window};
use zoo::Zoo;

/// Three letters to read; to write, and the end.
const SHAPE: TaskShape = TaskShape {
    input: InputKind::Tokens { types: 3 },
    target: TargetKind::Sequence { types: 4 },
    predicts_input: false,
};

/// Two sequences, one longer to read, the other longer to write.
fn window() -> Window {
    let targets = TargetSequences {
        steps: 4,
        lengths: vec![2, 4],
        tokens: vec![1, 0, 3, 2, IGNORE, 2, IGNORE, 3],
    };
    Window {
        steps: 3,
        batch: 2,
        lengths: vec![3, 2],
        inputs: Inputs::Tokens(vec![0, 2, 1, 1, 2, 0]),
        targets: Targets::Sequences(targets),
    }
}

/// Sequence `b` of [`window`] alone.
fn alone(b: usize) -> Window {
    let column = |all: &[u32], steps: usize| (0..steps).map(|t| all[2 * t + b]).collect();
    let both = window();
    let (Inputs::Tokens(inputs), Targets::Sequences(targets)) = (&both.inputs, &both.targets)
    else {
        panic!()
    };
    let (read, written) = (both.lengths[b], targets.lengths[b]);
    let tokens = column(&targets.tokens, written);
    Window {
        steps: read,
        batch: 1,
        lengths: vec![read],
        inputs: Inputs::Tokens(column(inputs, read)),
        targets: Targets::Sequences(TargetSequences {
            steps: written,
            lengths: vec![written],
            tokens,
        }),
    }
}

fn config(cell: &str, choices: serde_json::Value) -> ModelConfig {
    let mut config = serde_json::json!({
        "cell": cell, "layers": 2, "hidden": 3, "embedding": 2, "init": 0.8,
    });
    config.as_object_mut().unwrap().extend(choices.as_object().unwrap().clone());
    serde_json::from_value(config).unwrap()
}

fn model(config: &ModelConfig) -> EncoderDecoder {
    EncoderDecoder::new(config, SHAPE, &Zoo::standard(), &Draws::new(7)).unwrap()
}

fn configs() -> Vec<ModelConfig> {
    vec![
        config("gru", serde_json::json!({})),
        config("lstm", serde_json::json!({"learned_state": true, "projection": 2})),
        config("lstm", serde_json::json!({"residual": true, "zoneout": 0.2})),
    ]
}

#[test]
fn gradients_of_all_parameters_agree_with_finite_differences() {
    const STEP: f32 = 1e-2;
    let window = window();
    for config in configs() {
        let mut model = model(&config);
        let (loss, (total, count)) = model.loss(&window, None).unwrap();
        assert_eq!((count, model.score(&window).unwrap()), (6, (total, count)));
        let mut gradients = loss.backward();
        let mut found = Vec::new();
        model.for_each_parameter(&mut |name, parameter| {
            let gradient = parameter.gradient(&mut gradients).unwrap().to_vec();
            found.push((name.to_owned(), parameter.read(), gradient));
        });
        for (k, (name, values, gradient)) in found.iter().enumerate() {
            let largest = gradient.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
            assert!(largest > 0.0, "{config:?}: nothing reaches {name}");
            for element in 0..values.len() {
                let mut moved = |by: f32| {
                    let mut place = 0;
                    model.for_each_parameter(&mut |_, parameter| {
                        if place == k {
                            let mut changed = values.clone();
                            changed[element] += by;
                            parameter.write(&changed).unwrap();
                        }
                        place += 1;
                    });
                    model.score(&window).unwrap().0 / count as f64
                };
                let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
                moved(0.0);
                let off = (slope as f32 - gradient[element]).abs();
                let told = gradient[element];
                assert!(off < 3e-3 * largest + 2e-4, "{name}[{element}] {slope} {told}");
            }
        }
    }
}

/// A batch is worth its sequences one by one, in its loss and in what it writes.
#[test]
fn filling_changes_nothing() {
    for config in configs() {
        let model = model(&config);
        let (together, count) = model.score(&window()).unwrap();
        let apart = [0, 1].map(|b| model.score(&alone(b)).unwrap());
        assert!((apart[0].0 + apart[1].0 - together).abs() < 1e-5, "{apart:?} {together}");
        assert_eq!(apart[0].1 + apart[1].1, count);
        let answers = model.answers(&window(), 9).unwrap();
        let apart = [0, 1].map(|b| model.answers(&alone(b), 9).unwrap().concat());
        assert_eq!(answers, apart);
        for answer in answers {
            let ends = answer.iter().position(|&token| token == 3);
            assert!(ends.map_or(answer.len() == 9, |end| end + 1 == answer.len()), "{answer:?}");
        }
    }
}

/// With the bias far above all weights, it writes what the bias says.
#[test]
fn what_is_likeliest_is_written() {
    let mut model = model(&config("gru", serde_json::json!({})));
    model.start_from(&[0.0, 90.0, 0.0, 0.0]).unwrap();
    assert_eq!(model.answers(&window(), 3).unwrap(), [[1, 1, 1], [1, 1, 1]]);
    model.start_from(&[0.0, 0.0, 0.0, 90.0]).unwrap();
    assert_eq!(model.answers(&window(), 3).unwrap(), [[3], [3]]);
}

#[test]
fn costs_count_every_parameter_of_both_stacks() {
    for config in configs() {
        let mut count = 0;
        let mut names = Vec::new();
        model(&config).for_each_parameter(&mut |name, parameter| {
            count += parameter.dims().iter().product::<usize>();
            names.push(name.to_owned());
        });
        let costs = model::costs(&config, &SHAPE, &Zoo::standard()).unwrap();
        assert_eq!(costs.parameters, count, "{config:?}");
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let refused = |choices: serde_json::Value| {
        let config = config("gru", choices);
        let error = EncoderDecoder::new(&config, SHAPE, &Zoo::standard(), &Draws::new(1));
        error.map(|_| ()).unwrap_err().to_string()
    };
    let told = refused(serde_json::json!({"bidirectional": true}));
    assert!(told.starts_with("`bidirectional`: the decoder starts from the state"), "{told}");
    assert!(refused(serde_json::json!({"tied": true})).starts_with("`tied`: "));
    assert!(refused(serde_json::json!({"pooling": "mean"})).starts_with("`pooling`: "));
}
