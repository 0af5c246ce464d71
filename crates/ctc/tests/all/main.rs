//! The loss and its gradient against what others and the definition say.

mod exact;
mod torch;
