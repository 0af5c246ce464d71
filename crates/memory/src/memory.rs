//! What a memory is: its facts and its pointwise equations.

use crate::kernel::{Erase, Keep, Sizes, Terms};
use cell::{Block, Expr, Real, Start, Written, written};
use std::ops::Range;

/// A recurrence with a matrix state.
///
/// The input is projected once for a whole sequence. From a head's projections the pointwise functions
/// below make what the kernel reads, number by number; they are generic over the number type, so the
/// backward pass, the costs and the equations follow. All of them should be marked
/// `#[inline(always)]`.
pub trait Memory: Terms + Copy + Default + Send + Sync {
    /// Names, projections and source.
    const FACTS: Facts;

    /// One number of each projection that is as long as a key.
    type Keys<R: Real>: Block<R>;
    /// One number of each projection that is as long as a value.
    type Values<R: Real>: Block<R>;
    /// The projections that are one number a head.
    type Heads<R: Real>: Block<R>;
    /// Learned numbers of a head.
    type Unit<R: Real>: Block<R>;
    /// The gates of a head: what is the same for all numbers of its keys and values. Where w is one
    /// number a head and step ([`Keep::Number`]), it is the first.
    type Gates<R: Real>: Block<R>;

    /// The gates of a head.
    fn gates<R: Real>(heads: Self::Heads<R>, unit: Self::Unit<R>) -> Self::Gates<R>;

    /// What is made of the key-sized projections before some are normalised.
    #[inline(always)]
    fn features<R: Real>(keys: Self::Keys<R>) -> Self::Keys<R> {
        keys
    }

    /// w, a, b, k and q from the features, of which some are normalised, and from the key-sized projections
    /// as they are; those that the terms do not have are not looked at.
    fn terms<R: Real>(
        features: Self::Keys<R>,
        keys: Self::Keys<R>,
        gates: Self::Gates<R>,
    ) -> KeyTerms<R>;

    /// v from the value-sized projections.
    fn value<R: Real>(values: Self::Values<R>, gates: Self::Gates<R>) -> R;

    /// What leaves the layer, of what the kernel has read; `normaliser` is what it has read of that row
    /// ([`Facts::normaliser`]), 0 where there is none.
    #[inline(always)]
    fn output<R: Real>(
        read: R,
        normaliser: R,
        values: Self::Values<R>,
        gates: Self::Gates<R>,
    ) -> R {
        let _ = (normaliser, values, gates);
        read
    }

    /// The constant share of the old state that head `head` of `heads` keeps ([`Keep::Head`]).
    fn share(head: usize, heads: usize) -> f64 {
        let _ = (head, heads);
        1.0
    }
}

/// What the kernel reads at one number of a key.
#[derive(Debug, Clone, Copy)]
pub struct KeyTerms<R> {
    /// w, where it is a vector.
    pub keep: R,
    /// a.
    pub erase: R,
    /// b, where it is not k.
    pub along: R,
    /// k.
    pub key: R,
    /// q.
    pub query: R,
}

impl<R: Real> KeyTerms<R> {
    /// k and q alone.
    #[inline(always)]
    pub fn new(key: R, query: R) -> Self {
        let zero = R::constant(0.0);
        Self { keep: zero, erase: zero, along: zero, key, query }
    }
}

/// What is known about a memory besides its equations.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Name in experiment files.
    pub name: &'static str,
    /// Name in figures and tables.
    pub title: &'static str,
    /// Paper, and any known deviation.
    pub source: &'static str,
    /// Names of the projections that are as long as a key.
    pub keys: &'static [&'static str],
    /// Names of those that are as long as a value.
    pub values: &'static [&'static str],
    /// Names of those that are one number a head.
    pub heads: &'static [&'static str],
    /// Names of the learned numbers of a head.
    pub unit: &'static [&'static str],
    /// How these start; at 0 where none is listed.
    pub starts: &'static [Start],
    /// Projections that have a bias, keys first, then values, then heads.
    pub biased: Range<usize>,
    /// How these biases start; as a layer's biases do where none is listed.
    pub bias_starts: &'static [Start],
    /// Key-sized projections that are divided by their Euclidean norm, head by head.
    pub normalised: Range<usize>,
    /// The state has one row more, n, to which 1 is written along every key.
    pub normaliser: bool,
    /// The first two gates are logarithms, of the share that is kept and of the weight of what is written. A
    /// head carries the level m = max(ln w + m', ln i), at 0 before the first step, and in place of these
    /// gates and a third one all else reads exp(ln w + m' − m), exp(ln i − m) and exp(−m): none is large, S
    /// stands for S e^m. What leaves the layer must not depend on m.
    pub stabilised: bool,
}

