//! Strings of digits: takes of one speaker, one after another.

use rand_chacha::ChaCha8Rng;

use super::prepare::Utterance;
use super::recordings::Take;
use super::settings::StringSettings;
use crate::draws;

/// The takes of one speaker, never empty.
pub(super) struct Voice<'a> {
    pub(super) speaker: u32,
    pub(super) takes: Vec<&'a Take>,
}

/// A string of takes of one of these voices, drawn with replacement, with pauses in between: silence as
/// loud as the quietest stretch of the takes at its sides.
pub(super) fn string(
    rng: &mut ChaCha8Rng,
    voices: &[Voice<'_>],
    settings: StringSettings,
    rate: u32,
) -> Utterance {
    let below = |rng: &mut ChaCha8Rng, count: usize| draws::below(rng, count as u64) as usize;
    let StringSettings { shortest, longest, pause_ms: [least, most], .. } = settings;
    let voice = &voices[below(rng, voices.len())];
    let count = shortest + below(rng, longest - shortest + 1);
    let mut utterance =
        Utterance { samples: Vec::new(), answer: Vec::new(), speaker: voice.speaker };
    let mut before: Option<f32> = None;
    for _ in 0..count {
        let take = voice.takes[below(rng, voice.takes.len())];
        let floor = noise_floor(&take.samples, rate);
        if let Some(before) = before {
            let pause_ms = least + (most - least) * f64::from(draws::unit(rng));
            let pause = (pause_ms / 1e3 * f64::from(rate)).round() as usize;
            // U(-1, 1) has a variance of a third.
            let scale = before.min(floor) * 3.0_f32.sqrt();
            let silence = (0..pause).map(|_| scale * (2.0 * draws::unit(rng) - 1.0));
            utterance.samples.extend(silence);
        }
        utterance.samples.extend_from_slice(&take.samples);
        utterance.answer.push(take.digit);
        before = Some(floor);
    }
    utterance
}

/// The root mean square of the quietest 10 ms.
fn noise_floor(samples: &[f32], rate: u32) -> f32 {
    let power = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
    let parts = samples.chunks_exact((rate / 100) as usize).map(power);
    let quietest = parts.fold(f32::INFINITY, f32::min);
    if quietest.is_finite() { quietest.sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(digit: u32, level: f32) -> Take {
        let mut samples = vec![level; 800];
        samples[300..400].fill(0.01);
        Take { digit, speaker: "a".to_owned(), take: 0, samples }
    }

    #[test]
    fn takes_of_one_voice_stand_in_the_order_of_their_labels() {
        let takes = [take(3, 0.5), take(8, 0.25)];
        let others = [take(1, 0.75)];
        let voices = [
            Voice { speaker: 0, takes: takes.iter().collect() },
            Voice { speaker: 1, takes: others.iter().collect() },
        ];
        let settings = StringSettings { shortest: 2, longest: 4, ..StringSettings::default() };
        let mut lengths = [0; 5];
        for number in 0..200 {
            let mut rng = draws::stream(1, "strings", number);
            let made = string(&mut rng, &voices, settings, 8_000);
            lengths[made.answer.len()] += 1;
            let expected: &[u32] = if made.speaker == 0 { &[3, 8] } else { &[1] };
            assert!(made.answer.iter().all(|label| expected.contains(label)));
            // The loud stretches are the takes, each with its quiet place within.
            let loud = [(3, 0.5), (8, 0.25), (1, 0.75)];
            let mut found = Vec::new();
            let mut samples = &made.samples[..];
            while let [first, ..] = samples {
                match loud.iter().find(|(_, level)| level == first) {
                    Some((digit, _)) => {
                        found.push(*digit);
                        samples = &samples[800..];
                    }
                    None => samples = &samples[1..],
                }
            }
            assert_eq!(found, made.answer);
            let pauses = made.samples.len() - 800 * made.answer.len();
            let between = made.answer.len() - 1;
            assert!((400 * between..=1_600 * between).contains(&pauses), "{pauses}");
        }
        assert!(lengths[2..].iter().all(|&count| count > 40), "{lengths:?}");
    }

    #[test]
    fn silence_is_as_loud_as_what_is_quiet() {
        assert!((noise_floor(&take(0, 0.5).samples, 8_000) - 0.01).abs() < 1e-6);
        assert_eq!(noise_floor(&[0.3; 5], 8_000), 0.0);
    }
}
