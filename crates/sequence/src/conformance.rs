//! Checks that every cell must pass, run without naming the cell.

use crate::engine::{self, PARAMETERS, Parameter, Sizes, Weights};
use crate::{Draws, Float};
use cell::{Block, Cell, derive};

/// The result of one check: the worst deviation found and how much is allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was compared.
    pub name: &'static str,
    /// Largest deviation, relative to the largest value compared. NaN fails.
    pub worst: f64,
    /// Largest deviation allowed.
    pub allowed: f64,
}

impl Check {
    /// Whether the cell passes.
    pub fn passed(&self) -> bool {
        self.worst <= self.allowed
    }
}

/// Runs all checks on cell `C`.
pub fn run<C: Cell>() -> Vec<Check> {
    let check = |name, worst, allowed| Check { name, worst, allowed };
    vec![
        check("gradients agree with finite differences", finite_differences::<C>(), 1e-7),
        check(
            "given backward step agrees with the derived one",
            given_against_derived::<C>(),
            1e-12,
        ),
        check("a batch equals its sequences one by one", batch_rows::<C>(), 1e-13),
        check("two carried pieces equal the whole", carried_pieces::<C>(), 1e-13),
        check("f32 vectors agree with f64", f32_against_f64::<C>(), 2e-5),
        check("the second stage reads complete values only", incomplete_reads::<C>(), 0.0),
        check("the parameter formula counts the elements", parameter_count::<C>(), 0.0),
    ]
}

/// One problem of given sizes: weights, input, initial state, and a random linear loss on the
/// hidden states.
struct Case<E> {
    sizes: Sizes,
    weights: Weights<E>,
    input: Vec<E>,
    initial: Vec<Vec<E>>,
    loss: Vec<E>,
}

impl<E: Float> Case<E> {
    fn new<C: Cell>(sizes: Sizes) -> Self {
        let Sizes { steps, batch, input: i, hidden: h } = sizes;
        let draws = Draws::new(20);
        let weights = PARAMETERS.map(|parameter| {
            let len = parameter.shape::<C>(i, h).iter().product();
            draws.uniform(parameter.name(), len, 0.6)
        });
        let slot = |k: usize| draws.uniform(&format!("state {k}"), batch * h, 0.9);
        Self {
            sizes,
            weights: Weights(weights),
            input: draws.uniform("x", steps * batch * i, 1.0),
            initial: (0..C::FACTS.state.len()).map(slot).collect(),
            loss: draws.uniform("loss", steps * batch * h, 1.0),
        }
    }

    /// Hidden states, then the final state.
    fn values<C: Cell>(&self) -> Vec<E> {
        let pass = engine::forward::<C, E>(self.sizes, &self.weights, &self.input, &self.initial);
        let mut all = pass.outputs().to_vec();
        all.extend(pass.final_state().into_iter().flatten());
        all
    }

    /// Gradients of every parameter, the input and every initial state slot, in that order.
    fn gradients<C: Cell>(&self) -> Vec<Vec<E>> {
        let pass = engine::forward::<C, E>(self.sizes, &self.weights, &self.input, &self.initial);
        let found =
            engine::backward::<C, E>(pass, &self.weights, &self.input, &self.loss, &mut |_, _| {});
        let parameter = |p: Parameter| {
            let mut gradient = vec![E::default(); self.weights.get(p).len()];
            found.add_parameter::<C>(p, &mut gradient);
            gradient
        };
        let mut all: Vec<_> = PARAMETERS.into_iter().map(parameter).collect();
        let mut input = vec![E::default(); self.input.len()];
        found.add_input::<C>(&self.weights, &mut input);
        all.push(input);
        all.extend(found.state);
        all
    }

    /// All that the loss depends on, in the order of [`gradients`](Self::gradients).
    fn leaves(&mut self) -> Vec<&mut Vec<E>> {
        let weights = self.weights.0.iter_mut();
        weights.chain([&mut self.input]).chain(self.initial.iter_mut()).collect()
    }
}

const SMALL: Sizes = Sizes { steps: 4, batch: 3, input: 4, hidden: 5 };

/// Largest difference over the largest absolute value of `right`.
fn deviation(left: &[f64], right: &[f64]) -> f64 {
    let scale = right.iter().fold(1e-30, |m: f64, x| m.max(x.abs()));
    let difference = |(a, b): (&f64, &f64)| (a - b).abs();
    let worst = left.iter().zip(right).map(difference);
    let largest = |a: f64, b: f64| if a >= b { a } else { b }; // keeps NaN
    if left.len() == right.len() { worst.fold(0.0, largest) / scale } else { f64::NAN }
}

fn finite_differences<C: Cell>() -> f64 {
    const STEP: f64 = 1e-5;
    let mut case = Case::<f64>::new::<C>(SMALL);
    let loss = |case: &Case<f64>| -> f64 {
        case.values::<C>().iter().zip(&case.loss).map(|(y, l)| y * l).sum()
    };
    let gradients = case.gradients::<C>();
    let mut worst = 0.0_f64;
    for (leaf, gradient) in gradients.iter().enumerate() {
        let mut numeric = Vec::with_capacity(gradient.len());
        for k in 0..gradient.len() {
            let old = case.leaves()[leaf][k];
            case.leaves()[leaf][k] = old + STEP;
            let up = loss(&case);
            case.leaves()[leaf][k] = old - STEP;
            let down = loss(&case);
            case.leaves()[leaf][k] = old;
            numeric.push((up - down) / (2.0 * STEP));
        }
        let found = deviation(gradient, &numeric);
        worst = if found.is_nan() { found } else { worst.max(found) };
    }
    worst
}

