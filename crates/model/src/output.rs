//! Output layer, softmax and cross-entropy in one pass.
//!
//! Logits are made for a block of positions at a time, turned into probabilities and, where a
//! gradient is wanted, into the gradients of input, weight and bias at once: the loss is a number,
//! so its backward pass only scales them. The logits of at most [`POSITIONS`] exist at a time.
//!
//! A block is `[V, positions]`, words down: so the weight matrix is the left one in its products,
//! which is read as it lies, and what is packed is the small matrix of the block's inputs. The
//! vocabulary is gone through in runs of words whose logits stay in the processor's second cache.
//!
//! Several threads ([`sequence::Threads`]) have their own words: each makes the logits of these and
//! their rows of the weight's gradient. Only their shares of the input's gradient are added up.

use crate::{IGNORE, ModelError, Scalar, Sequence};
use cell::Lanes;
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec};
use sequence::matmul::{Matrix, MatrixMut, Packed, add_packed, set_packed};
use sequence::{Buffer, Kernel, in_parts, threads, vectorised};

/// Most positions of a block. The weight matrix and its gradient pass through memory once a block,
/// so a small block waits for them; a large one needs memory (20 MB at 10,000 types).
const POSITIONS: usize = 512;

/// Words of a run.
const WORDS: usize = 120;

/// The summed loss over the scored targets, in nats, and how many there were.
pub(crate) type Total = (f64, usize);

/// Weights of an output layer: `weight` `[V, D]`, `bias` `[V]`.
pub(crate) struct Output<'a> {
    pub(crate) weight: &'a Tensor<(usize, usize), f32, Cpu>,
    pub(crate) bias: &'a Tensor<(usize,), f32, Cpu>,
}

impl Output<'_> {
    /// Mean cross-entropy of `softmax(x W^T + b)` against `targets` over those that are not
    /// [`IGNORE`], as a scalar with `x`'s tape, and the total.
    pub(crate) fn cross_entropy<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        targets: &[u32],
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let (_, _, width) = *x.shape();
        let (vocabulary, _) = *self.weight.shape();
        let scored = |&&target: &&u32| target != IGNORE;
        if let Some(&token) =
            targets.iter().filter(scored).find(|&&target| target as usize >= vocabulary)
        {
            return Err(ModelError::Token { token, vocabulary });
        }
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let [input, weight, bias] =
            [Buffer::of(&x), Buffer::of(self.weight), Buffer::of(self.bias)];

        let count = targets.iter().filter(scored).count();
        let scale = 1.0 / count.max(1) as f32;
        let mut found = T::OWNS_TAPE.then(|| Found {
            input: Buffer::zeros(input.len()),
            weight: Buffer::unset(weight.len()),
            bias: Buffer::zeros(vocabulary),
        });
        let blocks = targets.len().div_ceil(POSITIONS).max(1);
        let most = targets.len().div_ceil(blocks).max(1);
        let mut block = Block::new(&weight, &bias, width, most);
        let mut total = 0.0;
        let mut first = true;
        for (k, targets) in targets.chunks(most).enumerate() {
            if targets.iter().all(|&target| target == IGNORE) {
                continue;
            }
            let at = k * most * width..(k * most + targets.len()) * width;
            total += block.loss(&input[at.clone()], targets);
            if let Some(found) = &mut found {
                block.gradients(&input[at.clone()], targets, scale, found, at, first);
            }
            first = false;
        }
        if let Some(found) = found.as_mut().filter(|_| first) {
            found.weight.fill(0.0);
        }

        let mean = (total / count.max(1) as f64) as f32;
        let out = self.weight.device().try_tensor_from_vec(vec![mean], ())?;
        if let Some(found) = found {
            let (of_x, of_out) = (x.ghost(), out.ghost());
            let (of_weight, of_bias) = (self.weight.ghost(), self.bias.ghost());
            tape.add_backward_op(move |gradients| {
                let upstream = gradients.get_or_alloc_mut(&of_out)?[0];
                let Found { input, mut weight, bias } = found;
                add_scaled(gradients.get_or_alloc_mut(&of_x)?, &input, upstream);
                add_scaled(gradients.get_or_alloc_mut(&of_bias)?, &bias, upstream);
                // A model has one output layer, whose backward pass comes first: what dfdx has for
                // the weight are zeros, and the gradient takes their place.
                if upstream != 1.0 {
                    weight.iter_mut().for_each(|g| *g *= upstream);
                }
                weight.exchange(gradients.get_or_alloc_mut(&of_weight)?);
                Ok(())
            });
        }
        Ok((out.put_tape(tape), (total, count)))
    }
}

