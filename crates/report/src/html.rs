//! A document as one self-contained HTML file: figures, style and a little script inside, nothing
//! fetched. Without the script everything is there; tables just cannot be sorted.

use super::document::{Block, Document, Picture, Side, Table, address};
use words::visible;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

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
         <header>\n<h1>{title}</h1>\n<p class=\"subtitle\">{}</p>\n</header>\n{}{body}</main>\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&document.subtitle),
        contents(&document.blocks)
    )
}

/// Links to the sections, where there are several.
fn contents(blocks: &[Block]) -> String {
    let titles: Vec<&String> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading(title) => Some(title),
            _ => None,
        })
        .collect();
    if titles.len() < 2 {
        return String::new();
    }
    let links: String = titles
        .iter()
        .map(|title| format!("<li><a href=\"#{}\">{}</a></li>\n", place(title), escaped(title)))
        .collect();
    format!("<nav aria-label=\"Contents\"><ol>\n{links}</ol></nav>\n")
}

/// The address of a section: its title in what addresses may have.
fn place(title: &str) -> String {
    let letters = title.to_lowercase();
    let words = letters.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn push(html: &mut String, block: &Block) {
    match block {
        Block::Heading(title) => {
            html.push_str(&format!("<h2 id=\"{}\">{}</h2>\n", place(title), escaped(title)));
        }
        Block::Link { title, target } => {
            html.push_str(&format!(
                "<p class=\"link\"><a href=\"{}\">{}</a></p>\n",
                literal(&address(target)),
                escaped(title)
            ));
        }
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
        Block::Figure(Picture { stem, svg, alt, caption }) => {
            html.push_str(&format!(
                "<figure id=\"{stem}\">\n<a class=\"close\" href=\"#at-{stem}\">close</a>\n\
                 <a class=\"canvas\" id=\"at-{stem}\" href=\"#{stem}\" title=\"enlarge\"><span role=\"img\" aria-label=\"{}\">{}</span></a>\n\
                 <figcaption>{}</figcaption>\n</figure>\n",
                literal(&alt.replace('`', "")),
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
    visible(words)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
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
    fn sections_and_figures_can_be_gone_to() {
        let picture = Picture {
            stem: "flow".to_owned(),
            svg: "<svg></svg>".to_owned(),
            alt: "a \"figure\"".to_owned(),
            caption: String::new(),
        };
        let blocks = vec![
            Block::Heading("The answer".to_owned()),
            Block::Heading("Data".to_owned()),
            Block::Figure(picture),
        ];
        let html = render(&Document { title: "t".to_owned(), subtitle: String::new(), blocks });
        // Every address within the page is there once.
        let targets: Vec<&str> =
            html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(targets, ["the-answer", "data", "at-flow", "flow"]);
        for target in targets {
            assert_eq!(html.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
        }
        assert!(html.contains("aria-label=\"a &quot;figure&quot;\""));
        assert!(!html.contains("http"), "something is fetched");
    }

    #[test]
    fn nothing_of_the_text_is_taken_for_markup() {
        assert_eq!(escaped("1 < 2 & `a<b>`"), "1 &lt; 2 &amp; <code>a&lt;b&gt;</code>");
        assert_eq!(escaped("one ` only"), "one ` only");
        assert_eq!(escaped("a\u{1b}[31mb\u{202e}"), "a&lt;U+001B&gt;[31mb&lt;U+202E&gt;");
        assert_eq!(place("How it was run (twice)"), "how-it-was-run-twice");
        assert_eq!(inline("<?xml version=\"1.0\"?>\n<svg></svg>\n"), "<svg></svg>");
    }
}
