//! A layer's parameters as plain slices.

use cell::Cell;

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
}

impl LayerSizes {
    /// Sizes of a layer that does not project its hidden state.
    pub fn new(input: usize, hidden: usize) -> Self {
        Self { input, hidden, output: hidden }
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
    /// U `[blocks, H, P]`, for the old hidden state.
    Recurrent,
    /// V `[blocks, H, H]`, for what the second stage modulates.
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

    /// Shape for cell `C`: blocks, then sizes. A parameter that the cell does not have has no
    /// blocks.
    pub fn shape<C: Cell>(self, sizes: LayerSizes) -> Vec<usize> {
        let facts = C::FACTS;
        let LayerSizes { input, hidden, output } = sizes;
        let matrices = facts.input_matrices(input, hidden).len();
        let normalised = |blocks: usize| if facts.normalised_products { blocks } else { 0 };
        match self {
            Self::Input => vec![matrices, hidden, input],
            Self::Recurrent => vec![facts.recurrent.len(), hidden, output],
            Self::Modulated => vec![facts.modulated.len(), hidden, hidden],
            Self::Bias => vec![facts.biased().len(), hidden],
            Self::Unit => vec![facts.unit.len(), hidden],
            Self::Scalar => vec![facts.scalar.len()],
            Self::InputGain => vec![normalised(matrices), hidden],
            Self::RecurrentGain => vec![normalised(facts.recurrent.len()), hidden],
            Self::Projection => vec![if sizes.projected() { output } else { 0 }, hidden],
        }
    }

    /// Number of elements for cell `C`.
    pub fn len<C: Cell>(self, sizes: LayerSizes) -> usize {
        self.shape::<C>(sizes).iter().product()
    }
}

/// A layer's parameters, in the order and shapes of [`Parameter`].
#[derive(Debug, Clone, PartialEq)]
pub struct Weights<E>(pub [Vec<E>; PARAMETERS.len()]);

impl<E> Weights<E> {
    /// One parameter's elements.
    pub fn get(&self, parameter: Parameter) -> &[E] {
        &self.0[parameter as usize]
    }
}
