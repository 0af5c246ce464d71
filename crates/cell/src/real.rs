//! The numbers that a cell's equations are written in.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number type that a cell's [`step`](crate::Cell::step) can be run on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number type that a cell's equations can be run on",
    note = "`step` is generic over the number type, `fn step<R: Real>`: vectors run it, dual numbers \
            differentiate it; a plain number is written `R::constant(1.0)`"
)]
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The number `value`.
    fn constant(value: f64) -> Self;

    /// Logistic function 1 / (1 + e^-x).
    fn sigmoid(self) -> Self;

    /// Hyperbolic tangent.
    fn tanh(self) -> Self;

    /// The larger of the number and 0.
    fn relu(self) -> Self;

    /// 1 where the number is above 0, else 0: the derivative of [`relu`](Real::relu).
    fn above_zero(self) -> Self;

    /// e^x: 0 far below 0, infinite far above.
    fn exp(self) -> Self;

    /// Natural logarithm: −∞ at 0, NaN below.
    fn ln(self) -> Self;

    /// Square root: NaN below 0.
    fn sqrt(self) -> Self;

    /// Absolute value; its derivative at 0 is 0.
    fn abs(self) -> Self;

    /// The larger of two numbers; NaN where either is. Where they are equal, the derivative of each is a
    /// half.
    fn max(self, other: Self) -> Self;

    /// ln(1 + e^x), exact to rounding where it is near 0 too. ln σ(x) is `-(-x).softplus()`.
    fn softplus(self) -> Self;

    /// `self * factor + term`, in one operation where the number type has it.
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }

    /// Gives the value a name. It changes nothing; number types that write equations or record
    /// gates use it, so gates and states should be named where they are computed.
    #[inline(always)]
    fn named(self, name: &'static str) -> Self {
        let _ = name;
        self
    }

    /// [`named`](Real::named), for a gate that is no value of [`sigmoid`](Real::sigmoid): those are
    /// known for gates.
    #[inline(always)]
    fn gate(self, name: &'static str) -> Self {
        self.named(name)
    }
}

impl Real for f64 {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        self.tanh()
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // Not `max`, which would turn NaN into 0.
        if self < 0.0 { 0.0 } else { self }
    }

    #[inline(always)]
    fn above_zero(self) -> Self {
        if self > 0.0 { 1.0 } else { 0.0 }
    }

    #[inline(always)]
    fn exp(self) -> Self {
        self.exp()
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other || self.is_nan() { self } else { other }
    }

    #[inline(always)]
    fn softplus(self) -> Self {
        self.relu() + (-self.abs()).exp().ln_1p()
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
    }
}
