//! The fused sequence operation against the plain cells, op by op on dfdx's tape: values and
//! gradients of every parameter and of the input.

use cell::Cell;
use compute::Draws;
use dfdx::prelude::*;
use sequence::plain::Gate;
use sequence::{BiasInit, Init, Layer, LayerInit, Parameter, RememberBias, State, Weights};

const T: usize = 5;
const B: usize = 3;
const I: usize = 4;
const H: usize = 6;

type Tape32 = OwnedTape<f32, Cpu>;
type Input = Tensor<Rank2<B, I>, f32, Cpu>;
type Hidden = Tensor<Rank2<B, H>, f32, Cpu>;
type TapedHidden = Tensor<Rank2<B, H>, f32, Cpu, Tape32>;

/// Elements of block `k` of a parameter that has `len` elements a block.
fn block(weights: &Weights<f32>, parameter: Parameter, k: usize, len: usize) -> Vec<f32> {
    weights.get(parameter)[k * len..(k + 1) * len].to_vec()
}

/// The gate that reads input block `w` and state block `u` and has bias `b`.
fn gate(
    weights: &Weights<f32>,
    w: usize,
    (side, u): (Parameter, usize),
    b: usize,
) -> Gate<I, H, Cpu> {
    let device = Cpu::default();
    Gate {
        w: device.tensor_from_vec(block(weights, Parameter::Input, w, H * I), (Const, Const)),
        u: device.tensor_from_vec(block(weights, side, u, H * H), (Const, Const)),
        b: device.tensor_from_vec(block(weights, Parameter::Bias, b, H), (Const,)),
    }
}

fn close(what: &str, left: &[f32], right: &[f32]) {
    let scale = right.iter().fold(1e-6_f32, |m, x| m.max(x.abs()));
    assert_eq!(left.len(), right.len(), "{what}");
    for (a, b) in left.iter().zip(right) {
        assert!((a - b).abs() <= 1e-5 * scale, "{what}: {a} against {b}");
    }
}

/// One gradient expected of the fused layer: parameter, first element, tensor's gradient.
type Expected = (Parameter, usize, Vec<f32>);

/// Runs layer `C` and `step` on the same numbers; `expect` gives the plain gradients back.
fn compare<C: Cell, P>(
    plain: impl FnOnce(&Weights<f32>) -> P,
    mut step: impl FnMut(&P, Input, TapedHidden) -> TapedHidden,
    expect: impl FnOnce(&P, &Gradients<f32, Cpu>) -> Vec<Expected>,
) {
    let device = Cpu::default();
    let uniform = Init::Uniform(0.5);
    let remember = RememberBias::Constant(0.7);
    let init = LayerInit { input: uniform, recurrent: uniform, bias: BiasInit::Zero, remember };
    let dims = (Const, Const, Const);
    let layer =
        Layer::<C, Const<I>, Const<H>>::initialised(&device, dims, &Draws::new(3), "test", &init)
            .unwrap();
    let weights = layer.weights();
    let draws = Draws::new(4);
    let x = draws.uniform::<f32>("x", T * B * I, 1.0);
    let l = draws.uniform::<f32>("loss", T * B * H, 1.0);

    let sequence: Tensor<Rank3<T, B, I>, f32, Cpu> =
        device.tensor_from_vec(x.clone(), (Const, Const, Const));
    let loss: Tensor<Rank3<T, B, H>, f32, Cpu> =
        device.tensor_from_vec(l.clone(), (Const, Const, Const));
    let state = State::initial(&C::FACTS, &device, Const::<B>, Const::<H>, Const::<H>).unwrap();
    let (y, last) = layer.forward(sequence.leaky_trace(), &state).unwrap();
    let fused_y = y.as_vec();
    let fused = (y * loss).sum().backward();

    let plain = plain(&weights);
    let inputs: Vec<Input> =
        x.chunks(B * I).map(|x| device.tensor_from_vec(x.to_vec(), (Const, Const))).collect();
    let zero: Hidden = device.zeros();
    let (mut h, mut tape) = (zero, Tape32::default());
    let mut plain_y = Vec::new();
    let mut total = device.zeros::<Rank0>().put_tape(Tape32::default());
    for (x, l) in inputs.iter().zip(l.chunks(B * H)) {
        (h, tape) = step(&plain, x.clone(), h.put_tape(tape)).split_tape();
        plain_y.extend(h.as_vec());
        let l: Hidden = device.tensor_from_vec(l.to_vec(), (Const, Const));
        total = (h.retaped::<Tape32>() * l).sum() + total;
    }
    let (total, loss_tape) = total.split_tape();
    let found = total.put_tape(tape.merge(loss_tape)).backward();

    close("values", &fused_y, &plain_y);
    close("last state", &last.hidden().as_vec(), &plain_y[(T - 1) * B * H..]);
    let d_x: Vec<f32> = inputs.iter().flat_map(|x| found.get(x).as_vec()).collect();
    close("input", &fused.get(&sequence).as_vec(), &d_x);
    for (parameter, from, expected) in expect(&plain, &found) {
        let all = match parameter {
            Parameter::Input => fused.get(layer.input()).as_vec(),
            Parameter::Recurrent => fused.get(layer.recurrent()).as_vec(),
            Parameter::Modulated => fused.get(layer.modulated()).as_vec(),
            Parameter::Bias => fused.get(layer.bias()).as_vec(),
            Parameter::Unit => fused.get(layer.unit()).as_vec(),
            other => unreachable!("no plain cell has {other:?}"),
        };
        close(parameter.name(), &all[from..from + expected.len()], &expected);
    }
}

