//! The paths of one sequence: forward and backward over time, in log space.
//!
//! A path is at each step at one of L labels or at one of L + 1 blanks, before, between and after
//! them. Labels and blanks are two rows, so that a step of the recurrence is whole vectors:
//!
//! ```text
//! b_i(t) = y_blank(t) · (b_i + l_{i-1})(t-1)
//! l_i(t) = y_i(t) · (l_i + b_i + [label i ≠ label i-1] l_{i-1})(t-1)
//! ```
//!
//! Logarithms of a row are relative to what the rows before had at most, whose sum is kept in double
//! precision: so rows are exact near their largest numbers, however long the sequence is.

use cell::{Lanes, Real};
use compute::{Buffer, Kernel};

use crate::Logits;
use crate::softmax::{NEVER, chances, is_never, largest, log_add, log_add_3, log_sum};

const LANES: usize = Lanes::WIDTH;

/// One sequence with its labels, and room for the gradient of its steps.
pub(crate) struct Paths<'a> {
    pub(crate) logits: Logits<'a>,
    pub(crate) sequence: usize,
    /// Steps.
    pub(crate) length: usize,
    pub(crate) labels: &'a [u32],
    /// Where the gradient goes: `[T, rows, V]`, row `row` of each step.
    pub(crate) gradient: Option<GradientRows<'a>>,
    pub(crate) memory: &'a mut Memory,
}

/// The places of one sequence in a gradient `[T, rows, V]`.
pub(crate) struct GradientRows<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) rows: usize,
    pub(crate) row: usize,
}

/// What the passes over a sequence write, used again for the next.
#[derive(Default)]
pub(crate) struct Memory {
    /// ln of the chances of the labels, `[T, P]`, after them [`NEVER`].
    labels: Buffer<f32>,
    /// ln of the chance of the blank, `[T]`.
    blank: Buffer<f32>,
    /// ln Σ e^x of each step, `[T]`.
    log_sums: Buffer<f32>,
    /// Forward rows of the blanks, `[T, P]`.
    blanks_forward: Buffer<f32>,
    /// Forward rows of the labels, `[T, 16 + P]`, before them [`NEVER`].
    labels_forward: Buffer<f32>,
    /// What forward rows are relative to, `[T]`.
    offsets: Vec<f64>,
    /// 0 where a path may go from the label before to this one, else [`NEVER`]: `[P + 16]`.
    skips: Vec<f32>,
    /// Backward rows of two steps, `[P + 16]` each.
    backward: [Vec<f32>; 4],
}

/// Makes room for `len` numbers, whatever they are.
fn room(buffer: &mut Buffer<f32>, len: usize) {
    if buffer.len() != len {
        *buffer = Buffer::unset(len);
    }
}

impl Kernel for Paths<'_> {
    /// -ln of the chance of the labels: infinite if no path gives them.
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Self { logits, sequence, length, labels, mut gradient, memory } = self;
        // Room for L + 1 blanks in whole vectors.
        let padded = (labels.len() + 1).next_multiple_of(LANES);
        memory.emissions(logits, sequence, length, labels, padded);
        if let Some(gradient) = &mut gradient {
            for t in 0..length {
                let to = gradient.of_step(t, logits.types);
                chances(logits.row(t, sequence), memory.log_sums[t], to);
            }
        }
        let log_chance = memory.forward(length, labels.len(), padded);
        if log_chance < f64::from(0.5 * NEVER) {
            if let Some(gradient) = &mut gradient {
                (0..length).for_each(|t| gradient.of_step(t, logits.types).fill(0.0));
            }
            return f64::INFINITY;
        }
        if let Some(gradient) = gradient {
            memory.backward(logits, length, labels, padded, log_chance, gradient);
        }
        -log_chance
    }
}

impl GradientRows<'_> {
    #[inline(always)]
    fn of_step(&mut self, t: usize, types: usize) -> &mut [f32] {
        &mut self.values[(t * self.rows + self.row) * types..][..types]
    }
}

#[inline(always)]
fn load(row: &[f32], at: usize) -> Lanes {
    let mut lanes = [0.0; LANES];
    lanes.copy_from_slice(&row[at..at + LANES]);
    Lanes(lanes)
}

#[inline(always)]
fn store(vector: Lanes, row: &mut [f32], at: usize) {
    row[at..at + LANES].copy_from_slice(&vector.0);
}

/// What the next rows are to be relative to.
#[inline(always)]
fn shift(most: Lanes) -> f32 {
    let most = largest(most);
    if is_never(most) { 0.0 } else { most }
}

impl Memory {
    /// Logarithms of the chances of blank and labels at each step, and where paths may skip.
    #[inline(always)]
    fn emissions(
        &mut self,
        logits: Logits<'_>,
        sequence: usize,
        length: usize,
        labels: &[u32],
        padded: usize,
    ) {
        room(&mut self.labels, length * padded);
        room(&mut self.blank, length);
        room(&mut self.log_sums, length);
        for (t, to) in self.labels.chunks_exact_mut(padded).enumerate() {
            let row = logits.row(t, sequence);
            let log_sum = log_sum(row);
            self.log_sums[t] = log_sum;
            self.blank[t] = at_least_never(row[logits.blank] - log_sum);
            for (to, &label) in to.iter_mut().zip(labels) {
                *to = at_least_never(row[label as usize] - log_sum);
            }
            to[labels.len()..].fill(NEVER);
        }
        self.skips.clear();
        self.skips.resize(padded + LANES, NEVER);
        for (skip, pair) in self.skips[1..].iter_mut().zip(labels.windows(2)) {
            *skip = if pair[0] == pair[1] { NEVER } else { 0.0 };
        }
    }

