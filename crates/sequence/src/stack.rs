//! Recurrent layers on top of each other.

use crate::{
    AnyParameter, AnyState, Dropout, Dynamics, How, Keep, RuntimeLayer, Sequence, SequenceError,
    Share, State, StateGradients, elements_of,
};
use dfdx::prelude::{
    Cpu, HasShape, Merge, NoneTape, OwnedTape, PutTape, SplitTape, Tape, Tensor, TensorFromVec,
    TryAdd,
};

/// `[T, B, N]` with tape `T`.
type Batch<T> = Sequence<usize, usize, usize, f32, T>;
type Matrix = Tensor<(usize, usize), f32, Cpu>;

/// What stands between and around the layers of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StackOptions {
    /// What the names of its layers begin with, where a model has several stacks.
    pub prefix: &'static str,
    /// Dropout between one layer and the next.
    pub dropout: Share,
    /// Zoneout of the hidden state (Krueger et al. 2017, arXiv 1606.01305), in [0, 1).
    pub zoneout: f32,
    /// Zoneout of the other slots of the state.
    pub zoneout_memory: f32,
    /// Every layer but the first adds its input to its output, where their widths are the same.
    pub residual: bool,
    /// The initial state is learned (one for all sequences) instead of zero.
    pub learned_state: bool,
}

/// The states of all layers of a stack: for each layer its directions, forwards first.
#[derive(Debug, Clone)]
pub struct StackState {
    states: Vec<AnyState>,
    /// Whether a learned initial state, where there is one, takes the place of these zeros.
    initial: bool,
}

impl StackState {
    /// States given by the caller: for each layer its directions, forwards first.
    pub fn new(states: Vec<AnyState>) -> Self {
        Self { states, initial: false }
    }

    /// The states.
    pub fn states(&self) -> &[AnyState] {
        &self.states
    }

    /// Every slot of every state with its name, to be read or changed.
    pub fn for_each_slot(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        self.initial = false;
        for (k, state) in self.states.iter_mut().enumerate() {
            state.for_each_slot(&mut |slot, tensor| visit(&format!("state {k}.{slot}"), tensor));
        }
    }
}

/// What a pass through a stack needs besides the sequence.
#[derive(Debug, Clone, Copy, Default)]
pub struct StackRun<'a> {
    /// Length of each sequence, where they differ.
    pub lengths: Option<&'a [usize]>,
    /// The masks to draw, in training. Without, nothing is dropped, and zoneout takes its expected
    /// value.
    pub dropout: Option<Dropout>,
    /// One recorder for each layer and direction.
    pub watch: Option<&'a [StateGradients]>,
}

/// A layer as a dynamical system, with what drives it.
pub struct Driven {
    /// The layer.
    pub dynamics: Box<dyn Dynamics>,
    /// Its inputs `[T, B, I]`.
    inputs: Vec<f32>,
    /// B and I.
    shape: [usize; 2],
    /// Its state before the first step.
    start: AnyState,
}

impl Driven {
    /// Inputs `[T, I]` of sequence `b` up to step `end`, and its state before them, `[S]`.
    pub fn sequence(&self, b: usize, end: usize) -> (Vec<f64>, Vec<f64>) {
        let [batch, width] = self.shape;
        let rows = self.inputs.chunks_exact(width).skip(b).step_by(batch).take(end + 1);
        let slots = std::iter::once(self.start.hidden()).chain(self.start.memory());
        let of_b = |slot: &Matrix| {
            let (_, width) = *slot.shape();
            slot.as_vec()[b * width..(b + 1) * width].to_vec()
        };
        let wide = |x: f32| f64::from(x);
        (rows.flatten().copied().map(wide).collect(), slots.flat_map(of_b).map(wide).collect())
    }
}

/// Recurrent layers on top of each other, in one direction or in both. The outputs of the two
/// directions of a layer stand side by side, forwards first.
pub struct Stack {
    layers: Vec<Vec<Box<dyn RuntimeLayer>>>,
    options: StackOptions,
    /// For each layer and direction its slots, each `[1, width]`; none where they are zero.
    initial: Vec<Vec<Matrix>>,
}

impl Stack {
    /// A stack of layers, each in one or two directions. An error if their sizes do not meet.
    pub fn new(
        layers: Vec<Vec<Box<dyn RuntimeLayer>>>,
        options: StackOptions,
    ) -> Result<Self, SequenceError> {
        for pair in layers.windows(2) {
            let below: usize = pair[0].iter().map(|layer| layer.sizes().output).sum();
            for layer in &pair[1] {
                SequenceError::check("layer input", &[below], &[layer.sizes().input])?;
            }
        }
        let mut initial = Vec::new();
        if options.learned_state {
            for layer in layers.iter().flatten() {
                let zero = layer.zero_state(1)?;
                let slots = std::iter::once(zero.hidden()).chain(zero.memory());
                initial.push(slots.cloned().collect());
            }
        }
        Ok(Self { layers, options, initial })
    }

    /// The layers, each in one or two directions.
    pub fn layers(&self) -> &[Vec<Box<dyn RuntimeLayer>>] {
        &self.layers
    }

