//! dfdx's optimisers over all parameters of a model, and clipping.

use crate::{Optimizer, TrainError};
use dfdx::prelude::{AdamConfig, Cpu, Gradients, SgdConfig};
use model::Model;
use sequence::Moments;

/// The update rule with what it remembers.
pub struct Updater {
    rule: Optimizer,
    moments: Vec<Moments<f32>>,
}

impl Updater {
    /// The rule for the parameters of `model`, remembering nothing yet.
    pub fn new(rule: Optimizer, model: &mut Model) -> Result<Self, TrainError> {
        let mut moments = Vec::new();
        let mut failure = Ok(());
        model.for_each_parameter(&mut |_, parameter| match parameter
            .moments(rule == Optimizer::Adam)
        {
            Ok(zeros) => moments.push(zeros),
            Err(error) => failure = Err(error),
        });
        failure?;
        Ok(Self { rule, moments })
    }

    /// What is remembered, parameter by parameter.
    pub(crate) fn moments(&mut self) -> &mut [Moments<f32>] {
        &mut self.moments
    }

    /// Step number `step` (from 1) with the given learning rate.
    pub fn update(
        &mut self,
        model: &mut Model,
        gradients: &mut Gradients<f32, Cpu>,
        learning_rate: f64,
        step: usize,
    ) -> Result<(), TrainError> {
        let sgd = SgdConfig { lr: learning_rate, momentum: None, weight_decay: None };
        let adam = AdamConfig { lr: learning_rate, ..AdamConfig::default() };
        let step = i32::try_from(step).unwrap_or(i32::MAX);
        let mut moments = self.moments.iter_mut();
        let mut failure = Ok(());
        model.for_each_parameter(&mut |_, parameter| {
            let Some(moments) = moments.next() else { return };
            let done = match self.rule {
                Optimizer::Sgd => parameter.sgd(&sgd, moments, gradients),
                Optimizer::Adam => parameter.adam(&adam, step, moments, gradients),
            };
            if let Err(error) = done {
                failure = Err(error);
            }
        });
        Ok(failure?)
    }
}

/// The global norm of all gradients; they are scaled down to `limit` if it is larger.
pub fn clip(
    model: &mut Model,
    gradients: &mut Gradients<f32, Cpu>,
    limit: Option<f64>,
) -> Result<f64, TrainError> {
    let mut failure = Ok(());
    let mut each = |visit: &mut dyn FnMut(&mut [f32])| {
        model.for_each_parameter(&mut |_, parameter| match parameter.gradient(gradients) {
            Ok(gradient) => visit(gradient),
            Err(error) => failure = Err(error),
        });
    };
    let mut square = 0.0;
    each(&mut |gradient| square += sum_of_squares(gradient));
    let norm = square.sqrt();
    if let Some(limit) = limit
        && norm > limit
    {
        let factor = (limit / norm) as f32;
        each(&mut |gradient| gradient.iter_mut().for_each(|g| *g *= factor));
    }
    failure?;
    Ok(norm)
}

/// Summed in short stretches of f32, then in f64: fast, and exact enough for millions of elements.
fn sum_of_squares(elements: &[f32]) -> f64 {
    let stretch = |part: &[f32]| {
        let mut sums = [0.0_f32; 16];
        let (whole, rest) = part.as_chunks::<16>();
        for chunk in whole {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum += x * x;
            }
        }
        let rest: f32 = rest.iter().map(|x| x * x).sum();
        f64::from(rest) + sums.iter().map(|s| f64::from(*s)).sum::<f64>()
    };
    elements.chunks(4096).map(stretch).sum()
}
