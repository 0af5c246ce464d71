//! chrF.

use std::iter::Sum;
use std::ops::AddAssign;

use crate::SACREBLEU;
use crate::ngrams::Matches;
use crate::python::is_white_space;

/// The longest stretch of characters that is compared.
const ORDERS: usize = 6;
/// How often recall counts beside precision, squared: of chrF2.
const BETA_SQUARED: f64 = 4.0;

/// chrF2 (Popović 2015) with one reference a sentence: how far stretches of one to six characters agree, white
/// space left out.
///
/// Score, in hundredths: 5 P R / (4 P + R), P being the mean over the lengths of the part of the answers'
/// stretches that the references have too, R that of the references' stretches that the answers have.
/// Lengths that an answer or a reference is too short for are left out.
///
/// Source: Popović (2015), chrF: character n-gram F-score; sacreBLEU 2.6.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chrf;

impl Chrf {
    /// What an answer and its reference have in common.
    pub fn counts(self, answer: &str, reference: &str) -> ChrfCounts {
        let characters =
            |text: &str| -> Vec<char> { text.chars().filter(|c| !is_white_space(*c)).collect() };
        let (answer, reference) = (characters(answer), characters(reference));
        ChrfCounts(std::array::from_fn(|order| {
            let Matches { answer, reference, both } =
                Matches::count(&answer, &reference, order + 1);
            // As sacreBLEU counts: an answer is not blamed for stretches that no reference could have.
            [if reference > 0 { answer } else { 0 }, reference, both]
        }))
    }

    /// The chrF of a whole set: of pairs of an answer and its reference. 0 without pairs.
    pub fn corpus<'t>(self, pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> f64 {
        let counts = pairs.into_iter().map(|(answer, reference)| self.counts(answer, reference));
        counts.sum::<ChrfCounts>().score()
    }

    /// sacreBLEU's signature: how it was counted.
    pub fn signature(self) -> String {
        format!("nrefs:1|case:mixed|eff:yes|nc:{ORDERS}|nw:0|space:no|version:{SACREBLEU}")
    }
}

/// What answers and references have in common; sets are put together by adding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChrfCounts(
    /// Stretches of one to six characters: of the answers, of the references, of both.
    [[u64; 3]; ORDERS],
);

impl ChrfCounts {
    /// The score, from 0 to 100, of a set as of one sentence.
    pub fn score(self) -> f64 {
        let known =
            self.0.iter().filter(|[answers, references, _]| *answers > 0 && *references > 0);
        let (mut orders, mut precision, mut recall) = (0.0, 0.0, 0.0);
        for &[answers, references, both] in known {
            orders += 1.0;
            precision += both as f64 / answers as f64;
            recall += both as f64 / references as f64;
        }
        if precision + recall == 0.0 {
            return 0.0;
        }
        let (precision, recall) = (precision / orders, recall / orders);
        100.0 * (1.0 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall)
    }
}

impl AddAssign for ChrfCounts {
    fn add_assign(&mut self, other: Self) {
        let counts = self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened());
        counts.for_each(|(to, from)| *to += from);
    }
}

impl Sum for ChrfCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, counts| {
            sum += counts;
            sum
        })
    }
}
