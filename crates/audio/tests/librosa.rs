//! Features against librosa's, made by `golden/make_librosa.py`.

use audio::{Extractor, FeatureSettings};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    settings: FeatureSettings,
    /// 16-bit samples.
    signal: Vec<i16>,
    /// `[time, bands]`.
    features: Vec<Vec<f32>>,
}

#[test]
fn features_are_librosas() {
    let golden: Golden = serde_json::from_str(include_str!("golden/librosa.json")).unwrap();
    assert_eq!(golden.cases.len(), 6);
    for (number, case) in golden.cases.iter().enumerate() {
        let samples: Vec<f32> = case.signal.iter().map(|&x| f32::from(x) / 32_768.0).collect();
        let found = Extractor::new(case.settings).unwrap().features(&samples);
        assert_eq!(found.frames(), case.features.len(), "case {number}");
        for (t, (found, expected)) in
            found.values.chunks(found.width).zip(&case.features).enumerate()
        {
            assert_eq!(found.len(), expected.len(), "case {number}");
            for (band, (found, expected)) in found.iter().zip(expected).enumerate() {
                let apart = (found - expected).abs();
                let allowed = 1e-4 * expected.abs().max(1.0);
                assert!(apart <= allowed, "case {number}, {t}, {band}: {found} {expected}");
            }
        }
    }
}
