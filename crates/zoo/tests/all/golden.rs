//! Every cell computes the reference values, and equals others where it should.

use crate::every::of_every_cell;
use crate::fixture::{Case, cases};
use crate::naive;
use cell::{Cell, Facts, Real};
use sequence::LayerSizes;
use sequence::engine::{self, PackedWeights, PassOptions, Purpose, Sizes, Weights};
use zoo::Zoo;

/// Largest deviation, relative to the largest value expected.
const ALLOWED: f64 = 1e-12;

type Compare = fn(&[Case]) -> (&'static str, Vec<String>);

/// The cell's name and what it got wrong.
fn compare<C: Cell>(cases: &[Case]) -> (&'static str, Vec<String>) {
    let mut wrong = Vec::new();
    for case in cases {
        let sizes = case.sizes;
        let outcome = naive::run::<C>(sizes, &case.parameters, &case.x, &case.initial);
        let slots = outcome.last.iter().zip(&case.last);
        for (found, expected) in slots.chain([(&outcome.hidden, &case.hidden)]) {
            let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            let agree = |(a, b): (&f64, &f64)| (a - b).abs() <= ALLOWED * scale;
            if found.len() != expected.len() || !found.iter().zip(expected).all(agree) {
                wrong.push(format!("{sizes:?}: {found:?}\nis not\n{expected:?}"));
            }
        }
        let p = &case.parameters;
        let gains = p.input_gain.len() + p.recurrent_gain.len();
        let matrices = p.input.len() + p.recurrent.len() + p.modulated.len();
        let given = matrices + p.bias.len() + p.unit.len() + p.scalar.len() + gains;
        let counted = C::FACTS.parameters(sizes.input, sizes.hidden, 1);
        if given != counted {
            wrong.push(format!("{sizes:?}: {given} parameters, {counted} by the formula"));
        }
    }
    (C::FACTS.name, wrong)
}

#[test]
fn every_cell_computes_the_reference_values() {
    let cases = cases();
    let all: [Compare; _] = of_every_cell!(compare);
    let zoo = Zoo::standard();
    assert_eq!(all.len(), zoo.cells().count());
    let mut failures = Vec::new();
    for (compare, facts) in all.into_iter().zip(zoo.cells()) {
        let name = facts.name;
        let (compared, wrong) = compare(cases.get(name).map_or(&[], Vec::as_slice));
        assert_eq!(compared, name);
        failures.extend(wrong.into_iter().map(|wrong| format!("{name}, {wrong}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The engine that runs layers, in double precision.
#[test]
fn every_layer_computes_the_reference_values() {
    let cases = cases();
    let mut failures = Vec::new();
    for entry in Zoo::standard().entries() {
        let Some(cell) = entry.compiled().map(|cell| cell.double()) else { continue };
        for case in &cases[entry.name()] {
            let (s, p) = (case.sizes, case.parameters.clone());
            let sizes = Sizes::new(s.steps, s.batch, LayerSizes::new(s.input, s.hidden));
            let weights = Weights([
                p.input,
                p.recurrent,
                p.modulated,
                p.bias,
                p.unit,
                p.scalar,
                p.input_gain,
                p.recurrent_gain,
                vec![],
            ]);
            let weights = PackedWeights::new(cell, weights, sizes.layer(), Purpose::Train);
            let pass = engine::forward(
                sizes,
                PassOptions::default(),
                &weights,
                &case.x,
                &case.initial,
                Purpose::Train,
                &mut |_, _| {},
            );
            let last = pass.final_state();
            let found = last.iter().map(Vec::as_slice).chain([pass.outputs()]);
            for (found, expected) in found.zip(case.last.iter().chain([&case.hidden])) {
                let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
                let agree = |(a, b): (&f64, &f64)| (a - b).abs() <= ALLOWED * scale;
                if found.len() != expected.len() || !found.iter().zip(expected).all(agree) {
                    failures.push(format!("{}: {found:?}\nis not\n{expected:?}", entry.name()));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_file_has_every_cell_and_no_other() {
    let cases = cases();
    let mut names: Vec<_> = Zoo::standard().cells().map(|facts| facts.name).collect();
    names.sort_unstable();
    assert!(cases.keys().eq(names.iter()), "{:?}\n{names:?}", cases.keys());
    for (name, cases) in cases {
        let equal: Vec<_> = cases.iter().map(|c| c.sizes.input == c.sizes.hidden).collect();
        assert_eq!(equal, [false, true], "{name}");
    }
}

/// A GRU with the wrong sign in its update gate: its gradients are those of its own equations, so
/// only the reference values show the mistake.
#[derive(Debug, Clone, Copy, Default)]
struct WrongSign;

impl Cell for WrongSign {
    const FACTS: Facts = gru::GruResetBefore::FACTS;

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn modulate<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        gru::GruResetBefore::modulate(pre, state, unit)
    }

    fn step<R: Real>([r, z, n]: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        gru::GruResetBefore::step([r, -z, n], state, unit)
    }
}

#[test]
fn a_wrong_sign_in_a_gate_is_seen() {
    let (name, wrong) = compare::<WrongSign>(&cases()["gru"]);
    assert_eq!((name, wrong.len()), ("gru", 4), "outputs and final state of both cases");
}
