//! The kernel against the recurrence written out, and against finite differences.

use compute::{Float, Threads};
use memory::kernel::{
    Erase, Gradients, Inputs, Keep, Pass, PassOptions, Purpose, Sizes, Terms, backward, forward,
};
use std::num::NonZeroUsize;

macro_rules! terms {
    ($($name:ident $keep:ident $erase:ident)*) => {$(
        struct $name;
        impl Terms for $name {
            const KEEP: Keep = Keep::$keep;
            const ERASE: Erase = Erase::$erase;
        }
    )*};
}
terms! {
    Sum All Nothing
    Fading Head Nothing
    Gated Number Nothing
    Keys Vector Nothing
    Delta All AlongKey
    GatedDelta Number AlongKey
    KeysDelta Vector AlongKey
    Moved All Along
    FadingMoved Head Along
    Full Vector Along
}

/// Runs one generic test for every combination of terms above.
macro_rules! for_all_terms {
    ($test:ident) => {
        $test::<Sum>();
        $test::<Fading>();
        $test::<Gated>();
        $test::<Keys>();
        $test::<Delta>();
        $test::<GatedDelta>();
        $test::<KeysDelta>();
        $test::<Moved>();
        $test::<FadingMoved>();
        $test::<Full>();
    };
}

const SIZES: Sizes = Sizes { steps: 19, batch: 2, heads: 2, key: 5, value: 6 };

fn number(seed: usize, k: usize) -> f64 {
    ((k * 7 + seed * 131 + 3) as f64 * 0.618_033_988).sin() * 0.4
}

fn numbers<E: Float>(seed: usize, len: usize) -> Vec<E> {
    (0..len).map(|k| E::nearest(number(seed, k))).collect()
}

/// Inputs, and the initial states at the end.
struct Case<E>([Vec<E>; 7]);

impl<E: Float> Case<E> {
    fn new<X: Terms>(sizes: Sizes) -> Self {
        let rows = sizes.steps * sizes.units();
        let keep = match X::KEEP {
            Keep::All => 0,
            Keep::Head => sizes.heads,
            Keep::Number => rows,
            Keep::Vector => rows * sizes.key,
        };
        let erase = if X::ERASE == Erase::Nothing { 0 } else { rows * sizes.key };
        let along = if X::ERASE == Erase::Along { rows * sizes.key } else { 0 };
        let keys = rows * sizes.key;
        let states = sizes.units() * sizes.state();
        let lengths = [keep, erase, along, keys, rows * sizes.value, keys, states];
        let mut all = Self(std::array::from_fn(|k| numbers(k, lengths[k])));
        // Shares to be kept lie around 0.7.
        all.0[0].iter_mut().for_each(|w| *w = *w * *w + E::nearest(0.6));
        all
    }

    fn inputs(&self) -> Inputs<&[E]> {
        let [keep, erase, along, key, value, query, _] = &self.0;
        Inputs { keep, erase, along, key, value, query }
    }

    fn forward<X: Terms>(&self, sizes: Sizes, options: &PassOptions) -> Pass<E> {
        forward::<X, E>(sizes, options, &self.inputs(), &self.0[6], Purpose::Train)
    }

    /// Gradients in the order of the inputs, each starting from 1.
    fn gradients<X: Terms>(
        &self,
        sizes: Sizes,
        options: &PassOptions,
        d_outputs: &[E],
        d_last: &[E],
    ) -> [Vec<E>; 7] {
        let mut found = self.0.each_ref().map(|all| vec![E::nearest(1.0); all.len()]);
        let [keep, erase, along, key, value, query, initial] = &mut found;
        let into = Inputs {
            keep: if X::KEEP == Keep::Head { &mut [][..] } else { &mut keep[..] },
            erase,
            along,
            key,
            value,
            query,
        };
        let pass = self.forward::<X>(sizes, options);
        let into = Gradients { inputs: into, initial, squares: &mut [] };
        backward::<X, E>(sizes, options, &self.inputs(), pass, d_outputs, d_last, into);
        found
    }

    /// The case of some time steps, from other initial states.
    fn steps<X: Terms>(&self, sizes: Sizes, from: usize, to: usize, initial: Vec<E>) -> Self {
        let cut = |all: &Vec<E>| {
            let row = all.len() / sizes.steps;
            all[from * row..to * row].to_vec()
        };
        let [keep, erase, along, key, value, query, _] = &self.0;
        let keep = if X::KEEP == Keep::Head { keep.clone() } else { cut(keep) };
        Self([keep, cut(erase), cut(along), cut(key), cut(value), cut(query), initial])
    }