/// Gradients of the mean loss.
struct Found {
    input: Buffer<f32>,
    weight: Buffer<f32>,
    bias: Buffer<f32>,
}

fn add_scaled(to: &mut [f32], from: &[f32], factor: f32) {
    for (a, &b) in to.iter_mut().zip(from) {
        *a += factor * b;
    }
}

/// A block of positions against the whole vocabulary.
struct Block<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    /// Numbers D of an input.
    width: usize,
    /// `[V, row]`: e^(logit - the largest of the position in its run of words), then the gradient
    /// of the logit.
    values: Buffer<f32>,
    /// Room for the block's positions in whole vectors.
    row: usize,
    /// Run by run.
    runs: Vec<Run>,
    /// Sum over the vocabulary of e^(logit - largest), of each position.
    sums: Vec<f64>,
    packed: Packed<f32>,
}

/// Of a run of words, for each position.
#[derive(Clone)]
struct Run {
    /// The largest logit; when all runs are known, e^(it - the largest of the vocabulary).
    largest: Vec<f32>,
    /// The sum of e^(logit - largest).
    sums: Vec<f32>,
}

/// The words of one thread: some runs.
struct Words<'a> {
    /// Where they begin.
    first: usize,
    weight: &'a [f32],
    bias: &'a [f32],
    values: &'a mut [f32],
    runs: &'a mut [Run],
}

impl<'a> Block<'a> {
    fn new(weight: &'a [f32], bias: &'a [f32], width: usize, positions: usize) -> Self {
        let vocabulary = bias.len();
        let row = positions.next_multiple_of(Lanes::WIDTH);
        let none = Run { largest: vec![0.0; row], sums: vec![0.0; row] };
        Self {
            weight,
            bias,
            width,
            values: Buffer::unset(vocabulary * row),
            row,
            runs: vec![none; vocabulary.div_ceil(WORDS)],
            sums: vec![0.0; row],
            packed: Packed::default(),
        }
    }

    /// Words of each thread but perhaps the last.
    fn share(&self) -> usize {
        self.runs.len().div_ceil(threads()).max(1) * WORDS
    }

    /// The words, shared out to the threads.
    fn words(&mut self) -> Vec<Words<'_>> {
        let share = self.share();
        let ours = self.weight.chunks(share * self.width).zip(self.bias.chunks(share));
        let made =
            self.values.chunks_mut(share * self.row).zip(self.runs.chunks_mut(share / WORDS));
        let words = ours.zip(made).enumerate();
        words
            .map(|(k, ((weight, bias), (values, runs)))| Words {
                first: k * share,
                weight,
                bias,
                values,
                runs,
            })
            .collect()
    }

    /// The summed loss of the positions `x` `[positions, D]`; their exponentials stay.
    fn loss(&mut self, x: &[f32], targets: &[u32]) -> f64 {
        let (width, row, positions) = (self.width, self.row, targets.len());
        let mut packed = std::mem::take(&mut self.packed);
        packed.pack(Matrix::new(x, positions, width).t());
        let aims = in_parts(self.words(), |words| words.exponentials(targets, &packed, row));
        self.packed = packed;

        let mut largest = vec![f32::NEG_INFINITY; row];
        for run in &self.runs {
            for (most, &of_run) in largest.iter_mut().zip(&run.largest) {
                *most = if of_run > *most { of_run } else { *most };
            }
        }
        self.sums.fill(0.0);
        for run in &mut self.runs {
            vectorised(Rebase { values: &mut run.largest, largest: &largest });
            for ((whole, &scale), &sum) in self.sums.iter_mut().zip(&run.largest).zip(&run.sums) {
                *whole += f64::from(sum) * f64::from(scale);
            }
        }
        let mut total = 0.0;
        for (b, &target) in targets.iter().enumerate() {
            if target != IGNORE {
                // A target is among the words of one thread; the others have 0 for it.
                let aim: f32 = aims.iter().map(|aims| aims[b]).sum();
                total += self.sums[b].ln() + f64::from(largest[b]) - f64::from(aim);
            }
        }
        total
    }

    /// Adds `scale` times the gradients of the positions' losses; `at` is their place in the input.
    /// Those of the `first` block are the first that the weight has, and nothing is there yet.
    fn gradients(
        &mut self,
        x: &[f32],
        targets: &[u32],
        scale: f32,
        found: &mut Found,
        at: std::ops::Range<usize>,
        first: bool,
    ) {
        let (width, row, share) = (self.width, self.row, self.share());
        let mut packed = std::mem::take(&mut self.packed);
        packed.pack(Matrix::new(x, targets.len(), width));
        let mut factors = vec![0.0; row];
        for ((factor, &target), &sum) in factors.iter_mut().zip(targets).zip(&self.sums) {
            if target != IGNORE {
                *factor = (f64::from(scale) / sum) as f32;
            }
        }
        let scored = Scored { targets, factors: &factors, scale, x: &packed, first };
        let words = self.words();
        let mut others: Vec<Buffer<f32>> =
            words.iter().skip(1).map(|_| Buffer::zeros(at.len())).collect();
        let d_x = &mut found.input[at];
        let places = std::iter::once(&mut *d_x).chain(others.iter_mut().map(|other| &mut **other));
        let of_words = found.weight.chunks_mut(share * width).zip(found.bias.chunks_mut(share));
        let parts: Vec<_> = words.into_iter().zip(of_words).zip(places).collect();
        in_parts(parts, |((words, (d_weight, d_bias)), d_x)| {
            words.gradients(&scored, width, (d_weight, d_bias, d_x));
        });
        for other in &others {
            add_scaled(d_x, other, 1.0);
        }
        self.packed = packed;
    }
}

