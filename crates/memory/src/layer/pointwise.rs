//! Between the projections and the kernel, number by number, and the way back.

use super::levels::Levels;
use crate::kernel::{Erase, Keep, Sizes};
use crate::{KeyTerms, Memory, MemorySizes};
use cell::derive::{Pointwise, pull_back};
use cell::{Block, Real};
use compute::{Buffer, Float, Kernel};
use std::marker::PhantomData;
use std::ops::Range;

/// Added to the sum of squares that a norm is the root of.
const EPSILON: f64 = 1e-6;

/// What all rows have in common.
pub(super) struct Layer<E: Float> {
    sizes: MemorySizes,
    /// Features of a row.
    width: usize,
    keys: Vec<Range<usize>>,
    values: Vec<Range<usize>>,
    heads: Vec<Range<usize>>,
    /// `[numbers, heads]`.
    unit: Vec<E>,
    /// Constant shares that the heads keep.
    pub(super) shares: Vec<E>,
    /// Gates of a head.
    pub(super) gates: usize,
    /// What a query is multiplied by.
    scale: E,
    /// Of a stabilised memory's heads and steps, else empty.
    pub(super) levels: Levels<E>,
    /// Rows of a head's state.
    rows: usize,
}

impl<E: Float> Layer<E> {
    pub(super) fn new<M: Memory>(sizes: MemorySizes, unit: &[E]) -> Self {
        let facts = M::FACTS;
        let mut keys = sizes.places::<M>();
        let mut values = keys.split_off(facts.keys.len());
        let heads = values.split_off(facts.values.len());
        let number = |x: f64| E::nearest(x);
        Self {
            sizes,
            width: sizes.projected::<M>(),
            keys,
            values,
            heads,
            unit: unit.to_vec(),
            shares: (0..sizes.heads).map(|h| number(M::share(h, sizes.heads))).collect(),
            gates: M::Gates::<f64>::LEN,
            scale: number(1.0 / (sizes.key as f64).sqrt()),
            levels: Levels::default(),
            rows: sizes.rows::<M>(),
        }
    }

    /// Gates of head `h` of row number `n`.
    #[inline(always)]
    fn gates<M: Memory>(&self, n: usize, row: &[E], h: usize) -> M::Gates<E::Vector> {
        let mut gates = self.given_gates::<M>(row, h);
        if M::FACTS.stabilised {
            self.levels.apply(n * self.sizes.heads + h, gates.as_mut_slice());
        }
        gates
    }

    /// Gates as the memory gives them, of a stabilised one two logarithms first.
    #[inline(always)]
    pub(super) fn given_gates<M: Memory>(&self, row: &[E], h: usize) -> M::Gates<E::Vector> {
        let (heads, unit) = self.head::<M>(row, h);
        M::gates(heads, unit)
    }

    /// Features of a row, and heads.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.width, self.sizes.heads)
    }

    #[inline(always)]
    fn head<M: Memory>(&self, row: &[E], h: usize) -> (M::Heads<E::Vector>, M::Unit<E::Vector>) {
        let unit = Block::from_fn(|k| E::splat(self.unit[k * self.sizes.heads + h]));
        (Block::from_fn(|k| E::splat(row[self.heads[k].start + h])), unit)
    }

    /// Numbers `j..` of head `h` of some projections of a row.
    #[inline(always)]
    fn load<B: Block<E::Vector>>(
        places: &[Range<usize>],
        row: &[E],
        (h, j, len, size): (usize, usize, usize, usize),
    ) -> B {
        Block::from_fn(|k| E::load(&row[places[k].start + h * size + j..][..len]))
    }

    /// What was read of the normaliser, the last row of a state.
    #[inline(always)]
    fn normaliser<M: Memory>(&self, read: &[E]) -> E::Vector {
        match M::FACTS.normaliser {
            true => E::splat(read[self.rows - 1]),
            false => E::Vector::constant(0.0),
        }
    }

    /// The reciprocal norms of the key-sized projections of head `h`, 1 where one is not normalised.
    #[inline(always)]
    fn reciprocal_norms<M: Memory>(&self, row: &[E], h: usize) -> M::Keys<E::Vector> {
        let size = self.sizes.key;
        let mut squares: M::Keys<E::Vector> = Block::splat(E::Vector::constant(0.0));
        if M::FACTS.normalised.is_empty() {
            return Block::splat(E::Vector::constant(1.0));
        }
        for j in (0..size).step_by(E::WIDTH) {
            let len = E::WIDTH.min(size - j);
            let f =
                M::features(Self::load::<M::Keys<E::Vector>>(&self.keys, row, (h, j, len, size)));
            for (sum, &f) in squares.as_mut_slice().iter_mut().zip(f.as_slice()) {
                *sum = f.mul_add(f, *sum);
            }
        }
        for (k, sum) in squares.as_mut_slice().iter_mut().enumerate() {
            *sum = match M::FACTS.normalised.contains(&k) {
                true => {
                    let squares = total::<E>(*sum) + E::Vector::constant(EPSILON);
                    E::Vector::constant(1.0) / squares.sqrt()
                }
                false => E::Vector::constant(1.0),
            };
        }
        squares
    }
}

