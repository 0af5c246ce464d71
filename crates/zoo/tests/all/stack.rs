//! Stacks of layers: gradients of everything in every arrangement, and what lengths, residual
//! connections, masks and learned states mean.

use compute::{Draws, Threads};
use dfdx::prelude::*;
use sequence::{
    Block, Dropout, LayerInit, LayerSizes, Share, Stack, StackOptions, StackRun, layer_name,
};
use zoo::{Build, Feature, Zoo};

const T: usize = 5;
const B: usize = 3;
const I: usize = 4;
const H: usize = 6;

fn stack(cell: &str, layers: usize, directions: usize, options: StackOptions) -> Stack {
    stack_of(cell, layers, directions, options, false)
}

/// With residual connections around every layer but the first, or without.
fn stack_of(
    cell: &str,
    layers: usize,
    directions: usize,
    options: StackOptions,
    residual: bool,
) -> Stack {
    let zoo = Zoo::standard();
    let entry = zoo.get(cell).unwrap();
    let layer = |k: usize, direction: usize| {
        let sizes = LayerSizes::new(if k == 0 { I } else { directions * H }, H);
        let name = layer_name(k, direction);
        let build = Build { sizes, draws: &Draws::new(5), name: &name, init: LayerInit::torch(H) };
        entry.layer(&Cpu::default(), build).unwrap()
    };
    let block = |k: usize| {
        let directions = (0..directions).map(|direction| layer(k, direction)).collect();
        Block::bare(directions).residual(residual && k > 0)
    };
    Stack::new((0..layers).map(block).collect(), options).unwrap()
}

fn draws(name: &str, len: usize) -> Vec<f32> {
    Draws::new(6).uniform(name, len, 1.0)
}

fn sequence(elements: Vec<f32>, batch: usize) -> sequence::Sequence<usize, usize, usize> {
    let (steps, features) = (elements.len() / batch / I, I);
    Cpu::default().tensor_from_vec(elements, (steps, batch, features))
}

/// The loss, a fixed weighted sum of all outputs; with the gradient of every parameter and the
/// input if asked for.
fn loss(stack: &mut Stack, x: &[f32], run: StackRun<'_>, all: bool) -> (f64, Vec<Vec<f32>>) {
    let state = stack.initial_state(B).unwrap();
    let x = sequence(x.to_vec(), B);
    let (y, _) = stack.forward(x.leaky_trace(), &state, run).unwrap();
    let shape = *y.shape();
    let weights = draws("loss", shape.0 * shape.1 * shape.2);
    let values = y.as_vec();
    let total = values.iter().zip(&weights).map(|(y, w)| f64::from(y * w)).sum();
    let mut found = Vec::new();
    if all {
        let weights: sequence::Sequence<usize, usize, usize> =
            Cpu::default().tensor_from_vec(weights, shape);
        let mut gradients = (y * weights).sum::<(), _>().backward();
        stack.for_each_parameter(&mut |_, parameter| {
            found.push(parameter.gradient(&mut gradients).unwrap().to_vec());
        });
        found.push(gradients.get(&x).as_vec());
    }
    (total, found)
}

/// Changes element `k` of parameter `index`.
fn nudge(stack: &mut Stack, index: usize, k: usize, by: f32) {
    let mut at = 0;
    stack.for_each_parameter(&mut |_, parameter| {
        if at == index {
            let mut elements = parameter.read();
            elements[k] += by;
            parameter.write(&elements).unwrap();
        }
        at += 1;
    });
}

/// [`check_gradients_of`] the outputs of a stack.
#[track_caller]
fn check_gradients(stack: &mut Stack, run: StackRun<'_>) {
    check_gradients_of(stack, &|stack, x, all| loss(stack, x, run, all));
}

/// A loss of a stack at an input, with its gradients if asked for, as [`loss`] gives them.
type Loss<'a> = &'a dyn Fn(&mut Stack, &[f32], bool) -> (f64, Vec<Vec<f32>>);

