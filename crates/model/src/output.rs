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
//! Several threads ([`compute::Threads`]) have their own words: each makes the logits of these and
//! their rows of the weight's gradient. Only their shares of the input's gradient are added up.

use crate::{ModelError, Scalar, Sequence};
use cell::{Lanes, Real};
use compute::matmul::{Matrix, MatrixMut, Packed, add_packed, set_packed};
use compute::{Buffer, Kernel, in_parts, threads, vectorised};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec};
use sequence::elements_of;
use task::IGNORE;

/// Most positions of a block. The weight matrix and its gradient pass through memory once a block,
/// so a small block waits for them; a large one needs memory (20 MB at 10,000 types).
const POSITIONS: usize = 512;

/// Words of a run.
const WORDS: usize = 120;

/// The summed loss over the scored targets, in nats, and how many there were.
pub type Total = (f64, usize);

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
            [elements_of(&x), elements_of(self.weight), elements_of(self.bias)];

        let count = targets.iter().filter(scored).count();
        let scale = 1.0 / count.max(1) as f32;
        let mut found = T::OWNS_TAPE.then(|| OutputGradients {
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
                let OutputGradients { input, mut weight, bias } = found;
                add_scaled(gradients.get_or_alloc_mut(&of_x)?, &input, upstream);
                add_scaled(gradients.get_or_alloc_mut(&of_bias)?, &bias, upstream);
                let d_weight = gradients.get_or_alloc_mut(&of_weight)?;
                if vectorised(IsZero(d_weight)) {
                    // As a rule: the backward pass of the output comes first. What is found takes the
                    // place of dfdx's zeros.
                    if upstream != 1.0 {
                        weight.iter_mut().for_each(|g| *g *= upstream);
                    }
                    weight.exchange(d_weight);
                } else {
                    add_scaled(d_weight, &weight, upstream);
                }
                Ok(())
            });
        }
        Ok((out.put_tape(tape), (total, count)))
    }
}

/// Gradients of the mean loss.
struct OutputGradients {
    input: Buffer<f32>,
    weight: Buffer<f32>,
    bias: Buffer<f32>,
}

/// Whether all numbers are 0.
struct IsZero<'a>(&'a [f32]);

impl Kernel for IsZero<'_> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let bits = |part: &[f32]| part.iter().fold(0, |bits, x| bits | x.to_bits());
        self.0.chunks(4096).all(|part| bits(part) << 1 == 0)
    }
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
    /// `[V, row]`: e^(logit - base of the position), then the gradient of the logit but for a
    /// factor of the position.
    values: Buffer<f32>,
    /// Room for the block's positions in whole vectors.
    row: usize,
    /// What stands in for each position's largest logit.
    base: Vec<f32>,
    /// `[runs, row]`: sums of a run's values.
    run_sums: Buffer<f32>,
    /// Sums over the vocabulary.
    sums: Vec<f64>,
    packed: Packed<f32>,
}

/// The words of one thread: some runs.
struct Words<'a> {
    /// Where they begin.
    first: usize,
    weight: &'a [f32],
    bias: &'a [f32],
    values: &'a mut [f32],
    run_sums: &'a mut [f32],
}

/// Words among which a position's base is sought. Any logit will do that is not far below the
/// largest: exponentials of f32 leave room, and a base that needs no pass over all logits saves it.
const TRIED: usize = 12;

/// How far logits may exceed the base. e^40 times 100,000 words is far from overflow, and its
/// reciprocal from underflow.
const ROOM: f32 = 40.0;

impl<'a> Block<'a> {
    fn new(weight: &'a [f32], bias: &'a [f32], width: usize, positions: usize) -> Self {
        let vocabulary = bias.len();
        let row = positions.next_multiple_of(Lanes::WIDTH);
        Self {
            weight,
            bias,
            width,
            values: Buffer::unset(vocabulary * row),
            row,
            base: vec![0.0; row],
            run_sums: Buffer::unset(vocabulary.div_ceil(WORDS) * row),
            sums: vec![0.0; row],
            packed: Packed::default(),
        }
    }

    /// Words of each thread but perhaps the last.
    fn share(&self) -> usize {
        self.bias.len().div_ceil(WORDS).div_ceil(threads()).max(1) * WORDS
    }

