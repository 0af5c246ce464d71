//! Models of every kind of task: gradients of all parameters, and what filling must not change.

use compute::Draws;
use dfdx::prelude::Backward;
use model::{AnyModel, Model, ModelConfig, Pooling};
use task::{IGNORE, InputKind, Inputs, TargetKind, Targets, TaskShape, Window};
use zoo::Zoo;

const T: usize = 5;
const B: usize = 3;
const WIDTH: usize = 2;
const TYPES: usize = 4;
const LENGTHS: [usize; B] = [5, 2, 4];

/// Inputs and targets of a batch whose sequences are filled up, and what of them a sequence has.
struct Batch {
    tokens: Vec<u32>,
    features: Vec<f32>,
    answers: Vec<u32>,
    bits: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
}

impl Batch {
    fn new() -> Self {
        let draws = Draws::new(4);
        let inside = |position: usize| position / B < LENGTHS[position % B];
        let token = |name: &str| -> Vec<u32> {
            let draws: Vec<f32> = draws.uniform(name, T * B, 1.0);
            draws.iter().map(|x| ((x + 1.0) * 1.99) as u32).collect()
        };
        let answer = |(position, token): (usize, u32)| match inside(position) && position != 1 {
            true => token,
            false => IGNORE,
        };
        let bit = |(k, x): (usize, f32)| match inside(k / WIDTH) {
            true => f32::from(u8::from(x > 0.0)),
            false => f32::NAN,
        };
        Self {
            tokens: token("tokens"),
            features: draws.uniform("features", T * B * WIDTH, 1.0),
            answers: token("answers").into_iter().enumerate().map(answer).collect(),
            bits: draws
                .uniform("bits", T * B * WIDTH, 1.0)
                .into_iter()
                .enumerate()
                .map(bit)
                .collect(),
            classes: vec![2, 0, 1],
            values: vec![0.5, -1.0, 0.2],
        }
    }

    /// Sequence `b` without its filling.
    fn alone(&self, b: usize) -> Self {
        fn column<X: Copy>(all: &[X], width: usize, b: usize) -> Vec<X> {
            let steps = 0..LENGTHS[b];
            steps.flat_map(|t| all[(t * B + b) * width..][..width].to_vec()).collect()
        }
        Self {
            tokens: column(&self.tokens, 1, b),
            features: column(&self.features, WIDTH, b),
            answers: column(&self.answers, 1, b),
            bits: column(&self.bits, WIDTH, b),
            classes: vec![self.classes[b]],
            values: vec![self.values[b]],
        }
    }

    fn window(&self, shape: TaskShape) -> Window {
        let batch = self.classes.len();
        Window {
            steps: self.tokens.len() / batch,
            batch,
            lengths: match batch {
                1 => vec![self.tokens.len()],
                _ => LENGTHS.to_vec(),
            },
            inputs: match shape.input {
                InputKind::Tokens { .. } => Inputs::Tokens(self.tokens.clone()),
                InputKind::Features { .. } => {
                    Inputs::Features { width: WIDTH, values: self.features.clone() }
                }
            },
            targets: match shape.target {
                TargetKind::Tokens { .. } => Targets::Tokens(self.answers.clone()),
                TargetKind::Bits { .. } => {
                    Targets::Bits { width: WIDTH, values: self.bits.clone() }
                }
                TargetKind::Class { .. } => Targets::Classes(self.classes.clone()),
                TargetKind::Labels { .. } => {
                    Targets::Labels(self.classes.iter().map(|&class| vec![class, 1]).collect())
                }
                TargetKind::Sequence { .. } => panic!("another kind of model"),
                TargetKind::Value => Targets::Values(self.values.clone()),
            },
        }
    }
}

fn config(embedding: Option<usize>, pooling: Option<Pooling>, bidirectional: bool) -> ModelConfig {
    let mut config = serde_json::json!({
        "cell": "gru", "layers": 2, "hidden": 3, "init": 0.8, "bidirectional": bidirectional,
    });
    if let Some(embedding) = embedding {
        config["embedding"] = embedding.into();
    }
    let config: ModelConfig = serde_json::from_value(config).unwrap();
    ModelConfig { pooling, ..config }
}

