//! An encoder with its decoder: gradients of all parameters, and what filling must not change.

use compute::Draws;
use dfdx::prelude::Backward;
use model::{AnyModel, Beam, EncoderDecoder, ModelConfig, OwnTokens, TrainingPass};
use sequence::Dropout;
use std::num::NonZeroUsize;
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
    use serde_json::json;
    let mut configs = vec![
        config("gru", json!({})),
        config("lstm", json!({"learned_state": true, "projection": 2})),
        config("lstm", json!({"residual": true, "zoneout": 0.2})),
        // As wide as the embedding: no projection before a tied output.
        config("gru", json!({"tied": true, "hidden": 2})),
        config("rnn", json!({"tied": true, "bidirectional": true})),
        // Start states: of fewer layers, of other cells, with a stabiliser, of matrices.
        config("lstm", json!({"bidirectional": true, "decoder": {"layers": 1}})),
        config("lstm", json!({"layers": 1, "decoder": {"cell": "gru", "layers": 2}})),
        config("gru", json!({"decoder": {"cell": "slstm"}})),
        config("slstm", json!({"bidirectional": true})),
        config("delta_net", json!({"hidden": 4, "heads": 2, "bidirectional": true})),
        config("delta_net", json!({"hidden": 4, "heads": 2, "decoder": {"cell": "gru"}})),
    ];
    for context in ["every_step", "luong_general", "luong_concat", "bahdanau"] {
        let decoder = json!({"context": context});
        configs.push(config("gru", json!({"decoder": decoder, "bidirectional": true})));
        configs.push(config("lstm", json!({"decoder": decoder, "tied": true, "layers": 1})));
    }
    configs.push(config("gru", json!({"decoder": {"context": "luong_dot"}, "tied": true})));
    // The output before is that of a projected state, or of a state that is a matrix.
    let decoder = json!({"context": "bahdanau", "cell": "retnet"});
    configs.push(config("gru", json!({"decoder": decoder, "hidden": 4, "heads": 2})));
    let decoder = json!({"context": "bahdanau"});
    configs.push(config("lstm", json!({"decoder": decoder, "projection": 2, "layers": 1})));
    configs
}

#[test]
fn gradients_of_all_parameters_agree_with_finite_differences() {
    const STEP: f32 = 3e-3;
    let window = window();
    for config in configs() {
        let mut model = model(&config);
        let (loss, (total, count)) = model.loss(&window, TrainingPass::default()).unwrap();
        assert_eq!((count, model.score(&window).unwrap()), (6, (total, count)), "{config:?}");
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
                // Five points: the error of the second order vanishes.
                let near = moved(STEP) - moved(-STEP);
                let far = moved(2.0 * STEP) - moved(-2.0 * STEP);
                let slope = (8.0 * near - far) / f64::from(12.0 * STEP);
                moved(0.0);
                let off = (slope as f32 - gradient[element]).abs();
                let told = gradient[element];
                assert!(off < 3e-3 * largest + 2e-4, "{name}[{element}] {slope} {told}");
            }
        }
    }
}

/// A batch is worth its sequences one by one, in its loss and, to the bit, in what it writes.
#[test]
fn a_sequence_gives_the_same_alone_and_in_a_batch() {
    let beam = Beam { size: NonZeroUsize::new(3).unwrap(), length: 0.6, coverage: 0.1 };
    for config in configs() {
        let model = model(&config);
        let (together, count) = model.score(&window()).unwrap();
        let apart = [0, 1].map(|b| model.score(&alone(b)).unwrap());
        assert!((apart[0].0 + apart[1].0 - together).abs() < 1e-5, "{apart:?} {together}");
        assert_eq!(apart[0].1 + apart[1].1, count);
        let answers = model.greedy(&window(), &[9, 7]).unwrap();
        let found = model.beam(&window(), &[9, 7], beam).unwrap();
        for (b, longest) in [9, 7].into_iter().enumerate() {
            let own = model.greedy(&alone(b), &[longest]).unwrap();
            assert_eq!(own, [answers[b].clone()], "{config:?}");
            assert_eq!(model.beam(&alone(b), &[longest], beam).unwrap(), [found[b].clone()]);
            let tokens = &answers[b].tokens;
            let ends = tokens.iter().position(|&token| token == 3);
            assert!(ends.map_or(tokens.len() == longest, |end| end + 1 == tokens.len()));
            // Each token attends to the steps of its own source, in shares.
            let attention = &answers[b].attention;
            let steps = window().lengths[b];
            match config.decoder.context.is_attention() {
                true => assert_eq!(attention.len(), tokens.len()),
                false => assert!(attention.is_empty()),
            }
            for weights in attention {
                assert_eq!(weights.len(), steps);
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{weights:?}");
            }
        }
    }
}

