//! Ten symbols, to be repeated after a delay.

use rand_chacha::ChaCha8Rng;

use crate::draws::below;

/// Different symbols: the tokens 1 to 8. The token 0 is blank.
pub(super) const SYMBOLS: u32 = 8;
/// Asks for the symbols.
pub(super) const SIGNAL: u32 = SYMBOLS + 1;
/// Symbols to remember.
pub(super) const COUNT: usize = 10;
const BLANK: u32 = 0;

/// Steps of a sequence.
pub(super) fn steps(delay: usize) -> usize {
    delay + 2 * COUNT
}

/// Input and target of the copy task, `delay` + 20 steps each.
pub(super) fn sequence(rng: &mut ChaCha8Rng, delay: usize) -> (Vec<u32>, Vec<u32>) {
    with_symbols_at(rng, delay, 0..COUNT)
}

/// The same with the symbols at random places before the signal.
pub(super) fn selective(rng: &mut ChaCha8Rng, delay: usize) -> (Vec<u32>, Vec<u32>) {
    // Each place is taken with the chance that leaves all sets of ten equally likely.
    let places = delay + COUNT - 1;
    let mut chosen = Vec::with_capacity(COUNT);
    for place in 0..places {
        let wanted = (COUNT - chosen.len()) as u64;
        if below(rng, (places - place) as u64) < wanted {
            chosen.push(place);
        }
    }
    with_symbols_at(rng, delay, chosen)
}

fn with_symbols_at(
    rng: &mut ChaCha8Rng,
    delay: usize,
    places: impl IntoIterator<Item = usize>,
) -> (Vec<u32>, Vec<u32>) {
    let length = steps(delay);
    let mut input = vec![BLANK; length];
    let mut target = vec![BLANK; length - COUNT];
    for place in places {
        let symbol = 1 + below(rng, SYMBOLS.into()) as u32;
        input[place] = symbol;
        target.push(symbol);
    }
    input[length - COUNT - 1] = SIGNAL;
    (input, target)
}