/// A block of positions whose gradients are made.
struct Scored<'a> {
    targets: &'a [u32],
    /// `scale` over the sum of exponentials, 0 for targets that are not scored, `[row]`.
    factors: &'a [f32],
    /// By what the gradients of the positions' losses are multiplied.
    scale: f32,
    /// The positions' inputs.
    x: &'a Packed<f32>,
    /// Whether the weight has no gradient yet.
    first: bool,
}

impl Words<'_> {
    /// Turns the words' values into exponentials. Logits of the targets among them, else 0.
    fn exponentials(self, targets: &[u32], x: &Packed<f32>, row: usize) -> Vec<f32> {
        let (positions, width) = (targets.len(), self.weight.len() / self.bias.len());
        let mut aims = vec![0.0; positions];
        let values = self.values.chunks_mut(WORDS * row).zip(self.runs);
        let words = self.weight.chunks(WORDS * width).zip(self.bias.chunks(WORDS));
        for (r, ((values, run), (weight, bias))) in values.zip(words).enumerate() {
            let words = bias.len();
            let logits = MatrixMut::strided(values, words, positions, row);
            set_packed(logits, Matrix::new(weight, words, width), x);
            for (b, (aim, &target)) in aims.iter_mut().zip(targets).enumerate() {
                let word = (target as usize).wrapping_sub(self.first + r * WORDS);
                if word < words {
                    *aim = values[word * row + b] + bias[word];
                }
            }
            vectorised(Exponentials { values, bias, run });
        }
        aims
    }

    /// The gradients that come from the words: of their weights, their biases and the inputs.
    fn gradients(
        self,
        scored: &Scored<'_>,
        width: usize,
        (d_weight, d_bias, d_x): (&mut [f32], &mut [f32], &mut [f32]),
    ) {
        let (row, positions) = (scored.factors.len(), scored.targets.len());
        let mut packed = Packed::default();
        let mut factors = vec![0.0; row];
        let values = self.values.chunks_mut(WORDS * row).zip(self.runs);
        let of_words = d_weight.chunks_mut(WORDS * width).zip(d_bias.chunks_mut(WORDS));
        let words = self.weight.chunks(WORDS * width);
        for (r, (((values, run), (d_weight, d_bias)), weight)) in
            values.zip(of_words).zip(words).enumerate()
        {
            let words = d_bias.len();
            let shares = scored.factors.iter().zip(&run.largest);
            for (factor, (&scale, &of_run)) in factors.iter_mut().zip(shares) {
                // What fills a row up is no number to multiply with.
                *factor = if scale == 0.0 { 0.0 } else { scale * of_run };
            }
            vectorised(Scale { values, factors: &factors });
            for (b, &target) in scored.targets.iter().enumerate() {
                let word = (target as usize).wrapping_sub(self.first + r * WORDS);
                if target != IGNORE && word < words {
                    values[word * row + b] -= scored.scale;
                }
            }
            vectorised(AddSums { to: d_bias, values, row, positions });
            let d = Matrix::strided(values, words, positions, row);
            match scored.first {
                true => set_packed(MatrixMut::new(d_weight, words, width), d, scored.x),
                false => add_packed(MatrixMut::new(d_weight, words, width), d, scored.x),
            }
            packed.pack(Matrix::new(weight, words, width));
            add_packed(MatrixMut::new(d_x, positions, width), d.t(), &packed);
        }
    }
}