/// A vector of the sum of a vector's numbers.
#[inline(always)]
fn total<E: Float>(vector: E::Vector) -> E::Vector {
    let zero = E::Vector::constant(0.0);
    E::splat(E::sums([vector, zero, zero, zero])[0])
}

/// Each of two arrays' products.
#[inline(always)]
fn times<R: Real, B: Block<R>>(a: B, b: B) -> B {
    let mut product = a;
    for (x, &y) in product.as_mut_slice().iter_mut().zip(b.as_slice()) {
        *x = *x * y;
    }
    product
}

/// Adds to an array.
#[inline(always)]
fn add<R: Real, B: Block<R>>(to: &mut B, what: B) {
    for (x, &y) in to.as_mut_slice().iter_mut().zip(what.as_slice()) {
        *x = *x + y;
    }
}

/// What the kernel reads, or its gradient.
#[derive(Debug)]
pub(super) struct Made<E: Float> {
    pub(super) keep: Buffer<E>,
    pub(super) erase: Buffer<E>,
    pub(super) along: Buffer<E>,
    pub(super) key: Buffer<E>,
    pub(super) value: Buffer<E>,
    pub(super) query: Buffer<E>,
}

impl<E: Float> Made<E> {
    pub(super) fn new<M: Memory>(sizes: Sizes) -> Self {
        let rows = sizes.steps * sizes.units();
        let keep = match M::KEEP {
            Keep::All | Keep::Head => 0,
            Keep::Number => rows,
            Keep::Vector => rows * sizes.key,
        };
        let keys = |exist: bool| Buffer::unset(if exist { rows * sizes.key } else { 0 });
        Self {
            keep: Buffer::unset(keep),
            erase: keys(M::ERASE != Erase::Nothing),
            along: keys(M::ERASE == Erase::Along),
            key: keys(true),
            value: Buffer::unset(rows * sizes.value),
            query: keys(true),
        }
    }

    pub(super) fn zeros<M: Memory>(sizes: Sizes) -> Self {
        let mut all = Self::new::<M>(sizes);
        let Self { keep, erase, along, key, value, query } = &mut all;
        for buffer in [keep, erase, along, key, value, query] {
            buffer.fill(E::default());
        }
        all
    }
}

/// Makes what the kernel reads.
pub(super) struct Make<'a, M, E: Float> {
    pub(super) memory: PhantomData<M>,
    pub(super) layer: &'a Layer<E>,
    pub(super) projected: &'a [E],
    pub(super) into: &'a mut Made<E>,
}

impl<M: Memory, E: Float> Kernel for Make<'_, M, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { layer, into, .. } = self;
        let MemorySizes { heads, key, value, .. } = layer.sizes;
        for (n, row) in self.projected.chunks_exact(layer.width).enumerate() {
            for h in 0..heads {
                let unit = n * heads + h;
                let gates = layer.gates::<M>(n, row, h);
                if M::KEEP == Keep::Number {
                    E::store(gates.as_slice()[0], &mut into.keep[unit..=unit]);
                }
                let norms = layer.reciprocal_norms::<M>(row, h);
                for j in (0..key).step_by(E::WIDTH) {
                    let len = E::WIDTH.min(key - j);
                    let raw: M::Keys<E::Vector> = Layer::load(&layer.keys, row, (h, j, len, key));
                    let terms = M::terms(times(M::features(raw), norms), raw, gates);
                    let place = unit * key + j..unit * key + j + len;
                    if M::KEEP == Keep::Vector {
                        E::store(terms.keep, &mut into.keep[place.clone()]);
                    }
                    if M::ERASE != Erase::Nothing {
                        E::store(terms.erase, &mut into.erase[place.clone()]);
                    }
                    if M::ERASE == Erase::Along {
                        E::store(terms.along, &mut into.along[place.clone()]);
                    }
                    E::store(terms.key, &mut into.key[place.clone()]);
                    E::store(terms.query * E::splat(layer.scale), &mut into.query[place]);
                }
                for j in (0..value).step_by(E::WIDTH) {
                    let len = E::WIDTH.min(value - j);
                    let raw: M::Values<E::Vector> =
                        Layer::load(&layer.values, row, (h, j, len, value));
                    E::store(M::value(raw, gates), &mut into.value[unit * layer.rows + j..][..len]);
                }
                if M::FACTS.normaliser {
                    into.value[unit * layer.rows + value] = E::nearest(1.0);
                }
            }
        }
    }
}