    /// The words, shared out to the threads.
    fn words(&mut self) -> Vec<Words<'_>> {
        let share = self.share();
        let ours = self.weight.chunks(share * self.width).zip(self.bias.chunks(share));
        let runs = self.run_sums.chunks_mut(share / WORDS * self.row);
        let made = self.values.chunks_mut(share * self.row).zip(runs);
        let words = ours.zip(made).enumerate();
        words
            .map(|(k, ((weight, bias), (values, run_sums)))| Words {
                first: k * share,
                weight,
                bias,
                values,
                run_sums,
            })
            .collect()
    }

    /// The summed loss of the positions `x` `[positions, D]`; their exponentials stay.
    fn loss(&mut self, x: &[f32], targets: &[u32]) -> f64 {
        let mut packed = std::mem::take(&mut self.packed);
        packed.pack(Matrix::new(x, targets.len(), self.width).t());
        self.choose_base(&packed, targets.len());
        let mut base = std::mem::take(&mut self.base);
        let (mut target_logits, most) = self.exponentials(targets, &packed, &base);
        if most.iter().any(|&most| most > ROOM) {
            base.iter_mut().zip(&most).for_each(|(base, most)| *base += most);
            target_logits = self.exponentials(targets, &packed, &base).0;
        }
        (self.packed, self.base) = (packed, base);

        self.sums.fill(0.0);
        for run in self.run_sums.chunks_exact(self.row) {
            self.sums.iter_mut().zip(run).for_each(|(whole, &sum)| *whole += f64::from(sum));
        }
        let scored = targets.iter().enumerate().filter(|(_, target)| **target != IGNORE);
        let log_sum = |b: usize| self.sums[b].ln() + f64::from(self.base[b]);
        scored.map(|(b, _)| log_sum(b) - f64::from(target_logits[b])).sum()
    }

    /// Sets each position's base to its largest logit of the first words.
    fn choose_base(&mut self, x: &Packed<f32>, positions: usize) {
        let (row, words) = (self.row, self.bias.len().min(TRIED));
        let mut logits = vec![0.0; words * row];
        let weight = Matrix::new(&self.weight[..words * self.width], words, self.width);
        set_packed(MatrixMut::strided(&mut logits, words, positions, row), weight, x);
        self.base.fill(f32::NEG_INFINITY);
        for (logits, bias) in logits.chunks_exact(row).zip(self.bias) {
            for (base, logit) in self.base.iter_mut().zip(logits) {
                *base = base.max(logit + bias);
            }
        }
    }

    /// Turns the values into exponentials. The logits of the targets, and by how much each
    /// position's largest logit exceeds its base.
    fn exponentials(
        &mut self,
        targets: &[u32],
        x: &Packed<f32>,
        base: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let row = self.row;
        let found = in_parts(self.words(), |words| words.exponentials(targets, x, base));
        let (mut target_logits, mut most) = (vec![0.0; row], vec![f32::NEG_INFINITY; row]);
        for (of_words, most_of_words) in found {
            // A target is among the words of one thread; the others have 0 for it.
            target_logits
                .iter_mut()
                .zip(of_words)
                .for_each(|(target_logit, found)| *target_logit += found);
            most.iter_mut().zip(most_of_words).for_each(|(most, found)| *most = most.max(found));
        }
        // What fills a row up is no logit.
        most.truncate(targets.len());
        (target_logits, most)
    }

    /// Adds `scale` times the gradients of the positions' losses; `at` is their place in the input.
    /// Those of the `first` block are the first that the weight has, and nothing is there yet.
    fn gradients(
        &mut self,
        x: &[f32],
        targets: &[u32],
        scale: f32,
        found: &mut OutputGradients,
        at: std::ops::Range<usize>,
        first: bool,
    ) {
        let (width, share) = (self.width, self.share());
        let mut packed = std::mem::take(&mut self.packed);
        // Of a logit's gradient, scale (e / sum - 1 at the target), the values hold e - sum; the
        // factor scale / sum is that of a position: the inputs take it up, and their gradients.
        let sums: Vec<f32> = self.sums.iter().map(|&sum| sum as f32).collect();
        let mut factors = vec![0.0; self.row];
        for ((factor, &target), &sum) in factors.iter_mut().zip(targets).zip(&self.sums) {
            if target != IGNORE {
                *factor = (f64::from(scale) / sum) as f32;
            }
        }
        let mut scaled = Buffer::unset(x.len());
        scaled.copy_from_slice(x);
        scale_rows(&mut scaled, width, &factors);
        packed.pack(Matrix::new(&scaled, targets.len(), width));
        let scored = ScoredBlock { targets, sums: &sums, factors: &factors, x: &packed, first };
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
        scale_rows(d_x, width, &factors);
        self.packed = packed;
    }
}

/// Multiplies each row by its factor.
fn scale_rows(rows: &mut [f32], width: usize, factors: &[f32]) {
    for (row, factor) in rows.chunks_exact_mut(width).zip(factors) {
        row.iter_mut().for_each(|x| *x *= factor);
    }
}