/// Gradients of parameters and input against central differences (of f32 values, hence the
/// tolerance).
#[track_caller]
fn check_gradients_of(stack: &mut Stack, loss: Loss<'_>) {
    const STEP: f32 = 4e-3;
    let mut x = draws("x", T * B * I);
    let (_, gradients) = loss(stack, &x, true);
    let parameters = gradients.len() - 1;
    for (index, gradient) in gradients.iter().enumerate() {
        let scale = gradient.iter().fold(1e-2_f32, |most, d| most.max(d.abs()));
        for k in (0..gradient.len()).step_by(1 + gradient.len() / 9) {
            let mut moved = |by: f32| {
                if index == parameters {
                    x[k] += by;
                } else {
                    nudge(stack, index, k, by);
                }
                loss(stack, &x, false).0
            };
            // Five points: the error of the second order vanishes.
            let (up, far_up) = (moved(STEP), moved(STEP));
            let (far_down, down) = (moved(-4.0 * STEP), moved(STEP));
            moved(STEP);
            let slope = (8.0 * (up - down) - (far_up - far_down)) / (12.0 * f64::from(STEP));
            let numeric = slope as f32;
            let difference = (numeric - gradient[k]).abs();
            assert!(difference < 5e-3 * scale, "{index}.{k}: {} against {numeric}", gradient[k]);
        }
    }
}

#[test]
fn gradients_hold_in_every_arrangement() {
    let dropout = Some(Dropout::new(Draws::new(9), 3));
    let options = StackOptions {
        prefix: "",
        dropout: Share { share: 0.3, locked: true },
        zoneout: 0.2,
        zoneout_memory: 0.3,
        learned_state: true,
    };
    let lengths = Some(&[5, 2, 4][..]);
    let run = StackRun { lengths, dropout, watch: None };
    for cell in ["lstm", "gru", "lstm_ln"] {
        for (layers, directions) in [(3, 1), (2, 2)] {
            let mut stack = stack_of(cell, layers, directions, options, true);
            // At a state of zeros layer normalisation is too steep for finite differences.
            stack.for_each_parameter(&mut |name, parameter| {
                if name.starts_with("initial state") {
                    let elements: Vec<f32> =
                        Draws::new(7).uniform(name, parameter.read().len(), 0.9);
                    parameter.write(&elements).unwrap();
                }
            });
            check_gradients(&mut stack, run);
        }
    }
    check_gradients(&mut stack("rnn", 1, 1, StackOptions::default()), StackRun::default());
}

/// The loss, a fixed weighted sum of the outputs of `decoder`, which reads a fixed sequence from the
/// state in which `encoder` ends; with the gradients of the encoder if asked for.
fn decoded_loss(
    encoder: &mut Stack,
    decoder: &Stack,
    x: &[f32],
    run: StackRun<'_>,
    all: bool,
) -> (f64, Vec<Vec<f32>>) {
    let x = sequence(x.to_vec(), B);
    let start = encoder.initial_state(B).unwrap();
    let (read, last) = encoder.forward(x.leaky_trace(), &start, run).unwrap();
    let (_, tape) = read.split_tape();
    let written = sequence(draws("written", T * B * I), B).put_tape(tape);
    let (y, _) = decoder.forward(written, &last, StackRun::default()).unwrap();
    let weights = draws("loss", T * B * H);
    let values = y.as_vec();
    let total = values.iter().zip(&weights).map(|(y, w)| f64::from(y * w)).sum();
    let mut found = Vec::new();
    if all {
        let weights: sequence::Sequence<usize, usize, usize> =
            Cpu::default().tensor_from_vec(weights, (T, B, H));
        let mut gradients = (y * weights).sum::<(), _>().backward();
        encoder.for_each_parameter(&mut |_, parameter| {
            found.push(parameter.gradient(&mut gradients).unwrap().to_vec());
        });
        found.push(gradients.get(&x).as_vec());
    }
    (total, found)
}

