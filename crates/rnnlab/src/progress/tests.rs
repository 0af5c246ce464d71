//! What a sweep draws, on a terminal that keeps every picture.

use super::*;
use experiment::plan::PlannedRun;
use indicatif::{ProgressDrawTarget, TermLike};
use std::io;
use std::sync::Arc;
use train::{Evaluation, Metrics, Outcome};
use unicode_width::UnicodeWidthStr;

/// A terminal of so many columns, and 24 rows that are not scrolled.
#[derive(Debug, Clone)]
struct Screen {
    width: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    rows: Vec<String>,
    row: usize,
    pictures: Vec<Vec<String>>,
}

impl Seen {
    fn at(&mut self) -> &mut String {
        let row = self.row;
        self.rows.resize_with(self.rows.len().max(row + 1), String::new);
        &mut self.rows[row]
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.width
    }
    fn height(&self) -> u16 {
        24
    }
    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.seen.lock().unwrap().row -= n;
        Ok(())
    }
    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.seen.lock().unwrap().row += n;
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.move_cursor_down(1)
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        self.seen.lock().unwrap().at().push_str(&console::strip_ansi_codes(text));
        Ok(())
    }
    fn clear_line(&self) -> io::Result<()> {
        self.seen.lock().unwrap().at().clear();
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        let mut seen = self.seen.lock().unwrap();
        let rows = seen.rows.iter().map(|row| row.trim_end().to_owned()).collect();
        seen.pictures.push(rows);
        Ok(())
    }
}

fn step(step: usize) -> Event {
    let (tokens, seconds) = (700 * step, 0.07 * step as f64);
    Event::Step(Step {
        step,
        steps: 10,
        tokens,
        seconds,
        loss: 5.1234,
        gradient_norm: 1.0,
        learning_rate: 0.1,
    })
}

/// All pictures of a sweep of six runs, two at a time, in a terminal of this width.
fn pictures(width: u16) -> Vec<Vec<String>> {
    let runs: Vec<PlannedRun> = (1..=6)
        .map(|seed| PlannedRun {
            id: format!("lstm-learning_rate0.004-s{seed}-1a2b3c4d5e6f"),
            ..testkit::planned()
        })
        .collect();
    let due: Vec<Due<'_>> = runs
        .iter()
        .enumerate()
        .map(|(position, run)| Due { run, position, expected: 1.0 })
        .collect();
    let screen = Screen { width, seen: Arc::default() };
    let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
    let bars = Bars::on(MultiProgress::with_draw_target(target), move || width.into());
    let sweep = SweepProgress::shown(&due, Metric::Perplexity, To::Bars(bars));
    let outcome = Outcome { valid_loss: Some(5.0), test_loss: Some(4.9), ..Outcome::default() };
    for pair in due.chunks(2) {
        let shown: Vec<_> = pair.iter().map(|due| sweep.run(due)).collect();
        for number in 1..=10 {
            for run in &shown {
                run.event(&step(number));
            }
            sweep.tick();
            let evaluation = Evaluation {
                step: number,
                tokens: 7,
                seconds: 1.0,
                valid_loss: 5.0,
                metrics: Metrics::new(),
            };
            shown[0].event(&Event::Evaluation(evaluation));
        }
        for run in shown {
            run.end(&Ending::Finished(&outcome));
        }
    }
    sweep.stopping();
    sweep.tick();
    let pictures = std::mem::take(&mut screen.seen.lock().unwrap().pictures);
    pictures
}

#[test]
fn bars_are_no_more_than_runs_at_work_and_fit_the_terminal() {
    for width in [30, 53, 80, 120] {
        let pictures = pictures(width);
        assert!(pictures.len() > 60, "{width}: {} pictures", pictures.len());
        for picture in &pictures {
            for row in picture {
                assert!(row.width() <= width.into(), "{width}: {row:?} in {picture:#?}");
            }
            let at_work = picture.iter().filter(|row| row.contains(" %")).count();
            assert!(at_work <= 2, "{width}: {picture:#?}");
            let sweeps = picture.iter().filter(|row| row.starts_with("sweep ")).count();
            assert!(sweeps <= 1, "{width}: {picture:#?}");
        }
        let last: Vec<&str> =
            pictures.last().unwrap().iter().map(String::as_str).filter(|row| *row != "").collect();
        let text = last.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        // Nothing of a bar is left among what stays.
        assert_eq!(text.matches(" %").count(), 0, "{width}: {last:#?}");
        assert!(last.last().unwrap().starts_with("sweep "), "{width}: {last:#?}");
        let done = "done in under 1 s, perplexity 148.4 on valid, 134.3 on test";
        assert_eq!(text.matches(done).count(), 6, "{width}: {text}");
    }
}

#[test]
fn a_sweep_in_a_narrow_terminal() {
    let pictures = pictures(53);
    let picture = pictures.iter().rfind(|rows| rows.iter().any(|row| row.contains("70 %")));
    let rows = picture.unwrap();
    let from = rows.iter().position(|row| row.contains("70 %")).unwrap();
    assert!(rows[from].starts_with("lstm-learning_ra… ███████░░░  70 % "), "{rows:#?}");
    assert!(
        rows.last().unwrap().starts_with("sweep             ██████░░░░ 4/6 runs, "),
        "{rows:#?}"
    );
}
