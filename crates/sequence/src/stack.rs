//! Blocks on top of each other.

use crate::block::Mode;
use crate::{
    AnyParameter, AnyState, Block, Dropout, Dynamics, Keep, PassOptions, RuntimeLayer, Sequence,
    SequenceError, Share, StateGradients, elements_of,
};
use dfdx::prelude::{Cpu, HasShape, NoneTape, PutTape, SplitTape, Tape, Tensor, TensorFromVec};

/// `[T, B, N]` with tape `T`.
type Batch<T> = Sequence<usize, usize, usize, f32, T>;
type Matrix = Tensor<(usize, usize), f32, Cpu>;

/// What is done to all layers of a stack, and between them.
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
    /// The initial state is learned (one for all sequences) instead of given.
    pub learned_state: bool,
}

/// The states of all layers of a stack: for each block its directions, forwards first.
#[derive(Debug, Clone)]
pub struct StackState {
    states: Vec<AnyState>,
    /// Whether a learned initial state, where there is one, takes the place of these.
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

    /// The states of some sequences, in this order; one may be picked several times. They are constants on
    /// any tape.
    pub fn select(&self, rows: &[usize]) -> Result<Self, SequenceError> {
        let states =
            self.states.iter().map(|state| state.select(rows)).collect::<Result<_, _>>()?;
        Ok(Self { states, initial: self.initial })
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
        let of_b = |slot: &Matrix| {
            let (_, width) = *slot.shape();
            slot.as_vec()[b * width..(b + 1) * width].to_vec()
        };
        let wide = |x: f32| f64::from(x);
        let state = self.start.slots().iter().flat_map(of_b).map(wide).collect();
        (rows.flatten().copied().map(wide).collect(), state)
    }
}

/// Blocks on top of each other.
pub struct Stack {
    blocks: Vec<Block>,
    options: StackOptions,
    /// For each layer and direction its slots, each `[1, width]`; none where they are not learned.
    initial: Vec<Vec<Matrix>>,
}

impl Stack {
    /// A stack of blocks. An error if their sizes do not meet.
    pub fn new(blocks: Vec<Block>, options: StackOptions) -> Result<Self, SequenceError> {
        for pair in blocks.windows(2) {
            for layer in pair[1].directions() {
                let below = pair[0].output();
                SequenceError::check("layer input", &[below], &[layer.sizes().input])?;
            }
        }
        let mut initial = Vec::new();
        if options.learned_state {
            for layer in blocks.iter().flat_map(Block::directions) {
                if let Some(slot) = layer.slots().iter().find(|slot| !slot.start.is_finite()) {
                    let (layer, slot) = (layer.name(), slot.name);
                    return Err(SequenceError::UnboundedStart { layer, slot, what: "learned" });
                }
                initial.push(layer.initial_state(1)?.slots().to_vec());
            }
        }
        Ok(Self { blocks, options, initial })
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The layers, block by block, of each the one forwards first.
    pub fn layers(&self) -> impl Iterator<Item = &(dyn RuntimeLayer + 'static)> {
        self.blocks.iter().flat_map(Block::directions).map(Box::as_ref)
    }

    /// Name of the layer nearest to the output.
    pub fn top_name(&self) -> String {
        self.options.layer_name(self.blocks.len().saturating_sub(1), 0)
    }

    /// The state at the beginning of `batch` sequences: as it starts, or learned.
    pub fn initial_state(&self, batch: usize) -> Result<StackState, SequenceError> {
        let states =
            self.layers().map(|layer| layer.initial_state(batch)).collect::<Result<_, _>>()?;
        Ok(StackState { states, initial: true })
    }

    /// Every parameter with its name, always in the same order.
    pub fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        for (k, block) in self.blocks.iter_mut().enumerate() {
            for (direction, layer) in block.directions_mut().iter_mut().enumerate() {
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
        self.through(self.blocks.len(), x, state, run)
    }

    /// Each layer in its first direction as a dynamical system, with what drives it when `x`
    /// `[T, B, I]` is run through the stack.
    pub fn driven(
        &self,
        x: &Batch<NoneTape>,
        state: &StackState,
        run: StackRun<'_>,
    ) -> Result<Vec<Driven>, SequenceError> {
        let mut all = Vec::with_capacity(self.blocks.len());
        let mut index = 0;
        for (k, block) in self.blocks.iter().enumerate() {
            let layers = block.directions();
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
                let zoneout = (0..layer.slots().len()).map(share).collect();
                let none = || SequenceError::NoDynamics { layer: layer.name() };
                let (_, batch, width) = *input.shape();
                let start = match self.initial.get(index).filter(|_| state.initial) {
                    Some(learned) => broadcast(learned, batch, &mut NoneTape)?,
                    None => state.states[index].clone(),
                };
                all.push(Driven {
                    dynamics: layer.dynamics(zoneout).ok_or_else(none)?,
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
        let directions = self.layers().count();
        SequenceError::check("states", &[directions], &[state.states.len()])?;
        let mut x = x;
        let mut states = Vec::with_capacity(directions);
        for (k, block) in self.blocks.iter().enumerate().take(count) {
            let layers = block.directions();
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
                let options = PassOptions {
                    reverse: direction == 1,
                    lengths: run.lengths.map(<[usize]>::to_vec),
                    zoneout: self.zoneout(&input, layer.as_ref(), run.dropout, index),
                };
                let watch = run.watch.and_then(|watch| watch.get(index));
                let sequence = input.clone().put_tape(tape);
                let (y, last) = T::run(layer.as_ref(), options, sequence, &start, watch)?;
                outputs.push(y);
                states.push(last);
            }
            let mut y = block.close(outputs, input)?;
            if let Some(dropout) = run.dropout.filter(|_| k + 1 < self.blocks.len()) {
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
        let keep = |(slot, width): (usize, usize)| {
            let share = match slot {
                0 => self.options.zoneout,
                _ => self.options.zoneout_memory,
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
        let widths = layer.slots().into_iter().map(|slot| slot.width());
        widths.enumerate().map(keep).collect()
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
    Ok(AnyState::new(slots))
}
