//! The figures of an experiment, drawn from its tables.

mod costs;
mod gallery;
mod gradient;
mod learning;
mod scores;

pub(super) use super::measure::{axis, plotted};
pub(super) use gallery::not_drawn;

use super::arms::{Arm, deciding, kind_of_interval};
use super::conditions::side_by_side;
use super::document::Block;
use super::measure::{self, Split};
use super::{lags, profile, recordings, translations, trends};
use gallery::{Gallery, without_end};
use plot::{Digits, Frame, Measure, Middle, PlotError, Spacing, XAxis};
use std::path::Path;
use sweep::description::Experiment;
use sweep::tables::Tables;
use words::list;

/// More arms than this make learning curves unreadable; the best ones are shown.
const MOST_CURVES: usize = 8;

/// Draws every figure that the tables have data for and saves it in `folder`: of `arms`, and what
/// settings do of `all`. In the place of one that would show nothing stands a sentence.
pub(super) fn draw(
    frames: &Frames<'_>,
    tables: &Tables,
    arms: &[Arm<'_>],
    all: &[Arm<'_>],
    folder: &Path,
) -> Result<Vec<Block>, PlotError> {
    let experiment = frames.experiment;
    let shown = best(arms);
    let names: Vec<&str> = shown.iter().map(|arm| arm.name).collect();
    let compared = list(&names);
    let chosen = frames.chosen();
    let mut gallery = Gallery::new(folder);

    let metric = experiment.metric;
    let title = metric.title();
    let split = deciding(arms);
    if arms.iter().any(|arm| arm.result().is_some()) {
        gallery.keep(
            scores::final_scores(frames, arms).draw()?,
            &format!("final_{}", metric.name()),
            format!(
                "The {} {title} of {}",
                split.title(),
                list(&arms.iter().map(|arm| arm.name).collect::<Vec<_>>())
            ),
            format!(
                "The {} {title} ({}). A dot is one seed; the bar is the 95 % {} of the {} over seeds.{}",
                split.title(),
                measure::direction(metric),
                kind_of_interval(arms),
                axis(metric).middle.title(),
                without_end(arms, split)
            ),
        )?;
    }
    if !shown.is_empty() {
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
            let curves = learning::learning_curves(frames, tables, &shown, x);
            if curves.is_empty() {
                gallery.leave_out(&curves.frame.title, &shown);
                continue;
            }
            gallery.keep(
                curves.draw()?,
                stem,
                format!("Validation {title} of {compared} against {against}"),
                format!(
                    "Validation {title} against {against}, from the untrained model on: {meaning}. Lines are the {} over seeds, as in the \
                     tables, bands the range of the seeds; runs that diverged are thin and end in a cross. The axis has the baselines, and \
                     the start where that is not far worse; what is cut is marked by arrows.{}{chosen}",
                    axis(metric).middle.title(),
                    without_end(&shown, Split::Valid)
                ),
            )?;
        }
    }
    let flow = gradient::gradient_flow(frames, tables, &shown);
    if !tables.gradient_flow.is_empty() && flow.is_empty() {
        gallery.leave_out(&flow.frame.title, &shown);
    } else if !tables.gradient_flow.is_empty() {
        gallery.keep(
            flow.draw()?,
            "gradient_flow",
            format!("Gradient norm against lag for {compared}, at initialisation and after training"),
            format!(
                "How much of the gradient survives the way back through time: norm of the gradient of the loss at one step with \
                 respect to the state some steps before, relative to lag 0, in the topmost layer. Lines are medians over validation \
                 sequences, bands their 10 % and 90 % quantiles (medians over seeds).{chosen}"
            ),
        )?;
    }
    if !tables.lags.is_empty() && split == Split::Test {
        gallery.keep(
            trends::by_lag(frames, &shown, &tables.lags, lags::range).draw()?,
            "accuracy_by_lag",
            format!("Right answers of {compared} against lag"),
            format!(
                "Right answers on the test split against how many time steps ago the input was read that an answer needs; lags of a range that \
                 doubles are taken together, at their mean.{chosen}"
            ),
        )?;
    }
    if !tables.sentences.is_empty() {
        gallery.keep(
            translations::by_length(frames, &shown, &tables.sentences).draw()?,
            "bleu_by_length",
            format!("BLEU of {compared} against the length of the source"),
            format!(
                "BLEU ({}) of the sentences of a range of lengths, at their mean length; the ranges, of all sentences of all lines together, have about as many each. \
                 Lines are the {} over seeds, bands the range of the seeds.{chosen}",
                metrics::Bleu::CASED.signature(),
                Middle::Mean.title()
            ),
        )?;
    }
    let attention = translations::attention(frames, &shown, &tables.attention);
    if let Some(attention) = attention.filter(|attention| !attention.is_empty()) {
        gallery.keep(
            attention.draw()?,
            "attention",
            "What each written word attends to among the words read".to_owned(),
            "What each word that is written attends to among those that were read, in sentences of the test split: from white (nothing) to the darkest (all).".to_owned(),
        )?;
    }
    let heard = recordings::spectrogram(
        |title| frames.titled_best(title),
        &shown,
        &tables.spectrogram,
        &tables.posteriors,
    );
    if let Some(heard) = heard.filter(|heard| !heard.is_empty()) {
        gallery.keep(
            heard.draw()?,
            "spectrogram",
            format!("A recording, and what {compared} hear in it"),
            "A recording of the test split as models read it, its energy by frequency over time, and below it the chance of each label at each \
             step, by the first finished run of each arm. The dashed line is the blank: between labels nothing is said."
                .to_owned(),
        )?;
    }
    let profile = profile::profile(frames, experiment.metric, all);
    if let Some(profile) = profile.filter(|profile| !profile.is_empty()) {
        gallery.keep(
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
        let curves = |middle: Middle| {
            format!("Lines are the {} over seeds, bands the range of the seeds.", middle.title())
        };
        let scores = setting.scores(frames, experiment, all);
        let (scores, empty): (Vec<_>, Vec<_>) =
            scores.into_iter().partition(|trend| !trend.is_empty());
        for trend in empty {
            gallery.leave_out(&trend.frame.title, all);
        }
        for trend in scores {
            gallery.keep(
                trend.draw()?,
                &format!("score_against_{name}"),
                format!("{title} against {what}"),
                format!(
                    "What the choice of {what} does to the {title} on the {} split{place}. {}{}",
                    setting.split(all).title(),
                    curves(axis(metric).middle),
                    setting.without_score(metric, all)
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
            // As the table of speeds.
            middle: Middle::Median,
            digits: Digits::Four,
        };
        let training = setting.trend(frames, all, speed("training"), |run| run.tokens_per_second);
        let inference =
            setting.trend(frames, all, speed("forward"), |run| run.forward_tokens_per_second);
        for (trend, stem, phase) in [
            (training, "training_speed", "Training: forward, backward and update"),
            (
                inference,
                "forward_speed",
                "The forward pass alone, as in inference, in batches as in training",
            ),
        ] {
            let Some(trend) = trend else { continue };
            gallery.keep(
                trend.draw()?,
                &format!("{stem}_against_{name}"),
                format!("{} against {what}", trend.measure.title),
                format!(
                    "{phase}: {unit}s per second against {what}{place}, measured {}. {}",
                    side_by_side(experiment),
                    curves(Middle::Median)
                ),
            )?;
        }
    }
    // Of many arms, choices are shown, and no choice is made by the test split.
    let (points, judged) = if all.len() > arms.len() { (all, Split::Valid) } else { (arms, split) };
    let bars = match points.len() > arms.len() {
        true => "",
        false => " Upright bars are intervals over seeds, level ones the range of the seeds.",
    };
    for (figure, stem, missing) in scores::pareto(frames, points, judged) {
        if figure.left_out().len() == figure.cells.len() {
            gallery.leave_out(&figure.frame.title, points);
            continue;
        }
        let cost = figure.cost.clone();
        gallery.keep(
            figure.draw()?,
            stem,
            format!("{title} against {cost}"),
            format!(
                "The {} {title} against {cost}. Where there is one, the dashed line joins what nothing else beats in both; where intervals \
                 overlap, it is left out, for the order may be noise.{bars}{missing}",
                judged.title()
            ),
        )?;
    }
    if !shown.is_empty() {
        gallery.keep(
            costs::efficiency(frames, &shown).draw()?,
            "efficiency",
            format!("Parameters, arithmetic, speed and memory of {compared}"),
            format!(
                "What each cell costs. Parameters and floating-point operations (of the forward pass, per {}) are counted from the \
                 equations; the recurrent layers' share is dark. Training speed was measured {}. Memory of a training step is computed \
                 from sizes, not a measured peak.{chosen}",
                experiment.data.unit(),
                side_by_side(experiment)
            ),
        )?;
    }
    Ok(gallery.blocks)
}

/// The best arms on the validation split, in their own order; of equal ones the first.
pub(super) fn best<'a>(arms: &[Arm<'a>]) -> Vec<Arm<'a>> {
    let mut ranked: Vec<usize> = (0..arms.len()).collect();
    ranked.sort_by(|one, other| arms[*one].cost().total_cmp(&arms[*other].cost()));
    ranked.truncate(MOST_CURVES);
    ranked.sort_unstable();
    ranked.into_iter().map(|position| arms[position].clone()).collect()
}

/// The words around every figure of a report, and the one list by which all of them give the same arm the
/// same colour, dash and mark.
pub(super) struct Frames<'a> {
    experiment: &'a Experiment,
    series: Vec<String>,
    /// How many arms the report is about.
    arms: usize,
}

