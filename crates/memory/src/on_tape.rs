//! A memory with its parameters, run over a sequence as one operation on dfdx's tape.

use crate::compiled::{CompiledMemory, head_sizes};
use crate::{Gradients, MemorySizes, PackedWeights, Purpose, Weights, kernel};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec};
use sequence::{
    AnyParameter, AnyState, Build, Dynamics, Keep, LayerSizes, PassOptions, RuntimeLayer, Sequence,
    SequenceError, Slot, StateGradients, Taped, Untaped, elements_of, start,
};
use std::ops::DerefMut;
use std::sync::{Arc, OnceLock};

type Batch<T> = Sequence<usize, usize, usize, f32, T>;

/// A layer of a memory: input size I, output size H = heads · V, keys as long as values.
#[derive(Debug)]
pub struct MemoryLayer {
    memory: CompiledMemory,
    sizes: LayerSizes,
    device: Cpu,
    /// W `[P, I]`, as [`Weights`] has it.
    projection: Tensor<(usize, usize), f32, Cpu>,
    bias: Tensor<(usize,), f32, Cpu>,
    /// `[numbers, heads]`.
    unit: Tensor<(usize, usize), f32, Cpu>,
    /// The parameters laid out for products; made when needed, forgotten when they may change.
    packed: OnceLock<Arc<PackedWeights<f32>>>,
}

impl MemoryLayer {
    /// A layer with new parameters: projections start as a cell's input matrices do, each on its own.
    pub fn initialised(
        memory: CompiledMemory,
        device: &Cpu,
        build: Build<'_>,
    ) -> Result<Self, SequenceError> {
        let (facts, sizes) = (memory.facts, build.sizes);
        let LayerSizes { hidden, output, heads, .. } = sizes;
        if heads == 0 || hidden % heads != 0 {
            let why = "they do not divide its hidden size";
            return Err(SequenceError::Heads { layer: facts.name, heads, why });
        }
        SequenceError::check("output of a memory", &[hidden], &[output])?;
        let weights = initial(memory, build);
        let rows = weights.projection.len() / sizes.input.max(1);
        let (biases, numbers) = (weights.bias.len(), facts.unit.len());
        Ok(Self {
            memory,
            sizes,
            device: device.clone(),
            projection: device.try_tensor_from_vec(weights.projection, (rows, sizes.input))?,
            bias: device.try_tensor_from_vec(weights.bias, (biases,))?,
            unit: device.try_tensor_from_vec(weights.unit, (numbers, heads))?,
            packed: OnceLock::new(),
        })
    }

    /// The parameters laid out for products. They can change through
    /// [`for_each_parameter`](RuntimeLayer::for_each_parameter) alone.
    fn packed(&self) -> Arc<PackedWeights<f32>> {
        let pack = || {
            let weights = Weights {
                projection: self.projection.read(),
                bias: self.bias.read(),
                unit: self.unit.read(),
            };
            Arc::new((self.memory.pack)(&weights, head_sizes(self.sizes)))
        };
        self.packed.get_or_init(pack).clone()
    }

