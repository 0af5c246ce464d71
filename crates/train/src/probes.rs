//! What is measured inside the layers, on real sequences, before, during and after a training.

use crate::flow::gradient_flow;
use crate::learner::{Drives, Learner};
use crate::{ContextLoss, Event, GateRecord, Gates, JacobianRecord, LyapunovRecord};
use crate::{Phase, ProbeConfig, TextRecord, TrainError, UnitRecord};
use cell::{Bias, Facts};
use probe::SingularValues;
use sequence::GateValues;

/// What is smaller than this share has vanished.
const VANISHED: f64 = 1e-3;
/// The largest Lyapunov exponents looked at; those of a smaller state are all looked at.
const EXPONENTS: usize = 64;
/// Units that are shown over a text.
const SHOWN_UNITS: usize = 3;
/// Sequences on which gates are looked at, at most: they have many steps and units each.
const GATE_SEQUENCES: usize = 16;
/// The share of a sequence's steps that are left out at either end before exponents are measured.
const WARM_UP: usize = 10;

/// Measures what `config` wants at this time: the gradient flow always, the rest before the first and
/// after the last step, what is lost without context and what units do over a text after the last.
/// `step` is the number of steps made; `facts` are those of the layers' cell, if they are of one, `hidden` is
/// the size of their hidden state.
pub(crate) fn measure(
    learner: &dyn Learner,
    config: &ProbeConfig,
    (facts, hidden): (Option<&Facts>, usize),
    (phase, step): (Phase, usize),
    tell: &mut dyn FnMut(Event),
) -> Result<(), TrainError> {
    let flows = gradient_flow(&learner.gradient_curves(config)?, phase, step);
    flows.into_iter().map(Event::GradientFlow).for_each(&mut *tell);
    if phase == Phase::Training {
        return Ok(());
    }
    if (config.spectra > 0 || config.gates)
        && let Some(drives) = learner.drives(config)?
    {
        if config.spectra > 0 {
            spectra(&drives, config, phase, tell);
        }
        if config.gates {
            gates(&drives, facts, phase, tell);
        }
    }
    if let (Phase::Trained, Some(most)) = (phase, config.context) {
        let lengths = lags_up_to(most.get());
        let (losses, targets) = learner.context_losses(&lengths)?;
        if targets > 0 {
            tell(Event::Context(ContextLoss { lengths, losses, targets }));
        }
    }
    if phase == Phase::Trained
        && config.text > 0
        && let Some((tokens, drives)) = learner.read_text(config.text)?
        && let Some(top) = drives.layers.last()
    {
        let (inputs, state) = top.sequence(0, drives.ends[0]);
        let states = top.dynamics.run(&inputs, &state);
        let outputs = states.chunks_exact(state.len()).flat_map(|state| &state[..hidden]);
        let outputs: Vec<f64> = outputs.copied().collect();
        let record = |unit: usize| UnitRecord {
            unit,
            values: outputs.iter().skip(unit).step_by(hidden).copied().collect(),
        };
        let units = probe::slowest_units(&outputs, hidden, SHOWN_UNITS);
        let units = units.into_iter().map(record).collect();
        tell(Event::Text(TextRecord { tokens, units }));
    }
    Ok(())
}

/// 1, 2, 5, 10, 20, ... up to `most`, and `most`.
fn lags_up_to(most: usize) -> Vec<usize> {
    let decade = |power: u32| {
        [1_usize, 2, 5].map(|first| first.saturating_mul(10_usize.saturating_pow(power)))
    };
    let mut lags: Vec<usize> = (0..=most.max(1).ilog10()).flat_map(decade).collect();
    lags.retain(|&lag| lag < most);
    lags.push(most);
    lags
}