/// To the bit: more filling, which says something else, changes neither loss nor gradients nor answers.
#[test]
fn what_fills_up_a_source_takes_no_part() {
    let plain = window();
    let mut filled = Window { steps: 5, ..window() };
    if let Inputs::Tokens(tokens) = &mut filled.inputs {
        tokens[5] = 1;
        tokens.extend([2, 2, 1, 0]);
    }
    for config in configs() {
        let mut model = model(&config);
        let gradients = |model: &mut EncoderDecoder, window: &Window| {
            let (loss, total) = model.loss(window, TrainingPass::default()).unwrap();
            let mut gradients = loss.backward();
            let mut found = vec![];
            model.for_each_parameter(&mut |name, parameter| {
                // Rows of filling get zeros; a zero may have a sign.
                let of = parameter.gradient(&mut gradients).unwrap();
                found.push((name.to_owned(), of.to_vec()));
            });
            (total, found)
        };
        let expected = gradients(&mut model, &plain);
        assert_eq!(gradients(&mut model, &filled), expected, "{config:?}");
        let answers = model.greedy(&plain, &[5; 2]).unwrap();
        assert_eq!(model.greedy(&filled, &[5; 2]).unwrap(), answers);
    }
}

/// Where every token is taught, going step by step is what going at once is; where none is, the loss is that
/// of what the model writes.
#[test]
fn own_tokens_take_the_place_of_targets() {
    let (window, draws) = (window(), Draws::new(3));
    for config in configs() {
        let model = model(&config);
        let loss = |share: f64, step| {
            let own = Some(OwnTokens { share, draws, step });
            model.loss(&window, TrainingPass { own, ..TrainingPass::default() }).unwrap().1.0
        };
        let taught = model.score(&window).unwrap().0;
        let nearly = loss(1e-12, 0);
        assert!((nearly - taught).abs() < 1e-5, "{config:?}: {nearly} {taught}");
        // Its own tokens as targets are taught and its own.
        let written = model.greedy(&window, &[4, 4]).unwrap();
        let lengths: Vec<usize> = written.iter().map(|one| one.tokens.len()).collect();
        let token = |t: usize, b: usize| written[b].tokens.get(t).copied().unwrap_or(IGNORE);
        let tokens = (0..8).map(|k| token(k / 2, k % 2)).collect();
        let targets = TargetSequences { steps: 4, lengths, tokens };
        let own = Window { targets: Targets::Sequences(targets), ..window.clone() };
        let pass = TrainingPass {
            own: Some(OwnTokens { share: 1.0, draws, step: 0 }),
            ..TrainingPass::default()
        };
        let (total, _) = model.loss(&own, pass).unwrap().1;
        assert!((total - model.score(&own).unwrap().0).abs() < 1e-5, "{config:?}");
        let probability: f64 = written.iter().map(|one| one.log_probability).sum();
        assert!((total + probability).abs() < 1e-4, "{config:?}: {total} {probability}");
    }
    let model = model(&config("gru", serde_json::json!({})));
    let own = |step| {
        let own = Some(OwnTokens { share: 0.5, draws, step });
        model.loss(&window, TrainingPass { own, ..TrainingPass::default() }).unwrap().1.0
    };
    assert_eq!(own(1), own(1));
    assert!((2..9).any(|step| own(step) != own(1)));
}

