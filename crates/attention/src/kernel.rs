//! Attention over whole sequences, forward and backward, on plain slices.

use crate::Score;
use crate::pointwise::PullAdditive;
use crate::sentence::Sentence;
use compute::matmul::{Matrix, MatrixMut, Packed, add_product, set_packed};
use compute::{Buffer, Float, in_parts, split, threads};
use std::ops::Range;

/// Sizes of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Steps S of the targets, which attend.
    pub queries: usize,
    /// Steps T of the sources, which are attended to.
    pub steps: usize,
    /// Sequences B.
    pub batch: usize,
    /// Numbers A of a query and of a key.
    pub key: usize,
    /// Numbers E of a value and of a context.
    pub value: usize,
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a, E> {
    /// `[S, B, A]`.
    pub queries: &'a [E],
    /// `[T, B, A]`.
    pub keys: &'a [E],
    /// `[T, B, E]`.
    pub values: &'a [E],
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Pass<E: Float> {
    /// `[S, B, E]`.
    pub contexts: Buffer<E>,
    /// p `[B, S, T]`; 0 beyond the end of a source.
    pub weights: Buffer<E>,
}

/// The gradients that a backward pass finds, sequence by sequence: they are added where they belong by
/// functions of their names, one after the other, so that keys and values may be the same tensor.
#[derive(Debug)]
pub struct Gradients<E: Float> {
    sizes: Sizes,
    /// `[B, S, A]`.
    queries: Buffer<E>,
    /// `[B, T, A]`.
    keys: Buffer<E>,
    /// `[B, T, E]`.
    values: Buffer<E>,
    /// `[B, A]`, or empty.
    vector: Buffer<E>,
}

/// Rows of a slice: `width` numbers each, `stride` apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a, E> {
    data: &'a [E],
    stride: usize,
    width: usize,
    pub(crate) count: usize,
}

impl<'a, E: Float> Rows<'a, E> {
    pub(crate) fn new(
        data: &'a [E],
        (first, stride): (usize, usize),
        width: usize,
        count: usize,
    ) -> Self {
        Self { data: data.get(first..).unwrap_or_default(), stride, width, count }
    }

    pub(crate) fn row(&self, k: usize) -> &'a [E] {
        &self.data[k * self.stride..][..self.width]
    }

    pub(crate) fn matrix(&self) -> Matrix<'a, E> {
        Matrix::strided(self.data, self.count, self.width, self.stride)
    }

    pub(crate) fn copy(&self) -> Buffer<E> {
        let mut copy = Buffer::unset(self.count * self.width);
        for (k, to) in copy.chunks_exact_mut(self.width.max(1)).enumerate() {
            to.copy_from_slice(self.row(k));
        }
        copy
    }
}

impl<'a, E: Float> Inputs<'a, E> {
    /// Panics unless the slices have the lengths that the sizes say.
    pub(crate) fn check(&self, sizes: Sizes, lengths: &[usize], score: Score<&[E]>) {
        let Sizes { queries, steps, batch, key, value } = sizes;
        let expected = [queries * batch * key, steps * batch * key, steps * batch * value];
        let found = [self.queries, self.keys, self.values].map(<[E]>::len);
        assert_eq!(found, expected, "elements of queries, keys, values");
        assert_eq!(lengths.len(), batch, "lengths of all sequences");
        assert!(lengths.iter().all(|&length| length <= steps), "lengths beyond {steps} steps");
        if let Score::Additive(vector) = score {
            assert_eq!(vector.len(), key, "elements of the vector of the score");
        }
    }

    fn queries(&self, sizes: Sizes, b: usize) -> Rows<'a, E> {
        let Sizes { queries, batch, key, .. } = sizes;
        Rows::new(self.queries, (b * key, batch * key), key, queries)
    }

    pub(crate) fn keys(&self, sizes: Sizes, lengths: &[usize], b: usize) -> Rows<'a, E> {
        let Sizes { batch, key, .. } = sizes;
        Rows::new(self.keys, (b * key, batch * key), key, lengths[b])
    }

    pub(crate) fn values(&self, sizes: Sizes, lengths: &[usize], b: usize) -> Rows<'a, E> {
        let Sizes { batch, value, .. } = sizes;
        Rows::new(self.values, (b * value, batch * value), value, lengths[b])
    }
}

/// Least number of operations of a part: a thread that is called for less costs more than it saves.
const LEAST_WORK: usize = 1_000_000;

