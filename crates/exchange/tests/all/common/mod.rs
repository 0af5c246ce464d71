//! Runs a stack on golden values and compares.

use dfdx::prelude::*;
use exchange::Tensors;
use sequence::{AnyState, Sequence, Stack, StackRun, StackState};
use std::path::{Path, PathBuf};

/// Largest deviation allowed, relative to the largest value of the tensor expected.
pub(crate) const ALLOWED: f32 = 1e-5;

/// A file of the golden folder.
pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Shape and elements of a tensor that is there.
#[track_caller]
pub(crate) fn get<'t>(tensors: &'t Tensors, name: &str) -> (&'t [usize], &'t [f32]) {
    let tensor = tensors.named.get(name).unwrap_or_else(|| panic!("no {name}"));
    (&tensor.dims, tensor.elements.as_ref().unwrap())
}

/// Where the numbers furthest from the expected ones were.
#[derive(Debug, Default)]
pub(crate) struct Worst {
    deviation: f32,
    place: String,
    compared: usize,
}

impl Worst {
    /// Compares one tensor with the expected one.
    #[track_caller]
    pub(crate) fn compare(&mut self, place: &str, found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len(), "{place}");
        assert!(found.iter().all(|x| x.is_finite()), "{place}: {found:?}");
        let most = |all: &mut dyn Iterator<Item = f32>| all.fold(0.0_f32, |m, x| m.max(x.abs()));
        let scale = most(&mut expected.iter().copied());
        let mut differences = found.iter().zip(expected).map(|(a, b)| a - b);
        let difference = most(&mut differences);
        let deviation = if difference == 0.0 { 0.0 } else { difference / scale };
        assert!(deviation <= ALLOWED, "{place}: {deviation:e}\n{found:?}\nis not\n{expected:?}");
        if deviation >= self.deviation {
            (self.deviation, self.place) = (deviation, place.to_owned());
        }
        self.compared += 1;
    }
}

impl std::fmt::Display for Worst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { deviation, place, compared } = self;
        write!(f, "{compared} tensors compared, largest relative error {deviation:.1e} ({place})")
    }
}

/// The states of a stack from PyTorch's h_0 and c_0, `[layers * directions, B, width]`.
pub(crate) fn states(slots: &[(&[usize], &[f32])]) -> StackState {
    let device = Cpu::default();
    let slot = |k: usize, (dims, elements): &(&[usize], &[f32])| {
        let (batch, width) = (dims[1], dims[2]);
        let chunk = elements.chunks(batch * width).nth(k).unwrap();
        device.tensor_from_vec(chunk.to_vec(), (batch, width))
    };
    let state = |k: usize| AnyState::new(slots.iter().map(|one| slot(k, one)).collect());
    StackState::new((0..slots[0].0[0]).map(state).collect())
}

/// Slot `slot` of all states, one after the other: PyTorch's h_n (0) or c_n (1).
pub(crate) fn slot(states: &StackState, slot: usize) -> Vec<f32> {
    let one = |state: &AnyState| state.slots()[slot].as_vec();
    states.states().iter().flat_map(one).collect()
}

/// What a stack gives.
pub(crate) struct Outcome {
    pub(crate) y: Vec<f32>,
    pub(crate) last: StackState,
    /// Gradient of the input.
    pub(crate) x: Vec<f32>,
    /// Gradients of the initial states, slot by slot as [`slot`] has them.
    pub(crate) states: Vec<Vec<f32>>,
}

pub(crate) fn sequence((dims, elements): (&[usize], &[f32])) -> Sequence<usize, usize, usize> {
    Cpu::default().tensor_from_vec(elements.to_vec(), (dims[0], dims[1], dims[2]))
}

/// Runs `x` through `stack`, and the gradient of the sum of the outputs times `loss` back. The
/// parameters' gradients take the parameters' places.
pub(crate) fn run(
    stack: &mut Stack,
    x: (&[usize], &[f32]),
    mut initial: StackState,
    lengths: Option<&[usize]>,
    loss: (&[usize], &[f32]),
) -> Outcome {
    let x = sequence(x);
    let how = StackRun { lengths, ..StackRun::default() };
    let (y, last) = stack.forward(x.leaky_trace(), &initial, how).unwrap();
    let outputs = y.as_vec();
    let mut gradients = (y * sequence(loss)).sum::<(), _>().backward();
    stack.for_each_parameter(&mut |_, parameter| {
        let gradient = parameter.gradient(&mut gradients).unwrap().to_vec();
        parameter.write(&gradient).unwrap();
    });
    let mut states = Vec::new();
    initial.for_each_slot(&mut |name, slot| {
        let (_, index) = name.rsplit_once('.').unwrap();
        states.resize_with(states.len().max(index.parse::<usize>().unwrap() + 1), Vec::new);
        let gradient = slot.gradient(&mut gradients).unwrap();
        states[index.parse::<usize>().unwrap()].extend_from_slice(gradient);
    });
    Outcome { y: outputs, last, x: gradients.get(&x).as_vec(), states }
}
