//! How much of a loss at one step reaches the states before it, and how fast it fades.

/// Quantiles over sequences by lag 0, 1, ...
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowQuantiles {
    /// 10 %.
    pub low: Vec<f64>,
    /// Median.
    pub median: Vec<f64>,
    /// 90 %.
    pub high: Vec<f64>,
}

/// Quantiles over sequences of the norm of dL_T/ds_{T-k} by lag k, L_T being the loss at the last
/// scored step of a sequence and s the full state. `curves` has a sequence's norms by lag; each is
/// divided by its value at lag 0.
pub fn flow_quantiles(curves: &[Vec<f64>]) -> FlowQuantiles {
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
    FlowQuantiles { low: quantiles(0.1), median: quantiles(0.5), high: quantiles(0.9) }
}

/// How fast a gradient fades with the lag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// Change of the natural logarithm of the norm a step, by least squares over all lags at which
    /// something is left; below 0 it fades.
    pub rate: f64,
    /// First lag at which less than half is left; absent if there is none.
    pub half: Option<usize>,
    /// First lag at which less than 1 % is left.
    pub hundredth: Option<usize>,
}

/// Less than this single precision cannot tell from nothing, in a sum with what stays.
const NOTHING: f64 = 1e-30;

/// How fast the norms `curve`, by lag 0, 1, ... and divided by the first, fade. `None` if there are
/// fewer than two.
pub fn decay(curve: &[f64]) -> Option<Decay> {
    let left = curve.iter().take_while(|norm| norm.is_finite() && **norm > NOTHING);
    let logs: Vec<f64> = left.map(|norm| norm.ln()).collect();
    let n = logs.len() as f64;
    if logs.len() < 2 {
        return None;
    }
    let (middle, mean) = ((n - 1.0) / 2.0, logs.iter().sum::<f64>() / n);
    let lags = || (0..logs.len()).map(|lag| lag as f64 - middle);
    let rate = lags().zip(&logs).map(|(lag, log)| lag * (log - mean)).sum::<f64>()
        / lags().map(|lag| lag * lag).sum::<f64>();
    let below = |share: f64| curve.iter().position(|norm| *norm < share);
    Some(Decay { rate, half: below(0.5), hundredth: below(0.01) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sequence_is_divided_by_its_own_beginning() {
        let curves = [vec![2.0, 1.0], vec![4.0, 1.0], vec![1.0, 1.0], vec![0.0, 1.0]];
        let found = flow_quantiles(&curves);
        assert_eq!(found.median, [1.0, 0.5]);
        assert!((found.low[1] - 0.3).abs() < 1e-12 && (found.high[1] - 0.9).abs() < 1e-12);
        assert_eq!(flow_quantiles(&[]), FlowQuantiles::default());
    }

    #[test]
    fn an_exponential_has_its_rate_and_lags() {
        let curve: Vec<f64> = (0..100).map(|lag| 0.8_f64.powi(lag)).collect();
        let found = decay(&curve).unwrap();
        assert!((found.rate - 0.8_f64.ln()).abs() < 1e-12);
        // 0.8^3 = 0.512, 0.8^4 = 0.41; 0.8^20 = 0.0115, 0.8^21 = 0.0092.
        assert_eq!((found.half, found.hundredth), (Some(4), Some(21)));
    }

    #[test]
    fn what_does_not_fade_has_no_half_life() {
        let found = decay(&[1.0, 1.0, 1.0]).unwrap();
        assert_eq!(found, Decay { rate: 0.0, half: None, hundredth: None });
        assert_eq!(decay(&[1.0]), None);
        // What has vanished for single precision does not tilt the line.
        assert_eq!(decay(&[1.0, 0.1, 0.0, 0.0]).unwrap().rate, 0.1_f64.ln());
    }
}
