//! The steps of one source, laid out to be attended to.

use crate::Score;
use crate::kernel::{Inputs, Rows, Sizes};
use crate::pointwise::{AdditiveScores, Softmax};
use compute::matmul::{MatrixMut, Packed, set_packed};
use compute::{Buffer, Float};

/// Keys and values of one sequence.
#[derive(Debug, Clone)]
pub(crate) struct Sentence<E: Float> {
    length: usize,
    keys: Keys<E>,
    /// `[length, E]`.
    values: Packed<E>,
}

#[derive(Debug, Clone)]
enum Keys<E: Float> {
    /// `[A, length]`.
    Dot(Packed<E>),
    /// `[length, A]`.
    Additive(Buffer<E>),
}

impl<E: Float> Sentence<E> {
    /// Takes in as many rows of keys and values as there are steps.
    pub(crate) fn new(score: Score<&[E]>, keys: Rows<'_, E>, values: Rows<'_, E>) -> Self {
        let length = keys.count;
        let keys = match score {
            Score::Dot => Keys::Dot(Packed::new(keys.matrix().t())),
            Score::Additive(_) => Keys::Additive(keys.copy()),
        };
        Self { length, keys, values: Packed::new(values.matrix()) }
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The weights `[queries, length]`, rows `stride` apart, and contexts `[queries, E]` of some queries;
    /// `vector` is v_a, where the score has one.
    pub(crate) fn attend(
        &self,
        vector: &[E],
        queries: Rows<'_, E>,
        (weights, stride): (&mut [E], usize),
        contexts: &mut [E],
    ) {
        let (count, length) = (queries.count, self.length);
        if length == 0 {
            contexts.fill(E::default());
            return;
        }
        let width = contexts.len() / count.max(1);
        match &self.keys {
            Keys::Additive(keys) => {
                for (s, weights) in weights.chunks_mut(stride).take(count).enumerate() {
                    let (query, scores) = (queries.row(s), &mut weights[..length]);
                    E::vectorised(AdditiveScores { query, keys, vector, scores });
                }
            }
            Keys::Dot(keys) => {
                let to = MatrixMut::strided(weights, count, length, stride);
                set_packed(to, queries.matrix(), keys);
            }
        }
        for weights in weights.chunks_mut(stride).take(count) {
            E::vectorised(Softmax { row: &mut weights[..length] });
        }
        let weights = Rows::new(weights, (0, stride), length, count);
        set_packed(MatrixMut::new(contexts, count, width), weights.matrix(), &self.values);
    }
}

/// The sources of a batch, laid out once to be attended to by single queries.
#[derive(Debug, Clone)]
pub struct Source<E: Float> {
    /// v_a, or empty.
    vector: Vec<E>,
    sentences: Vec<Sentence<E>>,
    sizes: Sizes,
}

impl<E: Float> Source<E> {
    /// Of keys and values as [`forward`](crate::forward) has them; queries are given later.
    ///
    /// # Panics
    /// If the slices have not the lengths that the sizes say.
    pub fn new(
        sizes: Sizes,
        lengths: &[usize],
        score: Score<&[E]>,
        keys: &[E],
        values: &[E],
    ) -> Self {
        let inputs = Inputs { queries: &[], keys, values };
        inputs.check(Sizes { queries: 0, ..sizes }, lengths, score);
        let sentence = |b: usize| {
            Sentence::new(score, inputs.keys(sizes, lengths, b), inputs.values(sizes, lengths, b))
        };
        Self {
            vector: score.vector().to_vec(),
            sentences: (0..sizes.batch).map(sentence).collect(),
            sizes,
        }
    }

    /// Each query `[rows, A]` attends to the sequence `of` says: the contexts `[rows, E]`, and for each row
    /// the weights of the steps of its sequence.
    ///
    /// # Panics
    /// If there are not as many sequences as queries, or one that is not there.
    pub fn attend(&self, queries: &[E], of: &[usize]) -> (Vec<E>, Vec<Vec<E>>) {
        let Sizes { key, value, .. } = self.sizes;
        assert_eq!(queries.len(), of.len() * key, "elements of the queries");
        let mut contexts = vec![E::default(); of.len() * value];
        let attend = |(row, &b): (usize, &usize)| {
            let sentence = &self.sentences[b];
            let mut weights = vec![E::default(); sentence.length()];
            let query = Rows::new(queries, (row * key, key), key, 1);
            let stride = sentence.length().max(1);
            let context = &mut contexts[row * value..(row + 1) * value];
            sentence.attend(&self.vector, query, (&mut weights, stride), context);
            weights
        };
        let weights = of.iter().enumerate().map(attend).collect();
        (contexts, weights)
    }
}