/// All that the decoder knows of the encoder's input came through the last state.
#[test]
fn gradients_go_back_through_the_last_state() {
    for cell in ["lstm", "gru", "rnn"] {
        let mut encoder = stack(cell, 2, 1, StackOptions::default());
        let mut decoder = stack(cell, 2, 1, StackOptions::default());
        decoder.for_each_parameter(&mut |name, parameter| {
            let elements: Vec<f32> = Draws::new(8).uniform(name, parameter.read().len(), 0.4);
            parameter.write(&elements).unwrap();
        });
        for lengths in [None, Some(&[5, 2, 4][..])] {
            let run = StackRun { lengths, ..StackRun::default() };
            check_gradients_of(&mut encoder, &|encoder, x, all| {
                decoded_loss(encoder, &decoder, x, run, all)
            });
        }
    }
}

/// Gradients of parameters and input for a loss on the outputs after the first `cut` steps; the
/// sequence read in one piece, or in two on one tape, or in two on a tape each.
fn gradients_of_the_end(stack: &mut Stack, cut: usize, tapes: Option<usize>) -> Vec<Vec<f32>> {
    let elements = draws("x", T * B * I);
    let (head, tail) = elements.split_at(cut * B * I);
    let start = stack.initial_state(B).unwrap();
    let run = StackRun::default();
    let weights = draws("loss", (T - cut) * B * H);
    let (mut gradients, of_inputs) = match tapes {
        None => {
            let x = sequence(elements.clone(), B);
            let (y, _) = stack.forward(x.leaky_trace(), &start, run).unwrap();
            let padded = [vec![0.0; cut * B * H], weights].concat();
            let weights: sequence::Sequence<usize, usize, usize> =
                Cpu::default().tensor_from_vec(padded, (T, B, H));
            let gradients = (y * weights).sum::<(), _>().backward();
            let of_x = gradients.get(&x).as_vec();
            (gradients, of_x)
        }
        Some(tapes) => {
            let (x, end) = (sequence(head.to_vec(), B), sequence(tail.to_vec(), B));
            let (y, last) = stack.forward(x.leaky_trace(), &start, run).unwrap();
            let (_, tape) = y.split_tape();
            let tape = if tapes == 1 { tape } else { OwnedTape::default() };
            let (y, _) = stack.forward(end.clone().put_tape(tape), &last, run).unwrap();
            let weights: sequence::Sequence<usize, usize, usize> =
                Cpu::default().tensor_from_vec(weights, (T - cut, B, H));
            let mut gradients = (y * weights).sum::<(), _>().backward();
            let mut of_inputs = gradients.get_or_alloc_mut(&x).unwrap().to_vec();
            of_inputs.extend(gradients.get(&end).as_vec());
            (gradients, of_inputs)
        }
    };
    let mut found = Vec::new();
    stack.for_each_parameter(&mut |_, parameter| {
        found.push(parameter.gradient(&mut gradients).unwrap().to_vec());
    });
    found.push(of_inputs);
    found
}

/// Two pieces on one tape are worth the whole sequence; on a tape each, the first is a constant.
#[test]
fn a_state_carries_its_tape() {
    let farthest = |a: &[Vec<f32>], b: &[Vec<f32>]| {
        let apart = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs());
        apart.fold(0.0, f32::max)
    };
    for cell in ["lstm", "gru"] {
        let mut stack = stack(cell, 2, 1, StackOptions::default());
        let whole = gradients_of_the_end(&mut stack, 2, None);
        let one_tape = gradients_of_the_end(&mut stack, 2, Some(1));
        assert!(farthest(&whole, &one_tape) < 1e-6, "{cell}");
        let two_tapes = gradients_of_the_end(&mut stack, 2, Some(2));
        assert!(farthest(&whole, &two_tapes) > 1e-3, "{cell}");
        assert!(two_tapes.last().unwrap()[..2 * B * I].iter().all(|d| *d == 0.0), "{cell}");
    }
}

