//! A cell with its parameters, run over a sequence.

use crate::engine::{self, Sizes};
use crate::{
    Draws, Float, OnCpu, PARAMETERS, Parameter, SequenceError, State, StateGradients, Weights,
};
use cell::Cell;
use dfdx::prelude::{
    Const, Cpu, Dim, HasShape, NoneTape, PutTape, ReshapeTo, Shape, SplitTape, Tape, Tensor,
    TensorFromVec,
};
use std::marker::PhantomData;
use std::ops::DerefMut;

/// A recurrent layer: cell `C`, input size `I`, hidden size `H`, elements `E`.
///
/// `I` and `H` are dfdx dimensions, `Const<N>` or `usize`. Parameters are dfdx tensors: weights
/// `[blocks, H, I]` and `[blocks, H, H]`, biases `[blocks, H]`, blocks in the order of
/// [`cell::Facts::pre`].
#[derive(Debug, Clone)]
pub struct Layer<C: Cell, I: Dim, H: Dim, E: Float = f32>
where
    Cpu: OnCpu<E>,
{
    device: Cpu,
    input_size: I,
    hidden_size: H,
    input: Tensor<(usize, H, I), E, Cpu>,
    recurrent: Tensor<(usize, H, H), E, Cpu>,
    modulated: Tensor<(usize, H, H), E, Cpu>,
    bias: Tensor<(usize, H), E, Cpu>,
    unit: Tensor<(usize, H), E, Cpu>,
    cell: PhantomData<C>,
}

impl<C: Cell, const I: usize, const H: usize, E: Float> Layer<C, Const<I>, Const<H>, E>
where
    Cpu: OnCpu<E>,
{
    /// A layer whose sizes the compiler knows, weights drawn from U(-1/√H, 1/√H) (PyTorch's
    /// choice), biases 0.
    pub fn new(device: &Cpu, seed: u64) -> Result<Self, SequenceError> {
        let limit = 1.0 / (H as f64).sqrt();
        Self::uniform(device, Const, Const, &Draws::new(seed), C::FACTS.name, limit, 0.0)
    }

    /// The zero state for a batch of `B`.
    pub fn zero_state<const B: usize>(
        &self,
    ) -> Result<State<Const<B>, Const<H>, E>, SequenceError> {
        State::zeros::<C>(&self.device, Const, Const)
    }
}

