//! Optimisers over all parameters of a model, with dfdx's arithmetic, and clipping.

use crate::rates::Rates;
use crate::{Optimizer, TrainError};
use compute::{Kernel, in_parts, vectorised};
use dfdx::prelude::{AdamConfig, Cpu, Gradients};
use model::AnyModel;
use sequence::{AnyParameter, Moments};

/// The update rule with what it remembers.
pub struct Updater {
    rule: Optimizer,
    moments: Vec<Moments<f32>>,
    rates: Rates,
}

impl Updater {
    /// The rule for the parameters of `model`, remembering nothing yet.
    pub fn new(rule: Optimizer, model: &mut dyn AnyModel) -> Result<Self, TrainError> {
        let mut moments = Vec::new();
        let mut failure = Ok(());
        if rule == Optimizer::Adam {
            model.for_each_parameter(&mut |_, parameter| match parameter.moments() {
                Ok(zeros) => moments.push(zeros),
                Err(error) => failure = Err(error),
            });
        }
        failure?;
        Ok(Self { rule, moments, rates: Rates::default() })
    }

    /// The same with frozen parameters, and learning rates of single ones.
    pub(crate) fn with_rates(self, rates: Rates) -> Self {
        Self { rates, ..self }
    }

    /// [`clip`] at step `step`, from 1, in which frozen parameters have no part.
    pub(crate) fn clip(
        &self,
        step: usize,
        model: &mut dyn AnyModel,
        gradients: &mut Gradients<f32, Cpu>,
        limit: Option<f64>,
        rows: Option<&[u32]>,
    ) -> Result<Clipped, TrainError> {
        clip_trained(model, gradients, (limit, rows), &|k| self.rates.of(k, step).is_some())
    }

    /// What is remembered, parameter by parameter; nothing at all by SGD.
    pub(crate) fn moments(&mut self) -> &mut [Moments<f32>] {
        &mut self.moments
    }

    /// One step. It may use the gradients up.
    pub fn update(
        &mut self,
        model: &mut dyn AnyModel,
        gradients: &mut Gradients<f32, Cpu>,
        update: Update<'_>,
    ) -> Result<(), TrainError> {
        let Update { step, learning_rate, clipped: Clipped { factor, .. }, rows } = update;
        // SGD is linear in the gradients; Adam is not.
        let mut moments = self.moments.iter_mut();
        let (mut numbers, rates) = (0.., &self.rates);
        let mut one = |name: &str, parameter: &mut dyn AnyParameter<f32>| {
            let moments = moments.next();
            let Some(trained) = numbers.next().and_then(|k| rates.of(k, step)) else {
                return Ok(());
            };
            let learning_rate = learning_rate * trained.factor;
            match self.rule {
                Optimizer::Sgd => match rows_of(name, rows) {
                    Some(rows) => parameter.sgd_rows(learning_rate * factor, rows, gradients),
                    None => parameter.sgd(learning_rate * factor, gradients),
                },
                Optimizer::Adam => {
                    let Some(moments) = moments else { return Ok(()) };
                    if factor != 1.0 {
                        let gradient = parameter.gradient(gradients)?;
                        gradient.iter_mut().for_each(|g| *g *= factor as f32);
                    }
                    let adam = AdamConfig { lr: learning_rate, ..AdamConfig::default() };
                    // Its moments are as old as its training.
                    let step = i32::try_from(trained.step).unwrap_or(i32::MAX);
                    parameter.adam(&adam, step, moments, gradients)
                }
            }
        };
        let mut failure = Ok(());
        model.for_each_parameter(&mut |name, parameter| {
            if let Err(error) = one(name, parameter) {
                failure = Err(error);
            }
        });
        Ok(failure?)
    }
}

/// What a step is made with.
#[derive(Debug, Clone, Copy)]
pub struct Update<'a> {
    /// Its number, from 1.
    pub step: usize,
    /// Its learning rate.
    pub learning_rate: f64,
    /// What [`clip`] says of its gradients.
    pub clipped: Clipped,
    /// The rows of the embedding that gradients reached, if not all ([`model::WindowScore::rows`]).
    pub rows: Option<&'a [u32]>,
}

/// Gradients clipped by their global norm.
#[derive(Debug, Clone, Copy)]
pub struct Clipped {
    /// The norm before.
    pub norm: f64,
    /// What they are to be multiplied by, at most 1. It is left to [`Updater::update`], which reads
    /// them anyway.
    pub factor: f64,
}

/// The global norm of all gradients, and by what they are scaled down to `limit` if it is larger.
/// `rows` as in [`Update`].
pub fn clip(
    model: &mut dyn AnyModel,
    gradients: &mut Gradients<f32, Cpu>,
    limit: Option<f64>,
    rows: Option<&[u32]>,
) -> Result<Clipped, TrainError> {
    clip_trained(model, gradients, (limit, rows), &|_| true)
}

/// [`clip`] of the parameters that are trained, by their positions.
fn clip_trained(
    model: &mut dyn AnyModel,
    gradients: &mut Gradients<f32, Cpu>,
    (limit, rows): (Option<f64>, Option<&[u32]>),
    trained: &dyn Fn(usize) -> bool,
) -> Result<Clipped, TrainError> {
    let mut square = 0.0;
    let mut failure = Ok(());
    let mut k = 0;
    model.for_each_parameter(&mut |name, parameter| {
        k += 1;
        if !trained(k - 1) {
            return;
        }
        match parameter.gradient(gradients) {
            Ok(gradient) => {
                square += match (rows_of(name, rows), &parameter.dims()[..]) {
                    (Some(rows), &[_, width]) => {
                        let row =
                            |row: &u32| sum_of_squares(&gradient[*row as usize * width..][..width]);
                        rows.iter().map(row).sum()
                    }
                    _ => sum_of_squares(gradient),
                };
            }
            Err(error) => failure = Err(error),
        }
    });
    failure?;
    let norm = square.sqrt();
    let factor = limit.filter(|limit| norm > *limit).map_or(1.0, |limit| limit / norm);
    Ok(Clipped { norm, factor })
}

