//! Sixteen `f32` side by side.
//!
//! Written as plain loops over an array, which the compiler turns into vector instructions of
//! whatever processor the calling function is compiled for. Multiplications and additions are fused
//! only where that is asked for, in exp and what is made of it, so the result is the same to the bit
//! on all of them; on one without such an instruction it is computed by software, slowly.

use crate::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

const WIDTH: usize = 16;

/// As many values of an expression in a lane's number `$i` as `Self` has.
///
/// A plain loop: `array::from_fn` and closures are functions of their own to the compiler and then perhaps
/// not compiled for the caller's instructions, and iterators made the cells compile slowly.
macro_rules! lanes {
    ($i:ident => $value:expr) => {{
        let mut out = [0.0; Self::WIDTH];
        let mut $i = 0;
        while $i < Self::WIDTH {
            out[$i] = $value;
            $i += 1;
        }
        Self(out)
    }};
}

/// Sixteen numbers, computed side by side.
///
/// Largest relative errors against exact values, over all of f32 (`tests/accuracy.rs`): sigmoid
/// 1.6e-7, where below -87 it stays at e^-87 (1.6e-38) and never reaches 0; tanh 1.8e-7, subnormal
/// numbers included; exp 1e-7, ln 1e-7 and softplus 2.2e-7, and where their values are subnormal
/// within one of these; sqrt, abs and max exact. Infinities give the limits; NaN stays NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f32; WIDTH]);

/// One number, computed as each of [`Lanes`] is: for processors without vector instructions, where code for
/// sixteen would only be long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lane(pub [f32; 1]);

impl Lane {
    /// Numbers in one value.
    pub const WIDTH: usize = 1;
}

impl Lanes {
    /// Numbers in one value.
    pub const WIDTH: usize = WIDTH;

    /// e^x of each, for arguments held within ±87; relative error at most 1e-7. NaN stays NaN.
    #[inline(always)]
    pub fn bounded_exp(self) -> Self {
        lanes!(i => exp(self.0[i]))
    }

    /// The sum of each of four.
    #[inline(always)]
    pub fn sums(vectors: [Self; 4]) -> [f32; 4] {
        let mut quarters = [[0.0; 4]; 4];
        let mut r = 0;
        while r < 4 {
            let x = &vectors[r].0;
            let mut half = [0.0; 8];
            let mut i = 0;
            while i < 8 {
                half[i] = x[i] + x[i + 8];
                i += 1;
            }
            let mut i = 0;
            while i < 4 {
                quarters[r][i] = half[i] + half[i + 4];
                i += 1;
            }
            r += 1;
        }
        let mut out = [0.0; 4];
        let mut r = 0;
        while r < 4 {
            let x = &quarters[r];
            out[r] = (x[0] + x[2]) + (x[1] + x[3]);
            r += 1;
        }
        out
    }
}

macro_rules! lanewise {
    ($lanes:ident: $($operation:ident $method:ident $symbol:tt),*) => {$(
        impl $operation for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                lanes!(i => self.0[i] $symbol other.0[i])
            }
        }
    )*};
}

/// What lanes can do, however many they are.
macro_rules! real {
    ($lanes:ident) => {
lanewise!($lanes: Add add +, Sub sub -, Mul mul *, Div div /);

impl Neg for $lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        lanes!(i => -self.0[i])
    }
}

impl Real for $lanes {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self([value as f32; Self::WIDTH])
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        lanes!(i => reciprocal(1.0 + exp(-self.0[i])))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        lanes!(i => tanh(self.0[i]))
    }

    #[inline(always)]
    fn relu(self) -> Self {
        lanes!(i => if self.0[i] < 0.0 { 0.0 } else { self.0[i] })
    }

    #[inline(always)]
    fn above_zero(self) -> Self {
        lanes!(i => if self.0[i] > 0.0 { 1.0 } else { 0.0 })
    }

    #[inline(always)]
    fn exp(self) -> Self {
        lanes!(i => whole_exp(self.0[i]))
    }

    #[inline(always)]
    fn ln(self) -> Self {
        lanes!(i => ln(self.0[i]))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        lanes!(i => self.0[i].sqrt())
    }

    #[inline(always)]
    fn abs(self) -> Self {
        lanes!(i => self.0[i].abs())
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        let larger = lanes!(i => if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] });
        lanes!(i => if self.0[i].is_nan() { self.0[i] } else { larger.0[i] })
    }

    #[inline(always)]
    fn softplus(self) -> Self {
        lanes!(i => softplus(self.0[i]))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        lanes!(i => self.0[i].mul_add(factor.0[i], term.0[i]))
    }
}
    };
}
real!(Lanes);
real!(Lane);

