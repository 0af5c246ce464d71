//! Which trials are the best.

use train::Metric;

/// How good a trial is: its position, and its score on the validation split if it ended with one.
pub type TrialScore = (usize, Option<f64>);

/// The positions of the `count` best trials, the best first; fewer if fewer have a score. Of equal
/// ones the earlier is the better.
pub fn best(metric: Metric, trials: &[TrialScore], count: usize) -> Vec<usize> {
    let sign = if metric.higher_is_better() { -1.0 } else { 1.0 };
    let with_cost =
        trials.iter().filter_map(|(position, score)| Some((sign * (*score)?, *position)));
    let mut ranked: Vec<(f64, usize)> = with_cost.filter(|(cost, _)| cost.is_finite()).collect();
    ranked.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
    ranked.into_iter().take(count).map(|(_, position)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_have_the_best_scores_and_no_trial_without_one() {
        let trials =
            [(0, Some(3.0)), (1, None), (2, Some(1.0)), (3, Some(f64::NAN)), (4, Some(1.0))];
        assert_eq!(best(Metric::PERPLEXITY, &trials, 2), [2, 4]);
        assert_eq!(best(Metric::ACCURACY, &trials, 9), [0, 2, 4]);
    }
}
