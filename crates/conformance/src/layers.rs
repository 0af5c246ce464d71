//! Checks of layers on dfdx's tape, of any recurrence that a list holds: cells and memories.

use crate::{Check, worse};
use compute::{Draws, Threads};
use dfdx::prelude::{Backward, Cpu, HasShape, SumTo, Tensor, TensorFromVec, Trace};
use sequence::{
    AnyParameter, AnyState, Build, Entry, Feature, LayerInit, LayerSizes, PassOptions,
    RuntimeLayer, SequenceError, StateGradients,
};
use std::collections::HashMap;
use std::num::NonZeroUsize;

const STEPS: usize = 19;
const BATCH: usize = 3;
const INPUT: usize = 3;
const HIDDEN: usize = 6;
/// Of several heads: a half of the steps, rounded, and a sequence that is empty.
const LENGTHS: [usize; BATCH] = [STEPS, 0, 9];

type Sequence = sequence::Sequence<usize, usize, usize>;

/// Runs all checks on layers of `entry`; an error if one cannot be built or run.
pub fn run_layers(entry: &Entry) -> Result<Vec<Check>, SequenceError> {
    let check = |name, worst, allowed| Check { name, worst, allowed };
    let mut all = Vec::new();
    let heads: &[usize] = if entry.lacks(Feature::Heads).is_some() { &[1] } else { &[1, 3] };
    for &heads in heads {
        let mut case = Case::new(entry, heads)?;
        let differences = case.finite_differences()?;
        all.extend([
            check("gradients on the tape agree with finite differences", differences, 5e-3),
            check("carried pieces equal the whole", case.pieces()?, 1e-6),
            check("each sequence of a batch equals itself alone", case.alone()?, 1e-6),
            check("backwards equals forwards on the reversed sequence", case.reversed()?, 1e-6),
            check("a layer without a tape gives the same", case.untaped()?, 0.0),
            check("two threads change the order of sums alone", case.threads()?, 1e-5),
            check("the gradient's norm is that of the states", case.watched()?, 1e-4),
            check("costs count the parameters", case.counted(entry), 0.0),
            check("saved parameters restore the layer", case.restored(entry, heads)?, 0.0),
            check("the state has the shapes that are told", case.shapes(entry)?, 0.0),
        ]);
    }
    Ok(all)
}

/// A layer with an input, a state, and the weights of a loss on the outputs.
struct Case {
    layer: Box<dyn RuntimeLayer>,
    x: Vec<f32>,
    state: AnyState,
    loss: Vec<f32>,
}

fn sizes(heads: usize) -> LayerSizes {
    LayerSizes { heads, ..LayerSizes::new(INPUT, HIDDEN) }
}

fn layer(entry: &Entry, heads: usize, seed: u64) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
    let (draws, init) = (Draws::new(seed), LayerInit::torch(HIDDEN));
    entry.layer(&Cpu::default(), Build { sizes: sizes(heads), draws: &draws, name: "layer", init })
}

fn sequence(elements: &[f32], batch: usize) -> Result<Sequence, SequenceError> {
    let shape = (elements.len() / (batch * INPUT), batch, INPUT);
    Ok(Cpu::default().try_tensor_from_vec(elements.to_vec(), shape)?)
}

/// Numbers that agree, relative to the largest expected.
fn deviation(left: &[f32], right: &[f32]) -> f64 {
    let wide = |all: &[f32]| all.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    crate::deviation(&wide(left), &wide(right))
}

/// How far a gradient is off the slope of five points that lie `step` apart. Where there is a kink between
/// them (relu), it may be as any of the four pieces.
fn off_slope(points: [f64; 5], step: f64, gradient: f64) -> f64 {
    if gradient.is_nan() {
        return gradient;
    }
    let [far_down, down, _, up, far_up] = points;
    let slope = (8.0 * (up - down) - (far_up - far_down)) / (12.0 * step);
    let pieces = points.windows(2).map(|pair| (pair[1] - pair[0]) / step);
    let (low, high) = pieces.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), piece| {
        (low.min(piece), high.max(piece))
    });
    (slope - gradient).abs().min((low - gradient).max(gradient - high).max(0.0))
}

/// Steps `from..to` of sequences `which` of `[T, B, width]`.
fn cut(all: &[f32], width: usize, steps: std::ops::Range<usize>, which: &[usize]) -> Vec<f32> {
    let row = |t: usize, b: usize| &all[(t * BATCH + b) * width..][..width];
    steps
        .flat_map(|t| which.iter().map(move |&b| (t, b)))
        .flat_map(|(t, b)| row(t, b).to_vec())
        .collect()
}