/// Turns logits into e^(logit - largest), position by position.
struct Rebase<'a> {
    values: &'a mut [f32],
    largest: &'a [f32],
}

impl Kernel for Rebase<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let largest = self.largest.as_chunks::<{ Lanes::WIDTH }>().0;
        let values = self.values.as_chunks_mut::<{ Lanes::WIDTH }>().0;
        for (values, largest) in values.iter_mut().zip(largest) {
            *values = (Lanes(*values) - Lanes(*largest)).exp().0;
        }
    }
}

/// Turns products into exponentials, position by position, sixteen side by side.
struct Exponentials<'a> {
    /// `[words, row]`.
    values: &'a mut [f32],
    bias: &'a [f32],
    run: &'a mut Run,
}

impl Kernel for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const LANES: usize = Lanes::WIDTH;
        let Self { values, bias, run } = self;
        let width = run.largest.len();
        let largest = run.largest.as_chunks_mut::<LANES>().0;
        let sums = run.sums.as_chunks_mut::<LANES>().0;
        for largest in largest.iter_mut() {
            *largest = [f32::NEG_INFINITY; LANES];
        }
        for (row, &bias) in values.chunks_exact_mut(width).zip(bias) {
            let bias = Lanes([bias; LANES]);
            for (values, largest) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(&mut *largest) {
                let logits = Lanes(*values) + bias;
                *values = logits.0;
                *largest = logits.max(Lanes(*largest)).0;
            }
        }
        for sums in sums.iter_mut() {
            *sums = [0.0; LANES];
        }
        for row in values.chunks_exact_mut(width) {
            let columns = row.as_chunks_mut::<LANES>().0.iter_mut();
            for (values, (largest, sums)) in columns.zip(largest.iter().zip(&mut *sums)) {
                let e = (Lanes(*values) - Lanes(*largest)).exp();
                *values = e.0;
                *sums = (Lanes(*sums) + e).0;
            }
        }
    }
}

/// Adds the sum of each row's positions.
struct AddSums<'a> {
    to: &'a mut [f32],
    /// `[words, row]`.
    values: &'a [f32],
    row: usize,
    positions: usize,
}

impl Kernel for AddSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (to, row) in self.to.iter_mut().zip(self.values.chunks_exact(self.row)) {
            let (whole, rest) = row[..self.positions].as_chunks::<{ Lanes::WIDTH }>();
            let mut sums = Lanes([0.0; Lanes::WIDTH]);
            for chunk in whole {
                sums = sums + Lanes(*chunk);
            }
            for x in sums.0.iter().chain(rest) {
                *to += x;
            }
        }
    }
}

/// Multiplies each row by the factors.
struct Scale<'a> {
    /// `[words, row]`.
    values: &'a mut [f32],
    /// One for each number of a row.
    factors: &'a [f32],
}

