//! How parameters start.

use crate::{LayerSizes, Parameter};
use cell::{Bias, Facts, Remember, Start};
use compute::{Draws, Float, orthonormalise};

/// How the weight matrices of a layer start, block by block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// U(-limit, limit).
    Uniform(f64),
    /// U(-a, a) with a = √(6 / (rows + columns)) (Glorot & Bengio 2010).
    Xavier,
    /// A random matrix whose rows (or columns, if there are fewer) are orthonormal (Saxe et al.
    /// 2014, arXiv 1312.6120).
    Orthogonal,
    /// 1 on the diagonal (IRNN: Le, Jaitly & Hinton 2015, arXiv 1504.00941).
    Identity,
}

/// What is put on the bias that makes a cell remember, in its direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RememberBias {
    /// The same for every unit.
    Constant(f64),
    /// log U(1, T - 1) with the given T, the longest dependency expected; its opposite on a
    /// separate input gate (Tallec & Ollivier 2018, arXiv 1804.11188).
    Chrono(f64),
}

/// How the biases of a layer's blocks start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum BiasInit {
    /// At 0.
    #[default]
    Zero,
    /// U(-limit, limit).
    Uniform(f64),
    /// As the sum of PyTorch's two biases: a draw from U(-1/√H, 1/√H) for each product, W x and U h'
    /// (or V m), that the block receives.
    Torch,
}

/// How a layer's parameters start: gains at 1, per-unit and shared parameters as the cell says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerInit {
    /// Input weights W and the projection.
    pub input: Init,
    /// Recurrent weights U and V.
    pub recurrent: Init,
    /// Biases of blocks.
    pub bias: BiasInit,
    /// What is added to the remembering bias.
    pub remember: RememberBias,
}

impl LayerInit {
    /// U(-1/√H, 1/√H) for all matrices, PyTorch's choice; biases at 0.
    pub fn torch(hidden: usize) -> Self {
        let uniform = Init::Uniform(torch_limit(hidden));
        Self {
            input: uniform,
            recurrent: uniform,
            bias: BiasInit::Zero,
            remember: RememberBias::Constant(0.0),
        }
    }

    /// A parameter of a cell with these facts as it starts; `name` picks the random streams.
    pub(crate) fn parameter<E: Float>(
        &self,
        facts: &Facts,
        parameter: Parameter,
        sizes: LayerSizes,
        draws: &Draws,
        name: &str,
    ) -> Vec<E> {
        let shape = parameter.shape(facts, sizes);
        let len = shape.iter().product();
        let stream = format!("{name}.{}", parameter.name());
        match parameter {
            Parameter::Input | Parameter::Projection => self.input.draw(&shape, draws, &stream),
            Parameter::Recurrent | Parameter::Modulated => {
                self.recurrent.draw(&shape, draws, &stream)
            }
            Parameter::Bias => self.biases(facts, sizes.hidden, draws, &stream),
            Parameter::InputGain | Parameter::RecurrentGain => vec![E::nearest(1.0); len],
            Parameter::Unit => self.units(facts, sizes.hidden, draws, &stream),
            Parameter::Scalar => self.scalars(facts, draws, &stream),
        }
    }

    fn biases<E: Float>(
        &self,
        facts: &Facts,
        hidden: usize,
        draws: &Draws,
        stream: &str,
    ) -> Vec<E> {
        let mut all: Vec<f64> = facts
            .biased()
            .flat_map(|block| self.bias.values(facts, block, hidden, draws, stream))
            .collect();
        let to_numbers = |all: Vec<f64>| all.into_iter().map(number).collect();
        let Some(gate) = facts.remember else { return to_numbers(all) };
        let values = self.remember.values(hidden, draws, stream);
        let mut put = |block: usize, sign: f64| {
            let first = (block - facts.unbiased) * hidden;
            for (bias, value) in all[first..first + hidden].iter_mut().zip(&values) {
                *bias += sign * value;
            }
        };
        let sign = if gate.positive { 1.0 } else { -1.0 };
        if let Bias::Block(block) = gate.bias {
            put(block, sign);
        }
        if let (Some(block), RememberBias::Chrono(_)) = (facts.write, self.remember) {
            put(block, -1.0);
        }
        to_numbers(all)
    }

