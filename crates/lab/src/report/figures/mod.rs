//! The figures of an experiment, drawn from its tables.

mod costs;
mod gradient;
mod learning;
mod scores;

pub(super) use gradient::gradient;

use super::arms::{Arm, deciding, kind_of_interval};
use super::conditions::side_by_side;
use super::document::Picture;
use super::measure::{self, Split};
use super::{lags, profile, trends};
use crate::experiment::Experiment;
use crate::tables::Tables;
use crate::words::list;
use plot::{Figure, Frame, Measure, PlotError, Spacing, XAxis};
use std::path::Path;
use train::Metric;

/// More arms than this make learning curves unreadable; the best ones are shown.
const MOST_CURVES: usize = 8;

/// Draws every figure that the tables have data for and saves it in `folder`: of `arms`, and what
/// settings do of `all`.
pub(super) fn draw(
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
    all: &[Arm<'_>],
    folder: &Path,
) -> Result<Vec<Picture>, PlotError> {
    let shown = best(arms);
    let names: Vec<&str> = shown.iter().map(|arm| arm.name).collect();
    let compared = list(&names);
    let mut pictures = Vec::new();
    let mut keep = |figure: Figure, stem: &str, alt: String, caption: String| {
        figure.save(folder, stem)?;
        pictures.push(Picture { stem: stem.to_owned(), svg: figure.svg, alt, caption });
        Ok::<(), PlotError>(())
    };

    let metric = experiment.metric;
    let title = metric.title();
    let split = deciding(arms);
    if arms.iter().any(|arm| arm.result().is_some()) {
        let on_loss = if metric == Metric::Perplexity { ", taken on the loss" } else { "" };
        keep(
            scores::final_scores(experiment, arms).draw()?,
            &format!("final_{}", metric.name()),
            format!(
                "The {} {title} of {}",
                split.title(),
                list(&arms.iter().map(|arm| arm.name).collect::<Vec<_>>())
            ),
            format!(
                "The {} {title} ({}). A dot is one seed; the bar is the 95 % {} of the mean over seeds{on_loss}.",
                split.title(),
                measure::direction(metric),
                kind_of_interval(arms)
            ),
        )?;
    }
    if !tables.evaluations.is_empty() {
        for (x, stem, against, meaning) in [
            (
                XAxis::Steps,
                "learning_curves_steps",
                "optimiser steps",
                "what is learnt from the same data",
            ),
            (
                XAxis::WallClock,
                "learning_curves_time",
                "training time",
                "what the same time buys on this machine (evaluations and probes are not counted; the time of an \
                 evaluation is the median over seeds)",
            ),
        ] {
            keep(
                learning::learning_curves(experiment, tables, &shown, x).draw()?,
                stem,
                format!("Validation {title} of {compared} against {against}"),
                format!(
                    "Validation {title} against {against}: {meaning}. Lines are means over seeds, bands the range of the seeds."
                ),
            )?;
        }
    }
    if !tables.gradient_flow.is_empty() {
        keep(
            gradient::gradient_flow(experiment, tables, &shown).draw()?,
            "gradient_flow",
            format!("Gradient norm against lag for {compared}, at initialisation and after training"),
            "How much of the gradient survives the way back through time: norm of the gradient of the loss at one step with \
             respect to the state some steps before, relative to lag 0, in the topmost layer. Lines are medians over validation \
             sequences, bands their 10 % and 90 % quantiles (medians over seeds)."
                .to_owned(),
        )?;
    }
    if !tables.lags.is_empty() && split == Split::Test {
        keep(
            trends::by_lag(experiment, &shown, &tables.lags, lags::range).draw()?,
            "accuracy_by_lag",
            format!("Right answers of {compared} against lag"),
            "Right answers on the test split against how many time steps ago the input was read that an answer needs; lags of a range that \
             doubles are taken together, at their mean."
                .to_owned(),
        )?;
    }
    if let Some(profile) = profile::profile(experiment, all) {
        keep(
            profile.draw()?,
            "performance_profile",
            format!("Share of the runs of each cell by {title}"),
            format!(
                "How much hangs on the settings: the share of each cell's runs, over all settings and seeds, whose {title} on the validation \
                 split is at least as good as the value on the axis (a performance profile, Agarwal et al. 2021). Diverged runs reach none."
            ),
        )?;
    }
    for setting in trends::Setting::all(all) {
        let (name, what, place) = (setting.name(), setting.title(), setting.place());
        let curves = "Lines are means over seeds, bands the range of the seeds.";
        if let Some(trend) = setting.scores(experiment, all) {
            keep(
                trend.draw()?,
                &format!("score_against_{name}"),
                format!("{title} against {what}"),
                format!(
                    "What the choice of {what} does to the {title} on the {} split{place}. {curves}",
                    setting.split(all).title()
                ),
            )?;
        }
        if !setting.is_size() {
            continue;
        }
        let unit = experiment.data.unit();
        let speed = |phase: &str| Measure {
            title: format!("{unit}s per second, {phase}"),
            higher_is_better: true,
            spacing: Spacing::Log,
        };
        let training =
            setting.trend(experiment, all, speed("training"), |run| run.tokens_per_second);
        let inference =
            setting.trend(experiment, all, speed("forward"), |run| run.forward_tokens_per_second);
        for (trend, stem, phase) in [
            (training, "training_speed", "Training: forward, backward and update"),
            (
                inference,
                "forward_speed",
                "The forward pass alone, as in inference, in batches as in training",
            ),
        ] {
            let Some(trend) = trend else { continue };
            keep(
                trend.draw()?,
                &format!("{stem}_against_{name}"),
                format!("{} against {what}", trend.measure.title),
                format!(
                    "{phase}: {unit}s per second against {what}{place}, measured {}. {curves}",
                    side_by_side(experiment)
                ),
            )?;
        }
    }
    // Of many arms, choices are shown, and no choice is made by the test split.
    let (points, judged) = if all.len() > arms.len() { (all, Split::Valid) } else { (arms, split) };
    let bars = if points.len() > arms.len() { "" } else { " Bars are intervals over seeds." };
    for (figure, stem) in scores::pareto(experiment, points, judged) {
        let cost = figure.cost.clone();
        keep(
            figure.draw()?,
            stem,
            format!("{title} against {cost}"),
            format!(
                "The {} {title} against {cost}: what nothing else beats in both is joined by the dashed line.{bars}",
                judged.title()
            ),
        )?;
    }
    if !shown.is_empty() {
        keep(
            costs::efficiency(experiment, &shown).draw()?,
            "efficiency",
            format!("Parameters, arithmetic, speed and memory of {compared}"),
            format!(
                "What each cell costs. Parameters and floating-point operations (of the forward pass, per {}) are counted from the \
                 equations; the recurrent layers' share is dark. Training speed was measured {}. Memory of a training step is computed \
                 from sizes, not a measured peak.",
                experiment.data.unit(),
                side_by_side(experiment)
            ),
        )?;
    }
    Ok(pictures)
}

/// The best arms on the validation split, in their own order.
pub(super) fn best<'a>(arms: &[Arm<'a>]) -> Vec<Arm<'a>> {
    let mut losses: Vec<f64> = arms.iter().map(Arm::cost).collect();
    losses.sort_by(f64::total_cmp);
    let worst = losses.get(MOST_CURVES - 1).copied().unwrap_or(f64::INFINITY);
    arms.iter().filter(|arm| arm.cost() <= worst).take(MOST_CURVES).cloned().collect()
}

