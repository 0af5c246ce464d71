//! Text for a terminal.

/// A text for a terminal: characters that steer it, or that nobody sees, by their numbers; line ends
/// and tabs as they are.
pub fn visible(text: &str) -> String {
    let hidden = |letter: char| {
        let unseen = matches!(letter,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}');
        unseen || letter.is_control() && !matches!(letter, '\n' | '\t')
    };
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match hidden(letter) {
            true => shown.push_str(&format!("<U+{:04X}>", u32::from(letter))),
            false => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(
            visible("a\u{1b}[31mb\r\n\tc\u{202e}日"),
            "a<U+001B>[31mb<U+000D>\n\tc<U+202E>日"
        );
    }
}
