//! From the outputs at all steps of a sequence to one vector for it.

use crate::{ModelError, Sequence};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec};
use schemars::JsonSchema;
use sequence::elements_of;
use serde::{Deserialize, Serialize};

/// How the outputs at all steps become one vector. The filling of short sequences does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The output after the whole sequence: at its last step, backwards at its first.
    #[default]
    Last,
    /// The mean over steps.
    Mean,
    /// For each number its largest value over steps.
    Max,
    /// The mean weighted by softmax(q · h_t) with a learned vector q (Raffel & Ellis 2015, arXiv
    /// 1512.08756, with a linear score).
    Attention,
}

/// Pooling over sequences.
pub(crate) struct Pool<'a> {
    pub(crate) pooling: Pooling,
    /// Numbers of one direction's outputs.
    pub(crate) direction: usize,
    /// q `[D]`, for attention.
    pub(crate) query: Option<&'a Tensor<(usize,), f32, Cpu>>,
}

impl Pool<'_> {
    /// `[T, B, D]` to `[1, B, D]`; `lengths` `[B]` are the steps that count of each sequence, all if
    /// not given.
    pub(crate) fn apply<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        lengths: Option<&[usize]>,
    ) -> Result<Sequence<T>, ModelError> {
        let (steps, batch, width) = *x.shape();
        let length = |b: usize| lengths.map_or(steps, |lengths| lengths[b].min(steps));
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let x_values = elements_of(&x);
        let grid = Grid { values: &x_values, batch, width };
        let picked = match self.pooling {
            Pooling::Last => Some(self.last(batch, width, length)),
            Pooling::Max => Some(grid.largest(length)),
            Pooling::Mean | Pooling::Attention => None,
        };
        let query = self.query.map(elements_of);
        let shares = match &query {
            Some(query) => grid.attention(query, length),
            None => (0..batch).map(|b| vec![1.0 / length(b).max(1) as f32; length(b)]).collect(),
        };
        let pooled = match &picked {
            Some(picked) => grid.pick(picked),
            None => grid.weighted(&shares),
        };
        let out = x.device().try_tensor_from_vec(pooled.clone(), (1, batch, width))?;
        if T::OWNS_TAPE {
            let (of_x, of_out) = (x.ghost(), out.ghost());
            let of_query = self.query.map(|query| query.ghost());
            tape.add_backward_op(move |gradients| {
                let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
                let mut d_query = vec![0.0; if of_query.is_some() { width } else { 0 }];
                let d_x = gradients.get_or_alloc_mut(&of_x)?;
                let at = |t: usize, b: usize| (t * batch + b) * width;
                if let Some(picked) = &picked {
                    for (k, (&t, d)) in picked.iter().zip(&d_out).enumerate() {
                        d_x[at(t, k / width) + k % width] += d;
                    }
                } else {
                    for (b, shares) in shares.iter().enumerate() {
                        let d = &d_out[b * width..][..width];
                        let mean = dot(d, &pooled[b * width..][..width]);
                        for (t, &share) in shares.iter().enumerate() {
                            let here = at(t, b)..at(t, b) + width;
                            add(&mut d_x[here.clone()], share, d);
                            if let Some(query) = &query {
                                let x = &x_values[here.clone()];
                                let of_score = share * (dot(d, x) - mean);
                                add(&mut d_x[here], of_score, query);
                                add(&mut d_query, of_score, x);
                            }
                        }
                    }
                }
                if let Some(of_query) = &of_query {
                    add(gradients.get_or_alloc_mut(of_query)?, 1.0, &d_query);
                }
                **gradients.get_or_alloc_mut(&of_out)? = d_out;
                Ok(())
            });
        }
        Ok(out.put_tape(tape))
    }

    /// For each number of each sequence the step that it is taken from.
    fn last(&self, batch: usize, width: usize, length: impl Fn(usize) -> usize) -> Vec<usize> {
        let step = |b: usize, n: usize| match n < self.direction {
            true => length(b).saturating_sub(1),
            false => 0,
        };
        (0..batch * width).map(|k| step(k / width, k % width)).collect()
    }
}

/// Values `[T, B, width]`.
struct Grid<'a> {
    values: &'a [f32],
    batch: usize,
    width: usize,
}

