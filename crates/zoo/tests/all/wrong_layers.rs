//! Layers with a mistake in them: what the checks of layers find.

use dfdx::prelude::{Cpu, HasShape, TensorFromVec};
use sequence::{
    AnyParameter, AnyState, Dynamics, Entry, Feature, Keep, LayerCosts, LayerSizes, PassOptions,
    Recurrence, RuntimeLayer, SequenceError, Slot, StateGradients, Taped, Untaped,
};
use zoo::{Build, Zoo};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mistake {
    None,
    /// Every sequence is taken to be as long as the batch.
    Lengths,
    /// Every sequence is gone through forwards.
    Direction,
    /// The state after the last step is the one before the first.
    Carried,
    /// No gradient reaches the state that it starts from.
    Severed,
    /// Nobody is told the gradient's norms.
    Unwatched,
}

/// DeltaNet with a mistake.
#[derive(Debug)]
struct Wrong {
    right: Entry,
    mistake: Mistake,
}

struct WrongLayer {
    right: Box<dyn RuntimeLayer>,
    mistake: Mistake,
}

impl Recurrence for Wrong {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn title(&self) -> &'static str {
        "wrong"
    }

    fn source(&self) -> &'static str {
        "these tests"
    }

    fn kind(&self) -> &'static str {
        "Wrong"
    }

    fn equations(&self) -> Vec<String> {
        self.right.equations()
    }

    fn gates(&self) -> Vec<String> {
        self.right.gates()
    }

    fn state(&self, sizes: LayerSizes) -> Vec<Slot> {
        self.right.state(sizes)
    }

    fn costs(&self, sizes: LayerSizes) -> LayerCosts {
        self.right.costs(sizes)
    }

    fn lacks(&self, feature: Feature) -> Option<&'static str> {
        self.right.lacks(feature)
    }

    fn layer(
        &self,
        device: &Cpu,
        build: Build<'_>,
    ) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
        let right = self.right.layer(device, build)?;
        Ok(Box::new(WrongLayer { right, mistake: self.mistake }))
    }
}

impl WrongLayer {
    fn options(&self, options: PassOptions<f32>) -> PassOptions<f32> {
        match self.mistake {
            Mistake::Lengths => PassOptions { lengths: None, ..options },
            Mistake::Direction => PassOptions { reverse: false, ..options },
            _ => options,
        }
    }

    /// The state to start from.
    fn start(&self, state: &AnyState) -> AnyState {
        let copy = |slot: &dfdx::prelude::Tensor<(usize, usize), f32, Cpu>| {
            Cpu::default().tensor_from_vec(slot.as_vec(), *slot.shape())
        };
        match self.mistake {
            Mistake::Severed => AnyState::new(state.slots().iter().map(copy).collect()),
            _ => state.clone(),
        }
    }

    fn last(&self, start: &AnyState, last: AnyState) -> AnyState {
        if self.mistake == Mistake::Carried { start.clone() } else { last }
    }
}

impl RuntimeLayer for WrongLayer {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn sizes(&self) -> LayerSizes {
        self.right.sizes()
    }

    fn slots(&self) -> Vec<Slot> {
        self.right.slots()
    }

    fn initial_state(&self, batch: usize) -> Result<AnyState, SequenceError> {
        self.right.initial_state(batch)
    }

    fn train(
        &self,
        options: PassOptions<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError> {
        let watch = watch.filter(|_| self.mistake != Mistake::Unwatched);
        let (y, last) = self.right.train(self.options(options), x, &self.start(state), watch)?;
        Ok((y, self.last(state, last)))
    }

    fn infer(
        &self,
        options: PassOptions<f32>,
        x: Untaped,
        state: &AnyState,
    ) -> Result<(Untaped, AnyState), SequenceError> {
        let (y, last) = self.right.infer(self.options(options), x, state)?;
        Ok((y, self.last(state, last)))
    }

    fn dynamics(&self, _: Vec<Keep<f64>>) -> Option<Box<dyn Dynamics>> {
        None
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        self.right.for_each_parameter(visit);
    }
}

/// Names of the checks that fail, each once.
fn failed(mistake: Mistake) -> Vec<&'static str> {
    let right = Zoo::standard().get("delta_net").unwrap().clone();
    let checks = conformance::run_layers(&Entry::new(Wrong { right, mistake })).unwrap();
    let mut names = Vec::new();
    for check in checks.into_iter().filter(|check| !check.passed()) {
        if !names.contains(&check.name) {
            names.push(check.name);
        }
    }
    names
}

#[test]
fn each_mistake_is_found() {
    const ALONE: &str = "each sequence of a batch equals itself alone";
    assert_eq!(failed(Mistake::None), [""; 0]);
    assert_eq!(failed(Mistake::Lengths), [ALONE]);
    assert_eq!(failed(Mistake::Direction), ["backwards equals forwards on the reversed sequence"]);
    assert_eq!(
        failed(Mistake::Severed),
        [
            "gradients on the tape agree with finite differences",
            "the gradient's norm is that of the states"
        ]
    );
    assert!(failed(Mistake::Carried).contains(&"carried pieces equal the whole"));
    assert!(!failed(Mistake::Unwatched).is_empty());
}
