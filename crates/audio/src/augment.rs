//! Disturbances for the training split: each a function of its input and of a random stream.

use rand_chacha::rand_core::Rng;

use crate::features::Features;

/// A draw from U[0, 1).
fn unit(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1_u32 << 24) as f32
}

/// A draw from U[least, most].
fn between(rng: &mut impl Rng, least: f32, most: f32) -> f32 {
    least + (most - least) * unit(rng)
}

/// A number from 0 to `most`.
fn up_to(rng: &mut impl Rng, most: usize) -> usize {
    (rng.next_u64() % (most as u64 + 1)) as usize
}

/// `samples` faster or slower by a factor from 1 - `most` to 1 + `most`, and higher or lower by as
/// much, as a tape would play them (Ko et al. 2015). Between samples it is interpolated linearly.
pub fn speed(samples: &[f32], most: f32, rng: &mut impl Rng) -> Vec<f32> {
    played(samples, between(rng, 1.0 - most, 1.0 + most))
}

/// `samples` played at a speed.
fn played(samples: &[f32], speed: f32) -> Vec<f32> {
    let Some(&last) = samples.last() else {
        return Vec::new();
    };
    let count = ((samples.len() as f64 / f64::from(speed)).round() as usize).max(1);
    let sample = |k: usize| {
        let at = k as f64 * f64::from(speed);
        let (whole, part) = (at as usize, at.fract() as f32);
        let [here, next] = [whole, whole + 1].map(|k| samples.get(k).copied().unwrap_or(last));
        here + part * (next - here)
    };
    (0..count).map(sample).collect()
}

/// Adds white noise that is `quietest` to `loudest` decibels below the recording's own power.
pub fn noise(samples: &mut [f32], quietest: f32, loudest: f32, rng: &mut impl Rng) {
    let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len().max(1) as f32;
    let below = between(rng, loudest, quietest);
    let deviation = (power * 10.0_f32.powf(-below / 10.0)).sqrt();
    // U(-1, 1) has a variance of a third.
    let scale = deviation * 3.0_f32.sqrt();
    samples.iter_mut().for_each(|x| *x += scale * between(rng, -1.0, 1.0));
}

/// Silences `count` stretches of bands, each of 0 to `most` of the `bands` bands of a frame, over the
/// whole recording (SpecAugment, Park et al. 2019): of each frame of a step that stacks several, and
/// of its deltas. `silence` is what takes their place.
pub fn mask_bands(
    features: &mut Features,
    bands: usize,
    count: usize,
    most: usize,
    silence: f32,
    rng: &mut impl Rng,
) {
    for _ in 0..count {
        let masked = stretch(bands, most, rng);
        for frame in features.values.chunks_exact_mut(bands) {
            frame[masked.clone()].fill(silence);
        }
    }
}

/// Silences `count` stretches of time, each of 0 to `most` steps and at most a fifth of all.
pub fn mask_time(
    features: &mut Features,
    count: usize,
    most: usize,
    silence: f32,
    rng: &mut impl Rng,
) {
    let (steps, width) = (features.frames(), features.width);
    for _ in 0..count {
        let masked = stretch(steps, most.min(steps / 5), rng);
        features.values[masked.start * width..masked.end * width].fill(silence);
    }
}

/// A stretch of 0 to `most` out of `all`.
fn stretch(all: usize, most: usize, rng: &mut impl Rng) -> std::ops::Range<usize> {
    let length = up_to(rng, most.min(all));
    let first = up_to(rng, all - length);
    first..first + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    #[test]
    fn a_disturbance_is_that_of_its_seed() {
        let tone: Vec<f32> = (0..500).map(|t| (t as f32 * 0.1).sin()).collect();
        let disturbed = |seed| {
            let mut rng = rng(seed);
            let mut samples = speed(&tone, 0.2, &mut rng);
            noise(&mut samples, 30.0, 10.0, &mut rng);
            let mut features = Features { width: 5, values: samples[..400].to_vec() };
            mask_bands(&mut features, 5, 2, 2, 0.0, &mut rng);
            mask_time(&mut features, 2, 10, 0.0, &mut rng);
            features
        };
        assert_eq!(disturbed(1), disturbed(1));
        assert_ne!(disturbed(1), disturbed(2));
    }

    #[test]
    fn a_tape_at_another_speed_is_shorter_and_higher() {
        let line: Vec<f32> = (0..100).map(|t| t as f32).collect();
        let fast = played(&line, 1.25);
        assert_eq!((fast.len(), fast[40]), (80, 50.0));
        let slow = played(&line, 0.8);
        assert_eq!(slow.len(), 125);
        assert!((slow[50] - 40.0).abs() < 1e-4);
        assert!(played(&[], 1.1).is_empty());
        assert_eq!(played(&line, 1.0), line);
    }

    #[test]
    fn noise_has_the_power_asked_for() {
        let tone: Vec<f32> = (0..20_000).map(|t| (t as f32 * 0.1).sin()).collect();
        let mut noisy = tone.clone();
        noise(&mut noisy, 20.0, 20.0, &mut rng(3));
        let added: f32 = noisy.iter().zip(&tone).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / 2e4;
        // 20 dB below a power of a half.
        assert!((added / 0.005 - 1.0).abs() < 0.05, "{added}");
    }

    #[test]
    fn masks_cover_whole_bands_and_whole_steps() {
        // Two frames of three bands stand side by side in a step.
        let whole = Features { width: 6, values: vec![1.0; 6 * 20] };
        let mut widest = 0;
        for seed in 0..40 {
            let mut masked = whole.clone();
            mask_bands(&mut masked, 3, 1, 2, 0.0, &mut rng(seed));
            let first = &masked.values[..3];
            assert!(masked.values.chunks(3).all(|frame| frame == first));
            widest = widest.max(first.iter().filter(|x| **x == 0.0).count());
        }
        assert_eq!(widest, 2);
        let mut longest = 0;
        for seed in 0..40 {
            let mut masked = whole.clone();
            mask_time(&mut masked, 1, 10, 0.0, &mut rng(seed));
            let silent = |step: &&[f32]| step.iter().all(|x| *x == 0.0);
            let silent = masked.values.chunks(6).filter(silent).count();
            assert_eq!(masked.values.iter().filter(|x| **x == 0.0).count(), 6 * silent);
            longest = longest.max(silent);
        }
        assert_eq!(longest, 4);
    }
}