/// Each sequence of a padded batch gives what it gives alone, in both directions and all layers.
#[test]
fn sequences_of_different_lengths_equal_each_alone() {
    let stack = stack("lstm", 2, 2, StackOptions::default());
    let (x, lengths) = (draws("x", T * B * I), [5, 2, 4]);
    let run = StackRun { lengths: Some(&lengths), ..StackRun::default() };
    let all = stack.initial_state(B).unwrap();
    let (y, last) = stack.forward(sequence(x.clone(), B), &all, run).unwrap();
    let y = y.as_vec();
    for (b, &length) in lengths.iter().enumerate() {
        let rows = x.chunks(I).skip(b).step_by(B).take(length);
        let one = sequence(rows.flatten().copied().collect(), 1);
        let start = stack.initial_state(1).unwrap();
        let (alone, alone_last) = stack.forward(one, &start, StackRun::default()).unwrap();
        let found: Vec<f32> = y.chunks(2 * H).skip(b).step_by(B).flatten().copied().collect();
        let (inside, beyond) = found.split_at(length * 2 * H);
        for (a, b) in inside.iter().zip(alone.as_vec()) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        assert!(beyond.iter().all(|y| *y == 0.0));
        for (batch, alone) in last.states().iter().zip(alone_last.states()) {
            let row = &batch.slots()[0].as_vec()[b * H..(b + 1) * H];
            for (a, b) in row.iter().zip(alone.slots()[0].as_vec()) {
                assert!((a - b).abs() < 1e-6, "{a} {b}");
            }
        }
    }
}

#[test]
fn zoneout_of_everything_keeps_the_state_and_its_mean_is_taken_at_inference() {
    let nearly_one = StackOptions { zoneout: 0.999_999, ..StackOptions::default() };
    let x = || sequence(draws("x", T * B * I), B);
    let kept = stack("gru", 1, 1, nearly_one);
    let start = kept.initial_state(B).unwrap();
    let dropout = Some(Dropout::new(Draws::new(1), 1));
    let training = StackRun { dropout, ..StackRun::default() };
    let (y, _) = kept.forward(x(), &start, training).unwrap();
    assert!(y.as_vec().iter().all(|y| *y == 0.0), "the zero state stays");

    // One step from zero: the expected state is (1 - share) times the new one.
    let first = || sequence(draws("x", B * I), B);
    let without = stack("gru", 1, 1, StackOptions::default());
    let half = stack("gru", 1, 1, StackOptions { zoneout: 0.5, ..StackOptions::default() });
    let new = without.forward(first(), &start, StackRun::default()).unwrap().0.as_vec();
    let mean = half.forward(first(), &start, StackRun::default()).unwrap().0.as_vec();
    assert!(new.iter().zip(&mean).all(|(new, mean)| (0.5 * new - mean).abs() < 1e-7));
}

#[test]
fn residual_connections_add_the_input_of_every_layer_but_the_first() {
    let x = || sequence(draws("x", T * B * I), B);
    let outputs = |layers, residual| {
        let stack = stack_of("rnn", layers, 1, StackOptions::default(), residual);
        let start = stack.initial_state(B).unwrap();
        stack.forward(x(), &start, StackRun::default()).unwrap().0.as_vec()
    };
    let below = outputs(1, false);
    assert_eq!(outputs(1, true), below);
    let (plain, added) = (outputs(2, false), outputs(2, true));
    for ((plain, added), below) in plain.iter().zip(&added).zip(&below) {
        assert_eq!(*added, plain + below);
    }
}

#[test]
fn sizes_that_do_not_meet_are_an_error() {
    let zoo = Zoo::standard();
    let layer = |input| {
        let sizes = LayerSizes::new(input, H);
        let init = LayerInit::torch(H);
        let build = Build { sizes, draws: &Draws::new(1), name: "layer", init };
        zoo.get("gru").unwrap().layer(&Cpu::default(), build).unwrap()
    };
    let stacked =
        Stack::new([4, 5].map(|i| Block::bare(vec![layer(i)])).into(), StackOptions::default());
    let message = stacked.err().unwrap().to_string();
    assert_eq!(message, "layer input: expected [6], got [5]");
}

#[test]
fn only_cells_that_read_their_state_through_matrices_can_be_projected() {
    let projectable: Vec<_> = Zoo::standard()
        .entries()
        .iter()
        .filter(|entry| entry.lacks(Feature::Projection).is_none())
        .map(|entry| entry.name())
        .collect();
    for name in ["rnn", "lstm", "lstm_peephole", "lstm_cifg", "lstm_ln", "ran"] {
        assert!(projectable.contains(&name), "{name}");
    }
    for name in ["gru", "gru_reset_after", "indrnn", "fastrnn", "mgu", "mut3", "janet", "delta_net"]
    {
        assert!(!projectable.contains(&name), "{name}");
    }
}

