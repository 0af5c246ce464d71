//! A document as one self-contained HTML file: figures, style and a little script inside, nothing
//! fetched. Without the script everything is there; tables just cannot be sorted.

use super::document::{Block, Document, Picture, Side, Table, address};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use words::visible;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Renders the document.
pub(super) fn render(document: &Document) -> String {
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (visible(&document.title)) } "\n"
                style { "\n" (PreEscaped(STYLE)) }
            } "\n"
            body {
                main {
                    header {
                        h1 { (text(&document.title)) }
                        p.subtitle { (text(&document.subtitle)) }
                    } "\n"
                    (contents(&document.blocks))
                    (all(&document.blocks))
                } "\n"
                script { "\n" (PreEscaped(SCRIPT)) }
            }
        } "\n"
    };
    page.into_string()
}

/// Links to the sections, where there are several.
fn contents(blocks: &[Block]) -> Markup {
    let titles: Vec<&String> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading(title) => Some(title),
            _ => None,
        })
        .collect();
    html! {
        @if titles.len() > 1 {
            nav aria-label="Contents" {
                ol {
                    @for title in titles {
                        "\n" li { a href={ "#" (place(title)) } { (text(title)) } }
                    }
                }
            } "\n"
        }
    }
}

/// The address of a section: its title in what addresses may have.
fn place(title: &str) -> String {
    let letters = title.to_lowercase();
    let words = letters.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// Blocks, each on lines of its own.
fn all(blocks: &[Block]) -> Markup {
    html! {
        @for block in blocks {
            (one(block)) "\n"
        }
    }
}

fn one(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading(title) => h2 id=(place(title)) { (text(title)) },
            Block::Link { title, target } => p.link { a href=(address(target)) { (text(title)) } },
            Block::Lead(words) => p.lead { (text(words)) },
            Block::Text(words) => p { (text(words)) },
            Block::Warning { title, text: words } => {
                aside.warning { strong { (text(title)) } " " (text(words)) }
            },
            Block::List(points) => ul {
                @for point in points {
                    "\n" li { (text(point)) }
                }
            },
            Block::Table(table) => (self::table(table)),
            Block::Figure(picture) => (figure(picture)),
            Block::Code(code) => pre { code { (visible(code.trim_end())) } },
            Block::Details { summary, blocks } => details {
                summary { (text(summary)) } "\n"
                (all(blocks))
            },
        }
    }
}

/// A figure that can be enlarged.
fn figure(picture: &Picture) -> Markup {
    let Picture { stem, svg, alt, caption } = picture;
    html! {
        figure id=(stem) {
            a.close href={ "#at-" (stem) } { "close" } "\n"
            a.canvas id={ "at-" (stem) } href={ "#" (stem) } title="enlarge" {
                span role="img" aria-label=(visible(&alt.replace('`', ""))) { (PreEscaped(inline(svg))) }
            } "\n"
            figcaption { (text(caption)) }
        }
    }
}

fn table(table: &Table) -> Markup {
    let class = |side: Side| match side {
        Side::Left => None,
        Side::Right => Some("number"),
    };
    html! {
        // The wrapper scrolls on narrow screens; `tabindex` lets a keyboard do it.
        div.table tabindex="0" {
            table {
                @if !table.caption.is_empty() {
                    caption { span { (text(&table.caption)) } }
                }
                thead {
                    tr {
                        @for (title, side) in &table.columns {
                            th scope="col" class=[class(*side)] { (text(title)) }
                        }
                    }
                }
                tbody {
                    @for row in &table.rows {
                        "\n" tr {
                            @for (cell, (_, side)) in row.iter().zip(&table.columns) {
                                td class=[class(*side)] { (text(cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The SVG element without what only a file of its own needs.
fn inline(svg: &str) -> &str {
    svg.find("<svg").map_or(svg, |start| &svg[start..]).trim_end()
}

/// Text with code between backticks.
fn text(words: &str) -> Markup {
    let words = visible(words);
    let parts: Vec<&str> = words.split('`').collect();
    // An odd backtick is just a backtick.
    if parts.len().is_multiple_of(2) {
        return html! { (words) };
    }
    html! {
        @for (position, part) in parts.into_iter().enumerate() {
            @if position % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
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
        let escaped = |words: &str| text(words).into_string();
        assert_eq!(escaped("1 < 2 & `a<b>`"), "1 &lt; 2 &amp; <code>a&lt;b&gt;</code>");
        assert_eq!(escaped("one ` only"), "one ` only");
        assert_eq!(escaped("a\u{1b}[31mb\u{202e}"), "a&lt;U+001B&gt;[31mb&lt;U+202E&gt;");
        assert_eq!(place("How it was run (twice)"), "how-it-was-run-twice");
        assert_eq!(inline("<?xml version=\"1.0\"?>\n<svg></svg>\n"), "<svg></svg>");
    }
}
