//! Attention against its definition and finite differences, and what must not change it.

use attention::{Inputs, Pass, Score, Sizes, Source, attend, backward, forward};
use compute::{Float, Threads};
use dfdx::prelude::*;
use std::num::NonZeroUsize;

const SIZES: Sizes = Sizes { queries: 3, steps: 6, batch: 3, key: 5, value: 4 };
const LENGTHS: [usize; 3] = [6, 2, 5];

fn numbers<E: Float>(seed: usize, len: usize) -> Vec<E> {
    let number = |k: usize| ((k * 7 + seed * 131 + 3) as f64 * 0.618_033_988).sin();
    (0..len).map(|k| E::nearest(number(k))).collect()
}

/// Queries, keys, values, and the vector of the additive score.
#[derive(Clone)]
struct Case<E>([Vec<E>; 4]);

impl<E: Float> Case<E> {
    fn new(sizes: Sizes) -> Self {
        let Sizes { queries, steps, batch, key, value } = sizes;
        let lengths = [queries * batch * key, steps * batch * key, steps * batch * value, key];
        Self(std::array::from_fn(|k| numbers(k, lengths[k])))
    }

    fn inputs(&self) -> Inputs<'_, E> {
        Inputs { queries: &self.0[0], keys: &self.0[1], values: &self.0[2] }
    }

    fn score(&self, additive: bool) -> Score<&[E]> {
        if additive { Score::Additive(&self.0[3]) } else { Score::Dot }
    }

    fn run(&self, sizes: Sizes, lengths: &[usize], additive: bool) -> Pass<E> {
        forward(sizes, lengths, self.score(additive), self.inputs())
    }

    /// The rows of sequence `b` alone, of a source no longer than it is.
    fn alone(&self, sizes: Sizes, b: usize, length: usize) -> (Self, Sizes) {
        let own = |all: &[E], width: usize, steps: usize| -> Vec<E> {
            let row = |t: usize| all[(t * sizes.batch + b) * width..][..width].to_vec();
            (0..steps).flat_map(row).collect()
        };
        let [q, k, v, vector] = &self.0;
        let case = Self([
            own(q, sizes.key, sizes.queries),
            own(k, sizes.key, length),
            own(v, sizes.value, length),
            vector.clone(),
        ]);
        (case, Sizes { batch: 1, steps: length, ..sizes })
    }
}

