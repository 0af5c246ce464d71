//! Checks that every cell must pass, run without naming the cell, and those of layers of any recurrence.

mod case;
mod layers;

pub use layers::run_layers;

use case::{Case, SMALL};
use cell::{Bias, Block, Cell, derive};
use compute::Draws;
use dfdx::prelude::Cpu;
use sequence::{
    CompiledCell, DynLayer, LayerInit, LayerSizes, PARAMETERS, Parameter, PassOptions, Sizes,
};
use std::any::type_name;
use std::collections::{HashMap, HashSet};

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

/// Runs all checks on cell `C`; where its FACTS do not fit together, one that says what does not.
pub fn run<C: Cell>() -> Vec<Check> {
    run_compiled::<C>(CompiledCell::of::<C>())
}

/// The same on cell `C` as it was compiled elsewhere: its kernels are not compiled again.
pub fn run_compiled<C: Cell>(compiled: CompiledCell<f32>) -> Vec<Check> {
    let cell = compiled.double();
    let check = |name, worst, allowed| Check { name, worst, allowed };
    if let Err(wrong) = cell.check() {
        return vec![check(wrong.fault, f64::INFINITY, 0.0)];
    }
    vec![
        check("gradients agree with finite differences", finite_differences(cell), 1e-7),
        check("the given backward step is the derived one", given_against_derived::<C>(), 1e-12),
        check("values and gradients are finite from the first state on", endless(cell), 0.0),
        check("heads equal matrices with blocks on the diagonal", dense_heads(cell), 1e-13),
        check("a batch equals its sequences one by one", batch_rows(cell), 1e-13),
        check("sequences of different lengths equal each alone", masked_rows(cell), 1e-13),
        check("two carried pieces equal the whole", carried_pieces(cell), 1e-13),
        check("a batch in parts equals the whole", in_parts(cell), 1e-13),
        check("inference gives what training gives", inference(cell), 0.0),
        check("backwards equals forwards on the reversed sequence", reversed(cell), 1e-13),
        check("f32 vectors agree with f64", f32_against_f64(compiled, cell), 2e-5),
        check("the second stage reads complete values only", incomplete_reads::<C>(), 0.0),
        check("a large remembering bias keeps the state", forgotten::<C>(), 0.1),
        check("the parameter formula counts the elements", parameter_count(cell), 0.0),
        check("saved parameters restore the layer", restored(cell), 0.0),
        check("names are unique, the hidden state first", names(cell), 0.0),
        check("the equations are written out to the new state", unwritten(cell), 0.0),
    ]
}

/// A sentence for each check that cell `C` fails.
pub fn failures<C: Cell>() -> Vec<String> {
    let sentence = |check: Check| match check.worst == f64::INFINITY {
        true => check.name.to_owned(),
        false => {
            format!("{}: off by {:.1e}, allowed {:.0e}", check.name, check.worst, check.allowed)
        }
    };
    let cell = format!("cell `{}` (`{}`)", C::FACTS.name, type_name::<C>());
    let failed = run::<C>().into_iter().filter(|check| !check.passed());
    failed.map(|check| format!("{cell}: {}", sentence(check))).collect()
}

/// Makes one test of every [`run`] check of a cell: `conformance::conformance_test!(MyCell);`.
#[macro_export]
macro_rules! conformance_test {
    ($cell:ty) => {
        #[test]
        fn conforms() {
            let failed = $crate::failures::<$cell>();
            assert!(failed.is_empty(), "{}", failed.join("\n"));
        }
    };
}

/// The larger of two deviations; NaN counts as the largest.
fn worse(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}

/// Largest difference over the largest absolute value of `right`.
fn deviation(left: &[f64], right: &[f64]) -> f64 {
    if left.len() != right.len() {
        return f64::NAN;
    }
    let scale = right.iter().fold(1e-30, |m: f64, x| m.max(x.abs()));
    let difference = |(a, b): (&f64, &f64)| (a - b).abs();
    left.iter().zip(right).map(difference).fold(0.0, worse) / scale
}

/// In every way that a layer can be run: as it is, with I = H, backwards with lengths and zoneout,
/// projected.
fn finite_differences(cell: CompiledCell<f64>) -> f64 {
    const STEP: f64 = 1e-5;
    let mut worst = 0.0;
    for mut case in Case::every_way(cell) {
        let gradients = case.gradients();
        for (leaf, gradient) in gradients.iter().enumerate() {
            let mut numeric = Vec::with_capacity(gradient.len());
            for k in 0..gradient.len() {
                let old = case.leaves()[leaf][k];
                case.leaves()[leaf][k] = old + STEP;
                let up = case.total();
                case.leaves()[leaf][k] = old - STEP;
                let down = case.total();
                case.leaves()[leaf][k] = old;
                numeric.push((up - down) / (2.0 * STEP));
            }
            worst = worse(worst, deviation(gradient, &numeric));
        }
    }
    worst
}

/// How many are not.
fn endless(cell: CompiledCell<f64>) -> f64 {
    let case = Case::new(cell, SMALL).at_the_start();
    let values = [case.values()].into_iter().chain(case.gradients());
    values.flatten().filter(|x| !x.is_finite()).count() as f64
}

