//! A number type that counts operations instead of computing.

use crate::{Block, Cell, Real};
use std::cell::Cell as Counter;
use std::ops::{Add, Div, Mul, Neg, Sub};

thread_local! {
    static OPERATIONS: Counter<usize> = const { Counter::new(0) };
}

/// A number without a value: each operation on it is counted. A function such as
/// sigmoid counts as one.
#[derive(Clone, Copy, Debug)]
pub struct Count;

impl Count {
    fn one_more() -> Self {
        OPERATIONS.set(OPERATIONS.get() + 1);
        Self
    }
}

macro_rules! counted {
    ($($operation:ident $method:ident),*) => {$(
        impl $operation for Count {
            type Output = Self;
            fn $method(self, _: Self) -> Self {
                Self::one_more()
            }
        }
    )*};
}
counted!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Count {
    type Output = Self;
    fn neg(self) -> Self {
        Self::one_more()
    }
}

impl Real for Count {
    fn constant(_: f64) -> Self {
        Self
    }

    fn sigmoid(self) -> Self {
        Self::one_more()
    }

    fn tanh(self) -> Self {
        Self::one_more()
    }

    fn relu(self) -> Self {
        Self::one_more()
    }

    fn above_zero(self) -> Self {
        Self::one_more()
    }

    fn exp(self) -> Self {
        Self::one_more()
    }

    fn ln(self) -> Self {
        Self::one_more()
    }

    fn sqrt(self) -> Self {
        Self::one_more()
    }

    fn abs(self) -> Self {
        Self::one_more()
    }

    fn max(self, _: Self) -> Self {
        Self::one_more()
    }

    fn softplus(self) -> Self {
        Self::one_more()
    }
}

/// How many operations `work` does on numbers of type [`Count`].
pub fn operations<R>(work: impl FnOnce() -> R) -> usize {
    OPERATIONS.set(0);
    work();
    OPERATIONS.get()
}

/// Floating-point operations of a cell's pointwise part, per hidden unit and step, forward.
pub fn pointwise_flops<C: Cell>() -> usize {
    let (pre, state, unit) =
        (Block::from_fn(|_| Count), Block::from_fn(|_| Count), Block::from_fn(|_| Count));
    operations(|| {
        if C::Modulated::<Count>::LEN > 0 {
            C::modulate(pre, state, unit);
        }
        C::step(pre, state, unit);
        if C::FACTS.normalised_state.is_some() {
            C::finish(pre, state, unit);
        }
    })
}