impl Facts {
    /// No names, no biases, nothing normalised.
    pub const DEFAULT: Self = Self {
        name: "",
        title: "",
        source: "",
        keys: &[],
        values: &[],
        heads: &[],
        unit: &[],
        starts: &[],
        biased: 0..0,
        bias_starts: &[],
        normalised: 0..0,
        normaliser: false,
        stabilised: false,
    };

    /// Does not compile where the names of a memory and the lengths of its arrays do not fit. For
    /// `const { M::FACTS.check::<M>() }`.
    pub const fn check<M: Memory>(&self) {
        assert!(
            self.keys.len() == <M::Keys<f64> as Block<f64>>::LEN,
            "FACTS.keys must name each projection of `type Keys`: as many names as the array is long"
        );
        assert!(
            self.values.len() == <M::Values<f64> as Block<f64>>::LEN,
            "FACTS.values must name each projection of `type Values`: as many names as the array is long"
        );
        assert!(
            self.heads.len() == <M::Heads<f64> as Block<f64>>::LEN,
            "FACTS.heads must name each projection of `type Heads`: as many names as the array is long"
        );
        assert!(
            self.unit.len() == <M::Unit<f64> as Block<f64>>::LEN,
            "FACTS.unit must name each number of `type Unit`: as many names as the array is long"
        );
        assert!(
            self.normalised.end <= self.keys.len(),
            "FACTS.normalised is a range of FACTS.keys and may not reach beyond the last"
        );
        assert!(
            self.bias_starts.len() <= self.biased.end - self.biased.start,
            "FACTS.bias_starts has more entries than projections have a bias"
        );
        assert!(
            self.biased.end <= self.keys.len() + self.values.len() + self.heads.len(),
            "FACTS.biased is a range of all projections and may not reach beyond the last"
        );
        assert!(
            !matches!(M::KEEP, Keep::Number) || <M::Gates<f64> as Block<f64>>::LEN > 0,
            "the first of `type Gates` is w where KEEP is Number"
        );
        assert!(
            !self.stabilised
                || (matches!(M::KEEP, Keep::Number) && <M::Gates<f64> as Block<f64>>::LEN > 2),
            "FACTS.stabilised needs three gates, the first of which is w: KEEP must be Number"
        );
    }
}

/// Sizes of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySizes {
    /// Input features I.
    pub input: usize,
    /// Heads.
    pub heads: usize,
    /// Numbers of a key, K.
    pub key: usize,
    /// Numbers of a value, V; the layer's output has heads · V features.
    pub value: usize,
}

impl MemorySizes {
    /// Features that leave the layer.
    pub fn output(self) -> usize {
        self.heads * self.value
    }

    /// Rows of a head's state: its values and, where it has one, the normaliser.
    pub fn rows<M: Memory>(self) -> usize {
        self.value + usize::from(M::FACTS.normaliser)
    }

    /// Numbers carried for each sequence.
    pub fn state<M: Memory>(self) -> usize {
        self.heads * (self.rows::<M>() * self.key + usize::from(M::FACTS.stabilised))
    }

    /// Features of all projections together.
    pub fn projected<M: Memory>(self) -> usize {
        let facts = M::FACTS;
        let head =
            facts.keys.len() * self.key + facts.values.len() * self.value + facts.heads.len();
        self.heads * head
    }

    /// Where each projection lies among those features: keys, values, heads.
    pub(crate) fn places<M: Memory>(self) -> Vec<Range<usize>> {
        let facts = M::FACTS;
        let keys = facts.keys.iter().map(|_| self.key);
        let values = facts.values.iter().map(|_| self.value);
        let widths = keys.chain(values).chain(facts.heads.iter().map(|_| 1));
        let mut end = 0;
        let place = |width| {
            let start = end;
            end += width * self.heads;
            start..end
        };
        widths.map(place).collect()
    }

    /// The features that have a bias.
    pub(crate) fn biased<M: Memory>(self) -> Range<usize> {
        let places = self.places::<M>();
        match &places[M::FACTS.biased] {
            [] => 0..0,
            [first, .., last] => first.start..last.end,
            [one] => one.clone(),
        }
    }

    /// Parameters of a layer of memory `M`.
    pub fn parameters<M: Memory>(self) -> usize {
        self.projected::<M>() * self.input
            + self.biased::<M>().len()
            + M::FACTS.unit.len() * self.heads
    }

