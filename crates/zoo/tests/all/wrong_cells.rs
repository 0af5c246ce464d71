//! Cells with a mistake in them: what the conformance checks find.

use cell::{Backward, Bias, Cell, Facts, Real, Remember};
use dfdx::prelude::Const;
use gru::GruResetBefore;
use lstm::StandardLstm;
use std::cell::Cell as Counter;

const FINITE_DIFFERENCES: &str = "gradients agree with finite differences";
const GIVEN_BACKWARD: &str = "the given backward step is the derived one";

/// Names of the checks that `C` fails.
fn failed<C: Cell>() -> Vec<&'static str> {
    let checks = conformance::run::<C>();
    checks.into_iter().filter(|check| !check.passed()).map(|check| check.name).collect()
}

/// A GRU whose hand-derived gradient of the update gate has the wrong sign.
#[derive(Debug, Clone, Copy, Default)]
struct WrongSign;

impl Cell for WrongSign {
    const FACTS: Facts = Facts { name: "wrong_sign", ..GruResetBefore::FACTS };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn modulate<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::modulate(pre, state, unit)
    }

    fn step<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::step(pre, state, unit)
    }

    fn step_backward<R: Real>(
        pre: [R; 3],
        state: [R; 1],
        unit: [R; 0],
        new: [R; 1],
        d_new: [R; 1],
    ) -> Backward<Self, R> {
        let Backward { pre: [d_r, d_z, d_n], state, unit } =
            GruResetBefore::step_backward(pre, state, unit, new, d_new);
        Backward { pre: [d_r, -d_z, d_n], state, unit }
    }
}

#[test]
fn a_wrong_sign_in_the_gradient_of_a_gate() {
    assert_eq!(failed::<WrongSign>(), [FINITE_DIFFERENCES, GIVEN_BACKWARD]);
}

/// An LSTM whose hand-derived gradient forgets that h depends on c.
#[derive(Debug, Clone, Copy, Default)]
struct LostPath;

impl Cell for LostPath {
    const FACTS: Facts = Facts { name: "lost_path", ..StandardLstm::FACTS };

    type Pre<R: Real> = [R; 4];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 2];
    type Unit<R: Real> = [R; 0];

    fn step<R: Real>(pre: [R; 4], state: [R; 2], unit: [R; 0]) -> [R; 2] {
        StandardLstm::step(pre, state, unit)
    }

    fn step_backward<R: Real>(
        pre: [R; 4],
        state: [R; 2],
        unit: [R; 0],
        new: [R; 2],
        [d_h, d_c]: [R; 2],
    ) -> Backward<Self, R> {
        let zero = R::constant(0.0);
        let through_c = StandardLstm::step_backward(pre, state, unit, new, [zero, d_c]);
        let through_o = StandardLstm::step_backward(pre, state, unit, new, [d_h, zero]);
        let ([d_i, d_f, d_g, _], [.., d_o]) = (through_c.pre, through_o.pre);
        Backward { pre: [d_i, d_f, d_g, d_o], state: through_c.state, unit }
    }
}

#[test]
fn a_gradient_that_drops_one_path() {
    assert_eq!(failed::<LostPath>(), [FINITE_DIFFERENCES, GIVEN_BACKWARD]);
}

/// A GRU whose second stage forgets that m depends on the old state too.
#[derive(Debug, Clone, Copy, Default)]
struct LostState;

impl Cell for LostState {
    const FACTS: Facts = Facts { name: "lost_state", ..GruResetBefore::FACTS };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn modulate<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::modulate(pre, state, unit)
    }

    fn step<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::step(pre, state, unit)
    }

    fn modulate_backward<R: Real>(
        pre: [R; 3],
        state: [R; 1],
        unit: [R; 0],
        d_modulated: [R; 1],
    ) -> Backward<Self, R> {
        let found = GruResetBefore::modulate_backward(pre, state, unit, d_modulated);
        Backward { pre: found.pre, state: [R::constant(0.0)], unit: found.unit }
    }
}

#[test]
fn a_second_stage_that_drops_one_path() {
    assert_eq!(failed::<LostState>(), [FINITE_DIFFERENCES, GIVEN_BACKWARD]);
}

thread_local! {
    /// Units that [`Leaking`] has computed.
    static COMPUTED: Counter<usize> = const { Counter::new(0) };
}

/// An RNN that leaves something behind in a static, so that what one sequence of a batch computed
/// reaches the next.
#[derive(Debug, Clone, Copy, Default)]
struct Leaking;

