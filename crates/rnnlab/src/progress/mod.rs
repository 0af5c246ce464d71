//! What a person or a program is told while runs are at work: bars in a terminal, plain lines
//! elsewhere, JSON lines, or nothing but trouble.

mod left;
mod lines;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use left::Left;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};
use sweep::records::kept_event;
use sweep::run::{Due, Ending, Observer, RunObserver, Tally};
use train::{Event, Metric, Step};
use words::{counted, duration, visible};

/// How a sweep is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Bars or lines on standard error.
    People,
    /// Only what goes wrong, on standard error.
    Quiet,
    /// A JSON object a line on the output.
    Json,
}

/// Shows the whole sweep.
pub struct SweepProgress<'a> {
    to: To<'a>,
    started: Instant,
    runs: usize,
    metric: Metric,
    so_far: Mutex<SoFar>,
}

/// Where it is shown.
enum To<'a> {
    Bars(MultiProgress, ProgressBar),
    Lines,
    Nowhere,
    Json(Mutex<&'a mut (dyn Write + Send)>),
}

#[derive(Debug)]
struct SoFar {
    ended: usize,
    left: Left,
}

/// Shows one run.
struct RunProgress<'r, 'out> {
    sweep: &'r SweepProgress<'out>,
    id: &'r str,
    position: usize,
    bar: Option<ProgressBar>,
    started: Instant,
    shown: Mutex<Shown>,
}

/// What a run's bar says, and since which step its speed is measured: a continued run starts in the
/// middle.
#[derive(Debug, Default)]
struct Shown {
    first: Option<Step>,
    valid: String,
}

