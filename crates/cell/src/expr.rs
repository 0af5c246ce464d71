//! A number type that writes down what is computed: the equations of a cell as text.

use crate::{Block, Cell, Real};
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

thread_local! {
    static PAGE: RefCell<Page> = const { RefCell::new(Page { terms: Vec::new(), lines: Vec::new() }) };
}

/// What has been written so far on this thread.
struct Page {
    terms: Vec<Term>,
    lines: Vec<String>,
}

#[derive(Clone)]
struct Term {
    text: String,
    /// How tightly the outermost operation binds.
    binding: Binding,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Sum,
    Product,
    Atom,
}

/// A term of an equation.
#[derive(Clone, Copy, Debug)]
pub struct Expr(usize);

impl Expr {
    /// A name, for something that is given.
    pub fn symbol(name: &str) -> Self {
        Self::write(name.to_owned(), Binding::Atom)
    }

    fn write(text: String, binding: Binding) -> Self {
        PAGE.with_borrow_mut(|page| {
            page.terms.push(Term { text, binding });
            Self(page.terms.len() - 1)
        })
    }

    fn term(self) -> Term {
        PAGE.with_borrow(|page| page.terms[self.0].clone())
    }

    /// The text, in brackets if its outermost operation binds less tightly than `least`.
    fn within(self, least: Binding) -> String {
        let Term { text, binding } = self.term();
        if binding < least { format!("({text})") } else { text }
    }

    fn function(self, name: &str) -> Self {
        let text = self.term().text;
        Self::write(format!("{name}({text})"), Binding::Atom)
    }
}

impl Add for Expr {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let text = format!("{} + {}", self.within(Binding::Sum), other.within(Binding::Sum));
        Self::write(text, Binding::Sum)
    }
}

impl Sub for Expr {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let text = format!("{} − {}", self.within(Binding::Sum), other.within(Binding::Product));
        Self::write(text, Binding::Sum)
    }
}

impl Mul for Expr {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let text =
            format!("{} ⊙ {}", self.within(Binding::Product), other.within(Binding::Product));
        Self::write(text, Binding::Product)
    }
}

impl Div for Expr {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let text = format!("{} / {}", self.within(Binding::Product), other.within(Binding::Atom));
        Self::write(text, Binding::Product)
    }
}

impl Neg for Expr {
    type Output = Self;
    fn neg(self) -> Self {
        Self::write(format!("−{}", self.within(Binding::Product)), Binding::Product)
    }
}

impl Real for Expr {
    fn constant(value: f64) -> Self {
        Self::write(value.to_string(), Binding::Atom)
    }

    fn sigmoid(self) -> Self {
        self.function("σ")
    }

    fn tanh(self) -> Self {
        self.function("tanh")
    }

    fn relu(self) -> Self {
        self.function("relu")
    }

    fn above_zero(self) -> Self {
        self.function("above_zero")
    }

    fn exp(self) -> Self {
        self.function("exp")
    }

    fn ln(self) -> Self {
        self.function("ln")
    }

    fn sqrt(self) -> Self {
        Self::write(format!("√{}", self.within(Binding::Atom)), Binding::Atom)
    }

    fn abs(self) -> Self {
        Self::write(format!("|{}|", self.term().text), Binding::Atom)
    }

    fn max(self, other: Self) -> Self {
        Self::write(format!("max({}, {})", self.term().text, other.term().text), Binding::Atom)
    }

    fn softplus(self) -> Self {
        self.function("softplus")
    }

    /// Ends the line `name = …` and goes on with the name alone. A gate that both stages compute
    /// is written once.
    fn named(self, name: &'static str) -> Self {
        let line = format!("{name} = {}", self.term().text);
        PAGE.with_borrow_mut(|page| {
            if !page.lines.contains(&line) {
                page.lines.push(line);
            }
        });
        Self::write(name.to_owned(), Binding::Atom)
    }
}

/// The equations that `work` writes, one a line: what it gives names to.
pub fn written(work: impl FnOnce()) -> Vec<String> {
    PAGE.set(Page { terms: Vec::new(), lines: Vec::new() });
    work();
    PAGE.with_borrow(|page| page.lines.clone())
}

/// The equations of a cell, one a line, written by running its `step`. A prime marks the old
/// state; W multiplies the input x, U the old hidden state h', V what the second stage modulates;
/// LN is layer normalisation, over all blocks of a product together, and γ its gains.
pub fn equations<C: Cell>() -> Vec<String> {
    let facts = C::FACTS;
    PAGE.set(Page { terms: Vec::new(), lines: Vec::new() });
    let state = Block::from_fn(|k| Expr::write(format!("{}'", facts.state[k]), Binding::Atom));
    let names = || facts.unit.iter().chain(facts.scalar);
    let unit = Block::from_fn(|k| {
        let name = names().nth(k).map_or(String::new(), |name| (*name).to_owned());
        Expr::write(name, Binding::Atom)
    });
    let product = |matrix: char, vector: &str, name: &str| match facts.normalised_products {
        true => {
            let gain = &vector[..1];
            format!("γ{gain}_{name} ⊙ LN({matrix} {vector})_{name}")
        }
        false => format!("{matrix}_{name} {vector}"),
    };
    let pre = |modulated: &[Expr]| {
        C::Pre::<Expr>::from_fn(|block| {
            let name = facts.pre[block];
            let mut terms = Vec::new();
            if facts.input.contains(&block) {
                terms.push(match block < facts.input.start + facts.direct {
                    true => "x".to_owned(),
                    false => product('W', "x", name),
                });
            }
            if facts.recurrent.contains(&block) {
                terms.push(product('U', "h'", name));
            }
            if facts.modulated.contains(&block)
                && let Some(m) = modulated.get(block - facts.modulated.start)
            {
                terms.push(format!("V_{name} {}", m.within(Binding::Atom)));
            }
            if facts.biased().contains(&block) {
                terms.push(format!("b_{name}"));
            }
            let binding = if terms.len() > 1 { Binding::Sum } else { Binding::Atom };
            Expr::write(terms.join(" + "), binding)
        })
    };
    let modulated = C::modulate(pre(&[]), state, unit);
    let pre = pre(modulated.as_slice());
    let new = C::step(pre, state, unit);
    if let Some(slot) = facts.normalised_state {
        let normal = new.as_slice()[slot].function("LN");
        let of = |k: usize| if k == slot { normal } else { new.as_slice()[k] };
        C::finish(pre, Block::from_fn(of), unit);
    }
    PAGE.with_borrow(|page| page.lines.clone())
}

/// Names of the gates: what the [`equations`] compute with σ, states aside.
pub fn gates<C: Cell>() -> Vec<String> {
    let gate = |line: String| {
        let (name, value) = line.split_once(" = ")?;
        let gates = value.contains("σ(") && !C::FACTS.state.contains(&name);
        gates.then(|| name.to_owned())
    };
    equations::<C>().into_iter().filter_map(gate).collect()
}