/// Makes the layer's outputs of what the kernel read.
pub(super) struct Outputs<'a, M, E: Float> {
    pub(super) memory: PhantomData<M>,
    pub(super) layer: &'a Layer<E>,
    pub(super) projected: &'a [E],
    pub(super) read: &'a [E],
    pub(super) outputs: &'a mut [E],
}

impl<M: Memory, E: Float> Kernel for Outputs<'_, M, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let layer = self.layer;
        let MemorySizes { heads, value, .. } = layer.sizes;
        for (n, row) in self.projected.chunks_exact(layer.width).enumerate() {
            for h in 0..heads {
                let gates = layer.gates::<M>(n, row, h);
                let read = &self.read[(n * heads + h) * layer.rows..][..layer.rows];
                let normaliser = layer.normaliser::<M>(read);
                for j in (0..value).step_by(E::WIDTH) {
                    let len = E::WIDTH.min(value - j);
                    let raw = Layer::load(&layer.values, row, (h, j, len, value));
                    let place = (n * heads + h) * value + j;
                    let output = M::output(E::load(&read[j..][..len]), normaliser, raw, gates);
                    E::store(output, &mut self.outputs[place..][..len]);
                }
            }
        }
    }
}

struct GatesOf<M>(PhantomData<M>);
struct FeaturesOf<M>(PhantomData<M>);
struct TermsOf<M>(PhantomData<M>);
struct ValueOf<M>(PhantomData<M>);
struct OutputOf<M>(PhantomData<M>);

impl<M: Memory> Pointwise for GatesOf<M> {
    type A<R: Real> = M::Heads<R>;
    type B<R: Real> = M::Unit<R>;
    type C<R: Real> = [R; 0];
    type Out<R: Real> = M::Gates<R>;

    #[inline(always)]
    fn call<R: Real>(heads: M::Heads<R>, unit: M::Unit<R>, []: [R; 0]) -> M::Gates<R> {
        M::gates(heads, unit)
    }
}

impl<M: Memory> Pointwise for FeaturesOf<M> {
    type A<R: Real> = M::Keys<R>;
    type B<R: Real> = [R; 0];
    type C<R: Real> = [R; 0];
    type Out<R: Real> = M::Keys<R>;

    #[inline(always)]
    fn call<R: Real>(keys: M::Keys<R>, []: [R; 0], []: [R; 0]) -> M::Keys<R> {
        M::features(keys)
    }
}

impl<M: Memory> Pointwise for TermsOf<M> {
    type A<R: Real> = M::Keys<R>;
    type B<R: Real> = M::Gates<R>;
    type C<R: Real> = M::Keys<R>;
    type Out<R: Real> = [R; 5];

    #[inline(always)]
    fn call<R: Real>(features: M::Keys<R>, gates: M::Gates<R>, keys: M::Keys<R>) -> [R; 5] {
        let KeyTerms { keep, erase, along, key, query } = M::terms(features, keys, gates);
        [keep, erase, along, key, query]
    }
}

impl<M: Memory> Pointwise for ValueOf<M> {
    type A<R: Real> = M::Values<R>;
    type B<R: Real> = M::Gates<R>;
    type C<R: Real> = [R; 0];
    type Out<R: Real> = [R; 1];

    #[inline(always)]
    fn call<R: Real>(values: M::Values<R>, gates: M::Gates<R>, []: [R; 0]) -> [R; 1] {
        [M::value(values, gates)]
    }
}

impl<M: Memory> Pointwise for OutputOf<M> {
    type A<R: Real> = [R; 2];
    type B<R: Real> = M::Values<R>;
    type C<R: Real> = M::Gates<R>;
    type Out<R: Real> = [R; 1];

    #[inline(always)]
    fn call<R: Real>(
        [read, normaliser]: [R; 2],
        values: M::Values<R>,
        gates: M::Gates<R>,
    ) -> [R; 1] {
        [M::output(read, normaliser, values, gates)]
    }
}

