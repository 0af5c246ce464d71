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

/// The steps that answer with a symbol, each with the steps since that symbol was read.
pub(super) fn lags(inputs: &[u32], targets: &[u32]) -> Vec<(usize, usize)> {
    fn symbols(tokens: &[u32]) -> impl Iterator<Item = usize> {
        let steps = tokens.iter().enumerate();
        steps.filter(|(_, token)| (1..=SYMBOLS).contains(token)).map(|(step, _)| step)
    }
    let pairs = symbols(targets).zip(symbols(inputs));
    pairs.filter_map(|(answer, read)| Some((answer, answer.checked_sub(read)?))).collect()
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

#[cfg(test)]
mod tests {
    #[test]
    fn lags_by_hand() {
        // 3 and 5 are read at 0 and 2, answered at 4 and 5.
        assert_eq!(super::lags(&[3, 0, 5, 9, 0, 0], &[0, 0, 0, 0, 3, 5]), [(4, 4), (5, 3)]);
    }
}
