//! The state that a decoder starts from.

use crate::joins::{Off, as_rows, as_step, beside, on, tanh};
use crate::linear::linear_each;
use crate::model::entry_of;
use crate::modules::{Matrix, Start, Vector, Visit};
use crate::pool::{Pool, Pooling};
use crate::{ModelConfig, ModelError};
use dfdx::prelude::{Cpu, HasShape, Tape, TryAdd};
use sequence::{AnyState, Slot, Stack, StackState};
use zoo::{Entry, Zoo};

/// How the decoder's start state follows from how the encoder ends.
pub(super) enum DecoderStart {
    /// It is the encoder's last state.
    HandedOn,
    /// It is made of what both directions of the encoder end with.
    Made {
        /// Directions of the encoder.
        directions: usize,
        /// For each layer of the decoder its slots.
        layers: Vec<Vec<SlotStart>>,
    },
}

/// How one slot of one layer starts.
pub(super) enum SlotStart {
    /// tanh(W s + b).
    Learned { name: String, of: Of, weight: Matrix, bias: Vector },
    /// The sum of both directions' slots of an encoder's layer: matrix states, for which W would be larger
    /// than all else.
    Summed { layer: usize },
    /// As it does at the beginning of any sequence.
    Initial,
}

/// What s is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The same slot of an encoder's layer, of both directions side by side.
    Slot { layer: usize },
    /// The encoder's last outputs, of both directions side by side.
    Outputs,
}

/// How a slot is to start, and how many numbers s has.
enum Plan {
    Learned(Of, usize),
    Summed(usize),
    Initial,
}

/// For each layer of the decoder its slots, with how they start.
fn plan(config: &ModelConfig, encoder: &Entry, decoder: &Entry) -> Vec<Vec<(Slot, Plan)>> {
    let of_decoder = config.of_decoder();
    let (read, written) = (config.layers.get(), of_decoder.layers.get());
    // Widths of inputs are no part of a state.
    let slots = |config: &ModelConfig, entry: &Entry| entry.state(config.layer_sizes(0, 1));
    let (ours, theirs) = (slots(&of_decoder, decoder), slots(config, encoder));
    let same = encoder.name() == decoder.name();
    // A stabiliser and what it scales belong together: of such a state the part that others read is set.
    let scaled = ours.iter().any(|slot| slot.start != 0.0);
    let directions = config.directions();
    let of_layer = |layer: usize| {
        // The top layer of one starts from that of the other.
        let from = (layer + read).saturating_sub(written);
        let slot = |(k, slot): (usize, &Slot)| {
            let is_matrix = slot.shape.len() > 1;
            let plan = if is_matrix && same {
                Plan::Summed(from)
            } else if is_matrix || (scaled && k > 0) {
                Plan::Initial
            } else if same {
                Plan::Learned(Of::Slot { layer: from }, directions * theirs[k].width())
            } else {
                Plan::Learned(Of::Outputs, config.stack_width())
            };
            (slot.clone(), plan)
        };
        ours.iter().enumerate().map(slot).collect()
    };
    (0..written).map(of_layer).collect()
}

