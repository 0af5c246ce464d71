//! The batches of sequences of one epoch after another.

use crate::TrainError;
use data::{BatchSettings, Buckets, SequenceBatches, Sequences};
use task::Window;

/// The batches of a training split, drawn anew in every epoch.
pub(crate) struct Epochs<'a> {
    sequences: &'a Sequences,
    settings: BatchSettings,
    /// Sequences of the largest batches of an epoch.
    largest: usize,
    seed: u64,
    /// The batches of an epoch, and which.
    batches: SequenceBatches<'a>,
    epoch: usize,
}

impl<'a> Epochs<'a> {
    /// Batches of `batch` sequences, whose order `seed` draws.
    pub(crate) fn new(
        sequences: &'a Sequences,
        batch: usize,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let settings = BatchSettings { batch, ..BatchSettings::default() };
        let batches = SequenceBatches::training(sequences, settings, seed, 0)?;
        if batches.is_empty() {
            return Err(TrainError::NoBatch);
        }
        let largest = Buckets::of(sequences).largest(batch);
        Ok(Self { sequences, settings, largest, seed, batches, epoch: 0 })
    }

    /// Batches of an epoch: the same in every one, for how many sequences share a bucket depends on
    /// lengths alone.
    pub(crate) fn len(&self) -> usize {
        self.batches.len()
    }

    /// The batch of optimiser step `step`, from 0.
    pub(crate) fn get(&mut self, step: usize) -> Result<Window, TrainError> {
        let (epoch, k) = (step / self.batches.len(), step % self.batches.len());
        if epoch != self.epoch {
            let Self { sequences, settings, seed, .. } = *self;
            self.batches = SequenceBatches::training(sequences, settings, seed, epoch as u64)?;
            self.epoch = epoch;
        }
        self.batches.get(k).ok_or(TrainError::NoBatch)
    }

    /// Whether a batch has as many sequences as most.
    pub(crate) fn is_usual(&self, batch: &Window) -> bool {
        batch.batch == self.largest
    }

    /// The batches of the epoch that have as many sequences as most.
    pub(crate) fn usual(&self) -> impl Iterator<Item = Window> {
        self.batches.iter().filter(move |batch| self.is_usual(batch))
    }
}