impl Kernel for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for row in self.values.chunks_exact_mut(self.factors.len()) {
            for (value, factor) in row.iter_mut().zip(self.factors) {
                *value *= factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;
    use sequence::{Draws, Threads};

    /// Against dfdx's own linear, log-softmax and one-hot cross-entropy, with two blocks of
    /// positions, more words than one run, and a target to ignore.
    #[test]
    fn loss_and_gradients_agree_with_dfdx() {
        const N: usize = 530;
        const D: usize = 5;
        const V: usize = 137;
        let device = Cpu::default();
        let draws = Draws::new(1);
        let x = draws.uniform::<f32>("x", N * D, 1.0);
        let w = draws.uniform::<f32>("w", V * D, 1.0);
        let b = draws.uniform::<f32>("b", V, 1.0);
        let targets: Vec<u32> =
            (0..N as u32).map(|k| if k == 70 { IGNORE } else { k * 7 % V as u32 }).collect();

        let x3: Tensor<(usize, usize, usize), f32, _> =
            device.tensor_from_vec(x.clone(), (N, 1, D));
        let weight = device.tensor_from_vec(w.clone(), (V, D));
        let bias = device.tensor_from_vec(b.clone(), (V,));
        let output = Output { weight: &weight, bias: &bias };
        let (loss, (total, count)) = output.cross_entropy(x3.leaky_trace(), &targets).unwrap();
        let value = loss.as_vec()[0];
        let found = loss.backward();

        let mut one_hot = vec![0.0; N * V];
        for (row, &target) in targets.iter().enumerate().filter(|(_, t)| **t != IGNORE) {
            one_hot[row * V + target as usize] = 1.0;
        }
        let one_hot: Tensor<Rank2<N, V>, f32, _> = device.tensor_from_vec(one_hot, (Const, Const));
        let x2: Tensor<Rank2<N, D>, f32, _> = device.tensor_from_vec(x, (Const, Const));
        let w2: Tensor<Rank2<V, D>, f32, _> = device.tensor_from_vec(w, (Const, Const));
        let b2: Tensor<Rank1<V>, f32, _> = device.tensor_from_vec(b, (Const,));
        let logits = x2.leaky_trace().matmul(w2.clone().permute::<_, Axes2<1, 0>>());
        let logits = logits + b2.clone().broadcast::<Rank2<N, V>, _>();
        let expected = (logits.log_softmax::<Axis<1>>() * one_hot).sum() * (-1.0 / 529.0);
        assert!((value - expected.as_vec()[0]).abs() < 1e-5);
        assert_eq!(count, 529);
        assert!((total / 529.0 - f64::from(value)).abs() < 1e-5);
        let reference = expected.backward();
        let close = |a: Vec<f32>, b: Vec<f32>| {
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
        };
        close(found.get(&x3).as_vec(), reference.get(&x2).as_vec());
        close(found.get(&weight).as_vec(), reference.get(&w2).as_vec());
        close(found.get(&bias).as_vec(), reference.get(&b2).as_vec());
    }

    /// The same but for the order in which shares of the input's gradient are added.
    #[test]
    fn threads_share_the_words() {
        const N: usize = 40;
        const D: usize = 6;
        const V: usize = 3 * WORDS + 7;
        let device = Cpu::default();
        let draws = Draws::new(2);
        let x: Tensor<(usize, usize, usize), f32, _> =
            device.tensor_from_vec(draws.uniform("x", N * D, 1.0), (N, 1, D));
        let weight = device.tensor_from_vec(draws.uniform("w", V * D, 1.0), (V, D));
        let bias = device.tensor_from_vec(draws.uniform("b", V, 1.0), (V,));
        let targets: Vec<u32> = (0..N).map(|k| (k * 31 % V) as u32).collect();
        let run = || {
            let output = Output { weight: &weight, bias: &bias };
            let (loss, total) = output.cross_entropy(x.leaky_trace(), &targets).unwrap();
            let found = (loss * 0.5).backward();
            let gradients = [found.get(&weight).as_vec(), found.get(&bias).as_vec()];
            (total, gradients, found.get(&x).as_vec())
        };
        let (total, gradients, of_x) = run();
        for count in [2, 3, 7] {
            let threads = Threads::new(count.try_into().unwrap()).unwrap();
            let (by_several, shared, shared_of_x) = threads.with(run);
            assert_eq!((by_several, &shared), (total, &gradients), "{count} threads");
            let apart = of_x.iter().zip(&shared_of_x).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-7, "{count} threads");
        }
    }

    #[test]
    fn a_target_outside_the_vocabulary_is_an_error() {
        let device = Cpu::default();
        let weight = device.zeros_like(&(3, 2));
        let bias = device.zeros_like(&(3,));
        let x: Tensor<(usize, usize, usize), f32, _> = device.zeros_like(&(1, 1, 2));
        let output = Output { weight: &weight, bias: &bias };
        let error = output.cross_entropy(x, &[3]).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "token 3 is outside the vocabulary of 3");
    }
}