/// Every kind of input, target and pooling.
fn cases() -> Vec<(TaskShape, ModelConfig)> {
    let tokens = InputKind::Tokens { types: TYPES };
    let features = InputKind::Features { width: WIDTH };
    let class = TargetKind::Class { classes: 3 };
    let mut cases = vec![
        (tokens, TargetKind::Tokens { types: TYPES }, config(Some(2), None, false)),
        (features, TargetKind::Bits { width: WIDTH }, config(None, None, false)),
        (features, TargetKind::Value, config(Some(3), None, false)),
        (features, TargetKind::Labels { types: 3 }, config(None, None, true)),
        (features, class, config(None, Some(Pooling::Last), true)),
    ];
    for pooling in [Pooling::Last, Pooling::Mean, Pooling::Max, Pooling::Attention] {
        cases.push((tokens, class, config(Some(2), Some(pooling), true)));
    }
    let shape =
        |(input, target, config)| (TaskShape { input, target, predicts_input: false }, config);
    cases.into_iter().map(shape).collect()
}

fn model(shape: TaskShape, config: &ModelConfig) -> Model {
    Model::new(config, shape, &Zoo::standard(), &Draws::new(7)).unwrap()
}

fn total(model: &Model, window: &Window) -> (f64, usize) {
    let scored = model.score(window, &model.initial_state(window.batch).unwrap()).unwrap();
    (scored.loss, scored.targets)
}

#[test]
fn gradients_of_all_parameters_agree_with_finite_differences() {
    const STEP: f32 = 1e-2;
    let batch = Batch::new();
    for (shape, config) in cases() {
        let mut model = model(shape, &config);
        let window = batch.window(shape);
        let state = model.initial_state(B).unwrap();
        let (loss, scored) = model.loss(&window, &state, None, None).unwrap();
        let mut gradients = loss.backward();
        let mut found = Vec::new();
        model.for_each_parameter(&mut |name, parameter| {
            let gradient = parameter.gradient(&mut gradients).unwrap().to_vec();
            found.push((name.to_owned(), parameter.read(), gradient));
        });
        for (k, (name, values, gradient)) in found.iter().enumerate() {
            let largest = gradient.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
            assert!(largest > 0.0, "{shape:?} {config:?}: nothing reaches {name}");
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
                    total(&model, &window).0 / scored.targets as f64
                };
                let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
                moved(0.0);
                let off = (slope as f32 - gradient[element]).abs();
                assert!(
                    off < 3e-3 * largest + 2e-4,
                    "{shape:?} {config:?}: {name}[{element}] {slope} {}",
                    gradient[element]
                );
            }
        }
    }
}

/// A batch is worth its sequences one by one, so filling changes no loss; `outputs` and `loss`
/// agree.
#[test]
fn filling_changes_no_loss() {
    let batch = Batch::new();
    for (shape, config) in cases() {
        let model = model(shape, &config);
        let (together, targets) = total(&model, &batch.window(shape));
        let mut other = Batch::new();
        for position in (0..T * B).filter(|p| p / B >= LENGTHS[p % B]) {
            other.tokens[position] = 3;
            other.features[position * WIDTH..][..WIDTH].fill(9.0);
        }
        assert_eq!(total(&model, &other.window(shape)), (together, targets), "{shape:?}");
        let alone: Vec<(f64, usize)> =
            (0..B).map(|b| total(&model, &batch.alone(b).window(shape))).collect();
        let sum: f64 = alone.iter().map(|(loss, _)| loss).sum();
        assert!((sum - together).abs() < 1e-5 * together.abs(), "{shape:?}: {sum} {together}");
        assert_eq!(alone.iter().map(|(_, targets)| targets).sum::<usize>(), targets);
    }
}

#[test]
fn costs_count_every_parameter() {
    for (shape, config) in cases() {
        let mut count = 0;
        model(shape, &config).for_each_parameter(&mut |_, parameter| {
            count += parameter.dims().iter().product::<usize>();
        });
        let costs = model::costs(&config, &shape, &Zoo::standard()).unwrap();
        assert_eq!(costs.parameters, count, "{shape:?} {config:?}");
    }
}

#[test]
fn what_does_not_fit_a_task_is_an_error() {
    let shape = TaskShape::language(TYPES);
    for (config, field) in [
        (config(None, None, false), "embedding"),
        (config(Some(2), None, true), "bidirectional"),
        (config(Some(2), Some(Pooling::Mean), false), "pooling"),
    ] {
        let error = Model::new(&config, shape, &Zoo::standard(), &Draws::new(1));
        let message = error.map(|_| ()).unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{field}`: ")), "{message}");
    }
    let (class, config) = cases().pop().unwrap();
    let model = model(class, &config);
    let batch = Batch::new();
    let window = Window { targets: Targets::Values(vec![0.0; B]), ..batch.window(class) };
    let error = model.score(&window, &model.initial_state(B).unwrap()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("targets of another kind"), "{error}");
}
