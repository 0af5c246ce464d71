//! Problems to check a cell on.

use compute::{Buffer, Draws, Float};
use sequence::engine::{
    self, CompiledCell, Gradients, Keep, LayerSizes, PARAMETERS, PackedWeights, Pass, PassOptions,
    Purpose, Sizes, Weights,
};

/// One problem: weights, input, initial state, and a random linear loss on the hidden states and
/// the state after the last step.
#[derive(Clone)]
pub(crate) struct Case<E: Float> {
    pub(crate) cell: CompiledCell<E>,
    pub(crate) sizes: Sizes,
    pub(crate) options: PassOptions<E>,
    pub(crate) weights: Weights<E>,
    pub(crate) input: Vec<E>,
    pub(crate) initial: Vec<Vec<E>>,
    pub(crate) loss: Vec<E>,
    /// Slot by slot; none where the last state does not count.
    pub(crate) last: Vec<Vec<E>>,
}

/// A few odd sizes.
pub(crate) const SMALL: Sizes =
    Sizes { steps: 4, batch: 3, input: 4, hidden: 5, output: 5, heads: 1 };

impl<E: Float> Case<E> {
    pub(crate) fn new(cell: CompiledCell<E>, sizes: Sizes) -> Self {
        let Sizes { steps, batch, input, hidden, output, .. } = sizes;
        let draws = Draws::new(20);
        let weights = PARAMETERS.map(|parameter| {
            draws.uniform(parameter.name(), parameter.len(cell.facts(), sizes.layer()), 0.6)
        });
        let slots = |name: &str, limit: f64| {
            let slot = |k: usize| {
                let width = if k == 0 { output } else { hidden };
                draws.uniform(&format!("{name} {k}"), batch * width, limit)
            };
            (0..cell.facts().state.len()).map(slot).collect()
        };
        let mut case = Self {
            cell,
            sizes,
            options: PassOptions::default(),
            weights: Weights(weights),
            input: draws.uniform("x", steps * batch * input, 1.0),
            initial: slots("state", 0.9),
            last: slots("last", 1.0),
            loss: draws.uniform("loss", steps * batch * output, 1.0),
        };
        // Where a state does not start at 0, not every state can be reached.
        if !cell.facts().state_starts.is_empty() {
            case.initial = case.at_the_start().pass().final_state();
        }
        case
    }

    /// The same from the state before the first step.
    pub(crate) fn at_the_start(&self) -> Self {
        let start = |(k, slot): (usize, &Vec<E>)| {
            vec![E::nearest(self.cell.facts().state_start(k)); slot.len()]
        };
        let initial = self.initial.iter().enumerate().map(start).collect();
        Self { initial, ..self.clone() }
    }

    /// One problem for every way in which a layer can be run, all ways combined once.
    pub(crate) fn every_way(cell: CompiledCell<E>) -> Vec<Self> {
        let plain = Self::new(cell, SMALL);
        let square = Self::new(cell, Sizes::new(4, 3, LayerSizes::new(5, 5)));
        let mut mixed = plain.clone();
        mixed.options = PassOptions {
            reverse: true,
            lengths: Some(vec![3, 0, 4]),
            zoneout: (0..cell.facts().state.len()).map(|k| Self::keep(SMALL, k)).collect(),
        };
        let mut all = vec![plain, square, mixed];
        all.extend(Self::in_heads(cell));
        if !cell.reads_hidden() {
            let mut projected = Self::new(cell, Sizes { output: 3, ..SMALL });
            projected.options.lengths = Some(vec![3, 4, 1]);
            projected.options.zoneout = vec![Self::keep(projected.sizes, 0)];
            all.push(projected);
        }
        all
    }

    /// A problem of three heads, where the cell can have some.
    pub(crate) fn in_heads(cell: CompiledCell<E>) -> Option<Self> {
        let facts = cell.facts();
        let products = !facts.recurrent.is_empty() || !facts.modulated.is_empty();
        products.then(|| Self::new(cell, Sizes { hidden: 6, output: 6, heads: 3, ..SMALL }))
    }

    /// Problems of several stretches of time steps, not all equally long: forwards and backwards,
    /// with lengths and zoneout, projected.
    pub(crate) fn in_stretches(cell: CompiledCell<E>) -> Vec<Self> {
        let sizes = Sizes { steps: 5, batch: 100, ..SMALL };
        let outputs = if cell.reads_hidden() { vec![sizes.hidden] } else { vec![sizes.hidden, 3] };
        let case = |output: usize, reverse: bool| {
            let sizes = Sizes { output, ..sizes };
            let lengths = Some((0..sizes.batch).map(|b| b % (sizes.steps + 1)).collect());
            let zoneout = (0..cell.facts().state.len()).map(|k| Self::keep(sizes, k)).collect();
            Self { options: PassOptions { reverse, lengths, zoneout }, ..Self::new(cell, sizes) }
        };
        outputs.into_iter().flat_map(|p| [case(p, false), case(p, true)]).collect()
    }

    /// A share between 0 and 1 for each element of a slot.
    fn keep(sizes: Sizes, slot: usize) -> Keep<E> {
        let width = if slot == 0 { sizes.output } else { sizes.hidden };
        let len = sizes.steps * sizes.batch * width;
        let half = E::nearest(0.5);
        let draws: Vec<E> = Draws::new(22).uniform(&format!("keep {slot}"), len, 0.5);
        Keep::Each(draws.into_iter().map(|x| x + half).collect())
    }

