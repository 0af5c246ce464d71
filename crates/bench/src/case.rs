//! What is timed.

use crate::Shape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that is measured. All values are seconds, but for [`Case::Memory`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Case {
    /// A layer's train step: forward, and backward from the sum of all outputs to the gradients of
    /// the input and of all weights.
    Train(LayerCase),
    /// A layer over a sequence, forward, without a tape.
    Forward(LayerCase),
    /// One time step of a layer, without a tape, when the steps come one at a time; the mean over
    /// T steps.
    Step(LayerCase),
    /// Bytes that a train step adds to the most that the process has held: weights, input,
    /// gradients and all that is kept in between. Asked of a fresh process.
    Memory(LayerCase),
    /// A whole train step of a language model: loss, backward, clipping, SGD.
    LanguageModel(ModelSizes),
    /// A whole train step of a translation model: loss, backward, clipping, Adam.
    Translation(TranslationSizes),
    /// The loss of connectionist temporal classification, from outputs to their gradient.
    Labels(LabelSizes),
    /// From the files of the Penn Treebank to the first batch.
    Data,
    /// A product of two square matrices: the rate of arithmetic that this machine reaches.
    SquareProduct {
        /// Rows and columns of each.
        size: usize,
    },
    /// `a = b + s * c` over three arrays: the rate at which memory is read and written.
    Triad {
        /// Size of the three arrays together.
        bytes: usize,
    },
}

/// A layer with its work.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LayerCase {
    /// The cell's name in the zoo. A library that has the same equations under another name
    /// answers to this one.
    pub cell: String,
    /// The sizes.
    pub shape: Shape,
}

/// Sizes of a language model and its batch: embedding as wide as the layers, output not tied.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelSizes {
    /// The cell's name in the zoo.
    pub cell: String,
    /// Types V.
    pub vocabulary: usize,
    /// Hidden size H of every layer, and of the embedding.
    pub hidden: usize,
    /// Recurrent layers.
    pub layers: usize,
    /// Sequences B.
    pub batch: usize,
    /// Time steps T.
    pub steps: usize,
}

/// Sizes of a translation model and its batch: an encoder of one layer in both directions, a decoder of one layer
/// with Luong's general attention, target embeddings tied with the output, dropout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TranslationSizes {
    /// The cell's name in the zoo.
    pub cell: String,
    /// Types of the source.
    pub source: usize,
    /// Types of the target.
    pub target: usize,
    /// Embedding size E of both.
    pub embedding: usize,
    /// Hidden size H of every layer.
    pub hidden: usize,
    /// Sequences B.
    pub batch: usize,
    /// Time steps T of every source and target.
    pub steps: usize,
}

/// Sizes of a batch whose labels are at no known steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LabelSizes {
    /// Time steps T of every sequence.
    pub steps: usize,
    /// Sequences B.
    pub batch: usize,
    /// Outputs, the blank among them.
    pub outputs: usize,
    /// Labels of every sequence.
    pub labels: usize,
}

impl LabelSizes {
    /// Strings of spoken digits, and sentences in letters.
    pub const DEFAULT: [Self; 2] = [
        Self { steps: 150, batch: 16, outputs: 11, labels: 5 },
        Self { steps: 500, batch: 16, outputs: 30, labels: 60 },
    ];
}

impl fmt::Display for LabelSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, batch, outputs, labels } = self;
        write!(f, "T{steps} B{batch} V{outputs} labels {labels}")
    }
}

impl Case {
    /// The kind of case and the rest, for tables: `train`, `gru 35,20,200,200`.
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Self::Train(layer) => ("train step", layer.to_string()),
            Self::Forward(layer) => ("forward", layer.to_string()),
            Self::Step(layer) => ("step by step", layer.to_string()),
            Self::Memory(layer) => ("train memory", layer.to_string()),
            Self::LanguageModel(sizes) => ("language model", sizes.to_string()),
            Self::Translation(sizes) => ("translation model", sizes.to_string()),
            Self::Labels(sizes) => ("labels' loss", sizes.to_string()),
            Self::Data => ("data", "Penn Treebank, ready to train".to_owned()),
            Self::SquareProduct { size } => ("square product", format!("{size} x {size}")),
            Self::Triad { bytes } => ("triad", format!("{} MiB", bytes >> 20)),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, rest) = self.words();
        write!(f, "{kind} {rest}")
    }
}

impl fmt::Display for LayerCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cell, self.shape)
    }
}

impl ModelSizes {
    /// The small and the medium word model of Zaremba et al. (2014), and a character model.
    pub fn default_of(cell: &str) -> [Self; 3] {
        [[10_000, 200, 2, 20, 20], [10_000, 650, 2, 20, 35], [50, 128, 1, 32, 128]].map(
            |[vocabulary, hidden, layers, batch, steps]| {
                let cell = cell.to_owned();
                Self { cell, vocabulary, hidden, layers, batch, steps }
            },
        )
    }
}

impl fmt::Display for ModelSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, vocabulary, hidden, layers, batch, steps } = self;
        write!(f, "{cell} V{vocabulary} H{hidden} L{layers} B{batch} T{steps}")
    }
}

impl TranslationSizes {
    /// Multi30k, German to English, in words that occur twice, in sentences of a usual length.
    pub fn default_of(cell: &str) -> Self {
        let cell = cell.to_owned();
        Self {
            cell,
            source: 7_850,
            target: 5_890,
            embedding: 128,
            hidden: 256,
            batch: 64,
            steps: 13,
        }
    }
}

impl fmt::Display for TranslationSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, source, target, embedding, hidden, batch, steps } = self;
        write!(f, "{cell} V{source}/{target} E{embedding} H{hidden} B{batch} T{steps}")
    }
}
