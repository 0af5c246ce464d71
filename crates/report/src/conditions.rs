//! Under which conditions speeds were measured.

use sweep::description::Experiment;

/// How many runs were at work together: what a measured speed depends on.
pub(super) fn side_by_side(experiment: &Experiment) -> String {
    let most = experiment
        .sessions
        .iter()
        .map(|session| session.jobs.min(experiment.runs.len()))
        .max()
        .unwrap_or(1);
    let threads = experiment.sessions.iter().map(|session| session.threads).max();
    let on = match threads.unwrap_or(1) {
        1 => "one thread".to_owned(),
        most => format!("up to {most} threads"),
    };
    match most {
        0 | 1 => format!("with one run at a time, on {on}"),
        _ => format!("while up to {most} runs were side by side, each on {on}"),
    }
}
