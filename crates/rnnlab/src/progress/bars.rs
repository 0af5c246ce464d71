//! Lines of a terminal, as functions of what they show and how wide it is: none is longer than that.

use console::style;
use std::fmt;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use words::duration;

/// Columns of a bar itself.
const BAR: usize = 10;
/// Most columns of a run's name.
const NAME: usize = 24;
/// From so many columns on a line has a bar.
const WIDE: usize = 53;

/// A line with a bar in it, or without one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    before: String,
    bar: String,
    after: String,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunState<'a> {
    pub(super) name: &'a str,
    pub(super) step: usize,
    pub(super) steps: usize,
    /// Seconds that it still needs, once that is known.
    pub(super) left: Option<f64>,
    /// What else there is to tell.
    pub(super) news: &'a str,
}

/// Where a sweep stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct SweepState<'a> {
    pub(super) ended: usize,
    pub(super) runs: usize,
    /// Seconds since its start.
    pub(super) elapsed: f64,
    /// What else there is to tell.
    pub(super) news: &'a str,
}

impl Line {
    /// The line of a run: its name, how far it is, and as much of the rest as there is room for.
    pub(super) fn of_run(run: &RunState<'_>, width: usize) -> Self {
        let share = share(run.step, run.steps);
        let percent = format!("{:>3} %", (100.0 * share).floor());
        let left = run.left.map_or(String::new(), |left| format!(" {} left", duration(left)));
        let news = format!("  {}", run.news);
        Self::of(run.name, share, [&percent, &left, &news], width)
    }

    /// The line of a sweep.
    pub(super) fn of_sweep(sweep: &SweepState<'_>, width: usize) -> Self {
        let count = format!("{}/{} runs", sweep.ended, sweep.runs);
        let elapsed = format!(", {} so far", duration(sweep.elapsed));
        let parts = [count.as_str(), &elapsed, sweep.news];
        Self::of("sweep", share(sweep.ended, sweep.runs), parts, width)
    }

    /// A name, a bar where there is room for one, then the parts, the first of which come first.
    fn of(name: &str, share: f64, parts: [&str; 3], width: usize) -> Self {
        let columns = NAME.min(width / 3);
        let name = cut(name, columns);
        let padding = " ".repeat(columns - name.width() + 1);
        let before = cut(&format!("{name}{padding}"), width);
        let full = ((BAR as f64 * share) as usize).min(BAR);
        let bar = match width >= WIDE {
            true => "█".repeat(full) + &"░".repeat(BAR - full),
            false => String::new(),
        };
        let gap = if bar.is_empty() { "" } else { " " };
        let room = width.saturating_sub(before.width() + bar.width());
        let after = cut(&format!("{gap}{}", parts.concat()), room);
        Self { before, bar, after }
    }

    /// The line in a terminal's colours.
    pub(super) fn coloured(&self) -> String {
        let Self { before, bar, after } = self;
        format!("{before}{}{after}", style(bar).for_stderr().cyan())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.bar, self.after)
    }
}

/// How much is done, from 0 to 1.
fn share(done: usize, of: usize) -> f64 {
    (done as f64 / of.max(1) as f64).min(1.0)
}