/// Adds some numbers of gradients to head `h` of projections of a row.
#[inline(always)]
fn put<E: Float>(
    places: &[Range<usize>],
    row: &mut [E],
    (h, j, len, size): (usize, usize, usize, usize),
    d: &[E::Vector],
) {
    for (place, &d) in places.iter().zip(d) {
        let to = &mut row[place.start + h * size + j..][..len];
        E::store(E::load(to) + d, to);
    }
}

/// The gradient through [`Outputs`].
pub(super) struct PullOutputs<'a, M, E: Float> {
    pub(super) memory: PhantomData<M>,
    pub(super) layer: &'a Layer<E>,
    pub(super) projected: &'a [E],
    pub(super) read: &'a [E],
    pub(super) d_outputs: &'a [E],
    /// To be set.
    pub(super) d_read: &'a mut [E],
    /// To be added to.
    pub(super) d_projected: &'a mut [E],
    /// Of the gates of each head and row, to be added to.
    pub(super) d_gates: &'a mut [E],
}

impl<M: Memory, E: Float> Kernel for PullOutputs<'_, M, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let layer = self.layer;
        let MemorySizes { heads, value, .. } = layer.sizes;
        let rows = self.projected.chunks_exact(layer.width);
        for (n, (row, d_row)) in
            rows.zip(self.d_projected.chunks_exact_mut(layer.width)).enumerate()
        {
            for h in 0..heads {
                let unit = n * heads + h;
                let gates = layer.gates::<M>(n, row, h);
                let zero = E::Vector::constant(0.0);
                let mut d_gates: M::Gates<E::Vector> = Block::splat(zero);
                let read = &self.read[unit * layer.rows..][..layer.rows];
                let d_read = &mut self.d_read[unit * layer.rows..][..layer.rows];
                let (normaliser, mut d_normaliser) = (layer.normaliser::<M>(read), zero);
                for j in (0..value).step_by(E::WIDTH) {
                    let at = (h, j, E::WIDTH.min(value - j), value);
                    let raw: M::Values<E::Vector> = Layer::load(&layer.values, row, at);
                    let given = [E::load(&read[j..][..at.2]), normaliser];
                    let d = E::load(&self.d_outputs[unit * value + j..][..at.2]);
                    let ([d, d_own], d_values, d_of_gates) =
                        pull_back::<OutputOf<M>, E::Vector>(given, raw, gates, [d]);
                    E::store(d, &mut d_read[j..][..at.2]);
                    d_normaliser = d_normaliser + d_own;
                    put::<E>(&layer.values, d_row, at, d_values.as_slice());
                    add(&mut d_gates, d_of_gates);
                }
                if M::FACTS.normaliser {
                    d_read[value] = E::sums([d_normaliser, zero, zero, zero])[0];
                }
                let to = &mut self.d_gates[unit * layer.gates..][..layer.gates];
                for (to, &d) in to.iter_mut().zip(d_gates.as_slice()) {
                    *to += E::sums([d, zero, zero, zero])[0];
                }
            }
        }
    }
}

/// The gradient through [`Make`], that of the gates included.
pub(super) struct Pull<'a, M, E: Float> {
    pub(super) memory: PhantomData<M>,
    pub(super) layer: &'a Layer<E>,
    pub(super) projected: &'a [E],
    pub(super) found: &'a Made<E>,
    pub(super) d_projected: &'a mut [E],
    pub(super) d_gates: &'a [E],
    /// Of the first two gates' logarithms, besides that through the gates, of a stabilised memory.
    pub(super) d_logarithms: &'a [E],
    /// `[numbers, heads]`, to be added to.
    pub(super) d_unit: &'a mut [E],
    /// Memory for the gradients of a head's key-sized projections as they are, `[projections, K]`.
    pub(super) direct: &'a mut [E],
}

impl<M: Memory, E: Float> Kernel for Pull<'_, M, E> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let (projected, width) = (self.projected, self.layer.width);
        for (n, row) in projected.chunks_exact(width).enumerate() {
            for h in 0..self.layer.sizes.heads {
                self.head(n, row, h);
            }
        }
    }
}

