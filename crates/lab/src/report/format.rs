//! Numbers for people.

use crate::experiment::Experiment;

/// What stands where there is nothing to show.
pub(super) const NOTHING: &str = "–";

/// `929,589`
pub fn thousands(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 M`, `640 k`: a count to three figures.
pub fn count(number: f64) -> String {
    for (unit, size) in [("G", 1e9), ("M", 1e6), ("k", 1e3)] {
        if number >= size {
            return format!("{} {unit}", figures(number / size));
        }
    }
    figures(number)
}

/// Three figures of a number that is not tiny: `123`, `12.3`, `1.23`.
pub(super) fn figures(number: f64) -> String {
    match number.abs() {
        size if size >= 99.95 => format!("{number:.0}"),
        size if size >= 9.995 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// Bytes as MiB.
pub(super) fn mebibytes(bytes: f64) -> String {
    figures(bytes / (1024.0 * 1024.0))
}

/// Words as a list: `a, b and c`; with semicolons where the words have commas of their own.
pub(super) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => {
            let comma = if words.iter().any(|word| word.contains(',')) { "; " } else { ", " };
            format!("{} and {last}", head.join(comma))
        }
    }
}

/// The text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// How many runs were at work together: what a measured speed depends on.
pub(super) fn side_by_side(experiment: &Experiment) -> String {
    let most = experiment
        .sessions
        .iter()
        .map(|session| session.jobs.min(experiment.runs.len()))
        .max()
        .unwrap_or(1);
    let threads = experiment.sessions.iter().map(|session| session.threads).max();
    let on = match threads.unwrap_or(1) {
        1 => "one thread".to_owned(),
        most => format!("up to {most} threads"),
    };
    match most {
        0 | 1 => format!("with one run at a time, on {on}"),
        _ => format!("while up to {most} runs were side by side, each on {on}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(929_589_u64), "929,589");
        assert_eq!(thousands(7_u64), "7");
        assert_eq!(count(1_234_567.0), "1.23 M");
        assert_eq!(count(640.0), "640");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
