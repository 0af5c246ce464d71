//! Cells that equal each other, or have a known value, for special parameters. They tie the cells
//! together independently of the reference values' code.

use crate::every::of_every_cell;
use crate::fixture::{Case, cases};
use crate::naive::{Outcome, Parameters, Sizes, run};
use cell::{Bias, Cell};
use std::ops::Range;

/// The reference case of `cell` with I ≠ H: numbers to start from.
fn case(cell: &str) -> Case {
    cases()[cell][0].clone()
}

impl Case {
    fn run<C: Cell>(&self, parameters: &Parameters) -> Outcome {
        run::<C>(self.sizes, parameters, &self.x, &self.initial)
    }

    /// `[W, U, b]` cut into blocks.
    fn blocks(&self) -> [Vec<Vec<f64>>; 3] {
        let (p, Sizes { input, hidden, .. }) = (&self.parameters, self.sizes);
        let cut = |all: &[f64], len: usize| all.chunks(len).map(<[f64]>::to_vec).collect();
        [cut(&p.input, hidden * input), cut(&p.recurrent, hidden * hidden), cut(&p.bias, hidden)]
    }
}

fn negated(all: &[f64]) -> Vec<f64> {
    all.iter().map(|v| -v).collect()
}

fn filled(like: &[f64], value: f64) -> Vec<f64> {
    vec![value; like.len()]
}

/// A square matrix with `diagonal`.
fn diagonal_matrix(diagonal: &[f64]) -> Vec<f64> {
    let n = diagonal.len();
    let element = |k: usize| if k / n == k % n { diagonal[k / n] } else { 0.0 };
    (0..n * n).map(element).collect()
}

/// Largest difference between hidden states.
fn difference(left: &Outcome, right: &Outcome) -> f64 {
    assert_eq!(left.hidden.len(), right.hidden.len());
    let pairs = left.hidden.iter().zip(&right.hidden);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, |m, d| if d <= m { m } else { d })
}

#[track_caller]
fn assert_equal(left: &Outcome, right: &Outcome) {
    let worst = difference(left, right);
    assert!(worst <= 1e-14, "{worst:e}");
}

/// A gate's pre-activation at which it is 1 (or, negated, as good as 0).
const OPEN: f64 = 1000.0;

/// Also: writing z is keeping with W_z, U_z and b_z negated, since σ(−a) = 1 − σ(a).
#[test]
fn reset_before_is_reset_after_if_the_candidate_matrix_is_diagonal() {
    let mut case = case("gru");
    let [w, u, b] = case.blocks();
    let after = |candidate: &[f64]| Parameters {
        input: [&w[2], &w[0], &negated(&w[1])[..]].concat(),
        recurrent: [&u[0], &negated(&u[1])[..], candidate].concat(),
        modulated: vec![],
        bias: [&b[2], &b[0], &negated(&b[1])[..], &filled(&b[2], 0.0)].concat(),
        ..case.parameters.clone()
    };
    let (full, diagonal) = (case.parameters.modulated.clone(), diagonal_matrix(&b[0]));
    let (after_full, after_diagonal) = (after(&full), after(&diagonal));
    let run_before = |case: &Case| case.run::<gru::GruResetBefore>(&case.parameters);
    let run_after = |case: &Case, p| case.run::<gru::GruResetAfter>(p);
    assert!(difference(&run_before(&case), &run_after(&case, &after_full)) > 0.01);
    case.parameters.modulated = diagonal;
    assert_equal(&run_before(&case), &run_after(&case, &after_diagonal));
}

#[test]
fn coupled_gates_are_an_lstm_with_opposite_gates() {
    let case = case("lstm_cifg");
    let [w, u, b] = case.blocks().map(|m| [&m[0][..], &negated(&m[0]), &m[1], &m[2]].concat());
    let lstm = Parameters { input: w, recurrent: u, bias: b, ..case.parameters.clone() };
    let cifg = case.run::<lstm::LstmCifg>(&case.parameters);
    assert_equal(&cifg, &case.run::<lstm::StandardLstm>(&lstm));
}

/// The case's cell is the LSTM with gate number `gate` open.
#[track_caller]
fn assert_lstm_with_open_gate<C: Cell>(gate: usize) {
    let case = case(C::FACTS.name);
    let [mut w, mut u, mut b] = case.blocks();
    for (blocks, value) in [(&mut w, 0.0), (&mut u, 0.0), (&mut b, OPEN)] {
        blocks.insert(gate, filled(&blocks[0], value));
    }
    let lstm = Parameters {
        input: w.concat(),
        recurrent: u.concat(),
        bias: b.concat(),
        ..case.parameters.clone()
    };
    let ablated = case.run::<C>(&case.parameters);
    assert_equal(&ablated, &case.run::<lstm::StandardLstm>(&lstm));
}

