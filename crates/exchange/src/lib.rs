//! Exchange of recurrent layers with PyTorch: `state_dict`s of `nn.RNN`, `nn.LSTM` (also with
//! `proj_size`) and `nn.GRU`, as safetensors files, to and from rnnlab's layers; those of `nn.RNNCell`,
//! `nn.LSTMCell` and `nn.GRUCell` are read as one layer. Numbers may be of type F32, F64, F16 or BF16;
//! what is written is F32.
//!
//! [`Tensors`] are a file's contents. [`Recurrent`] holds the parameters of a stack of layers; it
//! is read from tensors under PyTorch's names ([`Recurrent::from_torch`]) or under rnnlab's own
//! ([`Recurrent::from_rnnlab`]), and written as either. A tensor that is missing, too much or of
//! another shape is an error that names all such tensors.
//!
//! | PyTorch | here | gates in PyTorch's order |
//! |---|---|---|
//! | `nn.RNN` | `rnn`, `rnn_relu` | h |
//! | `nn.LSTM` | `lstm` | i, f, g, o |
//! | `nn.GRU` | `gru_reset_after` | r, z, n (in blocks n, r, z, m here) |
//!
//! PyTorch has two biases per gate. They are redundant, and one here, except for the candidate n
//! of its GRU, whose recurrent bias is the bias of our block m. The default `gru` resets before the
//! recurrent product, which PyTorch's does not, so the two cannot be exchanged.
//!
//! ```no_run
//! use dfdx::prelude::Cpu;
//! use exchange::{Recurrent, Tensors};
//! use sequence::StackOptions;
//!
//! // In Python: safetensors.torch.save_file(lstm.state_dict(), "lstm.safetensors")
//! let tensors = Tensors::load("lstm.safetensors".as_ref())?;
//! let found = Recurrent::from_torch(&tensors, Some("lstm"), None)?;
//! let mut stack = found.recurrent.stack(&Cpu::default(), StackOptions::default())?;
//! // ... train it, then:
//! let trained = Recurrent::of_stack(&mut stack)?.recurrent;
//! trained.to_torch().save("trained.safetensors".as_ref(), false)?;
//! // In Python: lstm.load_state_dict(safetensors.torch.load_file("trained.safetensors"))
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod counterpart;
mod error;
mod recurrent;
mod rnnlab;
mod surroundings;
mod tensors;
mod torch;

pub use counterpart::Counterpart;
pub use error::{ExchangeError, LayersError, Problem};
pub use recurrent::{ModuleSizes, ReadLayers, Recurrent};
pub use surroundings::Surroundings;
pub use tensors::{Tensor, Tensors, Unreadable};
