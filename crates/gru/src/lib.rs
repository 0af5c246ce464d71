//! GRU, in both of its conventions, and its relatives, one file a cell.

mod fastgrnn;
mod gilr;
mod hgrn;
mod layer_norm;
mod light;
mod mgu;
mod minimal;
mod minimal_log;
mod mut1;
mod mut2;
mod mut3;
mod plain;
mod qrnn;
mod qrnn_two;
mod ran;
mod reset_after;
mod reset_before;
mod rg_lru;
mod sru;
mod ugrnn;

pub use fastgrnn::FastGrnn;
pub use gilr::Gilr;
pub use hgrn::Hgrn;
pub use layer_norm::GruLayerNorm;
pub use light::LiGru;
pub use mgu::Mgu;
pub use minimal::MinGru;
pub use minimal_log::MinGruLog;
pub use mut1::Mut1;
pub use mut2::Mut2;
pub use mut3::Mut3;
pub use plain::{PlainGru, PlainTorchGru};
pub use qrnn::Qrnn;
pub use qrnn_two::QrnnTwo;
pub use ran::Ran;
pub use reset_after::GruResetAfter;
pub use reset_before::GruResetBefore;
pub use rg_lru::RgLru;
pub use sru::Sru;
pub use ugrnn::Ugrnn;

use sequence::{Entry, Layer};

/// The cells of this crate, in the order of lists: a line for each.
pub fn cells() -> Vec<Entry> {
    vec![
        Entry::of::<GruResetBefore>(),
        Entry::of::<GruResetAfter>(),
        Entry::of::<GruLayerNorm>(),
        Entry::of::<Mgu>(),
        Entry::of::<Ugrnn>(),
        Entry::of::<LiGru>(),
        Entry::of::<MinGru>(),
        Entry::of::<FastGrnn>(),
        Entry::of::<Ran>(),
        Entry::of::<Sru>(),
        Entry::of::<Mut1>(),
        Entry::of::<Mut2>(),
        Entry::of::<Mut3>(),
        Entry::of::<MinGruLog>(),
        Entry::of::<Gilr>(),
        Entry::of::<Qrnn>(),
        Entry::of::<QrnnTwo>(),
        Entry::of::<Hgrn>(),
        Entry::of::<RgLru>(),
    ]
}

/// A GRU layer (reset before) on dfdx with sizes known to the compiler.
///
/// ```
/// use dfdx::prelude::*;
/// use gru::Gru;
///
/// let device = Cpu::default();
/// let gru_cell = Gru::<10, 20>::new(&device, 1)?;
/// let input: Tensor<Rank2<1, 10>, f32, _> = device.sample_normal();
/// let hidden = gru_cell.initial_state::<1>()?;
/// let new_hidden = gru_cell.step(input, &hidden)?;
/// let h: &Tensor<Rank2<1, 20>, f32, Cpu> = new_hidden.hidden();
/// # let _ = h;
/// # Ok::<(), sequence::SequenceError>(())
/// ```
///
/// Sizes that do not fit do not compile. An input of 11 features:
///
/// ```compile_fail,E0308
/// use dfdx::prelude::*;
/// use gru::Gru;
///
/// let device = Cpu::default();
/// let gru_cell = Gru::<10, 20>::new(&device, 1).unwrap();
/// let input: Tensor<Rank2<1, 11>, f32, Cpu> = device.sample_normal();
/// gru_cell.step(input, &gru_cell.initial_state::<1>().unwrap());
/// ```
///
/// A state of another batch size:
///
/// ```compile_fail,E0308
/// use dfdx::prelude::*;
/// use gru::Gru;
///
/// let device = Cpu::default();
/// let gru_cell = Gru::<10, 20>::new(&device, 1).unwrap();
/// let input: Tensor<Rank2<1, 10>, f32, Cpu> = device.sample_normal();
/// gru_cell.step(input, &gru_cell.initial_state::<2>().unwrap());
/// ```
///
/// Two layers whose sizes do not meet (20 out, 30 in):
///
/// ```compile_fail,E0308
/// use dfdx::prelude::*;
/// use gru::Gru;
///
/// let device = Cpu::default();
/// let first = Gru::<10, 20>::new(&device, 1).unwrap();
/// let second = Gru::<30, 20>::new(&device, 2).unwrap();
/// let input: Tensor<Rank3<5, 1, 10>, f32, Cpu> = device.sample_normal();
/// let (middle, _) = first.forward(input, &first.initial_state::<1>().unwrap()).unwrap();
/// second.forward(middle, &second.initial_state::<1>().unwrap());
/// ```
pub type Gru<const I: usize, const H: usize> =
    Layer<GruResetBefore, dfdx::prelude::Const<I>, dfdx::prelude::Const<H>>;

/// A GRU layer in the form of PyTorch and cuDNN (reset after), sizes known to the compiler.
pub type TorchGru<const I: usize, const H: usize> =
    Layer<GruResetAfter, dfdx::prelude::Const<I>, dfdx::prelude::Const<H>>;
