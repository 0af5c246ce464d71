//! "Did you mean ...?"

/// The candidate that `word` most looks like, if any comes near.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|&(edits, candidate)| {
            edits <= allowed
                || abbreviates(&word, candidate)
                || candidate.to_lowercase().starts_with(&word) && word.len() > 2
        })
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// What was probably meant by a word, to be put behind it: ` (did you mean ...?)`, or nothing.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
}

/// Whether a word is made of the first letters of a name's parts: `lr` for `learning_rate`.
fn abbreviates(word: &str, name: &str) -> bool {
    let parts = name.split(['_', '-']).filter_map(|part| part.chars().next());
    name.contains(['_', '-']) && parts.eq(word.chars())
}

/// Edits from one word to the other: letters changed, added, left out, or swapped with their
/// neighbour (optimal string alignment).
fn distance(one: &str, two: &str) -> usize {
    let (one, two): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=two.len()).collect()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=two.len() {
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != two[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == two[j - 2] && one[i - 2] == two[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let cells = ["rnn", "lstm", "gru", "gru_reset_after"];
        assert_eq!(nearest("lsmt", cells), Some("lstm"));
        assert_eq!(nearest("lst", cells), Some("lstm"));
        assert_eq!(nearest("GRU", cells), Some("gru"));
        assert_eq!(nearest("gru_reset", cells), Some("gru_reset_after"));
        assert_eq!(nearest("transformer", cells), None);
        assert_eq!(nearest("lr", ["clip", "learning_rate", "layers"]), Some("learning_rate"));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
