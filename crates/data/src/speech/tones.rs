//! Generated tones in the place of spoken digits, for a machine without the recordings.
//!
//! A "digit" is two tones that glide, each digit its own pair; a "speaker" has a pitch and a pace, a take
//! its own loudness, length and noise. As hard as speech it is not: whoever shows a number made with
//! it must say so.

use rand_chacha::ChaCha8Rng;

use super::recordings::Take;
use crate::draws;

/// Digits of speakers, each so many times, as in the recordings whose place they take.
const SPEAKERS: [&str; 6] = ["tone-a", "tone-b", "tone-c", "tone-d", "tone-e", "tone-f"];
const TAKES: u32 = 50;
const DIGITS: u32 = 10;
/// The seed of all of them.
const SEED: u64 = 1;

/// All takes.
pub(super) fn takes(rate: u32) -> Vec<Take> {
    let mut takes = Vec::new();
    for digit in 0..DIGITS {
        for (number, speaker) in SPEAKERS.iter().enumerate() {
            for take in 0..TAKES {
                let stream = u64::from(digit * 1_000 + take) * 10 + number as u64;
                let mut rng = draws::stream(SEED, "tones", stream);
                let samples = tones(&mut rng, digit, number, rate);
                takes.push(Take { digit, speaker: (*speaker).to_owned(), take, samples });
            }
        }
    }
    takes
}

/// One take.
fn tones(rng: &mut ChaCha8Rng, digit: u32, speaker: usize, rate: u32) -> Vec<f32> {
    let mut around =
        |middle: f32, spread: f32| middle * (1.0 + spread * (2.0 * draws::unit(rng) - 1.0));
    let pitch = around(1.0 + 0.12 * (speaker as f32 - 2.5), 0.04);
    let seconds = around(0.35 + 0.03 * speaker as f32, 0.25);
    let loudness = around(0.3, 0.5);
    // Five places each for the lower and the upper tone, and which of them rises.
    let low = pitch * (300.0 + 110.0 * (digit % 5) as f32);
    let high = pitch * (1_100.0 + 260.0 * (digit / 2) as f32);
    let glide = if digit.is_multiple_of(2) { 0.25 } else { -0.2 };
    let count = (seconds * rate as f32) as usize;
    let mut phases = [0.0_f32; 2];
    (0..count)
        .map(|t| {
            let part = t as f32 / count as f32;
            for (phase, (hertz, glide)) in phases.iter_mut().zip([(low, glide), (high, -glide)]) {
                *phase += std::f32::consts::TAU * hertz * (1.0 + glide * part) / rate as f32;
                *phase %= std::f32::consts::TAU;
            }
            let envelope = (std::f32::consts::PI * part).sin();
            let noise = 0.01 * (2.0 * draws::unit(rng) - 1.0);
            loudness * envelope * (0.6 * phases[0].sin() + 0.4 * phases[1].sin()) + noise
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_are_as_many_as_recordings_and_differ() {
        let all = takes(8_000);
        assert_eq!(all.len(), 3_000);
        assert!(all.iter().all(|take| (1_000..8_000).contains(&take.samples.len())));
        assert!(all.iter().flat_map(|take| &take.samples).all(|x| x.abs() <= 1.0));
        assert_ne!(all[0].samples[..500], all[1].samples[..500]);
        assert_eq!(takes(8_000)[7], all[7]);
    }
}
