//! A number type that records what is computed: a cell's equations as text, its gates, its operations.

use crate::graph::{Binding, Function, Operator, Place, Value, with_graph};
use crate::{Block, Cell, Real};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number of a graph that this thread writes: what it is made of, not its value.
#[derive(Clone, Copy, Debug)]
pub struct Expr(Place);

impl Expr {
    /// Something that is given, and written as `text`.
    pub fn symbol(text: &str) -> Self {
        Self::given_as(text.to_owned(), Binding::Atom)
    }

    /// Something that is given, unlike all else.
    pub fn given() -> Self {
        Self(with_graph(|graph| graph.unlike(Value::Given("?".to_owned(), Binding::Atom))))
    }

    fn given_as(text: String, binding: Binding) -> Self {
        Self::put(Value::Given(text, binding))
    }

    fn put(value: Value) -> Self {
        Self(with_graph(|graph| graph.put(value)))
    }

    fn of(self, function: Function) -> Self {
        Self::put(Value::Function(function, self.0))
    }

    fn with(self, operator: Operator, other: Self) -> Self {
        Self::put(Value::Operator(operator, self.0, other.0))
    }

    fn text(self) -> String {
        with_graph(|graph| graph.text(self.0).0)
    }

    fn define(self, name: &'static str, gate: bool) -> Self {
        with_graph(|graph| graph.define(self.0, name, gate));
        self
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl $trait for Expr {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.with(Operator::$trait, other)
            }
        }
    )*};
}
operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Expr {
    type Output = Self;
    fn neg(self) -> Self {
        self.of(Function::Neg)
    }
}

macro_rules! functions {
    ($($method:ident $function:ident),*) => {$(
        fn $method(self) -> Self {
            self.of(Function::$function)
        }
    )*};
}

impl Real for Expr {
    fn constant(value: f64) -> Self {
        Self::put(Value::Constant(value.to_bits()))
    }

    functions!(
        sigmoid Sigmoid, tanh Tanh, relu Relu, above_zero AboveZero, exp Exp, ln Ln, sqrt Sqrt, abs Abs,
        softplus Softplus
    );

    fn max(self, other: Self) -> Self {
        self.with(Operator::Max, other)
    }

    fn named(self, name: &'static str) -> Self {
        self.define(name, false)
    }

    fn gate(self, name: &'static str) -> Self {
        self.define(name, true)
    }
}

/// What some work on numbers of type [`Expr`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The equations, one a line: what it gave names to.
    pub lines: Vec<String>,
    /// Names of the gates: values of σ, perhaps shifted or scaled by a constant, and what was
    /// [named a gate](Real::gate).
    pub gates: Vec<&'static str>,
    /// How many different operations it did: the same one on the same numbers counts once, wherever it
    /// stands, and a function such as σ as one.
    pub operations: usize,
}

/// Runs `work` on numbers that it makes itself.
pub fn written<R>(work: impl FnOnce() -> R) -> Written {
    with_graph(crate::graph::Graph::clear);
    work();
    with_graph(|graph| Written {
        lines: graph.lines(),
        gates: graph.gates(),
        operations: graph.operations(),
    })
}

/// What a cell computes in one step, written by running its `step`. A prime marks the old state; W
/// multiplies the input x, U the old hidden state h', V what the second stage modulates; LN is layer
/// normalisation, over all blocks of a product together, and γ its gains.
fn step<C: Cell>() -> Written {
    let facts = C::FACTS;
    written(|| {
        let state = Block::from_fn(|k| Expr::symbol(&format!("{}'", facts.state[k])));
        let names = || facts.unit.iter().chain(facts.scalar);
        let unit =
            Block::from_fn(|k| names().nth(k).map_or_else(Expr::given, |name| Expr::symbol(name)));
        let modulated = C::modulate(pre_activations::<C>(&[]), state, unit);
        let pre = pre_activations::<C>(modulated.as_slice());
        let new = C::step(pre, state, unit);
        if let Some(slot) = facts.normalised_state {
            let normal = Expr::symbol(&format!("LN({})", new.as_slice()[slot].text()));
            let of = |k: usize| if k == slot { normal } else { new.as_slice()[k] };
            C::finish(pre, Block::from_fn(of), unit);
        }
    })
}

