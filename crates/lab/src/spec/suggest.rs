//! "Did you mean ...?"

/// The candidate that `word` most looks like, if any comes near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|&(edits, candidate)| edits <= allowed || candidate.to_lowercase().starts_with(&word) && word.len() > 2)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance.
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in two.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let cells = ["rnn", "lstm", "gru", "gru_reset_after"];
        assert_eq!(nearest("lsmt", cells), None);
        assert_eq!(nearest("lst", cells), Some("lstm"));
        assert_eq!(nearest("GRU", cells), Some("gru"));
        assert_eq!(nearest("gru_reset", cells), Some("gru_reset_after"));
        assert_eq!(nearest("transformer", cells), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