/// A block of positions whose gradients are made.
struct ScoredBlock<'a> {
    targets: &'a [u32],
    /// Sums of exponentials, `[row]`.
    sums: &'a [f32],
    /// What the values of a position are to be multiplied by, 0 where it is not scored, `[row]`.
    factors: &'a [f32],
    /// The positions' inputs times their factors.
    x: &'a Packed<f32>,
    /// Whether the weight has no gradient yet.
    first: bool,
}

impl Words<'_> {
    /// Turns the words' values into exponentials. Of each position, the target's logit if it is
    /// among the words, else 0; and by how much the words' largest logit exceeds the base.
    fn exponentials(self, targets: &[u32], x: &Packed<f32>, base: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (row, width) = (base.len(), self.weight.len() / self.bias.len());
        let (mut target_logits, mut most) = (vec![0.0; row], vec![f32::NEG_INFINITY; row]);
        let values = self.values.chunks_mut(WORDS * row).zip(self.run_sums.chunks_exact_mut(row));
        let words = self.weight.chunks(WORDS * width).zip(self.bias.chunks(WORDS));
        for (r, ((values, sums), (weight, bias))) in values.zip(words).enumerate() {
            let words = bias.len();
            let logits = MatrixMut::strided(values, words, targets.len(), row);
            set_packed(logits, Matrix::new(weight, words, width), x);
            for (b, (target_logit, &target)) in target_logits.iter_mut().zip(targets).enumerate() {
                let word = (target as usize).wrapping_sub(self.first + r * WORDS);
                if word < words {
                    *target_logit = values[word * row + b] + bias[word];
                }
            }
            vectorised(Exponentials { values, bias, base, sums, most: &mut most });
        }
        (target_logits, most)
    }

    /// The gradients that come from the words: of their weights, their biases, and the inputs but
    /// for the positions' factors.
    fn gradients(
        self,
        scored: &ScoredBlock<'_>,
        width: usize,
        (d_weight, d_bias, d_x): (&mut [f32], &mut [f32], &mut [f32]),
    ) {
        let (row, positions) = (scored.factors.len(), scored.targets.len());
        let mut packed = Packed::default();
        let values = self.values.chunks_mut(WORDS * row);
        let of_words = d_weight.chunks_mut(WORDS * width).zip(d_bias.chunks_mut(WORDS));
        let words = self.weight.chunks(WORDS * width);
        for (r, ((values, (d_weight, d_bias)), weight)) in
            values.zip(of_words).zip(words).enumerate()
        {
            let words = d_bias.len();
            for (b, &target) in scored.targets.iter().enumerate() {
                let word = (target as usize).wrapping_sub(self.first + r * WORDS);
                if target != IGNORE && word < words {
                    values[word * row + b] -= scored.sums[b];
                }
            }
            vectorised(AddSums { to: d_bias, values, factors: &scored.factors[..positions], row });
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

/// Turns products into exponentials: e^(product + bias - base).
struct Exponentials<'a> {
    /// `[words, row]`.
    values: &'a mut [f32],
    bias: &'a [f32],
    /// Of each position, `[row]`.
    base: &'a [f32],
    /// Set to the sums of each position's exponentials, `[row]`.
    sums: &'a mut [f32],
    /// Raised to the most that logits exceed each position's base, `[row]`.
    most: &'a mut [f32],
}

impl Kernel for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        const SIDE_BY_SIDE: usize = 4;
        let vectors = self.base.len() / Lanes::WIDTH;
        let mut done = 0;
        while done + SIDE_BY_SIDE <= vectors {
            self.columns::<SIDE_BY_SIDE>(done);
            done += SIDE_BY_SIDE;
        }
        while done < vectors {
            self.columns::<1>(done);
            done += 1;
        }
    }
}

impl Exponentials<'_> {
    /// Vectors `first` to `first + N` of every row.
    #[inline(always)]
    fn columns<const N: usize>(&mut self, first: usize) {
        const LANES: usize = Lanes::WIDTH;
        let row = self.base.len();
        let base = &self.base.as_chunks::<LANES>().0[first..first + N];
        let most = &mut self.most.as_chunks_mut::<LANES>().0[first..first + N];
        let mut sums = [Lanes([0.0; LANES]); N];
        let mut largest = [Lanes([f32::NEG_INFINITY; LANES]); N];
        for (values, &bias) in self.values.chunks_exact_mut(row).zip(self.bias) {
            let bias = Lanes([bias; LANES]);
            let values = &mut values.as_chunks_mut::<LANES>().0[first..first + N];
            for k in 0..N {
                let above = Lanes(values[k]) + bias - Lanes(base[k]);
                largest[k] = above.max(largest[k]);
                let e = above.bounded_exp();
                values[k] = e.0;
                sums[k] = sums[k] + e;
            }
        }
        for k in 0..N {
            most[k] = largest[k].max(Lanes(most[k])).0;
        }
        let to = &mut self.sums.as_chunks_mut::<LANES>().0[first..first + N];
        for (to, sums) in to.iter_mut().zip(sums) {
            *to = sums.0;
        }
    }
}