/// Whatever is dropped is dropped in the loss alone, and differs from step to step.
#[test]
fn dropout_reaches_every_arrangement() {
    let (window, draws) = (window(), Draws::new(3));
    for mut config in configs() {
        config.dropout = 0.5.try_into().unwrap();
        let model = model(&config);
        let loss = |step| {
            let dropout = Some(Dropout::new(draws, step));
            model.loss(&window, TrainingPass { dropout, ..TrainingPass::default() }).unwrap().1.0
        };
        assert_eq!(loss(1), loss(1));
        assert_ne!(loss(1), loss(2), "{config:?}");
        assert_ne!(loss(1), model.score(&window).unwrap().0);
    }
}

/// With the bias far above all weights, it writes what the bias says.
#[test]
fn what_is_likeliest_is_written() {
    let mut model = model(&config("gru", serde_json::json!({})));
    model.start_from(&[0.0, 90.0, 0.0, 0.0]).unwrap();
    let tokens = |model: &EncoderDecoder| {
        let written = model.greedy(&window(), &[3, 2]).unwrap();
        written.into_iter().map(|one| one.tokens).collect::<Vec<_>>()
    };
    assert_eq!(tokens(&model), [&[1, 1, 1][..], &[1, 1]]);
    model.start_from(&[0.0, 0.0, 0.0, 90.0]).unwrap();
    assert_eq!(tokens(&model), [[3], [3]]);
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
    assert!(refused(serde_json::json!({"embedding": null})).starts_with("`embedding`: "));
    assert!(refused(serde_json::json!({"pooling": "mean"})).starts_with("`pooling`: "));
    let decoder = |decoder: serde_json::Value, bidirectional: bool| {
        refused(serde_json::json!({"decoder": decoder, "bidirectional": bidirectional}))
    };
    let told = decoder(serde_json::json!({"context": "luong_dot"}), true);
    assert!(
        told.starts_with("`decoder`: `context: luong_dot` multiplies the decoder's 3"),
        "{told}"
    );
    let told = decoder(serde_json::json!({"cell": "gro"}), false);
    assert!(told.starts_with("`decoder`: no cell is called `gro`"), "{told}");
    let config = config("gru", serde_json::json!({"decoder": {"context": "every_step"}}));
    let told = config.unsuited(&TaskShape::language(4)).unwrap();
    assert!(told.1.starts_with("this task is not answered with another sequence"), "{told:?}");
}

/// The counts that published structures give exactly (PyTorch's second biases, 3H a layer and direction of a GRU
/// and 4H of an LSTM, taken off): Multi30k with 7,853 and 5,893 types, bentrevett's three models.
#[test]
fn parameters_are_those_of_published_structures() {
    let shape = TaskShape {
        input: InputKind::Tokens { types: 7_853 },
        target: TargetKind::Sequence { types: 5_893 },
        predicts_input: false,
    };
    let parameters = |cell: &str, layers: usize, choices: serde_json::Value| {
        let mut all = serde_json::json!({
            "cell": cell, "layers": layers, "hidden": 512, "embedding": 256, "init": 0.08,
        });
        all.as_object_mut().unwrap().extend(choices.as_object().unwrap().clone());
        let config = serde_json::from_value(all).unwrap();
        model::costs(&config, &shape, &Zoo::standard()).unwrap().parameters
    };
    let lstm = parameters("lstm", 2, serde_json::json!({}));
    assert_eq!(lstm + 4 * 4 * 512, 13_898_501);
    let every_step = serde_json::json!({"decoder": {"context": "every_step"}});
    // PyTorch's GRU has three biases more; ours, which resets before the product, one a gate.
    let gru = parameters("gru", 1, every_step);
    assert_eq!(gru + 2 * 3 * 512, 14_219_781);
    let bahdanau = serde_json::json!({"bidirectional": true, "decoder": {"context": "bahdanau"}});
    // Its energy has a bias of 512 besides.
    let attention = parameters("gru", 1, bahdanau);
    assert_eq!(attention + 3 * 3 * 512 + 512, 20_518_405);
}
