//! The gradient-flow probe: how much of a loss at one step reaches the states before it.

use crate::evaluate::window;
use crate::{GradientFlow, ProbeConfig, TrainError};
use data::LanguageBatches;
use dfdx::prelude::Backward;
use model::{IGNORE, LanguageModel};
use sequence::StateGradients;

/// Measures the norm of dL_T/ds_{T-k} over lags k = 0..=lags, L_T being the loss at the last step
/// only, on sequences spread over `tokens`; each sequence's curve is divided by its value at lag 0.
/// The measured windows follow a warm-up of as many steps, so that the state is a usual one.
pub(crate) fn gradient_flow(
    model: &LanguageModel,
    tokens: &[u32],
    probe: &ProbeConfig,
    phase: &str,
) -> Result<Vec<GradientFlow>, TrainError> {
    let steps = probe.lags.get() + 1;
    let batches = LanguageBatches::evaluation(tokens, probe.sequences.get(), steps)?;
    let mut state = model.initial_state(probe.sequences.get())?;
    // The first window warms the state up; the second, if the streams are long enough, is measured.
    let mut batch = batches.get(0);
    if let (Some(first), Some(second)) = (&batch, batches.get(1))
        && second.steps == steps
    {
        state = model.score(window(first), &state)?.state;
        batch = Some(second);
    }
    let Some(mut batch) = batch else { return Ok(Vec::new()) };
    let scored_from = (batch.steps - 1) * batch.batch;
    batch.targets[..scored_from].fill(IGNORE);

    let watch: Vec<_> = (0..model.layers()).map(|_| StateGradients::default()).collect();
    let (loss, _) = model.loss(window(&batch), &state, None, Some(&watch))?;
    loss.try_backward().map_err(model::ModelError::from)?;

    let flow = |(layer, watch): (usize, &StateGradients)| {
        let norms = watch.norms();
        let quantiles = |q: f64| -> Vec<f64> {
            let at_lag = |at_step: &Vec<f64>| {
                let start = norms.last().map_or(&[][..], Vec::as_slice);
                let ratios = at_step.iter().zip(start).map(|(norm, start)| norm / start);
                let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
                stats::quantile(&ratios, q).unwrap_or(f64::NAN)
            };
            norms.iter().rev().map(at_lag).collect()
        };
        GradientFlow {
            phase: phase.to_owned(),
            layer,
            low: quantiles(0.1),
            median: quantiles(0.5),
            high: quantiles(0.9),
        }
    };
    Ok(watch.iter().enumerate().map(flow).collect())
}