/// The beginning of a text that has room in so many columns; that it goes on is marked.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room = columns.saturating_sub(1);
    for letter in text.chars() {
        let needs = letter.width().unwrap_or(0);
        if needs > room {
            break;
        }
        room -= needs;
        kept.push(letter);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// A text in lines of at most `width` columns, cut between words where that is possible; what goes on is
/// indented.
pub(super) fn folded(text: &str, width: usize) -> String {
    let width = width.max(1);
    text.split('\n').map(|line| folded_line(line, width)).collect::<Vec<_>>().join("\n")
}

fn folded_line(text: &str, width: usize) -> String {
    let indent = if width >= 20 { "  " } else { "" };
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut is_empty = true;
    for word in text.split(' ') {
        let gap = usize::from(!is_empty);
        if line.width() + gap + word.width() <= width {
            line.push_str(if is_empty { "" } else { " " });
            line.push_str(word);
        } else {
            if !is_empty {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
            }
            // A word longer than a line, such as a path.
            for letter in word.chars() {
                if line.width() + letter.width().unwrap_or(0) > width && line.trim() != "" {
                    lines.push(std::mem::replace(&mut line, indent.to_owned()));
                }
                line.push(letter);
            }
        }
        is_empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: RunState<'_> = RunState {
        name: "lstm-learning_rate0.004-s1-1a2b3c4d5e6f",
        step: 450,
        steps: 1000,
        left: Some(83.0),
        news: "loss 5.123, valid perplexity 180.2, 10.7 k tokens/s",
    };
    const SWEEP: SweepState<'_> =
        SweepState { ended: 3, runs: 12, elapsed: 754.0, news: ", about 38 min 5 s left" };

    fn drawn(width: usize) -> [String; 2] {
        [Line::of_run(&RUN, width).to_string(), Line::of_sweep(&SWEEP, width).to_string()]
    }

    #[test]
    fn lines_of_usual_widths() {
        assert_eq!(drawn(30), ["lstm-lear…  45 % 83 s left  l…", "sweep      3/12 runs, 12 min …"]);
        assert_eq!(
            drawn(53),
            [
                "lstm-learning_ra… ████░░░░░░  45 % 83 s left  loss 5…",
                "sweep             ██░░░░░░░░ 3/12 runs, 12 min 34 s …"
            ]
        );
        assert_eq!(
            drawn(80),
            [
                "lstm-learning_rate0.004… ████░░░░░░  45 % 83 s left  loss 5.123, valid perplexi…",
                "sweep                    ██░░░░░░░░ 3/12 runs, 12 min 34 s so far, about 38 min…"
            ]
        );
        assert_eq!(
            drawn(120),
            [
                "lstm-learning_rate0.004… ████░░░░░░  45 % 83 s left  loss 5.123, valid perplexity 180.2, 10.7 k tokens/s",
                "sweep                    ██░░░░░░░░ 3/12 runs, 12 min 34 s so far, about 38 min 5 s left"
            ]
        );
    }

    #[test]
    fn no_line_is_longer_than_the_terminal_is_wide() {
        let wide = RunState {
            name: "数据-数据-数据-数据-数据-数据", news: "損失 5.1", ..RUN
        };
        for width in 0..150 {
            for line in drawn(width).into_iter().chain([Line::of_run(&wide, width).to_string()]) {
                assert!(line.width() <= width, "{width}: {line}");
            }
            let text = "gru-s1-1a2b3c4d5e6f: done in 5 s, perplexity 180.2 on valid, 179.0 on test, 12345 tokens/s\n/a/very/long/path/without/any/blank/in/it/that/no/line/has/room/for/as/a/whole: 数据数据";
            let folded = folded(text, width);
            let most = folded.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
            assert!(most <= width.max(2), "{width}: {folded}");
            let letters = |text: &str| text.replace([' ', '\n'], "");
            assert_eq!(letters(&folded), letters(text), "nothing is lost");
        }
    }

    #[test]
    fn long_lines_are_folded_between_words() {
        let done = "gru-s1-1a2b3c4d5e6f: done in 5 s, perplexity 180.2 on valid, 179.0 on test, 12345 tokens/s";
        assert_eq!(folded(done, 120), done);
        assert_eq!(
            folded(done, 80),
            "gru-s1-1a2b3c4d5e6f: done in 5 s, perplexity 180.2 on valid, 179.0 on test,\n  12345 tokens/s"
        );
        assert_eq!(
            folded(done, 30),
            "gru-s1-1a2b3c4d5e6f: done in 5\n  s, perplexity 180.2 on\n  valid, 179.0 on test, 12345\n  tokens/s"
        );
    }
}