    /// Floating-point operations of one step, forward, for one sequence.
    pub fn flops<M: Memory>(self) -> usize {
        let Self { input, heads, key, value } = self;
        let kernel = Sizes { steps: 1, batch: 1, heads, key, value: self.rows::<M>() };
        let given = |_| Expr::given();
        let gates = written(|| {
            stabilise::<M>(M::gates(Block::from_fn(given), Block::from_fn(given)));
        });
        let gates = gates.operations;
        let keys = written(|| {
            let keys = Block::from_fn(given);
            M::terms(M::features::<Expr>(keys), keys, Block::from_fn(given))
        });
        // A norm multiplies and adds, and divides, every number.
        let keys = keys.operations + 3 * M::FACTS.normalised.len() + 1;
        let values = written(|| {
            M::value::<Expr>(Block::from_fn(given), Block::from_fn(given));
            let (read, normaliser) = (Expr::given(), Expr::given());
            M::output(read, normaliser, Block::from_fn(given), Block::from_fn(given));
        });
        2 * self.projected::<M>() * input
            + heads * (kernel.flops::<M>() + gates + key * keys + value * values.operations)
    }
}

/// Names of a memory's gates.
pub fn gates<M: Memory>() -> Vec<String> {
    step::<M>().gates.into_iter().map(str::to_owned).collect()
}

/// The gates in place of their logarithms, where a memory is stabilised.
fn stabilise<M: Memory>(mut gates: M::Gates<Expr>) -> M::Gates<Expr> {
    if M::FACTS.stabilised
        && let [keep, write, level, ..] = gates.as_mut_slice()
    {
        let kept = *keep + Expr::symbol("m'");
        let m = kept.max(*write).named("m");
        *keep = (kept - m).exp().gate("w");
        *write = (*write - m).exp().gate("i");
        *level = (-m).exp();
    }
    gates
}

/// What a memory makes of its projections in one step.
fn step<M: Memory>() -> Written {
    let facts = M::FACTS;
    let mut place = 0;
    let mut projection = |name: &str| {
        let bias = if facts.biased.contains(&place) { " + b_" } else { "" };
        place += 1;
        match bias {
            "" => Expr::symbol(&format!("W_{name} x")),
            _ => Expr::symbol(&format!("(W_{name} x + b_{name})")),
        }
    };
    written(|| {
        let keys: M::Keys<Expr> = Block::from_fn(|k| projection(facts.keys[k]));
        let values: M::Values<Expr> = Block::from_fn(|k| projection(facts.values[k]));
        let heads: M::Heads<Expr> = Block::from_fn(|k| projection(facts.heads[k]));
        let unit: M::Unit<Expr> = Block::from_fn(|k| Expr::symbol(facts.unit[k]));
        let gates = stabilise::<M>(M::gates(heads, unit));
        let features = M::features(keys);
        let named = |k: usize| {
            let feature = features.as_slice()[k].named(facts.keys[k]);
            match facts.normalised.contains(&k) {
                true => Expr::symbol(&format!("{}/‖{}‖", facts.keys[k], facts.keys[k])),
                false => feature,
            }
        };
        let terms = M::terms(Block::from_fn(named), keys, gates);
        if M::KEEP == Keep::Vector {
            terms.keep.gate("w");
        }
        if M::ERASE != Erase::Nothing {
            terms.erase.named("a");
        }
        if M::ERASE == Erase::Along {
            terms.along.named("b");
        }
        terms.key.named("k̄");
        terms.query.named("q̄");
        let value = M::value(values, gates).named("v̄");
        let _ = value;
        // Where it is divided, in brackets.
        let read = if facts.normaliser { "(S q̄ / √K)" } else { "S q̄ / √K" };
        let normaliser = Expr::symbol("(nᵀ q̄ / √K)");
        M::output(Expr::symbol(read), normaliser, values, gates).named("h");
    })
}

/// The equations of a memory, one a line: W multiplies the input x, ‖ ‖ is the Euclidean norm of a head's
/// vector.
pub fn equations<M: Memory>() -> Vec<String> {
    let Written { mut lines, .. } = step::<M>();
    let keep = match M::KEEP {
        Keep::All => "S'".to_owned(),
        Keep::Head => "γ S'".to_owned(),
        Keep::Number => "w S'".to_owned(),
        Keep::Vector => "S' diag(w)".to_owned(),
    };
    let erase = match M::ERASE {
        Erase::Nothing => "",
        Erase::AlongKey => " + (S' a) k̄ᵀ",
        Erase::Along => " + (S' a) bᵀ",
    };
    let at = lines.len().saturating_sub(1);
    lines.insert(at, format!("S = {keep}{erase} + v̄ k̄ᵀ"));
    if M::FACTS.normaliser {
        let [keep, erase] = [&keep, erase].map(|term| term.replace("S'", "n'ᵀ"));
        lines.insert(at + 1, format!("nᵀ = {keep}{erase} + k̄ᵀ"));
    }
    lines
}
