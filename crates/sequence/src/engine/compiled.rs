//! A cell behind an object-safe face: all that the engine and the layers have of it.

use super::kernels::{
    FinishBackward, FinishStep, ModulateBackward, ModulateStep, Of, StateBackward, StateStep,
};
use cell::{Block, Cell, Facts, equations, gates, named_values, pointwise_flops};
use compute::Float;
use std::any::type_name;
use std::fmt::{Debug, Formatter};
use std::marker::PhantomData;

/// A cell whose names, wiring and array lengths do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cell `{name}` (`{kind}`): {fault}")]
pub struct WrongFacts {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: &'static str,
    /// What does not fit ([`Facts::fault`]).
    pub fault: &'static str,
}

/// A cell compiled for elements `E`. One with [`WrongFacts`] computes nothing: layers, lists and the
/// conformance test ask [`check`](Self::check) first.
#[derive(Clone, Copy)]
pub struct CompiledCell<E: Float> {
    facts: &'static Facts,
    pub(super) kernels: Kernels<E>,
    /// The same in double precision.
    double: Kernels<f64>,
    about: About,
}

impl<E: Float> CompiledCell<E> {
    /// Cell `C`.
    pub fn of<C: Cell>() -> Self {
        let facts = const { &C::FACTS };
        let (kernels, double) = (Kernels::of::<C>(), Kernels::of::<C>());
        Self { facts, kernels, double, about: About::of::<C>() }
    }

    /// An error unless names, wiring and array lengths of the cell fit together.
    pub fn check(self) -> Result<(), WrongFacts> {
        self.about.wrong.map_or(Ok(()), Err)
    }

    /// Name of its type.
    pub fn kind(self) -> &'static str {
        (self.about.kind)()
    }

    /// Names, wiring and source.
    pub fn facts(self) -> &'static Facts {
        self.facts
    }

    /// The same cell in double precision.
    pub fn double(self) -> CompiledCell<f64> {
        let Self { facts, double, about, .. } = self;
        CompiledCell { facts, kernels: double, double, about }
    }

    /// [`cell::equations`] of the cell.
    pub fn equations(self) -> Vec<String> {
        (self.about.equations)()
    }

    /// [`cell::gates`] of the cell.
    pub fn gates(self) -> Vec<String> {
        (self.about.gates)()
    }

    /// [`cell::pointwise_flops`] of the cell.
    pub fn pointwise_flops(self) -> usize {
        (self.about.pointwise_flops)()
    }

    /// Whether the step reads the old hidden state other than through matrix products, so that it cannot
    /// be projected.
    pub fn reads_hidden(self) -> bool {
        (self.about.reads_hidden)()
    }

    /// [`cell::named_values`] of one unit, each argument as long as the cell's array.
    pub fn named_values(
        self,
        pre: &[f64],
        state: &[f64],
        unit: &[f64],
    ) -> Vec<(&'static str, f64)> {
        (self.about.named_values)(pre, state, unit)
    }
}

impl<E: Float> Debug for CompiledCell<E> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CompiledCell").field(&self.facts.name).finish()
    }
}

/// A cell's pointwise work on the units of a batch, one time step at a time.
#[derive(Clone, Copy)]
pub(super) struct Kernels<E: Float> {
    pub(super) modulate: fn(ModulateStep<'_, E>),
    pub(super) step: fn(StateStep<'_, E>),
    pub(super) finish: fn(FinishStep<'_, E>),
    pub(super) finish_backward: fn(FinishBackward<'_, E>),
    pub(super) step_backward: fn(StateBackward<'_, E>),
    pub(super) modulate_backward: fn(ModulateBackward<'_, E>),
}

impl<E: Float> Kernels<E> {
    fn of<C: Cell>() -> Self {
        Self {
            modulate: <C as Compile<E>>::modulate,
            step: <C as Compile<E>>::step,
            finish: <C as Compile<E>>::finish,
            finish_backward: <C as Compile<E>>::finish_backward,
            step_backward: <C as Compile<E>>::step_backward,
            modulate_backward: <C as Compile<E>>::modulate_backward,
        }
    }
}

/// Functions of the cell's own type: the compiler then has a unit of code for each cell's module, so that
/// cells are compiled side by side.
trait Compile<E: Float>: Cell {
    fn modulate(work: ModulateStep<'_, E>);
    fn step(work: StateStep<'_, E>);
    fn finish(work: FinishStep<'_, E>);
    fn finish_backward(work: FinishBackward<'_, E>);
    fn step_backward(work: StateBackward<'_, E>);
    fn modulate_backward(work: ModulateBackward<'_, E>);
}

impl<C: Cell, E: Float> Compile<E> for C {
    fn modulate(work: ModulateStep<'_, E>) {
        if const { modulates::<C>() } {
            E::vectorised(Of::<C, E, _>(work, PhantomData));
        }
    }

    fn step(work: StateStep<'_, E>) {
        E::vectorised(Of::<C, E, _>(work, PhantomData));
    }

    fn finish(work: FinishStep<'_, E>) {
        if const { C::FACTS.normalised_state.is_some() } {
            E::vectorised(Of::<C, E, _>(work, PhantomData));
        }
    }

    fn finish_backward(work: FinishBackward<'_, E>) {
        if const { C::FACTS.normalised_state.is_some() } {
            E::vectorised(Of::<C, E, _>(work, PhantomData));
        }
    }

    fn step_backward(work: StateBackward<'_, E>) {
        E::vectorised(Of::<C, E, _>(work, PhantomData));
    }

    fn modulate_backward(work: ModulateBackward<'_, E>) {
        if const { modulates::<C>() } {
            E::vectorised(Of::<C, E, _>(work, PhantomData));
        }
    }
}

const fn modulates<C: Cell>() -> bool {
    C::FACTS.modulated.start < C::FACTS.modulated.end
}

type Named = fn(&[f64], &[f64], &[f64]) -> Vec<(&'static str, f64)>;

/// What other number types make of a cell.
#[derive(Clone, Copy)]
struct About {
    wrong: Option<WrongFacts>,
    kind: fn() -> &'static str,
    equations: fn() -> Vec<String>,
    gates: fn() -> Vec<String>,
    pointwise_flops: fn() -> usize,
    reads_hidden: fn() -> bool,
    named_values: Named,
}

impl About {
    fn of<C: Cell>() -> Self {
        let (name, kind) = (C::FACTS.name, type_name::<C>());
        let fault = const { C::FACTS.fault::<C>() };
        Self {
            wrong: fault.map(|fault| WrongFacts { name, kind, fault }),
            kind: type_name::<C>,
            equations: equations::<C>,
            gates: gates::<C>,
            pointwise_flops: pointwise_flops::<C>,
            reads_hidden: reads_hidden::<C>,
            named_values: |pre, state, unit| {
                named_values::<C>(
                    Block::from_fn(|k| pre[k]),
                    Block::from_fn(|k| state[k]),
                    Block::from_fn(|k| unit[k]),
                )
            },
        }
    }
}

fn reads_hidden<C: Cell>() -> bool {
    let read = |point: usize| {
        let value = |k: usize| ((point + 3 * k) as f64 * 0.37).sin();
        let found = cell::derive::step_backward::<C, f64>(
            Block::from_fn(value),
            Block::from_fn(|k| value(k + 7)),
            Block::from_fn(|k| value(k + 11)),
            Block::from_fn(|k| 1.0 + k as f64),
        );
        found.state.as_slice()[0] != 0.0
    };
    modulates::<C>() || C::FACTS.antisymmetric || (0..5).any(read)
}
