//! How fast a curve over lags falls, in three numbers.

/// A curve that relative gradients follow ends here for the fit: what single precision computes
/// below teaches nothing.
const FLOOR: f64 = 1e-8;

/// How fast the norm of a gradient falls with the lag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fade {
    /// λ of the exponential e^(-λ lag) that fits best: least squares on the logarithm, through 1 at
    /// lag 0, up to the first lag at which the curve is below 1e-8. Nats a step; negative where the
    /// gradient grows.
    pub rate: f64,
    /// ln 2 / λ, in steps; none where the gradient does not fall.
    pub half_life: Option<f64>,
    /// The first lag at which the curve is below 1 %; none where it is not within its lags.
    pub below_one_percent: Option<usize>,
}

impl Fade {
    /// Of `curve`, relative norms at lag 0, 1, ..., the first being 1. One that is below 1e-8 at lag 1
    /// has an infinite rate. None where that lag has no finite norm.
    pub fn of(curve: &[f64]) -> Option<Self> {
        if curve.get(1).is_some_and(|norm| (0.0..FLOOR).contains(norm)) {
            let below_one_percent = Some(1);
            return Some(Self { rate: f64::INFINITY, half_life: Some(0.0), below_one_percent });
        }
        let seen = curve.iter().take_while(|norm| norm.is_finite() && **norm >= FLOOR);
        let (mut xy, mut xx) = (0.0, 0.0);
        for (lag, norm) in seen.enumerate().skip(1) {
            let lag = lag as f64;
            xy += lag * norm.ln();
            xx += lag * lag;
        }
        let rate = if xx > 0.0 { -xy / xx } else { return None };
        Some(Self {
            rate,
            half_life: (rate > 0.0).then(|| 2.0_f64.ln() / rate),
            below_one_percent: curve.iter().position(|norm| *norm < 0.01),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_has_its_rate() {
        let curve: Vec<f64> = (0..200).map(|lag| 0.9_f64.powi(lag)).collect();
        let fade = Fade::of(&curve).unwrap();
        assert!((fade.rate + 0.9_f64.ln()).abs() < 1e-12, "{fade:?}");
        // 0.9^6 = 0.53, 0.9^7 = 0.48
        assert!(fade.half_life.is_some_and(|steps| steps > 6.0 && steps < 7.0), "{fade:?}");
        // 0.9^43 = 0.0108, 0.9^44 = 0.0097
        assert_eq!(fade.below_one_percent, Some(44));
    }

    #[test]
    fn what_does_not_fall_has_no_half_life() {
        let grows = Fade::of(&[1.0, 2.0, 4.0]).unwrap();
        assert!((grows.rate + 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!((grows.half_life, grows.below_one_percent), (None, None));
    }

    #[test]
    fn rounding_below_the_floor_does_not_count() {
        let fade = Fade::of(&[1.0, 0.1, 0.01, 1e-12, 1e-12]).unwrap();
        assert!((fade.rate - 10.0_f64.ln()).abs() < 1e-12, "{fade:?}");
        assert_eq!(fade.below_one_percent, Some(3));
    }

    #[test]
    fn a_curve_of_nothing_has_no_rate() {
        assert_eq!(Fade::of(&[1.0]), None);
        assert_eq!(Fade::of(&[1.0, f64::NAN]), None);
        let gone = Fade::of(&[1.0, 0.0, 0.0]).unwrap();
        assert_eq!((gone.half_life, gone.below_one_percent), (Some(0.0), Some(1)));
    }
}
