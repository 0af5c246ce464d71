//! A document as one self-contained HTML file: figures and style inside, no script, nothing
//! fetched.

use super::document::{Block, Document, Picture, Side, Table};

const STYLE: &str = include_str!("style.css");

/// Renders the document.
pub(super) fn render(document: &Document) -> String {
    let mut body = String::new();
    for block in &document.blocks {
        push(&mut body, block);
    }
    let title = escaped(&document.title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{title}</h1>\n<p class=\"subtitle\">{}</p>\n</header>\n{body}</main>\n</body>\n</html>\n",
        escaped(&document.subtitle)
    )
}

fn push(html: &mut String, block: &Block) {
    match block {
        Block::Heading(title) => html.push_str(&format!("<h2>{}</h2>\n", escaped(title))),
        Block::Lead(words) => html.push_str(&format!("<p class=\"lead\">{}</p>\n", escaped(words))),
        Block::Text(words) => html.push_str(&format!("<p>{}</p>\n", escaped(words))),
        Block::Warning { title, text } => {
            html.push_str(&format!(
                "<aside class=\"warning\"><strong>{}</strong> {}</aside>\n",
                escaped(title),
                escaped(text)
            ));
        }
        Block::List(points) => {
            html.push_str("<ul>\n");
            for point in points {
                html.push_str(&format!("<li>{}</li>\n", escaped(point)));
            }
            html.push_str("</ul>\n");
        }
        Block::Table(table) => push_table(html, table),
        Block::Figure(Picture { svg, alt, caption, .. }) => {
            html.push_str(&format!(
                "<figure>\n<div class=\"canvas\" role=\"img\" aria-label=\"{}\">{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
                escaped(alt).replace("<code>", "").replace("</code>", ""),
                inline(svg),
                escaped(caption)
            ));
        }
        Block::Code(code) => {
            html.push_str(&format!("<pre><code>{}</code></pre>\n", literal(code.trim_end())))
        }
        Block::Details { summary, blocks } => {
            html.push_str(&format!("<details>\n<summary>{}</summary>\n", escaped(summary)));
            for block in blocks {
                push(html, block);
            }
            html.push_str("</details>\n");
        }
    }
}

fn push_table(html: &mut String, table: &Table) {
    let class = |side: Side| match side {
        Side::Left => "",
        Side::Right => " class=\"number\"",
    };
    // The wrapper scrolls on narrow screens; `tabindex` lets a keyboard do it.
    html.push_str("<div class=\"table\" tabindex=\"0\"><table>\n");
    if !table.caption.is_empty() {
        html.push_str(&format!("<caption><span>{}</span></caption>\n", escaped(&table.caption)));
    }
    html.push_str("<thead><tr>");
    for (title, side) in &table.columns {
        html.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(*side), escaped(title)));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        html.push_str("<tr>");
        for (cell, (_, side)) in row.iter().zip(&table.columns) {
            html.push_str(&format!("<td{}>{}</td>", class(*side), escaped(cell)));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
}

/// The SVG element without what only a file of its own needs.
fn inline(svg: &str) -> &str {
    svg.find("<svg").map_or(svg, |start| &svg[start..]).trim_end()
}

fn literal(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text with code between backticks.
fn escaped(words: &str) -> String {
    let literal = literal(words);
    let parts: Vec<&str> = literal.split('`').collect();
    // An odd backtick is just a backtick.
    if parts.len().is_multiple_of(2) {
        return literal;
    }
    parts
        .iter()
        .enumerate()
        .map(
            |(position, part)| {
                if position % 2 == 1 { format!("<code>{part}</code>") } else { (*part).to_owned() }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_text_is_taken_for_markup() {
        assert_eq!(escaped("1 < 2 & `a<b>`"), "1 &lt; 2 &amp; <code>a&lt;b&gt;</code>");
        assert_eq!(escaped("one ` only"), "one ` only");
        assert_eq!(inline("<?xml version=\"1.0\"?>\n<svg></svg>\n"), "<svg></svg>");
    }
}