impl Case {
    fn new(entry: &Entry, heads: usize) -> Result<Self, SequenceError> {
        let (layer, draws) = (layer(entry, heads, 1)?, Draws::new(30));
        let before: Vec<f32> = draws.uniform("before", 2 * BATCH * INPUT, 1.0);
        // A state that is reached, which not every state is.
        let start = layer.initial_state(BATCH)?;
        let (_, state) = layer.infer(PassOptions::default(), sequence(&before, BATCH)?, &start)?;
        Ok(Self {
            layer,
            x: draws.uniform("x", STEPS * BATCH * INPUT, 1.0),
            state,
            loss: draws.uniform("loss", STEPS * BATCH * HIDDEN, 1.0),
        })
    }

    /// Outputs, and the last state, slot by slot.
    fn values(&self, options: PassOptions<f32>) -> Result<Vec<f32>, SequenceError> {
        let (y, last) = self.layer.infer(options, sequence(&self.x, BATCH)?, &self.state)?;
        Ok(all_of(&y, &last))
    }

    /// Gradients of all parameters, the input, and the state's slots.
    fn gradients(
        &mut self,
        options: PassOptions<f32>,
        watch: Option<&StateGradients>,
    ) -> Result<Vec<Vec<f32>>, SequenceError> {
        let x = sequence(&self.x, BATCH)?;
        let (y, _) = self.layer.train(options, x.leaky_trace(), &self.state, watch)?;
        let shape = *y.shape();
        let loss: Sequence = Cpu::default().try_tensor_from_vec(self.loss.clone(), shape)?;
        let mut gradients = (y * loss).sum::<(), _>().backward();
        let mut found = Vec::new();
        self.layer.for_each_parameter(&mut |_, parameter| {
            found.push(parameter.gradient(&mut gradients).map(|d| d.to_vec()));
        });
        found.push(Ok(gradients.get(&x).as_vec()));
        self.state.for_each_slot(&mut |_, slot| {
            found.push(slot.gradient(&mut gradients).map(|d| d.to_vec()));
        });
        found.into_iter().collect()
    }

    fn total(&self, options: PassOptions<f32>) -> Result<f64, SequenceError> {
        let (y, _) = self.layer.infer(options, sequence(&self.x, BATCH)?, &self.state)?;
        let terms = y.as_vec().into_iter().zip(&self.loss);
        Ok(terms.map(|(y, w)| f64::from(y) * f64::from(*w)).sum())
    }

    /// Adds to number `k` of what gradient number `place` is of.
    fn nudge(&mut self, place: usize, k: usize, by: f32) -> Result<(), SequenceError> {
        let mut at = 0;
        let mut result = Ok(());
        let mut change = |parameter: &mut dyn AnyParameter<f32>| {
            if at == place {
                let mut elements = parameter.read();
                elements[k] += by;
                result = parameter.write(&elements);
            }
            at += 1;
        };
        self.layer.for_each_parameter(&mut |_, parameter| change(parameter));
        let parameters = at;
        if place == parameters {
            self.x[k] += by;
        }
        let mut at = parameters + 1;
        self.state.for_each_slot(&mut |_, slot| {
            if at == place {
                let mut elements = slot.read();
                elements[k] += by;
                result = slot.write(&elements);
            }
            at += 1;
        });
        result
    }

    /// Of f32 values, hence by five points and with tolerance; of some elements of each.
    fn finite_differences(&mut self) -> Result<f64, SequenceError> {
        const STEP: f32 = 4e-3;
        const CLOSE: f64 = 2e-3;
        let mut worst = 0.0;
        let lengths = || Some(LENGTHS.to_vec());
        let ways = [
            PassOptions::default(),
            PassOptions { lengths: lengths(), ..PassOptions::default() },
            PassOptions { reverse: true, lengths: lengths(), ..PassOptions::default() },
        ];
        for options in ways {
            for (place, gradient) in self.gradients(options.clone(), None)?.into_iter().enumerate()
            {
                let scale = gradient.iter().fold(1e-2_f32, |most, d| most.max(d.abs()));
                for k in (0..gradient.len()).step_by(1 + gradient.len() / 7) {
                    let mut off = |step: f32| {
                        let mut moved = |by: f32| {
                            self.nudge(place, k, by)?;
                            self.total(options.clone())
                        };
                        let middle = moved(0.0)?;
                        let (up, far_up) = (moved(step)?, moved(step)?);
                        let (far_down, down) = (moved(-4.0 * step)?, moved(step)?);
                        moved(step)?;
                        let points = [far_down, down, middle, up, far_up];
                        let off = off_slope(points, f64::from(step), f64::from(gradient[k]));
                        Ok::<_, SequenceError>(off / f64::from(scale))
                    };
                    let mut found = off(STEP)?;
                    // Of several kinks between the points, fewer are between nearer ones.
                    if found > CLOSE {
                        found = found.min(off(STEP / 4.0)?);
                    }
                    worst = worse(worst, found);
                }
            }
        }
        Ok(worst)
    }

