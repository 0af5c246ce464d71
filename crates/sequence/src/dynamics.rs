//! A layer as a dynamical system driven by its inputs, for probes: exact, in double precision, one
//! sequence at a time.

use crate::engine::{
    self, CompiledCell, Gradients, Keep, LayerSizes, PackedWeights, Parameter, Pass, PassOptions,
    Purpose, Sizes, Weights,
};
use std::ops::Range;

/// A system whose state s, `[S]`, follows from the one before and an input x, `[I]`. Of a layer, s is
/// the full state: its slots one after the other, the hidden state first.
pub trait Dynamics {
    /// Numbers in a state, S.
    fn state_len(&self) -> usize;

    /// States after each step of `inputs` `[T, I]` from `state` `[S]`: `[T, S]`.
    fn run(&self, inputs: &[f64], state: &[f64]) -> Vec<f64>;

    /// Multiplies `rows` `[K, S]` from the right by the Jacobian, d new state / d old state, of the
    /// step from `state` at `input` `[I]`.
    fn pull_back(&self, input: &[f64], state: &[f64], rows: &mut [f64]);

    /// Values of the gates at each step of `inputs` `[T, I]` from `state`.
    fn gates(&self, inputs: &[f64], state: &[f64]) -> Vec<GateValues>;

    /// The recurrent matrix U `[H, H]`, where the Jacobian is U with its rows scaled by at most 1, so
    /// that the largest singular value of U bounds how a gradient can grow.
    fn bounding_matrix(&self) -> Option<&[f64]>;
}

/// The values of one gate over a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct GateValues {
    /// Its name.
    pub gate: String,
    /// `[T, H]`.
    pub values: Vec<f64>,
}

/// A layer, run forwards as in inference.
pub(crate) struct LayerDynamics {
    cell: CompiledCell<f64>,
    weights: PackedWeights<f64>,
    sizes: LayerSizes,
    zoneout: Vec<Keep<f64>>,
}

impl LayerDynamics {
    /// The layer with these parameters; `zoneout` as in [`PassOptions`].
    pub(crate) fn new(
        cell: CompiledCell<f64>,
        weights: &Weights<f32>,
        sizes: LayerSizes,
        zoneout: Vec<Keep<f64>>,
    ) -> Self {
        let widened =
            weights.0.each_ref().map(|elements| elements.iter().copied().map(f64::from).collect());
        let weights = PackedWeights::new(cell, Weights(widened), sizes, Purpose::Infer);
        Self { cell, weights, sizes, zoneout }
    }

    /// Where slot `k` lies in a state.
    fn slot(&self, k: usize) -> Range<usize> {
        let LayerSizes { hidden, output, .. } = self.sizes;
        match k {
            0 => 0..output,
            _ => output + (k - 1) * hidden..output + k * hidden,
        }
    }

    /// The slots of `rows` `[K, S]`, each `[K, width]`.
    fn slots(&self, rows: &[f64]) -> Vec<Vec<f64>> {
        let slot = |k: usize| {
            let of_row = |row: &[f64]| row[self.slot(k)].to_vec();
            rows.chunks_exact(self.state_len()).flat_map(of_row).collect()
        };
        (0..self.cell.facts().state.len()).map(slot).collect()
    }

    /// `[T, B, I]` from the states `[B, S]`.
    fn pass(&self, sizes: Sizes, inputs: &[f64], states: &[f64], purpose: Purpose) -> Pass<f64> {
        let options = PassOptions { zoneout: self.zoneout.clone(), ..PassOptions::default() };
        let initial = self.slots(states);
        engine::forward(sizes, options, &self.weights, inputs, &initial, purpose, &mut |_, _| {})
    }
}

impl Dynamics for LayerDynamics {
    fn state_len(&self) -> usize {
        self.slot(self.cell.facts().state.len() - 1).end
    }

    fn run(&self, inputs: &[f64], state: &[f64]) -> Vec<f64> {
        let mut all = Vec::with_capacity(inputs.len() / self.sizes.input * state.len());
        let mut state = state.to_vec();
        for x in inputs.chunks_exact(self.sizes.input) {
            let sizes = Sizes::new(1, 1, self.sizes);
            state = self.pass(sizes, x, &state, Purpose::Infer).final_state().concat();
            all.extend_from_slice(&state);
        }
        all
    }

    /// The engine's backward pass through one step, each row being the gradient of the new state of
    /// one of K equal sequences.
    fn pull_back(&self, input: &[f64], state: &[f64], rows: &mut [f64]) {
        let count = rows.len() / self.state_len();
        let sizes = Sizes::new(1, count, self.sizes);
        let inputs = input.repeat(count);
        let pass = self.pass(sizes, &inputs, &state.repeat(count), Purpose::Train);
        let mut found = Gradients::zeros(self.cell.facts(), sizes);
        let none = vec![0.0; count * self.sizes.output];
        let last = self.slots(rows);
        let observe = &mut |_: usize, _: &[Vec<f64>]| {};
        engine::backward(&pass, &self.weights, &inputs, &none, &last, &mut found, observe);
        for (k, slot) in found.state.iter().enumerate() {
            let place = self.slot(k);
            let width = place.len();
            for (row, d) in rows.chunks_exact_mut(self.state_len()).zip(slot.chunks_exact(width)) {
                row[place.clone()].copy_from_slice(d);
            }
        }
    }