/// The sequences of each part.
fn parts(sizes: Sizes) -> impl Iterator<Item = Range<usize>> {
    let Sizes { queries, steps, batch, key, value } = sizes;
    let work = batch * queries * steps * 2 * (key + value);
    split(batch, threads().min(work / LEAST_WORK).max(1))
}

/// Cuts `all`, of which `each` numbers belong to a sequence, into the parts' shares.
fn shares<'a, E>(mut all: &'a mut [E], each: usize, parts: &[Range<usize>]) -> Vec<&'a mut [E]> {
    let share = |part: &Range<usize>| {
        let (share, rest) = std::mem::take(&mut all).split_at_mut(part.len() * each);
        all = rest;
        share
    };
    parts.iter().map(share).collect()
}

/// The contexts of all queries, and the weights. `lengths` `[B]` are the steps of each source.
///
/// # Panics
/// If a slice has not the length that the sizes say, or a length is beyond the steps.
pub fn forward<E: Float>(
    sizes: Sizes,
    lengths: &[usize],
    score: Score<&[E]>,
    inputs: Inputs<'_, E>,
) -> Pass<E> {
    inputs.check(sizes, lengths, score);
    let Sizes { queries, steps, batch, value, .. } = sizes;
    let parts: Vec<_> = parts(sizes).collect();
    let mut weights = Buffer::zeros(batch * queries * steps);
    let mut contexts = Buffer::unset(queries * batch * value);
    // Of each part its sequences' contexts at each step.
    let mut places: Vec<Vec<&mut [E]>> = parts.iter().map(|_| Vec::new()).collect();
    for of_step in contexts.chunks_exact_mut((batch * value).max(1)) {
        for (place, share) in places.iter_mut().zip(shares(of_step, value, &parts)) {
            place.push(share);
        }
    }
    let of_parts = shares(&mut weights, queries * steps, &parts);
    let work: Vec<_> = parts.iter().cloned().zip(of_parts).zip(places).collect();
    in_parts(work, |((part, weights), mut contexts)| {
        let mut found = Buffer::unset(queries * value);
        let each = weights.chunks_exact_mut((queries * steps).max(1));
        for (k, (b, weights)) in part.zip(each).enumerate() {
            let keys = inputs.keys(sizes, lengths, b);
            let sentence = Sentence::new(score, keys, inputs.values(sizes, lengths, b));
            let rows = inputs.queries(sizes, b);
            sentence.attend(score.vector(), rows, (weights, steps), &mut found);
            for (to, from) in contexts.iter_mut().zip(found.chunks_exact(value.max(1))) {
                to[k * value..(k + 1) * value].copy_from_slice(from);
            }
        }
    });
    Pass { contexts, weights }
}

/// The gradients, given those of the contexts, `[S, B, E]`, and the weights of the forward pass.
///
/// # Panics
/// As [`forward`].
pub fn backward<E: Float>(
    sizes: Sizes,
    lengths: &[usize],
    score: Score<&[E]>,
    inputs: Inputs<'_, E>,
    weights: &[E],
    d_contexts: &[E],
) -> Gradients<E> {
    inputs.check(sizes, lengths, score);
    let Sizes { queries, steps, batch, key, value } = sizes;
    assert_eq!(weights.len(), batch * queries * steps, "elements of the weights");
    assert_eq!(d_contexts.len(), queries * batch * value, "elements of the contexts' gradient");
    let vector = if score == Score::Dot { 0 } else { key };
    let mut found = Gradients {
        sizes,
        queries: Buffer::zeros(batch * queries * key),
        keys: Buffer::zeros(batch * steps * key),
        values: Buffer::zeros(batch * steps * value),
        vector: Buffer::zeros(batch * vector),
    };
    let parts: Vec<_> = parts(sizes).collect();
    let work: Vec<_> = parts
        .iter()
        .cloned()
        .zip(shares(&mut found.queries, queries * key, &parts))
        .zip(shares(&mut found.keys, steps * key, &parts))
        .zip(shares(&mut found.values, steps * value, &parts))
        .zip(shares(&mut found.vector, vector, &parts))
        .collect();
    in_parts(work, |((((part, d_queries), d_keys), d_values), d_vectors)| {
        for (k, b) in part.enumerate() {
            let sequence = Sequence {
                keys: inputs.keys(sizes, lengths, b),
                values: inputs.values(sizes, lengths, b),
                queries: inputs.queries(sizes, b),
                weights: Rows::new(weights, (b * queries * steps, steps), lengths[b], queries),
                d_contexts: Rows::new(d_contexts, (b * value, batch * value), value, queries),
            };
            sequence.pull(
                score,
                &mut d_queries[k * queries * key..(k + 1) * queries * key],
                &mut d_keys[k * steps * key..][..lengths[b] * key],
                &mut d_values[k * steps * value..][..lengths[b] * value],
                &mut d_vectors[k * vector..(k + 1) * vector],
            );
        }
    });
    found
}