/// Adds the sum of each row's values times the positions' factors.
struct AddSums<'a> {
    to: &'a mut [f32],
    /// `[words, row]`.
    values: &'a [f32],
    /// `[positions]`.
    factors: &'a [f32],
    row: usize,
}

impl Kernel for AddSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const LANES: usize = Lanes::WIDTH;
        let (factors, last) = self.factors.as_chunks::<LANES>();
        for (to, row) in self.to.iter_mut().zip(self.values.chunks_exact(self.row)) {
            let (whole, rest) = row[..self.factors.len()].as_chunks::<LANES>();
            let mut sums = [Lanes([0.0; LANES]); 2];
            for (k, (values, factors)) in whole.iter().zip(factors).enumerate() {
                sums[k % 2] = sums[k % 2] + Lanes(*values) * Lanes(*factors);
            }
            let whole: f32 = (sums[0] + sums[1]).0.iter().sum();
            let rest: f32 = rest.iter().zip(last).map(|(value, factor)| value * factor).sum();
            *to += whole + rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::{Draws, Threads};
    use dfdx::prelude::*;

    /// Against dfdx's own linear, log-softmax and one-hot cross-entropy, with two blocks of
    /// positions, more words than one run, and a target to ignore.
    #[test]
    fn loss_and_gradients_agree_with_dfdx() {
        agrees_with_dfdx(0.0);
    }

    /// A word whose logits are too far above those of the first words for these to be the base.
    #[test]
    fn logits_far_apart_agree_with_dfdx() {
        agrees_with_dfdx(2.0 * ROOM);
        agrees_with_dfdx(3.0 * ROOM);
    }

    fn agrees_with_dfdx(above: f32) {
        const N: usize = 530;
        const D: usize = 5;
        const V: usize = 137;
        let device = Cpu::default();
        let draws = Draws::new(1);
        let x = draws.uniform::<f32>("x", N * D, 1.0);
        let w = draws.uniform::<f32>("w", V * D, 1.0);
        let mut b = draws.uniform::<f32>("b", V, 1.0);
        b[130] += above;
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
        assert!((value - expected.as_vec()[0]).abs() < 1e-5 * (1.0 + above));
        assert_eq!(count, 529);
        assert!((total / 529.0 - f64::from(value)).abs() < 1e-5 * f64::from(1.0 + above));
        let reference = expected.backward();
        let close = |a: Vec<f32>, b: Vec<f32>| {
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
        };
        close(found.get(&x3).as_vec(), reference.get(&x2).as_vec());
        close(found.get(&weight).as_vec(), reference.get(&w2).as_vec());
        close(found.get(&bias).as_vec(), reference.get(&b2).as_vec());
    }

    /// Two losses of one output layer: the gradients are added, not replaced.
    #[test]
    fn a_second_use_of_the_weight_is_added() {
        const N: usize = 9;
        const D: usize = 4;
        const V: usize = 11;
        let device = Cpu::default();
        let draws = Draws::new(3);
        let x: Tensor<(usize, usize, usize), f32, _> =
            device.tensor_from_vec(draws.uniform("x", N * D, 1.0), (N, 1, D));
        let weight = device.tensor_from_vec(draws.uniform("w", V * D, 1.0), (V, D));
        let bias = device.tensor_from_vec(draws.uniform("b", V, 1.0), (V,));
        let output = Output { weight: &weight, bias: &bias };
        let loss = |first: u32| {
            let targets: Vec<u32> = (first..first + N as u32).map(|k| k % V as u32).collect();
            output.cross_entropy(x.leaky_trace(), &targets).unwrap().0
        };
        let of_weight = |loss: Scalar<OwnedTape<f32, Cpu>>| loss.backward().get(&weight).as_vec();
        let apart = [loss(0), loss(5)].map(of_weight);
        let both = of_weight(loss(0) + loss(5) * 0.5);
        for ((one, two), both) in apart[0].iter().zip(&apart[1]).zip(both) {
            assert!((one + 0.5 * two - both).abs() < 1e-6, "{one} + {two} / 2 is not {both}");
        }
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
