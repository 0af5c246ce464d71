//! What the YAML parser says, in words for who writes an experiment file.

use super::{Place, YamlError};

/// A fault of the text that the parser tells.
pub(super) fn of(error: &serde_yaml::Error, text: &str) -> YamlError {
    let told = error.to_string();
    let mut place = error.location().map(|location| within(text, location.into()));
    // "what is wrong at line 3 column 1, while parsing something at line 2 column 4"
    let (problem, context) = told.split_once(", while ").unwrap_or((&told, ""));
    let problem = problem.split(" at line ").next().unwrap_or(problem);
    let begun = context.split_once(" at line ").and_then(|(what, rest)| {
        let mut words = rest.split(' ');
        let line = words.next()?.parse::<usize>().ok()?;
        let column = words.nth(1)?.parse::<usize>().ok()?.saturating_sub(1);
        Some((what, Place { line, column }))
    });
    if begun.is_some_and(|(what, _)| what.contains(QUOTED)) && problem.contains("end of stream") {
        place = begun.map(|(_, place)| place);
    }
    if let Some((_, key)) = begun.filter(|_| problem == "could not find expected ':'") {
        // Behind the key, and not where the next one stands.
        place = text
            .lines()
            .nth(key.line.saturating_sub(1))
            .map(|line| Place { line: key.line, column: line.trim_end().chars().count() });
    }
    if let Some(fault) = place.and_then(|place| odd_blank(text, place.line)) {
        return fault;
    }
    if problem.contains("more than one document") {
        return YamlError {
            place: second_document(text),
            message: "a second document begins here; an experiment file is one".to_owned(),
        };
    }
    let message = match explained(problem, place.and_then(|place| letter(text, place)), begun) {
        Some(message) => message,
        None => begun.map_or(problem.to_owned(), |(what, Place { line, .. })| {
            format!("{problem}, while {what} that begins in line {line}")
        }),
    };
    YamlError { place, message }
}

fn explained(problem: &str, letter: Option<char>, begun: Option<(&str, Place)>) -> Option<String> {
    let begins = |what: &str| {
        begun.map_or(String::new(), |(_, place)| {
            format!("; the {what} begins in line {}", place.line)
        })
    };
    let quoted = begun.is_some_and(|(what, _)| what.contains(QUOTED));
    if problem.contains("` as u128") || problem.contains("` as i128") {
        let number = problem.split('`').nth(1).unwrap_or_default();
        return Some(format!("the number {number} is too large"));
    }
    Some(match problem {
        "did not find expected ',' or ']'" => {
            format!("`,` or `]` is expected here{}", begins("list"))
        }
        "did not find expected ',' or '}'" => {
            format!("`,` or `}}` is expected here{}", begins("mapping"))
        }
        "found unexpected end of stream" if quoted => "these quotes are not closed".to_owned(),
        "mapping values are not allowed in this context" => {
            "a `:` cannot stand here: a text that has one needs quotes, a key a line of its own"
                .to_owned()
        }
        "found a tab character that violates indentation" => TABS.to_owned(),
        "found character that cannot start any token" if letter == Some('\t') => TABS.to_owned(),
        "found character that cannot start any token" => {
            let letter = letter.map_or("this sign".to_owned(), |letter| format!("`{letter}`"));
            format!("{letter} cannot begin a value; put the text in quotes")
        }
        "could not find expected ':'" => "a key needs a `:` behind it".to_owned(),
        "did not find expected key" => {
            "a key is expected here: lines of one mapping are indented alike".to_owned()
        }
        "did not find expected '-' indicator" => {
            "`- ` is expected here: items of one list are indented alike".to_owned()
        }
        "did not find expected node content" => "a value is expected here".to_owned(),
        "recursion limit exceeded" => "too many levels within each other".to_owned(),
        "repetition limit exceeded" => {
            "aliases (`*name`) repeat so much that it cannot be read".to_owned()
        }
        _ => return None,
    })
}

