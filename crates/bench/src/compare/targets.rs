//! What rnnlab aims at, and what was reached.

use super::plan::{COMPARED, LONG};
use super::results::OURS;
use super::{Measurement, Results};
use crate::work::is_gated;
use crate::{Case, LayerCase, Work};
use zoo::Zoo;

/// What a number is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// An aim.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What is measured.
    pub what: String,
    /// What it is to be.
    pub wanted: Bound,
    /// What it is; none if it was not measured.
    pub measured: Option<f64>,
}

impl Target {
    /// Whether it was reached; none if it was not measured.
    pub fn met(&self) -> Option<bool> {
        self.measured.map(|measured| match self.wanted {
            Bound::AtLeast(bound) => measured >= bound,
            Bound::AtMost(bound) => measured <= bound,
        })
    }
}

const TORCH: &str = "torch";
const PYTHON_PEERS: [&str; 3] = [TORCH, "jax_flax", "jax_scan"];

/// Kinds of cases, as functions that pick them.
type Kind = fn(&Case) -> Option<&LayerCase>;

fn train(case: &Case) -> Option<&LayerCase> {
    if let Case::Train(layer) = case { Some(layer) } else { None }
}

fn forward(case: &Case) -> Option<&LayerCase> {
    if let Case::Forward(layer) = case { Some(layer) } else { None }
}

fn step(case: &Case) -> Option<&LayerCase> {
    if let Case::Step(layer) = case { Some(layer) } else { None }
}

fn memory(case: &Case) -> Option<&LayerCase> {
    if let Case::Memory(layer) = case { Some(layer) } else { None }
}

/// All aims, with what `results` say of each.
pub fn targets(results: &Results, zoo: &Zoo) -> Vec<Target> {
    let look = Look { results, zoo };
    let mut all = Vec::new();
    let of_model = |cell| format!("{cell}, language model's train step, times as fast as PyTorch");
    let mut add = |what: String, wanted, measured| all.push(Target { what, wanted, measured });

    let alone = results.threads == 1;
    let (gru, rnn, lstm, model) = if alone { (2.0, 1.6, 1.2, 1.5) } else { (1.8, 1.5, 1.1, 1.3) };
    for (cell, bound) in [("gru_reset_after", gru), ("rnn", rnn), ("lstm", lstm)] {
        let what = format!("{cell}, train step, times as fast as PyTorch");
        add(what, Bound::AtLeast(bound), look.ratio(cell, train, &[TORCH]));
    }
    if !alone {
        for cell in COMPARED {
            add(of_model(cell), Bound::AtLeast(model), look.model_ratio(cell));
        }
        return all;
    }
    for (cell, bound) in [("gru_reset_after", 1.6), ("rnn", 1.4)] {
        let what = format!("{cell}, train step, times as fast as the better of PyTorch and JAX");
        add(what, Bound::AtLeast(bound), look.ratio(cell, train, &PYTHON_PEERS));
    }
    for cell in COMPARED {
        let what = format!("{cell}, forward, times as fast as PyTorch");
        add(what, Bound::AtLeast(1.5), look.ratio(cell, forward, &[TORCH]));
    }
    for cell in COMPARED {
        let what = format!("{cell}, one sequence step by step, times as fast as PyTorch");
        add(what, Bound::AtLeast(1.5), look.ratio(cell, step, &[TORCH]));
    }
    for cell in COMPARED {
        add(of_model(cell), Bound::AtLeast(model), look.model_ratio(cell));
    }
    let what = format!("{REFERENCE}, translation model's train step, times as fast as PyTorch");
    add(what, Bound::AtLeast(1.5), look.translation_ratio(REFERENCE));
    let what = "connectionist temporal classification, loss and gradient, times as fast as PyTorch";
    add(what.to_owned(), Bound::AtLeast(1.0), look.labels_ratio());
    let what = "gru, train step, time relative to gru_reset_after".to_owned();
    add(what, Bound::AtMost(1.3), look.relative("gru", |_| 1.0));
    let worst = look.slowest_gated();
    let name = worst.as_ref().map_or_else(String::new, |(cell, _)| format!(" ({cell})"));
    let what = format!(
        "slowest other gated cell{name}, train step, time per operation relative to gru_reset_after"
    );
    add(what, Bound::AtMost(1.3), worst.map(|(_, ratio)| ratio));
    for cell in ["gru_reset_after", "lstm"] {
        let what = format!("{cell}, train step, share of the square product's rate");
        add(what, Bound::AtLeast(0.75), look.share_of_peak(cell));
    }
    for cell in COMPARED {
        let [long, very_long] = LONG;
        let what = format!(
            "{cell}, train step, time at T = {} relative to T = {}",
            very_long.steps, long.steps
        );
        add(what, Bound::AtMost(8.4), look.growth(cell));
    }
    for cell in COMPARED {
        let what = format!("{cell}, train step, memory relative to PyTorch, worst shape");
        add(what, Bound::AtMost(1.0), look.memory(cell));
    }
    all
}

