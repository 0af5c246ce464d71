//! White space as Python has it, which decides what sacreBLEU's words are.

/// Whether Python's `str.split` parts words here: Unicode's white space and the four separators of
/// ASCII.
pub(crate) fn is_white_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// What stands between white space.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_white_space).filter(|word| !word.is_empty())
}