/// Two LSTM layers that read in both directions, their hidden states projected to `output` numbers.
fn projected(output: usize, options: StackOptions) -> Stack {
    let zoo = Zoo::standard();
    let layer = |k: usize, direction: usize| {
        let input = if k == 0 { I } else { 2 * output };
        let sizes = LayerSizes { input, hidden: H, output, heads: 1 };
        let name = layer_name(k, direction);
        let build = Build { sizes, draws: &Draws::new(5), name: &name, init: LayerInit::torch(H) };
        zoo.get("lstm").unwrap().layer(&Cpu::default(), build).unwrap()
    };
    let block = |k: usize| Block::bare(vec![layer(k, 0), layer(k, 1)]);
    Stack::new((0..2).map(block).collect(), options).unwrap()
}

/// Long enough that threads split the batch, which shows in the last bits of parameters' gradients.
/// Lengths, kept parts of states and projections go with the sequences that they belong to.
#[test]
fn threads_change_no_more_than_the_order_of_sums() {
    let kept = StackOptions { zoneout: 0.2, zoneout_memory: 0.4, ..StackOptions::default() };
    for (output, options) in [(H, StackOptions::default()), (H, kept), (2, kept)] {
        threads_sum(output, options);
    }
}

fn threads_sum(output: usize, options: StackOptions) {
    let x = draws("x", 1500 * B * I);
    let lengths = [1500, 3, 900];
    let dropout = Some(Dropout::new(Draws::new(9), 3));
    let run = StackRun { lengths: Some(&lengths), dropout, ..StackRun::default() };
    let result = |threads: usize| {
        let threads = Threads::new(threads.try_into().unwrap()).unwrap();
        threads.with(|| loss(&mut projected(output, options), &x, run, true))
    };
    let (total, mut gradients) = result(1);
    let (total_of_two, mut of_two) = result(2);
    assert_eq!(result(2), (total_of_two, of_two.clone()));
    assert_eq!(total_of_two, total);
    assert_eq!(of_two.pop(), gradients.pop(), "gradient of the input");
    assert_ne!(of_two, gradients);
    for (of_two, gradient) in of_two.iter().zip(&gradients) {
        let scale = gradient.iter().fold(0.0_f32, |most, d| most.max(d.abs()));
        for (a, b) in of_two.iter().zip(gradient) {
            assert!((a - b).abs() < 1e-5 * scale, "{a} against {b}, of {scale}");
        }
    }
}

/// The states of chosen sequences, some twice, go on as theirs do, to the bit, for every layer of the list.
#[test]
fn chosen_states_go_on_as_theirs_do() {
    let zoo = Zoo::standard();
    for entry in zoo.entries() {
        let stack = stack(entry.name(), 2, 1, StackOptions::default());
        let initial = stack.initial_state(B).unwrap();
        let piece = |name: &str| draws(name, 2 * B * I);
        let (_, state) =
            stack.forward(sequence(piece("first"), B), &initial, StackRun::default()).unwrap();
        let rows = [2, 0, 2, 1];
        let x = piece("second");
        let of_rows: Vec<f32> = (0..2 * rows.len())
            .flat_map(|k| x[(k / rows.len() * B + rows[k % rows.len()]) * I..][..I].to_vec())
            .collect();
        let (all, _) = stack.forward(sequence(x, B), &state, StackRun::default()).unwrap();
        let chosen = state.select(&rows).unwrap();
        let x = sequence(of_rows, rows.len());
        let (found, _) = stack.forward(x, &chosen, StackRun::default()).unwrap();
        let (all, found) = (all.as_vec(), found.as_vec());
        for (k, found) in found.chunks_exact(H).enumerate() {
            let row = k / rows.len() * B + rows[k % rows.len()];
            assert_eq!(found, &all[row * H..][..H], "{}", entry.name());
        }
        let told = state.select(&[0, 3]).map(|_| ()).unwrap_err().to_string();
        assert_eq!(told, "sequence 3 of the states of 3");
    }
}
