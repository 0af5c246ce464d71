//! Contiguous batches for truncated back-propagation through time.
//!
//! As in Zaremba et al. (2014): the split is cut into B streams of equal length, and window i
//! holds the next T steps of all streams, so that the state left by window i is the state that
//! window i + 1 begins with.

use crate::error::DataError;
use task::{IGNORE, Window};

/// A split cut into streams and windows; windows are made when asked for, in any order.
#[derive(Debug, Clone, Copy)]
pub struct LanguageBatches<'a> {
    tokens: &'a [u32],
    batch: usize,
    unroll: usize,
    /// Inputs of one stream.
    length: usize,
    /// Inputs in all streams together, without padding.
    inputs: usize,
}

impl<'a> LanguageBatches<'a> {
    /// Streams for training: `batch` streams of `floor((n - 1) / batch)` inputs, windows of at
    /// most `unroll` steps. What is left over at the end of the split is dropped, so that there
    /// is no padding.
    ///
    /// # Errors
    /// [`DataError::Batching`] if `batch` or `unroll` is 0, or a stream would be empty.
    pub fn training(tokens: &'a [u32], batch: usize, unroll: usize) -> Result<Self, DataError> {
        pairs(tokens, batch, unroll)?;
        let length = Self::training_length(tokens.len(), batch);
        if length == 0 {
            let reason = "there are too few tokens for one step of each stream";
            return Err(refused(tokens, batch, unroll, reason));
        }
        Ok(Self { tokens, batch, unroll, length, inputs: length * batch })
    }

    /// Steps of each of `batch` streams into which [`training`](Self::training) cuts `tokens` tokens.
    pub fn training_length(tokens: usize, batch: usize) -> usize {
        tokens.saturating_sub(1).checked_div(batch).unwrap_or(0)
    }

    /// Streams for evaluation: every token but the very first is a target exactly once. Streams
    /// have `ceil((n - 1) / batch)` inputs; where the split ends earlier, inputs are 0 and
    /// targets [`IGNORE`].
    ///
    /// Each stream begins without context, so a score depends (slightly) on `batch`: 1 is the
    /// published way.
    ///
    /// # Errors
    /// [`DataError::Batching`] if `batch` or `unroll` is 0, or there are fewer than two tokens.
    pub fn evaluation(tokens: &'a [u32], batch: usize, unroll: usize) -> Result<Self, DataError> {
        let inputs = pairs(tokens, batch, unroll)?;
        Ok(Self { tokens, batch, unroll, length: inputs.div_ceil(batch), inputs })
    }

    /// The number of windows.
    pub fn len(&self) -> usize {
        self.length.div_ceil(self.unroll)
    }

    /// Always false: a split without a window is refused when it is cut.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of targets that count, over all windows.
    pub fn targets(&self) -> usize {
        self.inputs
    }

    /// Window `index`, or None past the last: the token after each input is its target. The last window
    /// may be shorter. Window 0 begins all streams.
    pub fn get(&self, index: usize) -> Option<Window> {
        if index >= self.len() {
            return None;
        }
        let start = index * self.unroll;
        let steps = self.unroll.min(self.length - start);
        let mut inputs = Vec::with_capacity(steps * self.batch);
        let mut targets = Vec::with_capacity(steps * self.batch);
        for step in start..start + steps {
            for stream in 0..self.batch {
                let position = stream * self.length + step;
                if position < self.inputs {
                    inputs.push(self.tokens[position]);
                    targets.push(self.tokens[position + 1]);
                } else {
                    inputs.push(0);
                    targets.push(IGNORE);
                }
            }
        }
        Some(Window::of_tokens(steps, self.batch, inputs, targets))
    }

    /// All windows in order.
    pub fn iter(&self) -> impl Iterator<Item = Window> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// The number of (input, target) pairs in the split, if it can be cut at all.
fn pairs(tokens: &[u32], batch: usize, unroll: usize) -> Result<usize, DataError> {
    let reason = if batch == 0 {
        "there must be at least one stream"
    } else if unroll == 0 {
        "a window must have at least one step"
    } else if tokens.len() < 2 {
        "there is no token to predict"
    } else {
        return Ok(tokens.len() - 1);
    };
    Err(refused(tokens, batch, unroll, reason))
}

fn refused(tokens: &[u32], batch: usize, unroll: usize, reason: &'static str) -> DataError {
    DataError::Batching { tokens: tokens.len(), batch, unroll, reason }
}
