//! Running text cut into lower-case words and single signs.

/// Gives the tokens of a piece of running text, where no word is parted.
pub(super) fn split(text: &str, mut token: impl FnMut(&str)) {
    let mut word = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        if character.is_ascii() {
            if character.is_ascii_alphanumeric() {
                word.push(character.to_ascii_lowercase());
                rest = after;
                continue;
            }
        } else if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
            rest = after;
            continue;
        }
        if character == '\'' && !word.is_empty() && after.starts_with(char::is_alphanumeric) {
            word.push(character);
            rest = after;
            continue;
        }
        if !word.is_empty() {
            token(&word);
            word.clear();
        }
        if let Some(after_break) = html_break(rest) {
            rest = after_break;
            continue;
        }
        if !character.is_whitespace() {
            token(&rest[..character.len_utf8()]);
        }
        rest = after;
    }
    if !word.is_empty() {
        token(&word);
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
    fn prose_by_example() {
        for (text, expected) in [
            ("It's GREAT!!<br /><br />Really.", "it's great ! ! really ."),
            ("a<BR>b<br/>c<br  />d <b>e</b>", "a b c d < b > e < / b >"),
            ("'tis the dogs' 'quoted' rock'n'roll", "' tis the dogs ' ' quoted ' rock'n'roll"),
            ("Ünïcode 7/10, 3.5…\u{a0}ok", "ünïcode 7 / 10 , 3 . 5 … ok"),
            ("<brown> <br", "< brown > < br"),
            (" \n\t", ""),
        ] {
            let tokens = Tokeniser::Prose.split(text);
            assert_eq!(tokens.join(" "), expected, "{text}");
        }
    }
}
