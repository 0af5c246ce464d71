//! A number type that counts operations instead of computing.

use crate::{Block, Cell, Real};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What makes a number of others, or of nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    /// A plain number, by its bits: no operation.
    Constant(u64),
    Operation(&'static str, usize, Option<usize>),
}

/// The numbers that were made, each once.
#[derive(Default)]
struct Numbers {
    made: HashMap<Source, usize>,
    /// How many numbers there are, given ones too.
    count: usize,
}

thread_local! {
    static NUMBERS: RefCell<Numbers> = RefCell::default();
}

/// A number without a value: each operation on it is counted, the same operation on the same numbers
/// once, wherever it stands. A function such as sigmoid counts as one.
#[derive(Clone, Copy, Debug)]
pub struct Count(usize);

impl Count {
    /// A number that is given, unlike all others.
    pub fn given() -> Self {
        NUMBERS.with_borrow_mut(|numbers| {
            numbers.count += 1;
            Self(numbers.count)
        })
    }

    fn made_by(source: Source) -> Self {
        let known = NUMBERS.with_borrow(|numbers| numbers.made.get(&source).copied());
        known.map_or_else(
            || {
                let new = Self::given();
                NUMBERS.with_borrow_mut(|numbers| numbers.made.insert(source, new.0));
                new
            },
            Self,
        )
    }

    fn of(self, name: &'static str) -> Self {
        Self::made_by(Source::Operation(name, self.0, None))
    }

    fn with(self, name: &'static str, other: Self) -> Self {
        Self::made_by(Source::Operation(name, self.0, Some(other.0)))
    }
}

macro_rules! counted {
    ($($operation:ident $method:ident),*) => {$(
        impl $operation for Count {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.with(stringify!($method), other)
            }
        }
    )*};
}
counted!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Count {
    type Output = Self;
    fn neg(self) -> Self {
        self.of("neg")
    }
}

macro_rules! functions {
    ($($name:ident),*) => {$(
        fn $name(self) -> Self {
            self.of(stringify!($name))
        }
    )*};
}

impl Real for Count {
    fn constant(value: f64) -> Self {
        Self::made_by(Source::Constant(value.to_bits()))
    }

    functions!(sigmoid, tanh, relu, above_zero, exp, ln, sqrt, abs, softplus);

    fn max(self, other: Self) -> Self {
        self.with("max", other)
    }
}

/// How many different operations `work` does on numbers of type [`Count`].
pub fn operations<R>(work: impl FnOnce() -> R) -> usize {
    NUMBERS.with_borrow_mut(|numbers| numbers.made.clear());
    work();
    let counted = |source: &&Source| matches!(source, Source::Operation(..));
    NUMBERS.with_borrow(|numbers| numbers.made.keys().filter(counted).count())
}

/// Floating-point operations of a cell's pointwise part, per hidden unit and step, forward. What both
/// stages compute is counted once.
pub fn pointwise_flops<C: Cell>() -> usize {
    let pre = Block::from_fn(|_| Count::given());
    let state = Block::from_fn(|_| Count::given());
    let unit = Block::from_fn(|_| Count::given());
    operations(|| {
        if C::Modulated::<Count>::LEN > 0 {
            C::modulate(pre, state, unit);
        }
        let new = C::step(pre, state, unit);
        if let Some(slot) = C::FACTS.normalised_state {
            let normal = Count::given();
            let of = |k: usize| if k == slot { normal } else { new.as_slice()[k] };
            C::finish(pre, Block::from_fn(of), unit);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_operation_on_the_same_numbers_counts_once() {
        let [a, b] = [Count::given(), Count::given()];
        assert_eq!(operations(|| [a.sigmoid() * b, a.sigmoid() * b]), 2);
        assert_eq!(operations(|| [a.sigmoid() * b, b * a.sigmoid(), a.tanh()]), 4);
        let one = || Count::constant(1.0);
        assert_eq!(operations(|| (one() - a) + (one() - a) * (Count::constant(2.0) - a)), 4);
        // Nothing is left over from before.
        assert_eq!(operations(|| a.sigmoid()), 1);
    }
}