    fn units<E: Float>(&self, facts: &Facts, hidden: usize, draws: &Draws, stream: &str) -> Vec<E> {
        let own = (0..facts.unit.len()).flat_map(|k| start(facts.starts, k, hidden, draws, stream));
        let mut all: Vec<E> = own.collect();
        if let Some(Remember { bias: Bias::Unit(unit), positive }) = facts.remember {
            let place = &mut all[unit * hidden..(unit + 1) * hidden];
            self.remember.add_to(place, positive, draws, stream);
        }
        all
    }

    fn scalars<E: Float>(&self, facts: &Facts, draws: &Draws, stream: &str) -> Vec<E> {
        let shared = facts.unit.len()..facts.unit.len() + facts.scalar.len();
        let mut all: Vec<E> =
            shared.flat_map(|k| start(facts.starts, k, 1, draws, stream)).collect();
        if let Some(Remember { bias: Bias::Scalar(scalar), positive }) = facts.remember {
            let place = &mut all[scalar..=scalar];
            self.remember.add_to(place, positive, draws, stream);
        }
        all
    }
}

/// The limit of PyTorch's uniform start of a layer with `hidden` units.
fn torch_limit(hidden: usize) -> f64 {
    1.0 / (hidden as f64).sqrt()
}

impl BiasInit {
    /// `len` biases of one product in a layer of `hidden` units.
    pub fn of_product<E: Float>(
        self,
        len: usize,
        hidden: usize,
        draws: &Draws,
        stream: &str,
    ) -> Vec<E> {
        match self {
            Self::Zero => vec![E::default(); len],
            Self::Uniform(limit) => draws.uniform(stream, len, limit),
            Self::Torch => draws.uniform(stream, len, torch_limit(hidden)),
        }
    }

    /// The biases of one block.
    fn values(
        self,
        facts: &Facts,
        block: usize,
        hidden: usize,
        draws: &Draws,
        stream: &str,
    ) -> Vec<f64> {
        let one = |limit: f64, name: &str| {
            draws.uniform::<f64>(&format!("{stream}.{block}.{name}"), hidden, limit)
        };
        match self {
            Self::Zero => vec![0.0; hidden],
            Self::Uniform(limit) => one(limit, "bias"),
            Self::Torch => {
                let products =
                    [&facts.input, &facts.recurrent, &facts.modulated].map(|p| p.contains(&block));
                let names = ["input", "recurrent", "modulated"].into_iter().zip(products);
                let mut sum = vec![0.0; hidden];
                for (name, _) in names.filter(|(_, received)| *received) {
                    let drawn = one(torch_limit(hidden), name);
                    sum.iter_mut().zip(drawn).for_each(|(sum, bias)| *sum += bias);
                }
                sum
            }
        }
    }
}

impl RememberBias {
    /// Moves biases in the direction that remembers.
    fn add_to<E: Float>(self, biases: &mut [E], positive: bool, draws: &Draws, stream: &str) {
        let sign = if positive { 1.0 } else { -1.0 };
        let values = self.values(biases.len(), draws, stream);
        for (bias, value) in biases.iter_mut().zip(values) {
            *bias += number(sign * value);
        }
    }

    /// One value per unit, positive to remember.
    fn values(self, hidden: usize, draws: &Draws, stream: &str) -> Vec<f64> {
        match self {
            Self::Constant(value) => vec![value; hidden],
            Self::Chrono(longest) => {
                let unit = draws.uniform::<f64>(&format!("{stream}.chrono"), hidden, 0.5);
                unit.into_iter().map(|u| (1.0 + (u + 0.5) * (longest - 2.0)).ln()).collect()
            }
        }
    }
}