    fn run<T: Tape<f32, Cpu>>(
        &self,
        options: PassOptions<f32>,
        x: Batch<T>,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Batch<T>, AnyState), SequenceError> {
        let (t, b, features) = *x.shape();
        let PassOptions { reverse, lengths, zoneout } = options;
        SequenceError::check("input features", &[self.sizes.input], &[features])?;
        SequenceError::check_lengths(lengths.as_deref(), t, b)?;
        if zoneout.iter().any(|keep| *keep != Keep::Nothing) {
            return Err(SequenceError::NoZoneout { layer: self.memory.facts.name });
        }
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let initial = state.elements(&self.slots(), b)?.concat();
        let purpose = if T::OWNS_TAPE { Purpose::Train } else { Purpose::Infer };
        let (memory, weights) = (self.memory, self.packed());
        let options = kernel::PassOptions { reverse, lengths };
        let input = elements_of(&x);
        let mut pass = (memory.forward)((t, b), &options, &weights, &input, &initial, purpose);

        let outputs = std::mem::take(&mut pass.outputs).into_vec();
        let y = self.device.try_tensor_from_vec(outputs, (t, b, self.sizes.output))?;
        let last = std::mem::take(&mut pass.last).into_vec();
        let mut rest = &last[..];
        let slot = |slot: Slot| {
            let own = rest.split_off(..b * slot.width()).unwrap_or_default();
            self.device.try_tensor_from_vec(own.to_vec(), (b, slot.width()))
        };
        let last = AnyState::new(self.slots().into_iter().map(slot).collect::<Result<_, _>>()?);
        if T::OWNS_TAPE {
            let (gx, gy, watch) = (x.ghost(), y.ghost(), watch.cloned());
            let (gw, gb, gu) = (self.projection.ghost(), self.bias.ghost(), self.unit.ghost());
            let g_state: Vec<_> = state.slots().iter().map(Tensor::ghost).collect();
            let g_last: Vec<_> = last.slots().iter().map(Tensor::ghost).collect();
            let heads = self.sizes.heads;
            tape.add_backward_op(move |gradients| {
                // Gradients are taken out and put back: no copy.
                let d_y = std::mem::take(gradients.get_or_alloc_mut(&gy)?.deref_mut());
                let take = |elements: &mut Vec<f32>| std::mem::take(elements);
                let mut found = Weights {
                    projection: take(gradients.get_or_alloc_mut(&gw)?),
                    bias: take(gradients.get_or_alloc_mut(&gb)?),
                    unit: take(gradients.get_or_alloc_mut(&gu)?),
                };
                let mut d_x = take(gradients.get_or_alloc_mut(&gx)?);
                let mut d_initial = vec![0.0; initial.len()];
                let mut squares = vec![0.0; if watch.is_some() { t * b * heads } else { 0 }];
                let into = Gradients {
                    weights: &mut found,
                    input: &mut d_x,
                    initial: &mut d_initial,
                    squares: &mut squares,
                };
                let mut d_last = Vec::with_capacity(initial.len());
                for ghost in &g_last {
                    d_last.extend_from_slice(gradients.get_or_alloc_mut(ghost)?);
                }
                (memory.backward)(pass, &weights, &d_y, &d_last, into);
                if let Some(watch) = &watch {
                    watch.set_squares(t, b, &squares);
                }
                *gradients.get_or_alloc_mut(&gy)?.deref_mut() = d_y;
                **gradients.get_or_alloc_mut(&gw)? = found.projection;
                **gradients.get_or_alloc_mut(&gb)? = found.bias;
                **gradients.get_or_alloc_mut(&gu)? = found.unit;
                **gradients.get_or_alloc_mut(&gx)? = d_x;
                let mut found = d_initial.iter();
                for ghost in &g_state {
                    let to = gradients.get_or_alloc_mut(ghost)?;
                    to.iter_mut().zip(found.by_ref()).for_each(|(to, d)| *to += d);
                }
                Ok(())
            });
        }
        Ok((y.put_tape(tape), last))
    }
}

/// New parameters.
fn initial(memory: CompiledMemory, build: Build<'_>) -> Weights<f32> {
    let Build { sizes, draws, name, init } = build;
    let (facts, heads) = (memory.facts, head_sizes(sizes));
    let mut weights = (memory.zeros)(heads);
    let MemorySizes { input, key, value, .. } = heads;
    let keys = facts.keys.iter().map(|_| key);
    let values = facts.values.iter().map(|_| value);
    let widths = keys.chain(values).chain(facts.heads.iter().map(|_| 1));
    let (mut place, mut biases) = (0, Vec::with_capacity(weights.bias.len()));
    for (k, width) in widths.enumerate() {
        let rows = width * heads.heads;
        let stream = format!("{name}.projection.{k}");
        let matrix = init.input.draw::<f32>(&[rows, input], draws, &stream);
        weights.projection[place * input..(place + rows) * input].copy_from_slice(&matrix);
        place += rows;
        if let Some(biased) =
            k.checked_sub(facts.biased.start).filter(|_| facts.biased.contains(&k))
        {
            let stream = format!("{name}.bias.{biased}");
            biases.extend(match biased < facts.bias_starts.len() {
                true => start::<f32>(facts.bias_starts, biased, rows, draws, &stream),
                false => init.bias.of_product(rows, sizes.hidden, draws, &stream),
            });
        }
    }
    weights.bias = biases;
    let stream = format!("{name}.unit");
    let number = |k| start::<f32>(facts.starts, k, sizes.heads, draws, &stream);
    weights.unit = (0..facts.unit.len()).flat_map(number).collect();
    weights
}

impl RuntimeLayer for MemoryLayer {
    fn name(&self) -> &'static str {
        self.memory.facts.name
    }

    fn sizes(&self) -> LayerSizes {
        self.sizes
    }

    fn slots(&self) -> Vec<Slot> {
        (self.memory.slots)(head_sizes(self.sizes))
    }

    fn initial_state(&self, batch: usize) -> Result<AnyState, SequenceError> {
        AnyState::initial(&self.device, &self.slots(), batch)
    }

    fn train(
        &self,
        options: PassOptions<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError> {
        self.run(options, x, state, watch)
    }

    fn infer(
        &self,
        options: PassOptions<f32>,
        x: Untaped,
        state: &AnyState,
    ) -> Result<(Untaped, AnyState), SequenceError> {
        self.run(options, x, state, None)
    }

    fn dynamics(&self, _: Vec<Keep<f64>>) -> Option<Box<dyn Dynamics>> {
        None
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        self.packed = OnceLock::new();
        visit("projection", &mut self.projection);
        if self.bias.shape().0 > 0 {
            visit("bias", &mut self.bias);
        }
        if self.unit.shape().0 > 0 {
            visit("unit", &mut self.unit);
        }
    }
}
