//! LSTM and its variants, one file a cell.

mod cifg;
mod janet;
mod layer_norm;
mod lem;
mod minimal;
mod minimal_log;
mod multiplicative;
mod nas;
mod no_forget_gate;
mod no_input_gate;
mod no_output_gate;
mod peephole;
mod plain;
mod slstm;
mod standard;

pub use cifg::LstmCifg;
pub use janet::Janet;
pub use layer_norm::LstmLayerNorm;
pub use lem::Lem;
pub use minimal::MinLstm;
pub use minimal_log::MinLstmLog;
pub use multiplicative::LstmMultiplicative;
pub use nas::Nas;
pub use no_forget_gate::LstmNoForgetGate;
pub use no_input_gate::LstmNoInputGate;
pub use no_output_gate::LstmNoOutputGate;
pub use peephole::LstmPeephole;
pub use plain::PlainLstm;
pub use slstm::Slstm;
pub use standard::StandardLstm;

use sequence::{Entry, Layer};

/// The cells of this crate, in the order of lists: a line for each.
pub fn cells() -> Vec<Entry> {
    vec![
        Entry::of::<StandardLstm>(),
        Entry::of::<LstmPeephole>(),
        Entry::of::<LstmCifg>(),
        Entry::of::<LstmNoInputGate>(),
        Entry::of::<LstmNoForgetGate>(),
        Entry::of::<LstmNoOutputGate>(),
        Entry::of::<LstmLayerNorm>(),
        Entry::of::<Janet>(),
        Entry::of::<MinLstm>(),
        Entry::of::<Slstm>(),
        Entry::of::<LstmMultiplicative>(),
        Entry::of::<MinLstmLog>(),
        Entry::of::<Lem>(),
        Entry::of::<Nas>(),
    ]
}

/// An LSTM layer on dfdx with sizes known to the compiler.
///
/// ```
/// use dfdx::prelude::*;
/// use lstm::Lstm;
///
/// let device = Cpu::default();
/// let lstm = Lstm::<10, 20>::new(&device, 1)?;
/// let input: Tensor<Rank2<1, 10>, f32, _> = device.sample_normal();
/// let state = lstm.step(input, &lstm.initial_state::<1>()?)?;
/// let (hidden, memory): (_, &Tensor<Rank2<1, 20>, f32, Cpu>) =
///     (state.hidden(), &state.memory()[0]);
/// # let _: (&Tensor<Rank2<1, 20>, f32, Cpu>, _) = (hidden, memory);
/// # Ok::<(), sequence::SequenceError>(())
/// ```
pub type Lstm<const I: usize, const H: usize> =
    Layer<StandardLstm, dfdx::prelude::Const<I>, dfdx::prelude::Const<H>>;