/// `len` numbers that start as told, else at 0; `k` is their number in the random stream.
pub fn start<E: Float>(
    starts: &[Start],
    k: usize,
    len: usize,
    draws: &Draws,
    stream: &str,
) -> Vec<E> {
    let drawn = |(low, high): (f64, f64), map: fn(f64) -> f64| {
        let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
        let draws = draws.uniform::<f64>(&format!("{stream}.{k}"), len, half);
        draws.into_iter().map(|x| number(map(middle + x))).collect()
    };
    match starts.get(k) {
        None => vec![E::default(); len],
        Some(&Start::Constant(value)) => vec![number(value); len],
        Some(&Start::Uniform(low, high)) => drawn((low, high), |x| x),
        Some(&Start::Normal(mean, deviation)) => {
            let draws = draws.normal(&format!("{stream}.{k}"), len);
            draws.into_iter().map(|x| number(mean + deviation * x)).collect()
        }
        Some(&Start::Even(first, last)) => {
            let step = (last - first) / len.saturating_sub(1).max(1) as f64;
            (0..len).map(|k| number(first + step * k as f64)).collect()
        }
        Some(&Start::Mapped { low, high, map }) => drawn((low, high), map),
    }
}

impl Init {
    /// Matrices of shape `[blocks, rows, columns]`, or one of shape `[rows, columns]`.
    pub fn draw<E: Float>(self, shape: &[usize], draws: &Draws, stream: &str) -> Vec<E> {
        let &[.., rows, columns] = shape else { return Vec::new() };
        let len = shape.iter().product();
        let blocks = usize::checked_div(len, rows * columns).unwrap_or(0);
        match self {
            Self::Uniform(limit) => draws.uniform(stream, len, limit),
            Self::Xavier => draws.uniform(stream, len, (6.0 / (rows + columns) as f64).sqrt()),
            Self::Orthogonal => {
                let block = |k| orthogonal(rows, columns, draws, &format!("{stream}.{k}"));
                (0..blocks).flat_map(block).map(number).collect()
            }
            Self::Identity => {
                let element = |k: usize| {
                    let k = k % (rows * columns);
                    if k / columns == k % columns { E::nearest(1.0) } else { E::default() }
                };
                (0..len).map(element).collect()
            }
        }
    }
}

/// A matrix with orthonormal rows, or columns if there are fewer: normal draws, made orthogonal.
fn orthogonal(rows: usize, columns: usize, draws: &Draws, stream: &str) -> Vec<f64> {
    let (count, len) = (rows.min(columns), rows.max(columns));
    let mut basis = draws.normal(stream, count * len);
    orthonormalise(&mut basis, len);
    let element = |k: usize| {
        let (i, j) = (k / columns, k % columns);
        if rows <= columns { basis[i * len + j] } else { basis[j * len + i] }
    };
    (0..rows * columns).map(element).collect()
}

