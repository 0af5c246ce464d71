//! From data to an axis: range, linear or logarithmic, and where the ticks stand.

use crate::number::{compact, power_of_ten, trimmed};
use std::cmp::Ordering;

/// An axis. Positions on it are data values, or their decimal logarithms on a log axis; the
/// drawing library only ever sees positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    kind: Kind,
    /// The ends, as positions; `low < high`, both finite.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Ticks start here: at the lower end, or above it where room was added for other things.
    first_tick: f64,
    /// Ticks stand at whole numbers only: nothing is between them.
    whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Linear,
    Log,
}

/// A tick: its position on the axis and its label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) position: f64,
    pub(crate) label: String,
}

impl Scale {
    /// A linear axis over the finite ones of `values`.
    pub(crate) fn linear(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(values.into_iter()).unwrap_or((0.0, 1.0));
        Self::new(Kind::Linear, low, high)
    }

    /// A logarithmic axis over the positive finite ones of `values`.
    pub(crate) fn log(values: impl IntoIterator<Item = f64>) -> Self {
        let positions = values.into_iter().filter(|value| *value > 0.0).map(f64::log10);
        let (low, high) = range(positions).unwrap_or((0.0, 1.0));
        Self::new(Kind::Log, low, high)
    }

    fn new(kind: Kind, low: f64, high: f64) -> Self {
        // Equal values get an axis around them; so do values that differ only by rounding.
        let least = match kind {
            Kind::Linear => (low.abs().max(high.abs()) * 1e-6).max(1e-12),
            Kind::Log => 1e-3,
        };
        let half = match kind {
            _ if high - low > least => 0.0,
            Kind::Linear if low == 0.0 => 0.5,
            Kind::Linear => low.abs() * 0.1,
            Kind::Log => 0.1,
        };
        let low = low - half;
        Self { kind, low, high: high + half, first_tick: low, whole: false }
    }

    /// The same axis, longer by a share of its length at either end.
    pub(crate) fn padded(self, below: f64, above: f64) -> Self {
        let length = self.high - self.low;
        let low = self.low - below * length;
        Self { low, high: self.high + above * length, first_tick: low, ..self }
    }

    /// The same axis for what is counted: with ticks at whole numbers only.
    pub(crate) fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// The same axis with room below it, a share of its length, that has no ticks.
    pub(crate) fn with_room_below(self, share: f64) -> Self {
        Self { low: self.low - share * (self.high - self.low), ..self }
    }

    pub(crate) fn is_log(&self) -> bool {
        self.kind == Kind::Log
    }

    /// The position of a value; `None` where the axis has none (not finite, or not positive on a
    /// log axis).
    pub(crate) fn position(&self, value: f64) -> Option<f64> {
        let position = match self.kind {
            Kind::Linear => value,
            Kind::Log => value.log10(),
        };
        position.is_finite().then_some(position)
    }

    /// The position of a value, at the nearest end where it is beyond the axis: the order says at which.
    /// `None` for what is not a number.
    pub(crate) fn position_on(&self, value: f64) -> Option<(f64, Ordering)> {
        let position = match self.kind {
            Kind::Linear => value,
            Kind::Log if value <= 0.0 => f64::NEG_INFINITY,
            Kind::Log => value.log10(),
        };
        match position {
            beyond if beyond < self.low => Some((self.low, Ordering::Less)),
            beyond if beyond > self.high => Some((self.high, Ordering::Greater)),
            inside if inside.is_nan() => None,
            inside => Some((inside, Ordering::Equal)),
        }
    }

    /// About `target` ticks, at round numbers, inside the axis.
    pub(crate) fn ticks(&self, target: usize) -> Vec<Tick> {
        if self.first_tick > self.low {
            return Self { low: self.first_tick, ..*self }.ticks(target);
        }
        let mut ticks = match self.kind {
            Kind::Linear => Vec::new(),
            Kind::Log if self.high - self.low > 4.0 => return self.decades(target),
            Kind::Log => self.within_decades(target),
        };
        let whole = |tick: &Tick| {
            let value = 10f64.powf(tick.position);
            (value - value.round()).abs() < 1e-6 * value
        };
        ticks.retain(|tick| !self.whole || whole(tick));
        // A log axis shorter than a factor of about three has too few round numbers of its own.
        if ticks.len() < 3 { self.evenly_spaced(target) } else { ticks }
    }