/// Singular values and Lyapunov exponents of every layer, on some of the sequences.
fn spectra(drives: &Drives, config: &ProbeConfig, phase: Phase, tell: &mut dyn FnMut(Event)) {
    let all = drives.ends.len();
    let count = config.spectra.min(all);
    let lags = lags_up_to(config.lags.get());
    for (layer, driven) in drives.layers.iter().enumerate() {
        let system = driven.dynamics.as_ref();
        let size = system.state_len();
        let (mut found, mut exponents) = (Vec::new(), Vec::new());
        for b in (0..count).map(|k| k * all / count) {
            let (inputs, state) = driven.sequence(b, drives.ends[b]);
            found.extend(probe::jacobians(system, &inputs, &state, &lags));
            let warm_up = (drives.ends[b] + 1) / WARM_UP;
            exponents.push(probe::lyapunov(system, &inputs, &state, EXPONENTS, warm_up));
        }
        // Of the sequences that are long enough.
        let median = |lag: usize, value: fn(&SingularValues) -> f64| {
            let here = found.iter().filter(|values| values.steps == lag);
            stats::median(&here.map(value).collect::<Vec<_>>())
        };
        let lags: Vec<usize> =
            lags.iter().copied().filter(|lag| found.iter().any(|v| v.steps == *lag)).collect();
        let medians = |value: fn(&SingularValues) -> f64| -> Vec<f64> {
            lags.iter().map(|&lag| median(lag, value).unwrap_or(f64::NAN)).collect()
        };
        let largest = |matrix: &[f64]| probe::singular_values(matrix, size).first().copied();
        tell(Event::Jacobian(JacobianRecord {
            phase,
            layer,
            largest: medians(SingularValues::largest),
            median: medians(SingularValues::median),
            share: medians(|values| values.share_above(VANISHED)),
            bound: system.bounding_matrix().and_then(largest),
            state: size,
            lags: lags.clone(),
        }));
        let least = exponents.iter().map(Vec::len).min().unwrap_or(0);
        let mean =
            |k: usize| exponents.iter().map(|all| all[k]).sum::<f64>() / exponents.len() as f64;
        tell(Event::Lyapunov(LyapunovRecord {
            phase,
            layer,
            exponents: (0..least).map(mean).collect(),
            state: size,
        }));
    }
}

/// How open the gates of every layer are, over sequences.
fn gates(drives: &Drives, facts: Option<&Facts>, phase: Phase, tell: &mut dyn FnMut(Event)) {
    for (layer, driven) in drives.layers.iter().enumerate() {
        let of_sequence = |(b, &end): (usize, &usize)| {
            let (inputs, state) = driven.sequence(b, end);
            driven.dynamics.gates(&inputs, &state)
        };
        let sequences = drives.ends.iter().enumerate().take(GATE_SEQUENCES);
        let values: Vec<Vec<GateValues>> = sequences.map(of_sequence).collect();
        let Some((gate, end)) =
            values.first().and_then(|gates| gates.first()).zip(drives.ends.first())
        else {
            continue;
        };
        let hidden = gate.values.len() / (end + 1);
        let record = |found: probe::GateStatistics| GateRecord {
            kept: match facts.and_then(|facts| remembers(facts, &found.gate)) {
                None => Vec::new(),
                Some(true) => found.mean,
                Some(false) => found.mean.iter().map(|share| 1.0 - share).collect(),
            },
            gate: found.gate,
            shut: found.shut,
            open: found.open,
        };
        let gates = probe::gate_statistics(&values, hidden).into_iter().map(record).collect();
        tell(Event::Gates(Gates { phase, layer, gates }));
    }
}

/// Whether the gate of this name says how much of the old state is kept (true), or how much is not.
fn remembers(facts: &Facts, gate: &str) -> Option<bool> {
    let remember = facts.remember?;
    let Bias::Block(block) = remember.bias else { return None };
    (facts.pre.get(block) == Some(&gate)).then_some(remember.positive)
}

/// Whether something is measured after step `step` (from 1): `times` times, evenly spaced between the
/// first and the last of `steps`.
pub(crate) fn due(step: usize, steps: usize, times: usize) -> bool {
    // Products of two counts of any size.
    let passed = |step: usize| step as u128 * (times as u128 + 1) / steps.max(1) as u128;
    step < steps && passed(step) > passed(step - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zoo::Zoo;

    #[test]
    fn lags_are_spaced_evenly_by_their_logarithm() {
        assert_eq!(lags_up_to(1), [1]);
        assert_eq!(lags_up_to(5), [1, 2, 5]);
        assert_eq!(lags_up_to(usize::MAX).last(), Some(&usize::MAX));
        assert_eq!(lags_up_to(400), [1, 2, 5, 10, 20, 50, 100, 200, 400]);
    }

    #[test]
    fn measurements_are_spread_over_the_training() {
        let all = |times| (1..=100).filter(|&step| due(step, 100, times)).collect::<Vec<_>>();
        assert!(all(0).is_empty());
        assert_eq!(all(1), [50]);
        assert_eq!(all(3), [25, 50, 75]);
        assert_eq!(all(usize::MAX).len(), 99);
    }

    #[test]
    fn what_keeps_is_known() {
        let zoo = Zoo::standard();
        let kept = |cell: &str, gate: &str| remembers(zoo.get(cell).unwrap().cell().unwrap(), gate);
        assert_eq!((kept("lstm", "f"), kept("lstm", "i")), (Some(true), None));
        assert_eq!((kept("gru", "z"), kept("gru_reset_after", "z")), (Some(false), Some(true)));
        assert_eq!(kept("rnn", "n"), None);
    }
}