#[test]
fn contexts_and_weights_follow_their_definition() {
    let case = Case::<f64>::new(SIZES);
    let Sizes { queries, steps, batch, key, value } = SIZES;
    for additive in [false, true] {
        let pass = case.run(SIZES, &LENGTHS, additive);
        let [q, k, v, vector] = &case.0;
        for (b, &length) in LENGTHS.iter().enumerate() {
            for s in 0..queries {
                let query = &q[(s * batch + b) * key..][..key];
                let score = |t: usize| -> f64 {
                    let each = query.iter().zip(&k[(t * batch + b) * key..][..key]);
                    match additive {
                        false => each.map(|(q, k)| q * k).sum(),
                        true => each.zip(vector).map(|((q, k), v)| v * (q + k).tanh()).sum(),
                    }
                };
                let powers: Vec<f64> = (0..length).map(|t| score(t).exp()).collect();
                let sum: f64 = powers.iter().sum();
                let weights = &pass.weights[(b * queries + s) * steps..][..steps];
                for (t, &weight) in weights.iter().enumerate() {
                    let expected = powers.get(t).map_or(0.0, |power| power / sum);
                    assert!((weight - expected).abs() < 1e-12, "{weight} {expected}");
                }
                for n in 0..value {
                    let each = powers.iter().enumerate();
                    let expected: f64 =
                        each.map(|(t, p)| p / sum * v[(t * batch + b) * value + n]).sum();
                    let found = pass.contexts[(s * batch + b) * value + n];
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    const STEP: f64 = 1e-5;
    let case = Case::<f64>::new(SIZES);
    let weights = numbers::<f64>(9, SIZES.queries * SIZES.batch * SIZES.value);
    for additive in [false, true] {
        let loss = |case: &Case<f64>| -> f64 {
            let pass = case.run(SIZES, &LENGTHS, additive);
            pass.contexts.iter().zip(&weights).map(|(c, w)| c * w).sum()
        };
        let pass = case.run(SIZES, &LENGTHS, additive);
        let (score, read) = (case.score(additive), case.inputs());
        let found = backward(SIZES, &LENGTHS, score, read, &pass.weights, &weights);
        let mut gradients = case.clone();
        gradients.0.iter_mut().for_each(|all| all.fill(0.0));
        found.add_queries(&mut gradients.0[0]);
        found.add_keys(&mut gradients.0[1]);
        found.add_values(&mut gradients.0[2]);
        found.add_vector(&mut gradients.0[3]);
        for (k, gradient) in gradients.0.iter().enumerate() {
            for (element, &told) in gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut moved = case.clone();
                    moved.0[k][element] += by;
                    loss(&moved)
                };
                let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                assert!((slope - told).abs() < 1e-8, "input {k}, {element}: {slope} {told}");
            }
            let reached = gradient.iter().any(|&d| d != 0.0);
            assert_eq!(reached, k < 3 || additive, "input {k}");
        }
    }
}

/// Large enough for two threads to share it.
const LARGE: Sizes = Sizes { queries: 19, steps: 300, batch: 4, key: 33, value: 50 };

/// To the bit: a sequence alone and in a batch beside longer ones, whose filling is no number, on one thread
/// and on two, whole and step by step.
#[test]
fn a_sequence_gives_the_same_however_it_is_run() {
    let lengths = [300, 7, 1, 299];
    let mut case = Case::<f32>::new(LARGE);
    for (k, width) in [(1, LARGE.key), (2, LARGE.value)] {
        for (row, numbers) in case.0[k].chunks_exact_mut(width).enumerate() {
            if row / LARGE.batch >= lengths[row % LARGE.batch] {
                numbers.fill(f32::NAN);
            }
        }
    }
    let d_contexts = numbers::<f32>(9, LARGE.queries * LARGE.batch * LARGE.value);
    for additive in [false, true] {
        let gradients = |pass: &Pass<f32>| {
            let (score, read) = (case.score(additive), case.inputs());
            let found = backward(LARGE, &lengths, score, read, &pass.weights, &d_contexts);
            let mut all = case.clone();
            all.0.iter_mut().for_each(|all| all.fill(0.0));
            found.add_queries(&mut all.0[0]);
            found.add_keys(&mut all.0[1]);
            found.add_values(&mut all.0[2]);
            found.add_vector(&mut all.0[3]);
            all
        };
        let pass = case.run(LARGE, &lengths, additive);
        let all = gradients(&pass);
        assert!(all.0.iter().flatten().all(|d| d.is_finite()));
        let two = Threads::new(NonZeroUsize::new(2).unwrap()).unwrap();
        let again = two.with(|| case.run(LARGE, &lengths, additive));
        assert_eq!(pass.contexts[..], again.contexts[..]);
        assert_eq!(all.0, two.with(|| gradients(&again)).0);

        let Inputs { keys, values, .. } = case.inputs();
        let source = Source::new(LARGE, &lengths, case.score(additive), keys, values);
        for (b, &length) in lengths.iter().enumerate() {
            let (alone, sizes) = case.alone(LARGE, b, length);
            let found = alone.run(sizes, &[length], additive);
            for s in 0..LARGE.queries {
                let at = (s * LARGE.batch + b) * LARGE.value..;
                let context = &found.contexts[s * LARGE.value..][..LARGE.value];
                assert_eq!(context, &pass.contexts[at][..LARGE.value]);
                let query = &alone.0[0][s * LARGE.key..][..LARGE.key];
                let (stepped, weights) = source.attend(query, &[b]);
                assert_eq!(context, stepped);
                assert_eq!(weights, [found.weights[s * length..][..length].to_vec()]);
            }
            let d_alone: Vec<f32> = (0..LARGE.queries)
                .flat_map(|s| {
                    d_contexts[(s * LARGE.batch + b) * LARGE.value..][..LARGE.value].to_vec()
                })
                .collect();
            let (score, read) = (alone.score(additive), alone.inputs());
            let own = backward(sizes, &[length], score, read, &found.weights, &d_alone);
            let mut keys = vec![0.0; length * LARGE.key];
            own.add_keys(&mut keys);
            for (t, own) in keys.chunks_exact(LARGE.key).enumerate() {
                assert_eq!(own, &all.0[1][(t * LARGE.batch + b) * LARGE.key..][..LARGE.key]);
            }
        }
    }
}

/// A source of no steps gives nothing to read.
#[test]
fn an_empty_source_is_read_as_zeros() {
    let case = Case::<f64>::new(SIZES);
    let pass = case.run(SIZES, &[0, 2, 6], false);
    for s in 0..SIZES.queries {
        assert_eq!(pass.contexts[s * SIZES.batch * SIZES.value..][..SIZES.value], [0.0; 4]);
    }
}

/// On the tape keys and values may be the same tensor, whose gradients add up.
#[test]
fn gradients_on_the_tape_are_those_of_the_kernel() {
    let device = Cpu::default();
    let sizes = Sizes { value: SIZES.key, ..SIZES };
    let Sizes { queries, steps, batch, key, .. } = sizes;
    let mut case = Case::<f32>::new(sizes);
    case.0[2] = case.0[1].clone();
    let q = device.tensor_from_vec(case.0[0].clone(), (queries, batch, key));
    let source = device.tensor_from_vec(case.0[1].clone(), (steps, batch, key));
    let vector = device.tensor_from_vec(case.0[3].clone(), (key,));
    let weights = numbers::<f32>(9, queries * batch * key);
    let of_contexts = device.tensor_from_vec(weights.clone(), (queries, batch, key));
    for additive in [false, true] {
        let score = if additive { Score::Additive(&vector) } else { Score::Dot };
        let contexts = attend(q.leaky_trace(), &source, &source, &LENGTHS, score).unwrap();
        let pass = case.run(sizes, &LENGTHS, additive);
        assert_eq!(contexts.as_vec(), pass.contexts[..]);
        let gradients = (contexts * of_contexts.clone()).sum::<(), _>().backward();
        let (score, read) = (case.score(additive), case.inputs());
        let found = backward(sizes, &LENGTHS, score, read, &pass.weights, &weights);
        let mut expected = vec![0.0; case.0[0].len()];
        found.add_queries(&mut expected);
        assert_eq!(gradients.get(&q).as_vec(), expected);
        let mut expected = vec![0.0; case.0[1].len()];
        found.add_keys(&mut expected);
        found.add_values(&mut expected);
        assert_eq!(gradients.get(&source).as_vec(), expected);
        if additive {
            let mut expected = vec![0.0; key];
            found.add_vector(&mut expected);
            assert_eq!(gradients.get(&vector).as_vec(), expected);
        }
        let wrong = attend(q.leaky_trace(), &source, &source, &[9, 1, 1], Score::Dot);
        let told = wrong.map(|_| ()).unwrap_err().to_string();
        assert_eq!(told, "a sequence of length 9 in a batch of 6 time steps");
    }
}
