//! The fast activations against f64 over the whole range of f32: the bounds that stand in the
//! documentation of [`Lanes`].

use cell::{Lanes, Real};

/// Relative error allowed, as the documentation says.
const EXP: f64 = 1e-7;
const SIGMOID: f64 = 1.6e-7;
const TANH: f64 = 1.8e-7;

const LN: f64 = 1e-7;
const SOFTPLUS: f64 = 2.2e-7;

/// Where [`Lanes::bounded_exp`] holds its argument.
const HELD: f64 = 87.0;

/// Every 1009th bit pattern, so that each sign, each exponent (subnormal numbers among them) and
/// thousands of fractions of each occur; and every number next to those where a function
/// changes its form or its argument is held.
fn numbers() -> impl Iterator<Item = f32> {
    let edges = [0.0, f32::MIN_POSITIVE, 0.3, 0.625, 1.0, 43.5, 87.0, 88.7, 103.9, f32::MAX];
    let near = edges.into_iter().flat_map(|x| {
        let bits = x.to_bits();
        bits.saturating_sub(5_000)..=bits + 5_000
    });
    let near = near.flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)]);
    (0..=u32::MAX).step_by(1009).map(f32::from_bits).chain(near)
}

/// Shows every number with what `f` makes of it, infinities and NaN among them.
fn for_each(f: fn(Lanes) -> Lanes, mut see: impl FnMut(f32, f32)) {
    let mut all = numbers().chain([f32::INFINITY, f32::NEG_INFINITY, f32::NAN]).peekable();
    while all.peek().is_some() {
        let mut x = [0.0; Lanes::WIDTH];
        x.iter_mut().zip(&mut all).for_each(|(x, number)| *x = number);
        x.into_iter().zip(f(Lanes(x)).0).for_each(|(x, y)| see(x, y));
    }
}

/// The largest of `error(x, f(x))` over all numbers that are not NaN; and NaN stays NaN.
fn worst(f: fn(Lanes) -> Lanes, error: fn(f64, f64) -> f64) -> f64 {
    let mut worst = 0.0_f64;
    for_each(f, |x, y| {
        assert_eq!(x.is_nan(), y.is_nan(), "{x:e} ({:#x}) gives {y:e}", x.to_bits());
        if !x.is_nan() {
            let found = error(x.into(), y.into());
            assert!(found.is_finite(), "{x:e} ({:#x}) gives {y:e}", x.to_bits());
            worst = worst.max(found);
        }
    });
    worst
}

fn relative(found: f64, exact: f64) -> f64 {
    if found == exact { 0.0 } else { ((found - exact) / exact).abs() }
}

fn check(name: &str, worst: f64, bound: f64) {
    println!("{name}: {worst:e} at most, {bound:e} allowed");
    assert!(worst < bound, "{name}: {worst:e}, {bound:e} allowed");
    // A bound far from the truth says nothing.
    assert!(worst > bound / 2.0, "{name}: {worst:e}, the bound {bound:e} is loose");
}

#[test]
fn the_bounded_exp_keeps_its_bound() {
    check(
        "bounded exp",
        worst(Lanes::bounded_exp, |x, y| relative(y, x.clamp(-HELD, HELD).exp())),
        EXP,
    );
}

/// The relative error; of a value that is subnormal, 0 if one of f32's numbers next to it was found.
fn to_the_last(found: f64, exact: f64) -> f64 {
    const SMALLEST: f64 = 1.401_298_464_324_817e-45;
    let subnormal = exact.abs() < f64::from(f32::MIN_POSITIVE);
    if subnormal && (found - exact).abs() <= SMALLEST { 0.0 } else { relative(found, exact) }
}

/// As f32 has it: infinite beyond its largest number.
fn as_f32(exact: f64) -> f64 {
    if exact > f64::from(f32::MAX) { f64::from(exact as f32) } else { exact }
}

#[test]
fn exp_keeps_its_bound_over_all_numbers() {
    check("exp", worst(Real::exp, |x, y| to_the_last(y, as_f32(x.exp()))), EXP);
}

#[test]
fn ln_keeps_its_bound() {
    let mut largest = 0.0_f64;
    for_each(Real::ln, |x, y| {
        if x < 0.0 || x.is_nan() {
            assert!(y.is_nan(), "ln of {x:e}: {y:e}");
        } else {
            let exact = f64::from(x).ln();
            let error = relative(y.into(), exact);
            assert!(error.is_finite(), "ln of {x:e}: {y:e}");
            largest = largest.max(error);
        }
    });
    check("ln", largest, LN);
}

#[test]
fn softplus_keeps_its_bound() {
    let error = |x: f64, y: f64| to_the_last(y, x.max(0.0) + (-x.abs()).exp().ln_1p());
    check("softplus", worst(Real::softplus, error), SOFTPLUS);
}

#[test]
fn the_exact_functions_are_exact() {
    for_each(Real::abs, |x, y| assert_eq!(y.to_bits(), x.abs().to_bits(), "{x:e}"));
    for_each(Real::sqrt, |x, y| {
        assert!(y == x.sqrt() || (y.is_nan() && (x < 0.0 || x.is_nan())), "{x:e}: {y:e}");
    });
    for_each(
        |x| x.max(Real::constant(0.5)),
        |x, y| {
            assert!(y == x.max(0.5) && !x.is_nan() || y.is_nan() && x.is_nan(), "{x:e}: {y:e}");
        },
    );
    for_each(
        |x| Lanes::constant(0.5).max(x),
        |x, y| {
            assert!(y == x.max(0.5) && !x.is_nan() || y.is_nan() && x.is_nan(), "{x:e}: {y:e}");
        },
    );
}

/// Below -87, where the exact values sink to the subnormal numbers, it stays at e^-87.
#[test]
fn sigmoid_keeps_its_bound() {
    let error = |x: f64, y: f64| relative(y, 1.0 / (1.0 + (-x.max(-HELD)).exp()));
    check("sigmoid", worst(Real::sigmoid, error), SIGMOID);
}

#[test]
fn tanh_keeps_its_bound() {
    check("tanh", worst(Real::tanh, |x, y| relative(y, x.tanh())), TANH);
}

#[test]
fn activations_stay_within_their_ranges() {
    for_each(Real::sigmoid, |x, y| {
        assert!(x.is_nan() || (y > 0.0 && y <= 1.0), "sigmoid of {x:e}: {y:e}");
    });
    for_each(Real::tanh, |x, y| {
        let sign = y == 0.0 || (y > 0.0) == (x > 0.0);
        assert!(x.is_nan() || (y.abs() <= 1.0 && sign), "tanh of {x:e}: {y:e}");
    });
}
