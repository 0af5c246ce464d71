//! From the last step back to the first.

use super::blend::{At, blend_backward};
use super::gradients::{Gradients, Stretch};
use super::kernels::{FinishBackward, ModulateBackward, StateBackward, Step, UnitGradients};
use super::{PackedWeights, Parameter, Pass, Sizes, add, columns};
use compute::matmul::{Matrix, MatrixMut, Packed, add_packed_then, set_packed};
use compute::{Buffer, Float};

/// Goes back through `pass` from `d_outputs` `[T, B, P]`, the gradient of the loss with respect to
/// the hidden state after each step, and from `d_last`, that with respect to the state after the
/// whole sequence (the hidden state `[B, P]`, other slots `[B, H]`; none at all for zeros), and adds
/// what it finds to `into`. `observe(t, d)` is told the
/// complete gradient with respect to the state after step `t`, the hidden state `[B, P]` and the
/// other slots `[B, H]`, in the order in which the steps are gone back through. The pass must have
/// been made for training.
pub fn backward<E: Float>(
    pass: &Pass<E>,
    weights: &PackedWeights<E>,
    input: &[E],
    d_outputs: &[E],
    d_last: &[Vec<E>],
    into: &mut Gradients<E>,
    observe: &mut dyn FnMut(usize, &[Vec<E>]),
) {
    let cell = weights.cell();
    let facts = cell.facts();
    let sizes = pass.sizes;
    let Sizes { steps, batch, hidden: h, output: p, .. } = sizes;
    let (width, row) = (facts.pre.len() * h, batch * h);
    let layer = sizes.layer();
    let projects = layer.projected();
    let zeros = |len: usize| vec![E::default(); len];

    let rows = sizes.stretch().min(steps) * batch;
    let mut d_pre = Buffer::unset(rows * width);
    let mut d_unit =
        UnitGradients { own: zeros(facts.unit.len() * h), shared: zeros(facts.scalar.len()) };
    let mut d_state: Vec<_> =
        (0..facts.state.len()).map(|k| zeros(batch * sizes.slot(k))).collect();
    for (d, last) in d_state.iter_mut().zip(d_last) {
        d.copy_from_slice(last);
    }
    let mut d_modulated = vec![zeros(row); facts.modulated.len()];
    // Where normalised, U h' has a gradient of its own; else it is that of the pre-activations.
    let normalises = facts.normalised_products;
    let normalised = |blocks: usize| if normalises { rows * blocks * h } else { 0 };
    let mut d_recurrent = Buffer::unset(normalised(facts.recurrent.len()));
    let of_input = columns(&facts.input_matrices(sizes.input, h), h);
    let mut d_input = Buffer::unset(if normalises { rows * of_input.len() } else { 0 });
    let mut d_projected = Buffer::unset(if projects { rows * p } else { 0 });
    // The gradient of the hidden state before its projection.
    let mut d_raw = zeros(if projects { row } else { 0 });
    let mut straight: Vec<_> = match pass.options.blends() {
        true => d_state.iter().map(|slot| zeros(slot.len())).collect(),
        false => Vec::new(),
    };
    let (mut d_finish, mut d_normal) = match pass.state {
        Some(_) => (zeros(batch * width), zeros(row)),
        None => (Vec::new(), Vec::new()),
    };
    let changed = pass.changes();
    let matrices = weights.backward();
    let mut packed = Packed::default();

    for stretch in pass.options.stretches(steps, sizes.stretch()).rev() {
        for t in pass.options.order(stretch.clone()).rev() {
            let at = (t - stretch.start) * batch;
            let around = pass.options.around(t);
            for b in (0..batch).filter(|&b| pass.options.active(t, b)) {
                let from = (t * batch + b) * p;
                add(&mut d_state[0][b * p..(b + 1) * p], &d_outputs[from..from + p]);
            }
            observe(t, &d_state);
            for (slot, (d, straight)) in d_state.iter_mut().zip(&mut straight).enumerate() {
                blend_backward(
                    &pass.options,
                    sizes,
                    At { t, slot, width: sizes.slot(slot) },
                    d,
                    straight,
                );
            }
            if projects {
                let d = &mut d_projected[at * p..][..batch * p];
                d.copy_from_slice(&d_state[0]);
                set_packed(
                    MatrixMut::new(&mut d_raw, batch, h),
                    Matrix::new(d, batch, p),
                    &matrices.projection,
                );
                std::mem::swap(&mut d_raw, &mut d_state[0]);
            }
            let d_pre = &mut d_pre[at * width..][..batch * width];
            let pre = &pass.pre[t * batch * width..(t + 1) * batch * width];
            // The step that is gone through after this one.
            let next = match pass.options.reverse {
                false => &pass.pre[t.saturating_sub(1) * batch * width..t * batch * width],
                true => &pass.pre[(t + 1) * batch * width..(t + 2).min(steps) * batch * width],
            };
            let step = Step { sizes, pre, around, weights };
            let states = &pass.states[..];
            if let (Some(normal), Some(slot)) = (&pass.state, facts.normalised_state) {
                (cell.kernels.finish_backward)(FinishBackward {
                    step,
                    states,
                    normalised: normal.rows(t * batch, batch),
                    d_state: &mut d_state,
                    d_pre: &mut d_finish,
                    d_normalised: &mut d_normal,
                    d_unit: &mut d_unit,
                });
                normal.backward(t * batch, &mut d_normal);
                add(&mut d_state[slot], &d_normal);
            }
            (cell.kernels.step_backward)(StateBackward {
                step,
                states,
                changed,
                d_pre: &mut *d_pre,
                d_state: &mut d_state,
                d_unit: &mut d_unit,
            });
            add(d_pre, &d_finish);
            if !d_modulated.is_empty() {
                for (k, block) in facts.modulated.clone().enumerate() {
                    let to = (&mut d_modulated[k][..], h);
                    let d = (&d_pre[block * h..], width);
                    matrices.modulated[k].multiply_back(batch, to, d, set_packed);
                }
                (cell.kernels.modulate_backward)(ModulateBackward {
                    step,
                    states,
                    d_modulated: &d_modulated,
                    d_pre: &mut *d_pre,
                    d_state: &mut d_state,
                    d_unit: &mut d_unit,
                });
            }
            if projects {
                // The step reads no hidden state but through its products: `d_state[0]` is 0.
                std::mem::swap(&mut d_raw, &mut d_state[0]);
                d_state[0].fill(E::default());
            }
            let of = columns(&facts.recurrent, h);
            if !of.is_empty() {
                let d = match &pass.recurrent {
                    None => (&d_pre[of.start..], width),
                    Some(normal) => {
                        let d = &mut d_recurrent[at * of.len()..][..batch * of.len()];
                        scale(d, d_pre, width, of.start, weights.get(Parameter::RecurrentGain));
                        normal.backward(t * batch, d);
                        (&*d, of.len())
                    }
                };
                let to = (&mut d_state[0][..], p);
                let add = |to: MatrixMut<'_, E>, d: Matrix<'_, E>, u: &Packed<E>| {
                    add_packed_then(to, d, u, next);
                };
                matrices.recurrent.multiply_back(batch, to, d, add);
            }
            for (d, straight) in d_state.iter_mut().zip(&straight) {
                add(d, straight);
            }
        }
        let rows = stretch.start * batch..stretch.end * batch;
        let d_pre = &d_pre[..rows.len() * width];
        if let Some(normal) = &pass.input {
            let d = &mut d_input[..rows.len() * of_input.len()];
            scale(d, d_pre, width, of_input.start, weights.get(Parameter::InputGain));
            normal.backward(rows.start, d);
        }
        let found = Stretch {
            facts,
            pass,
            pre: d_pre,
            normalised_input: &d_input[..if normalises { rows.len() * of_input.len() } else { 0 }],
            normalised_recurrent: &d_recurrent,
            projected: &d_projected[..if projects { rows.len() * p } else { 0 }],
            rows,
        };
        found.add_to(into, weights, input, &mut packed);
    }
    into.add_units(&d_unit);
    for (to, d) in into.state.iter_mut().zip(&d_state) {
        add(to, d);
    }
}

/// Sets `to` to the gains times columns `first..` of rows of `width`.
fn scale<E: Float>(to: &mut [E], from: &[E], width: usize, first: usize, gain: &[E]) {
    for (to, from) in to.chunks_exact_mut(gain.len().max(1)).zip(from.chunks_exact(width)) {
        for ((to, &d), &g) in to.iter_mut().zip(&from[first..]).zip(gain) {
            *to = d * g;
        }
    }
}
