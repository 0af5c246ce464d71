//! A cell with its parameters, run over a sequence: compiled for all cells at once.

use crate::engine::{self, CompiledCell, Gradients, PackedWeights, PassOptions, Purpose, Sizes};
use crate::{
    AnyParameter, Element, LayerInit, LayerSizes, OnCpu, PARAMETERS, Parameter, SequenceError,
    State, StateGradients, Weights, elements_of,
};
use cell::Facts;
use compute::Draws;
use dfdx::prelude::{
    Const, Cpu, Dim, HasShape, NoneTape, PutTape, ReshapeTo, Shape, SplitTape, Tape, Tensor,
    TensorFromVec,
};
use std::ops::DerefMut;
use std::sync::{Arc, OnceLock};

/// Sequences `[T, B, N]`.
pub type Sequence<T, B, N, E = f32, Tape = NoneTape> = Tensor<(T, B, N), E, Cpu, Tape>;

/// What a layer makes of a sequence: the hidden states after each step, and the last state.
pub type Ran<T, B, H, P, E, Tape> = (Sequence<T, B, P, E, Tape>, State<B, H, E, P>);

/// A recurrent layer of a cell chosen at run time: input size `I`, hidden size `H`, elements `E`, and size
/// `P` of the hidden state where it is projected (else H).
///
/// `I`, `H` and `P` are dfdx dimensions, `Const<N>` or `usize`. Parameters are dfdx tensors:
/// weights `[blocks, H, I]` and `[blocks, H, P]`, biases `[blocks, H]`, blocks in the order of
/// [`cell::Facts::pre`].
#[derive(Debug, Clone)]
pub struct DynLayer<I: Dim, H: Dim, E: Element = f32, P: Dim = H>
where
    Cpu: OnCpu<E>,
{
    cell: CompiledCell<E>,
    device: Cpu,
    dims: (I, H, P),
    heads: usize,
    input: Tensor<(usize, H, I), E, Cpu>,
    /// `[blocks, H, P / heads]`.
    recurrent: Tensor<(usize, H, usize), E, Cpu>,
    modulated: Tensor<(usize, H, usize), E, Cpu>,
    bias: Tensor<(usize, H), E, Cpu>,
    unit: Tensor<(usize, H), E, Cpu>,
    scalar: Tensor<(usize,), E, Cpu>,
    input_gain: Tensor<(usize, H), E, Cpu>,
    recurrent_gain: Tensor<(usize, H), E, Cpu>,
    /// `[P, H]`, or no rows where the hidden state is not projected.
    projection: Tensor<(usize, H), E, Cpu>,
    /// The parameters laid out for products; made when needed, forgotten when they may change.
    packed: OnceLock<Arc<PackedWeights<E>>>,
}

