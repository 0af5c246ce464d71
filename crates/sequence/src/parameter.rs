//! Parameters of any shape behind one object-safe face, for optimisers, clipping and checkpoints.

use crate::{Float, OnCpu, SequenceError};
use dfdx::prelude::{AdamConfig, Cpu, Gradients, HasShape, SgdConfig, Shape, Storage, Tensor};

/// What an optimiser remembers about one parameter: two buffers for Adam; one for SGD (its
/// velocity), the second being empty.
pub type Moments<E> = [<Cpu as Storage<E>>::Vec; 2];

/// A parameter tensor whose shape is not known here.
pub trait AnyParameter<E: Float>
where
    Cpu: OnCpu<E>,
{
    /// Its sizes.
    fn dims(&self) -> Vec<usize>;

    /// A copy of its elements.
    fn read(&self) -> Vec<E>;

    /// Replaces its elements. An error if there are not as many.
    fn write(&mut self, elements: &[E]) -> Result<(), SequenceError>;

    /// Its gradient; zeros if nothing has reached it.
    fn gradient<'g>(
        &self,
        gradients: &'g mut Gradients<E, Cpu>,
    ) -> Result<&'g mut [E], SequenceError>;

    /// Zeros for the optimiser to remember things in; `second` asks for the second buffer.
    fn moments(&self, second: bool) -> Result<Moments<E>, SequenceError>;

    /// One step of dfdx's SGD.
    fn sgd(
        &mut self,
        config: &SgdConfig,
        moments: &mut Moments<E>,
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError>;

    /// [`sgd`](Self::sgd) of a matrix of which no other rows than `rows` have a gradient, and nothing is
    /// remembered or decays: the other rows stay what they are, unread.
    fn sgd_rows(
        &mut self,
        config: &SgdConfig,
        rows: &[u32],
        moments: &mut Moments<E>,
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError>;

    /// Step number `t`, from 1, of dfdx's Adam.
    fn adam(
        &mut self,
        config: &AdamConfig,
        t: i32,
        moments: &mut Moments<E>,
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError>;
}

impl<S: Shape, E: Float> AnyParameter<E> for Tensor<S, E, Cpu>
where
    Cpu: OnCpu<E>,
{
    fn dims(&self) -> Vec<usize> {
        self.shape().concrete().into_iter().collect()
    }

    fn read(&self) -> Vec<E> {
        let mut all = vec![E::default(); self.shape().num_elements()];
        self.copy_into(&mut all);
        all
    }

    fn write(&mut self, elements: &[E]) -> Result<(), SequenceError> {
        let expected = self.shape().num_elements();
        SequenceError::check("parameter elements", &[expected], &[elements.len()])?;
        self.copy_from(elements);
        Ok(())
    }

    fn gradient<'g>(
        &self,
        gradients: &'g mut Gradients<E, Cpu>,
    ) -> Result<&'g mut [E], SequenceError> {
        Ok(gradients.get_or_alloc_mut(self)?)
    }

    fn moments(&self, second: bool) -> Result<Moments<E>, SequenceError> {
        let len = self.shape().num_elements();
        let zeros = |len| Storage::<E>::try_alloc_len(self.device(), len);
        Ok([zeros(len)?, zeros(if second { len } else { 0 })?])
    }

    fn sgd(
        &mut self,
        config: &SgdConfig,
        moments: &mut Moments<E>,
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError> {
        let gradient = gradients.get_or_alloc_mut(self)?;
        Ok(config.try_update(self, &mut moments[0], gradient)?)
    }

    fn sgd_rows(
        &mut self,
        config: &SgdConfig,
        rows: &[u32],
        moments: &mut Moments<E>,
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError> {
        let plain = config.momentum.is_none() && config.weight_decay.is_none();
        let mut place = self.shape().concrete();
        let (&[_, width], true, Some(rate)) = (place.as_ref(), plain, E::from_f64(config.lr))
        else {
            return self.sgd(config, moments, gradients);
        };
        let gradient = gradients.get_or_alloc_mut(self)?;
        // Element by element: dfdx lends no rows.
        for &row in rows {
            place[0] = row as usize;
            for (column, &g) in gradient[row as usize * width..][..width].iter().enumerate() {
                place[1] = column;
                self[place] -= g * rate;
            }
        }
        Ok(())
    }

    fn adam(
        &mut self,
        config: &AdamConfig,
        t: i32,
        moments: &mut Moments<E>,
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError> {
        let [first, second] = moments;
        let gradient = gradients.get_or_alloc_mut(self)?;
        Ok(config.try_update(t, self, first, second, gradient)?)
    }
}