    /// Whole powers of ten, every second or third if there are many.
    fn decades(&self, target: usize) -> Vec<Tick> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        let step = (last - first).unsigned_abs().div_ceil(target.max(1) as u32).max(1);
        (first..=last)
            .rev()
            .step_by(step as usize)
            .map(|exponent| Tick { position: f64::from(exponent), label: power_of_ten(exponent) })
            .collect()
    }

    /// 1, 2, 5 of each decade, or 1 and 3, or the finest of these that is not too dense.
    fn within_decades(&self, target: usize) -> Vec<Tick> {
        let candidates: [&[f64]; 4] = [
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
            &[1.0, 2.0, 3.0, 5.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 3.0],
        ];
        let decades = self.low.floor() as i32..=self.high.floor() as i32;
        let ticks = |mantissas: &[f64]| -> Vec<Tick> {
            decades
                .clone()
                .flat_map(|decade| mantissas.iter().map(move |m| m * 10f64.powi(decade)))
                .map(|value| Tick { position: value.log10(), label: compact(value) })
                .filter(|tick| (self.low..=self.high).contains(&tick.position))
                .collect()
        };
        let all = candidates.map(ticks);
        let [first, second, third, last] = all;
        [first, second, third]
            .into_iter()
            .find(|ticks| ticks.len() <= target + target / 3)
            .unwrap_or(last)
    }

    /// Multiples of 1, 2 or 5 times a power of ten, on either kind of axis.
    fn evenly_spaced(&self, target: usize) -> Vec<Tick> {
        let (low, high) = match self.kind {
            Kind::Linear => (self.low, self.high),
            Kind::Log => (10f64.powf(self.low), 10f64.powf(self.high)),
        };
        let step = round_step((high - low) / target.max(1) as f64);
        let step = if self.whole { step.max(1.0) } else { step };
        if !(step.is_finite() && step > 0.0) {
            return Vec::new();
        }
        let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
        let size = low.abs().max(high.abs());
        let short = !(1e-3..10_000.0).contains(&size);
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        // The step follows from the range, so there are few; the cap guards against rounding.
        let count = ((last - first + 1.0).max(0.0) as usize).min(64);
        (0..count)
            .map(|index| (first + index as f64) * step)
            .filter_map(|value| {
                let label = if short { compact(value) } else { trimmed(value, decimals) };
                Some(Tick { position: self.position(value)?, label })
            })
            .collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// The least and the greatest of the finite values.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scale: Scale, target: usize, expected: &[&str]) {
        let labels: Vec<String> = scale.ticks(target).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn linear_ticks_are_round() {
        check(Scale::linear([0.0, 1.0]), 5, &["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        check(Scale::linear([0.0, 23_000.0]), 5, &["0", "5000", "10k", "15k", "20k"]);
        check(Scale::linear([110.3, 118.9]), 5, &["112", "114", "116", "118"]);
    }

    #[test]
    fn log_ticks_suit_the_range() {
        check(
            Scale::log([1e-8, 1.0]),
            9,
            &["1", "10⁻¹", "10⁻²", "10⁻³", "10⁻⁴", "10⁻⁵", "10⁻⁶", "10⁻⁷", "10⁻⁸"],
        );
        check(
            Scale::log([90.0, 11_000.0]),
            6,
            &["100", "200", "500", "1000", "2000", "5000", "10k"],
        );
        check(Scale::log([100.0, 120.0]), 5, &["100", "105", "110", "115", "120"]);
    }

    #[test]
    fn what_is_counted_has_ticks_at_whole_numbers() {
        check(Scale::log([1.0, 2.0]).whole(), 5, &["1", "2"]);
        check(Scale::log([1.0, 5.0]).whole(), 5, &["1", "2", "3", "4", "5"]);
        check(Scale::log([3.0, 3.0]).whole(), 5, &["3"]);
        check(Scale::linear([0.0, 2.0]).whole(), 6, &["0", "1", "2"]);
        check(Scale::linear([1.0, 1.0]).whole(), 5, &["1"]);
        check(Scale::linear([0.0, 1000.0]).whole(), 5, &["0", "200", "400", "600", "800", "1000"]);
    }

    #[test]
    fn degenerate_ranges_get_an_axis() {
        let scales = [
            Scale::linear([]),
            Scale::linear([f64::NAN, f64::INFINITY]),
            Scale::linear([0.0]),
            Scale::linear([-4.0, -4.0]),
            Scale::log([]),
            Scale::log([0.0, -1.0]),
            Scale::log([7.0, 7.0]),
            Scale::log([1e-300, 1e300]),
            Scale::linear([0.0, 1e300]),
        ];
        for scale in scales {
            assert!(scale.low < scale.high, "{scale:?}");
            let ticks = scale.ticks(6);
            assert!(!ticks.is_empty() && ticks.len() < 20, "{scale:?} {ticks:?}");
        }
    }

    #[test]
    fn what_is_beyond_an_axis_stands_at_its_end() {
        let scale = Scale::log([1.0, 10.0]);
        assert_eq!(scale.position_on(0.0), Some((0.0, Ordering::Less)));
        assert_eq!(scale.position_on(-1.0), Some((0.0, Ordering::Less)));
        assert_eq!(scale.position_on(f64::INFINITY), Some((1.0, Ordering::Greater)));
        assert_eq!(scale.position_on(10.0), Some((1.0, Ordering::Equal)));
        assert_eq!(scale.position_on(f64::NAN), None);
    }

    #[test]
    fn a_log_axis_has_no_place_for_zero() {
        let scale = Scale::log([1.0, 10.0]);
        assert_eq!(scale.position(0.0), None);
        assert_eq!(scale.position(-1.0), None);
        assert_eq!(scale.position(f64::NAN), None);
        assert_eq!(scale.position(100.0), Some(2.0));
    }
}