impl<M: Memory, E: Float> Pull<'_, M, E> {
    #[inline(always)]
    fn head(&mut self, n: usize, row: &[E], h: usize) {
        let (layer, found) = (self.layer, self.found);
        let MemorySizes { heads, key, value, .. } = layer.sizes;
        let unit = n * heads + h;
        let d_row = &mut self.d_projected[n * layer.width..(n + 1) * layer.width];
        let zero = E::Vector::constant(0.0);
        let gates = layer.gates::<M>(n, row, h);
        let mut d_gates: M::Gates<E::Vector> = Block::splat(zero);
        let norms = layer.reciprocal_norms::<M>(row, h);
        // k̂ · δk̂ of each projection; δk̂ stays where δ of the projection will be.
        let mut along: M::Keys<E::Vector> = Block::splat(zero);
        for j in (0..key).step_by(E::WIDTH) {
            let at = (h, j, E::WIDTH.min(key - j), key);
            let raw: M::Keys<E::Vector> = Layer::load(&layer.keys, row, at);
            let normal = times(M::features(raw), norms);
            let place = unit * key + j..unit * key + j + at.2;
            let d = |exists: bool, from: &[E]| match exists {
                true => E::load(&from[place.clone()]),
                false => zero,
            };
            let d_terms = [
                d(M::KEEP == Keep::Vector, &found.keep),
                d(M::ERASE != Erase::Nothing, &found.erase),
                d(M::ERASE == Erase::Along, &found.along),
                d(true, &found.key),
                d(true, &found.query) * E::splat(layer.scale),
            ];
            let (d_normal, d, d_raw) =
                pull_back::<TermsOf<M>, E::Vector>(normal, gates, raw, d_terms);
            for (k, &d) in d_raw.as_slice().iter().enumerate() {
                E::store(d, &mut self.direct[k * key + j..][..at.2]);
            }
            add(&mut d_gates, d);
            add(&mut along, times(normal, d_normal));
            put::<E>(&layer.keys, d_row, at, d_normal.as_slice());
        }
        for (k, along) in along.as_mut_slice().iter_mut().enumerate() {
            *along = if M::FACTS.normalised.contains(&k) { total::<E>(*along) } else { zero };
        }
        for j in (0..key).step_by(E::WIDTH) {
            let at = (h, j, E::WIDTH.min(key - j), key);
            let raw: M::Keys<E::Vector> = Layer::load(&layer.keys, row, at);
            let normal = times(M::features(raw), norms);
            let mut d: M::Keys<E::Vector> = Layer::load(&layer.keys, d_row, at);
            for (k, d) in d.as_mut_slice().iter_mut().enumerate() {
                let (normal, along) = (normal.as_slice()[k], along.as_slice()[k]);
                *d = (*d - normal * along) * norms.as_slice()[k];
            }
            let (d, [], []) = pull_back::<FeaturesOf<M>, E::Vector>(raw, [], [], d);
            for (k, (place, &d)) in layer.keys.iter().zip(d.as_slice()).enumerate() {
                let direct = E::load(&self.direct[k * key + j..][..at.2]);
                E::store(d + direct, &mut d_row[place.start + h * key + j..][..at.2]);
            }
        }
        for j in (0..value).step_by(E::WIDTH) {
            let at = (h, j, E::WIDTH.min(value - j), value);
            let raw: M::Values<E::Vector> = Layer::load(&layer.values, row, at);
            let d = E::load(&found.value[unit * layer.rows + j..][..at.2]);
            let (d_values, d, []) = pull_back::<ValueOf<M>, E::Vector>(raw, gates, [], [d]);
            add(&mut d_gates, d);
            put::<E>(&layer.values, d_row, at, d_values.as_slice());
        }
        for (k, d) in d_gates.as_mut_slice().iter_mut().enumerate() {
            *d = total::<E>(*d) + E::splat(self.d_gates[unit * layer.gates + k]);
            if M::KEEP == Keep::Number && k == 0 {
                *d = *d + E::splat(found.keep[unit]);
            }
        }
        if M::FACTS.stabilised {
            // Through exp of what the level was taken off; the level itself is seen to elsewhere.
            for (k, d) in d_gates.as_mut_slice().iter_mut().enumerate().take(3) {
                *d = match k {
                    2 => zero,
                    _ => *d * gates.as_slice()[k] + E::splat(self.d_logarithms[2 * unit + k]),
                };
            }
        }
        let (inputs, numbers) = layer.head::<M>(row, h);
        let (d_heads, d_numbers, []) =
            pull_back::<GatesOf<M>, E::Vector>(inputs, numbers, [], d_gates);
        for (place, &d) in layer.heads.iter().zip(d_heads.as_slice()) {
            let to = place.start + h;
            E::store(d, &mut d_row[to..=to]);
        }
        for (k, &d) in d_numbers.as_slice().iter().enumerate() {
            let mut number = [E::default()];
            E::store(d, &mut number);
            self.d_unit[k * heads + h] += number[0];
        }
    }
}
