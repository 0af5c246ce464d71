//! A number type that records what a cell gives names to: the values of its gates.

use crate::{Block, Cell, Real};
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

thread_local! {
    static NAMED: RefCell<Vec<(&'static str, f64)>> = const { RefCell::new(Vec::new()) };
}

/// A number that is recorded where it gets a name.
#[derive(Clone, Copy, Debug)]
struct Recorded(f64);

macro_rules! operation {
    ($trait:ident, $function:ident) => {
        impl $trait for Recorded {
            type Output = Self;
            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                Self($trait::$function(self.0, other.0))
            }
        }
    };
}
operation!(Add, add);
operation!(Sub, sub);
operation!(Mul, mul);
operation!(Div, div);

impl Neg for Recorded {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Real for Recorded {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self(value)
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self(Real::sigmoid(self.0))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        Self(Real::tanh(self.0))
    }

    #[inline(always)]
    fn relu(self) -> Self {
        Self(Real::relu(self.0))
    }

    #[inline(always)]
    fn above_zero(self) -> Self {
        Self(Real::above_zero(self.0))
    }

    #[inline(always)]
    fn exp(self) -> Self {
        Self(Real::exp(self.0))
    }

    #[inline(always)]
    fn ln(self) -> Self {
        Self(Real::ln(self.0))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(Real::sqrt(self.0))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(Real::abs(self.0))
    }

    #[inline(always)]
    fn softplus(self) -> Self {
        Self(Real::softplus(self.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(Real::max(self.0, other.0))
    }

    /// A value that both stages compute is recorded once.
    fn named(self, name: &'static str) -> Self {
        NAMED.with_borrow_mut(|named| {
            if !named.iter().any(|(known, _)| *known == name) {
                named.push((name, self.0));
            }
        });
        self
    }
}

/// What cell `C` gives names to in one step of one hidden unit, in the order in which it is
/// computed. A slot that is normalised over the units is taken as it was before: gates do not depend
/// on it.
pub fn named_values<C: Cell>(
    pre: C::Pre<f64>,
    state: C::State<f64>,
    unit: C::Unit<f64>,
) -> Vec<(&'static str, f64)> {
    NAMED.with_borrow_mut(Vec::clear);
    let pre = Block::from_fn(|k| Recorded(pre.as_slice()[k]));
    let state = Block::from_fn(|k| Recorded(state.as_slice()[k]));
    let unit = Block::from_fn(|k| Recorded(unit.as_slice()[k]));
    C::modulate(pre, state, unit);
    let new = C::step(pre, state, unit);
    if C::FACTS.normalised_state.is_some() {
        C::finish(pre, new, unit);
    }
    NAMED.with_borrow(Vec::clone)
}