fn given_against_derived<C: Cell>() -> f64 {
    let facts = C::FACTS;
    let per_point =
        facts.pre.len() + 3 * facts.state.len() + facts.unit.len() + facts.modulated.len();
    let draws: Vec<f64> = Draws::new(21).uniform("points", 200 * per_point, 3.0);
    let mut left = Vec::new();
    let mut right = Vec::new();
    for point in draws.chunks(per_point) {
        let mut next = point.iter().copied();
        let mut draw = |_| next.next().unwrap_or_default();
        let (pre, state, unit) =
            (Block::from_fn(&mut draw), Block::from_fn(&mut draw), Block::from_fn(&mut draw));
        let d_new = Block::from_fn(&mut draw);
        let d_modulated = Block::from_fn(&mut draw);
        let new = C::step::<f64>(pre, state, unit);
        let pairs = [
            (
                C::step_backward::<f64>(pre, state, unit, new, d_new),
                derive::step_backward::<C, f64>(pre, state, unit, d_new),
            ),
            (
                C::modulate_backward::<f64>(pre, state, unit, d_modulated),
                derive::modulate_backward::<C, f64>(pre, state, unit, d_modulated),
            ),
        ];
        for (given, derived) in pairs {
            for (to, from) in [(&mut left, given), (&mut right, derived)] {
                to.extend_from_slice(from.pre.as_slice());
                to.extend_from_slice(from.state.as_slice());
                to.extend_from_slice(from.unit.as_slice());
            }
        }
    }
    deviation(&left, &right)
}

fn batch_rows<C: Cell>() -> f64 {
    let case = Case::<f64>::new::<C>(SMALL);
    let Sizes { steps, batch, input: i, hidden: h } = SMALL;
    let whole = engine::forward::<C, f64>(SMALL, &case.weights, &case.input, &case.initial);
    let row = |all: &[f64], b: usize, width: usize| -> Vec<f64> {
        let rows = all.chunks(width).skip(b).step_by(batch);
        rows.flatten().copied().collect()
    };
    let mut worst = 0.0_f64;
    for b in 0..batch {
        let initial: Vec<_> = case.initial.iter().map(|slot| row(slot, b, h)).collect();
        let sizes = Sizes { steps, batch: 1, input: i, hidden: h };
        let alone =
            engine::forward::<C, f64>(sizes, &case.weights, &row(&case.input, b, i), &initial);
        worst = worst.max(deviation(&row(whole.outputs(), b, h), alone.outputs()));
    }
    worst
}

fn carried_pieces<C: Cell>() -> f64 {
    let case = Case::<f64>::new::<C>(SMALL);
    let run = |steps, input: &[f64], initial: &[Vec<f64>]| {
        engine::forward::<C, f64>(Sizes { steps, ..SMALL }, &case.weights, input, initial)
    };
    let (head, tail) = case.input.split_at(3 * SMALL.batch * SMALL.input);
    let first = run(3, head, &case.initial);
    let second = run(1, tail, &first.final_state());
    let mut pieces = [first.outputs(), second.outputs()].concat();
    pieces.extend(second.final_state().into_iter().flatten());
    deviation(&pieces, &case.values::<C>())
}

/// Sizes that leave a part of the last vector unused.
fn f32_against_f64<C: Cell>() -> f64 {
    let sizes = Sizes { steps: 6, batch: 3, input: 7, hidden: 21 };
    let (single, double) = (Case::<f32>::new::<C>(sizes), Case::<f64>::new::<C>(sizes));
    let widen = |x: Vec<f32>| x.into_iter().map(f64::from).collect::<Vec<_>>();
    let mut worst = deviation(&widen(single.values::<C>()), &double.values::<C>());
    for (s, d) in single.gradients::<C>().into_iter().zip(double.gradients::<C>()) {
        worst = worst.max(deviation(&widen(s), &d));
    }
    worst
}

/// NaN in place of the pre-activations that are not complete when the second stage starts.
fn incomplete_reads<C: Cell>() -> f64 {
    let later = C::FACTS.modulated;
    let pre = C::Pre::<f64>::from_fn(|k| if later.contains(&k) { f64::NAN } else { 0.3 });
    let modulated = C::modulate::<f64>(pre, Block::from_fn(|_| 0.5), Block::from_fn(|_| 0.7));
    modulated.as_slice().iter().map(|m| m * 0.0).sum()
}

fn parameter_count<C: Cell>() -> f64 {
    let (i, h) = (7, 11);
    let counted: usize =
        PARAMETERS.iter().map(|p| p.shape::<C>(i, h).iter().product::<usize>()).sum();
    counted.abs_diff(C::FACTS.parameters(i, h)) as f64
}