impl<'a> Frames<'a> {
    /// Those of a report on `arms`, chosen from `all`.
    pub(super) fn of(experiment: &'a Experiment, arms: &[Arm<'_>], all: &[Arm<'_>]) -> Self {
        let names = arms.iter().map(|arm| arm.name).chain(all.iter().map(Arm::cell));
        let mut series: Vec<String> = Vec::new();
        for name in names {
            if !series.iter().any(|known| known == name) {
                series.push(name.to_owned());
            }
        }
        Self { experiment, series, arms: arms.len() }
    }

    /// How many arms figures of the [`best`] leave out; `None` where they have all.
    fn left_out(&self) -> Option<usize> {
        self.arms.checked_sub(MOST_CURVES).filter(|left| *left > 0)
    }

    /// Which arms figures of the [`best`] have, in a sentence that goes on a caption; empty where all.
    pub(super) fn chosen(&self) -> String {
        self.left_out().map_or(String::new(), |left| {
            format!(
                " Shown are the {MOST_CURVES} of {} arms that are best on the validation split; left out: {left}.",
                self.arms
            )
        })
    }

    /// The frame of a figure of the [`best`] arms.
    pub(super) fn titled_best(&self, title: &str) -> Frame {
        let mut frame = self.titled(title);
        if self.left_out().is_some() {
            let which = format!("the {MOST_CURVES} of {} best on the validation split", self.arms);
            frame.subtitle = format!("{}, {which}", frame.subtitle);
        }
        frame
    }

