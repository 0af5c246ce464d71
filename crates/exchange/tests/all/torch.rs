//! Agreement with PyTorch: values and gradients of its modules, read through the exchange, from
//! the files that `golden/make_torch.py` writes; and what PyTorch computes with modules that were
//! saved here.
//!
//! Expected values are PyTorch's in float64. Largest relative error of all comparisons (shown by
//! `cargo test --release -p rnnlab-exchange --test all torch -- --nocapture`): see README.

use crate::common::{Outcome, Worst, get, golden, run, sequence, slot, states};
use compute::Draws;
use dfdx::prelude::*;
use exchange::{Recurrent, Tensors};
use sequence::{Block, LayerInit, LayerSizes, Stack, StackOptions, StackRun, layer_name};
use std::collections::BTreeSet;
use std::{env, fs};
use zoo::{Build, Zoo};

/// The gradients as PyTorch has them, from a stack whose parameters are gradients: where two
/// biases of PyTorch's are one here, the gradient of each is that of their sum.
fn gradients(stack: &mut Stack) -> Tensors {
    let of = Recurrent::of_stack(stack).unwrap().recurrent;
    let mut tensors = of.to_torch();
    let redundant = if of.counterpart().cell() == "gru_reset_after" { 2 } else { 4 };
    let hidden = of.sizes().hidden;
    let biases = tensors.named.keys().filter(|name| name.starts_with("bias_hh")).cloned();
    for name in biases.collect::<Vec<_>>() {
        let input = get(&tensors, &name.replace("hh", "ih")).1.to_vec();
        let recurrent = tensors.named.get_mut(&name).unwrap().elements.as_mut().unwrap();
        let same = recurrent.len().min(redundant * hidden);
        recurrent[..same].copy_from_slice(&input[..same]);
    }
    tensors
}

/// Compares one case of a file; gives the number of tensors that the file has for it.
fn compare(file: &Tensors, kind: &str, case: &str, worst: &mut Worst) -> usize {
    let cell = if kind == "lstm_projected" { "lstm" } else { kind };
    let found = Recurrent::from_torch(file, Some(cell), Some(case)).unwrap();
    let mut stack = found.recurrent.stack(&Cpu::default(), StackOptions::default()).unwrap();
    let expected = |name: &str| get(file, &format!("expected/{case}.{name}"));
    let slots = if cell == "lstm" { &["h", "c"][..] } else { &["h"] };
    let initial: Vec<_> = slots.iter().map(|slot| expected(&format!("{slot}_0"))).collect();
    let lengths: Vec<usize> = expected("lengths").1.iter().map(|length| *length as usize).collect();
    // Without lengths where all are the same, so that both ways are compared.
    let shorter = lengths.iter().any(|length| *length < expected("x").0[0]);
    let lengths = Some(&lengths[..]).filter(|_| shorter);

    let Outcome { y, last, x, states } =
        run(&mut stack, expected("x"), states(&initial), lengths, expected("loss"));
    let mut compared = 0;
    let mut check = |name: &str, found: &[f32]| {
        worst.compare(&format!("{kind}, {case}, {name}"), found, expected(name).1);
        compared += 1;
    };
    check("y", &y);
    check("grad.x", &x);
    for (k, name) in slots.iter().enumerate() {
        check(&format!("{name}_n"), &slot(&last, k));
        check(&format!("grad.{name}_0"), &states[k]);
    }
    for (name, gradient) in gradients(&mut stack).named {
        if case != "no bias" || !name.starts_with("bias") {
            check(&format!("grad.{name}"), &gradient.elements.unwrap());
        }
    }
    // What was given: x, loss, lengths and the initial states.
    compared + 3 + slots.len()
}