    /// Name of the layer nearest to the output.
    pub fn top_name(&self) -> String {
        self.options.layer_name(self.layers.len().saturating_sub(1), 0)
    }

    /// The state at the beginning of `batch` sequences: zero, or learned.
    pub fn initial_state(&self, batch: usize) -> Result<StackState, SequenceError> {
        let layers = self.layers.iter().flatten();
        let states = layers.map(|layer| layer.zero_state(batch)).collect::<Result<_, _>>()?;
        Ok(StackState { states, initial: true })
    }

    /// Every parameter with its name, always in the same order.
    pub fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        for (k, directions) in self.layers.iter_mut().enumerate() {
            for (direction, layer) in directions.iter_mut().enumerate() {
                let layer_name = self.options.layer_name(k, direction);
                layer.for_each_parameter(&mut |name, parameter| {
                    visit(&format!("{layer_name}.{name}"), parameter);
                });
            }
        }
        for (k, slots) in self.initial.iter_mut().enumerate() {
            for (slot, tensor) in slots.iter_mut().enumerate() {
                visit(&format!("{}initial state {k}.{slot}", self.options.prefix), tensor);
            }
        }
    }

    /// Runs `x` `[T, B, I]` through all layers: the last one's outputs, and the state after the
    /// last step (for the way backwards: after the first). Both are on `x`'s tape: another stack
    /// that starts from this state, its input on that tape, sends its gradient back through this one.
    pub fn forward<T: Mode>(
        &self,
        x: Batch<T>,
        state: &StackState,
        run: StackRun<'_>,
    ) -> Result<(Batch<T>, StackState), SequenceError> {
        self.through(self.layers.len(), x, state, run)
    }

    /// Each layer in its first direction as a dynamical system, with what drives it when `x`
    /// `[T, B, I]` is run through the stack.
    pub fn driven(
        &self,
        x: &Batch<NoneTape>,
        state: &StackState,
        run: StackRun<'_>,
    ) -> Result<Vec<Driven>, SequenceError> {
        let mut all = Vec::with_capacity(self.layers.len());
        let mut index = 0;
        for (k, layers) in self.layers.iter().enumerate() {
            let (input, _) = self.through(k, x.clone(), state, run)?;
            if let Some(layer) = layers.first() {
                let keep = |slot: usize| match slot {
                    0 => f64::from(self.options.zoneout),
                    _ => f64::from(self.options.zoneout_memory),
                };
                let share = |slot: usize| match keep(slot) {
                    0.0 => Keep::Nothing,
                    share => Keep::Share(share),
                };
                let zoneout = (0..layer.facts().state.len()).map(share).collect();
                let (_, batch, width) = *input.shape();
                let start = match self.initial.get(index).filter(|_| state.initial) {
                    Some(learned) => broadcast(learned, batch, &mut NoneTape)?,
                    None => state.states[index].clone(),
                };
                all.push(Driven {
                    dynamics: layer.dynamics(zoneout),
                    inputs: elements_of(&input).into_vec(),
                    shape: [batch, width],
                    start,
                });
            }
            index += layers.len();
        }
        Ok(all)
    }

    /// [`forward`](Self::forward) through the first `count` layers.
    fn through<T: Mode>(
        &self,
        count: usize,
        x: Batch<T>,
        state: &StackState,
        run: StackRun<'_>,
    ) -> Result<(Batch<T>, StackState), SequenceError> {
        let directions: usize = self.layers.iter().map(Vec::len).sum();
        SequenceError::check("states", &[directions], &[state.states.len()])?;
        let mut x = x;
        let mut states = Vec::with_capacity(directions);
        for (k, layers) in self.layers.iter().enumerate().take(count) {
            let (input, tape) = x.split_tape();
            let mut tape = Some(tape);
            let mut outputs = Vec::with_capacity(layers.len());
            for (direction, layer) in layers.iter().enumerate() {
                let index = states.len();
                let mut tape = tape.take().unwrap_or_default();
                let (_, batch, _) = *input.shape();
                let start = match self.initial.get(index).filter(|_| state.initial) {
                    Some(learned) => broadcast(learned, batch, &mut tape)?,
                    None => state.states[index].clone(),
                };
                let how = How {
                    reverse: direction == 1,
                    lengths: run.lengths.map(<[usize]>::to_vec),
                    zoneout: self.zoneout(&input, layer.as_ref(), run.dropout, index),
                };
                let watch = run.watch.and_then(|watch| watch.get(index));
                let sequence = input.clone().put_tape(tape);
                let (y, last) = T::run(layer.as_ref(), how, sequence, &start, watch)?;
                outputs.push(y);
                states.push(last);
            }
            let mut y = side_by_side(outputs)?;
            if self.options.residual && k > 0 && y.shape() == input.shape() {
                y = y.try_add(input)?;
            }
            if let Some(dropout) = run.dropout.filter(|_| k + 1 < self.layers.len()) {
                y = dropout.apply(y, self.options.dropout, &self.options.layer_name(k, 0))?;
            }
            x = y;
        }
        Ok((x, StackState::new(states)))
    }

    fn zoneout(
        &self,
        input: &Batch<NoneTape>,
        layer: &dyn RuntimeLayer,
        dropout: Option<Dropout>,
        index: usize,
    ) -> Vec<Keep<f32>> {
        let (steps, batch, _) = *input.shape();
        let keep = |slot: usize| {
            let (share, width) = match slot {
                0 => (self.options.zoneout, layer.sizes().output),
                _ => (self.options.zoneout_memory, layer.sizes().hidden),
            };
            match dropout {
                _ if share == 0.0 => Keep::Nothing,
                None => Keep::Share(share),
                Some(masks) => {
                    let place = format!("{}{index}.{slot}", self.options.prefix);
                    masks.kept(share, steps * batch * width, &place)
                }
            }
        };
        (0..layer.facts().state.len()).map(keep).collect()
    }
}