impl Grid<'_> {
    fn step(&self, t: usize, b: usize) -> &[f32] {
        &self.values[(t * self.batch + b) * self.width..][..self.width]
    }

    /// For each number of each sequence the step of its largest value, the first of equal ones.
    fn largest(&self, length: impl Fn(usize) -> usize) -> Vec<usize> {
        let best = |b: usize, n: usize| {
            (1..length(b)).fold(0, |best, t| {
                if self.step(t, b)[n] > self.step(best, b)[n] { t } else { best }
            })
        };
        (0..self.batch * self.width).map(|k| best(k / self.width, k % self.width)).collect()
    }

    fn pick(&self, steps: &[usize]) -> Vec<f32> {
        let value = |(k, &t): (usize, &usize)| self.step(t, k / self.width)[k % self.width];
        steps.iter().enumerate().map(value).collect()
    }

    /// softmax(q · h_t) over the steps of each sequence.
    fn attention(&self, query: &[f32], length: impl Fn(usize) -> usize) -> Vec<Vec<f32>> {
        let shares = |b: usize| {
            let scores: Vec<f32> = (0..length(b)).map(|t| dot(query, self.step(t, b))).collect();
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.iter().map(|power| power / sum).collect()
        };
        (0..self.batch).map(shares).collect()
    }

    fn weighted(&self, shares: &[Vec<f32>]) -> Vec<f32> {
        let mut sums = vec![0.0; self.batch * self.width];
        for (b, (shares, sum)) in shares.iter().zip(sums.chunks_exact_mut(self.width)).enumerate() {
            for (t, &share) in shares.iter().enumerate() {
                add(sum, share, self.step(t, b));
            }
        }
        sums
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f32], factor: f32, from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::Draws;
    use dfdx::prelude::*;

    const T: usize = 4;
    const B: usize = 2;
    const D: usize = 6;
    const LENGTHS: [usize; B] = [4, 2];

    fn draws(name: &str, len: usize) -> Vec<f32> {
        Draws::new(2).uniform(name, len, 1.0)
    }

    /// A weighted sum of what is pooled, with the gradients of input and query.
    fn ours(pooling: Pooling, x: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let device = Cpu::default();
        let x: Sequence<NoneTape> = device.tensor_from_vec(x.to_vec(), (T, B, D));
        let query = device.tensor_from_vec(draws("query", D), (D,));
        let attends = pooling == Pooling::Attention;
        let pool = Pool { pooling, direction: D / 2, query: attends.then_some(&query) };
        let y = pool.apply(x.leaky_trace(), Some(&LENGTHS)).unwrap();
        let pooled = y.as_vec();
        let weights: Sequence<NoneTape> = device.tensor_from_vec(draws("loss", B * D), (1, B, D));
        let found = (y * weights).sum::<(), _>().backward();
        let of_query = if attends { found.get(&query).as_vec() } else { vec![0.0; D] };
        (pooled, found.get(&x).as_vec(), of_query)
    }

    /// The same by dfdx's operations, sequence by sequence without the filling.
    fn by_dfdx<const STEPS: usize>(
        pooling: Pooling,
        x: &[f32],
        b: usize,
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let device = Cpu::default();
        let rows = (0..STEPS).flat_map(|t| x[(t * B + b) * D..][..D].to_vec()).collect();
        let x: Tensor<Rank2<STEPS, D>, f32, _> = device.tensor_from_vec(rows, (Const, Const));
        let query: Tensor<Rank1<D>, f32, _> =
            device.tensor_from_vec(draws("query", D), (Const::<D>,));
        let weights = draws("loss", B * D)[b * D..][..D].to_vec();
        let weights: Tensor<Rank1<D>, f32, _> = device.tensor_from_vec(weights, (Const::<D>,));
        let traced = x.leaky_trace();
        let pooled = match pooling {
            Pooling::Mean => traced.mean::<Rank1<D>, Axis<0>>(),
            Pooling::Max => traced.max::<Rank1<D>, Axis<0>>(),
            Pooling::Attention => {
                let shares = traced
                    .with_empty_tape()
                    .matmul(query.clone().reshape_like(&(Const::<D>, Const::<1>)));
                let shares = shares.reshape::<Rank1<STEPS>>().softmax();
                let row = shares.reshape::<Rank2<1, STEPS>>();
                row.matmul(traced).reshape()
            }
            Pooling::Last => unreachable!("it has no operation of its own"),
        };
        let values = pooled.as_vec();
        let found = (pooled * weights).sum::<Rank0, _>().backward();
        let attends = pooling == Pooling::Attention;
        let of_query = if attends { found.get(&query).as_vec() } else { vec![0.0; D] };
        (values, found.get(&x).as_vec(), of_query)
    }

    #[track_caller]
    fn close(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?}\n{b:?}");
    }

    #[test]
    fn values_and_gradients_agree_with_dfdx() {
        let x = draws("x", T * B * D);
        for pooling in [Pooling::Mean, Pooling::Max, Pooling::Attention] {
            let (pooled, of_x, of_query) = ours(pooling, &x);
            let long = by_dfdx::<{ LENGTHS[0] }>(pooling, &x, 0);
            let short = by_dfdx::<{ LENGTHS[1] }>(pooling, &x, 1);
            close(&pooled, &[long.0, short.0].concat());
            let mut expected = vec![0.0; T * B * D];
            for (b, rows) in [long.1, short.1].iter().enumerate() {
                for (t, row) in rows.chunks(D).enumerate() {
                    expected[(t * B + b) * D..][..D].copy_from_slice(row);
                }
            }
            close(&of_x, &expected);
            let both: Vec<f32> = long.2.iter().zip(&short.2).map(|(a, b)| a + b).collect();
            close(&of_query, &both);
        }
    }

    #[test]
    fn the_last_output_is_at_the_end_forwards_and_at_the_beginning_backwards() {
        let x: Vec<f32> = (0..T * B * D).map(|k| k as f32).collect();
        let (pooled, of_x, _) = ours(Pooling::Last, &x);
        let value = |t: usize, b: usize, n: usize| ((t * B + b) * D + n) as f32;
        let expected: Vec<f32> = (0..B)
            .flat_map(|b| (0..D).map(move |n| value(if n < 3 { LENGTHS[b] - 1 } else { 0 }, b, n)))
            .collect();
        assert_eq!(pooled, expected);
        for (weight, at) in draws("loss", B * D).iter().zip(&pooled) {
            assert_eq!(of_x[*at as usize], *weight);
        }
        assert_eq!(of_x.iter().filter(|d| **d != 0.0).count(), B * D);
    }

    #[test]
    fn filling_changes_nothing() {
        let x = draws("x", T * B * D);
        let mut other = x.clone();
        for t in LENGTHS[1]..T {
            other[(t * B + 1) * D..][..D].fill(99.0);
        }
        for pooling in [Pooling::Last, Pooling::Mean, Pooling::Max, Pooling::Attention] {
            assert_eq!(ours(pooling, &x), ours(pooling, &other), "{pooling:?}");
        }
    }
}