/// Pre-activations, given what the second stage modulates.
fn pre_activations<C: Cell>(modulated: &[Expr]) -> C::Pre<Expr> {
    let facts = C::FACTS;
    let product = |matrix: char, vector: &str, name: &str| match facts.normalised_products {
        true => {
            let gain = &vector[..1];
            format!("γ{gain}_{name} ⊙ LN({matrix} {vector})_{name}")
        }
        false => format!("{matrix}_{name} {vector}"),
    };
    Block::from_fn(|block| {
        let name = facts.pre[block];
        let mut terms = Vec::new();
        if facts.input.contains(&block) {
            terms.push(match block < facts.input.start + facts.direct {
                true => "x".to_owned(),
                false => product('W', "x", name),
            });
        }
        if facts.recurrent.contains(&block) {
            terms.push(match facts.antisymmetric {
                true => format!("(U_{name} − U_{name}ᵀ) h'"),
                false => product('U', "h'", name),
            });
        }
        if facts.modulated.contains(&block)
            && let Some(m) = modulated.get(block - facts.modulated.start)
        {
            let m = with_graph(|graph| graph.within(m.0, Binding::Atom));
            terms.push(format!("V_{name} {m}"));
        }
        if facts.biased().contains(&block) {
            terms.push(format!("b_{name}"));
        }
        let binding = if terms.len() > 1 { Binding::Sum } else { Binding::Atom };
        Expr::given_as(terms.join(" + "), binding)
    })
}

/// The equations of a cell, one a line.
pub fn equations<C: Cell>() -> Vec<String> {
    step::<C>().lines
}

/// Names of a cell's gates; a state is none.
pub fn gates<C: Cell>() -> Vec<String> {
    let gates = step::<C>().gates.into_iter();
    gates.filter(|name| !C::FACTS.state.contains(name)).map(str::to_owned).collect()
}

/// Floating-point operations of a cell's pointwise part, per hidden unit and step, forward. What both
/// stages compute is counted once.
pub fn pointwise_flops<C: Cell>() -> usize {
    step::<C>().operations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count<R>(work: impl FnOnce(Expr, Expr) -> R) -> usize {
        written(|| work(Expr::given(), Expr::given())).operations
    }

    #[test]
    fn the_same_operation_on_the_same_numbers_counts_once() {
        assert_eq!(count(|a, b| [a.sigmoid() * b, a.sigmoid() * b]), 2);
        assert_eq!(count(|a, b| [a.sigmoid() * b, b * a.sigmoid(), a.tanh()]), 4);
        let one = || Expr::constant(1.0);
        assert_eq!(count(|a, _| (one() - a) + (one() - a) * (Expr::constant(2.0) - a)), 4);
        // Nothing is left over from before.
        assert_eq!(count(|a, _| a.sigmoid()), 1);
    }

    #[test]
    fn gates_are_values_of_sigma_or_named_so() {
        let found = written(|| {
            let [a, b] = [Expr::symbol("a"), Expr::symbol("b")];
            let f = a.sigmoid().named("f");
            (Expr::constant(1.0) - b.sigmoid()).named("i");
            (a * a.sigmoid()).named("product of one");
            (Expr::constant(1.0) - f).named("other side of one");
            (-b).exp().gate("e");
            (f * b).named("f");
        });
        assert_eq!(found.gates, ["f", "i", "e"]);
        let lines = [
            "f = σ(a)",
            "i = 1 − σ(b)",
            "product of one = a ⊙ f",
            "other side of one = 1 − f",
            "e = exp(−b)",
            "f = f ⊙ b",
        ];
        assert_eq!(found.lines, lines);
    }
}
