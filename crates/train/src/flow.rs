//! The gradient-flow probe: how much of a loss at one step reaches the states before it.

use crate::learner::Curves;
use crate::{GradientFlow, Phase};

/// Quantiles over sequences of the norm of dL_T/ds_{T-k} over lags k = 0, 1, ..., L_T being the
/// loss at the last scored step of a sequence; each sequence's curve is divided by its value at lag
/// 0. `curves` are those of each layer.
pub(crate) fn gradient_flow(curves: &[Curves], phase: Phase, step: usize) -> Vec<GradientFlow> {
    let flow = |(layer, curves): (usize, &Curves)| {
        let lags = curves.iter().map(Vec::len).max().unwrap_or(0);
        let quantiles = |q: f64| -> Vec<f64> {
            let at_lag = |lag: usize| {
                let ratio = |curve: &Vec<f64>| Some(curve.get(lag)? / curve.first()?);
                let ratios = curves.iter().filter_map(ratio);
                let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
                stats::quantile(&ratios, q).unwrap_or(f64::NAN)
            };
            (0..lags).map(at_lag).collect()
        };
        GradientFlow {
            phase,
            step,
            layer,
            low: quantiles(0.1),
            median: quantiles(0.5),
            high: quantiles(0.9),
        }
    };
    curves.iter().enumerate().map(flow).collect()
}
