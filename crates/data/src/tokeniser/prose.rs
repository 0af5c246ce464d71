//! Running text cut into words and single signs.

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// Gives the tokens of a piece of running text, where no word is parted: `lower`, in small letters.
pub(super) fn split(text: &str, lower: bool, mut token: impl FnMut(&str)) {
    let mut rest = text;
    let mut word = 0;
    // The white space or line break with which the rest begins after the word's length, if any.
    while let Some(character) = rest[word..].chars().next() {
        let here = &rest[word..];
        let after = match html_break(here) {
            Some(after) => Some(after),
            None => character.is_whitespace().then(|| &here[character.len_utf8()..]),
        };
        match after {
            Some(after) => {
                words(&rest[..word], lower, &mut token);
                rest = after;
                word = 0;
            }
            None => word += character.len_utf8(),
        }
    }
    words(rest, lower, &mut token);
}

/// Gives the tokens of a stretch of text without white space.
fn words(text: &str, lower: bool, token: &mut impl FnMut(&str)) {
    match (text.is_ascii(), lower) {
        (true, true) => return text.to_ascii_lowercase().split_word_bounds().for_each(token),
        (true, false) => return text.split_word_bounds().for_each(token),
        (false, _) => {}
    }
    // Before words are looked for, so that equivalent texts have the same ones.
    let composed: String = text.nfc().collect();
    for word in composed.split_word_bounds() {
        if !lower {
            token(word);
            continue;
        }
        let lower = word.to_lowercase();
        match is_nfc(&lower) {
            true => token(&lower),
            false => token(&lower.nfc().collect::<String>()),
        }
    }
}

/// What follows the HTML line break with which the text begins, if it does.
fn html_break(text: &str) -> Option<&str> {
    let tag = text.get(..3).filter(|tag| tag.eq_ignore_ascii_case("<br"))?;
    let rest = text[tag.len()..].trim_start_matches(' ');
    rest.strip_prefix('/').unwrap_or(rest).strip_prefix('>')
}

#[cfg(test)]
mod tests {
    use crate::Tokeniser;

    #[test]
    fn capital_letters_are_kept_where_they_are_wanted() {
        let tokens =
            Tokeniser::CasedProse.split("It's GREAT,<br />\u{c9}te\u{301} E\u{301}t\u{e9}!");
        assert_eq!(tokens, ["It's", "GREAT", ",", "\u{c9}t\u{e9}", "\u{c9}t\u{e9}", "!"]);
    }

    #[test]
    fn prose_by_example() {
        for (text, expected) in [
            ("It's GREAT!!<br /><br />Really.", "it's great ! ! really ."),
            ("a<BR>b<br/>c<br  />d <b>e</b>", "a b c d < b > e < / b >"),
            ("'tis the dogs' 'quoted' rock'n'roll", "' tis the dogs ' ' quoted ' rock'n'roll"),
            ("Ünïcode 7/10, 3.5…\u{a0}ok", "ünïcode 7 / 10 , 3.5 … ok"),
            ("well-known e.g. 1,000 A.M. x_1", "well - known e.g . 1,000 a.m . x_1"),
            (
                "L\u{2019}été d\u{2019}O\u{2019}Neil\u{2019}s",
                "l\u{2019}été d\u{2019}o\u{2019}neil\u{2019}s",
            ),
            // Composed and decomposed.
            ("Ce\u{301}ZANNE c\u{e9}zanne x\u{301}y", "cézanne cézanne x\u{301}y"),
            // Devanagari: a virama and vowel signs belong to their word.
            (
                "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}\u{964}",
                "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940} \u{964}",
            ),
            // Greek: a sigma at the end of a word.
            ("ΟΔΟΣ ΣΑΣ", "οδος σας"),
            // Chinese words are not known: every character is one.
            ("\u{4eca}\u{5929}", "\u{4eca} \u{5929}"),
            // A family, joined of three people.
            (
                "hi\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}!",
                "hi \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} !",
            ),
            ("<brown> <br", "< brown > < br"),
            (" \n\t", ""),
        ] {
            let tokens = Tokeniser::Prose.split(text);
            assert_eq!(tokens.join(" "), expected, "{text}");
        }
    }
}
