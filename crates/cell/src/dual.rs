//! Dual numbers: a value together with its derivatives in four directions.

use crate::{Block, Real};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Directions differentiated at once. Four keep value and derivatives of a sixteen-lane number in
/// the registers of a processor with AVX2; more inputs take more passes.
pub(crate) const DIRECTIONS: usize = 4;

/// `value + Σ tangent[k] ε_k` with ε_j ε_k = 0: computing with it computes the derivative.
#[derive(Clone, Copy, Debug)]
pub struct Dual<R> {
    /// The value.
    pub value: R,
    /// The derivative in each direction.
    pub tangent: [R; DIRECTIONS],
}

impl<R: Real> Dual<R> {
    /// The value with derivative 1 in direction `direction` (none if it is out of range).
    #[inline(always)]
    pub fn seeded(value: R, direction: usize) -> Self {
        let tangent = Block::from_fn(|k| R::constant(if k == direction { 1.0 } else { 0.0 }));
        Self { value, tangent }
    }

    /// A function of this number, given its value and its derivative there.
    #[inline(always)]
    fn chain(self, value: R, derivative: R) -> Self {
        Self { value, tangent: Block::from_fn(|k| self.tangent[k] * derivative) }
    }
}

impl<R: Real> Add for Dual<R> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            tangent: Block::from_fn(|k| self.tangent[k] + other.tangent[k]),
        }
    }
}

impl<R: Real> Sub for Dual<R> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            value: self.value - other.value,
            tangent: Block::from_fn(|k| self.tangent[k] - other.tangent[k]),
        }
    }
}

impl<R: Real> Mul for Dual<R> {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl)] // the rules of differentiation mix operations
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            tangent: Block::from_fn(|k| {
                self.tangent[k] * other.value + self.value * other.tangent[k]
            }),
        }
    }
}

impl<R: Real> Div for Dual<R> {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl)] // the rules of differentiation mix operations
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self {
            value,
            tangent: Block::from_fn(|k| (self.tangent[k] - value * other.tangent[k]) / other.value),
        }
    }
}

impl<R: Real> Neg for Dual<R> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self { value: -self.value, tangent: Block::from_fn(|k| -self.tangent[k]) }
    }
}

impl<R: Real> Real for Dual<R> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self { value: R::constant(value), tangent: [R::constant(0.0); DIRECTIONS] }
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        let y = self.value.sigmoid();
        self.chain(y, y * (R::constant(1.0) - y))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let y = self.value.tanh();
        self.chain(y, R::constant(1.0) - y * y)
    }

    #[inline(always)]
    fn relu(self) -> Self {
        self.chain(self.value.relu(), self.value.above_zero())
    }

    #[inline(always)]
    fn above_zero(self) -> Self {
        self.chain(self.value.above_zero(), R::constant(0.0))
    }

    #[inline(always)]
    fn named(self, name: &'static str) -> Self {
        Self { value: self.value.named(name), tangent: self.tangent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One function through every operation, against central differences.
    #[test]
    fn every_operation_differentiates() {
        fn f<R: Real>(x: R, y: R) -> R {
            (x * y - (-x).sigmoid()) / (y + R::constant(3.0)).tanh() + x * x.relu() + y.relu()
        }
        let (x, y, e) = (0.7, -1.3, 1e-6);
        let d = f(Dual::seeded(x, 0), Dual::seeded(y, 1));
        assert_eq!(d.value, f(x, y));
        let dx = (f(x + e, y) - f(x - e, y)) / (2.0 * e);
        let dy = (f(x, y + e) - f(x, y - e)) / (2.0 * e);
        assert!((d.tangent[0] - dx).abs() < 1e-8, "{} {dx}", d.tangent[0]);
        assert!((d.tangent[1] - dy).abs() < 1e-8, "{} {dy}", d.tangent[1]);
    }
}
