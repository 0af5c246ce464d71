//! What every memory must do, and the delta rule against its paper's form.

use compute::{Float, Threads};
use memory::memories::{
    DeltaNet, GatedDeltaNet, Gla, HgrnTwo, LinearAttention, LinearAttentionNormalised, Mlstm,
    RetNet, RwkvSeven,
};
use memory::{
    Gradients, Memory, MemorySizes, PackedWeights, Pass, PassOptions, Purpose, Weights, backward,
    equations, forward,
};
use std::num::NonZeroUsize;

macro_rules! for_all_memories {
    ($test:ident) => {
        $test::<LinearAttention>();
        $test::<RetNet>();
        $test::<Gla>();
        $test::<DeltaNet>();
        $test::<DeltaNet<true>>();
        $test::<GatedDeltaNet>();
        $test::<GatedDeltaNet<true>>();
        $test::<LinearAttentionNormalised>();
        $test::<HgrnTwo>();
        $test::<Mlstm>();
        $test::<RwkvSeven>();
    };
}

const SIZES: MemorySizes = MemorySizes { input: 3, heads: 2, key: 4, value: 5 };
const STEPS: usize = 18;
const BATCH: usize = 2;

fn numbers<E: Float>(seed: usize, len: usize) -> Vec<E> {
    let number = |k: usize| ((k * 7 + seed * 131 + 3) as f64 * 0.618_033_988).sin() * 0.7;
    (0..len).map(|k| E::nearest(number(k))).collect()
}

/// Parameters, input and initial states.
struct Case<E>([Vec<E>; 5]);

impl<E: Float> Case<E> {
    fn new<M: Memory>() -> Self {
        let Weights { projection, bias, unit } = Weights::<E>::zeros::<M>(SIZES);
        let input = STEPS * BATCH * SIZES.input;
        let lengths = [projection.len(), bias.len(), unit.len(), input, BATCH * SIZES.state::<M>()];
        Self(std::array::from_fn(|k| numbers(k, lengths[k])))
    }

    fn packed<M: Memory>(&self) -> PackedWeights<E> {
        let [projection, bias, unit, ..] = self.0.clone();
        PackedWeights::new::<M>(&Weights { projection, bias, unit }, SIZES)
    }

    fn forward<M: Memory>(&self, options: &PassOptions) -> Pass<E> {
        let packed = self.packed::<M>();
        let [.., input, initial] = &self.0;
        let steps = (STEPS, BATCH);
        forward::<M, E>(steps, options, &packed, input, initial, Purpose::Train)
    }

    fn gradients<M: Memory>(&self, options: &PassOptions) -> [Vec<E>; 5] {
        let mut found = self.0.each_ref().map(|all| vec![E::default(); all.len()]);
        let [projection, bias, unit, input, initial] = &mut found;
        let mut weights = Weights {
            projection: std::mem::take(projection),
            bias: std::mem::take(bias),
            unit: std::mem::take(unit),
        };
        let into = Gradients { weights: &mut weights, input, initial, squares: &mut [] };
        let pass = self.forward::<M>(options);
        let [d_outputs, d_last] = upstream::<M, _>();
        backward::<M, E>(pass, &self.packed::<M>(), &d_outputs, &d_last, into);
        (*projection, *bias, *unit) = (weights.projection, weights.bias, weights.unit);
        found
    }
}

fn upstream<M: Memory, E: Float>() -> [Vec<E>; 2] {
    [numbers(20, STEPS * BATCH * SIZES.output()), numbers(21, BATCH * SIZES.state::<M>())]
}

fn deviation(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len());
    let scale = right.iter().fold(1e-30, |m: f64, x| m.max(x.abs()));
    let worse = |m: f64, d: f64| if m >= d || m.is_nan() { m } else { d };
    left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, worse) / scale
}

fn ways() -> [PassOptions; 3] {
    let lengths = Some(vec![STEPS - 1, 7]);
    [
        PassOptions::default(),
        PassOptions { reverse: false, lengths: lengths.clone() },
        PassOptions { reverse: true, lengths },
    ]
}