/// The highest rate of a square product on any side, in GFLOP/s: what this machine can do. Which
/// library's product reaches it does not matter.
pub(super) fn square_rate(results: &Results, zoo: &Zoo) -> Option<f64> {
    let squares = results.measurements.iter().filter_map(|Measurement { side, case, .. }| {
        let Case::SquareProduct { .. } = case else { return None };
        Some(Work::of(case, zoo)?.products / results.median(side, case)? / 1e9)
    });
    squares.reduce(f64::max)
}

/// How many times as long per operation as [`REFERENCE`]'s a cell's train step takes: the median
/// over the shapes that both were measured in.
pub(super) fn time_per_operation(results: &Results, zoo: &Zoo, cell: &str) -> Option<f64> {
    Look { results, zoo }.relative(cell, |work| work.all)
}

/// The cell that others are held against.
const REFERENCE: &str = "gru_reset_after";

struct Look<'a> {
    results: &'a Results,
    zoo: &'a Zoo,
}

impl Look<'_> {
    /// Our cases of a kind for one cell, without the very long sequence, which has an aim of its own.
    fn cases<'a>(&'a self, cell: &'a str, kind: Kind) -> impl Iterator<Item = &'a Case> {
        let [_, very_long] = LONG;
        self.results.cases().filter(move |case| {
            kind(case).is_some_and(|layer| layer.cell == cell && layer.shape != very_long)
        })
    }

    /// How many times as long as we the fastest of `peers` takes: the median over shapes.
    fn ratio(&self, cell: &str, kind: Kind, peers: &[&str]) -> Option<f64> {
        let fastest = |case| {
            let ratios = peers.iter().filter_map(|peer| self.results.ratio(peer, case));
            ratios.map(|ratio| ratio.median).reduce(f64::min)
        };
        stats::median(&self.cases(cell, kind).filter_map(fastest).collect::<Vec<_>>())
    }

    fn model_ratio(&self, cell: &str) -> Option<f64> {
        let models = self
            .results
            .cases()
            .filter(|case| matches!(case, Case::LanguageModel(sizes) if sizes.cell == cell));
        let ratios = models.filter_map(|case| self.results.ratio(TORCH, case));
        stats::median(&ratios.map(|ratio| ratio.median).collect::<Vec<_>>())
    }

    fn translation_ratio(&self, cell: &str) -> Option<f64> {
        let of_cell = |case: &&Case| matches!(case, Case::Translation(sizes) if sizes.cell == cell);
        let case = self.results.cases().find(of_cell)?;
        self.results.ratio(TORCH, case).map(|ratio| ratio.median)
    }

    fn labels_ratio(&self) -> Option<f64> {
        let cases = self.results.cases().filter(|case| matches!(case, Case::Labels(_)));
        let ratios = cases.filter_map(|case| self.results.ratio(TORCH, case));
        ratios.map(|ratio| ratio.median).reduce(f64::min)
    }

    /// A cell's time per `unit` of work, relative to the reference's.
    fn relative(&self, cell: &str, unit: fn(Work) -> f64) -> Option<f64> {
        let work = |case: &Case| Some(unit(Work::of(case, self.zoo)?));
        let ratios = self.cases(cell, train).filter_map(|case| {
            let layer = LayerCase { cell: REFERENCE.to_owned(), ..train(case)?.clone() };
            let reference = Case::Train(layer);
            let times = self.results.growth(case, &reference)?.median;
            Some(times * work(&reference)? / work(case)?)
        });
        stats::median(&ratios.collect::<Vec<_>>())
    }

    fn slowest_gated(&self) -> Option<(&'static str, f64)> {
        let gated = self.zoo.entries().iter().filter(|entry| is_gated(entry));
        let names = gated.map(|entry| entry.name()).filter(|name| *name != REFERENCE);
        let all = names.filter_map(|name| Some((name, self.relative(name, |work| work.all)?)));
        all.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn share_of_peak(&self, cell: &str) -> Option<f64> {
        let peak = square_rate(self.results, self.zoo)?;
        let rate = |case: &Case| {
            let work = Work::of(case, self.zoo)?;
            Some(work.products / self.results.median(OURS, case)? / 1e9 / peak)
        };
        stats::median(&self.cases(cell, train).filter_map(rate).collect::<Vec<_>>())
    }

    fn growth(&self, cell: &str) -> Option<f64> {
        let [long, very_long] =
            LONG.map(|shape| Case::Train(LayerCase { cell: cell.to_owned(), shape }));
        Some(self.results.growth(&very_long, &long)?.median)
    }

    fn memory(&self, cell: &str) -> Option<f64> {
        let ratios = self.cases(cell, memory).filter_map(|case| self.results.ratio(TORCH, case));
        ratios.map(|ratio| 1.0 / ratio.median).reduce(f64::max)
    }
}
