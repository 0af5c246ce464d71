//! What is computed, as a graph: each number once, in the order in which it is first computed.

use std::cell::RefCell;
use std::collections::HashMap;

/// A function of one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Function {
    Neg,
    Sigmoid,
    Tanh,
    Relu,
    AboveZero,
    Exp,
    Ln,
    Sqrt,
    Abs,
    Softplus,
}

/// A function of two numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Max,
}

/// How tightly an operation binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Hash, Debug)]
pub(crate) enum Binding {
    Sum,
    Product,
    Atom,
}

/// Place of a number in the graph.
pub(crate) type Place = usize;

/// What a number is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Value {
    /// Given, and written like this.
    Given(String, Binding),
    /// A plain number, by its bits.
    Constant(u64),
    Function(Function, Place),
    Operator(Operator, Place, Place),
}

struct Node {
    value: Value,
    /// The name that it was given last.
    name: Option<&'static str>,
}

/// A number that was given a name.
struct Definition {
    name: &'static str,
    line: String,
    gate: bool,
}

/// The numbers computed on this thread since the graph was last emptied.
#[derive(Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// Where each value stands: the same operation on the same numbers gives the same number.
    places: HashMap<Value, Place>,
    definitions: Vec<Definition>,
}

/// Works on the thread's graph.
pub(crate) fn with_graph<R>(work: impl FnOnce(&mut Graph) -> R) -> R {
    thread_local!(static GRAPH: RefCell<Graph> = RefCell::default());
    GRAPH.with_borrow_mut(work)
}

impl Graph {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// A number that is like no other.
    pub(crate) fn unlike(&mut self, value: Value) -> Place {
        self.nodes.push(Node { value, name: None });
        self.nodes.len() - 1
    }

    /// The number of this value.
    pub(crate) fn put(&mut self, value: Value) -> Place {
        if let Some(&place) = self.places.get(&value) {
            return place;
        }
        let place = self.unlike(value.clone());
        self.places.insert(value, place);
        place
    }

    /// Ends the line `name = …`; from then on the number is written by its name. A number that two
    /// stages compute is written once.
    pub(crate) fn define(&mut self, place: Place, name: &'static str, gate: bool) {
        if self.nodes[place].name == Some(name) {
            return;
        }
        let gate = gate || self.is_sigmoid(place);
        let line = format!("{name} = {}", self.text(place).0);
        if !self.definitions.iter().any(|known| known.line == line) {
            self.definitions.push(Definition { name, line, gate });
        }
        self.nodes[place].name = Some(name);
    }

    /// Whether a number is a value of σ, perhaps shifted or scaled by a constant.
    fn is_sigmoid(&self, place: Place) -> bool {
        let constant = |place: Place| matches!(self.nodes[place].value, Value::Constant(_));
        let inner = |place: Place| self.nodes[place].name.is_none() && self.is_sigmoid(place);
        match self.nodes[place].value {
            Value::Function(Function::Sigmoid, _) => true,
            Value::Function(Function::Neg, of) => inner(of),
            Value::Operator(Operator::Max, ..) => false,
            Value::Operator(_, a, b) => (constant(a) && inner(b)) || (constant(b) && inner(a)),
            _ => false,
        }
    }

    /// All lines, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.definitions.iter().map(|known| known.line.clone()).collect()
    }

    /// Names of the gates, in order.
    pub(crate) fn gates(&self) -> Vec<&'static str> {
        self.definitions.iter().filter(|known| known.gate).map(|known| known.name).collect()
    }

    /// Different operations.
    pub(crate) fn operations(&self) -> usize {
        let computed =
            |node: &&Node| matches!(node.value, Value::Function(..) | Value::Operator(..));
        self.nodes.iter().filter(computed).count()
    }

    /// A number as it is written, and how tightly its outermost operation binds.
    pub(crate) fn text(&self, place: Place) -> (String, Binding) {
        let node = &self.nodes[place];
        if let Some(name) = node.name {
            return (name.to_owned(), Binding::Atom);
        }
        match &node.value {
            Value::Given(text, binding) => (text.clone(), *binding),
            Value::Constant(bits) => (f64::from_bits(*bits).to_string(), Binding::Atom),
            &Value::Function(function, of) => self.function(function, of),
            &Value::Operator(operator, a, b) => self.operator(operator, a, b),
        }
    }

    /// The same, in brackets if it binds less tightly than `least`.
    pub(crate) fn within(&self, place: Place, least: Binding) -> String {
        let (text, binding) = self.text(place);
        if binding < least { format!("({text})") } else { text }
    }

    fn function(&self, function: Function, of: Place) -> (String, Binding) {
        let name = match function {
            Function::Neg => {
                return (format!("−{}", self.within(of, Binding::Product)), Binding::Product);
            }
            Function::Sqrt => {
                return (format!("√{}", self.within(of, Binding::Atom)), Binding::Atom);
            }
            Function::Abs => return (format!("|{}|", self.text(of).0), Binding::Atom),
            Function::Sigmoid => "σ",
            Function::Tanh => "tanh",
            Function::Relu => "relu",
            Function::AboveZero => "above_zero",
            Function::Exp => "exp",
            Function::Ln => "ln",
            Function::Softplus => "softplus",
        };
        (format!("{name}({})", self.text(of).0), Binding::Atom)
    }

    fn operator(&self, operator: Operator, a: Place, b: Place) -> (String, Binding) {
        use Binding::{Atom, Product, Sum};
        let (sign, left, right, binding) = match operator {
            Operator::Add => ("+", Sum, Sum, Sum),
            Operator::Sub => ("−", Sum, Product, Sum),
            Operator::Mul => ("⊙", Product, Product, Product),
            Operator::Div => ("/", Product, Atom, Product),
            Operator::Max => {
                return (format!("max({}, {})", self.text(a).0, self.text(b).0), Atom);
            }
        };
        (format!("{} {sign} {}", self.within(a, left), self.within(b, right)), binding)
    }
}
