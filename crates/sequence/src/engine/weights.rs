//! A layer's parameters as plain slices, and its matrices laid out for products.

use super::diagonal::Diagonal;
use super::{CompiledCell, Purpose};
use cell::Facts;
use compute::Float;
use compute::matmul::{Matrix, Packed};
use std::sync::OnceLock;

/// Sizes of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerSizes {
    /// Input size I.
    pub input: usize,
    /// Hidden units H.
    pub hidden: usize,
    /// Size P of the hidden state h: smaller than H where h is projected (LSTMP, Sak et al. 2014,
    /// arXiv 1402.1128), else H.
    pub output: usize,
    /// Heads N: a cell's matrices on the state are N blocks on the diagonal, so that every H / N units see
    /// each other alone; a memory has N states side by side.
    pub heads: usize,
}

impl LayerSizes {
    /// Sizes of a layer of one head that does not project its hidden state.
    pub const fn new(input: usize, hidden: usize) -> Self {
        Self { input, hidden, output: hidden, heads: 1 }
    }

    /// Whether the hidden state is projected.
    pub fn projected(&self) -> bool {
        self.output != self.hidden
    }
}

/// Which parameter of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// W `[blocks, H, I]`, for the input.
    Input,
    /// U `[blocks, H, P]`, for the old hidden state; of several heads their blocks, `[blocks · N, H / N, H / N]`.
    Recurrent,
    /// V `[blocks, H, H]`, for what the second stage modulates; of several heads their blocks.
    Modulated,
    /// b `[blocks, H]`.
    Bias,
    /// Per-unit parameters `[blocks, H]`.
    Unit,
    /// Numbers that all units share `[count]`.
    Scalar,
    /// Gains of the normalised W x, `[blocks, H]`.
    InputGain,
    /// Gains of the normalised U h', `[blocks, H]`.
    RecurrentGain,
    /// Projection of the hidden state `[P, H]`.
    Projection,
}

/// All of them, in the order of [`Weights`].
pub const PARAMETERS: [Parameter; 9] = [
    Parameter::Input,
    Parameter::Recurrent,
    Parameter::Modulated,
    Parameter::Bias,
    Parameter::Unit,
    Parameter::Scalar,
    Parameter::InputGain,
    Parameter::RecurrentGain,
    Parameter::Projection,
];

impl Parameter {
    /// Name of the parameter in checkpoints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Recurrent => "recurrent",
            Self::Modulated => "modulated",
            Self::Bias => "bias",
            Self::Unit => "unit",
            Self::Scalar => "scalar",
            Self::InputGain => "input gain",
            Self::RecurrentGain => "recurrent gain",
            Self::Projection => "projection",
        }
    }

    /// Shape for a cell with these facts: blocks, then sizes. A parameter that the cell does not have has no
    /// blocks.
    pub fn shape(self, facts: &Facts, sizes: LayerSizes) -> Vec<usize> {
        let LayerSizes { input, hidden, output, heads } = sizes;
        let matrices = facts.input_matrices(input, hidden).len();
        let normalised = |blocks: usize| if facts.normalised_products { blocks } else { 0 };
        match self {
            Self::Input => vec![matrices, hidden, input],
            Self::Recurrent => vec![facts.recurrent.len() * heads, hidden / heads, output / heads],
            Self::Modulated => vec![facts.modulated.len() * heads, hidden / heads, hidden / heads],
            Self::Bias => vec![facts.biased().len(), hidden],
            Self::Unit => vec![facts.unit.len(), hidden],
            Self::Scalar => vec![facts.scalar.len()],
            Self::InputGain => vec![normalised(matrices), hidden],
            Self::RecurrentGain => vec![normalised(facts.recurrent.len()), hidden],
            Self::Projection => vec![if sizes.projected() { output } else { 0 }, hidden],
        }
    }

    /// Number of elements for a cell with these facts.
    pub fn len(self, facts: &Facts, sizes: LayerSizes) -> usize {
        self.shape(facts, sizes).iter().product()
    }
}

/// A layer's parameters, in the order and shapes of [`Parameter`].
#[derive(Debug, Clone, PartialEq)]
pub struct Weights<E>(pub [Vec<E>; PARAMETERS.len()]);

impl<E: Float> Weights<E> {
    /// Zeros for every parameter of a cell with these facts.
    pub fn zeros(facts: &Facts, sizes: LayerSizes) -> Self {
        Self(PARAMETERS.map(|parameter| vec![E::default(); parameter.len(facts, sizes)]))
    }
}

