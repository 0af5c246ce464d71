//! A layer whose cell the compiler knows.

use crate::engine::CompiledCell;
use crate::{DynLayer, Element, LayerInit, OnCpu, SequenceError, State, Weights};
use cell::Cell;
use compute::Draws;
use dfdx::prelude::{Const, Cpu, Dim};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A [`DynLayer`] of cell `C`: so that layers of different cells are of different types.
#[derive(Debug, Clone)]
pub struct Layer<C: Cell, I: Dim, H: Dim, E: Element = f32, P: Dim = H>
where
    Cpu: OnCpu<E>,
{
    layer: DynLayer<I, H, E, P>,
    cell: PhantomData<C>,
}

impl<C: Cell, const I: usize, const H: usize, E: Element> Layer<C, Const<I>, Const<H>, E>
where
    Cpu: OnCpu<E>,
{
    /// A layer whose sizes the compiler knows, started like PyTorch's layers
    /// ([`LayerInit::torch`]).
    pub fn new(device: &Cpu, seed: u64) -> Result<Self, SequenceError> {
        let draws = Draws::new(seed);
        let dims = (Const, Const, Const);
        Self::initialised(device, dims, &draws, C::FACTS.name, &LayerInit::torch(H))
    }
}

impl<C: Cell, const I: usize, const H: usize, const P: usize, E: Element>
    Layer<C, Const<I>, Const<H>, E, Const<P>>
where
    Cpu: OnCpu<E>,
{
    /// The state before the first step, for a batch of `B`.
    #[allow(clippy::type_complexity)] // shapes are the documentation here
    pub fn initial_state<const B: usize>(
        &self,
    ) -> Result<State<Const<B>, Const<H>, E, Const<P>>, SequenceError> {
        State::initial(&C::FACTS, self.device(), Const, Const, Const)
    }
}

impl<C: Cell, I: Dim, H: Dim, E: Element, P: Dim> Layer<C, I, H, E, P>
where
    Cpu: OnCpu<E>,
{
    /// A layer of sizes `dims` (I, H, P) with new parameters; `name` picks the random streams.
    pub fn initialised(
        device: &Cpu,
        dims: (I, H, P),
        draws: &Draws,
        name: &str,
        init: &LayerInit,
    ) -> Result<Self, SequenceError> {
        let cell = CompiledCell::of::<C>();
        let layer = DynLayer::initialised(cell, device, dims, draws, name, init)?;
        Ok(Self { layer, cell: PhantomData })
    }

    /// A layer of sizes `dims` (I, H, P) with the given parameters.
    pub fn from_weights(
        device: &Cpu,
        dims: (I, H, P),
        weights: Weights<E>,
    ) -> Result<Self, SequenceError> {
        let layer = DynLayer::from_weights(CompiledCell::of::<C>(), device, dims, weights)?;
        Ok(Self { layer, cell: PhantomData })
    }
}

impl<C: Cell, I: Dim, H: Dim, E: Element, P: Dim> Deref for Layer<C, I, H, E, P>
where
    Cpu: OnCpu<E>,
{
    type Target = DynLayer<I, H, E, P>;

    fn deref(&self) -> &Self::Target {
        &self.layer
    }
}

impl<C: Cell, I: Dim, H: Dim, E: Element, P: Dim> DerefMut for Layer<C, I, H, E, P>
where
    Cpu: OnCpu<E>,
{
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.layer
    }
}
