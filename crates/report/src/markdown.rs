//! A document as Markdown. Figures are linked, as files beside it.

use super::document::{Block, Document, Picture, Side, Table, address};
use words::visible;

/// Renders the document.
pub(super) fn render(document: &Document) -> String {
    let mut text = format!("# {}\n\n{}\n", escaped(&document.title), escaped(&document.subtitle));
    for block in &document.blocks {
        push(&mut text, block);
    }
    text
}

fn push(text: &mut String, block: &Block) {
    text.push('\n');
    match block {
        Block::Heading(title) => text.push_str(&format!("## {}\n", escaped(title))),
        Block::Lead(words) => text.push_str(&format!("**{}**\n", escaped(words))),
        Block::Text(words) => text.push_str(&format!("{}\n", escaped(words))),
        Block::Warning { title, text: words } => {
            text.push_str(&format!("> [!WARNING]\n> **{}** {}\n", escaped(title), escaped(words)));
        }
        Block::Link { title, target } => {
            text.push_str(&format!("[{}]({})\n", escaped(title), address(target)));
        }
        Block::List(points) => {
            for point in points {
                text.push_str(&format!("- {}\n", escaped(point)));
            }
        }
        Block::Table(table) => push_table(text, table),
        Block::Figure(Picture { stem, alt, caption, .. }) => {
            text.push_str(&format!(
                "![{}](figures/{stem}.png)\n\n*{}*\n",
                escaped(alt),
                escaped(caption)
            ));
        }
        Block::Code(code) => {
            let fence = if code.contains("```") { "~~~~" } else { "```" };
            text.push_str(&format!("{fence}\n{}\n{fence}\n", visible(code.trim_end())));
        }
        Block::Details { summary, blocks } => {
            text.push_str(&format!("<details>\n<summary>{}</summary>\n", escaped(summary)));
            for block in blocks {
                push(text, block);
            }
            text.push_str("\n</details>\n");
        }
    }
}

fn push_table(text: &mut String, table: &Table) {
    let cell = |words: &str| escaped(words).replace('|', "\\|");
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    if !table.caption.is_empty() {
        text.push_str(&format!("{}\n\n", escaped(&table.caption)));
    }
    text.push_str(&line(table.columns.iter().map(|(title, _)| cell(title)).collect()));
    let rule = |side: &Side| match side {
        Side::Left => ":--".to_owned(),
        Side::Right => "--:".to_owned(),
    };
    text.push_str(&line(table.columns.iter().map(|(_, side)| rule(side)).collect()));
    for row in &table.rows {
        text.push_str(&line(row.iter().map(|words| cell(words)).collect()));
    }
}

/// One line, in which nothing but pairs of backticks means anything to Markdown.
fn escaped(words: &str) -> String {
    let words = visible(words);
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    // An odd backtick is just a backtick.
    let paired = line.matches('`').count().is_multiple_of(2);
    let mut text = String::with_capacity(line.len());
    let mut code = false;
    for (position, letter) in line.char_indices() {
        let after = &line[position + letter.len_utf8()..];
        match letter {
            '`' if paired => code = !code,
            '`' => text.push('\\'),
            _ if code => {}
            '*' | '_' | '[' | ']' | '#' | '~' | '$' | '\\' => text.push('\\'),
            // At the beginning of a line: a list, a quotation, a rule.
            '>' | '=' if position == 0 => text.push('\\'),
            '-' | '+'
                if position == 0 && (after.is_empty() || after.starts_with([' ', letter])) =>
            {
                text.push('\\');
            }
            '.' | ')' if numbered(&line[..position], after) => text.push('\\'),
            '<' => {
                text.push_str("&lt;");
                continue;
            }
            '&' if is_entity(after) => {
                text.push_str("&amp;");
                continue;
            }
            _ => {}
        }
        text.push(letter);
    }
    text
}

/// Whether a sign between these makes a line an item of a numbered list.
fn numbered(before: &str, after: &str) -> bool {
    let digits = !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit());
    digits && (after.is_empty() || after.starts_with(' '))
}

/// Whether a `&` with this behind it stands for another letter.
fn is_entity(after: &str) -> bool {
    let name = |name: &str| {
        let name = name.strip_prefix('#').unwrap_or(name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    after.split_once(';').is_some_and(|(before, _)| name(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_text_is_taken_for_markup() {
        assert_eq!(escaped("a_b <c> `d_e`\n[f]"), "a\\_b &lt;c> `d_e` \\[f\\]");
        assert_eq!(escaped("one ` <b>* only"), "one \\` &lt;b>\\* only");
        assert_eq!(escaped("a\u{1b}[31m"), "a&lt;U+001B>\\[31m");
        assert_eq!(escaped("~~a~~ $b$ \\* &lt; R&D"), "\\~\\~a\\~\\~ \\$b\\$ \\\\\\* &amp;lt; R&D");
        for (start, line) in [
            ("- a", "\\- a"),
            ("> a", "\\> a"),
            ("12. a", "12\\. a"),
            ("-1.5", "-1.5"),
            ("---", "\\---"),
        ] {
            assert_eq!(escaped(start), line);
        }
        assert_eq!(escaped("1.5 and 2. b"), "1.5 and 2. b");
        let mut table = Table::new("", &["cell", "#number"]);
        table.row(vec!["a|\nb".to_owned(), "1".to_owned()]);
        let mut text = String::new();
        push_table(&mut text, &table);
        assert_eq!(text, "| cell | number |\n| :-- | --: |\n| a\\| b | 1 |\n");
    }
}
