//! What a person or a program is told while runs are at work: bars in a terminal, plain lines
//! elsewhere, JSON lines, or nothing but trouble.

mod bars;
mod lines;
mod remaining;
#[cfg(test)]
mod screen;
#[cfg(test)]
mod tests;

use bars::{Line, RunState, SweepState, folded};
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use remaining::RemainingTime;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;
use sweep::records::kept_event;
use sweep::run::{Ending, Observer, QueuedRun, RunObserver, SweepCounts};
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
    Bars(Bars),
    Lines,
    Nowhere,
    Json(Mutex<&'a mut (dyn Write + Send)>),
}

/// Lines of a terminal that are drawn again and again: one for each run at work, and that of the sweep.
struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    /// Columns of the terminal, which change with its window.
    width: Box<dyn Fn() -> usize + Send + Sync>,
}

impl Bars {
    fn on(all: MultiProgress, width: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        let total = all.add(line());
        Self { all, total, width: Box::new(width) }
    }

    /// A line that stays.
    fn println(&self, text: &str) {
        // The terminal may be gone; there is nobody left to tell.
        let _ = self.all.println(folded(&visible(text), (self.width)()));
    }
}

#[derive(Debug)]
struct SoFar {
    ended: usize,
    left: RemainingTime,
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
    first: Option<(Step, Instant)>,
    valid: String,
}

impl<'a> SweepProgress<'a> {
    /// Starts showing the sweep of these runs, how good they are by `metric`; JSON lines go to `out`.
    pub fn start(
        due: &[QueuedRun<'_>],
        metric: Metric,
        manner: Manner,
        out: &'a mut (dyn Write + Send),
    ) -> Self {
        let to = match manner {
            Manner::Quiet => To::Nowhere,
            Manner::Json => To::Json(Mutex::new(out)),
            Manner::People if !std::io::stderr().is_terminal() => To::Lines,
            Manner::People => {
                let terminal = Term::stderr();
                let width = move || terminal.size_checked().map_or(80, |(_, width)| width.into());
                To::Bars(Bars::on(MultiProgress::new(), width))
            }
        };
        Self::shown(due, metric, to)
    }

    fn shown(due: &[QueuedRun<'_>], metric: Metric, to: To<'a>) -> Self {
        let left = RemainingTime::new(due.iter().map(|due| (due.position, due.expected)));
        let so_far = Mutex::new(SoFar { ended: 0, left });
        Self { to, started: Instant::now(), runs: due.len(), metric, so_far }
    }

    /// Takes the bars away and sums up.
    pub fn finish(&self, tally: &SweepCounts) {
        let seconds = self.started.elapsed().as_secs_f64();
        let line = format!("{} in {}", counted(self.runs, "run"), duration(seconds));
        if let To::Bars(bars) = &self.to {
            bars.total.finish_and_clear();
            let _ = bars.all.clear();
            say(&line);
        }
        let SweepCounts { done, skipped, diverged, failed, open } = tally;
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
            To::Bars(bars) => bars.println(line),
            To::Nowhere => say(line),
            To::Lines | To::Json(_) => self.tell(|| line.to_owned(), object),
        }
    }

    /// Counts a run that ended, as `[3/9]`; `share` of it is done.
    fn ended(&self, position: usize, share: f64) -> String {
        let mut so_far = self.so_far();
        so_far.ended += 1;
        so_far.left.ended(position, share);
        format!("[{}/{}]", so_far.ended, self.runs)
    }

    /// `about 5 min 3 s left`, once something can be said of it.
    fn time_left(&self) -> Option<String> {
        let elapsed = self.started.elapsed().as_secs_f64();
        let left = self.so_far().left.seconds(elapsed).filter(|left| *left > 0.0)?;
        let about = if left < 0.5 { "" } else { "about " };
        Some(format!("{about}{} left", duration(left)))
    }

    /// A panic cannot leave it half-changed.
    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Observer for SweepProgress<'_> {
    fn run<'r>(&'r self, due: &QueuedRun<'r>) -> Box<dyn RunObserver + 'r> {
        let id = due.run.id.as_str();
        let bar = match &self.to {
            To::Bars(bars) => {
                let bar = bars.all.insert_before(&bars.total, line());
                let state = RunState { name: id, step: 0, steps: 0, left: None, news: "" };
                bar.set_message(Line::of_run(&state, (bars.width)()).coloured());
                Some(bar)
            }
            _ => None,
        };
        self.tell(|| format!("{id}: started"), || json!({"event": "run_started", "run": id}));
        let (position, started, shown) = (due.position, Instant::now(), Mutex::default());
        Box::new(RunProgress { sweep: self, id, position, bar, started, shown })
    }

    fn skipped(&self, due: &QueuedRun<'_>, why: &str) {
        let id = &due.run.id;
        let count = self.ended(due.position, 1.0);
        if let To::Bars(bars) = &self.to {
            bars.println(&format!("{id}: {why}"));
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
            To::Bars(bars) => bars.println(line),
            To::Lines | To::Nowhere => say(line),
            To::Json(_) => self.tell(String::new, || json!({"event": "stopping"})),
        }
    }

    fn tick(&self) {
        if let To::Bars(bars) = &self.to {
            let news = self.time_left().map_or(String::new(), |left| format!(", {left}"));
            let elapsed = self.started.elapsed().as_secs_f64();
            let (ended, runs) = (self.so_far().ended, self.runs);
            let state = SweepState { ended, runs, elapsed, news: &news };
            bars.total.set_message(Line::of_sweep(&state, (bars.width)()).coloured());
        }
    }
}

impl RunObserver for RunProgress<'_, '_> {
    fn event(&self, event: &Event) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Event::Step(step) => {
                self.sweep.so_far().left.at(self.position, step);
                let (first, since) =
                    shown.first.get_or_insert_with(|| (step.clone(), Instant::now())).clone();
                if let (Some(bar), To::Bars(bars)) = (&self.bar, &self.sweep.to) {
                    let made = step.step - first.step;
                    let each = since.elapsed().as_secs_f64() / made as f64;
                    let state = RunState {
                        name: self.id,
                        step: step.step,
                        steps: step.steps,
                        left: (made > 0).then(|| each * (step.steps - step.step) as f64),
                        news: &lines::live(step, &first, &shown.valid),
                    };
                    bar.set_message(Line::of_run(&state, (bars.width)()).coloured());
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
            Event::Saving { .. }
            | Event::GradientFlow(_)
            | Event::Jacobian(_)
            | Event::Lyapunov(_)
            | Event::Gates(_)
            | Event::Context(_)
            | Event::Text(_)
            | Event::Sentence(_)
            | Event::Recording(_) => {}
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
        if let (Some(bar), To::Bars(bars)) = (&self.bar, &self.sweep.to) {
            bar.finish_and_clear();
            // Else its empty line would stay.
            bars.all.remove(bar);
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

/// A line that shows its message and nothing else, cut where the terminal has become narrower since.
fn line() -> ProgressBar {
    // The template is a constant; a bad one would still show a plain bar.
    let style = ProgressStyle::with_template("{wide_msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