#[test]
fn ablated_lstms_are_the_lstm_with_a_gate_open() {
    assert_lstm_with_open_gate::<lstm::LstmNoInputGate>(0);
    assert_lstm_with_open_gate::<lstm::LstmNoForgetGate>(1);
    assert_lstm_with_open_gate::<lstm::LstmNoOutputGate>(3);
}

#[test]
fn closed_peepholes_are_none() {
    let case = case("lstm_peephole");
    let unit = filled(&case.parameters.unit, 0.0);
    let closed = Parameters { unit, ..case.parameters.clone() };
    let lstm = Parameters { unit: vec![], ..case.parameters.clone() };
    let outcome = case.run::<lstm::LstmPeephole>(&closed);
    assert_equal(&outcome, &case.run::<lstm::StandardLstm>(&lstm));
}

/// b_f → ∞ and b_i → −∞.
#[test]
fn an_lstm_can_keep_its_memory() {
    let mut case = case("lstm");
    let h = case.sizes.hidden;
    case.parameters.bias[..h].fill(-OPEN);
    case.parameters.bias[h..2 * h].fill(OPEN);
    assert_eq!(case.run::<lstm::StandardLstm>(&case.parameters).last[1], case.initial[1]);
}

#[test]
fn indrnn_is_the_relu_rnn_with_a_diagonal_matrix() {
    let case = case("indrnn");
    let u = diagonal_matrix(&case.parameters.unit);
    let relu = Parameters { recurrent: u, unit: vec![], ..case.parameters.clone() };
    let indrnn = case.run::<vanilla::IndRnn>(&case.parameters);
    assert_equal(&indrnn, &case.run::<vanilla::ReluRnn>(&relu));
}

/// U and U plus any symmetric matrix.
#[test]
fn an_antisymmetric_recurrence_does_not_see_symmetric_matrices() {
    let case = case("antisymmetric_rnn");
    let expected = case.run::<vanilla::AntisymmetricRnn>(&case.parameters);
    let mut moved = case.clone();
    let h = case.sizes.hidden;
    for (k, u) in moved.parameters.recurrent.iter_mut().enumerate() {
        *u += ((k / h) * (k % h)) as f64 + (k / h + k % h) as f64;
    }
    let moved = moved.run::<vanilla::AntisymmetricRnn>(&moved.parameters);
    let worst = difference(&moved, &expected);
    assert!(worst < 1e-12, "{worst:e}");
}

#[test]
fn an_antisymmetric_rnn_with_its_gate_open_has_none() {
    let case = case("antisymmetric_rnn");
    let [w, _, b] = case.blocks();
    let gated = Parameters {
        input: [&filled(&w[0], 0.0)[..], &w[0]].concat(),
        bias: [&filled(&b[0], OPEN)[..], &b[0]].concat(),
        ..case.parameters.clone()
    };
    let plain = case.run::<vanilla::AntisymmetricRnn>(&case.parameters);
    assert_equal(&plain, &case.run::<vanilla::AntisymmetricRnnGated>(&gated));
}

#[test]
fn fastrnn_that_keeps_nothing_is_the_tanh_rnn() {
    let mut case = case("fastrnn");
    case.parameters.scalar = vec![OPEN, -OPEN];
    let rnn = Parameters { scalar: vec![], ..case.parameters.clone() };
    let fast = case.run::<vanilla::FastRnn>(&case.parameters);
    assert_equal(&fast, &case.run::<vanilla::TanhRnn>(&rnn));
}

#[test]
fn fastgrnn_that_writes_in_full_is_a_ugrnn_with_shared_matrices() {
    let mut case = case("fastgrnn");
    case.parameters.scalar = vec![OPEN, -OPEN];
    let (p, h) = (&case.parameters, case.sizes.hidden);
    let ugrnn = Parameters {
        input: p.input.repeat(2),
        recurrent: p.recurrent.repeat(2),
        bias: [&p.unit[h..], &p.unit[..h]].concat(),
        unit: vec![],
        scalar: vec![],
        ..p.clone()
    };
    let fast = case.run::<gru::FastGrnn>(p);
    assert_equal(&fast, &case.run::<gru::Ugrnn>(&ugrnn));
}

#[test]
fn minlstm_with_opposite_gates_is_mingru() {
    let case = case("mingru");
    let [w, _, b] = case.blocks().map(|m| match m.as_slice() {
        [z, n] => [&negated(z)[..], z, n].concat(),
        _ => vec![],
    });
    let lstm = Parameters { input: w, bias: b, ..case.parameters.clone() };
    let mingru = case.run::<gru::MinGru>(&case.parameters);
    assert_equal(&mingru, &case.run::<lstm::MinLstm>(&lstm));
}