    /// The frame of one figure.
    pub(super) fn titled(&self, title: &str) -> Frame {
        let experiment = self.experiment;
        let profile = experiment
            .profile
            .as_ref()
            .map_or(String::new(), |profile| format!(", profile {profile}"));
        Frame {
            title: title.to_owned(),
            subtitle: format!("{}{profile}", experiment.data_title()),
            warning: experiment.data.stand_in.then(|| "Generated stand-in language, not real text: these numbers say nothing about real data".to_owned()),
            titles: experiment.cells.clone(),
            series: self.series.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{experiment, finished};
    use super::*;
    use sweep::tables::RunRow;
    use train::Metric;

    /// Nine arms, the best of which stands last; all others are equal.
    #[test]
    fn figures_of_many_arms_say_which_they_show() {
        let run = |k: u64| RunRow {
            valid_score: Some(if k == 8 { 0.1 } else { f64::INFINITY }),
            ..finished(&format!("a{k}"), &format!("a{k}"), 1, "{}")
        };
        let runs: Vec<RunRow> = (0..9).map(run).collect();
        let arms = Arm::all(&runs, Metric::SQUARED_ERROR);
        let names: Vec<&str> = best(&arms).iter().map(|arm| arm.name).collect();
        assert_eq!(names, ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a8"]);
        let experiment = experiment();
        let frames = Frames::of(&experiment, &arms, &arms);
        assert_eq!(
            frames.chosen(),
            " Shown are the 8 of 9 arms that are best on the validation split; left out: 1."
        );
        let subtitle = frames.titled_best("Title").subtitle;
        assert!(subtitle.ends_with(", the 8 of 9 best on the validation split"), "{subtitle}");
        let few = Frames::of(&experiment, &arms[..8], &arms);
        assert_eq!(few.chosen(), "");
        assert_eq!(few.titled_best("Title"), few.titled("Title"));
    }
}
