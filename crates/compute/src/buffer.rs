//! Memory for intermediate results, used again and again.
//!
//! A training step needs the same large buffers as the one before. Asked of the system each time,
//! they come as fresh pages, whose first touch costs more than the work on them (measured: a fifth
//! to a quarter of a training step).

use crate::Float;
use std::ops::{Deref, DerefMut};

/// Elements that go back to this thread's store when they are no longer needed.
#[derive(Debug)]
pub struct Buffer<E: Float>(Vec<E>);

impl<E: Float> Buffer<E> {
    /// `len` elements of whatever was there before: for what is written before it is read.
    pub fn unset(len: usize) -> Self {
        let found = E::with_store(|store| store.take(len)).flatten();
        let mut elements = found.unwrap_or_default();
        elements.resize(len, E::default());
        Self(elements)
    }

    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let mut buffer = Self::unset(len);
        buffer.fill(E::default());
        buffer
    }

    /// Gives its elements for others, as many.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn exchange(&mut self, elements: &mut Vec<E>) {
        assert_eq!(self.0.len(), elements.len(), "elements of both");
        std::mem::swap(&mut self.0, elements);
    }

    /// The elements, which go back when a buffer is made [`From`] them.
    pub fn into_vec(mut self) -> Vec<E> {
        std::mem::take(&mut self.0)
    }
}

impl<E: Float> From<Vec<E>> for Buffer<E> {
    fn from(elements: Vec<E>) -> Self {
        Self(elements)
    }
}

impl<E: Float> Default for Buffer<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Float> Clone for Buffer<E> {
    fn clone(&self) -> Self {
        let mut copy = Self::unset(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl<E: Float> Drop for Buffer<E> {
    fn drop(&mut self) {
        let elements = std::mem::take(&mut self.0);
        E::with_store(|store| store.put(elements));
    }
}

impl<E: Float> Deref for Buffer<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        &self.0
    }
}

impl<E: Float> DerefMut for Buffer<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        &mut self.0
    }
}

/// A thread's unused buffers, the one that was put back last at the end.
#[derive(Debug, Default)]
pub struct Store<E>(Vec<Vec<E>>);

/// Most buffers kept: more than the layers of a model have in use at once.
const MOST_BUFFERS: usize = 128;

/// Most bytes kept.
const MOST_BYTES: usize = 1 << 30;

impl<E> Store<E> {
    /// The smallest buffer that has room for `len` elements without wasting most of it.
    fn take(&mut self, len: usize) -> Option<Vec<E>> {
        let fits = |buffer: &Vec<E>| (len..=2 * len + 64).contains(&buffer.capacity());
        let candidates = self.0.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (best, _) = candidates.min_by_key(|(_, buffer)| buffer.capacity())?;
        Some(self.0.remove(best))
    }

    fn put(&mut self, buffer: Vec<E>) {
        if buffer.capacity() == 0 {
            return;
        }
        self.0.push(buffer);
        let bytes = |buffers: &[Vec<E>]| -> usize {
            buffers.iter().map(|buffer| buffer.capacity() * size_of::<E>()).sum()
        };
        while self.0.len() > MOST_BUFFERS || bytes(&self.0) > MOST_BYTES {
            self.0.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_to_who_needs_as_much() {
        let place = |buffer: &Buffer<f32>| buffer.as_ptr();
        let (small, large) = (Buffer::<f32>::unset(1_000), Buffer::unset(50_000));
        let (at_small, at_large) = (place(&small), place(&large));
        drop(small);
        drop(large);
        let again = Buffer::unset(40_000);
        assert_eq!((place(&again), again.len()), (at_large, 40_000));
        assert_eq!(place(&Buffer::unset(900)), at_small);
        assert_ne!(place(&Buffer::unset(10)), at_small);
        assert!(Buffer::<f32>::zeros(900).iter().all(|x| *x == 0.0));
    }

    #[test]
    fn the_store_is_bounded() {
        let mut store = Store::default();
        (0..3 * MOST_BUFFERS).for_each(|_| store.put(vec![0_u8; 10]));
        assert_eq!(store.0.len(), MOST_BUFFERS);
        store.put(Vec::with_capacity(MOST_BYTES));
        assert_eq!(store.0.len(), 1);
    }
}
