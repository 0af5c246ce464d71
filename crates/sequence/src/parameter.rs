//! Parameters of any shape behind one object-safe face, for optimisers, clipping and checkpoints.

use crate::{Element, OnCpu, SequenceError};
use dfdx::prelude::{AdamConfig, Cpu, Gradients, HasShape, Shape, Storage, Tensor, TensorFromVec};

/// What Adam remembers about one parameter: its first and second moment.
pub type Moments<E> = [<Cpu as Storage<E>>::Vec; 2];

/// A parameter tensor whose shape is not known here.
pub trait AnyParameter<E: Element>
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

    /// Zeros for Adam to remember things in.
    fn moments(&self) -> Result<Moments<E>, SequenceError>;

    /// One step of plain stochastic gradient descent: `rate` times its gradient less. It uses the
    /// gradient up, of which no elements are left.
    fn sgd(&mut self, rate: f64, gradients: &mut Gradients<E, Cpu>) -> Result<(), SequenceError>;

    /// [`sgd`](Self::sgd) of a matrix of which no other rows than `rows` have a gradient: the other
    /// rows stay what they are, unread, and the gradient is left.
    fn sgd_rows(
        &mut self,
        rate: f64,
        rows: &[u32],
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

impl<S: Shape, E: Element> AnyParameter<E> for Tensor<S, E, Cpu>
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

    fn moments(&self) -> Result<Moments<E>, SequenceError> {
        let len = self.shape().num_elements();
        let zeros = || Storage::<E>::try_alloc_len(self.device(), len);
        Ok([zeros()?, zeros()?])
    }

    fn sgd(&mut self, rate: f64, gradients: &mut Gradients<E, Cpu>) -> Result<(), SequenceError> {
        // As a tensor, which dfdx adds in a loop that is compiled to vectors; its optimiser's is not.
        let elements = std::mem::take::<Vec<E>>(gradients.get_or_alloc_mut(self)?);
        let gradient = self.device().try_tensor_from_vec(elements, *self.shape())?;
        Ok(self.try_axpy(1.0, &gradient, -rate)?)
    }

    fn sgd_rows(
        &mut self,
        rate: f64,
        rows: &[u32],
        gradients: &mut Gradients<E, Cpu>,
    ) -> Result<(), SequenceError> {
        let mut place = self.shape().concrete();
        let &[_, width] = place.as_ref() else {
            return self.sgd(rate, gradients);
        };
        let gradient = gradients.get_or_alloc_mut(self)?;
        // Element by element: dfdx lends no rows.
        for &row in rows {
            place[0] = row as usize;
            for (column, &g) in gradient[row as usize * width..][..width].iter().enumerate() {
                place[1] = column;
                self[place] -= g * E::nearest(rate);
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

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{Backward, SumTo, Trace};

    /// To the bit what dfdx's optimiser does.
    #[test]
    fn a_step_of_sgd_is_that_of_dfdx() {
        let device = Cpu::default();
        let elements: Vec<f32> = (0..37).map(|k| (k as f32 * 0.7).sin()).collect();
        let mut parameter = device.tensor_from_vec(elements.clone(), (37,));
        let mut gradients = parameter.leaky_trace().sin().sum::<(), _>().backward();
        let mut expected = parameter.clone();
        let mut velocity = Storage::<f32>::try_alloc_len(&device, 37).unwrap();
        let config = dfdx::prelude::SgdConfig { lr: 0.3, momentum: None, weight_decay: None };
        let gradient = gradients.get_or_alloc_mut(&parameter).unwrap();
        config.try_update(&mut expected, &mut velocity, gradient).unwrap();
        parameter.sgd(0.3, &mut gradients).unwrap();
        assert_eq!(parameter.read(), expected.read());
        assert_ne!(parameter.read(), elements);
    }
}
