//! What the documentation of [`Cell`] and [`Facts`](cell::Facts) says, as plain loops over `f64`:
//! slow and simple, so that other code can be compared with it.

use cell::{Block, Cell};
use serde::Deserialize;

/// Added to the variance before its root is taken.
const EPSILON: f64 = 1e-5;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sizes {
    pub(crate) steps: usize,
    pub(crate) batch: usize,
    pub(crate) input: usize,
    pub(crate) hidden: usize,
}

/// A layer's parameters, row-major.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    /// W `[blocks with an input matrix, H, I]`.
    pub(crate) input: Vec<f64>,
    /// U `[recurrent blocks, H, H]`.
    pub(crate) recurrent: Vec<f64>,
    /// V `[modulated blocks, H, H]`.
    pub(crate) modulated: Vec<f64>,
    /// `[biased blocks, H]`.
    pub(crate) bias: Vec<f64>,
    /// `[per-unit parameters, H]`.
    pub(crate) unit: Vec<f64>,
    /// `[shared parameters]`.
    pub(crate) scalar: Vec<f64>,
    /// `[blocks with an input matrix, H]` if products are normalised, else empty.
    pub(crate) input_gain: Vec<f64>,
    /// `[recurrent blocks, H]` if products are normalised, else empty.
    pub(crate) recurrent_gain: Vec<f64>,
}

/// Hidden states `[T, B, H]` and, slot by slot, the state `[B, H]` after the last step.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) hidden: Vec<f64>,
    pub(crate) last: Vec<Vec<f64>>,
}

/// Runs cell `C` on `x` `[T, B, I]` from the state `initial`, slot by slot `[B, H]`.
pub(crate) fn run<C: Cell>(
    sizes: Sizes,
    parameters: &Parameters,
    x: &[f64],
    initial: &[Vec<f64>],
) -> Outcome {
    let Sizes { steps, batch, input: i, hidden: h } = sizes;
    let mut outcome = Outcome { hidden: vec![0.0; steps * batch * h], last: initial.to_vec() };
    for t in 0..steps {
        for b in 0..batch {
            let row = t * batch + b;
            let old = outcome.last.iter().map(|slot| slot[b * h..(b + 1) * h].to_vec());
            let old: Vec<_> = old.collect();
            let new = step::<C>(parameters, &x[row * i..(row + 1) * i], &old, h);
            outcome.hidden[row * h..(row + 1) * h].copy_from_slice(&new[0]);
            for (slot, new) in outcome.last.iter_mut().zip(&new) {
                slot[b * h..(b + 1) * h].copy_from_slice(new);
            }
        }
    }
    outcome
}

/// One step of one sequence: the new state, slot by slot.
fn step<C: Cell>(p: &Parameters, x: &[f64], state: &[Vec<f64>], h: usize) -> Vec<Vec<f64>> {
    let facts = C::FACTS;
    let matrices = facts.input_matrices(x.len(), h);
    let mut from_input = product(&p.input, x);
    let mut from_hidden = product(&p.recurrent, &state[0]);
    if facts.antisymmetric {
        for (block, to) in from_hidden.chunks_mut(h).enumerate() {
            let matrix = &p.recurrent[block * h * h..(block + 1) * h * h];
            for (j, to) in to.iter_mut().enumerate() {
                *to -= (0..h).map(|i| matrix[i * h + j] * state[0][i]).sum::<f64>();
            }
        }
    }
    if facts.normalised_products {
        from_input = gained(&normalised(&from_input), &p.input_gain);
        from_hidden = gained(&normalised(&from_hidden), &p.recurrent_gain);
    }
    // All pre-activations, block after block.
    let mut pre = vec![0.0; facts.pre.len() * h];
    for block in facts.input.start..matrices.start {
        add(&mut pre[block * h..], x);
    }
    add(&mut pre[matrices.start * h..], &from_input);
    add(&mut pre[facts.recurrent.start * h..], &from_hidden);
    add(&mut pre[facts.biased().start * h..], &p.bias);

    let at = |all: &[f64], k: usize, j: usize| all[k * h + j];
    let states = |slots: &[Vec<f64>], j: usize| Block::from_fn(|k| slots[k][j]);
    let unit = |j: usize| {
        Block::from_fn(|k| match k.checked_sub(facts.unit.len()) {
            None => at(&p.unit, k, j),
            Some(shared) => p.scalar[shared],
        })
    };

    // The second stage must not read the blocks that it completes.
    let mut incomplete = pre.clone();
    incomplete[facts.modulated.start * h..facts.modulated.end * h].fill(f64::NAN);
    let modulated: Vec<C::Modulated<f64>> = (0..h)
        .map(|j| {
            let pre = Block::from_fn(|k| at(&incomplete, k, j));
            C::modulate::<f64>(pre, states(state, j), unit(j))
        })
        .collect();
    for (k, block) in facts.modulated.clone().enumerate() {
        let m: Vec<f64> = modulated.iter().map(|m| m.as_slice()[k]).collect();
        let matrix = &p.modulated[k * h * h..(k + 1) * h * h];
        add(&mut pre[block * h..], &product(matrix, &m));
    }

    let pre = |j: usize| Block::from_fn(|k| at(&pre, k, j));
    let stepped = (0..h).map(|j| C::step::<f64>(pre(j), states(state, j), unit(j)));
    let mut new = vec![Vec::new(); facts.state.len()];
    for slots in stepped {
        new.iter_mut().zip(slots.as_slice()).for_each(|(slot, &value)| slot.push(value));
    }
    if let Some(slot) = facts.normalised_state {
        let mut seen = new.clone();
        seen[slot] = normalised(&new[slot]);
        new[0] = (0..h).map(|j| C::finish::<f64>(pre(j), states(&seen, j), unit(j))).collect();
    }
    new
}

/// All rows of `matrices` times `vector`.
fn product(matrices: &[f64], vector: &[f64]) -> Vec<f64> {
    let dot = |row: &[f64]| row.iter().zip(vector).map(|(w, x)| w * x).sum();
    matrices.chunks(vector.len()).map(dot).collect()
}

fn normalised(all: &[f64]) -> Vec<f64> {
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let variance = all.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    all.iter().map(|v| (v - mean) / (variance + EPSILON).sqrt()).collect()
}

fn gained(all: &[f64], gains: &[f64]) -> Vec<f64> {
    assert_eq!(all.len(), gains.len());
    all.iter().zip(gains).map(|(v, gain)| v * gain).collect()
}

fn add(to: &mut [f64], terms: &[f64]) {
    to[..terms.len()].iter_mut().zip(terms).for_each(|(to, term)| *to += term);
}