    /// The case of head `unit` of all heads of all sequences alone.
    fn unit<X: Terms>(&self, sizes: Sizes, unit: usize) -> Self {
        let cut = |all: &Vec<E>| {
            let width = all.len() / (sizes.steps * sizes.units());
            let row = |t: usize| &all[(t * sizes.units() + unit) * width..][..width];
            (0..sizes.steps).flat_map(row).copied().collect()
        };
        let [keep, erase, along, key, value, query, initial] = &self.0;
        let keep = match X::KEEP {
            Keep::Head => vec![keep[unit % sizes.heads]],
            _ => cut(keep),
        };
        let initial = initial[unit * sizes.state()..][..sizes.state()].to_vec();
        Self([keep, cut(erase), cut(along), cut(key), cut(value), cut(query), initial])
    }
}

/// The recurrence written out: outputs and last states.
fn reference<X: Terms>(case: &Case<f64>, sizes: Sizes, options: &PassOptions) -> [Vec<f64>; 2] {
    let Sizes { steps, heads, key: dk, value: dv, .. } = sizes;
    let [keep, erase, along, key, value, query, initial] = &case.0;
    let mut outputs = vec![0.0; steps * sizes.units() * dv];
    let mut last = initial.clone();
    for unit in 0..sizes.units() {
        let state = &mut last[unit * dv * dk..][..dv * dk];
        let length = options.lengths.as_ref().map_or(steps, |lengths| lengths[unit / heads]);
        for n in 0..length {
            let t = if options.reverse { length - 1 - n } else { n };
            let row = t * sizes.units() + unit;
            for i in 0..dv {
                let s = &mut state[i * dk..][..dk];
                let u: f64 = match X::ERASE {
                    Erase::Nothing => 0.0,
                    _ => (0..dk).map(|j| s[j] * erase[row * dk + j]).sum(),
                };
                for j in 0..dk {
                    let w = match X::KEEP {
                        Keep::All => 1.0,
                        Keep::Head => keep[unit % heads],
                        Keep::Number => keep[row],
                        Keep::Vector => keep[row * dk + j],
                    };
                    let b = match X::ERASE {
                        Erase::Along => along[row * dk + j],
                        _ => key[row * dk + j],
                    };
                    s[j] = s[j] * w + u * b + value[row * dv + i] * key[row * dk + j];
                }
                outputs[row * dv + i] = (0..dk).map(|j| s[j] * query[row * dk + j]).sum();
            }
        }
    }
    [outputs, last]
}

/// Largest difference over the largest absolute value of `right`.
fn deviation(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len());
    let scale = right.iter().fold(1e-30, |m: f64, x| m.max(x.abs()));
    let worse = |m: f64, d: f64| if m >= d || m.is_nan() { m } else { d };
    left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, worse) / scale
}

fn ways() -> [PassOptions; 4] {
    let lengths = Some(vec![SIZES.steps - 2, 17]);
    [
        PassOptions::default(),
        PassOptions { reverse: true, lengths: None },
        PassOptions { reverse: false, lengths: lengths.clone() },
        PassOptions { reverse: true, lengths },
    ]
}

fn values<X: Terms>() {
    let case = Case::<f64>::new::<X>(SIZES);
    for options in ways() {
        let pass = case.forward::<X>(SIZES, &options);
        let [outputs, last] = reference::<X>(&case, SIZES, &options);
        assert!(deviation(&pass.outputs, &outputs) < 1e-14, "{options:?}");
        assert!(deviation(&pass.last, &last) < 1e-14, "{options:?}");
    }
}

#[test]
fn values_are_those_of_the_recurrence() {
    for_all_terms!(values);
}

