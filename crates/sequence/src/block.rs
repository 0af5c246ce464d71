//! A layer with what stands around it.

use crate::{
    AnyState, PassOptions, RuntimeLayer, Sequence, SequenceError, StateGradients, elements_of,
};
use dfdx::prelude::{
    Cpu, HasShape, Merge, NoneTape, OwnedTape, PutTape, SplitTape, Tape, TensorFromVec, TryAdd,
};

/// `[T, B, N]` with tape `T`.
type Batch<T> = Sequence<usize, usize, usize, f32, T>;

/// A layer in one or two directions, with what stands around it. The outputs of two directions stand side by
/// side, forwards first.
pub struct Block {
    directions: Vec<Box<dyn RuntimeLayer>>,
    residual: bool,
}

impl Block {
    /// A layer alone, forwards and perhaps backwards.
    pub fn bare(directions: Vec<Box<dyn RuntimeLayer>>) -> Self {
        Self { directions, residual: false }
    }

    /// The same, which, if `residual`, adds its input to its output where their widths are the same.
    pub fn residual(self, residual: bool) -> Self {
        Self { residual, ..self }
    }

    /// The layer in each direction.
    pub fn directions(&self) -> &[Box<dyn RuntimeLayer>] {
        &self.directions
    }

    pub(crate) fn directions_mut(&mut self) -> &mut [Box<dyn RuntimeLayer>] {
        &mut self.directions
    }

    /// Numbers that leave it.
    pub fn output(&self) -> usize {
        self.directions.iter().map(|layer| layer.sizes().output).sum()
    }

    /// What leaves it, of what its layer gave in each direction for `input`.
    pub(crate) fn close<T: Mode>(
        &self,
        outputs: Vec<Batch<T>>,
        input: Batch<NoneTape>,
    ) -> Result<Batch<T>, SequenceError> {
        let y = side_by_side(outputs)?;
        match self.residual && y.shape() == input.shape() {
            true => Ok(y.try_add(input)?),
            false => Ok(y),
        }
    }
}

/// With a tape or without: how a layer is run.
pub trait Mode: Tape<f32, Cpu> + Merge<NoneTape> {
    /// The outputs of a layer, with the tape, and its last state.
    fn run(
        layer: &dyn RuntimeLayer,
        options: PassOptions<f32>,
        x: Batch<Self>,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Batch<Self>, AnyState), SequenceError>;
}

impl Mode for OwnedTape<f32, Cpu> {
    fn run(
        layer: &dyn RuntimeLayer,
        options: PassOptions<f32>,
        x: Batch<Self>,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Batch<Self>, AnyState), SequenceError> {
        layer.train(options, x, state, watch)
    }
}

impl Mode for NoneTape {
    fn run(
        layer: &dyn RuntimeLayer,
        options: PassOptions<f32>,
        x: Batch<Self>,
        state: &AnyState,
        _: Option<&StateGradients>,
    ) -> Result<(Batch<Self>, AnyState), SequenceError> {
        layer.infer(options, x, state)
    }
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
    let (of_left, of_right) = (elements_of(&left), elements_of(&right));
    for (l, r) in of_left.chunks_exact(n).zip(of_right.chunks_exact(m)) {
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