pub(super) fn frame(experiment: &Experiment, title: &str) -> Frame {
    let profile =
        experiment.profile.as_ref().map_or(String::new(), |profile| format!(", profile {profile}"));
    Frame {
        title: title.to_owned(),
        subtitle: format!("{}{profile}", experiment.data_title()),
        warning: experiment.data.stand_in.then(|| "Generated stand-in language, not real text: these numbers say nothing about real data".to_owned()),
        titles: experiment.cells.clone(),
    }
}

/// A value as figures show it: shares in percent.
pub(super) fn plotted(metric: Metric, value: f64) -> f64 {
    if metric.is_share() { 100.0 * value } else { value }
}

/// What the axis of a metric is like.
pub(super) fn axis(metric: Metric) -> Measure {
    let (title, spacing) = match metric {
        Metric::Perplexity => (metric.title().to_owned(), Spacing::Exponential),
        // These fall by orders of magnitude.
        Metric::SquaredError => (metric.title().to_owned(), Spacing::Log),
        Metric::CrossEntropy | Metric::NllPerStep => {
            (format!("{}, nats", metric.title()), Spacing::Log)
        }
        _ if metric.is_share() => (format!("{}, %", metric.title()), Spacing::Linear),
        _ => (metric.title().to_owned(), Spacing::Linear),
    };
    Measure { title, higher_is_better: metric.higher_is_better(), spacing }
}
