//! What does not fit together.

/// An error of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CtcError {
    /// Logits, lengths, labels or gradient of other sizes than they should have.
    #[error("{0}")]
    Shape(&'static str),
    /// A sequence longer than there are steps.
    #[error("sequence {sequence} (counted from 0) has {length} steps, of {steps} there are")]
    Length {
        /// The sequence.
        sequence: usize,
        /// Its steps.
        length: usize,
        /// The steps T of the logits.
        steps: usize,
    },
    /// A label that is no output, or the blank.
    #[error(
        "sequence {sequence} (counted from 0) has the label {label}, which is the blank or none of the {types} outputs"
    )]
    Label {
        /// The sequence.
        sequence: usize,
        /// The label.
        label: u32,
        /// Outputs V, the blank among them.
        types: usize,
    },
}
