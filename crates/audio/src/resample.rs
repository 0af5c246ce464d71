//! Resampling by a windowed sinc.

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 32.0;
/// The part of the band that is kept; above it the filter falls.
const KEPT: f64 = 0.945;
/// The shape of Kaiser's window: stopband at about -100 dB.
const BETA: f64 = 10.0;

/// `samples` at `from` Hz with `to` samples a second: band-limited interpolation (Smith & Gossett
/// 1984), a sinc under Kaiser's window that cuts off at the lower of the two Nyquist frequencies.
/// There are ⌈n `to` / `from`⌉ of them; outside of the recording is silence.
///
/// # Panics
/// If a rate is 0.
pub fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    assert!(from > 0 && to > 0, "samples a second");
    if from == to {
        return samples.to_vec();
    }
    let common = gcd(from, to);
    let (from, to) = (u64::from(from / common), u64::from(to / common));
    let cutoff = KEPT * (to as f64 / from as f64).min(1.0);
    // In samples of the input.
    let half = (CROSSINGS / cutoff).ceil();
    let reach = half as usize;
    let kernel = |distance: f64| {
        let x = std::f64::consts::PI * cutoff * distance;
        let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
        let edge = 1.0 - (distance / half).powi(2);
        let window = if edge < 0.0 { 0.0 } else { bessel(BETA * edge.sqrt()) / bessel(BETA) };
        (cutoff * sinc * window) as f32
    };
    // Output k lies at k `from` / `to` of the input: there are `to` different places between two
    // samples, each with its own taps.
    let taps = 2 * reach;
    let phase = |phase: u64| {
        let between = phase as f64 / to as f64;
        (0..taps).map(move |tap| kernel(between + (reach - 1) as f64 - tap as f64))
    };
    let filters: Vec<f32> = (0..to).flat_map(phase).collect();
    let count = (samples.len() as u64 * to).div_ceil(from);
    let output = |k: u64| {
        let (whole, phase) = (k * from / to, k * from % to);
        let filter = &filters[phase as usize * taps..][..taps];
        // The first tap meets the sample `reach - 1` before.
        let first = whole as i64 - (reach as i64 - 1);
        let skipped = (-first).max(0) as usize;
        let at = first.max(0) as usize;
        let there = samples.get(at..).unwrap_or_default();
        filter.iter().skip(skipped).zip(there).map(|(tap, sample)| tap * sample).sum()
    };
    (0..count).map(output).collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-16 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: u32, seconds: f64) -> Vec<f32> {
        let angle = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..(seconds * f64::from(rate)) as usize).map(|t| (angle * t as f64).sin() as f32).collect()
    }

    #[test]
    fn a_tone_stays_the_tone_that_it_is() {
        for from in [11_025, 16_000, 22_050, 44_100, 48_000] {
            let found = resample(&tone(1_000.0, from, 0.5), from, 8_000);
            let expected = tone(1_000.0, 8_000, 0.5);
            assert_eq!(found.len(), expected.len(), "from {from}");
            let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
            // Silence begins at both ends.
            let within: Vec<f32> = apart.skip(100).take(3_800).collect();
            let worst = within.iter().copied().fold(0.0, f32::max);
            assert!(worst < 1e-4, "from {from}: {worst}");
        }
        let up = resample(&tone(1_000.0, 8_000, 0.5), 8_000, 16_000);
        let apart = up.iter().zip(tone(1_000.0, 16_000, 0.5)).map(|(a, b)| (a - b).abs());
        assert!(apart.skip(200).take(7_600).fold(0.0, f32::max) < 1e-4);
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone() {
        let found = resample(&tone(4_400.0, 44_100, 0.5), 44_100, 8_000);
        let loudest = found[100..3_900].iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(loudest < 1e-4, "{loudest}");
    }

    #[test]
    fn short_recordings_and_equal_rates() {
        assert_eq!(resample(&[0.5], 16_000, 8_000).len(), 1);
        assert!(resample(&[], 16_000, 8_000).is_empty());
        assert_eq!(resample(&[0.5, 0.25], 8_000, 8_000), [0.5, 0.25]);
    }
}
