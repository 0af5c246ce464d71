//! The words of mteval-v13a, the program of the NIST evaluations, as sacreBLEU's tokenisation `13a` has
//! them: four rules of replacement, one after the other.

use crate::python::words;

/// The words of a text in one line.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    for (entity, sign) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        text = text.replace(entity, sign);
    }
    let mut signs_apart = Vec::with_capacity(text.len() + 2);
    for character in format!(" {text} ").chars() {
        match stands_apart(character) {
            true => signs_apart.extend([' ', character, ' ']),
            false => signs_apart.push(character),
        }
    }
    let is_stop = |character| matches!(character, '.' | ',');
    let stops_after_words = pairs(
        &signs_apart,
        |one, two| !one.is_ascii_digit() && is_stop(two),
        |one, two| [one, ' ', two, ' '],
    );
    let stops_before_words = pairs(
        &stops_after_words,
        |one, two| is_stop(one) && !two.is_ascii_digit(),
        |one, two| [' ', one, ' ', two],
    );
    let dashes_after_digits = pairs(
        &stops_before_words,
        |one, two| one.is_ascii_digit() && two == '-',
        |one, two| [one, ' ', two, ' '],
    );
    let text: String = dashes_after_digits.into_iter().collect();
    words(&text).map(str::to_owned).collect()
}

/// The signs of ASCII but `'`, `,`, `-` and `.`, which may belong to a word or a number.
fn stands_apart(character: char) -> bool {
    matches!(character, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/')
}

/// Replaces pairs of neighbours, from left to right, none of which overlap.
fn pairs(
    text: &[char],
    wanted: impl Fn(char, char) -> bool,
    replaced: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&one) = text.get(at) {
        match text.get(at + 1) {
            Some(&two) if wanted(one, two) => {
                out.extend(replaced(one, two));
                at += 2;
            }
            _ => {
                out.push(one);
                at += 1;
            }
        }
    }
    out
}
