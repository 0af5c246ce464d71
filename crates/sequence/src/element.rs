//! The element types that a layer can have.

use compute::{Buffer, Float};
use dfdx::prelude::{Cpu, CpuError, Device, Dtype, HasShape, Shape, Storage, Tensor};
use std::ops::{Deref, DerefMut};

/// `f32` (training) or `f64` (gradient checks): what the engine computes with and dfdx's tensors hold.
pub trait Element: Float + Dtype {}

impl<E: Float + Dtype> Element for E {}

/// dfdx's processor device for element type `E`, whose buffers are slices. It exists to write one
/// bound in place of three; every [`Element`] has it.
pub trait OnCpu<E: Element>:
    Device<E> + Storage<E, Vec: Deref<Target = Vec<E>> + DerefMut, Err = CpuError>
{
}

impl<E: Element> OnCpu<E> for Cpu where
    Cpu: Device<E> + Storage<E, Vec: Deref<Target = Vec<E>> + DerefMut, Err = CpuError>
{
}

/// A copy of a contiguous tensor's elements. (dfdx's `as_vec` asks for them index by index.)
pub fn elements_of<S: Shape, E: Element, T>(tensor: &Tensor<S, E, Cpu, T>) -> Buffer<E>
where
    Cpu: OnCpu<E>,
{
    let mut buffer = Buffer::unset(tensor.shape().num_elements());
    tensor.copy_into(&mut buffer);
    buffer
}