/// e^x for arguments held within ±87, where neither overflow nor denormal numbers occur. NaN stays
/// NaN.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let (power, rest) = exp_parts(x);
    power.mul_add(rest, power)
}

/// e^x over all of f32: a power of 2 beyond the exponents of f32 is two factors.
#[inline(always)]
fn whole_exp(x: f32) -> f32 {
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let (n, rest) = reduced(x);
    // n + 192 is positive, so its half is a shift to the right that rounds down.
    let n = (n.to_bits() & 0x7F_FFFF).wrapping_sub(0x40_0000 - 192);
    let half = n >> 1;
    let power = |n: u32| f32::from_bits(n.wrapping_add(127 - 96) << 23);
    let (low, high) = (power(half), power(n.wrapping_sub(half)));
    low.mul_add(rest, low) * high
}

/// e^x without a branch, as 2^n (1 + p): x = n ln 2 + r with |r| <= ln 2 / 2, and a polynomial for
/// p = e^r - 1 (least squares on Chebyshev nodes, relative error of 1 + p 1e-7 with rounding).
#[inline(always)]
fn exp_parts(x: f32) -> (f32, f32) {
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 87.0 { 87.0 } else { x };
    let (shifted, rest) = reduced(x);
    // NaN makes `rest` NaN whatever the power is.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    (power, rest)
}

/// n, in the low bits of a number, and p.
#[inline(always)]
fn reduced(x: f32) -> (f32, f32) {
    // Adding and subtracting 1.5 * 2^23 rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first short enough that n times it is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    let square = r * r;
    let tail = square.mul_add(0.001_393_364_4, r.mul_add(0.008_363_175, 0.041_666_467));
    let tail = square.mul_add(tail, r.mul_add(0.166_665_76, 0.5));
    (shifted, square.mul_add(tail, r))
}

/// ln x = n ln 2 + ln(1 + f) with 1 + f from √½ to √2 (the polynomial is Cephes' `logf`).
#[inline(always)]
fn ln(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const SQRT_HALF: u32 = 0x3F35_04F3;
    // Subnormal numbers are made larger by 2^23 first.
    let small = x < f32::MIN_POSITIVE;
    let scaled = if small { x * 8_388_608.0 } else { x };
    let n = (scaled.to_bits().wrapping_sub(SQRT_HALF) as i32) >> 23;
    let f = f32::from_bits(scaled.to_bits().wrapping_sub((n << 23) as u32)) - 1.0;
    let n = n as f32 - if small { 23.0 } else { 0.0 };
    let square = f * f;
    let p = f.mul_add(0.070_376_836, -0.115_146_1);
    let p = f.mul_add(p, 0.116_769_99);
    let p = f.mul_add(p, -0.124_201_41);
    let p = f.mul_add(p, 0.142_493_23);
    let p = f.mul_add(p, -0.166_680_58);
    let p = f.mul_add(p, 0.200_007_15);
    let p = f.mul_add(p, -0.249_999_94);
    let p = f.mul_add(p, 0.333_333_3);
    let tail = (f * square).mul_add(p, n.mul_add(LN2_LOW, -0.5 * square));
    let y = n.mul_add(LN2_HIGH, f + tail);
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f32::NAN } else { y };
    // Infinity and NaN stay.
    if x < f32::INFINITY { y } else { x }
}

/// max(x, 0) + ln(1 + u) with u = e^-|x|, as 2 artanh(u / (2 + u)): a series in odd powers.
#[inline(always)]
fn softplus(x: f32) -> f32 {
    let u = whole_exp(-x.abs());
    // Not twice the quotient, which is not exact where it is subnormal.
    let twice = (u + u) / (2.0 + u);
    let square = 0.25 * twice * twice;
    let p = square.mul_add(1.0 / 15.0, 1.0 / 13.0);
    let p = square.mul_add(p, 1.0 / 11.0);
    let p = square.mul_add(p, 1.0 / 9.0);
    let p = square.mul_add(p, 1.0 / 7.0);
    let p = square.mul_add(p, 1.0 / 5.0);
    let p = square.mul_add(p, 1.0 / 3.0);
    let log = (twice * square).mul_add(p, twice);
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log
}

