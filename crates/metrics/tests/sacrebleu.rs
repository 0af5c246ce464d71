//! Scores equal to sacreBLEU's, sentence by sentence and in sets. `golden/make_sacrebleu.py` made the file.

use std::collections::BTreeMap;

use metrics::{Bleu, BleuCounts, BleuTokens, Chrf, SACREBLEU};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    version: String,
    signatures: BTreeMap<String, String>,
    sentences: Vec<Sentence>,
    corpora: Vec<Corpus>,
}

#[derive(Deserialize)]
struct Sentence {
    language: String,
    reference: String,
    hypothesis: String,
    scores: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Corpus {
    name: String,
    /// Reference and answer, where they are not those of the sentences.
    #[serde(default)]
    pairs: Vec<[String; 2]>,
    scores: BTreeMap<String, f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/sacrebleu.json")).expect("a golden file")
}

const BLEUS: [(&str, Bleu); 4] = [
    ("bleu-13a", Bleu::CASED),
    ("bleu-13a-lc", Bleu { tokens: BleuTokens::Mteval, lower_case: true }),
    ("bleu-none", Bleu { tokens: BleuTokens::Given, lower_case: false }),
    ("bleu-none-lc", Bleu::LOWER_TOKENS),
];

#[test]
fn each_sentence_has_its_score() {
    let golden = golden();
    assert!(golden.sentences.len() > 100);
    for Sentence { reference, hypothesis, scores, .. } in &golden.sentences {
        let same = |name: &str, found: f64| {
            let expected = scores[name];
            assert!((found - expected).abs() < 1e-9, "{name}: {found} {expected}, {hypothesis:?}");
        };
        for (name, bleu) in BLEUS {
            same(name, bleu.counts(hypothesis, reference).sentence());
        }
        same("chrf", Chrf.counts(hypothesis, reference).score());
    }
}

#[test]
fn sets_have_their_scores() {
    let golden = golden();
    for Corpus { name, pairs, scores } in &golden.corpora {
        let mut texts: Vec<(&str, &str)> = pairs.iter().map(|[r, h]| (&h[..], &r[..])).collect();
        if texts.is_empty() {
            let wanted = golden.sentences.iter().filter(|s| name == "all" || s.language == *name);
            texts = wanted.map(|s| (&s.hypothesis[..], &s.reference[..])).collect();
        }
        let same = |metric: &str, found: f64| {
            let expected = scores[metric];
            assert!((found - expected).abs() < 1e-9, "{name}, {metric}: {found} {expected}");
        };
        for (metric, bleu) in BLEUS {
            same(metric, bleu.corpus(texts.iter().copied()));
        }
        same("chrf", Chrf.corpus(texts.iter().copied()));
        if scores.contains_key("brevity") {
            let counts =
                texts.iter().map(|(answer, reference)| Bleu::CASED.counts(answer, reference));
            same("brevity", counts.sum::<BleuCounts>().brevity_penalty());
        }
    }
}

#[test]
fn signatures_say_the_same() {
    let Golden { version, signatures, .. } = golden();
    assert_eq!(version, SACREBLEU);
    for (name, bleu) in BLEUS {
        assert_eq!(bleu.signature(), signatures[name]);
    }
    assert_eq!(Chrf.signature(), signatures["chrf"]);
}