/// Every number of every input and of the initial states.
fn differences<X: Terms>() {
    let mut case = Case::<f64>::new::<X>(SIZES);
    for options in ways() {
        let d_outputs = numbers(20, SIZES.steps * SIZES.units() * SIZES.value);
        let d_last = numbers(21, SIZES.units() * SIZES.state());
        let found = case.gradients::<X>(SIZES, &options, &d_outputs, &d_last);
        let loss = |case: &Case<f64>| {
            let [outputs, last] = reference::<X>(case, SIZES, &options);
            let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            sum(&outputs, &d_outputs) + sum(&last, &d_last)
        };
        for (input, found) in found.iter().enumerate() {
            if input == 0 && X::KEEP == Keep::Head {
                continue;
            }
            let mut expected = Vec::new();
            for k in (0..found.len()).step_by(3) {
                let x = case.0[input][k];
                let mut at = |x: f64| {
                    case.0[input][k] = x;
                    loss(&case)
                };
                let slope = (at(x + 1e-5) - at(x - 1e-5)) / 2e-5;
                at(x);
                expected.push(1.0 + slope);
            }
            let found: Vec<_> = found.iter().step_by(3).copied().collect();
            let error = deviation(&found, &expected);
            assert!(error < 1e-8, "input {input}: {error:e}, {options:?}");
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    for_all_terms!(differences);
}

/// With a width that fills vectors only in part, and more heads than one thread's share.
const WIDE: Sizes = Sizes { steps: 33, batch: 3, heads: 2, key: 37, value: 22 };

/// In single precision: the numbers of double precision, each unit alone, in two pieces, one step at a
/// time, on two threads.
fn single<X: Terms>() {
    let options = PassOptions::default();
    let (exact, case) = (Case::<f64>::new::<X>(WIDE), Case::<f32>::new::<X>(WIDE));
    let row = WIDE.units() * WIDE.value;
    let d_outputs = numbers::<f32>(20, WIDE.steps * row);
    let d_last = numbers::<f32>(21, WIDE.units() * WIDE.state());
    let wide = |all: &[f32]| all.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let pass = case.forward::<X>(WIDE, &options);
    let expected = exact.forward::<X>(WIDE, &options);
    assert!(deviation(&wide(&pass.outputs), &expected.outputs) < 2e-5);
    let found = case.gradients::<X>(WIDE, &options, &d_outputs, &d_last);
    let expected = exact.gradients::<X>(WIDE, &options, &wide(&d_outputs), &wide(&d_last));
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found.is_empty() || deviation(&wide(found), expected) < 5e-5);
    }

    let one = Sizes { batch: 1, heads: 1, ..WIDE };
    for unit in 0..WIDE.units() {
        let alone = case.unit::<X>(WIDE, unit);
        let cut = |all: &[f32], width: usize| -> Vec<f32> {
            let row = |t: usize| &all[(t * WIDE.units() + unit) * width..][..width];
            (0..WIDE.steps).flat_map(row).copied().collect()
        };
        let state = unit * WIDE.state()..(unit + 1) * WIDE.state();
        let ran = alone.forward::<X>(one, &options);
        assert!(ran.outputs[..] == cut(&pass.outputs, WIDE.value));
        assert!(ran.last[..] == pass.last[state.clone()]);
        let d_outputs = cut(&d_outputs, WIDE.value);
        let same = alone.gradients::<X>(one, &options, &d_outputs, &d_last[state.clone()]);
        for input in 1..6 {
            let width = found[input].len() / (WIDE.steps * WIDE.units());
            assert!(same[input] == cut(&found[input], width), "input {input} of unit {unit}");
        }
        assert!(same[6] == found[6][state]);
    }

    for cuts in [vec![0, 20, WIDE.steps], (0..=WIDE.steps).collect()] {
        let mut state = case.0[6].clone();
        for piece in cuts.windows(2) {
            let sizes = Sizes { steps: piece[1] - piece[0], ..WIDE };
            let own = case.steps::<X>(WIDE, piece[0], piece[1], state);
            let ran = own.forward::<X>(sizes, &options);
            assert!(ran.outputs[..] == pass.outputs[piece[0] * row..piece[1] * row]);
            state = ran.last.to_vec();
        }
        assert!(state[..] == pass.last[..]);
    }

    Threads::new(NonZeroUsize::new(2).unwrap()).unwrap().with(|| {
        let ran = case.forward::<X>(WIDE, &options);
        assert!(ran.outputs[..] == pass.outputs[..] && ran.last[..] == pass.last[..]);
        assert!(case.gradients::<X>(WIDE, &options, &d_outputs, &d_last) == found);
    });
}

#[test]
fn single_precision_does_not_depend_on_batch_pieces_or_threads() {
    for_all_terms!(single);
}

#[test]
fn inference_gives_what_training_gives() {
    let case = Case::<f32>::new::<Full>(WIDE);
    for options in [PassOptions::default(), PassOptions { reverse: true, lengths: None }] {
        let trained = case.forward::<Full>(WIDE, &options);
        let inputs = case.inputs();
        let ran = forward::<Full, f32>(WIDE, &options, &inputs, &case.0[6], Purpose::Infer);
        assert!(ran.outputs[..] == trained.outputs[..] && ran.last[..] == trained.last[..]);
    }
}
