//! BLEU.

use std::iter::Sum;
use std::ops::AddAssign;

use crate::SACREBLEU;
use crate::ngrams::Matches;
use crate::{mteval, python};

/// The longest stretch of words that is compared.
const ORDERS: usize = 4;

/// How BLEU is counted (Papineni et al. 2002), with one reference a sentence.
///
/// Score, in hundredths: B exp(¼ Σ ln pₙ) over n = 1 to 4, pₙ being the part of the answers' stretches of n words
/// that their references have too, and B = exp(1 - r / c) where the answers' c words are fewer than the
/// references' r. Where no stretch of n words matches, pₙ is 1 / (2ᵏ of all), the k-th time that this happens
/// (sacreBLEU's smoothing `exp`).
///
/// Source: Post (2018), A call for clarity in reporting BLEU scores; sacreBLEU 2.6.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bleu {
    /// What a word is.
    pub tokens: BleuTokens,
    /// Whether capital letters count as small ones.
    pub lower_case: bool,
}

/// What a word is to BLEU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BleuTokens {
    /// Words and signs as mteval-v13a cuts plain text: sacreBLEU's `13a`, and its default.
    Mteval,
    /// What stands between white space: sacreBLEU's `none`. For text that was cut into tokens before.
    Given,
}

impl BleuTokens {
    /// sacreBLEU's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mteval => "13a",
            Self::Given => "none",
        }
    }
}

impl Bleu {
    /// sacreBLEU's default, for plain text: what papers are compared by.
    pub const CASED: Self = Self { tokens: BleuTokens::Mteval, lower_case: false };
    /// For tokens with a blank between them, in small letters: what tutorials report.
    pub const LOWER_TOKENS: Self = Self { tokens: BleuTokens::Given, lower_case: true };

    /// What an answer and its reference have in common.
    pub fn counts(self, answer: &str, reference: &str) -> BleuCounts {
        let [answer, reference] = [answer, reference].map(|text| self.words(text));
        let orders = [1, 2, 3, ORDERS].map(|n| Matches::count(&answer, &reference, n));
        BleuCounts {
            words: [answer.len() as u64, reference.len() as u64],
            matched: orders.map(|order| order.both),
            all: orders.map(|order| order.answer),
        }
    }

    /// The BLEU of a whole set: of pairs of an answer and its reference. 0 without pairs.
    pub fn corpus<'t>(self, pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> f64 {
        let counts = pairs.into_iter().map(|(answer, reference)| self.counts(answer, reference));
        counts.sum::<BleuCounts>().corpus()
    }

    /// sacreBLEU's signature of the score of a set: how it was counted.
    pub fn signature(self) -> String {
        let case = if self.lower_case { "lc" } else { "mixed" };
        let tokens = self.tokens.name();
        format!("nrefs:1|case:{case}|eff:no|tok:{tokens}|smooth:exp|version:{SACREBLEU}")
    }

    fn words(self, text: &str) -> Vec<String> {
        let lower;
        let text = match self.lower_case {
            true => {
                lower = text.to_lowercase();
                lower.as_str()
            }
            false => text,
        };
        match self.tokens {
            BleuTokens::Mteval => mteval::tokens(text.trim_end_matches(python::is_white_space)),
            BleuTokens::Given => python::words(text).map(str::to_owned).collect(),
        }
    }
}

/// What answers and references have in common; sets are put together by adding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BleuCounts {
    /// Words of the answers and of the references.
    words: [u64; 2],
    /// Stretches of one to four words of the answers that their references have, too.
    matched: [u64; ORDERS],
    /// All stretches of the answers.
    all: [u64; ORDERS],
}

impl BleuCounts {
    /// The score of a set, from 0 to 100. 0 if no word matches, or no answer has four words.
    pub fn corpus(self) -> f64 {
        self.score(ORDERS)
    }

    /// The score of one sentence, from 0 to 100: as that of a set, by stretches that are no longer than
    /// the answer (sacreBLEU's `eff:yes`).
    pub fn sentence(self) -> f64 {
        self.score(self.all.iter().take_while(|all| **all > 0).count())
    }

    /// The factor for answers that are shorter than their references: 1 for others.
    pub fn brevity_penalty(self) -> f64 {
        match self.words {
            [answers, references] if answers >= references => 1.0,
            [0, _] => 0.0,
            [answers, references] => (1.0 - references as f64 / answers as f64).exp(),
        }
    }

    fn score(self, orders: usize) -> f64 {
        if self.matched.iter().all(|matched| *matched == 0) {
            return 0.0;
        }
        let mut missed = 1.0;
        let mut logs = 0.0;
        for (matched, all) in self.matched.into_iter().zip(self.all).take(orders) {
            let part = match (matched, all) {
                (_, 0) => return 0.0,
                (0, all) => {
                    missed *= 2.0;
                    1.0 / (missed * all as f64)
                }
                (matched, all) => matched as f64 / all as f64,
            };
            logs += part.ln();
        }
        100.0 * self.brevity_penalty() * (logs / orders as f64).exp()
    }
}

impl AddAssign for BleuCounts {
    fn add_assign(&mut self, other: Self) {
        fn add<const N: usize>(to: &mut [u64; N], from: [u64; N]) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
        add(&mut self.words, other.words);
        add(&mut self.matched, other.matched);
        add(&mut self.all, other.all);
    }
}

impl Sum for BleuCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, counts| {
            sum += counts;
            sum
        })
    }
}
