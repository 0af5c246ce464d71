//! The score of a model without memory, as the floor under every language model.

/// The mean negative log-likelihood, in nats a token, that the word frequencies of `train` give
/// to `split`.
///
/// The frequencies are add-one smoothed: a word seen `c` times among the `n` training tokens has
/// probability `(c + 1) / (n + vocabulary)`. The targets are those that
/// [`LanguageBatches::evaluation`](crate::LanguageBatches::evaluation) scores: every token of
/// `split` but the first. Ids must be below `vocabulary` (the number of words); a split with no
/// target has none.
pub fn unigram_nll(train: &[u32], split: &[u32], vocabulary: usize) -> Option<f64> {
    let mut counts = vec![0u64; vocabulary];
    for &token in train {
        if let Some(count) = counts.get_mut(token as usize) {
            *count += 1;
        }
    }
    let log_total = ((train.len() + vocabulary) as f64).ln();
    let targets = split.get(1..).unwrap_or_default();
    let nll = |&token: &u32| {
        let count = counts.get(token as usize).copied().unwrap_or(0);
        log_total - ((count + 1) as f64).ln()
    };
    (!targets.is_empty()).then(|| targets.iter().map(nll).sum::<f64>() / targets.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Counts 2, 1, 0 of 3 tokens and 3 words: probabilities 3/6, 2/6, 1/6.
        let expected = -(0.5f64.ln() + (1.0f64 / 6.0).ln()) / 2.0;
        let found = unigram_nll(&[0, 0, 1], &[1, 0, 2], 3).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn no_target_has_no_mean() {
        assert_eq!(unigram_nll(&[0], &[0], 1), None);
        assert_eq!(unigram_nll(&[0], &[], 1), None);
    }
}