fn number<E: Float>(value: f64) -> E {
    E::nearest(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products(matrix: &[f64], rows: usize, columns: usize) -> Vec<f64> {
        let dot = |i: usize, j: usize| {
            (0..columns).map(|k| matrix[i * columns + k] * matrix[j * columns + k]).sum()
        };
        (0..rows * rows).map(|k| dot(k / rows, k % rows)).collect()
    }

    #[test]
    fn orthogonal_blocks_have_orthonormal_rows_or_columns() {
        let draws = Draws::new(1);
        let wide = Init::Orthogonal.draw::<f64>(&[2, 5, 8], &draws, "a");
        let tall = Init::Orthogonal.draw::<f64>(&[7, 3], &draws, "b");
        let columns: Vec<f64> = (0..21).map(|k| tall[(k % 7) * 3 + k / 7]).collect();
        for (matrix, rows, columns) in
            [(&wide[..40], 5, 8), (&wide[40..], 5, 8), (&columns[..], 3, 7)]
        {
            for (k, x) in products(matrix, rows, columns).into_iter().enumerate() {
                let expected = if k / rows == k % rows { 1.0 } else { 0.0 };
                assert!((x - expected).abs() < 1e-14, "{k}: {x}");
            }
        }
        assert_ne!(wide[..40], wide[40..]);
    }

    #[test]
    fn identity_and_xavier_are_what_they_say() {
        let draws = Draws::new(1);
        let identity = Init::Identity.draw::<f64>(&[2, 2, 3], &draws, "a");
        assert_eq!(identity, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0].repeat(2));
        let xavier = Init::Xavier.draw::<f64>(&[50, 70], &draws, "a");
        let largest = xavier.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let limit = (6.0_f64 / 120.0).sqrt();
        assert!(largest <= limit && largest > 0.99 * limit, "{largest}");
    }

    #[test]
    fn numbers_of_units_start_as_told() {
        let draws = Draws::new(3);
        let starts = [
            Start::Even(3.0, 6.0),
            Start::Normal(2.0, 0.1),
            Start::Mapped { low: 1.0, high: 3.0, map: f64::exp },
            Start::Uniform(1.0, 3.0),
        ];
        let of = |k: usize, len: usize| start::<f64>(&starts, k, len, &draws, "a");
        assert_eq!(of(0, 4), [3.0, 4.0, 5.0, 6.0]);
        assert_eq!((of(0, 1), of(0, 0), of(4, 2)), (vec![3.0], vec![], vec![0.0, 0.0]));
        let normal = of(1, 10_000);
        let mean = normal.iter().sum::<f64>() / 1e4;
        let variance = normal.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 1e4;
        assert!(
            (mean - 2.0).abs() < 0.005 && (variance.sqrt() - 0.1).abs() < 0.005,
            "{mean} {variance}"
        );
        let drawn: Vec<f64> = of(2, 1000).into_iter().map(f64::ln).collect();
        assert!(drawn.iter().all(|x| (1.0..=3.0).contains(x)));
        let mean = drawn.iter().sum::<f64>() / 1e3;
        assert!((mean - 2.0).abs() < 0.1, "{mean}");
        assert_ne!(of(2, 5), of(3, 5));
    }

    /// PyTorch has a bias for W x and one for U h', each from U(-1/√H, 1/√H).
    #[test]
    fn biases_start_as_they_are_told_and_remembering_is_added() {
        const H: usize = 10_000;
        let facts = Facts { pre: &["a", "b"], input: 0..2, recurrent: 1..2, ..Facts::DEFAULT };
        let draws = Draws::new(4);
        let of = |init: BiasInit, block| init.values(&facts, block, H, &draws, "bias");
        let largest = |values: &[f64]| values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let deviation =
            |values: &[f64]| (values.iter().map(|x| x * x).sum::<f64>() / H as f64).sqrt();
        assert_eq!(of(BiasInit::Zero, 0), vec![0.0; H]);
        let uniform = of(BiasInit::Uniform(0.5), 0);
        assert!((0.49..=0.5).contains(&largest(&uniform)));
        assert_ne!(uniform, of(BiasInit::Uniform(0.5), 1));
        // One draw, and the sum of two: standard deviations 1/√3 and √2/√3 of the limit, 0.01.
        let (one, two) = (of(BiasInit::Torch, 0), of(BiasInit::Torch, 1));
        assert!(largest(&one) <= 0.01 && largest(&two) > 0.01 && largest(&two) <= 0.02);
        assert!((deviation(&one) / 0.01 - (1.0_f64 / 3.0).sqrt()).abs() < 0.02);
        assert!((deviation(&two) / 0.01 - (2.0_f64 / 3.0).sqrt()).abs() < 0.02);
    }

    #[test]
    fn chrono_biases_spread_time_constants_up_to_the_longest() {
        let values = RememberBias::Chrono(400.0).values(10_000, &Draws::new(2), "a");
        // σ(b) keeps for about 1 + e^b steps: uniform between 2 and 400.
        let mut spans: Vec<f64> = values.iter().map(|b| b.exp() + 1.0).collect();
        spans.sort_by(f64::total_cmp);
        assert!(spans[0] >= 2.0 && spans[9_999] <= 400.0);
        assert!((spans[5_000] - 201.0).abs() < 10.0, "{}", spans[5_000]);
    }
}
