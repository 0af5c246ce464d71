//! The memories, one file each.

mod delta_net;
mod gated_delta_net;
mod gla;
mod linear_attention;
mod retnet;

pub use delta_net::DeltaNet;
pub use gated_delta_net::GatedDeltaNet;
pub use gla::Gla;
pub use linear_attention::LinearAttention;
pub use retnet::RetNet;
