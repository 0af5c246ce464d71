//! Dual numbers: a value together with its derivatives in four directions.

use crate::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Directions that can be differentiated at once; no cell in the list has more inputs.
pub(crate) const MOST_DIRECTIONS: usize = 12;

/// The same statement for every direction K < N, written out: in a longer loop the compiler does not see
/// which derivatives are 0.
macro_rules! each {
    ($k:ident < $n:ident => $statement:expr) => {
        each!(@ $k, $n, $statement, 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    (@ $k:ident, $n:ident, $statement:expr, $first:literal $($rest:literal)*) => {
        if $first < $n {
            const $k: usize = $first;
            $statement;
        }
        each!(@ $k, $n, $statement, $($rest)*)
    };
    (@ $k:ident, $n:ident, $statement:expr,) => {};
}
pub(crate) use each;

/// `value + Σ tangent[k] ε_k` with ε_j ε_k = 0: computing with it computes the derivative in `N`
/// directions (at most 12).
#[derive(Clone, Copy, Debug)]
pub struct Dual<R, const N: usize> {
    /// The value.
    pub value: R,
    /// The derivative in each direction.
    pub tangent: [Slope<R>; N],
}

/// A derivative that may be known to be 0.
///
/// Which ones are depends on the equations alone, so once a cell's step is inlined the compiler knows
/// it too, and what would multiply by 0 is not compiled at all.
#[derive(Clone, Copy, Debug)]
pub struct Slope<R> {
    zero: bool,
    value: R,
}

impl<R: Real> Slope<R> {
    /// 0, known to be.
    const fn none(zero: R) -> Self {
        Self { zero: true, value: zero }
    }

    /// The derivative.
    #[inline(always)]
    pub fn value(self) -> R {
        self.value
    }

    #[inline(always)]
    pub(crate) fn is_zero(self) -> bool {
        self.zero
    }

    #[inline(always)]
    fn times(self, factor: R) -> Self {
        if self.zero { self } else { Self { zero: false, value: self.value * factor } }
    }

    #[inline(always)]
    fn over(self, divisor: R) -> Self {
        if self.zero { self } else { Self { zero: false, value: self.value / divisor } }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        if self.zero {
            other
        } else if other.zero {
            self
        } else {
            Self { zero: false, value: self.value + other.value }
        }
    }

    #[inline(always)]
    fn negated(self) -> Self {
        if self.zero { self } else { Self { zero: false, value: -self.value } }
    }
}

impl<R: Real, const N: usize> Dual<R, N> {
    /// The value with derivative 1 in direction `direction` (none if it is out of range).
    #[inline(always)]
    pub fn seeded(value: R, direction: usize) -> Self {
        let mut tangent = [Slope::none(R::constant(0.0)); N];
        if direction < N {
            tangent[direction] = Slope { zero: false, value: R::constant(1.0) };
        }
        Self { value, tangent }
    }

    /// The value with derivative 0.
    #[inline(always)]
    fn flat(value: R) -> Self {
        Self { value, tangent: [Slope::none(R::constant(0.0)); N] }
    }

    /// A function of this number, given its value and its derivative there.
    #[inline(always)]
    fn chain(self, value: R, derivative: R) -> Self {
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] = tangent[K].times(derivative));
        Self { value, tangent }
    }
}

impl<R: Real, const N: usize> Add for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] = tangent[K].plus(other.tangent[K]));
        Self { value: self.value + other.value, tangent }
    }
}

impl<R: Real, const N: usize> Sub for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] = tangent[K].plus(other.tangent[K].negated()));
        Self { value: self.value - other.value, tangent }
    }
}

impl<R: Real, const N: usize> Mul for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] =
            tangent[K].times(other.value).plus(other.tangent[K].times(self.value)));
        Self { value: self.value * other.value, tangent }
    }
}

impl<R: Real, const N: usize> Div for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] =
            tangent[K].plus(other.tangent[K].times(value).negated()).over(other.value));
        Self { value, tangent }
    }
}

impl<R: Real, const N: usize> Neg for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] = tangent[K].negated());
        Self { value: -self.value, tangent }
    }
}

impl<R: Real, const N: usize> Real for Dual<R, N> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::flat(R::constant(value))
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
        Self::flat(self.value.above_zero())
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let y = self.value.exp();
        self.chain(y, y)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.chain(self.value.ln(), R::constant(1.0) / self.value)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        let y = self.value.sqrt();
        self.chain(y, R::constant(0.5) / y)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let sign = self.value.above_zero() - (-self.value).above_zero();
        self.chain(self.value.abs(), sign)
    }

    /// Where both are equal, the derivative is the mean of both, as in PyTorch.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        let gap = self.value - other.value;
        let half = R::constant(0.5);
        let first = half + half * (gap.above_zero() - (-gap).above_zero());
        let second = R::constant(1.0) - first;
        let mut tangent = self.tangent;
        each!(K < N => tangent[K] =
            tangent[K].times(first).plus(other.tangent[K].times(second)));
        Self { value: self.value.max(other.value), tangent }
    }

    #[inline(always)]
    fn softplus(self) -> Self {
        self.chain(self.value.softplus(), self.value.sigmoid())
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        let value = self.value.mul_add(factor.value, term.value);
        Self { value, tangent: (self * factor + term).tangent }
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
            let first = (x * y - (-x).sigmoid()) / (y + R::constant(3.0)).tanh();
            let second = (x * y).exp().max(x) - (x.sqrt() + y.abs()).ln() * y.softplus();
            let third = x.mul_add(y, (y * y).max(x * y) - x.abs().max(y));
            first + x * x.relu() + y.relu() + second + third
        }
        let (x, y, e) = (0.7, -1.3, 1e-6);
        let d = f(Dual::<_, 2>::seeded(x, 0), Dual::seeded(y, 1));
        assert_eq!(d.value, f(x, y));
        let dx = (f(x + e, y) - f(x - e, y)) / (2.0 * e);
        let dy = (f(x, y + e) - f(x, y - e)) / (2.0 * e);
        assert!((d.tangent[0].value() - dx).abs() < 1e-8, "{} {dx}", d.tangent[0].value());
        assert!((d.tangent[1].value() - dy).abs() < 1e-8, "{} {dy}", d.tangent[1].value());
    }

    /// PyTorch's choices: `torch.maximum`, `abs`, `relu`.
    #[test]
    fn where_there_is_no_derivative_it_is_the_one_in_the_middle() {
        let slopes = |y: Dual<f64, 2>| y.tangent.map(Slope::value);
        let [x, y] = [Dual::seeded(0.0, 0), Dual::seeded(0.0, 1)];
        assert_eq!(slopes(x.max(y)), [0.5, 0.5]);
        assert_eq!(slopes(x.abs()), [0.0, 0.0]);
        assert_eq!(slopes(x.relu()), [0.0, 0.0]);
        let least = Dual::seeded(f64::NEG_INFINITY, 1);
        assert_eq!(slopes(x.max(least)), [1.0, 0.0]);
        assert_eq!(slopes(least.exp()), [0.0, 0.0]);
        assert_eq!(slopes(least.softplus()), [0.0, 0.0]);
    }
}
