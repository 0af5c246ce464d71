use super::screen::{COLUMNS, Screen};
use super::*;
use indicatif::ProgressDrawTarget;
use testkit::planned;

/// Eleven runs, two at a time: of what has ended a line stays and no bar, and of what is at work one bar each.
#[test]
fn there_are_as_many_bars_as_runs_at_work_and_one_of_the_sweep() {
    let plans: Vec<_> = (0..11)
        .map(|k| {
            let mut run = planned();
            run.id = format!("run-{k}");
            run
        })
        .collect();
    let due: Vec<QueuedRun<'_>> = plans
        .iter()
        .enumerate()
        .map(|(position, run)| QueuedRun { run, position, expected: 1.0 })
        .collect();
    let screen = Screen::default();
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255);
    let bars = Bars::on(MultiProgress::with_draw_target(target), || COLUMNS);
    let progress = SweepProgress::shown(&due, Metric::PERPLEXITY, To::Bars(bars));
    let step = |step| {
        Event::Step(Step {
            step,
            steps: 9,
            tokens: 100 * step,
            seconds: step as f64,
            loss: 2.0,
            gradient_norm: 1.0,
            learning_rate: 0.1,
        })
    };
    for pair in due.chunks(2) {
        let runs: Vec<_> = pair.iter().map(|due| progress.run(due)).collect();
        for k in 1..=9 {
            runs.iter().for_each(|run| run.event(&step(k)));
            progress.tick();
        }
        let lines = screen.lines();
        let bars = lines.iter().filter(|line| line.contains('█') || line.contains('░')).count();
        assert!(bars <= pair.len() + 1, "{bars} bars: {lines:#?}");
        runs.iter().for_each(|run| run.end(&Ending::Stopped));
    }
    let lines = screen.lines();
    let ended = lines.iter().filter(|line| line.contains(": interrupted after")).count();
    assert_eq!(ended, 11, "{lines:#?}");
    let bars = lines.iter().filter(|line| line.contains('█') || line.contains('░')).count();
    assert!(bars <= 1, "{lines:#?}");
}