impl<E> Weights<E> {
    /// One parameter's elements.
    pub fn get(&self, parameter: Parameter) -> &[E] {
        &self.0[parameter as usize]
    }

    pub(super) fn get_mut(&mut self, parameter: Parameter) -> &mut [E] {
        &mut self.0[parameter as usize]
    }

    /// Leaves no elements of the matrices.
    fn drop_matrices(&mut self) {
        use Parameter::{Input, Modulated, Projection, Recurrent};
        for matrix in [Input, Recurrent, Modulated, Projection] {
            self.0[matrix as usize] = Vec::new();
        }
    }
}

/// A layer's parameters, its matrices laid out for products once for all sequences that are run
/// until the parameters change.
#[derive(Debug, Clone)]
pub struct PackedWeights<E: Float> {
    cell: CompiledCell<E>,
    /// Without the matrices where they were laid out for both passes at once: they would be in
    /// memory once more than needed.
    weights: Weights<E>,
    sizes: LayerSizes,
    /// The bias of every block, 0 where a block has none.
    start: Vec<E>,
    pub(super) forward: Matrices<E>,
    backward: OnceLock<Matrices<E>>,
}

/// Makes each square matrix of `size` rows, one after the other, itself less its transposed.
pub(super) fn subtract_transposed<E: Float>(matrices: &mut [E], size: usize) {
    for matrix in matrices.chunks_exact_mut((size * size).max(1)) {
        for i in 0..size {
            for j in 0..=i {
                let (below, above) = (matrix[i * size + j], matrix[j * size + i]);
                matrix[i * size + j] = below - above;
                matrix[j * size + i] = above - below;
            }
        }
    }
}

/// A layer's matrices as right-hand sides: transposed for the forward pass, as they are for the
/// backward pass.
#[derive(Debug, Clone)]
pub(super) struct Matrices<E: Float> {
    pub(super) input: Packed<E>,
    pub(super) recurrent: Diagonal<E>,
    /// Block by block.
    pub(super) modulated: Vec<Diagonal<E>>,
    pub(super) projection: Packed<E>,
}

impl<E: Float> PackedWeights<E> {
    /// Lays out the parameters of a layer of these sizes, of this cell. Panics if their lengths do not
    /// fit.
    pub fn new(
        cell: CompiledCell<E>,
        mut weights: Weights<E>,
        sizes: LayerSizes,
        purpose: Purpose,
    ) -> Self {
        let facts = cell.facts();
        if facts.antisymmetric {
            subtract_transposed(weights.get_mut(Parameter::Recurrent), sizes.hidden / sizes.heads);
        }
        let mut start = vec![E::default(); facts.unbiased * sizes.hidden];
        start.extend_from_slice(weights.get(Parameter::Bias));
        let forward = Matrices::new(&weights, sizes, |matrix| Packed::new(matrix.t()));
        let mut packed = Self { cell, weights, sizes, start, forward, backward: OnceLock::new() };
        if purpose == Purpose::Train {
            packed.backward();
            packed.weights.drop_matrices();
        }
        packed
    }

    /// The cell.
    pub fn cell(&self) -> CompiledCell<E> {
        self.cell
    }

    /// One parameter's elements; of a matrix laid out for training, none.
    pub fn get(&self, parameter: Parameter) -> &[E] {
        self.weights.get(parameter)
    }

    /// What the pre-activations of all blocks start from.
    pub(super) fn start(&self) -> &[E] {
        &self.start
    }

    /// What the backward pass multiplies by; laid out when first asked for, if not before.
    pub(super) fn backward(&self) -> &Matrices<E> {
        self.backward.get_or_init(|| Matrices::new(&self.weights, self.sizes, Packed::new))
    }
}

impl<E: Float> Matrices<E> {
    fn new(
        weights: &Weights<E>,
        LayerSizes { input, hidden, output, heads }: LayerSizes,
        pack: fn(Matrix<'_, E>) -> Packed<E>,
    ) -> Self {
        let whole = |parameter, columns: usize| {
            let elements = weights.get(parameter);
            pack(Matrix::new(elements, elements.len() / columns.max(1), columns))
        };
        let square = hidden * hidden / heads;
        let blocks = weights.get(Parameter::Modulated).chunks_exact(square.max(1));
        let diagonal = |elements, columns| Diagonal::new(elements, (hidden, columns), heads, pack);
        Self {
            input: whole(Parameter::Input, input),
            recurrent: diagonal(weights.get(Parameter::Recurrent), output),
            modulated: blocks.map(|v| diagonal(v, hidden)).collect(),
            projection: whole(Parameter::Projection, hidden),
        }
    }
}
