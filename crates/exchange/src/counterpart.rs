//! Which of our cells PyTorch has, and how its gates lie in our blocks.

use crate::{LayersError, ModuleSizes};
use cell::{Cell, Facts};
use dfdx::prelude::Cpu;
use sequence::{
    CompiledCell, DynLayer, LayerSizes, Parameter, RuntimeLayer, SequenceError, Weights,
};

/// A cell that PyTorch has too.
#[derive(Debug, Clone)]
pub struct Counterpart {
    cell: CompiledCell<f32>,
    module: &'static str,
    /// Arguments of the module besides sizes.
    arguments: &'static str,
    /// For each gate in PyTorch's order, the block that holds its input side and the one that
    /// holds its recurrent side.
    gates: &'static [[usize; 2]],
    /// Whether the module has `proj_size`.
    projectable: bool,
}

/// Gates whose two sides are one block, in our order.
const SAME: &[[usize; 2]] = &[[0, 0], [1, 1], [2, 2], [3, 3]];
/// PyTorch has r, z, n; our blocks are n, r, z, m, where m is the recurrent side of n.
const GRU: &[[usize; 2]] = &[[1, 1], [2, 2], [0, 3]];

impl Counterpart {
    /// All of them.
    pub fn all() -> [Self; 4] {
        [
            Self::of::<vanilla::TanhRnn>("nn.RNN", &SAME[..1]),
            Self {
                arguments: ", nonlinearity='relu'",
                ..Self::of::<vanilla::ReluRnn>("nn.RNN", &SAME[..1])
            },
            Self { projectable: true, ..Self::of::<lstm::StandardLstm>("nn.LSTM", SAME) },
            Self::of::<gru::GruResetAfter>("nn.GRU", GRU),
        ]
    }

    /// The counterpart of the cell called `name`.
    pub fn named(name: &str) -> Result<Self, LayersError> {
        let mut all = Self::all().into_iter();
        let found = all.find(|counterpart| counterpart.cell() == name);
        found.ok_or_else(|| LayersError::NoCounterpart { cell: name.to_owned() })
    }

    fn of<C: Cell>(module: &'static str, gates: &'static [[usize; 2]]) -> Self {
        Self { cell: CompiledCell::of::<C>(), module, arguments: "", gates, projectable: false }
    }

    /// Name of our cell.
    pub fn cell(&self) -> &'static str {
        self.cell.facts().name
    }

    /// How PyTorch's module of these sizes is made: `nn.LSTM(3, 5, num_layers=2)`.
    pub fn module(&self, sizes: ModuleSizes) -> String {
        let ModuleSizes { layers, directions, input, hidden, output } = sizes;
        let mut module = format!("{}({input}, {hidden}{}", self.module, self.arguments);
        if layers > 1 {
            module += &format!(", num_layers={layers}");
        }
        if directions > 1 {
            module += ", bidirectional=True";
        }
        if output != hidden {
            module += &format!(", proj_size={output}");
        }
        module + ")"
    }

    /// How PyTorch's single cell of these sizes is made: `nn.LSTMCell(3, 5)`.
    pub(crate) fn single(&self, sizes: ModuleSizes) -> String {
        format!("{}Cell({}, {}{})", self.module, sizes.input, sizes.hidden, self.arguments)
    }

    pub(crate) fn facts(&self) -> &'static Facts {
        self.cell.facts()
    }

    pub(crate) fn gates(&self) -> &'static [[usize; 2]] {
        self.gates
    }

    pub(crate) fn projectable(&self) -> bool {
        self.projectable
    }

    /// Shape of our parameter, as [`Parameter::shape`].
    pub(crate) fn shape(&self, parameter: Parameter, sizes: LayerSizes) -> Vec<usize> {
        parameter.shape(self.facts(), sizes)
    }

    pub(crate) fn layer(
        &self,
        device: &Cpu,
        sizes: LayerSizes,
        weights: Weights<f32>,
    ) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
        let LayerSizes { input, hidden, output, .. } = sizes;
        let dims = (input, hidden, output);
        Ok(Box::new(DynLayer::from_weights(self.cell, device, dims, weights)?))
    }

    /// The one of `fits` (cells whose tensors have the shapes found) that is meant: the one asked
    /// for, the one that the file says it holds, or the only one. `first_layer` tells names and
    /// shapes, for an error.
    pub(crate) fn choose(
        fits: Vec<Self>,
        asked: Option<&str>,
        said: Option<&str>,
        first_layer: impl FnOnce() -> Vec<String>,
    ) -> Result<Self, LayersError> {
        if let (Some(asked), Some(said)) = (asked, said)
            && asked != said
        {
            let held = vec![said.to_owned()];
            return Err(LayersError::OtherCell { asked: asked.to_owned(), held });
        }
        let names = || fits.iter().map(|fit| fit.cell().to_owned()).collect();
        if let Some(name) = asked.or(said) {
            let chosen = Self::named(name)?;
            if !fits.is_empty() && fits.iter().all(|fit| fit.cell() != name) {
                return Err(LayersError::OtherCell { asked: name.to_owned(), held: names() });
            }
            return Ok(chosen);
        }
        match fits.as_slice() {
            [] => Err(LayersError::UnknownCell { shapes: first_layer() }),
            [one] => Ok(one.clone()),
            _ => Err(LayersError::SeveralCells { cells: names() }),
        }
    }
}

/// The cells that can be exchanged, for messages.
pub(crate) fn exchangeable() -> String {
    let all = Counterpart::all();
    let named = all.iter().map(|one| format!("`{}` ({}{})", one.cell(), one.module, one.arguments));
    let note = "; nn.GRU resets after the recurrent product, `gru` before it";
    named.collect::<Vec<_>>().join(", ") + note
}
