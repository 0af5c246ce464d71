//! The memories, one file each.

mod delta_net;
mod gated_delta_net;
mod gla;
mod hgrn_two;
mod linear_attention;
mod linear_attention_normalised;
mod mlstm;
mod retnet;
mod rwkv_seven;

pub use delta_net::DeltaNet;
pub use gated_delta_net::GatedDeltaNet;
pub use gla::Gla;
pub use hgrn_two::HgrnTwo;
pub use linear_attention::LinearAttention;
pub use linear_attention_normalised::LinearAttentionNormalised;
pub use mlstm::Mlstm;
pub use retnet::RetNet;
pub use rwkv_seven::RwkvSeven;