/// What a gate's gradients should be: input block `w`, state block `u`, bias `b`.
fn of_gate(
    gate: &Gate<I, H, Cpu>,
    gradients: &Gradients<f32, Cpu>,
    w: usize,
    (side, u): (Parameter, usize),
    b: usize,
) -> [Expected; 3] {
    [
        (Parameter::Input, w * H * I, gradients.get(&gate.w).as_vec()),
        (side, u * H * H, gradients.get(&gate.u).as_vec()),
        (Parameter::Bias, b * H, gradients.get(&gate.b).as_vec()),
    ]
}

use Parameter::{Modulated, Recurrent};

#[test]
fn rnn() {
    compare::<vanilla::TanhRnn, _>(
        |weights| vanilla::PlainRnn(gate(weights, 0, (Recurrent, 0), 0)),
        |plain, x, h| plain.step(x.retaped(), h).unwrap(),
        |plain, g| of_gate(&plain.0, g, 0, (Recurrent, 0), 0).to_vec(),
    );
}

#[test]
fn lstm() {
    let device = Cpu::default();
    // The memory's tape is on h's; between steps the memory itself travels here.
    let mut c: Hidden = device.zeros();
    compare::<lstm::StandardLstm, _>(
        |weights| {
            let gate = |k| gate(weights, k, (Recurrent, k), k);
            lstm::PlainLstm { i: gate(0), f: gate(1), g: gate(2), o: gate(3) }
        },
        |plain, x, h| {
            let (h, new_c) = plain.step(x.retaped(), h, c.clone()).unwrap();
            c = new_c;
            h
        },
        |plain, g| {
            let gates = [&plain.i, &plain.f, &plain.g, &plain.o];
            let expected = |(k, gate)| of_gate(gate, g, k, (Recurrent, k), k);
            gates.into_iter().enumerate().flat_map(expected).collect()
        },
    );
}

#[test]
fn gru_reset_before() {
    compare::<gru::GruResetBefore, _>(
        |weights| gru::PlainGru {
            reset: gate(weights, 0, (Recurrent, 0), 0),
            update: gate(weights, 1, (Recurrent, 1), 1),
            candidate: gate(weights, 2, (Modulated, 0), 2),
        },
        |plain, x, h| plain.step(x.retaped(), h).unwrap(),
        |plain, g| {
            [
                of_gate(&plain.reset, g, 0, (Recurrent, 0), 0),
                of_gate(&plain.update, g, 1, (Recurrent, 1), 1),
                of_gate(&plain.candidate, g, 2, (Modulated, 0), 2),
            ]
            .concat()
        },
    );
}

/// Blocks are n, r, z, m.
#[test]
fn gru_reset_after() {
    compare::<gru::GruResetAfter, _>(
        |weights| {
            let candidate = gate(weights, 0, (Recurrent, 2), 0);
            gru::PlainTorchGru {
                reset: gate(weights, 1, (Recurrent, 0), 1),
                update: gate(weights, 2, (Recurrent, 1), 2),
                w: candidate.w,
                b: candidate.b,
                u: candidate.u,
                b_state: gate(weights, 0, (Recurrent, 2), 3).b,
            }
        },
        |plain, x, h| plain.step(x.retaped(), h).unwrap(),
        |plain, g| {
            let mut all = [
                of_gate(&plain.reset, g, 1, (Recurrent, 0), 1),
                of_gate(&plain.update, g, 2, (Recurrent, 1), 2),
            ]
            .concat();
            all.push((Parameter::Input, 0, g.get(&plain.w).as_vec()));
            all.push((Parameter::Recurrent, 2 * H * H, g.get(&plain.u).as_vec()));
            all.push((Parameter::Bias, 0, g.get(&plain.b).as_vec()));
            all.push((Parameter::Bias, 3 * H, g.get(&plain.b_state).as_vec()));
            all
        },
    );
}

/// One tensor as both slots of an initial state gets the sum of both gradients.
#[test]
fn a_tensor_that_stands_in_two_slots_gets_both_gradients() {
    let device = Cpu::default();
    let layer = lstm::Lstm::<3, 4>::new(&device, 1).unwrap();
    let gradients = |same: bool| {
        let h: Tensor<Rank2<2, 4>, f32, Cpu> = device.ones() * 0.3;
        let c = if same { h.clone() } else { device.ones() * 0.3 };
        let x: Tensor<Rank3<5, 2, 3>, f32, Cpu> = device.ones() * 0.7;
        let state = sequence::State::new(h.clone(), vec![c.clone()]);
        let (y, _) = layer.forward(x.leaky_trace(), &state).unwrap();
        let found = y.sum::<(), _>().backward();
        (found.get(&h).as_vec(), found.get(&c).as_vec())
    };
    let (both, _) = gradients(true);
    let (of_h, of_c) = gradients(false);
    for (both, (h, c)) in both.into_iter().zip(of_h.into_iter().zip(of_c)) {
        assert!(h != 0.0 && c != 0.0 && (both - (h + c)).abs() < 1e-6, "{both}: {h} + {c}");
    }
}

/// FastRNN keeps by β, one number for the whole layer.
#[test]
fn a_shared_number_can_be_what_remembers() {
    let uniform = Init::Uniform(0.5);
    let remember = RememberBias::Constant(0.7);
    let init = LayerInit { input: uniform, recurrent: uniform, bias: BiasInit::Zero, remember };
    let layer = Layer::<vanilla::FastRnn, usize, usize>::initialised(
        &Cpu::default(),
        (I, H, H),
        &Draws::new(3),
        "test",
        &init,
    );
    assert_eq!(layer.unwrap().weights().get(Parameter::Scalar), [-3.0, 3.7]);
}