/// The rows of a parameter that have gradients, where not all have.
fn rows_of<'a>(name: &str, rows: Option<&'a [u32]>) -> Option<&'a [u32]> {
    rows.filter(|_| name == "embedding")
}

/// Elements of which a thread sums the squares at a time.
const STRETCH: usize = 1 << 16;

/// Summed in short stretches of f32, then in f64: fast, and exact enough for millions of elements.
/// Shared out to the threads; the result does not depend on how many there are.
fn sum_of_squares(elements: &[f32]) -> f64 {
    let parts: Vec<&[f32]> = elements.chunks(STRETCH).collect();
    in_parts(parts, |part| vectorised(SumOfSquares(part))).into_iter().sum()
}

struct SumOfSquares<'a>(&'a [f32]);

impl Kernel for SumOfSquares<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut whole = 0.0;
        for part in self.0.chunks(4096) {
            let mut sums = [0.0_f32; 16];
            let (chunks, rest) = part.as_chunks::<16>();
            for chunk in chunks {
                for (sum, x) in sums.iter_mut().zip(chunk) {
                    *sum += x * x;
                }
            }
            let rest: f32 = rest.iter().map(|x| x * x).sum();
            whole += f64::from(rest) + sums.iter().map(|s| f64::from(*s)).sum::<f64>();
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::{Draws, Threads};
    use dfdx::prelude::Backward;
    use model::Model;
    use task::{TaskShape, Window};
    use zoo::Zoo;

    fn parameters(model: &mut dyn AnyModel) -> Vec<Vec<f32>> {
        let mut all = Vec::new();
        model.for_each_parameter(&mut |_, parameter| all.push(parameter.read()));
        all
    }

    /// One step of a language model with weights of its own for the output, `rows` told or not.
    fn step(rule: Optimizer, limit: Option<f64>, told: bool) -> (f64, Vec<Vec<f32>>) {
        let config = r#"{"cell": "gru", "layers": 1, "hidden": 5, "embedding": 4, "tied": false, "init": 0.5}"#;
        let config = serde_json::from_str(config).unwrap();
        let draws = Draws::new(1);
        let shape = TaskShape::language(9);
        let mut model = Model::new(&config, shape, &Zoo::standard(), &draws).unwrap();
        let mut updater = Updater::new(rule, &mut model).unwrap();
        let window = Window::of_tokens(3, 2, vec![1, 7, 7, 2, 1, 1], vec![0, 8, 3, 3, 1, 2]);
        let state = model.initial_state(2).unwrap();
        let (loss, scored) = model.loss(&window, &state, None, None).unwrap();
        assert_eq!(scored.rows.as_deref(), Some(&[1, 2, 7][..]));
        let rows = scored.rows.as_deref().filter(|_| told);
        let mut gradients = loss.backward();
        let clipped = clip(&mut model, &mut gradients, limit, rows).unwrap();
        let update = Update { step: 1, learning_rate: 0.1, clipped, rows };
        updater.update(&mut model, &mut gradients, update).unwrap();
        (clipped.norm, parameters(&mut model))
    }

    #[test]
    fn rows_without_gradients_can_be_left_alone() {
        for rule in [Optimizer::Sgd, Optimizer::Adam] {
            let [(norm, told), (whole_norm, whole)] =
                [true, false].map(|told| step(rule, Some(0.5), told));
            assert!((norm - whole_norm).abs() < 1e-6 * norm, "{norm} {whole_norm}");
            let apart = told
                .concat()
                .iter()
                .zip(whole.concat())
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(apart < 1e-7, "{apart}");
        }
    }

    /// A step of plain SGD is as long as the learning rate times the limit.
    #[test]
    fn clipped_gradients_have_the_norm_of_the_limit() {
        let length = |limit: Option<f64>| {
            let (norm, after) = step(Optimizer::Sgd, limit, true);
            let (_, before) = step(Optimizer::Sgd, Some(0.0), true);
            let square: f64 = after
                .concat()
                .iter()
                .zip(before.concat())
                .map(|(a, b)| f64::from(a - b).powi(2))
                .sum();
            (norm, square.sqrt())
        };
        let (norm, free) = length(None);
        assert!((free - 0.1 * norm).abs() < 1e-5 * norm, "{free} {norm}");
        let (_, clipped) = length(Some(norm / 3.0));
        assert!((clipped - free / 3.0).abs() < 1e-5 * norm, "{clipped} {free}");
    }

    #[test]
    fn sums_of_squares_do_not_depend_on_threads() {
        let elements: Vec<f32> = (0..3 * STRETCH + 5).map(|k| (k % 17) as f32 * 0.1).collect();
        let one = sum_of_squares(&elements);
        let exact: f64 = elements.iter().map(|x| f64::from(*x).powi(2)).sum();
        assert!((one - exact).abs() < 1e-5 * exact);
        let two = Threads::new(2.try_into().unwrap()).unwrap();
        assert_eq!(two.with(|| sum_of_squares(&elements)), one);
    }
}
