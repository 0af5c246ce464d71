//! Dropout and zoneout whose masks depend on seed, place and step only.

use crate::{Keep, Sequence, SequenceError};
use compute::Draws;
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, TensorFromVec};
use rand::Rng;

/// Which masks are drawn: those of one optimiser step. A run that continues from a checkpoint
/// draws the same ones.
#[derive(Debug, Clone, Copy)]
pub struct Dropout {
    /// Random streams of the run.
    pub draws: Draws,
    /// The optimiser step.
    pub step: usize,
    /// The first step of a piece, where a sequence is gone through in pieces: each has masks of its own,
    /// unless they are locked. 0 for a whole sequence.
    pub position: usize,
}

/// How much is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Share {
    /// Probability with which an element is dropped, in [0, 1).
    pub share: f32,
    /// The same elements at every time step (variational dropout, Gal & Ghahramani 2016, arXiv
    /// 1512.05287).
    pub locked: bool,
}

impl Dropout {
    /// The masks of optimiser step `step` for whole sequences.
    pub fn new(draws: Draws, step: usize) -> Self {
        Self { draws, step, position: 0 }
    }

    fn stream(&self, what: &str, place: &str, position: usize) -> impl Rng {
        let name = format!("{what}.{place}.{}", self.step);
        match position {
            0 => self.draws.stream(&name),
            _ => self.draws.stream(&format!("{name}.{position}")),
        }
    }

    /// Zeroes each element of `[T, B, N]` with the given probability and divides the others by
    /// what is left of 1.
    pub fn apply<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<usize, usize, usize, f32, T>,
        Share { share, locked }: Share,
        place: &str,
    ) -> Result<Sequence<usize, usize, usize, f32, T>, SequenceError> {
        if share == 0.0 {
            return Ok(x);
        }
        let shape = *x.shape();
        let steps = if locked { 1 } else { shape.0 };
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let mut y = vec![0.0; shape.0 * shape.1 * shape.2];
        x.copy_into(&mut y);
        let position = if locked { 0 } else { self.position };
        let mut stream = self.stream("dropout", place, position);
        let limit = (f64::from(share) * f64::from(u32::MAX)) as u32;
        let keep = 1.0 / (1.0 - share);
        let mut draw = |_| if stream.next_u32() < limit { 0.0 } else { keep };
        let mask: Vec<f32> = (0..steps * shape.1 * shape.2).map(&mut draw).collect();
        for (y, m) in y.iter_mut().zip(mask.iter().cycle()) {
            *y *= m;
        }
        let out = x.device().try_tensor_from_vec(y, shape)?;
        if T::OWNS_TAPE {
            let (of_x, of_out) = (x.ghost(), out.ghost());
            tape.add_backward_op(move |gradients| {
                let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
                let d_x = gradients.get_or_alloc_mut(&of_x)?;
                for ((d, &from), m) in d_x.iter_mut().zip(&d_out).zip(mask.iter().cycle()) {
                    *d += from * m;
                }
                **gradients.get_or_alloc_mut(&of_out)? = d_out;
                Ok(())
            });
        }
        Ok(out.put_tape(tape))
    }

    /// For each of `len` elements 1 with probability `share`, else 0: what zoneout keeps.
    pub(crate) fn kept(&self, share: f32, len: usize, place: &str) -> Keep<f32> {
        let mut stream = self.stream("zoneout", place, self.position);
        let limit = (f64::from(share) * f64::from(u32::MAX)) as u32;
        Keep::Each((0..len).map(|_| if stream.next_u32() < limit { 1.0 } else { 0.0 }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{NoneTape, OnesTensor, Tensor};

    #[test]
    fn masks_have_the_asked_share_keep_the_mean_and_repeat() {
        let device = Cpu::default();
        let ones: Tensor<(usize, usize, usize), f32, Cpu, NoneTape> =
            device.ones_like(&(20, 20, 50));
        let at = |step| Dropout::new(Draws::new(1), step);
        let quarter = Share { share: 0.25, locked: false };
        let mask = at(3).apply(ones.clone(), quarter, "x").unwrap().as_vec();
        let dropped = mask.iter().filter(|m| **m == 0.0).count();
        assert!((4_700..5_300).contains(&dropped), "{dropped}");
        assert!(mask.iter().all(|m| *m == 0.0 || (*m - 4.0 / 3.0).abs() < 1e-6));
        assert_eq!(mask, at(3).apply(ones.clone(), quarter, "x").unwrap().as_vec());
        assert_ne!(mask, at(4).apply(ones.clone(), quarter, "x").unwrap().as_vec());
        assert_ne!(mask, at(3).apply(ones.clone(), quarter, "y").unwrap().as_vec());

        let later = Dropout { position: 1, ..at(3) };
        assert_ne!(mask, later.apply(ones.clone(), quarter, "x").unwrap().as_vec());

        let locked = Share { locked: true, ..quarter };
        let mask = at(3).apply(ones.clone(), locked, "x").unwrap().as_vec();
        assert_eq!(mask, later.apply(ones, locked, "x").unwrap().as_vec());
        assert!(mask.chunks(1000).all(|step| step == &mask[..1000]));
        assert!(mask[..1000].contains(&0.0));
    }
}