impl DecoderStart {
    pub(super) fn new(
        config: &ModelConfig,
        zoo: &Zoo,
        start: Start<'_>,
    ) -> Result<Self, ModelError> {
        if config.hands_state_on() {
            return Ok(Self::HandedOn);
        }
        let (encoder, decoder) = (entry_of(config, zoo)?, entry_of(&config.of_decoder(), zoo)?);
        let slot = |layer: usize, (slot, plan): (Slot, Plan)| match plan {
            Plan::Initial => Ok(SlotStart::Initial),
            Plan::Summed(layer) => Ok(SlotStart::Summed { layer }),
            Plan::Learned(of, width) => {
                let name = format!("decoder start {layer}.{}", slot.name);
                let weight = start.matrix(&name, (slot.width(), width))?;
                let bias = start.vector(&format!("{name} bias"), slot.width())?;
                Ok(SlotStart::Learned { name, of, weight, bias })
            }
        };
        let layers = plan(config, encoder, decoder).into_iter().enumerate();
        let layers = layers.map(|(layer, slots)| {
            slots.into_iter().map(|one| slot(layer, one)).collect::<Result<_, ModelError>>()
        });
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Self::Made { directions: config.directions(), layers })
    }

    /// Parameters of a start state.
    pub(super) fn parameters(config: &ModelConfig, encoder: &Entry, decoder: &Entry) -> usize {
        if config.hands_state_on() {
            return 0;
        }
        let of_slot = |(slot, plan): (Slot, Plan)| match plan {
            Plan::Learned(_, width) => slot.width() * (width + 1),
            Plan::Summed(_) | Plan::Initial => 0,
        };
        plan(config, encoder, decoder).into_iter().flatten().map(of_slot).sum()
    }

    /// The state from which `decoder` starts, given the encoder's last one and the outputs with which it ends,
    /// `[1, B, D]`.
    pub(super) fn state<T: Tape<f32, Cpu>>(
        &self,
        decoder: &Stack,
        last: StackState,
        outputs: &Off,
        tape: &mut T,
    ) -> Result<StackState, ModelError> {
        let Self::Made { directions, layers } = self else { return Ok(last) };
        let (_, batch, _) = *outputs.shape();
        let mut states = Vec::with_capacity(layers.len());
        for (layer, slots) in decoder.layers().zip(layers) {
            let initial = layer.initial_state(batch)?;
            let mut made = Vec::with_capacity(slots.len());
            for (k, (slot, initial)) in slots.iter().zip(initial.slots()).enumerate() {
                // The same slot of an encoder's layer, of each direction.
                let each = |layer: usize, tape: &mut T| {
                    let states = &last.states()[layer * directions..(layer + 1) * directions];
                    let each = states.iter().map(|state| as_step(&state.slots()[k], tape));
                    each.collect::<Result<Vec<Off>, _>>()
                };
                made.push(match slot {
                    SlotStart::Initial => initial.clone(),
                    SlotStart::Summed { layer } => {
                        let mut each = each(*layer, tape)?.into_iter();
                        let none = ModelError::Window { problem: "an encoder of no direction" };
                        let first = each.next().ok_or(none)?;
                        let add = |sum: Off, one: Off| on(tape, sum, |sum| sum.try_add(one));
                        let sum = each.try_fold(first, add)?;
                        as_rows(sum, tape)?
                    }
                    SlotStart::Learned { of, weight, bias, .. } => {
                        let from = match of {
                            Of::Outputs => outputs.clone(),
                            Of::Slot { layer } => {
                                let each = each(*layer, tape)?;
                                beside(&each.iter().collect::<Vec<_>>(), tape)?
                            }
                        };
                        let started =
                            on(tape, from, |s| tanh(linear_each(s, weight, Some(bias))?))?;
                        as_rows(started, tape)?
                    }
                });
            }
            states.push(AnyState::new(made));
        }
        Ok(StackState::new(states))
    }

    pub(super) fn for_each_parameter(&mut self, visit: Visit<'_>) {
        let Self::Made { layers, .. } = self else { return };
        for slot in layers.iter_mut().flatten() {
            if let SlotStart::Learned { name, weight, bias, .. } = slot {
                visit(name, weight);
                visit(&format!("{name} bias"), bias);
            }
        }
    }
}

/// The outputs with which each direction of an encoder ends, side by side: `[T, B, D]` to `[1, B, D]`.
pub(super) fn last_outputs<T: Tape<f32, Cpu>>(
    outputs: &Off,
    direction: usize,
    lengths: &[usize],
    tape: &mut T,
) -> Result<Off, ModelError> {
    let pool = Pool { pooling: Pooling::Last, direction, query: None };
    on(tape, outputs.clone(), |x| pool.apply(x, Some(lengths)))
}