impl<I: Dim, H: Dim, E: Element, P: Dim> DynLayer<I, H, E, P>
where
    Cpu: OnCpu<E>,
{
    /// A layer of sizes `dims` (I, H, P) with new parameters; `name` picks the random streams.
    pub fn initialised(
        cell: CompiledCell<E>,
        device: &Cpu,
        dims: (I, H, P),
        draws: &Draws,
        name: &str,
        init: &LayerInit,
    ) -> Result<Self, SequenceError> {
        Self::in_heads(cell, device, (dims, 1), draws, name, init)
    }

    /// The same with so many heads.
    pub(crate) fn in_heads(
        cell: CompiledCell<E>,
        device: &Cpu,
        (dims, heads): ((I, H, P), usize),
        draws: &Draws,
        name: &str,
        init: &LayerInit,
    ) -> Result<Self, SequenceError> {
        cell.check()?;
        let sizes = layer_sizes(dims, heads);
        SequenceError::check_heads(cell.facts(), sizes)?;
        let start = |parameter| init.parameter(cell.facts(), parameter, sizes, draws, name);
        Self::with_heads(cell, device, (dims, heads), Weights(PARAMETERS.map(start)))
    }

    /// A layer of sizes `dims` (I, H, P) with the given parameters.
    pub fn from_weights(
        cell: CompiledCell<E>,
        device: &Cpu,
        dims: (I, H, P),
        weights: Weights<E>,
    ) -> Result<Self, SequenceError> {
        Self::with_heads(cell, device, (dims, 1), weights)
    }

    fn with_heads(
        cell: CompiledCell<E>,
        device: &Cpu,
        (dims, heads): ((I, H, P), usize),
        weights: Weights<E>,
    ) -> Result<Self, SequenceError> {
        cell.check()?;
        let (facts, sizes) = (cell.facts(), layer_sizes(dims, heads));
        if sizes.projected() && cell.reads_hidden() {
            return Err(SequenceError::NotProjectable { cell: facts.name });
        }
        if sizes.output > sizes.hidden {
            return Err(SequenceError::Shape {
                what: "projection, at most",
                expected: vec![sizes.hidden],
                got: vec![sizes.output],
            });
        }
        for (parameter, elements) in PARAMETERS.into_iter().zip(&weights.0) {
            let expected = parameter.len(facts, sizes);
            SequenceError::check(parameter.name(), &[expected], &[elements.len()])?;
        }
        let blocks = |parameter: Parameter| {
            parameter.shape(facts, sizes).first().copied().unwrap_or_default()
        };
        let [n_w, _, _, n_b, n_p, n_s, n_gw, n_gu, n_r] = PARAMETERS.map(blocks);
        let (n_u, n_v) = (facts.recurrent.len(), facts.modulated.len());
        let (width, inner) = (sizes.output / heads, sizes.hidden / heads);
        let [w, u, v, b, p, s, gw, gu, r] = weights.0;
        let (i, h, _) = dims;
        Ok(Self {
            cell,
            device: device.clone(),
            dims,
            heads,
            input: device.try_tensor_from_vec(w, (n_w, h, i))?,
            recurrent: device.try_tensor_from_vec(u, (n_u, h, width))?,
            modulated: device.try_tensor_from_vec(v, (n_v, h, inner))?,
            bias: device.try_tensor_from_vec(b, (n_b, h))?,
            unit: device.try_tensor_from_vec(p, (n_p, h))?,
            scalar: device.try_tensor_from_vec(s, (n_s,))?,
            input_gain: device.try_tensor_from_vec(gw, (n_gw, h))?,
            recurrent_gain: device.try_tensor_from_vec(gu, (n_gu, h))?,
            projection: device.try_tensor_from_vec(r, (n_r, h))?,
            packed: OnceLock::new(),
        })
    }

    /// A copy of the parameters.
    pub fn weights(&self) -> Weights<E> {
        fn copy<S: Shape, E: Element>(tensor: &Tensor<S, E, Cpu>) -> Vec<E>
        where
            Cpu: OnCpu<E>,
        {
            let mut all = vec![E::default(); tensor.shape().num_elements()];
            tensor.copy_into(&mut all);
            all
        }
        Weights([
            copy(&self.input),
            copy(&self.recurrent),
            copy(&self.modulated),
            copy(&self.bias),
            copy(&self.unit),
            copy(&self.scalar),
            copy(&self.input_gain),
            copy(&self.recurrent_gain),
            copy(&self.projection),
        ])
    }

    /// The parameters laid out for products. They can change through
    /// [`for_each_parameter`](Self::for_each_parameter) alone.
    fn packed(&self, purpose: Purpose) -> Arc<PackedWeights<E>> {
        let pack = || PackedWeights::new(self.cell, self.weights(), self.sizes(), purpose);
        self.packed.get_or_init(|| Arc::new(pack())).clone()
    }

    /// Input weights W `[blocks, H, I]`.
    pub fn input(&self) -> &Tensor<(usize, H, I), E, Cpu> {
        &self.input
    }

    /// Recurrent weights U `[blocks, H, P]`.
    pub fn recurrent(&self) -> &Tensor<(usize, H, usize), E, Cpu> {
        &self.recurrent
    }

    /// Second-stage weights V `[blocks, H, H]`.
    pub fn modulated(&self) -> &Tensor<(usize, H, usize), E, Cpu> {
        &self.modulated
    }

    /// Biases `[blocks, H]`.
    pub fn bias(&self) -> &Tensor<(usize, H), E, Cpu> {
        &self.bias
    }

    /// Per-unit parameters `[blocks, H]`.
    pub fn unit(&self) -> &Tensor<(usize, H), E, Cpu> {
        &self.unit
    }

    /// Its cell.
    pub fn cell(&self) -> CompiledCell<E> {
        self.cell
    }

    /// Input size I, hidden size H, size P of the hidden state.
    pub fn dims(&self) -> (I, H, P) {
        self.dims
    }

    /// The same as numbers.
    pub fn sizes(&self) -> LayerSizes {
        layer_sizes(self.dims, self.heads)
    }

    /// The device that the parameters live on.
    pub fn device(&self) -> &Cpu {
        &self.device
    }

    /// Every parameter that the cell has, with its name, to be read or changed.
    pub fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<E>))
    where
        E: 'static,
    {
        self.packed = OnceLock::new();
        let all: [&mut dyn AnyParameter<E>; PARAMETERS.len()] = [
            &mut self.input,
            &mut self.recurrent,
            &mut self.modulated,
            &mut self.bias,
            &mut self.unit,
            &mut self.scalar,
            &mut self.input_gain,
            &mut self.recurrent_gain,
            &mut self.projection,
        ];
        for (parameter, tensor) in PARAMETERS.into_iter().zip(all) {
            if !tensor.dims().contains(&0) {
                visit(parameter.name(), tensor);
            }
        }
    }

    /// Runs the sequence `x` `[T, B, I]` from `state`: the hidden states after each step
    /// `[T, B, P]`, with `x`'s tape, and the state after the last.
    ///
    /// On the tape this is one operation with several outputs, the hidden states and the last state.
    /// Its backward pass accumulates gradients of `x`, of every parameter of the layer and of
    /// `state`'s tensors.
    pub fn forward<S: Dim, B: Dim, T: Tape<E, Cpu>>(
        &self,
        x: Sequence<S, B, I, E, T>,
        state: &State<B, H, E, P>,
    ) -> Result<Ran<S, B, H, P, E, T>, SequenceError> {
        self.forward_as(PassOptions::default(), x, state, None)
    }

    /// [`forward`](Self::forward) in another direction, with sequences of different lengths or
    /// with zoneout; `watch` records the gradient's norm at each step in the backward pass.
    pub fn forward_as<S: Dim, B: Dim, T: Tape<E, Cpu>>(
        &self,
        options: PassOptions<E>,
        x: Sequence<S, B, I, E, T>,
        state: &State<B, H, E, P>,
        watch: Option<&StateGradients>,
    ) -> Result<Ran<S, B, H, P, E, T>, SequenceError> {
        let (t, b, i) = *x.shape();
        let (expected, h, p) = self.dims;
        SequenceError::check("input features", &[expected.size()], &[i.size()])?;
        let sizes = Sizes::new(t.size(), b.size(), self.sizes());
        check_options(self.cell.facts(), &options, sizes)?;
        let (x, mut tape) = x.try_contiguous()?.split_tape();

        let mut input = elements_of(&x);
        // What lies beyond a sequence's end must not get into sums, not even as NaN times 0.
        clear_ended(&mut input, options.lengths.as_deref(), sizes.batch, sizes.input);
        let initial = state.elements(self.cell.facts(), sizes.batch, sizes.layer())?;
        let purpose = if T::OWNS_TAPE { Purpose::Train } else { Purpose::Infer };
        let weights = self.packed(purpose);
        let lengths = options.lengths.clone();
        // The watch sees a whole batch at a time.
        let parts = if watch.is_some() { 1 } else { engine::parts(self.cell.facts(), sizes) };
        let ran =
            engine::forward_in_parts(sizes, options, &weights, input, &initial, purpose, parts);

        let engine::Ran { mut outputs, last, kept } = ran;
        clear_ended(&mut outputs, lengths.as_deref(), sizes.batch, sizes.output);
        let y = self.device.try_tensor_from_vec(outputs, (t, b, p))?;
        let last = State::from_slices(&self.device, b, h, p, last)?;
        if T::OWNS_TAPE {
            let (cell, watch) = (self.cell, watch.cloned());
            let (gx, gy) = (x.ghost(), y.ghost());
            let (gw, gu, gv) = (self.input.ghost(), self.recurrent.ghost(), self.modulated.ghost());
            let (gb, gp, gs) = (self.bias.ghost(), self.unit.ghost(), self.scalar.ghost());
            let (giw, giu) = (self.input_gain.ghost(), self.recurrent_gain.ghost());
            let gr = self.projection.ghost();
            let g_hidden = state.hidden().ghost();
            let g_memory: Vec<_> = state.memory().iter().map(Tensor::ghost).collect();
            let g_last_hidden = last.hidden().ghost();
            let g_last_memory: Vec<_> = last.memory().iter().map(Tensor::ghost).collect();
            tape.add_backward_op(move |gradients| {
                // Gradients are taken out and put back: no copy.
                let d_y = std::mem::take(gradients.get_or_alloc_mut(&gy)?.deref_mut());
                let take = |elements: &mut Vec<E>| std::mem::take(elements);
                let mut found = Gradients {
                    parameters: Weights([
                        take(gradients.get_or_alloc_mut(&gw)?),
                        take(gradients.get_or_alloc_mut(&gu)?),
                        take(gradients.get_or_alloc_mut(&gv)?),
                        take(gradients.get_or_alloc_mut(&gb)?),
                        take(gradients.get_or_alloc_mut(&gp)?),
                        take(gradients.get_or_alloc_mut(&gs)?),
                        take(gradients.get_or_alloc_mut(&giw)?),
                        take(gradients.get_or_alloc_mut(&giu)?),
                        take(gradients.get_or_alloc_mut(&gr)?),
                    ]),
                    input: take(gradients.get_or_alloc_mut(&gx)?),
                    // Not taken: the same tensor may stand in several slots.
                    state: sizes.state(cell.facts()),
                };
                let mut watch = |t: usize, d: &[Vec<E>]| {
                    if let Some(watch) = &watch {
                        watch.record(t, sizes, d);
                    }
                };
                let mut d_last = vec![gradients.get_or_alloc_mut(&g_last_hidden)?.to_vec()];
                for ghost in &g_last_memory {
                    d_last.push(gradients.get_or_alloc_mut(ghost)?.to_vec());
                }
                engine::backward_in_parts(
                    sizes, kept, &weights, &d_y, &d_last, &mut found, &mut watch,
                );
                *gradients.get_or_alloc_mut(&gy)?.deref_mut() = d_y;
                let Weights([w, u, v, b, p, s, iw, iu, r]) = found.parameters;
                **gradients.get_or_alloc_mut(&gw)? = w;
                **gradients.get_or_alloc_mut(&gu)? = u;
                **gradients.get_or_alloc_mut(&gv)? = v;
                **gradients.get_or_alloc_mut(&gb)? = b;
                **gradients.get_or_alloc_mut(&gp)? = p;
                **gradients.get_or_alloc_mut(&gs)? = s;
                **gradients.get_or_alloc_mut(&giw)? = iw;
                **gradients.get_or_alloc_mut(&giu)? = iu;
                **gradients.get_or_alloc_mut(&gr)? = r;
                **gradients.get_or_alloc_mut(&gx)? = found.input;
                engine::add(gradients.get_or_alloc_mut(&g_hidden)?, &found.state[0]);
                for (ghost, d) in g_memory.iter().zip(&found.state[1..]) {
                    engine::add(gradients.get_or_alloc_mut(ghost)?, d);
                }
                Ok(())
            });
        }
        Ok((y.put_tape(tape), last))
    }

    /// One time step: `x` `[B, I]` to the new state, without a tape.
    pub fn step<B: Dim>(
        &self,
        x: Tensor<(B, I), E, Cpu>,
        state: &State<B, H, E, P>,
    ) -> Result<State<B, H, E, P>, SequenceError> {
        let (b, i) = *x.shape();
        let mut input = vec![E::default(); b.size() * i.size()];
        x.copy_into(&mut input);
        let sequence = self.device.try_tensor_from_vec(input, (Const::<1>, b, i))?;
        Ok(self.forward(sequence, state)?.1)
    }
}

