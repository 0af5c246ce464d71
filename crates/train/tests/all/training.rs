//! Whole trainings on small corpora.

use data::{Corpus, Places, WhenMissing};
use model::ModelConfig;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::ops::ControlFlow::Continue;
use std::path::Path;
use std::thread;
use train::{Dataset, Event, Optimizer, Outcome, ProbeConfig, RunSpec, TrainConfig};
use zoo::Zoo;

pub(crate) fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// The beginning of the built-in language: enough to learn from, quickly.
pub(crate) fn corpus(train: usize) -> Corpus {
    let places = Places::new(Vec::new(), None);
    let mut corpus =
        data::load_corpus("builtin", WhenMissing::Error, &places, &mut |_| {}).unwrap();
    corpus.train.truncate(train);
    corpus.valid.truncate(2_000);
    corpus.test.truncate(2_000);
    corpus
}

pub(crate) fn model(cell: &str) -> ModelConfig {
    ModelConfig {
        cell: cell.to_owned(),
        layers: size(2),
        hidden: size(20),
        heads: size(1),
        embedding: Some(size(12)),
        tied: true,
        bidirectional: false,
        pooling: None,
        dropout: 0.1.try_into().unwrap(),
        init: 0.1.try_into().unwrap(),
        layer_init: None,
        remember_bias: model::RememberChoice::Constant(1.0.try_into().unwrap()),
        bias_init: Default::default(),
        output_bias: Default::default(),
        projection: None,
        locked_dropout: false,
        zoneout: Default::default(),
        zoneout_memory: Default::default(),
        residual: false,
        learned_state: false,
        decoder: Default::default(),
    }
}

/// An LSTM with everything that a configuration can ask for.
fn every_option() -> ModelConfig {
    ModelConfig {
        hidden: size(16),
        layer_init: Some(model::LayerInitChoice::Each {
            input: Some(model::InitChoice::Named(model::NamedInit::Xavier)),
            recurrent: Some(model::InitChoice::Named(model::NamedInit::Orthogonal)),
        }),
        remember_bias: model::RememberChoice::Chrono { chrono: 20.0.try_into().unwrap() },
        projection: Some(size(12)),
        locked_dropout: true,
        zoneout: 0.1.try_into().unwrap(),
        zoneout_memory: 0.2.try_into().unwrap(),
        residual: true,
        learned_state: true,
        ..model("lstm")
    }
}

pub(crate) fn config(optimizer: Optimizer, learning_rate: f32) -> TrainConfig {
    TrainConfig {
        batch: size(10),
        unroll: Some(size(20)),
        epochs: size(2),
        steps: None,
        evaluations_per_epoch: size(2),
        optimizer,
        learning_rate: f64::from(learning_rate).try_into().unwrap(),
        clip: Some(1.0.try_into().unwrap()),
        schedule: train::Schedule::default(),
        teacher_forcing: Default::default(),
        freeze: None,
        layer_decay: None,
    }
}

fn run(
    model: &ModelConfig,
    train: &TrainConfig,
    corpus: &Corpus,
    checkpoint: Option<&Path>,
    on_event: &mut dyn FnMut(Event),
) -> Outcome {
    probed(model, train, &ProbeConfig::flow(size(10), size(8)), corpus, checkpoint, on_event)
}

fn probed(
    model: &ModelConfig,
    train: &TrainConfig,
    probe: &ProbeConfig,
    corpus: &Corpus,
    checkpoint: Option<&Path>,
    on_event: &mut dyn FnMut(Event),
) -> Outcome {
    let spec =
        RunSpec { name: "run", model, train, start: None, probe: Some(probe), seed: 3, test: true };
    let on_event = &mut |event| {
        on_event(event);
        Continue(())
    };
    train::run(spec, &Dataset::Corpus(corpus.clone()), &Zoo::standard(), checkpoint, on_event)
        .unwrap()
}

/// Cells that are differential equations, taken in steps of constant length.
pub(crate) const IN_TIME: [&str; 4] =
    ["antisymmetric_rnn", "antisymmetric_rnn_gated", "cornn", "unicornn"];

