//! Tokens put together to a sentence as people write it.
//!
//! [`Joiner`](crate::Joiner) writes a text token by token, as it comes. A sentence is there whole, so that its quotes can
//! be told apart, and tokens as Moses writes them (`@-@`, `&apos;s`) become what they were.

use crate::tokeniser::Tokeniser;

/// Escapes of the Moses tokeniser, and what they stand for.
const ESCAPES: [(&str, &str); 7] = [
    ("&apos;", "'"),
    ("&quot;", "\""),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&#91;", "["),
    ("&#93;", "]"),
    ("&amp;", "&"),
];
/// Signs that stand by the word before them.
const CLOSING: &str = ".,;:!?%)]}\u{201d}\u{2026}";
/// Signs that stand by the word after them.
const OPENING: &str = "([{\u{201e}#$\u{a3}";

/// The sentence that tokens make.
pub(crate) fn of_tokens(tokeniser: Tokeniser, tokens: &[String]) -> String {
    match tokeniser {
        Tokeniser::Characters | Tokeniser::SpacedCharacters => {
            tokeniser.join(tokens.iter().map(String::as_str))
        }
        Tokeniser::Words => {
            let tokens = tokens.iter().map(|token| unescaped(token));
            // Marks of hyphens, points and commas that stood within a word.
            together(tokens, |token| matches!(token, [b'@', b'-' | b'.' | b',' | b'/', b'@']))
        }
        // A hyphen, cut off at a word's boundary, stood within a word far more often than between words.
        Tokeniser::Prose | Tokeniser::CasedProse => together(tokens.iter().cloned(), |token| {
            matches!(token, b"-" | b"/" | b"'" | b"\xe2\x80\x99")
        }),
    }
}

fn unescaped(token: &str) -> String {
    let mut token = token.to_owned();
    if token.contains('&') {
        for (escape, sign) in ESCAPES {
            token = token.replace(escape, sign);
        }
    }
    token
}

/// Tokens with a blank between them, but for signs that stand by a word; those that are `inner` stand by both.
fn together(tokens: impl Iterator<Item = String>, inner: impl Fn(&[u8]) -> bool) -> String {
    let mut sentence = String::new();
    // What comes next stands by what is there.
    let mut open = true;
    let mut quoted = false;
    for token in tokens {
        let is_inner = inner(token.as_bytes());
        let one = |signs: &str| signs.contains(token.as_str()) && token.chars().count() == 1;
        // `'s`, `n't` and the like, which Moses cuts off.
        let clitic = token.len() > 1 && token.starts_with('\'');
        let quote = token == "\"";
        let closes = is_inner || clitic || one(CLOSING) || (quote && quoted);
        if !open && !closes {
            sentence.push(' ');
        }
        sentence.push_str(if is_inner { token.trim_matches('@') } else { &token });
        open = is_inner || one(OPENING) || (quote && !quoted);
        quoted ^= quote;
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tokeniser: Tokeniser, tokens: &str) -> String {
        let tokens: Vec<String> = tokens.split(' ').map(str::to_owned).collect();
        of_tokens(tokeniser, &tokens)
    }

    #[test]
    fn what_moses_cut_apart() {
        for (tokens, expected) in [
            ("a boy &apos;s dog , &quot; rex &quot; , barks .", "a boy's dog, \"rex\", barks."),
            ("a well @-@ known 3 @.@ 5 @,@ 0 sign", "a well-known 3.5,0 sign"),
            ("black &amp; white ( old ) - new", "black & white (old) - new"),
            ("five $ 3 , # 1 at 5 % !", "five $3, #1 at 5%!"),
            ("blond-haired boys", "blond-haired boys"),
        ] {
            assert_eq!(of(Tokeniser::Words, tokens), expected);
        }
    }

    #[test]
    fn what_was_cut_at_the_boundaries_of_words() {
        for text in [
            "A well-known man, 7 years old, says: \"No\"!",
            "\u{201e}Gut\u{201d}, sagt er (heute).",
            "Don't you?",
        ] {
            let tokens = Tokeniser::CasedProse.split(text);
            assert_eq!(of_tokens(Tokeniser::CasedProse, &tokens), text);
        }
        assert_eq!(of(Tokeniser::Characters, "a b"), "ab");
        assert_eq!(of_tokens(Tokeniser::Prose, &[]), "");
    }
}