fn differences<M: Memory>() {
    let mut case = Case::<f64>::new::<M>();
    let [d_outputs, d_last] = upstream::<M, _>();
    for options in ways() {
        let found = case.gradients::<M>(&options);
        let loss = |case: &Case<f64>| {
            let pass = case.forward::<M>(&options);
            let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            sum(&pass.outputs, &d_outputs) + sum(&pass.last, &d_last)
        };
        for (place, found) in found.iter().enumerate() {
            let mut expected = Vec::new();
            for k in 0..found.len() {
                let x = case.0[place][k];
                let mut at = |x: f64| {
                    case.0[place][k] = x;
                    loss(&case)
                };
                expected.push((at(x + 1e-5) - at(x - 1e-5)) / 2e-5);
                at(x);
            }
            let error = deviation(found, &expected);
            assert!(error < 1e-7, "{}, {place}: {error:e}, {options:?}", M::FACTS.name);
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    for_all_memories!(differences);
}

fn single<M: Memory>() {
    let (exact, case) = (Case::<f64>::new::<M>(), Case::<f32>::new::<M>());
    let wide = |all: &[f32]| all.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    for options in ways() {
        let (pass, expected) = (case.forward::<M>(&options), exact.forward::<M>(&options));
        assert!(deviation(&wide(&pass.outputs), &expected.outputs) < 1e-5, "{}", M::FACTS.name);
        assert!(deviation(&wide(&pass.last), &expected.last) < 1e-5);
        let (found, expected) = (case.gradients::<M>(&options), exact.gradients::<M>(&options));
        for (found, expected) in found.iter().zip(&expected) {
            assert!(deviation(&wide(found), expected) < 5e-5, "{}", M::FACTS.name);
        }
    }
}

#[test]
fn single_precision_agrees_with_double() {
    for_all_memories!(single);
}

/// One step at a time, in two pieces, on two threads, and with noise beyond a sequence's end.
fn pieces<M: Memory>() {
    let case = Case::<f32>::new::<M>();
    let packed = case.packed::<M>();
    let options = PassOptions::default();
    let pass = case.forward::<M>(&options);
    let (row, out) = (BATCH * SIZES.input, BATCH * SIZES.output());
    for cuts in [vec![0, 11, STEPS], (0..=STEPS).collect::<Vec<_>>()] {
        let mut state = case.0[4].clone();
        for cut in cuts.windows(2) {
            let (from, to) = (cut[0], cut[1]);
            let x = &case.0[3][from * row..to * row];
            let sizes = (to - from, BATCH);
            let ran = forward::<M, f32>(sizes, &options, &packed, x, &state, Purpose::Infer);
            assert!(ran.outputs[..] == pass.outputs[from * out..to * out], "{}", M::FACTS.name);
            state = ran.last.to_vec();
        }
        assert!(state[..] == pass.last[..]);
    }
    let found = case.gradients::<M>(&options);
    Threads::new(NonZeroUsize::new(2).unwrap()).unwrap().with(|| {
        assert!(case.gradients::<M>(&options) == found);
    });
    let options = PassOptions { reverse: false, lengths: Some(vec![STEPS, 7]) };
    let clean = case.gradients::<M>(&options);
    let mut noisy = case;
    for t in 7..STEPS {
        noisy.0[3][t * row + SIZES.input..(t + 1) * row].fill(f32::NAN);
    }
    assert!(noisy.gradients::<M>(&options) == clean, "{}", M::FACTS.name);
}

#[test]
fn pieces_threads_and_what_lies_beyond_the_end_change_nothing() {
    for_all_memories!(pieces);
}

fn facts<M: Memory>() {
    let Weights { projection, bias, unit } = Weights::<f64>::zeros::<M>(SIZES);
    assert_eq!(SIZES.parameters::<M>(), projection.len() + bias.len() + unit.len());
    assert!(
        SIZES.flops::<M>() > 2 * projection.len() + 4 * SIZES.heads * SIZES.key * SIZES.rows::<M>()
    );
    let lines = equations::<M>();
    assert!(lines.last().is_some_and(|line| line.starts_with("h = ")), "{lines:?}");
}

#[test]
fn costs_and_equations_follow() {
    for_all_memories!(facts);
    let expected = [
        "β = σ(W_β x)",
        "k = W_k x ⊙ σ(W_k x)",
        "q = W_q x ⊙ σ(W_q x)",
        "a = −k/‖k‖",
        "k̄ = β ⊙ k/‖k‖",
        "q̄ = q/‖q‖",
        "v̄ = W_v x ⊙ σ(W_v x)",
        "S = S' + (S' a) k̄ᵀ + v̄ k̄ᵀ",
        "h = S q̄ / √K",
    ];
    assert_eq!(equations::<DeltaNet>(), expected);
    // q, k, v and two numbers a head, its bias and A (fla's mixer without output projection).
    let sizes = MemorySizes { input: 200, heads: 4, key: 50, value: 50 };
    assert_eq!(sizes.parameters::<GatedDeltaNet>(), 3 * 200 * 200 + 2 * 4 * 200 + 2 * 4);
}

/// S = α S' (I − β k kᵀ) + β v kᵀ, as the paper writes it, of one head.
#[test]
fn gated_delta_net_is_the_papers_recurrence() {
    let case = Case::<f64>::new::<GatedDeltaNet>();
    let pass = case.forward::<GatedDeltaNet>(&PassOptions::default());
    let [projection, bias, unit, input, initial] = &case.0;
    let MemorySizes { input: i, heads, key, value } = SIZES;
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    for b in 0..BATCH {
        for h in 0..heads {
            let mut state = initial[(b * heads + h) * value * key..][..value * key].to_vec();
            for t in 0..STEPS {
                let x = &input[(t * BATCH + b) * i..][..i];
                let project = |row: usize| {
                    projection[row * i..][..i].iter().zip(x).map(|(w, x)| w * x).sum::<f64>()
                };
                let silu = |row: usize| project(row) * sigmoid(project(row));
                let unit_vector = |first: usize| {
                    let f: Vec<f64> = (0..key).map(|j| silu(first + h * key + j)).collect();
                    let norm = (f.iter().map(|x| x * x).sum::<f64>() + 1e-6).sqrt();
                    f.into_iter().map(|x| x / norm).collect::<Vec<_>>()
                };
                let (k, q) = (unit_vector(0), unit_vector(heads * key));
                let gates = 2 * heads * key + heads * value;
                let beta = sigmoid(project(gates + h));
                let a = project(gates + heads + h) + bias[h];
                let alpha = (-unit[h].exp() * a.exp().ln_1p()).exp();
                for r in 0..value {
                    let v = silu(2 * heads * key + h * value + r);
                    let s = &mut state[r * key..][..key];
                    let at_key: f64 = s.iter().zip(&k).map(|(s, k)| s * k).sum();
                    for (s, k) in s.iter_mut().zip(&k) {
                        *s = alpha * (*s - beta * at_key * k) + beta * v * k;
                    }
                    let o: f64 = s.iter().zip(&q).map(|(s, q)| s * q).sum();
                    let found = pass.outputs[((t * BATCH + b) * heads + h) * value + r];
                    let expected = o / (key as f64).sqrt();
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }
}

/// The parameters of the case with everything that goes into the input gate times `by`.
fn with_input_gates<E: Float>(by: f64) -> Case<E> {
    let mut case = Case::<E>::new::<Mlstm>();
    let MemorySizes { input, heads, key, value } = SIZES;
    let gates = heads * (2 * key + 2 * value + 1);
    let [projection, bias, ..] = &mut case.0;
    let weights = projection[gates * input..].iter_mut();
    weights.chain(&mut bias[heads * (value + 1)..]).for_each(|w| *w *= E::nearest(by));
    case.0[4].fill(E::default());
    case
}

/// S, n and m of an mLSTM stand for S e^m and n e^m.
#[test]
fn the_stabiliser_of_mlstm_changes_no_output() {
    let mut case = Case::<f64>::new::<Mlstm>();
    let pass = case.forward::<Mlstm>(&PassOptions::default());
    let state = SIZES.rows::<Mlstm>() * SIZES.key;
    let (states, levels) = case.0[4].split_at_mut(BATCH * SIZES.heads * state);
    for (k, (own, m)) in states.chunks_mut(state).zip(levels).enumerate() {
        let by = k as f64 * 2.5 - 3.0;
        *m += by;
        own.iter_mut().for_each(|s| *s *= (-by).exp());
    }
    let moved = case.forward::<Mlstm>(&PassOptions::default());
    assert!(deviation(&moved.outputs, &pass.outputs) < 1e-13);
}

/// Input gates whose exponentials lie far beyond f32.
#[test]
fn large_gates_of_mlstm_overflow_nothing() {
    let (case, exact) = (with_input_gates::<f32>(300.0), with_input_gates::<f64>(300.0));
    let wide = |all: &[f32]| all.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let options = PassOptions::default();
    let (pass, expected) = (case.forward::<Mlstm>(&options), exact.forward::<Mlstm>(&options));
    let largest = expected.last[BATCH * SIZES.state::<Mlstm>() - BATCH * SIZES.heads..].iter();
    assert!(largest.fold(0.0_f64, |most, m| most.max(*m)) > 200.0);
    assert!(deviation(&wide(&pass.outputs), &expected.outputs) < 1e-3);
    let found = case.gradients::<Mlstm>(&options);
    assert!(found.iter().flatten().all(|d| d.is_finite()));
}