/// A layer of several heads against one whose matrices on the state have 0 outside of the heads' blocks.
fn dense_heads(cell: CompiledCell<f64>) -> f64 {
    let Some(case) = Case::in_heads(cell) else { return 0.0 };
    let Sizes { hidden, heads, .. } = case.sizes;
    let size = hidden / heads;
    let mut dense = Case { sizes: Sizes { heads: 1, ..case.sizes }, ..case.clone() };
    for parameter in [Parameter::Recurrent, Parameter::Modulated] {
        let blocks = case.weights.get(parameter);
        let mut whole = vec![0.0; blocks.len() * heads];
        for (k, &weight) in blocks.iter().enumerate() {
            let (row, column) = (k / size, k % size);
            let head = row / size % heads;
            whole[row * hidden + head * size + column] = weight;
        }
        dense.weights.0[parameter as usize] = whole;
    }
    deviation(&case.values(), &dense.values())
}

fn given_against_derived<C: Cell>() -> f64 {
    let facts = C::FACTS;
    let per_point = facts.pre.len()
        + 3 * facts.state.len()
        + facts.unit.len()
        + facts.scalar.len()
        + facts.modulated.len();
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
        let (new, kept) = C::step_keeping::<f64>(pre, state, unit);
        left.extend_from_slice(new.as_slice());
        right.extend_from_slice(C::step::<f64>(pre, state, unit).as_slice());
        let pairs = [
            (
                C::step_backward::<f64>(kept, state, unit, new, d_new),
                derive::step_backward::<C, f64>(pre, state, unit, d_new),
            ),
            (
                C::modulate_backward::<f64>(kept, state, unit, d_modulated),
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

fn batch_rows(cell: CompiledCell<f64>) -> f64 {
    each_alone(&Case::new(cell, SMALL))
}

/// Forwards and backwards. What stands beyond the end of a sequence is made large, so that a trace
/// of it would show.
fn masked_rows(cell: CompiledCell<f64>) -> f64 {
    let mut case = Case::new(cell, SMALL);
    let lengths = vec![2, 4, 1];
    for (row, x) in case.input.chunks_mut(SMALL.input).enumerate() {
        if row / SMALL.batch >= lengths[row % SMALL.batch] {
            x.fill(50.0);
        }
    }
    case.options.lengths = Some(lengths);
    let forwards = each_alone(&case);
    case.options.reverse = true;
    worse(forwards, each_alone(&case))
}

/// Values of a batch against those of its sequences alone: outputs up to the end of each, and the
/// final state.
fn each_alone(case: &Case<f64>) -> f64 {
    let whole = case.pass();
    let finals = whole.final_state();
    let Sizes { batch, output, .. } = case.sizes;
    let mut worst = 0.0;
    for b in 0..batch {
        let alone = case.alone(b);
        let rows = whole.outputs().chunks(output).skip(b).step_by(batch).take(alone.sizes.steps);
        let mut found: Vec<f64> = rows.flatten().copied().collect();
        for slot in &finals {
            let width = slot.len() / batch;
            found.extend(&slot[b * width..(b + 1) * width]);
        }
        worst = worse(worst, deviation(&found, &alone.values()));
    }
    worst
}

/// As threads split a batch: values and the gradients of input and state to the bit, those of
/// parameters but for the order of their sums.
fn in_parts(cell: CompiledCell<f64>) -> f64 {
    let mut worst = 0.0;
    for case in Case::every_way(cell) {
        let (values, gradients) = (case.values(), case.gradients());
        for parts in [2, 3] {
            let (of_parts, found) = case.in_parts(parts);
            let same =
                of_parts == values && found[PARAMETERS.len()..] == gradients[PARAMETERS.len()..];
            worst = worse(worst, if same { 0.0 } else { f64::INFINITY });
            for (found, gradient) in found.iter().zip(&gradients) {
                worst = worse(worst, deviation(found, gradient));
            }
        }
    }
    worst
}

/// In several stretches of time steps, not all equally long, both ways.
fn inference(cell: CompiledCell<f64>) -> f64 {
    let mut worst = 0.0;
    for case in Case::in_stretches(cell) {
        worst = worse(worst, deviation(&case.inferred(), &case.values()));
    }
    worst
}

fn carried_pieces(cell: CompiledCell<f64>) -> f64 {
    let case = Case::new(cell, SMALL);
    let (head, tail) = case.input.split_at(3 * SMALL.batch * SMALL.input);
    let piece = |steps, input: &[f64], initial: Vec<Vec<f64>>| {
        let sizes = Sizes { steps, ..SMALL };
        Case { sizes, input: input.to_vec(), initial, ..case.clone() }.pass()
    };
    let first = piece(3, head, case.initial.clone());
    let second = piece(1, tail, first.final_state());
    let mut pieces = [first.outputs(), second.outputs()].concat();
    pieces.extend(second.final_state().into_iter().flatten());
    deviation(&pieces, &case.values())
}

fn reversed(cell: CompiledCell<f64>) -> f64 {
    let mut case = Case::new(cell, SMALL);
    let turned = |all: &[f64], width: usize| -> Vec<f64> {
        all.chunks(SMALL.batch * width).rev().flatten().copied().collect()
    };
    let forwards = case.pass();
    let mut expected = turned(forwards.outputs(), SMALL.output);
    expected.extend(forwards.final_state().into_iter().flatten());
    case.input = turned(&case.input, SMALL.input);
    case.options = PassOptions { reverse: true, ..PassOptions::default() };
    deviation(&case.values(), &expected)
}

/// Sizes that leave a part of the last vector unused.
fn f32_against_f64(single: CompiledCell<f32>, double: CompiledCell<f64>) -> f64 {
    let sizes = Sizes::new(6, 3, LayerSizes::new(7, 21));
    let (single, double) = (Case::new(single, sizes), Case::new(double, sizes));
    let widen = |x: Vec<f32>| x.into_iter().map(f64::from).collect::<Vec<_>>();
    let mut worst = deviation(&widen(single.values()), &double.values());
    for (s, d) in single.gradients().into_iter().zip(double.gradients()) {
        worst = worse(worst, deviation(&widen(s), &d));
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

/// The share of the old state that the new one lacks although the bias of [`cell::Facts::remember`] is
/// far in its direction and that of [`cell::Facts::write`] closed, at the worst of a few points. Of
/// several slots, the one that keeps most counts: the cell's memory.
fn forgotten<C: Cell>() -> f64 {
    let facts = C::FACTS;
    let Some(remember) = facts.remember else { return 0.0 };
    let far = if remember.positive { 30.0 } else { -30.0 };
    let kept = |point: usize| {
        let value = |k: usize| ((7 * point + 3 * k) as f64 * 0.37).sin();
        let pre = C::Pre::<f64>::from_fn(|k| match remember.bias {
            Bias::Block(block) if block == k => far,
            _ if facts.write == Some(k) => -30.0,
            _ => 2.0 * value(k),
        });
        let unit = C::Unit::<f64>::from_fn(|k| match remember.bias {
            Bias::Unit(unit) if unit == k => far,
            Bias::Scalar(scalar) if facts.unit.len() + scalar == k => far,
            _ => value(k + 11),
        });
        let of_slot = |slot: usize| {
            let d_new = Block::from_fn(|k| f64::from(k == slot));
            // Around 0, where a state that is squashed at each step is kept, too.
            let found = derive::step_backward::<C, f64>(pre, Block::from_fn(|_| 0.0), unit, d_new);
            found.state.as_slice()[slot]
        };
        (0..facts.state.len()).map(of_slot).fold(f64::NEG_INFINITY, f64::max)
    };
    (0..5).map(|point| (1.0 - kept(point)).abs()).fold(0.0, worse)
}

/// With different and with equal input and hidden size.
fn parameter_count(cell: CompiledCell<f64>) -> f64 {
    let missed = |i, h, heads| {
        let sizes = LayerSizes { heads, ..LayerSizes::new(i, h) };
        let counted: usize = PARAMETERS.iter().map(|p| p.len(cell.facts(), sizes)).sum();
        counted.abs_diff(cell.facts().parameters(i, h, heads))
    };
    (missed(7, 11, 1) + missed(9, 9, 1) + missed(5, 12, 3)) as f64
}

/// A layer whose parameters were written by name from another's gives the same values.
fn restored(cell: CompiledCell<f64>) -> f64 {
    let layer = |seed| {
        let draws = Draws::new(seed);
        let (name, init) = (cell.facts().name, LayerInit::torch(5));
        DynLayer::initialised(cell, &Cpu::default(), (4, 5, 5), &draws, name, &init)
    };
    let (Ok(mut one), Ok(mut other)) = (layer(1), layer(2)) else { return f64::NAN };
    let mut saved = HashMap::new();
    one.for_each_parameter(&mut |name, parameter| {
        saved.insert(name.to_owned(), parameter.read());
    });
    let mut lost = 0;
    other.for_each_parameter(&mut |name, parameter| {
        let found = saved.remove(name).map(|elements| parameter.write(&elements).is_ok());
        lost += usize::from(found != Some(true));
    });
    let differ = usize::from(one.weights() != other.weights());
    (lost + differ + saved.len()) as f64
}

fn names(cell: CompiledCell<f64>) -> f64 {
    let facts = cell.facts();
    let repeated = |names: &[&str]| names.len() - names.iter().collect::<HashSet<_>>().len();
    let parameters = [facts.unit, facts.scalar].concat();
    let missing = usize::from(facts.state.first() != Some(&"h"))
        + [facts.name, facts.title, facts.source].iter().filter(|text| text.is_empty()).count();
    (missing + repeated(facts.pre) + repeated(facts.state) + repeated(&parameters)) as f64
}

/// State slots that no equation computes: they were not [`named`](cell::Real::named).
fn unwritten(cell: CompiledCell<f64>) -> f64 {
    let written = cell.equations();
    let missing =
        |slot: &&&str| !written.iter().any(|line| line.starts_with(&format!("{slot} = ")));
    cell.facts().state.iter().filter(missing).count() as f64
}
