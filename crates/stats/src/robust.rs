//! What runs on several tasks have in common: measures that a single outlier does not move
//! (Agarwal et al. 2021, Deep reinforcement learning at the edge of the statistical precipice,
//! arXiv 2108.13264).

/// The mean of the middle half of `values`: a quarter of them, rounded down, is left out at each
/// end. More robust than the mean, less wasteful than the median.
///
/// `None` when `values` is empty or holds a value that is not finite.
pub fn interquartile_mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    let middle = &sorted[cut..sorted.len() - cut];
    Some(middle.iter().sum::<f64>() / middle.len() as f64)
}

/// The probability that a run of the first cell has a lower value (loss) than one of the second on
/// the same task, averaged over tasks; ties count half. Each task gives the runs of both cells.
///
/// `None` without tasks, or when a task lacks runs of a cell or holds a value that is not finite.
pub fn probability_of_improvement(tasks: &[(&[f64], &[f64])]) -> Option<f64> {
    let of_task = |(first, second): &(&[f64], &[f64])| {
        let finite = first.iter().chain(*second).all(|value| value.is_finite());
        if first.is_empty() || second.is_empty() || !finite {
            return None;
        }
        let wins = first.iter().flat_map(|a| {
            second.iter().map(move |b| match a.total_cmp(b) {
                _ if a == b => 0.5,
                std::cmp::Ordering::Less => 1.0,
                _ => 0.0,
            })
        });
        Some(wins.sum::<f64>() / (first.len() * second.len()) as f64)
    };
    let all: Vec<f64> = tasks.iter().map(of_task).collect::<Option<_>>()?;
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// The performance profile of a cell: for each threshold the share of its runs, over all tasks,
/// with a value (normalised loss) at most as high, every task weighing the same.
///
/// `None` without tasks, or when a task has no runs or holds a value that is not finite.
pub fn performance_profile(tasks: &[&[f64]], thresholds: &[f64]) -> Option<Vec<f64>> {
    let usable = |runs: &&[f64]| !runs.is_empty() && runs.iter().all(|value| value.is_finite());
    if tasks.is_empty() || !tasks.iter().all(usable) {
        return None;
    }
    let share = |threshold: &f64| {
        let of_task = |runs: &&[f64]| {
            runs.iter().filter(|value| *value <= threshold).count() as f64 / runs.len() as f64
        };
        tasks.iter().map(of_task).sum::<f64>() / tasks.len() as f64
    };
    Some(thresholds.iter().map(share).collect())
}