/// Every layer ends well below the unigram model, whose loss memory is needed to beat. Memories are held to
/// less: one that forgets nothing (linear attention) gains least.
#[test]
#[ignore = "slow: `just test-all` runs it"]
fn every_cell_learns() {
    let corpus = corpus(50_000);
    let unigram = data::unigram_nll(&corpus.train, &corpus.test, corpus.vocabulary.len()).unwrap();
    let zoo = Zoo::standard();
    // Equations in time with fixed small steps say little after so few words: `equations_in_time_add`.
    let is_in_time = |cell: &str| IN_TIME.contains(&cell);
    let learns = |cell: &str| {
        let margin =
            if zoo.get(cell).is_some_and(|entry| entry.cell().is_some()) { 0.3 } else { 0.2 };
        // One layer: two of relu units or of memories without a forget gate can blow up.
        let model = ModelConfig { layers: size(1), ..model(cell) };
        let outcome = run(&model, &config(Optimizer::Adam, 0.01), &corpus, None, &mut |_| {});
        let nll = outcome.test_loss.unwrap();
        (nll >= unigram - margin).then(|| format!("{cell}: {nll:.3} against {unigram:.3}"))
    };
    // Two threads: the other tests of this crate end long before one would.
    let mut cells = zoo.names();
    cells.retain(|cell| !is_in_time(cell));
    assert_eq!(cells.len() + IN_TIME.len(), zoo.names().len());
    let bad: Vec<String> = thread::scope(|scope| {
        let of_half = |half: usize| {
            let (cells, learns) = (&cells, &learns);
            scope.spawn(move || {
                let cells = cells.iter().skip(half).step_by(2);
                cells.filter_map(|cell| learns(cell)).collect::<Vec<_>>()
            })
        };
        let halves = [of_half(0), of_half(1)];
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(bad.is_empty(), "{bad:?}");
}

/// Nothing in a training depends on anything but its spec and the data.
#[test]
fn the_same_run_twice_is_the_same_to_the_bit() {
    let corpus = corpus(20_000);
    let train = config(Optimizer::Sgd, 1.0);
    let losses = || {
        let losses = RefCell::new(Vec::new());
        let outcome = run(&model("gru"), &train, &corpus, None, &mut |event| {
            if let Event::Step(step) = event {
                losses.borrow_mut().push(step.loss.to_bits());
            }
        });
        (losses.into_inner(), outcome.test_loss.map(f64::to_bits))
    };
    let (first, second) = (losses(), losses());
    assert_eq!(first.0.len(), 200);
    assert_eq!(first, second);
}

/// A run cut off after its checkpoint goes on with the next step and ends like an undisturbed one,
/// to the bit: parameters, Adam's moments, carried state, dropout masks and schedule are all back.
#[test]
fn a_run_taken_up_from_its_checkpoint_ends_like_an_undisturbed_one() {
    resumes(&model("lstm"));
}

/// A matrix for a state, and one that starts at −∞, both in heads.
#[test]
fn runs_with_other_states_can_be_taken_up() {
    resumes(&ModelConfig { heads: size(4), ..model("delta_net") });
    resumes(&ModelConfig { heads: size(2), ..model("slstm") });
}

#[test]
fn a_run_with_every_option_learns_and_can_be_taken_up() {
    let outcome = resumes(&every_option());
    assert!(outcome.test_loss.unwrap() < 5.5, "{outcome:?}");
}

fn resumes(model: &ModelConfig) -> Outcome {
    let corpus = corpus(20_000);
    let mut train = config(Optimizer::Adam, 0.01);
    train.schedule = train::Schedule::Plateau { factor: 0.5.try_into().unwrap() };
    let undisturbed = run(model, &train, &corpus, None, &mut |_| {});

    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint.safetensors");
    let cut_off = std::panic::catch_unwind(|| {
        run(model, &train, &corpus, Some(&checkpoint), &mut |event| {
            assert!(!matches!(event, Event::Step(step) if step.step == 120), "cut off");
        })
    });
    assert!(cut_off.is_err());
    let mut first = None;
    let resumed = run(model, &train, &corpus, Some(&checkpoint), &mut |event| match event {
        Event::Step(step) => _ = first.get_or_insert(step.step),
        Event::Evaluation(evaluation) => assert!(evaluation.step > 100, "{evaluation:?}"),
        _ => {}
    });
    assert_eq!(first, Some(101), "the checkpoint follows the evaluation at step 100");
    assert_eq!(resumed.valid_loss.map(f64::to_bits), undisturbed.valid_loss.map(f64::to_bits));
    assert_eq!(resumed.test_loss.map(f64::to_bits), undisturbed.test_loss.map(f64::to_bits));
    assert_eq!((resumed.steps, resumed.tokens), (undisturbed.steps, undisturbed.tokens));
    assert_eq!(resumed.clipped, undisturbed.clipped);
    resumed
}

/// The first evaluation is that of the untrained model, which answers as the unigram model does: its
/// output bias starts there.
#[test]
fn the_untrained_model_is_scored_before_the_first_step() {
    let corpus = corpus(20_000);
    let unigram = data::unigram_nll(&corpus.train, &corpus.valid, corpus.vocabulary.len());
    let seen = RefCell::new(Vec::new());
    let outcome =
        run(
            &model("gru"),
            &config(Optimizer::Adam, 0.01),
            &corpus,
            None,
            &mut |event| match event {
                Event::Step(step) => seen.borrow_mut().push((step.step, None)),
                Event::Evaluation(e) => seen.borrow_mut().push((e.step, Some(e.valid_loss))),
                _ => {}
            },
        );
    let seen = seen.into_inner();
    let (step, loss) = seen[0];
    let loss = loss.expect("an evaluation before the first step");
    let unigram = unigram.expect("a loss");
    assert!(step == 0 && (loss - unigram).abs() < 0.1, "{loss} against {unigram}");
    let evaluations: Vec<usize> =
        seen.iter().filter(|(_, loss)| loss.is_some()).map(|(step, _)| *step).collect();
    assert_eq!(evaluations, [0, 50, 100, 150, 200]);
    assert!(outcome.valid_loss.is_some_and(|trained| trained < loss), "{outcome:?}");
}

/// A loss that stops being finite ends the run as diverged.
#[test]
fn a_rate_far_too_large_diverges_and_says_so() {
    let corpus = corpus(20_000);
    let mut train = config(Optimizer::Sgd, 1e30);
    train.clip = None;
    let outcome = run(&model("rnn"), &train, &corpus, None, &mut |_| {});
    assert!(outcome.diverged);
    assert_eq!((outcome.valid_loss, outcome.test_loss), (None, None));
}

/// The probe gives one curve a layer and phase, 1 at lag 0; a fresh tanh RNN with small weights
/// forgets, an LSTM whose forget gates start open does not.
#[test]
fn gradient_flow_tells_an_rnn_from_an_lstm() {
    let corpus = corpus(5_000);
    let median = |cell: &str| {
        let flows = RefCell::new(Vec::new());
        let mut config = model(cell);
        config.layers = size(1);
        config.remember_bias = model::RememberChoice::Constant(3.0.try_into().unwrap());
        run(&config, &config_short(), &corpus, None, &mut |event| {
            if let Event::GradientFlow(flow) = event {
                flows.borrow_mut().push(flow);
            }
        });
        let flows = flows.into_inner();
        let phases: Vec<_> = flows.iter().map(|flow| (flow.phase, flow.layer)).collect();
        assert_eq!(phases, [(train::Phase::Initial, 0), (train::Phase::Trained, 0)]);
        for flow in &flows {
            assert_eq!(flow.median.len(), 11);
            assert!((flow.median[0] - 1.0).abs() < 1e-6);
            let ordered = flow.low.iter().zip(&flow.median).zip(&flow.high);
            assert!(ordered.into_iter().all(|((l, m), h)| l <= m && m <= h));
        }
        flows[0].median[10]
    };
    let (rnn, lstm) = (median("rnn"), median("lstm"));
    assert!(rnn < 0.15 && lstm > 0.4, "rnn {rnn}, lstm {lstm}");
}

/// Before, during and after the training; on one sequence no gradient can be longer than the largest
/// singular value of the Jacobian that it is multiplied by.
#[test]
fn probes_look_inside_the_layers() {
    let corpus = corpus(5_000);
    let config = ModelConfig {
        layers: size(1),
        zoneout: 0.1.try_into().unwrap(),
        remember_bias: model::RememberChoice::Constant(3.0.try_into().unwrap()),
        ..model("lstm")
    };
    let probe = ProbeConfig {
        during: 2,
        spectra: 1,
        gates: true,
        context: Some(size(5)),
        text: 50,
        ..ProbeConfig::flow(size(10), size(1))
    };
    let train = TrainConfig { clip: Some(0.1.try_into().unwrap()), ..config_short() };
    let (mut flows, mut jacobians, mut exponents) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gates, mut contexts, mut texts, mut clipped) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let outcome = probed(&config, &train, &probe, &corpus, None, &mut |event| match event {
        Event::GradientFlow(flow) => flows.push(flow),
        Event::Jacobian(found) => jacobians.push(found),
        Event::Lyapunov(found) => exponents.push(found),
        Event::Gates(found) => gates.push(found),
        Event::Context(found) => contexts.push(found),
        Event::Text(found) => texts.push(found),
        Event::Step(step) => clipped += usize::from(step.gradient_norm > f64::from(0.1_f32)),
        _ => {}
    });
    assert_eq!(outcome.clipped, Some(clipped));
    assert!(clipped > 0 && outcome.exploded.is_some_and(|exploded| exploded <= clipped));

    let phases: Vec<_> = flows.iter().map(|flow| (flow.phase.name(), flow.step)).collect();
    assert_eq!(phases, [("initial", 0), ("training", 9), ("training", 17), ("trained", 25)]);
    for (found, flow) in jacobians.iter().zip([&flows[0], &flows[3]]) {
        assert_eq!((found.phase.name(), found.state), (flow.phase.name(), 40));
        assert_eq!(found.lags, [1, 2, 5, 10]);
        for (&lag, largest) in found.lags.iter().zip(&found.largest) {
            assert!(flow.median[lag] <= 1.001 * largest, "{lag}: {flow:?} {found:?}");
        }
        assert_eq!(found.bound, None);
    }
    assert_eq!(exponents.iter().map(|found| found.exponents.len()).collect::<Vec<_>>(), [40, 40]);
    // Memories are kept by forget gates of about σ(3), hidden states by a zoneout of 0.1.
    let [first, last] = [0, 39].map(|k| exponents[0].exponents[k]);
    assert!(first > 0.9_f64.ln() && last < 0.5_f64.ln(), "{first} {last}");

    for found in &gates {
        let names: Vec<_> = found.gates.iter().map(|gate| gate.gate.as_str()).collect();
        assert_eq!(names, ["i", "f", "o"]);
        assert!(found.gates.iter().all(|gate| gate.shut.len() == 20 && gate.open.len() == 20));
    }
    let kept: Vec<usize> = gates[0].gates.iter().map(|gate| gate.kept.len()).collect();
    assert_eq!(kept, [0, 20, 0]);
    assert!(gates[0].gates[1].kept.iter().all(|kept| (kept - 0.95).abs() < 0.03));

    let [context] = &contexts[..] else { panic!("{contexts:?}") };
    assert_eq!((&context.lengths[..], context.targets), (&[1, 2, 5][..], 1024));
    assert!(context.losses.iter().all(|loss| loss.is_finite() && *loss > 0.0));

    let [text] = &texts[..] else { panic!("{texts:?}") };
    assert_eq!(text.tokens.len(), 50);
    assert_eq!(Some(text.tokens[7].as_str()), corpus.vocabulary.word(corpus.valid[7]));
    assert_eq!(text.units.len(), 3);
    assert!(text.units.iter().all(|unit| unit.unit < 20 && unit.values.len() == 50));
}

fn config_short() -> TrainConfig {
    TrainConfig { epochs: size(1), ..config(Optimizer::Sgd, 0.1) }
}