fn agrees(kind: &str) {
    let file = Tensors::load(&golden(&format!("torch_{kind}.safetensors"))).unwrap();
    let all = |case: &str| {
        let prefix = format!("expected/{case}.");
        file.named.keys().filter(|name| name.starts_with(&prefix)).count()
    };
    let cases = file.named.keys().filter_map(|name| name.strip_prefix("expected/"));
    let cases: BTreeSet<&str> = cases.map(|name| name.split_once('.').unwrap().0).collect();
    assert_eq!(cases.len(), 15);
    let mut worst = Worst::default();
    for case in cases {
        assert_eq!(compare(&file, kind, case, &mut worst), all(case), "{kind}, {case}");
    }
    println!("{kind}: {worst}");
}

#[test]
fn rnn_agrees_with_pytorch() {
    agrees("rnn");
}

#[test]
fn relu_rnn_agrees_with_pytorch() {
    agrees("rnn_relu");
}

#[test]
fn lstm_agrees_with_pytorch() {
    agrees("lstm");
}

#[test]
fn projected_lstm_agrees_with_pytorch() {
    agrees("lstm_projected");
}

#[test]
fn gru_agrees_with_pytorch() {
    agrees("gru_reset_after");
}

/// Two layers in both directions, all parameters drawn.
fn new_stack(cell: &str, output: usize) -> Stack {
    let zoo = Zoo::standard();
    let draws = Draws::new(11);
    let layer = |k: usize, direction: usize| {
        let input = if k == 0 { 3 } else { 2 * output };
        let sizes = LayerSizes { output, ..LayerSizes::new(input, 6) };
        let (name, init) = (layer_name(k, direction), LayerInit::torch(6));
        let build = Build { sizes, draws: &draws, name: &name, init };
        zoo.get(cell).unwrap().layer(&Cpu::default(), build).unwrap()
    };
    let layers = (0..2).map(|k| Block::bare(vec![layer(k, 0), layer(k, 1)])).collect();
    let mut stack = Stack::new(layers, StackOptions::default()).unwrap();
    stack.for_each_parameter(&mut |name, parameter| {
        let len = parameter.dims().iter().product();
        parameter.write(&draws.uniform(&format!("{cell} {name}"), len, 0.5)).unwrap();
    });
    stack
}

const SAVED: [(&str, &str, usize); 5] = [
    ("rnn", "rnn", 6),
    ("rnn_relu", "rnn_relu", 6),
    ("lstm", "lstm", 6),
    ("lstm_projected", "lstm", 3),
    ("gru_reset_after", "gru_reset_after", 6),
];

#[test]
fn pytorch_computes_the_same_with_what_was_saved_here() {
    let mut saved = Tensors::default();
    for (kind, cell, output) in SAVED {
        let found = Recurrent::of_stack(&mut new_stack(cell, output)).unwrap();
        assert!(found.left_out.is_empty());
        for (name, tensor) in found.recurrent.to_torch().named {
            saved.named.insert(format!("{kind}.{name}"), tensor);
        }
    }
    let path = golden("saved_by_rnnlab.safetensors");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        saved.save(&path, true).unwrap();
        return;
    }
    assert!(fs::read(&path).unwrap() == saved.to_bytes().unwrap(), "{}", path.display());

    let read = Tensors::load(&golden("torch_reads_saved.safetensors")).unwrap();
    let mut worst = Worst::default();
    for (kind, cell, output) in SAVED {
        let expected = |name: &str| get(&read, &format!("{kind}.{name}"));
        let slots = if cell == "lstm" { &["h", "c"][..] } else { &["h"] };
        let initial: Vec<_> = slots.iter().map(|slot| expected(&format!("{slot}_0"))).collect();
        let stack = new_stack(cell, output);
        let x = sequence(expected("x"));
        let (y, last) = stack.forward(x, &states(&initial), StackRun::default()).unwrap();
        worst.compare(&format!("{kind}, y"), &y.as_vec(), expected("y").1);
        for (k, name) in slots.iter().enumerate() {
            let place = format!("{name}_n");
            worst.compare(&format!("{kind}, {place}"), &slot(&last, k), expected(&place).1);
        }
    }
    println!("saved here, read by PyTorch: {worst}");
}