fn layer_sizes<I: Dim, H: Dim, P: Dim>((i, h, p): (I, H, P), heads: usize) -> LayerSizes {
    LayerSizes { input: i.size(), hidden: h.size(), output: p.size(), heads }
}

/// Zeroes what lies beyond the end of its sequence in `[T, B, width]`.
fn clear_ended<E: Element>(all: &mut [E], lengths: Option<&[usize]>, batch: usize, width: usize) {
    let Some(lengths) = lengths else { return };
    for (row, x) in all.chunks_exact_mut(width.max(1)).enumerate() {
        if row / batch >= lengths[row % batch] {
            x.fill(E::default());
        }
    }
}

/// An error if lengths or zoneout do not fit the sequence.
fn check_options<E: Element>(
    facts: &Facts,
    options: &PassOptions<E>,
    sizes: Sizes,
) -> Result<(), SequenceError> {
    let Sizes { steps, batch, .. } = sizes;
    SequenceError::check_lengths(options.lengths.as_deref(), steps, batch)?;
    let slots = facts.state.len();
    if options.zoneout.len() > slots {
        return Err(SequenceError::Shape {
            what: "zoneout slots, at most",
            expected: vec![slots],
            got: vec![options.zoneout.len()],
        });
    }
    for (slot, keep) in options.zoneout.iter().enumerate() {
        if *keep != engine::Keep::Nothing && !facts.state_start(slot).is_finite() {
            let (layer, slot) = (facts.name, facts.state[slot]);
            return Err(SequenceError::UnboundedStart { layer, slot, what: "zoned out" });
        }
        if let engine::Keep::Each(shares) = keep {
            let width = if slot == 0 { sizes.output } else { sizes.hidden };
            SequenceError::check("zoneout shares", &[steps * batch * width], &[shares.len()])?;
        }
    }
    Ok(())
}