/// tanh x = (e^2|x| - 1) / (e^2|x| + 1) with the sign of x. The numerator is 2^n p + (2^n - 1),
/// which does not cancel near 0.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let (power, rest) = exp_parts(2.0 * x.abs());
    let less_one = power.mul_add(rest, power - 1.0);
    (less_one / (less_one + 2.0)).copysign(x)
}

/// 1 / x for x from 1 to 1e38, to rounding: three of Newton's steps from a first guess out of the
/// exponent. Divisions of sixteen numbers take as long as thirty other operations.
#[inline(always)]
fn reciprocal(x: f32) -> f32 {
    let mut guess = f32::from_bits(0x7EF3_11C7_u32.wrapping_sub(x.to_bits()));
    for _ in 0..3 {
        guess = x.mul_add(-guess, 1.0).mul_add(guess, guess);
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_each_vector() {
        let vector = |k: usize| Lanes(std::array::from_fn(|i| (100 * k + i * i) as f32));
        let sums = Lanes::sums([0, 1, 2, 3].map(vector));
        assert_eq!(sums, [1240.0, 2840.0, 4440.0, 6040.0]);
    }

    /// Largest relative error of `f` against `exact` over ±30 and, by small steps, near 0.
    fn worst(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let points = (-30_000..=30_000).map(|k| k as f32 * 1e-3);
        let near = (-30_000..=30_000).map(|k| k as f32 * 1e-6);
        let error = |x: f32| {
            let y = exact(f64::from(x));
            if y == 0.0 { f64::from(f(x)).abs() } else { ((f64::from(f(x)) - y) / y).abs() }
        };
        points.chain(near).map(error).fold(0.0, f64::max)
    }

    fn lane(f: impl Fn(Lanes) -> Lanes) -> impl Fn(f32) -> f32 {
        move |x| f(Lanes([x; WIDTH])).0[7]
    }

    #[test]
    fn sigmoid_and_tanh_are_exact_to_rounding() {
        let sigmoid = worst(lane(Real::sigmoid), |x| 1.0 / (1.0 + (-x).exp()));
        assert!(sigmoid < 4e-7, "{sigmoid}");
        let tanh = worst(lane(Real::tanh), f64::tanh);
        assert!(tanh < 3e-7, "{tanh}");
    }

    #[test]
    fn extremes_saturate_and_nan_stays() {
        let sigmoid = lane(Real::sigmoid);
        let tanh = lane(Real::tanh);
        assert_eq!((tanh(1e30), tanh(-1e30)), (1.0, -1.0));
        assert_eq!(sigmoid(f32::INFINITY), 1.0);
        assert!(sigmoid(-1e30) < 1e-37);
        let relu = lane(Real::relu);
        assert_eq!((relu(-2.0), relu(0.0), relu(3.0)), (0.0, 0.0, 3.0));
        assert!([sigmoid(f32::NAN), tanh(f32::NAN), relu(f32::NAN)].iter().all(|x| x.is_nan()));
    }

    #[test]
    fn one_lane_is_as_each_of_sixteen() {
        type Both = (fn(Lane) -> Lane, fn(Lanes) -> Lanes);
        let functions: [Both; 9] = [
            (Real::sigmoid, Real::sigmoid),
            (Real::tanh, Real::tanh),
            (Real::relu, Real::relu),
            (Real::exp, Real::exp),
            (Real::ln, Real::ln),
            (Real::sqrt, Real::sqrt),
            (Real::abs, Real::abs),
            (Real::softplus, Real::softplus),
            (
                |x| x.mul_add(x, -x) / (x + Real::constant(0.3)),
                |x| x.mul_add(x, -x) / (x + Real::constant(0.3)),
            ),
        ];
        for k in -3000..3000 {
            let x = k as f32 * 0.037;
            for (one, sixteen) in functions {
                let (one, sixteen) = (one(Lane([x])).0[0], sixteen(Lanes([x; WIDTH])).0[5]);
                assert_eq!(one.to_bits(), sixteen.to_bits(), "{x}");
            }
        }
    }
}
