//! Numbers of one head laid out for vectors.
//!
//! A key is filled up with zeros to whole vectors, a value to whole groups of four rows. A state is
//! `[V/4, K/W, 4, W]` for vectors of W numbers: what four rows have at the same place of a key lies
//! side by side.

use super::{Erase, Inputs, Keep, ROWS, STRETCH, Sizes, Terms};
use compute::{Buffer, Float};

/// Sizes of a head, filled up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Padded {
    pub(super) key: usize,
    pub(super) value: usize,
}

impl Padded {
    pub(super) fn of<E: Float>(sizes: Sizes) -> Self {
        Self {
            key: sizes.key.next_multiple_of(E::WIDTH),
            value: sizes.value.next_multiple_of(ROWS),
        }
    }

    /// Numbers of a state.
    pub(super) fn state(self) -> usize {
        self.key * self.value
    }

    /// Place of row `i`, column `j`.
    fn place<E: Float>(self, i: usize, j: usize) -> usize {
        let (group, vector) = (i / ROWS, j / E::WIDTH);
        group * ROWS * self.key + (vector * ROWS + i % ROWS) * E::WIDTH + j % E::WIDTH
    }
}

/// Lays out a state `[V, K]`; what it is filled up with has to be 0 before.
pub(super) fn spread<E: Float>(sizes: Sizes, from: &[E], to: &mut [E]) {
    let padded = Padded::of::<E>(sizes);
    for (i, row) in from.chunks_exact(sizes.key).enumerate() {
        for (vector, piece) in row.chunks(E::WIDTH).enumerate() {
            to[padded.place::<E>(i, vector * E::WIDTH)..][..piece.len()].copy_from_slice(piece);
        }
    }
}

/// The opposite of [`spread`]: `put` is given places of `[V, K]` and what belongs there.
pub(super) fn collect<E: Float>(sizes: Sizes, from: &[E], to: &mut [E], put: fn(&mut E, E)) {
    let padded = Padded::of::<E>(sizes);
    for (i, row) in to.chunks_exact_mut(sizes.key).enumerate() {
        for (vector, piece) in row.chunks_mut(E::WIDTH).enumerate() {
            let from = &from[padded.place::<E>(i, vector * E::WIDTH)..];
            piece.iter_mut().zip(from).for_each(|(to, &x)| put(to, x));
        }
    }
}

/// What a head reads in some time steps, or the gradients of that: keys and values of each step one
/// after the other, filled up.
pub(super) struct Stretch<E: Float> {
    /// `[steps, K]`, or `[steps]` where it is one number.
    pub(super) keep: Buffer<E>,
    pub(super) erase: Buffer<E>,
    pub(super) along: Buffer<E>,
    pub(super) key: Buffer<E>,
    pub(super) value: Buffer<E>,
    pub(super) query: Buffer<E>,
}

impl<E: Float> Stretch<E> {
    /// Zeros.
    pub(super) fn new<X: Terms>(sizes: Sizes) -> Self {
        let Padded { key, value } = Padded::of::<E>(sizes);
        let zeros = |width: usize| Buffer::zeros(STRETCH * width);
        let keep = match X::KEEP {
            Keep::All => 0,
            Keep::Head | Keep::Number => 1,
            Keep::Vector => key,
        };
        let erase = if X::ERASE == Erase::Nothing { 0 } else { key };
        let along = if X::ERASE == Erase::Along { key } else { 0 };
        Self {
            keep: zeros(keep),
            erase: zeros(erase),
            along: zeros(along),
            key: zeros(key),
            value: zeros(value),
            query: zeros(key),
        }
    }

    /// Reads what head `unit` reads at the given time steps.
    pub(super) fn read<X: Terms>(
        &mut self,
        sizes: Sizes,
        inputs: &Inputs<&[E]>,
        unit: usize,
        times: impl Iterator<Item = usize> + Clone,
    ) {
        let padded = Padded::of::<E>(sizes);
        let rows = times.clone().map(|t| t * sizes.units() + unit);
        match X::KEEP {
            Keep::All => {}
            Keep::Head => self.keep.fill(inputs.keep[unit % sizes.heads]),
            Keep::Number => gather(&mut self.keep, 1, inputs.keep, 1, rows.clone()),
            Keep::Vector => {
                gather(&mut self.keep, padded.key, inputs.keep, sizes.key, rows.clone())
            }
        }
        if X::ERASE != Erase::Nothing {
            gather(&mut self.erase, padded.key, inputs.erase, sizes.key, rows.clone());
        }
        if X::ERASE == Erase::Along {
            gather(&mut self.along, padded.key, inputs.along, sizes.key, rows.clone());
        }
        gather(&mut self.key, padded.key, inputs.key, sizes.key, rows.clone());
        gather(&mut self.value, padded.value, inputs.value, sizes.value, rows.clone());
        gather(&mut self.query, padded.key, inputs.query, sizes.key, rows);
    }

    /// Forgets gradients.
    pub(super) fn clear(&mut self) {
        for all in
            [&mut self.keep, &mut self.erase, &mut self.along, &mut self.key, &mut self.query]
        {
            all.fill(E::default());
        }
    }
}

/// Rows of `width`, each filled up to `padded`.
pub(super) fn gather<E: Float>(
    to: &mut [E],
    padded: usize,
    from: &[E],
    width: usize,
    rows: impl Iterator<Item = usize>,
) {
    for (to, row) in to.chunks_exact_mut(padded).zip(rows) {
        to[..width].copy_from_slice(&from[row * width..][..width]);
    }
}
