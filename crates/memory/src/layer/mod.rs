//! A memory over a whole sequence, forward and backward, on plain slices.
//!
//! Three parts: all projections of all steps as one matrix product; pointwise work that makes of them
//! what the kernel reads; the kernel. Backward goes through them in the opposite order.

mod levels;
mod pointwise;

use crate::kernel::{self, Inputs, Keep, PassOptions, Purpose, Sizes};
use crate::{Memory, MemorySizes};
use compute::matmul::{Matrix, MatrixMut, Packed, add_packed, add_product, set_packed_plus};
use compute::{Buffer, Float};
use levels::{LevelGradients, Levels};
use pointwise::{Made, Make, Pull};
use std::marker::PhantomData;

/// A layer's parameters, or their gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights<E> {
    /// W `[P, I]`: every projection, keys first, then values, then heads, each head by head.
    pub projection: Vec<E>,
    /// Biases of those that have one.
    pub bias: Vec<E>,
    /// Learned numbers of the heads, `[numbers, heads]`.
    pub unit: Vec<E>,
}

impl<E: Float> Weights<E> {
    /// Zeros for a layer of memory `M`.
    pub fn zeros<M: Memory>(sizes: MemorySizes) -> Self {
        let zeros = |len: usize| vec![E::default(); len];
        Self {
            projection: zeros(sizes.projected::<M>() * sizes.input),
            bias: zeros(sizes.biased::<M>().len()),
            unit: zeros(M::FACTS.unit.len() * sizes.heads),
        }
    }
}

/// A layer's parameters laid out for products, once until they change.
#[derive(Debug, Clone)]
pub struct PackedWeights<E: Float> {
    sizes: MemorySizes,
    forward: Packed<E>,
    backward: Packed<E>,
    /// Of every projection, 0 where there is none.
    bias: Vec<E>,
    unit: Vec<E>,
}

impl<E: Float> PackedWeights<E> {
    /// Lays out the parameters. Panics if their lengths do not fit.
    pub fn new<M: Memory>(weights: &Weights<E>, sizes: MemorySizes) -> Self {
        const { M::FACTS.check::<M>() };
        let width = sizes.projected::<M>();
        let matrix = Matrix::new(&weights.projection, width, sizes.input);
        let mut bias = vec![E::default(); width];
        bias[sizes.biased::<M>()].copy_from_slice(&weights.bias);
        assert_eq!(weights.unit.len(), M::FACTS.unit.len() * sizes.heads, "learned numbers");
        Self {
            sizes,
            forward: Packed::new(matrix.t()),
            backward: Packed::new(matrix),
            bias,
            unit: weights.unit.clone(),
        }
    }
}

/// What a forward pass leaves.
#[derive(Debug)]
pub struct Pass<E: Float> {
    /// `[T, B, heads · V]`; 0 beyond a sequence's end.
    pub outputs: Buffer<E>,
    /// The states after the last step: S `[B, heads, rows, K]`, then the levels `[B, heads]` of a stabilised
    /// memory.
    pub last: Buffer<E>,
    options: PassOptions,
    sizes: Sizes,
    /// x, with zeros beyond the sequences' ends.
    input: Buffer<E>,
    /// `[T, B, P]`.
    projected: Buffer<E>,
    made: Made<E>,
    /// o as the kernel gave it.
    read: Buffer<E>,
    levels: Levels<E>,
    /// The last S of a stabilised memory, where a backward pass follows.
    last_states: Buffer<E>,
    kernel: kernel::Pass<E>,
}

/// Gradients that [`backward`] adds to.
#[derive(Debug)]
pub struct Gradients<'a, E> {
    /// Of the parameters.
    pub weights: &'a mut Weights<E>,
    /// Of the input, `[T, B, I]`.
    pub input: &'a mut [E],
    /// Of the initial states, in the order of [`Pass::last`].
    pub initial: &'a mut [E],
    /// As in [`kernel::Gradients`].
    pub squares: &'a mut [E],
}

/// Runs the layer over `input` `[T, B, I]` from the states `initial`, in the order of [`Pass::last`]. Panics if
/// a slice has not the length that the sizes say.
pub fn forward<M: Memory, E: Float>(
    (steps, batch): (usize, usize),
    options: &PassOptions,
    weights: &PackedWeights<E>,
    input: &[E],
    initial: &[E],
    purpose: Purpose,
) -> Pass<E> {
    let MemorySizes { input: features, heads, key, value } = weights.sizes;
    let sizes = Sizes { steps, batch, heads, key, value: weights.sizes.rows::<M>() };
    let (rows, width) = (steps * batch, weights.bias.len());
    assert_eq!(input.len(), rows * features, "elements of the input");
    let mut x = Buffer::unset(input.len());
    x.copy_from_slice(input);
    clear_ended(&mut x, options, batch, features);
    let mut projected = Buffer::unset(rows * width);
    let to = MatrixMut::new(&mut projected, rows, width);
    set_packed_plus(to, Matrix::new(&x, rows, features), &weights.forward, &weights.bias);
    let mut made = Made::new::<M>(sizes);
    let mut layer = pointwise::Layer::new::<M>(weights.sizes, &weights.unit);
    let (initial, first_levels) = initial.split_at(sizes.units() * sizes.state());
    let last_levels = layer.stabilise::<M>(sizes, options, &projected, first_levels);
    E::vectorised(Make {
        memory: PhantomData::<M>,
        layer: &layer,
        projected: &projected,
        into: &mut made,
    });
    let inputs = made.inputs(&layer, M::KEEP);
    let mut kernel = kernel::forward::<M, E>(sizes, options, &inputs, initial, purpose);
    let mut outputs = Buffer::unset(rows * heads * value);
    E::vectorised(pointwise::Outputs {
        memory: PhantomData::<M>,
        layer: &layer,
        projected: &projected,
        read: &kernel.outputs,
        outputs: &mut outputs,
    });
    clear_ended(&mut outputs, options, batch, heads * value);
    let read = std::mem::take(&mut kernel.outputs);
    let states = std::mem::take(&mut kernel.last);
    let (last, last_states) = match M::FACTS.stabilised {
        true => {
            let mut last = Buffer::unset(states.len() + last_levels.len());
            last[..states.len()].copy_from_slice(&states);
            last[states.len()..].copy_from_slice(&last_levels);
            (last, if purpose == Purpose::Train { states } else { Buffer::default() })
        }
        false => (states, Buffer::default()),
    };
    let (options, levels) = (options.clone(), layer.levels);
    Pass {
        outputs,
        last,
        options,
        sizes,
        input: x,
        projected,
        made,
        read,
        levels,
        last_states,
        kernel,
    }
}