    pub(crate) fn pass(&self) -> Pass<E> {
        self.run(&self.packed())
    }

    fn packed(&self) -> PackedWeights<E> {
        PackedWeights::new(self.cell, self.weights.clone(), self.sizes.layer(), Purpose::Train)
    }

    fn run(&self, weights: &PackedWeights<E>) -> Pass<E> {
        let options = self.options.clone();
        engine::forward(
            self.sizes,
            options,
            weights,
            &self.input,
            &self.initial,
            Purpose::Train,
            &mut |_, _| {},
        )
    }

    /// Hidden states, then the final state.
    pub(crate) fn values(&self) -> Vec<E> {
        let pass = self.pass();
        let mut all = pass.outputs().to_vec();
        all.extend(pass.final_state().into_iter().flatten());
        all
    }

    /// [`values`](Self::values) of a pass for inference.
    pub(crate) fn inferred(&self) -> Vec<E> {
        let row = self.sizes.batch * self.sizes.output;
        let mut all = vec![E::default(); self.sizes.steps * row];
        let pass = engine::forward(
            self.sizes,
            self.options.clone(),
            &self.packed(),
            &self.input,
            &self.initial,
            Purpose::Infer,
            &mut |steps, rows| all[steps.start * row..][..rows.len()].copy_from_slice(rows),
        );
        all.extend(pass.final_state().into_iter().flatten());
        all
    }

    /// [`values`](Self::values) and [`gradients`](Self::gradients) with the batch in parts.
    pub(crate) fn in_parts(&self, parts: usize) -> (Vec<E>, Vec<Vec<E>>) {
        let (weights, options) = (self.packed(), self.options.clone());
        let mut input = Buffer::unset(self.input.len());
        input.copy_from_slice(&self.input);
        let engine::Ran { outputs, last, kept } = engine::forward_in_parts(
            self.sizes,
            options,
            &weights,
            input,
            &self.initial,
            Purpose::Train,
            parts,
        );
        let mut found = Gradients::zeros(self.cell.facts(), self.sizes);
        let observe = &mut |_: usize, _: &[Vec<E>]| {};
        engine::backward_in_parts(
            self.sizes, kept, &weights, &self.loss, &self.last, &mut found, observe,
        );
        let Gradients { parameters, input, state } = found;
        let values = [outputs].into_iter().chain(last).flatten().collect();
        (values, parameters.0.into_iter().chain([input]).chain(state).collect())
    }

    /// The loss: a weighted sum of the hidden states of sequences that still run and of the last
    /// state.
    pub(crate) fn total(&self) -> f64 {
        let pass = self.pass();
        let term = |(k, (&y, &weight)): (usize, (&E, &E))| {
            let row = k / self.sizes.output;
            let (t, b) = (row / self.sizes.batch, row % self.sizes.batch);
            let counts = self.options.lengths.as_ref().is_none_or(|lengths| t < lengths[b]);
            if counts { (y * weight).into() } else { 0.0 }
        };
        let of_last = pass.final_state().into_iter().flatten().zip(self.last.iter().flatten());
        let of_last = of_last.map(|(y, &weight)| (y * weight).into());
        pass.outputs().iter().zip(&self.loss).enumerate().map(term).chain(of_last).sum()
    }

    /// Gradients of every parameter, the input and every initial state slot, in that order.
    pub(crate) fn gradients(&self) -> Vec<Vec<E>> {
        let weights = self.packed();
        let pass = self.run(&weights);
        let mut found = Gradients::zeros(self.cell.facts(), self.sizes);
        engine::backward(
            &pass,
            &weights,
            &self.input,
            &self.loss,
            &self.last,
            &mut found,
            &mut |_, _| {},
        );
        let Gradients { parameters, input, state } = found;
        parameters.0.into_iter().chain([input]).chain(state).collect()
    }

    /// All that the loss depends on, in the order of [`gradients`](Self::gradients).
    pub(crate) fn leaves(&mut self) -> Vec<&mut Vec<E>> {
        let weights = self.weights.0.iter_mut();
        weights.chain([&mut self.input]).chain(self.initial.iter_mut()).collect()
    }

    /// Sequence `b` alone, cut to its length.
    pub(crate) fn alone(&self, b: usize) -> Self {
        let Sizes { steps, batch, input, output, .. } = self.sizes;
        let length = self.options.lengths.as_ref().map_or(steps, |lengths| lengths[b]);
        let row = |all: &[E], width: usize| -> Vec<E> {
            let rows = all.chunks(width).skip(b).step_by(batch).take(length);
            rows.flatten().copied().collect()
        };
        let of_b = |slot: &Vec<E>| {
            let width = slot.len() / batch;
            slot[b * width..(b + 1) * width].to_vec()
        };
        Self {
            cell: self.cell,
            sizes: Sizes { steps: length, batch: 1, ..self.sizes },
            options: PassOptions { reverse: self.options.reverse, ..PassOptions::default() },
            weights: self.weights.clone(),
            input: row(&self.input, input),
            initial: self.initial.iter().map(of_b).collect(),
            last: self.last.iter().map(of_b).collect(),
            loss: row(&self.loss, output),
        }
    }
}