    fn gates(&self, inputs: &[f64], state: &[f64]) -> Vec<GateValues> {
        let facts = self.cell.facts();
        let LayerSizes { input, hidden: h, .. } = self.sizes;
        let mut all: Vec<GateValues> = self
            .cell
            .gates()
            .into_iter()
            .map(|gate| GateValues { gate, values: Vec::with_capacity(inputs.len() / input * h) })
            .collect();
        let [units, shared] = [Parameter::Unit, Parameter::Scalar].map(|p| self.weights.get(p));
        let mut state = state.to_vec();
        for x in inputs.chunks_exact(input) {
            // Where no backward pass follows, pre-activations are kept as they are.
            let pass = self.pass(Sizes::new(1, 1, self.sizes), x, &state, Purpose::Infer);
            let (pre, states) = (pass.pre_activations(), self.slots(&state));
            for j in 0..h {
                let pre: Vec<_> = (0..facts.pre.len()).map(|k| pre[k * h + j]).collect();
                // A projected hidden state is not read unit by unit.
                let slots = states.iter().map(|slot| slot.get(j).copied().unwrap_or_default());
                let own = units.chunks_exact(h).map(|unit| unit[j]);
                let unit: Vec<_> = own.chain(shared.iter().copied()).collect();
                let named = self.cell.named_values(&pre, &slots.collect::<Vec<_>>(), &unit);
                for gate in &mut all {
                    let value = named.iter().find(|(name, _)| *name == gate.gate);
                    gate.values.extend(value.map(|(_, value)| value));
                }
            }
            state = pass.final_state().concat();
        }
        all
    }

    fn bounding_matrix(&self) -> Option<&[f64]> {
        let facts = self.cell.facts();
        let simple = facts.pre.len() == 1
            && facts.recurrent.len() == 1
            && facts.state.len() == 1
            && facts.unit.is_empty()
            && facts.scalar.is_empty()
            && !facts.normalised_products
            && !self.cell.reads_hidden();
        let plain = simple
            && !self.sizes.projected()
            && self.sizes.heads == 1
            && self.zoneout.iter().all(|keep| matches!(keep, Keep::Nothing));
        plain.then(|| self.weights.get(Parameter::Recurrent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cell::Cell;
    use compute::Draws;

    /// A cell with two slots, a second stage and a parameter of each unit.
    #[derive(Clone, Copy, Default)]
    struct Mixed;

    impl Cell for Mixed {
        const FACTS: cell::Facts = cell::Facts {
            name: "mixed",
            pre: &["r", "n"],
            state: &["h", "c"],
            unit: &["p"],
            input: 0..2,
            recurrent: 0..1,
            modulated: 1..2,
            ..cell::Facts::DEFAULT
        };
        type Pre<R: cell::Real> = [R; 2];
        type Modulated<R: cell::Real> = [R; 1];
        type State<R: cell::Real> = [R; 2];
        type Unit<R: cell::Real> = [R; 1];

        fn modulate<R: cell::Real>([r, _]: [R; 2], [h, c]: [R; 2], _: [R; 1]) -> [R; 1] {
            [r.sigmoid().named("r") * h * c]
        }

        fn step<R: cell::Real>([r, n]: [R; 2], [h, c]: [R; 2], [p]: [R; 1]) -> [R; 2] {
            let r = r.sigmoid().named("r");
            let c = (r * c + n.tanh() * p).named("c");
            [(c.tanh() * r + h * p).named("h"), c]
        }
    }

    const SIZES: LayerSizes = LayerSizes::new(2, 3);

    fn layer(zoneout: Vec<Keep<f64>>) -> LayerDynamics {
        let cell = CompiledCell::of::<Mixed>();
        let draws = Draws::new(3);
        let weights =
            engine::PARAMETERS.map(|p| draws.uniform(p.name(), p.len(cell.facts(), SIZES), 0.8));
        LayerDynamics::new(cell, &Weights(weights), SIZES, zoneout)
    }

    /// Rows times the Jacobian against central differences of one step.
    #[test]
    fn rows_are_multiplied_by_the_jacobian() {
        for zoneout in [Vec::new(), vec![Keep::Share(0.3), Keep::Share(0.1)]] {
            let (layer, draws) = (layer(zoneout), Draws::new(4));
            let (x, state) = (draws.uniform("x", 2, 1.0), draws.uniform::<f64>("s", 6, 1.0));
            let mut rows: Vec<f64> = draws.uniform("rows", 4 * 6, 1.0);
            let old = rows.clone();
            layer.pull_back(&x, &state, &mut rows);
            for (k, row) in rows.iter().enumerate() {
                let after = |step: f64| {
                    let mut state = state.clone();
                    state[k % 6] += step;
                    let new = layer.run(&x, &state);
                    let row = &old[k / 6 * 6..][..6];
                    row.iter().zip(new).map(|(a, b)| a * b).sum::<f64>()
                };
                let expected = (after(1e-5) - after(-1e-5)) / 2e-5;
                assert!((row - expected).abs() < 1e-9, "{k}: {row} {expected}");
            }
        }
    }

    /// Of a memory that a gate keeps alone, the states tell what the gate was.
    #[test]
    fn gates_are_those_of_the_equations() {
        let (layer, draws) = (layer(Vec::new()), Draws::new(5));
        let (x, state) = (draws.uniform("x", 3 * 2, 1.0), draws.uniform::<f64>("s", 6, 1.0));
        let gates = layer.gates(&x, &state);
        assert_eq!(gates.iter().map(|gate| &gate.gate[..]).collect::<Vec<_>>(), ["r"]);
        assert_eq!(gates[0].values.len(), 3 * 3);
        let states = [state, layer.run(&x, &draws.uniform::<f64>("s", 6, 1.0))].concat();
        let p = layer.weights.get(Parameter::Unit);
        for (k, r) in gates[0].values.iter().enumerate() {
            let (t, j) = (k / 3, k % 3);
            let (h, [new_h, new_c]) =
                (states[t * 6 + j], [0, 3].map(|s| states[t * 6 + 6 + s + j]));
            assert!((new_c.tanh() * r + h * p[j] - new_h).abs() < 1e-12);
        }
    }
}