#[test]
fn minlstm_log_with_opposite_gates_is_mingru_log() {
    let case = case("mingru_log");
    let [w, _, b] = case.blocks().map(|m| match m.as_slice() {
        [z, n] => [&negated(z)[..], z, n].concat(),
        _ => vec![],
    });
    let lstm = Parameters { input: w, bias: b, ..case.parameters.clone() };
    let mingru = case.run::<gru::MinGruLog>(&case.parameters);
    assert_equal(&mingru, &case.run::<lstm::MinLstmLog>(&lstm));
}

/// From a convolution's state of 0: what the step before left is W times its input.
#[test]
fn a_qrnn_of_window_2_sees_the_input_before() {
    let mut case = case("qrnn_2");
    let Sizes { steps, batch, input, hidden } = case.sizes;
    for slot in 1..4 {
        case.initial[slot].fill(0.0);
    }
    let two = case.run::<gru::QrnnTwo>(&case.parameters);
    // A QRNN of window 1 over x beside the x before it.
    let before = |row: usize| match row.checked_sub(batch) {
        Some(row) => case.x[row * input..(row + 1) * input].to_vec(),
        None => vec![0.0; input],
    };
    let x = (0..steps * batch)
        .flat_map(|row| [&before(row)[..], &case.x[row * input..(row + 1) * input]].concat());
    let [w, ..] = case.blocks();
    let rows = |block: usize| {
        let row = move |w: &[f64], j: usize| w[j * input..(j + 1) * input].to_vec();
        let (first, second) = (w[block].clone(), w[block + 3].clone());
        (0..hidden).flat_map(move |j| [row(&first, j), row(&second, j)].concat())
    };
    let one = Parameters { input: (0..3).flat_map(rows).collect(), ..case.parameters.clone() };
    let wide = Case {
        sizes: Sizes { input: 2 * input, ..case.sizes },
        x: x.collect(),
        initial: vec![case.initial[0].clone(), case.initial[4].clone()],
        ..case.clone()
    };
    assert_equal(&two, &wide.run::<gru::Qrnn>(&one));
}

#[test]
fn sru_without_highway_and_memory_weights_is_mingru() {
    let mut case = case("sru");
    let h = case.sizes.hidden;
    case.parameters.unit.fill(0.0);
    case.parameters.bias[h..].fill(OPEN);
    let [w, _, b] = case.blocks();
    let mingru = Parameters {
        input: [&negated(&w[2])[..], &w[1]].concat(),
        bias: [negated(&b[0]), filled(&b[0], 0.0)].concat(),
        unit: vec![],
        ..case.parameters.clone()
    };
    let sru = case.run::<gru::Sru>(&case.parameters);
    case.initial.remove(0); // minGRU's state is the memory
    assert_equal(&sru, &case.run::<gru::MinGru>(&mingru));
}

#[test]
fn mut2_with_a_projection_is_the_gru() {
    let case = case("mut2");
    let mut2 = case.run::<gru::Mut2>(&case.parameters);
    assert_equal(&mut2, &case.run::<gru::GruResetBefore>(&case.parameters));
}

#[test]
fn mut3_whose_update_gate_does_not_look_back_is_the_gru() {
    let mut case = case("mut3");
    let square = case.sizes.hidden * case.sizes.hidden;
    case.parameters.modulated[..square].fill(0.0);
    let p = &case.parameters;
    let (update, candidate) = p.modulated.split_at(square);
    let gru = Parameters {
        recurrent: [&p.recurrent, update].concat(),
        modulated: candidate.to_vec(),
        ..p.clone()
    };
    let mut3 = case.run::<gru::Mut3>(p);
    assert_equal(&mut3, &case.run::<gru::GruResetBefore>(&gru));
}

/// Up to the ε beside the variance, which is why the scales are large.
#[test]
fn normalised_products_have_no_scale() {
    fn check<C: Cell>() {
        let case = case(C::FACTS.name);
        let scaled = |w: f64, u: f64| {
            let mut p = case.parameters.clone();
            p.input.iter_mut().for_each(|v| *v *= w);
            p.recurrent.iter_mut().for_each(|v| *v *= u);
            case.run::<C>(&p)
        };
        let worst = difference(&scaled(1e4, 1e4), &scaled(3e4, 7e5));
        assert!(worst <= 1e-12, "{}: {worst:e}", C::FACTS.name);
    }
    check::<lstm::LstmLayerNorm>();
    check::<gru::GruLayerNorm>();
}