/// What is wrong where a line, or the one before it, is indented by something that looks like a blank
/// and is none: to YAML a text begins there.
fn odd_blank(text: &str, line: usize) -> Option<YamlError> {
    let before = line.saturating_sub(2);
    let mut lines = text.lines().enumerate().skip(before).take(line - before);
    lines.find_map(|(number, line)| {
        let mut indentation = line.chars().take_while(|letter| letter.is_whitespace()).enumerate();
        let (column, letter) = indentation.find(|(_, letter)| !letter.is_ascii())?;
        let place = Some(Place { line: number + 1, column });
        Some(YamlError { place, message: no_blank(letter) })
    })
}

/// What is said of a character that looks like a blank where a line or a key begins.
pub(super) fn no_blank(letter: char) -> String {
    format!("lines are indented by blanks, not by {}", data::shown(&letter.to_string()))
}

/// What is said of a tab.
const TABS: &str = "lines are indented by blanks, not by tabs";

/// How the parser calls a text in quotes.
const QUOTED: &str = "quoted scalar";

/// A place in the text; behind its last line where the parser was at the end.
fn within(text: &str, place: Place) -> Place {
    let lines = text.lines().count();
    let last = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).last();
    match last {
        Some((number, line)) if place.line > lines => {
            Place { line: number + 1, column: line.trim_end().chars().count() }
        }
        _ => place,
    }
}

/// What stands at a place.
fn letter(text: &str, place: Place) -> Option<char> {
    text.lines().nth(place.line.checked_sub(1)?)?.chars().nth(place.column)
}

/// Where a second document begins.
fn second_document(text: &str) -> Option<Place> {
    let mut content = false;
    for (number, line) in text.lines().enumerate() {
        let mark = line == "---" || line.starts_with("--- ");
        if mark && content {
            return Some(Place { line: number + 1, column: 0 });
        }
        let line = line.trim();
        content |= mark || !line.is_empty() && !line.starts_with(['#', '%']);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn syntax_errors_are_told_with_their_place() {
        for (text, line, column, message) in [
            (
                "a: 1\nb: [1, 2\nc: 3\n",
                3,
                1,
                "`,` or `]` is expected here; the list begins in line 2",
            ),
            ("a: {b: 1\n\n", 1, 8, "`,` or `}` is expected here; the mapping begins in line 1"),
            ("a: b: 1\n", 1, 4, "a `:` cannot stand here"),
            ("a: 1\n\tb: 1\n", 2, 0, "lines are indented by blanks, not by tabs"),
            ("a:\n\tb: 1\n", 2, 0, "lines are indented by blanks, not by tabs"),
            ("a:\n  b: 1\n \u{a0}c: 1\n", 3, 1, "lines are indented by blanks, not by a no-break"),
            ("a:\n\u{a0} b: 1\n  c: 1\n", 2, 0, "lines are indented by blanks, not by a no-break"),
            (
                "a:\n \u{a0}b: 1\n \u{a0}c: 1\n",
                2,
                1,
                "lines are indented by blanks, not by a no-break",
            ),
            ("a: 1\n\u{2003}b: 1\n", 2, 0, "lines are indented by blanks, not by a space (U+2003)"),
            ("a: @b\n", 1, 3, "`@` cannot begin a value; put the text in quotes"),
            ("a: \"b\nc: 1\n", 1, 3, "these quotes are not closed"),
            ("a:\n  b: 1\n c: 1\n", 3, 1, "a key is expected here"),
            ("a: 1\nb\nc: 1\n", 2, 1, "a key needs a `:` behind it"),
            ("a: 1\nb\n", 2, 1, "a key needs a `:` behind it"),
            ("a: 99999999999999999999\n", 1, 3, "the number 99999999999999999999 is too large"),
            ("a: 1\n? [b]\n: 2\n", 2, 2, "a key is a plain name"),
            ("# x\n---\na: 1\n--- # y\nb: 1\n", 4, 0, "a second document begins here"),
        ] {
            let error = parse(text).unwrap_err();
            let place = error.place.map(|place| (place.line, place.column));
            assert_eq!(place, Some((line, column)), "{text:?}: {error}");
            assert!(error.message.starts_with(message), "{text:?}: {error}");
        }
    }
}
