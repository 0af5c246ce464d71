//! Text in messages, nothing of it invisible.

use std::fmt::Write;

/// A word as a message shows it, whatever it is made of: in backticks, control and invisible characters
/// by their numbers; one such character alone by its name.
///
/// ```
/// assert_eq!(data::shown("word"), "`word`");
/// assert_eq!(data::shown("\r"), "a carriage return (U+000D, of a Windows line end)");
/// assert_eq!(data::shown("a\u{200b}b"), "`a<U+200B>b`");
/// ```
pub fn shown(word: &str) -> String {
    let mut characters = word.chars();
    if let (Some(character), None) = (characters.next(), characters.next())
        && let Some(name) = name(character)
    {
        return format!("{name} (U+{:04X}{})", character as u32, remark(character));
    }
    let mut text = String::from("`");
    for character in word.chars() {
        match name(character) {
            Some(_) if character != ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "<U+{:04X}>", character as u32);
            }
            _ => text.push(character),
        }
    }
    text.push('`');
    text
}

/// What a character is called that cannot be seen, or not told from others.
fn name(character: char) -> Option<&'static str> {
    Some(match character {
        ' ' => "a space",
        '\t' => "a tab",
        '\n' => "a line end",
        '\r' => "a carriage return",
        '\0' => "a NUL character",
        '\u{a0}' => "a no-break space",
        '\u{202f}' => "a narrow no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' => "a zero-width non-joiner",
        '\u{200d}' => "a zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a mark of writing direction"
        }
        '\u{feff}' => "a byte-order mark",
        _ if character.is_control() => "a control character",
        _ if character.is_whitespace() => "a space",
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' => {
            "an invisible character"
        }
        _ => return None,
    })
}

fn remark(character: char) -> &'static str {
    match character {
        '\r' => ", of a Windows line end",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_invisible() {
        for (word, expected) in [
            (" ", "a space (U+0020)"),
            ("\u{feff}", "a byte-order mark (U+FEFF)"),
            ("\u{1b}", "a control character (U+001B)"),
            ("\u{1b}[31m", "`<U+001B>[31m`"),
            ("a b\r", "`a b<U+000D>`"),
            ("e\u{301}", "`e\u{301}`"),
            ("", "``"),
        ] {
            assert_eq!(shown(word), expected);
        }
    }
}