/// Adds the gradients of the parameters, the input and the initial states, given those of the outputs
/// and of the last states (empty for 0).
pub fn backward<M: Memory, E: Float>(
    pass: Pass<E>,
    weights: &PackedWeights<E>,
    d_outputs: &[E],
    d_last: &[E],
    into: Gradients<'_, E>,
) {
    let Pass { options, sizes, input, projected, made, read, levels, last_states, kernel, .. } =
        pass;
    let MemorySizes { input: features, heads, value, .. } = weights.sizes;
    let (rows, width) = (sizes.steps * sizes.batch, weights.bias.len());
    let mut layer = pointwise::Layer::new::<M>(weights.sizes, &weights.unit);
    layer.levels = levels;
    let (layer, states) = (layer, sizes.units() * sizes.state());
    let mut d_outputs = copy(d_outputs);
    clear_ended(&mut d_outputs, &options, sizes.batch, heads * value);
    let mut d_projected = Buffer::zeros(rows * width);
    let mut d_gates = Buffer::zeros(rows * heads * layer.gates);
    let mut d_read = Buffer::unset(read.len());
    E::vectorised(pointwise::PullOutputs {
        memory: PhantomData::<M>,
        layer: &layer,
        projected: &projected,
        read: &read,
        d_outputs: &d_outputs,
        d_read: &mut d_read,
        d_projected: &mut d_projected,
        d_gates: &mut d_gates,
    });
    let mut found = Made::zeros::<M>(sizes);
    let inputs = made.inputs(&layer, M::KEEP);
    let places = Inputs {
        keep: &mut found.keep[..],
        erase: &mut found.erase[..],
        along: &mut found.along[..],
        key: &mut found.key[..],
        value: &mut found.value[..],
        query: &mut found.query[..],
    };
    let (d_initial, d_first_levels) = into.initial.split_at_mut(states);
    let (d_last, d_last_levels) = d_last.split_at(states.min(d_last.len()));
    let found_by_kernel =
        kernel::Gradients { inputs: places, initial: d_initial, squares: into.squares };
    kernel::backward::<M, E>(sizes, &options, &inputs, kernel, &d_read, d_last, found_by_kernel);
    let d_logarithms = layer.pull_levels::<M>(LevelGradients {
        sizes,
        options: &options,
        projected: &projected,
        last_states: &last_states,
        keep: &made.keep,
        d_keep: &found.keep,
        d_gates: &d_gates,
        d_last,
        d_last_levels,
        d_first_levels,
        squares: into.squares,
    });
    let mut direct = Buffer::zeros(M::FACTS.keys.len() * weights.sizes.key);
    E::vectorised(Pull {
        memory: PhantomData::<M>,
        layer: &layer,
        projected: &projected,
        found: &found,
        d_projected: &mut d_projected,
        d_gates: &d_gates,
        d_logarithms: &d_logarithms,
        d_unit: &mut into.weights.unit,
        direct: &mut direct,
    });
    // What ended sequences project has reached nothing.
    clear_ended(&mut d_projected, &options, sizes.batch, width);
    let biased = weights.sizes.biased::<M>();
    for d in d_projected.chunks_exact(width.max(1)) {
        into.weights.bias.iter_mut().zip(&d[biased.clone()]).for_each(|(to, &d)| *to += d);
    }
    let d = Matrix::new(&d_projected, rows, width);
    let to = MatrixMut::new(&mut into.weights.projection, width, features);
    add_product(to, d.t(), Matrix::new(&input, rows, features));
    add_packed(MatrixMut::new(into.input, rows, features), d, &weights.backward);
}

fn copy<E: Float>(all: &[E]) -> Buffer<E> {
    let mut copy = Buffer::unset(all.len());
    copy.copy_from_slice(all);
    copy
}

/// Zeroes what lies beyond the end of its sequence in `[T, B, width]`.
fn clear_ended<E: Float>(all: &mut [E], options: &PassOptions, batch: usize, width: usize) {
    let Some(lengths) = &options.lengths else { return };
    for (row, x) in all.chunks_exact_mut(width.max(1)).enumerate() {
        if row / batch >= lengths[row % batch] {
            x.fill(E::default());
        }
    }
}

impl<E: Float> Made<E> {
    /// What the kernel is to read.
    fn inputs<'a>(&'a self, layer: &'a pointwise::Layer<E>, keep: Keep) -> Inputs<&'a [E]> {
        Inputs {
            keep: if keep == Keep::Head { &layer.shares } else { &self.keep },
            erase: &self.erase,
            along: &self.along,
            key: &self.key,
            value: &self.value,
            query: &self.query,
        }
    }
}
