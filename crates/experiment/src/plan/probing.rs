//! What a probe asks of data that have less.

use super::DataFacts;
use train::{ProbeConfig, STEPS_APART};
use words::counted;

/// The choices that the data cannot give: their fields, and what is wrong and allowed.
pub(super) fn beyond_data(probe: &ProbeConfig, facts: &DataFacts) -> Vec<(&'static str, String)> {
    let (lags, sequences) = (probe.lags.get(), probe.sequences.get());
    let most = |what: &str, most: usize| format!("{what}; at most {most} are allowed");
    let mut faults = Vec::new();
    if probe.spectra > sequences {
        let looked_at = counted(sequences, "sequence");
        let what = format!("{} are more than the {looked_at} looked at", probe.spectra);
        faults.push(("spectra", most(&what, sequences)));
    }
    if let Some(data) = &facts.sequences {
        let possible = data.longest_valid.saturating_sub(1);
        if lags > possible {
            let what = format!(
                "{} before the last are more than the longest validation sequence, of {}, has",
                counted(lags, "step"),
                counted(data.longest_valid, "step")
            );
            faults.push(("lags", most(&what, possible)));
        }
        return faults;
    }
    // Every token but the first is predicted once.
    let steps = facts.valid_tokens.saturating_sub(1);
    let possible = (steps / sequences).saturating_sub(1);
    if possible == 0 {
        let what = format!(
            "{} of {} are too short",
            counted(sequences, "piece"),
            counted(steps, "validation token")
        );
        faults.push(("sequences", most(&what, steps / 2)));
    } else if lags > possible {
        let piece = match sequences {
            1 => format!("the {} have", counted(steps, "validation token")),
            _ => format!("each of {sequences} pieces of the {steps} validation tokens has"),
        };
        let what = format!("{} before the last are more than {piece}", counted(lags, "step"));
        faults.push(("lags", most(&what, possible)));
    }
    let context = probe.context.map_or(0, usize::from);
    for (field, asked) in [("context", context), ("text", probe.text)] {
        if asked > steps {
            let what =
                format!("{} are more than the validation split can give", counted(asked, "token"));
            faults.push((field, most(&what, steps)));
        }
    }
    faults
}

/// Where fewer measurements are made than were asked for: a sentence each.
pub(super) fn fewer(probe: &ProbeConfig, facts: &DataFacts, steps: usize) -> Vec<String> {
    let mut sentences = Vec::new();
    let valid = facts.sequences.as_ref().map_or(usize::MAX, |data| data.valid);
    if probe.sequences.get() > valid {
        sentences.push(format!(
            "probe.sequences: of {} asked for, the validation split has {valid}, which are looked at",
            probe.sequences
        ));
    }
    if (1..=STEPS_APART).contains(&probe.text) {
        sentences.push(format!(
            "probe.text: no unit is shown over {}; units are chosen by what they hold {} tokens apart, so more are needed",
            counted(probe.text, "token"),
            STEPS_APART
        ));
    }
    if probe.during >= steps.max(1) {
        sentences.push(format!(
            "probe.during: {} measurements are asked for, and a run has {}; one follows each",
            probe.during,
            counted(steps, "step")
        ));
    }
    sentences
}