impl StackOptions {
    /// [`layer_name`] with the stack's prefix.
    pub fn layer_name(&self, k: usize, direction: usize) -> String {
        format!("{}{}", self.prefix, layer_name(k, direction))
    }
}

/// Name of layer `k` in one direction; it picks random streams and marks parameters.
pub fn layer_name(k: usize, direction: usize) -> String {
    if direction == 0 { format!("layer {k}") } else { format!("layer {k} backwards") }
}

/// With a tape or without: how a layer is run.
pub trait Mode: Tape<f32, Cpu> + Merge<NoneTape> {
    /// The outputs of a layer, with the tape, and its last state.
    fn run(
        layer: &dyn RuntimeLayer,
        how: How<f32>,
        x: Batch<Self>,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Batch<Self>, AnyState), SequenceError>;
}

impl Mode for OwnedTape<f32, Cpu> {
    fn run(
        layer: &dyn RuntimeLayer,
        how: How<f32>,
        x: Batch<Self>,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Batch<Self>, AnyState), SequenceError> {
        layer.train(how, x, state, watch)
    }
}

impl Mode for NoneTape {
    fn run(
        layer: &dyn RuntimeLayer,
        how: How<f32>,
        x: Batch<Self>,
        state: &AnyState,
        _: Option<&StateGradients>,
    ) -> Result<(Batch<Self>, AnyState), SequenceError> {
        layer.infer(how, x, state)
    }
}

/// A learned state, each slot `[1, width]`, for every sequence of a batch. Its gradient is the sum
/// over the batch.
fn broadcast<T: Tape<f32, Cpu>>(
    learned: &[Matrix],
    batch: usize,
    tape: &mut T,
) -> Result<AnyState, SequenceError> {
    let mut slots = Vec::with_capacity(learned.len());
    for slot in learned {
        let row = slot.as_vec();
        let width = row.len();
        let all = slot.device().try_tensor_from_vec(row.repeat(batch), (batch, width))?;
        if T::OWNS_TAPE {
            let (of_one, of_all) = (slot.ghost(), all.ghost());
            tape.add_backward_op(move |gradients| {
                let d_all = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_all)?);
                let d_one = gradients.get_or_alloc_mut(&of_one)?;
                for d in d_all.chunks_exact(width) {
                    crate::engine::add(d_one, d);
                }
                **gradients.get_or_alloc_mut(&of_all)? = d_all;
                Ok(())
            });
        }
        slots.push(all);
    }
    let memory = slots.split_off(1);
    Ok(State::new(slots.remove(0), memory))
}

/// Puts the outputs of two directions side by side; one alone stays as it is.
fn side_by_side<T: Tape<f32, Cpu>>(mut outputs: Vec<Batch<T>>) -> Result<Batch<T>, SequenceError> {
    let none = || SequenceError::Shape { what: "directions", expected: vec![1], got: vec![0] };
    let right = outputs.pop().ok_or_else(none)?;
    let Some(left) = outputs.pop() else { return Ok(right) };
    let (steps, batch, n) = *left.shape();
    let (_, _, m) = *right.shape();
    let (left, tape) = left.split_tape();
    let (right, right_tape) = right.split_tape();
    let mut tape = tape.merge(right_tape);
    let mut all = Vec::with_capacity(steps * batch * (n + m));
    for (l, r) in left.as_vec().chunks_exact(n).zip(right.as_vec().chunks_exact(m)) {
        all.extend_from_slice(l);
        all.extend_from_slice(r);
    }
    let out = left.device().try_tensor_from_vec(all, (steps, batch, n + m))?;
    if T::OWNS_TAPE {
        let (of_left, of_right, of_out) = (left.ghost(), right.ghost(), out.ghost());
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let d_left = gradients.get_or_alloc_mut(&of_left)?;
            for (d, from) in d_left.chunks_exact_mut(n).zip(d_out.chunks_exact(n + m)) {
                crate::engine::add(d, &from[..n]);
            }
            let d_right = gradients.get_or_alloc_mut(&of_right)?;
            for (d, from) in d_right.chunks_exact_mut(m).zip(d_out.chunks_exact(n + m)) {
                crate::engine::add(d, &from[n..]);
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out.put_tape(tape))
}