    fn pieces(&self) -> Result<f64, SequenceError> {
        let everyone: Vec<usize> = (0..BATCH).collect();
        let (mut outputs, mut state) = (Vec::new(), self.state.clone());
        for steps in [0..7, 7..8, 8..STEPS] {
            let x = sequence(&cut(&self.x, INPUT, steps, &everyone), BATCH)?;
            let (y, last) = self.layer.infer(PassOptions::default(), x, &state)?;
            outputs.extend(y.as_vec());
            state = last;
        }
        let slots = state.slots().iter().flat_map(|slot| slot.as_vec());
        let found: Vec<f32> = outputs.into_iter().chain(slots).collect();
        Ok(deviation(&found, &self.values(PassOptions::default())?))
    }

    /// In a batch of sequences of different lengths, in both directions.
    fn alone(&self) -> Result<f64, SequenceError> {
        let mut worst = 0.0;
        for reverse in [false, true] {
            let lengths = Some(LENGTHS.to_vec());
            let options = PassOptions { reverse, lengths, ..PassOptions::default() };
            let (y, last) = self.layer.infer(options, sequence(&self.x, BATCH)?, &self.state)?;
            let y = y.as_vec();
            for (b, length) in LENGTHS.into_iter().enumerate() {
                let beyond = cut(&y, HIDDEN, length..STEPS, &[b]);
                worst = worse(worst, beyond.iter().map(|y| f64::from(y.abs())).sum());
                let own = rows_of(&self.state, b)?;
                let mut found = cut(&y, HIDDEN, 0..length, &[b]);
                found.extend(elements(&rows_of(&last, b)?));
                let expected = match length {
                    0 => elements(&own),
                    _ => {
                        let x = sequence(&cut(&self.x, INPUT, 0..length, &[b]), 1)?;
                        let options = PassOptions { reverse, ..PassOptions::default() };
                        let (y, last) = self.layer.infer(options, x, &own)?;
                        all_of(&y, &last)
                    }
                };
                worst = worse(worst, deviation(&found, &expected));
            }
        }
        Ok(worst)
    }

    fn reversed(&self) -> Result<f64, SequenceError> {
        let turned = |all: &[f32], width: usize| -> Vec<f32> {
            all.chunks(BATCH * width).rev().flatten().copied().collect()
        };
        let x = sequence(&turned(&self.x, INPUT), BATCH)?;
        let options = PassOptions { reverse: true, ..PassOptions::default() };
        let (y, last) = self.layer.infer(options, x, &self.state)?;
        let mut found = turned(&y.as_vec(), HIDDEN);
        found.extend(elements(&last));
        Ok(deviation(&found, &self.values(PassOptions::default())?))
    }

    fn untaped(&self) -> Result<f64, SequenceError> {
        let x = sequence(&self.x, BATCH)?;
        let (y, last) =
            self.layer.train(PassOptions::default(), x.leaky_trace(), &self.state, None)?;
        let mut found = y.as_vec();
        found.extend(elements(&last));
        Ok(deviation(&found, &self.values(PassOptions::default())?))
    }

    fn threads(&mut self) -> Result<f64, SequenceError> {
        let two = NonZeroUsize::MIN.saturating_add(1);
        let Ok(two) = Threads::new(two) else { return Ok(f64::NAN) };
        let expected = self.gradients(PassOptions::default(), None)?;
        let found = two.with(|| self.gradients(PassOptions::default(), None))?;
        let pairs = found.iter().zip(&expected);
        Ok(pairs.map(|(found, expected)| deviation(found, expected)).fold(0.0, worse))
    }