/// Numerator, normaliser and stabiliser of an sLSTM stand for c e^m and n e^m.
#[test]
fn the_stabiliser_of_slstm_changes_no_output() {
    let case = case("slstm");
    let expected = case.run::<lstm::Slstm>(&case.parameters);
    let mut moved = case.clone();
    for (k, m) in moved.initial[1].iter_mut().enumerate() {
        *m += k as f64 - 4.0;
    }
    for slot in [2, 3] {
        for (k, x) in moved.initial[slot].iter_mut().enumerate() {
            *x *= (4.0 - k as f64).exp();
        }
    }
    assert_equal(&moved.run::<lstm::Slstm>(&case.parameters), &expected);

    // Nothing has been written before the first step, whatever its scale.
    let from = |m: f64| {
        let zeros = || filled(&case.initial[0], 0.0);
        let initial = vec![zeros(), filled(&zeros(), m), zeros(), zeros()];
        Case { initial, ..case.clone() }.run::<lstm::Slstm>(&case.parameters)
    };
    assert_equal(&from(f64::NEG_INFINITY), &from(-9.0));
    assert_equal(&from(f64::NEG_INFINITY), &from(2.0));
}

/// One sequence of one step on x = 0 from a state of 0.6, all parameters 0 but some biases or
/// per-unit parameters: the new state, slot by slot, of the first unit.
fn rest<C: Cell>(set: Option<(Bias, f64)>) -> Vec<f64> {
    const SIZES: Sizes = Sizes { steps: 1, batch: 1, input: 2, hidden: 2 };
    let (facts, h) = (C::FACTS, SIZES.hidden);
    let zeros = |blocks: &Range<usize>, len: usize| vec![0.0; blocks.len() * len];
    let matrices = facts.input_matrices(SIZES.input, h);
    let gains = if facts.normalised_products { h } else { 0 };
    let mut p = Parameters {
        input: zeros(&matrices, h * SIZES.input),
        recurrent: zeros(&facts.recurrent, h * h),
        modulated: zeros(&facts.modulated, h * h),
        bias: zeros(&facts.biased(), h),
        unit: vec![0.0; facts.unit.len() * h],
        scalar: vec![0.0; facts.scalar.len()],
        input_gain: zeros(&matrices, gains),
        recurrent_gain: zeros(&facts.recurrent, gains),
    };
    if let Some((bias, value)) = set {
        let (all, k, len) = match bias {
            Bias::Block(block) => (&mut p.bias, block - facts.unbiased, h),
            Bias::Unit(unit) => (&mut p.unit, unit, h),
            Bias::Scalar(scalar) => (&mut p.scalar, scalar, 1),
        };
        all[k * len..(k + 1) * len].fill(value);
    }
    let initial = vec![vec![0.6; h]; facts.state.len()];
    let outcome = run::<C>(SIZES, &p, &[0.0; SIZES.input], &initial);
    outcome.last.iter().map(|slot| slot[0]).collect()
}

#[test]
fn zero_parameters_give_known_states() {
    assert_eq!(rest::<vanilla::TanhRnn>(None), [0.0]);
    assert_eq!(rest::<vanilla::ReluRnn>(None), [0.0]);
    assert_eq!(rest::<lstm::StandardLstm>(None), [0.3_f64.tanh() / 2.0, 0.3]);
    assert_eq!(rest::<lstm::LstmNoForgetGate>(None), [0.6_f64.tanh() / 2.0, 0.6]);
    assert_eq!(rest::<gru::GruResetBefore>(None), [0.3]);
    assert_eq!(rest::<gru::GruResetAfter>(None), [0.3]);
    assert_eq!(rest::<gru::Mgu>(None), [0.3]);
    assert_eq!(rest::<gru::Ugrnn>(None), [0.3]);
    assert_eq!(rest::<gru::MinGru>(None), [0.3]);
    assert_eq!(rest::<lstm::MinLstm>(None), [0.3]);
}

/// The bias called remembering keeps more of the memory (the last slot) one way and less the other.
#[test]
fn the_remembering_bias_remembers_in_its_direction() {
    fn check<C: Cell>() {
        let Some(remember) = C::FACTS.remember else { return };
        let kept = |amount: f64| {
            let value = if remember.positive { amount } else { -amount };
            *rest::<C>(Some((remember.bias, value))).last().unwrap()
        };
        let (less, more) = (kept(-2.0), kept(2.0));
        assert!(less < kept(0.0) && kept(0.0) < more, "{}: {less}, {more}", C::FACTS.name);
    }
    let all: [fn(); _] = of_every_cell!(check);
    all.into_iter().for_each(|check| check());
}

/// Every cell but those that cannot forget, or keep by their matrices or constants.
#[test]
fn gated_cells_have_a_remembering_bias() {
    let all = zoo::Zoo::standard();
    let without = all.cells().filter(|facts| facts.remember.is_none());
    let names: Vec<_> = without.map(|facts| facts.name).collect();
    assert_eq!(
        names,
        ["rnn", "rnn_relu", "indrnn", "antisymmetric_rnn", "cornn", "lstm_nfg", "nas"]
    );
}
