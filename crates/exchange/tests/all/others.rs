//! Agreement with Keras, flax and haiku: values and gradients of their layers, from the file that
//! `golden/make_others.py` writes, which says how each one's weights become ours.

use crate::common::{Worst, get, golden, run, slot, states};
use compute::Draws;
use dfdx::prelude::*;
use exchange::Tensors;
use sequence::{Block, LayerInit, LayerSizes, Stack, StackOptions, layer_name};
use zoo::{Build, Zoo};

/// The libraries' layers, and the cell that each is here.
const CASES: [(&str, &str); 7] = [
    ("keras.GRU(reset_after=False)", "gru"),
    ("flax.SimpleCell", "rnn"),
    ("flax.GRUCell", "gru_reset_after"),
    ("flax.MGUCell(reset_gate=False)", "ugrnn"),
    ("flax.OptimizedLSTMCell", "lstm"),
    ("haiku.GRU", "gru"),
    ("haiku.LSTM", "lstm"),
];

/// One layer of `cell`.
fn layer(cell: &str, input: usize, hidden: usize) -> Stack {
    let zoo = Zoo::standard();
    let (sizes, init) = (LayerSizes::new(input, hidden), LayerInit::torch(hidden));
    let build = Build { sizes, draws: &Draws::new(1), name: &layer_name(0, 0), init };
    let layer = zoo.get(cell).unwrap().layer(&Cpu::default(), build).unwrap();
    Stack::new(vec![Block::bare(vec![layer])], StackOptions::default()).unwrap()
}

#[test]
fn cells_agree_with_those_of_keras_flax_and_haiku() {
    let file = Tensors::load(&golden("others.safetensors")).unwrap();
    let mut compared = 0;
    for (case, cell) in CASES {
        let mut worst = Worst::default();
        let expected = |name: &str| get(&file, &format!("{case}.{name}"));
        let mut stack = layer(cell, expected("x").0[2], expected("y").0[2]);
        stack.for_each_parameter(&mut |name, parameter| {
            let (dims, elements) = expected(name);
            assert_eq!(parameter.dims(), dims, "{case}, {name}");
            parameter.write(elements).unwrap();
        });
        let slots = stack.layers().map(|layer| layer.slots().len()).sum();
        let names: Vec<String> = (0..slots).map(|k| format!("state {k}")).collect();
        // One layer in one direction: PyTorch's shape of states with 1 in front.
        let shape = [&[1], expected("state 0").0].concat();
        let initial: Vec<_> = names.iter().map(|name| (&shape[..], expected(name).1)).collect();

        let outcome = run(&mut stack, expected("x"), states(&initial), None, expected("loss"));
        let mut check = |name: &str, found: &[f32]| {
            worst.compare(&format!("{case}, {name}"), found, expected(name).1);
            compared += 1;
        };
        check("y", &outcome.y);
        check("grad.x", &outcome.x);
        for k in 0..slots {
            check(&format!("last {k}"), &slot(&outcome.last, k));
            check(&format!("grad.state {k}"), &outcome.states[k]);
        }
        stack.for_each_parameter(&mut |name, gradient| {
            check(&format!("grad.{name}"), &gradient.read());
        });
        println!("{case} is `{cell}`: {worst}");
    }
    let expected = file
        .named
        .keys()
        .filter(|name| [".y", ".last ", ".grad."].iter().any(|part| name.contains(part)));
    assert_eq!(compared, expected.count());
}