    /// With a loss on the last output alone, against the gradient of a state from which the last steps are
    /// run.
    fn watched(&mut self) -> Result<f64, SequenceError> {
        const BEFORE: usize = 4;
        let row = BATCH * HIDDEN;
        self.loss[..(STEPS - 1) * row].fill(0.0);
        let watch = StateGradients::default();
        self.gradients(PassOptions::default(), Some(&watch))?;
        let everyone: Vec<usize> = (0..BATCH).collect();
        let first = STEPS - BEFORE;
        let x = sequence(&cut(&self.x, INPUT, 0..first, &everyone), BATCH)?;
        let (_, state) = self.layer.infer(PassOptions::default(), x, &self.state)?;
        let x = sequence(&cut(&self.x, INPUT, first..STEPS, &everyone), BATCH)?;
        let (y, _) = self.layer.train(PassOptions::default(), x.leaky_trace(), &state, None)?;
        let shape = *y.shape();
        let loss = self.loss[first * row..].to_vec();
        let loss: Sequence = Cpu::default().try_tensor_from_vec(loss, shape)?;
        let mut gradients = (y * loss).sum::<(), _>().backward();
        let mut squares = [0.0_f32; BATCH];
        for slot in state.slots() {
            let all = gradients.get_or_alloc_mut(slot)?;
            let width = all.len() / BATCH;
            for (sum, own) in squares.iter_mut().zip(all.chunks_exact(width.max(1))) {
                *sum += own.iter().map(|d| d * d).sum::<f32>();
            }
        }
        let expected = squares.map(f32::sqrt);
        let norms = watch.norms();
        let Some(found) = norms.get(first - 1).filter(|_| norms.len() == STEPS) else {
            return Ok(f64::INFINITY);
        };
        let found: Vec<f32> = found.iter().map(|&norm| norm as f32).collect();
        Ok(deviation(&found, &expected))
    }

    fn counted(&mut self, entry: &Entry) -> f64 {
        let mut elements = 0;
        self.layer.for_each_parameter(&mut |_, parameter| elements += parameter.read().len());
        entry.costs(self.layer.sizes()).parameters.abs_diff(elements) as f64
    }

    fn restored(&mut self, entry: &Entry, heads: usize) -> Result<f64, SequenceError> {
        let mut saved = HashMap::new();
        self.layer.for_each_parameter(&mut |name, parameter| {
            saved.insert(name.to_owned(), parameter.read());
        });
        let expected = self.values(PassOptions::default())?;
        let mut lost = 0.0;
        self.layer = layer(entry, heads, 2)?;
        let other = self.values(PassOptions::default())?;
        self.layer.for_each_parameter(&mut |name, parameter| {
            let found = saved.remove(name).map(|elements| parameter.write(&elements).is_ok());
            lost += f64::from(found != Some(true));
        });
        let differed = if other == expected { 1.0 } else { 0.0 };
        Ok(lost + differed + deviation(&self.values(PassOptions::default())?, &expected))
    }

    /// How many slots have another shape or name than told.
    fn shapes(&self, entry: &Entry) -> Result<f64, SequenceError> {
        let told = entry.state(self.layer.sizes());
        let start = self.layer.initial_state(BATCH)?;
        let mut wrong =
            usize::from(self.layer.slots() != told) + told.len().abs_diff(start.slots().len());
        for (slot, tensor) in
            told.iter().zip(start.slots()).chain(told.iter().zip(self.state.slots()))
        {
            wrong += usize::from(*tensor.shape() != (BATCH, slot.width()));
        }
        let started = |(slot, tensor): (&sequence::Slot, &Tensor<(usize, usize), f32, Cpu>)| {
            tensor.as_vec().iter().all(|&x| f64::from(x) == slot.start)
        };
        wrong += usize::from(!told.iter().zip(start.slots()).all(started));
        Ok(wrong as f64)
    }
}

fn elements(state: &AnyState) -> Vec<f32> {
    state.slots().iter().flat_map(|slot| slot.as_vec()).collect()
}

fn all_of(y: &Sequence, last: &AnyState) -> Vec<f32> {
    let mut all = y.as_vec();
    all.extend(elements(last));
    all
}

/// The state of sequence `b` alone.
fn rows_of(state: &AnyState, b: usize) -> Result<AnyState, SequenceError> {
    let row = |slot: &Tensor<(usize, usize), f32, Cpu>| {
        let (_, width) = *slot.shape();
        let row = slot.as_vec()[b * width..(b + 1) * width].to_vec();
        Ok(Cpu::default().try_tensor_from_vec(row, (1, width))?)
    };
    Ok(AnyState::new(state.slots().iter().map(row).collect::<Result<_, SequenceError>>()?))
}
