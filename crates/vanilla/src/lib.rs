//! Vanilla recurrent cells, one file a cell.

mod antisymmetric;
mod antisymmetric_gated;
mod cornn;
mod fastrnn;
mod indrnn;
mod plain;
mod relu;
mod rnn;
mod unicornn;

pub use antisymmetric::AntisymmetricRnn;
pub use antisymmetric_gated::AntisymmetricRnnGated;
pub use cornn::CoRnn;
pub use fastrnn::FastRnn;
pub use indrnn::IndRnn;
pub use plain::PlainRnn;
pub use relu::ReluRnn;
pub use rnn::TanhRnn;
pub use unicornn::UnIcoRnn;

use sequence::{Entry, Layer};

/// The cells of this crate, in the order of lists: a line for each.
pub fn cells() -> Vec<Entry> {
    vec![
        Entry::of::<TanhRnn>(),
        Entry::of::<ReluRnn>(),
        Entry::of::<IndRnn>(),
        Entry::of::<FastRnn>(),
        Entry::of::<AntisymmetricRnn>(),
        Entry::of::<AntisymmetricRnnGated>(),
        Entry::of::<CoRnn>(),
        Entry::of::<UnIcoRnn>(),
    ]
}

/// A tanh RNN layer on dfdx with sizes known to the compiler.
///
/// ```
/// use dfdx::prelude::*;
/// use vanilla::Rnn;
///
/// let device = Cpu::default();
/// let rnn = Rnn::<10, 20>::new(&device, 1)?;
/// let input: Tensor<Rank2<1, 10>, f32, _> = device.sample_normal();
/// let state = rnn.step(input, &rnn.initial_state::<1>()?)?;
/// let hidden: &Tensor<Rank2<1, 20>, f32, Cpu> = state.hidden();
/// # let _ = hidden;
/// # Ok::<(), sequence::SequenceError>(())
/// ```
pub type Rnn<const I: usize, const H: usize> =
    Layer<TanhRnn, dfdx::prelude::Const<I>, dfdx::prelude::Const<H>>;
