//! A document as Markdown. Figures are linked, as files beside it.

use super::document::{Block, Document, Picture, Side, Table};

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
            text.push_str(&format!("[{}]({target})\n", escaped(title)));
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
            text.push_str(&format!("{fence}\n{}\n{fence}\n", code.trim_end()));
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

/// One line, in which nothing but backticks means anything to Markdown.
fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut code = false;
    for letter in words.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match letter {
            '`' => code = !code,
            '*' | '_' | '[' | ']' | '#' if !code => text.push('\\'),
            '<' if !code => {
                text.push_str("&lt;");
                continue;
            }
            _ => {}
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_text_is_taken_for_markup() {
        assert_eq!(escaped("a_b <c> `d_e`\n[f]"), "a\\_b &lt;c> `d_e` \\[f\\]");
        let mut table = Table::new("", &["cell", "#number"]);
        table.row(vec!["a|b".to_owned(), "1".to_owned()]);
        let mut text = String::new();
        push_table(&mut text, &table);
        assert_eq!(text, "| cell | number |\n| :-- | --: |\n| a\\|b | 1 |\n");
    }
}