impl<'a> SweepProgress<'a> {
    /// Starts showing the sweep of these runs, how good they are by `metric`; JSON lines go to `out`.
    pub fn start(
        due: &[Due<'_>],
        metric: Metric,
        manner: Manner,
        out: &'a mut (dyn Write + Send),
    ) -> Self {
        let to = match manner {
            Manner::Quiet => To::Nowhere,
            Manner::Json => To::Json(Mutex::new(out)),
            Manner::People if !std::io::stderr().is_terminal() => To::Lines,
            Manner::People => {
                let bars = MultiProgress::new();
                let total = bars.add(ProgressBar::new(due.len() as u64));
                total.set_style(style(SWEEP));
                total.set_prefix("sweep");
                total.enable_steady_tick(Duration::from_secs(1));
                To::Bars(bars, total)
            }
        };
        let left = Left::new(due.iter().map(|due| (due.position, due.expected)));
        let so_far = Mutex::new(SoFar { ended: 0, left });
        Self { to, started: Instant::now(), runs: due.len(), metric, so_far }
    }

    /// Takes the bars away and sums up.
    pub fn finish(&self, tally: &Tally) {
        let seconds = self.started.elapsed().as_secs_f64();
        let line = format!("{} in {}", counted(self.runs, "run"), duration(seconds));
        if let To::Bars(bars, total) = &self.to {
            total.finish_and_clear();
            let _ = bars.clear();
            say(&line);
        }
        let Tally { done, skipped, diverged, failed, open } = tally;
        self.tell(
            || line,
            || {
                json!({"event": "sweep_ended", "done": done, "skipped": skipped,
                    "diverged": diverged, "failed": failed, "open": open, "seconds": seconds})
            },
        );
    }

    /// A line where there are lines, an object where there are objects.
    fn tell(&self, line: impl FnOnce() -> String, object: impl FnOnce() -> Value) {
        match &self.to {
            To::Bars(..) | To::Nowhere => {}
            To::Lines => say(&line()),
            To::Json(out) => {
                if let Ok(mut out) = out.lock() {
                    // Whoever read it may be gone, which is no reason to stop.
                    let _ = writeln!(out, "{}", object()).and_then(|()| out.flush());
                }
            }
        }
    }

    /// Tells in every manner, the quiet one too.
    fn aloud(&self, line: &str, object: impl FnOnce() -> Value) {
        match &self.to {
            To::Bars(bars, _) => {
                let _ = bars.println(visible(line));
            }
            To::Nowhere => say(line),
            To::Lines | To::Json(_) => self.tell(|| line.to_owned(), object),
        }
    }

    /// Counts a run that ended, as `[3/9]`; `share` of it is done.
    fn ended(&self, position: usize, share: f64) -> String {
        let mut so_far = self.so_far();
        so_far.ended += 1;
        so_far.left.ended(position, share);
        if let To::Bars(_, total) = &self.to {
            total.set_position(so_far.ended as u64);
        }
        format!("[{}/{}]", so_far.ended, self.runs)
    }

    /// `about 5 min 3 s left`, once something can be said of it.
    fn time_left(&self) -> Option<String> {
        let elapsed = self.started.elapsed().as_secs_f64();
        let left = self.so_far().left.seconds(elapsed).filter(|left| *left > 0.0)?;
        Some(format!("about {} left", duration(left)))
    }

    /// A panic cannot leave it half-changed.
    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Observer for SweepProgress<'_> {
    fn run<'r>(&'r self, due: &Due<'r>) -> Box<dyn RunObserver + 'r> {
        let id = due.run.id.as_str();
        let bar = match &self.to {
            To::Bars(bars, total) => {
                let bar = bars.insert_before(total, ProgressBar::new(0));
                bar.set_style(style(RUN));
                bar.set_prefix(id.to_owned());
                Some(bar)
            }
            _ => None,
        };
        self.tell(|| format!("{id}: started"), || json!({"event": "run_started", "run": id}));
        let (position, started, shown) = (due.position, Instant::now(), Mutex::default());
        Box::new(RunProgress { sweep: self, id, position, bar, started, shown })
    }

    fn skipped(&self, due: &Due<'_>, why: &str) {
        let id = &due.run.id;
        let count = self.ended(due.position, 1.0);
        if let To::Bars(bars, _) = &self.to {
            // The terminal may be gone; there is nobody left to tell.
            let _ = bars.println(visible(&format!("{id}: {why}")));
        }
        self.tell(
            || format!("{count} {id}: {why}"),
            || json!({"event": "run_skipped", "run": id, "why": why}),
        );
    }

    fn warn(&self, id: &str, text: &str) {
        self.aloud(
            &format!("{id}: warning: {text}"),
            || json!({"event": "warning", "run": id, "text": text}),
        );
    }

    fn stopping(&self) {
        let line = "stopping: each run at work is to write a checkpoint; once more stops at once";
        match &self.to {
            To::Bars(bars, _) => {
                let _ = bars.println(line);
            }
            To::Lines | To::Nowhere => say(line),
            To::Json(_) => self.tell(String::new, || json!({"event": "stopping"})),
        }
    }

    fn tick(&self) {
        if let To::Bars(_, total) = &self.to {
            total.set_message(self.time_left().map_or(String::new(), |left| format!(", {left}")));
        }
    }
}

impl RunObserver for RunProgress<'_, '_> {
    fn event(&self, event: &Event) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Event::Step(step) => {
                self.sweep.so_far().left.at(self.position, step);
                let first = shown.first.get_or_insert_with(|| step.clone()).clone();
                if let Some(bar) = &self.bar {
                    if bar.length() != Some(step.steps as u64) {
                        bar.set_length(step.steps as u64);
                        bar.set_position(step.step.saturating_sub(1) as u64);
                        bar.reset_eta();
                    }
                    bar.set_position(step.step as u64);
                    bar.set_message(lines::live(step, &first, &shown.valid));
                }
            }
            Event::Evaluation(evaluation) => {
                shown.valid = lines::valid(self.sweep.metric, evaluation);
                if matches!(self.sweep.to, To::Lines) {
                    let left = self.sweep.time_left().map_or(String::new(), |t| format!(", {t}"));
                    let elapsed = duration(self.started.elapsed().as_secs_f64());
                    let line = lines::evaluation(self.sweep.metric, evaluation);
                    say(&format!("{}: {line}, {elapsed} elapsed{left}", self.id));
                }
            }
            Event::Damaged(damaged) => self.warn(&lines::damaged(damaged)),
            Event::Saving
            | Event::GradientFlow(_)
            | Event::Jacobian(_)
            | Event::Lyapunov(_)
            | Event::Gates(_)
            | Event::Context(_)
            | Event::Text(_) => {}
        }
        if matches!(self.sweep.to, To::Json(_))
            && let Some(event) = kept_event(event)
        {
            self.sweep.tell(String::new, || lines::object(self.id, &event));
        }
    }

    fn warn(&self, text: &str) {
        self.sweep.warn(self.id, text);
    }

    fn end(&self, ending: &Ending<'_>) {
        if let (Some(bar), To::Bars(bars, _)) = (&self.bar, &self.sweep.to) {
            bar.finish_and_clear();
            // Else its empty line would stay.
            bars.remove(bar);
        }
        let elapsed = duration(self.started.elapsed().as_secs_f64());
        let share = if matches!(ending, Ending::Finished(_)) { 1.0 } else { 0.0 };
        let count = self.sweep.ended(self.position, share);
        let line = format!("{}: {}", self.id, lines::ending(self.sweep.metric, ending, &elapsed));
        let object = || lines::ended(self.id, ending);
        match (ending, &self.sweep.to) {
            (Ending::Failed(_), To::Nowhere) => self.sweep.aloud(&line, object),
            (_, To::Bars(..)) => self.sweep.aloud(&line, object),
            _ => self.sweep.tell(|| format!("{count} {line}"), object),
        }
    }
}

/// A line on standard error. That it may be closed is no reason to stop.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(line));
}

/// The line of a run and that of the sweep: what may be long comes last and is cut to the width.
const RUN: &str = "{prefix:24!} {bar:10.cyan/dim} {percent:>3} % {eta:>4} left  {wide_msg}";
const SWEEP: &str = "{prefix:24!} {bar:10.green/dim} {pos}/{len} runs, {elapsed} so far{wide_msg}";

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; a bad one would still show a plain bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