    /// Forward rows. ln of the chance of the labels.
    #[inline(always)]
    fn forward(&mut self, length: usize, labels: usize, padded: usize) -> f64 {
        let wide = LANES + padded;
        room(&mut self.blanks_forward, length * padded);
        room(&mut self.labels_forward, length * wide);
        self.offsets.clear();
        self.offsets.resize(length, 0.0);
        if length == 0 {
            return if labels == 0 { 0.0 } else { f64::from(NEVER) };
        }
        self.blanks_forward[..padded].fill(NEVER);
        self.labels_forward[..wide].fill(NEVER);
        self.blanks_forward[0] = self.blank[0];
        self.labels_forward[LANES] = self.labels[0];
        let mut relative = shift(Lanes([self.blank[0].max(self.labels[0]); LANES]));
        for t in 1..length {
            let (blanks, blanks_to) = self.blanks_forward[(t - 1) * padded..].split_at_mut(padded);
            let (labels, labels_to) = self.labels_forward[(t - 1) * wide..].split_at_mut(wide);
            labels_to[..LANES].fill(NEVER);
            let blank = Lanes([self.blank[t] - relative; LANES]);
            let shifted = Lanes([relative; LANES]);
            let emissions = &self.labels[t * padded..][..padded];
            let mut most = Lanes([NEVER; LANES]);
            for at in (0..padded).step_by(LANES) {
                let (stay, before) = (load(labels, LANES + at), load(labels, LANES + at - 1));
                let between = load(blanks, at);
                let to_blank = blank + log_add(between, before);
                let skip = before + load(&self.skips, at);
                let to_label = load(emissions, at) - shifted + log_add_3(stay, between, skip);
                store(to_blank, blanks_to, at);
                store(to_label, labels_to, LANES + at);
                most = to_blank.max(to_label).max(most);
            }
            self.offsets[t] = self.offsets[t - 1] + f64::from(relative);
            relative = shift(most);
        }
        let last = length - 1;
        let ends = [
            self.blanks_forward[last * padded + labels],
            // Before the first label is nothing.
            self.labels_forward[last * wide + LANES + labels - 1],
        ];
        let log_sum = log_add(Lanes([ends[0]; LANES]), Lanes([ends[1]; LANES])).0[0];
        self.offsets[last] + f64::from(log_sum)
    }

    /// Backward rows, one step at a time, and with them what the gradient lacks: of each output's
    /// chance, the share of the paths that are at it.
    #[inline(always)]
    fn backward(
        &mut self,
        logits: Logits<'_>,
        length: usize,
        labels: &[u32],
        padded: usize,
        log_chance: f64,
        mut gradient: GradientRows<'_>,
    ) {
        let wide = LANES + padded;
        for row in &mut self.backward {
            row.clear();
            row.resize(wide, NEVER);
        }
        let [mut blanks, mut of_labels, mut blanks_to, mut labels_to] =
            std::mem::take(&mut self.backward);
        blanks[labels.len()] = 0.0;
        if let Some(last) = labels.len().checked_sub(1) {
            of_labels[last] = 0.0;
        }
        let mut offset = 0.0;
        for t in (0..length).rev() {
            // The rows are those of the rest after step t, without what is put out at t.
            let relative = (self.offsets[t] + offset - log_chance) as f32;
            let relative = Lanes([relative; LANES]);
            let to = gradient.of_step(t, logits.types);
            let blanks_forward = &self.blanks_forward[t * padded..][..padded];
            let labels_forward = &self.labels_forward[t * wide + LANES..][..padded];
            let emissions = &self.labels[t * padded..][..padded];
            let mut of_blank = Lanes([0.0; LANES]);
            let blank = Lanes([self.blank[t]; LANES]);
            let mut most = Lanes([NEVER; LANES]);
            for at in (0..padded).step_by(LANES) {
                let (b, l) = (load(&blanks, at), load(&of_labels, at));
                of_blank = of_blank + (load(blanks_forward, at) + b + relative).exp();
                let share = (load(labels_forward, at) + l + relative).exp();
                for (share, &label) in share.0.iter().zip(labels.get(at..).unwrap_or_default()) {
                    to[label as usize] -= share;
                }
                // With what is put out at t, for the step before.
                let (b, l) = (b + blank, l + load(emissions, at));
                store(b, &mut blanks, at);
                store(l, &mut of_labels, at);
                most = b.max(l).max(most);
            }
            to[logits.blank] -= of_blank.0.iter().sum::<f32>();
            let shifted = shift(most);
            let shifting = Lanes([shifted; LANES]);
            for at in (0..padded).step_by(LANES) {
                let (b, next_b) = (load(&blanks, at), load(&blanks, at + 1));
                let (l, next_l) = (load(&of_labels, at), load(&of_labels, at + 1));
                let skip = next_l + load(&self.skips, at + 1);
                store(log_add(b, l) - shifting, &mut blanks_to, at);
                store(log_add_3(l, next_b, skip) - shifting, &mut labels_to, at);
            }
            offset += f64::from(shifted);
            std::mem::swap(&mut blanks, &mut blanks_to);
            std::mem::swap(&mut of_labels, &mut labels_to);
        }
        self.backward = [blanks, of_labels, blanks_to, labels_to];
    }
}

/// -∞ becomes [`NEVER`]; NaN stays.
#[inline(always)]
fn at_least_never(log: f32) -> f32 {
    if log < NEVER { NEVER } else { log }
}
