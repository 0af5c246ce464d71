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

    /// Gives the value a name. It changes nothing; number types that write equations or record
    /// gates use it, so gates and states should be named where they are computed.
    #[inline(always)]
    fn named(self, name: &'static str) -> Self {
        let _ = name;
        self
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
}