impl Cell for Leaking {
    const FACTS: Facts = Facts { name: "leaking", ..vanilla::TanhRnn::FACTS };

    type Pre<R: Real> = [R; 1];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn step<R: Real>([a]: [R; 1], _: [R; 1], []: [R; 0]) -> [R; 1] {
        let computed = COMPUTED.get();
        COMPUTED.set(computed + 1);
        [(a + R::constant((computed % 7) as f64)).tanh().named("h")]
    }
}

#[test]
fn a_state_that_leaks_between_the_sequences_of_a_batch() {
    let failed = failed::<Leaking>();
    for check in [
        "a batch equals its sequences one by one",
        "sequences of different lengths equal each alone",
        "two carried pieces equal the whole",
    ] {
        assert!(failed.contains(&check), "{failed:?}");
    }
}

/// A GRU whose second stage reads the candidate, which that stage is there to complete.
#[derive(Debug, Clone, Copy, Default)]
struct TooEarly;

impl Cell for TooEarly {
    const FACTS: Facts = Facts { name: "too_early", ..GruResetBefore::FACTS };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn modulate<R: Real>([_, _, n]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        [n.sigmoid() * h]
    }

    fn step<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::step(pre, state, unit)
    }
}

#[test]
fn a_second_stage_that_reads_what_it_completes() {
    assert!(failed::<TooEarly>().contains(&"the second stage reads complete values only"));
}

/// A cell that names neither its paper nor its new state and gives two gates one name.
#[derive(Debug, Clone, Copy, Default)]
struct Nameless;

impl Cell for Nameless {
    const FACTS: Facts =
        Facts { name: "nameless", source: "", pre: &["r", "z", "z"], ..gru::Ugrnn::FACTS };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn step<R: Real>([n, g, _]: [R; 3], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
        let g = g.sigmoid();
        [g * h + (R::constant(1.0) - g) * n.tanh()]
    }
}

#[test]
fn names_that_are_missing_or_given_twice() {
    assert_eq!(
        failed::<Nameless>(),
        [
            "names are unique, the hidden state first",
            "the equations are written out to the new state"
        ]
    );
}

/// A GRU of which FACTS say that it remembers with a large bias of z, which rather makes it forget.
#[derive(Debug, Clone, Copy, Default)]
struct Forgetful;

impl Cell for Forgetful {
    const FACTS: Facts = Facts {
        name: "forgetful",
        remember: Some(Remember { bias: Bias::Block(1), positive: true }),
        ..GruResetBefore::FACTS
    };

    type Pre<R: Real> = [R; 3];
    type Modulated<R: Real> = [R; 1];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn modulate<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::modulate(pre, state, unit)
    }

    fn step<R: Real>(pre: [R; 3], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        GruResetBefore::step(pre, state, unit)
    }
}

#[test]
fn a_remembering_bias_with_the_wrong_sign() {
    assert_eq!(failed::<Forgetful>(), ["a large remembering bias keeps the state"]);
}

/// One name for two blocks.
#[derive(Debug, Clone, Copy, Default)]
struct Unfitting;

impl Cell for Unfitting {
    const FACTS: Facts = Facts { name: "unfitting", pre: &["n"], ..gru::Ugrnn::FACTS };

    type Pre<R: Real> = [R; 2];
    type Modulated<R: Real> = [R; 0];
    type State<R: Real> = [R; 1];
    type Unit<R: Real> = [R; 0];

    fn step<R: Real>(pre: [R; 2], state: [R; 1], unit: [R; 0]) -> [R; 1] {
        gru::Ugrnn::step(pre, state, unit)
    }
}

#[test]
fn facts_that_do_not_fit_are_one_sentence_wherever_the_cell_is_used() {
    let sentence = "cell `unfitting` (`all::wrong_cells::Unfitting`): FACTS.pre must name each block of \
                    `type Pre`: as many names as the array is long";
    assert_eq!(conformance::failures::<Unfitting>(), [sentence]);
    let refused = zoo::Zoo::standard().with::<Unfitting>();
    assert_eq!(refused.unwrap_err().to_string(), sentence);
    let layer =
        sequence::Layer::<Unfitting, Const<2>, Const<3>>::new(&dfdx::prelude::Cpu::default(), 1);
    assert_eq!(layer.map(|_| ()).unwrap_err().to_string(), sentence);
}
