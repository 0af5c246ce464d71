//! What is computed number by number, compiled for the running processor.

use cell::Real;
use compute::{Float, Kernel};

/// Scores that are made at a time.
const AT_ONCE: usize = 4;

/// Turns a row of numbers into their softmax.
pub(crate) struct Softmax<'a, E: Float> {
    pub(crate) row: &'a mut [E],
}

impl<E: Float> Kernel for Softmax<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Some(&first) = self.row.first() else { return };
        let most = self.row.iter().fold(first, |most, &x| if x > most { x } else { most });
        let most = E::splat(most);
        for part in self.row.chunks_mut(E::WIDTH) {
            let powers = (E::load(part) - most).exp();
            E::store(powers, part);
        }
        let sum = self.row.iter().fold(E::default(), |sum, &x| sum + x);
        self.row.iter_mut().for_each(|x| *x = *x / sum);
    }
}

/// Scores v · tanh(q + k) of one query with keys `[length, A]`.
pub(crate) struct AdditiveScores<'a, E: Float> {
    pub(crate) query: &'a [E],
    pub(crate) keys: &'a [E],
    pub(crate) vector: &'a [E],
    pub(crate) scores: &'a mut [E],
}

impl<E: Float> Kernel for AdditiveScores<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.query.len();
        let pieces = self.keys.chunks(AT_ONCE * width.max(1));
        for (scores, keys) in self.scores.chunks_mut(AT_ONCE).zip(pieces) {
            let mut sums = [E::Vector::constant(0.0); AT_ONCE];
            for at in (0..width).step_by(E::WIDTH) {
                let end = width.min(at + E::WIDTH);
                let (q, v) = (E::load(&self.query[at..end]), E::load(&self.vector[at..end]));
                for k in 0..scores.len() {
                    let key = E::load(&keys[k * width + at..k * width + end]);
                    sums[k] = (q + key).tanh().mul_add(v, sums[k]);
                }
            }
            scores.copy_from_slice(&E::sums(sums)[..scores.len()]);
        }
    }
}

/// The gradients of [`AdditiveScores`], given those of the scores; they are added.
pub(crate) struct PullAdditive<'a, E: Float> {
    pub(crate) query: &'a [E],
    pub(crate) keys: &'a [E],
    pub(crate) vector: &'a [E],
    pub(crate) d_scores: &'a [E],
    pub(crate) d_query: &'a mut [E],
    pub(crate) d_keys: &'a mut [E],
    pub(crate) d_vector: &'a mut [E],
}

impl<E: Float> Kernel for PullAdditive<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.query.len();
        let one = E::Vector::constant(1.0);
        for at in (0..width).step_by(E::WIDTH) {
            let here = at..width.min(at + E::WIDTH);
            let (q, v) = (E::load(&self.query[here.clone()]), E::load(&self.vector[here.clone()]));
            let mut d_query = E::load(&self.d_query[here.clone()]);
            let mut d_vector = E::load(&self.d_vector[here.clone()]);
            for (k, &d) in self.d_scores.iter().enumerate() {
                let of_key = k * width + here.start..k * width + here.end;
                let activation = (q + E::load(&self.keys[of_key.clone()])).tanh();
                let d = E::splat(d);
                d_vector = activation.mul_add(d, d_vector);
                let through = d * v * (one - activation * activation);
                d_query = d_query + through;
                let d_key = &mut self.d_keys[of_key];
                let sum = E::load(d_key) + through;
                E::store(sum, d_key);
            }
            E::store(d_query, &mut self.d_query[here.clone()]);
            E::store(d_vector, &mut self.d_vector[here]);
        }
    }
}