/// What the backward pass of one sequence reads.
struct Sequence<'a, E> {
    queries: Rows<'a, E>,
    keys: Rows<'a, E>,
    values: Rows<'a, E>,
    weights: Rows<'a, E>,
    d_contexts: Rows<'a, E>,
}

impl<E: Float> Sequence<'_, E> {
    fn pull(
        &self,
        score: Score<&[E]>,
        d_queries: &mut [E],
        d_keys: &mut [E],
        d_values: &mut [E],
        d_vector: &mut [E],
    ) {
        let (count, length) = (self.queries.count, self.keys.count);
        let (key, value) = (self.keys.width, self.values.width);
        if count == 0 || length == 0 {
            return;
        }
        let d_contexts = self.d_contexts.matrix();
        add_product(MatrixMut::new(d_values, length, value), self.weights.matrix().t(), d_contexts);
        // Of the weights, then of the scores.
        let mut d_scores = Buffer::unset(count * length);
        // Packed, so that a row is the same to the bit however many there are.
        let values = Packed::new(self.values.matrix().t());
        set_packed(MatrixMut::new(&mut d_scores, count, length), d_contexts, &values);
        for (s, d) in d_scores.chunks_exact_mut(length).enumerate() {
            let weights = self.weights.row(s);
            let products = weights.iter().zip(&*d).map(|(&p, &d)| p * d);
            let mean = products.fold(E::default(), |sum, x| sum + x);
            d.iter_mut().zip(weights).for_each(|(d, &p)| *d = p * (*d - mean));
        }
        match score {
            Score::Dot => {
                let d = Matrix::new(&d_scores, count, length);
                let keys = Packed::new(self.keys.matrix());
                set_packed(MatrixMut::new(d_queries, count, key), d, &keys);
                let to = MatrixMut::new(d_keys, length, key);
                add_product(to, d.t(), self.queries.matrix());
            }
            Score::Additive(vector) => {
                let keys = self.keys.copy();
                let each = d_scores.chunks_exact(length).zip(d_queries.chunks_exact_mut(key));
                for (s, (d_scores, d_query)) in each.enumerate() {
                    E::vectorised(PullAdditive {
                        query: self.queries.row(s),
                        keys: &keys,
                        vector,
                        d_scores,
                        d_query,
                        d_keys,
                        d_vector,
                    });
                }
            }
        }
    }
}

impl<E: Float> Gradients<E> {
    /// Adds the gradient of the queries to `[S, B, A]`.
    pub fn add_queries(&self, to: &mut [E]) {
        add(to, &self.queries, self.sizes.batch, (self.sizes.queries, self.sizes.key));
    }

    /// Adds the gradient of the keys to `[T, B, A]`.
    pub fn add_keys(&self, to: &mut [E]) {
        add(to, &self.keys, self.sizes.batch, (self.sizes.steps, self.sizes.key));
    }

    /// Adds the gradient of the values to `[T, B, E]`.
    pub fn add_values(&self, to: &mut [E]) {
        add(to, &self.values, self.sizes.batch, (self.sizes.steps, self.sizes.value));
    }

    /// Adds the gradient of the score's vector to `[A]`, sequence by sequence.
    pub fn add_vector(&self, to: &mut [E]) {
        for of_sequence in self.vector.chunks_exact(to.len().max(1)) {
            to.iter_mut().zip(of_sequence).for_each(|(to, &from)| *to += from);
        }
    }
}

/// Adds `[B, steps, width]` to `[steps, B, width]`.
fn add<E: Float>(to: &mut [E], from: &[E], batch: usize, (steps, width): (usize, usize)) {
    assert_eq!(to.len(), batch * steps * width, "elements of a gradient");
    for (t, to) in to.chunks_exact_mut((batch * width).max(1)).enumerate() {
        for (b, to) in to.chunks_exact_mut(width.max(1)).enumerate() {
            let from = &from[(b * steps + t) * width..][..width];
            to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
        }
    }
}
