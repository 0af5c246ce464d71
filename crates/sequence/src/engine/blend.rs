//! What stays of the old state: sequences that have ended, and zoneout.

use super::Sizes;
use super::options::{Keep, PassOptions};
use compute::Float;

/// Where in the pass: a time step, and a slot of the state with its width.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) t: usize,
    pub(super) slot: usize,
    pub(super) width: usize,
}

/// Puts the part of the old state that stays into the new one, each `[B, width]`.
pub(super) fn blend<E: Float>(
    options: &PassOptions<E>,
    sizes: Sizes,
    at: At,
    old: &[E],
    new: &mut [E],
) {
    let zoned = options.zoneout.get(at.slot).is_some_and(|keep| *keep != Keep::Nothing);
    let rows = old.chunks_exact(at.width).zip(new.chunks_exact_mut(at.width));
    for (b, (old, new)) in rows.enumerate().take(sizes.batch) {
        if !options.active(at.t, b) {
            new.copy_from_slice(old);
        } else if zoned {
            for (j, (new, &old)) in new.iter_mut().zip(old).enumerate() {
                let share = share(options, sizes, at, b, j);
                *new = share * old + (E::nearest(1.0) - share) * *new;
            }
        }
    }
}

/// Splits the gradient `d` of the blended state `[B, width]`: what reaches the new state stays in
/// it, what goes straight to the old one is left in `straight`.
pub(super) fn blend_backward<E: Float>(
    options: &PassOptions<E>,
    sizes: Sizes,
    at: At,
    d: &mut [E],
    straight: &mut [E],
) {
    for (b, (d, straight)) in
        d.chunks_exact_mut(at.width).zip(straight.chunks_exact_mut(at.width)).enumerate()
    {
        if !options.active(at.t, b) {
            straight.copy_from_slice(d);
            d.fill(E::default());
            continue;
        }
        for (j, (d, straight)) in d.iter_mut().zip(straight).enumerate() {
            let share = share(options, sizes, at, b, j);
            *straight = share * *d;
            *d = (E::nearest(1.0) - share) * *d;
        }
    }
}

/// The share of the old state that stays.
fn share<E: Float>(options: &PassOptions<E>, sizes: Sizes, at: At, b: usize, j: usize) -> E {
    match options.zoneout.get(at.slot) {
        None | Some(Keep::Nothing) => E::default(),
        Some(&Keep::Share(share)) => share,
        Some(Keep::Each(all)) => all[(at.t * sizes.batch + b) * at.width + j],
    }
}
