//! Where the texts of a figure stand, read from its SVG alone.

use std::collections::BTreeMap;

/// A text with the box of its ink, in units of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

/// What may lie over each other without harm: rounding, and the rims of letters.
const SLACK: f64 = 12.0;

/// All texts lie on the sheet, and none on another.
#[track_caller]
pub(crate) fn check(svg: &str) {
    let size = attribute(svg, "viewBox").expect("a size");
    let size: Vec<f64> = size.split(' ').filter_map(|number| number.parse().ok()).collect();
    let labels = labels(svg);
    for (k, label) in labels.iter().enumerate() {
        let inside = label.left > -SLACK
            && label.top > -SLACK
            && label.right < size[2] + SLACK
            && label.bottom < size[3] + SLACK;
        assert!(inside, "outside the sheet of {size:?}: {label:?}");
        for other in &labels[..k] {
            let apart = label.left > other.right - SLACK
                || other.left > label.right - SLACK
                || label.top > other.bottom - SLACK
                || other.top > label.bottom - SLACK;
            assert!(apart, "on each other: {label:?} and {other:?}");
        }
    }
}

/// Every text with its box.
pub(crate) fn labels(svg: &str) -> Vec<Label> {
    let glyphs: BTreeMap<&str, [f64; 4]> = svg
        .lines()
        .filter_map(|line| Some((attribute(line, "path id")?, extent(attribute(line, " d")?)?)))
        .collect();
    svg.lines().filter_map(|line| label(line, &glyphs)).collect()
}

fn label(line: &str, glyphs: &BTreeMap<&str, [f64; 4]>) -> Option<Label> {
    let text = attribute(line, "aria-label")?.to_owned();
    let place = attribute(line, "transform")?;
    let [x, y] = pair(place, "translate(")?;
    let [scale, _] = pair(place, " scale(")?;
    let turned = place.contains("rotate(-90)");
    let mut ink: Option<[f64; 4]> = None;
    for used in line.split("<use ").skip(1) {
        let Some([left, top, right, bottom]) =
            attribute(used, "href").and_then(|href| glyphs.get(&href[1..]).copied())
        else {
            continue;
        };
        // A raised glyph is moved and made smaller.
        let (dx, dy, size) = match attribute(used, "transform") {
            Some(raised) => {
                let [dx, dy] = pair(raised, "translate(")?;
                (dx, dy, pair(raised, " scale(")?[0])
            }
            None => (attribute(used, " x").or(attribute(used, "x"))?.parse().ok()?, 0.0, 1.0),
        };
        let here = [left * size + dx, top * size + dy, right * size + dx, bottom * size + dy];
        ink = Some(match ink {
            None => here,
            Some([a, b, c, d]) => [a.min(here[0]), b.min(here[1]), c.max(here[2]), d.max(here[3])],
        });
    }
    let [left, top, right, bottom] = ink?.map(|length| length * scale);
    let [left, top, right, bottom] = match turned {
        true => [x + top, y - right, x + bottom, y - left],
        false => [x + left, y + top, x + right, y + bottom],
    };
    Some(Label { text, left, top, right, bottom })
}

/// The box of an outline's points.
fn extent(outline: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = outline
        .split(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.'))
        .filter_map(|number| number.parse().ok())
        .collect();
    let of = |first: usize| numbers.iter().skip(first).step_by(2).copied();
    let least = |first| of(first).fold(f64::INFINITY, f64::min);
    let most = |first| of(first).fold(f64::NEG_INFINITY, f64::max);
    (!numbers.is_empty()).then(|| [least(0), least(1), most(0), most(1)])
}

fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.find(&format!("{name}=\""))? + name.len() + 2;
    text[start..].split('"').next()
}

/// The numbers of `name(a b)`; a single one stands for both.
fn pair(text: &str, name: &str) -> Option<[f64; 2]> {
    let start = text.find(name)? + name.len();
    let inside = text[start..].split(')').next()?;
    let mut numbers = inside.split(' ').filter_map(|number| number.parse().ok());
    let first = numbers.next()?;
    Some([first, numbers.next().unwrap_or(first)])
}