impl<C: Cell, I: Dim, H: Dim, E: Float> Layer<C, I, H, E>
where
    Cpu: OnCpu<E>,
{
    /// A layer with weights from U(-limit, limit), biases and per-unit parameters 0 (peepholes start
    /// closed: drawn at random, they can feed a memory cell back into itself), and `remember` put on the bias of the remembering gate in its direction (if the cell has one).
    /// `name` picks the random streams.
    pub fn uniform(
        device: &Cpu,
        input: I,
        hidden: H,
        draws: &Draws,
        name: &str,
        limit: f64,
        remember: f64,
    ) -> Result<Self, SequenceError> {
        let (i, h) = (input.size(), hidden.size());
        let weights = PARAMETERS.map(|parameter| {
            let len = parameter.shape::<C>(i, h).iter().product();
            match parameter {
                Parameter::Bias => remembering_bias::<C, E>(h, remember),
                Parameter::Unit => vec![E::default(); len],
                weights => draws.uniform(&format!("{name}.{}", weights.name()), len, limit),
            }
        });
        Self::from_weights(device, input, hidden, Weights(weights))
    }

    /// A layer with the given parameters.
    pub fn from_weights(
        device: &Cpu,
        input: I,
        hidden: H,
        weights: Weights<E>,
    ) -> Result<Self, SequenceError> {
        let facts = C::FACTS;
        for (parameter, elements) in PARAMETERS.into_iter().zip(&weights.0) {
            let expected = parameter.shape::<C>(input.size(), hidden.size()).iter().product();
            SequenceError::check(parameter.name(), &[expected], &[elements.len()])?;
        }
        let [w, u, v, b, p] = weights.0;
        let (i, h) = (input, hidden);
        Ok(Self {
            device: device.clone(),
            input_size: i,
            hidden_size: h,
            input: device.try_tensor_from_vec(w, (facts.input.len(), h, i))?,
            recurrent: device.try_tensor_from_vec(u, (facts.recurrent.len(), h, h))?,
            modulated: device.try_tensor_from_vec(v, (facts.modulated.len(), h, h))?,
            bias: device.try_tensor_from_vec(b, (facts.pre.len(), h))?,
            unit: device.try_tensor_from_vec(p, (facts.unit.len(), h))?,
            cell: PhantomData,
        })
    }

    /// A copy of the parameters.
    pub fn weights(&self) -> Weights<E> {
        fn copy<S: Shape, E: Float>(tensor: &Tensor<S, E, Cpu>) -> Vec<E>
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
        ])
    }

    /// Input weights W `[blocks, H, I]`.
    pub fn input(&self) -> &Tensor<(usize, H, I), E, Cpu> {
        &self.input
    }

    /// Recurrent weights U `[blocks, H, H]`.
    pub fn recurrent(&self) -> &Tensor<(usize, H, H), E, Cpu> {
        &self.recurrent
    }

    /// Second-stage weights V `[blocks, H, H]`.
    pub fn modulated(&self) -> &Tensor<(usize, H, H), E, Cpu> {
        &self.modulated
    }

    /// Biases `[A, H]`.
    pub fn bias(&self) -> &Tensor<(usize, H), E, Cpu> {
        &self.bias
    }

    /// Per-unit parameters `[P, H]`.
    pub fn unit(&self) -> &Tensor<(usize, H), E, Cpu> {
        &self.unit
    }

    /// Input size I and hidden size H.
    pub fn sizes(&self) -> (I, H) {
        (self.input_size, self.hidden_size)
    }

    /// The device that the parameters live on.
    pub fn device(&self) -> &Cpu {
        &self.device
    }

    /// Every parameter with its name, to be changed.
    pub fn for_each_parameter(
        &mut self,
        visit: &mut dyn FnMut(&str, &mut dyn crate::AnyParameter<E>),
    ) where
        E: 'static,
    {
        let [w, u, v, b, p] = PARAMETERS.map(Parameter::name);
        visit(w, &mut self.input);
        visit(u, &mut self.recurrent);
        visit(v, &mut self.modulated);
        visit(b, &mut self.bias);
        visit(p, &mut self.unit);
    }

    /// Runs the sequence `x` `[T, B, I]` from `state`: the hidden states after each step
    /// `[T, B, H]`, with `x`'s tape, and the state after the last, without.
    ///
    /// On the tape this is one operation. Its backward pass accumulates gradients of `x`, of every
    /// parameter of the layer and of `state`'s tensors.
    #[allow(clippy::type_complexity)] // shapes are the documentation here
    pub fn forward<S: Dim, B: Dim, T: Tape<E, Cpu>>(
        &self,
        x: Tensor<(S, B, I), E, Cpu, T>,
        state: &State<B, H, E>,
    ) -> Result<(Tensor<(S, B, H), E, Cpu, T>, State<B, H, E>), SequenceError> {
        self.run(x, state, None)
    }

    /// The same, with the gradient's norm at each step recorded in the backward pass.
    #[allow(clippy::type_complexity)] // shapes are the documentation here
    pub fn forward_watched<S: Dim, B: Dim, T: Tape<E, Cpu>>(
        &self,
        x: Tensor<(S, B, I), E, Cpu, T>,
        state: &State<B, H, E>,
        watch: &StateGradients,
    ) -> Result<(Tensor<(S, B, H), E, Cpu, T>, State<B, H, E>), SequenceError> {
        self.run(x, state, Some(watch.clone()))
    }

    /// One time step: `x` `[B, I]` to the new state, without a tape.
    pub fn step<B: Dim>(
        &self,
        x: Tensor<(B, I), E, Cpu>,
        state: &State<B, H, E>,
    ) -> Result<State<B, H, E>, SequenceError> {
        let (b, i) = *x.shape();
        let mut input = vec![E::default(); b.size() * i.size()];
        x.copy_into(&mut input);
        let sequence = self.device.try_tensor_from_vec(input, (Const::<1>, b, i))?;
        Ok(self.run::<_, _, NoneTape>(sequence, state, None)?.1)
    }

    #[allow(clippy::type_complexity)] // shapes are the documentation here
    fn run<S: Dim, B: Dim, T: Tape<E, Cpu>>(
        &self,
        x: Tensor<(S, B, I), E, Cpu, T>,
        state: &State<B, H, E>,
        watch: Option<StateGradients>,
    ) -> Result<(Tensor<(S, B, H), E, Cpu, T>, State<B, H, E>), SequenceError> {
        let (t, b, i) = *x.shape();
        SequenceError::check("input features", &[self.input_size.size()], &[i.size()])?;
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let h = self.hidden_size;
        let sizes = Sizes { steps: t.size(), batch: b.size(), input: i.size(), hidden: h.size() };

        let mut input = vec![E::default(); sizes.steps * sizes.batch * sizes.input];
        x.copy_into(&mut input);
        let initial = state.elements::<C>(b, h)?;
        let weights = self.weights();
        let pass = engine::forward::<C, E>(sizes, &weights, &input, &initial);

        let y = self.device.try_tensor_from_vec(pass.outputs().to_vec(), (t, b, h))?;
        let last = State::from_slices(&self.device, b, h, pass.final_state())?;
        if T::OWNS_TAPE {
            let (gx, gy) = (x.ghost(), y.ghost());
            let (gw, gu, gv) = (self.input.ghost(), self.recurrent.ghost(), self.modulated.ghost());
            let (gb, gp) = (self.bias.ghost(), self.unit.ghost());
            let gs: Vec<_> = state.slots().iter().map(Tensor::ghost).collect();
            tape.add_backward_op(move |gradients| {
                // The upstream gradient is taken out and put back: no copy.
                let d_y = std::mem::take(gradients.get_or_alloc_mut(&gy)?.deref_mut());
                let found = engine::backward::<C, E>(pass, &weights, &input, &d_y, &mut |t, d| {
                    if let Some(watch) = &watch {
                        watch.record(t, sizes.steps, sizes.hidden, d);
                    }
                });
                *gradients.get_or_alloc_mut(&gy)?.deref_mut() = d_y;
                found.add_input::<C>(&weights, gradients.get_or_alloc_mut(&gx)?);
                found.add_parameter::<C>(Parameter::Input, gradients.get_or_alloc_mut(&gw)?);
                found.add_parameter::<C>(Parameter::Recurrent, gradients.get_or_alloc_mut(&gu)?);
                found.add_parameter::<C>(Parameter::Modulated, gradients.get_or_alloc_mut(&gv)?);
                found.add_parameter::<C>(Parameter::Bias, gradients.get_or_alloc_mut(&gb)?);
                found.add_parameter::<C>(Parameter::Unit, gradients.get_or_alloc_mut(&gp)?);
                for (ghost, d) in gs.iter().zip(&found.state) {
                    for (to, &from) in gradients.get_or_alloc_mut(ghost)?.iter_mut().zip(d) {
                        *to += from;
                    }
                }
                Ok(())
            });
        }
        Ok((y.put_tape(tape), last))
    }
}

/// Zero biases but for the remembering gate's.
fn remembering_bias<C: Cell, E: Float>(hidden: usize, remember: f64) -> Vec<E> {
    let facts = C::FACTS;
    let mut bias = vec![E::default(); facts.pre.len() * hidden];
    if let Some(gate) = facts.remember
        && let cell::Bias::Block(block) = gate.bias
    {
        let value = E::from_f64(if gate.positive { remember } else { -remember });
        bias[block * hidden..(block + 1) * hidden].fill(value.unwrap_or_default());
    }
    bias
}
