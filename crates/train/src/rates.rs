//! Which parameters are trained at a step, and how fast: frozen parts, and learning rates by depth.

use crate::TrainConfig;
use model::{AnyModel, ModelConfig, Part, depth};

/// With which factor on the learning rate each parameter is trained, and from which step on. They depend on
/// nothing but configuration and step, so a training that goes on from a checkpoint has the same.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Rates {
    /// In the model's order; what is not there is trained from the start at the full rate.
    parameters: Vec<Rate>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    factor: f64,
    /// Optimiser steps for which it is frozen; none where it stays so.
    frozen: Option<usize>,
}

/// How a parameter is trained at a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trained {
    /// The factor on the learning rate.
    pub(crate) factor: f64,
    /// The number of the step among its own, from 1: frozen steps are none.
    pub(crate) step: usize,
}

impl Rates {
    /// The rates of the parameters of a model in a training whose epochs have so many steps.
    pub(crate) fn new(config: &TrainConfig, per_epoch: usize, model: &mut dyn AnyModel) -> Self {
        if config.freeze.is_none() && config.layer_decay.is_none() {
            return Self::default();
        }
        let mut names = Vec::new();
        model.for_each_parameter(&mut |name, _| names.push(name.to_owned()));
        let frozen = config.frozen_steps(model.config(), &names, per_epoch);
        let rate = |(name, frozen): (&String, Option<usize>)| {
            let power = i32::try_from(depth(name, model.config())).unwrap_or(i32::MAX);
            let factor = config.layer_decay.map_or(1.0, |decay| f64::from(decay.get()).powi(power));
            Rate { factor, frozen }
        };
        Self { parameters: names.iter().zip(frozen).map(rate).collect() }
    }

    /// How parameter `k` is trained at optimiser step `step`, from 1; not at all while it is frozen.
    pub(crate) fn of(&self, k: usize, step: usize) -> Option<Trained> {
        let Some(Rate { factor, frozen }) = self.parameters.get(k).copied() else {
            return Some(Trained { factor: 1.0, step });
        };
        let own = step.checked_sub(frozen?).filter(|&own| own > 0)?;
        Some(Trained { factor, step: own })
    }
}

impl TrainConfig {
    /// Optimiser steps for which each of the named parameters of a model is frozen, in a training whose epochs have
    /// so many; none where it is frozen for good.
    fn frozen_steps(
        &self,
        model: &ModelConfig,
        names: &[String],
        per_epoch: usize,
    ) -> Vec<Option<usize>> {
        let Some(freeze) = self.freeze.as_ref() else { return vec![Some(0); names.len()] };
        let is_frozen = |name: &&String| freeze.parts.contains(&Part::of(name));
        // The topmost layer that is frozen goes first.
        let top = names.iter().filter(is_frozen).map(|name| depth(name, model)).min().unwrap_or(0);
        let steps = |name: &String| {
            if !is_frozen(&name) {
                return Some(0);
            }
            let turns = match freeze.gradual {
                true => 1 + depth(name, model).saturating_sub(top),
                false => 1,
            };
            Some(freeze.epochs?.get().saturating_mul(turns).saturating_mul(per_epoch))
        };
        names.iter().map(steps).collect()
    }

    /// How many numbers are trained at some step of a training, of a model's parameters by name and sizes.
    pub fn trained_parameters(
        &self,
        model: &ModelConfig,
        parameters: &[(String, Vec<usize>)],
        per_epoch: usize,
    ) -> usize {
        let names: Vec<String> = parameters.iter().map(|(name, _)| name.clone()).collect();
        let frozen = self.frozen_steps(model, &names, per_epoch);
        let steps = self.steps_of(per_epoch);
        let trained = parameters
            .iter()
            .zip(frozen)
            .filter(|(_, frozen)| frozen.is_some_and(|frozen| frozen < steps));
        trained.map(|((_, dims), _)| dims.iter().product::<usize>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::Draws;
    use model::Model;
    use serde_json::json;
    use task::TaskShape;
    use zoo::Zoo;

    /// Name, and how it is trained at each of eight steps, two an epoch, of some parameters of two layers.
    fn rates(train: serde_json::Value) -> Vec<(String, Vec<Option<Trained>>)> {
        let mut config = json!({"batch": 1, "epochs": 4, "learning_rate": 1.0});
        for (key, value) in train.as_object().unwrap() {
            config[key] = value.clone();
        }
        let config: TrainConfig = serde_json::from_value(config).unwrap();
        let model = json!({"cell": "gru", "layers": 2, "hidden": 2, "embedding": 2, "init": 0.1});
        let model = serde_json::from_value(model).unwrap();
        let draws = Draws::new(1);
        let shape = TaskShape::language(3);
        let mut model = Model::new(&model, shape, &Zoo::standard(), &draws).unwrap();
        let rates = Rates::new(&config, 2, &mut model);
        let (mut all, mut k) = (Vec::new(), 0);
        model.for_each_parameter(&mut |name, _| {
            all.push((name.to_owned(), (1..=8).map(|step| rates.of(k, step)).collect()));
            k += 1;
        });
        all.retain(|(name, _)| {
            ["embedding", "layer 0.bias", "layer 1.bias", "output bias"].contains(&name.as_str())
        });
        all
    }

    /// The first step at which each is trained, and the factor.
    fn first(train: serde_json::Value) -> Vec<Option<(usize, f64)>> {
        let of = |steps: &Vec<Option<Trained>>| {
            let first = steps.iter().position(Option::is_some)?;
            let trained = steps[first]?;
            assert_eq!(trained.step, 1, "its own first step");
            Some((first + 1, trained.factor))
        };
        rates(train).iter().map(|(_, steps)| of(steps)).collect()
    }

    #[test]
    fn parts_are_unfrozen_at_the_step_it_says() {
        let parts = json!(["embedding", "layers"]);
        let [now, epoch] = [Some((1, 1.0)), Some((3, 1.0))];
        assert_eq!(first(json!({})), [now; 4]);
        assert_eq!(
            first(json!({"freeze": {"parts": parts, "epochs": 1}})),
            [epoch, epoch, epoch, now]
        );
        assert_eq!(first(json!({"freeze": {"parts": parts}})), [None, None, None, now]);
        // From the top: layer 1, layer 0, embedding.
        assert_eq!(
            first(json!({"freeze": {"parts": parts, "epochs": 1, "gradual": true}})),
            [Some((7, 1.0)), Some((5, 1.0)), epoch, now]
        );
        // Where the layers are trained from the start, the embedding is the topmost.
        let embedding = json!({"parts": ["embedding"], "epochs": 1, "gradual": true});
        assert_eq!(first(json!({"freeze": embedding})), [epoch, now, now, now]);
    }

    #[test]
    fn rates_fall_layer_by_layer() {
        let factors = first(json!({"layer_decay": 0.5}));
        assert_eq!(factors, [0.125, 0.25, 0.5, 1.0].map(|factor| Some((1, factor))));
    }
}
