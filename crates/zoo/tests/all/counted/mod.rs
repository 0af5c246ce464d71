//! Operations of one step of a layer, counted while it is computed in plain loops: what the costs
//! that are derived from a cell's facts are compared with.

use cell::{Block, Cell, Real};
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::{Add, Div, Mul, Neg, Sub};

thread_local! {
    static DONE: RefCell<HashSet<(&'static str, u64, u64)>> = RefCell::default();
}

/// A number that remembers what was done with it: the same operation on the same numbers once.
#[derive(Clone, Copy, Debug)]
struct Counted(f64);

fn done(operation: &'static str, left: f64, right: f64, result: f64) -> Counted {
    DONE.with_borrow_mut(|done| done.insert((operation, left.to_bits(), right.to_bits())));
    Counted(result)
}

macro_rules! operation {
    ($trait:ident, $function:ident) => {
        impl $trait for Counted {
            type Output = Self;
            fn $function(self, other: Self) -> Self {
                done(stringify!($function), self.0, other.0, $trait::$function(self.0, other.0))
            }
        }
    };
}
operation!(Add, add);
operation!(Sub, sub);
operation!(Mul, mul);
operation!(Div, div);

impl Neg for Counted {
    type Output = Self;
    fn neg(self) -> Self {
        done("neg", self.0, 0.0, -self.0)
    }
}

macro_rules! function {
    ($($name:ident),*) => {$(
        fn $name(self) -> Self {
            done(stringify!($name), self.0, 0.0, Real::$name(self.0))
        }
    )*};
}

impl Real for Counted {
    fn constant(value: f64) -> Self {
        Self(value)
    }

    function!(sigmoid, tanh, relu, above_zero, exp, ln, sqrt, abs, softplus);

    fn max(self, other: Self) -> Self {
        done("max", self.0, other.0, Real::max(self.0, other.0))
    }
}

/// Numbers none of which is like another.
struct Values(u64);

impl Values {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    fn row(&mut self, len: usize) -> Vec<f64> {
        (0..len).map(|_| self.next()).collect()
    }
}

/// Operations of the layer: a sum starts at 0, or at the input where a block receives that itself, and
/// every term of a product and every bias is added to it.
pub(crate) fn flops<C: Cell>(input: usize, hidden: usize) -> usize {
    let facts = C::FACTS;
    let mut values = Values(7);
    let x = values.row(input);
    let state: Vec<Vec<f64>> = facts.state.iter().map(|_| values.row(hidden)).collect();
    let unit: Vec<Vec<f64>> = facts.unit.iter().map(|_| values.row(hidden)).collect();
    let shared = values.row(facts.scalar.len());
    let mut count = 0;
    // A layer's normalisation: of each number its part in the sum, the difference from the mean, its
    // square, that square's part in the sum, and the division by the root.
    let normalised = |numbers: usize| 5 * numbers;

    let mut pre = vec![vec![0.0; hidden]; facts.pre.len()];
    let mut product = |to: &mut f64, by: &[f64], gained: bool| {
        for x in by {
            *to += values.next() * x;
            count += 2;
        }
        // The gain; adding to what is there is the last of the sum's additions.
        count += usize::from(gained) + if gained { normalised(1) } else { 0 };
    };
    for (block, pre) in pre.iter_mut().enumerate() {
        let direct = facts.input.contains(&block)
            && input == hidden
            && block < facts.input.start + facts.direct;
        for (to, x) in pre.iter_mut().zip(&x).filter(|_| direct) {
            *to = *x;
        }
        for to in pre.iter_mut() {
            if facts.input.contains(&block) && !direct {
                product(to, &x, facts.normalised_products);
            }
            if facts.recurrent.contains(&block) {
                product(to, &state[0], facts.normalised_products);
            }
            if facts.modulated.contains(&block) {
                product(to, &state[0], false);
            }
        }
    }
    for pre in pre.iter_mut().skip(facts.unbiased) {
        for to in pre {
            *to += 0.1;
            count += 1;
        }
    }
    for j in 0..hidden {
        DONE.with_borrow_mut(HashSet::clear);
        let of = |rows: &[Vec<f64>]| rows.iter().map(|row| Counted(row[j])).collect::<Vec<_>>();
        let (pre, old) = (of(&pre), of(&state));
        let mut own = of(&unit);
        own.extend(shared.iter().copied().map(Counted));
        let pre = Block::from_fn(|k| pre[k]);
        let old = Block::from_fn(|k| old[k]);
        let own = Block::from_fn(|k| own[k]);
        if !facts.modulated.is_empty() {
            C::modulate(pre, old, own);
        }
        let new = C::step(pre, old, own);
        if let Some(slot) = facts.normalised_state {
            count += normalised(1);
            let of = |k: usize| if k == slot { Counted(0.777) } else { new.as_slice()[k] };
            C::finish(pre, Block::from_fn(of), own);
        }
        count += DONE.with_borrow(HashSet::len);
    }
    count
}
