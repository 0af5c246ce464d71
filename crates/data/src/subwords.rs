//! Words in pieces: byte-pair encoding, on characters (Sennrich et al. 2016, arXiv 1508.07909).
//!
//! A word begins as its characters. The pair of neighbouring pieces that is seen most often in the training split
//! becomes one piece, again and again; a new word is put together by the same merges in the same order. A piece after
//! which its word goes on ends with `@@`, as subword-nmt writes it. No merge touches the character `@`, so that a piece
//! is never both the end of one word and the middle of another.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

/// The end of a piece after which its word goes on.
const GOES_ON: &str = "@@";

/// The merges of a language, in the order in which they were learned.
///
/// Written by serde as the list of pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<[String; 2]>", into = "Vec<[String; 2]>")]
pub struct Subwords {
    merges: Vec<[String; 2]>,
    /// The place of each pair among the merges.
    places: HashMap<[String; 2], usize>,
}

impl From<Vec<[String; 2]>> for Subwords {
    fn from(merges: Vec<[String; 2]>) -> Self {
        let places = merges.iter().cloned().zip(0..).collect();
        Self { merges, places }
    }
}

impl From<Subwords> for Vec<[String; 2]> {
    fn from(subwords: Subwords) -> Self {
        subwords.merges
    }
}

impl Subwords {
    /// At most `most` merges, learned from words with the times that each is seen. Merging ends earlier where no pair is
    /// seen twice. The result depends on the words and their counts alone.
    pub(crate) fn learn<'w>(words: impl IntoIterator<Item = (&'w str, u64)>, most: usize) -> Self {
        let mut learning = Learning::new(words);
        let merges = std::iter::from_fn(|| learning.merge()).take(most);
        Self::from(merges.collect::<Vec<_>>())
    }

    /// The number of merges.
    pub fn len(&self) -> usize {
        self.merges.len()
    }

    /// Whether there are no merges: words are written in characters.
    pub fn is_empty(&self) -> bool {
        self.merges.is_empty()
    }

    /// The pieces of a word, which has no white space in it.
    pub fn split(&self, word: &str) -> Vec<String> {
        let mut pieces = characters(word);
        loop {
            let place = |pair: &[String]| {
                let pair: &[String; 2] = pair.try_into().ok()?;
                self.places.get(pair).copied()
            };
            let Some(first) = pieces.windows(2).filter_map(place).min() else { return pieces };
            let [left, right] = &self.merges[first];
            let mut merged: Vec<String> = Vec::with_capacity(pieces.len());
            for piece in pieces {
                match merged.last_mut() {
                    Some(last) if last == left && piece == *right => *last = joined(last, right),
                    _ => merged.push(piece),
                }
            }
            pieces = merged;
        }
    }

    /// The words that pieces make; what the last word lacks is left out.
    pub fn join<'p>(pieces: impl IntoIterator<Item = &'p str>) -> Vec<String> {
        let mut words = Vec::new();
        let mut word = String::new();
        for piece in pieces {
            match piece.strip_suffix(GOES_ON) {
                Some(beginning) => word.push_str(beginning),
                None => words.push(std::mem::take(&mut word) + piece),
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
        words
    }
}

/// The characters of a word, each but the last marked as going on.
fn characters(word: &str) -> Vec<String> {
    let mut pieces: Vec<String> = word.chars().map(|c| format!("{c}{GOES_ON}")).collect();
    if let Some(last) = pieces.last_mut() {
        last.truncate(last.len() - GOES_ON.len());
    }
    pieces
}

fn joined(left: &str, right: &str) -> String {
    format!("{}{right}", left.strip_suffix(GOES_ON).unwrap_or(left))
}

/// Whether a piece is the character `@`, in the middle of a word or at its end.
fn is_mark(piece: &str) -> bool {
    piece.starts_with('@')
}

/// What is known while merges are learned: words as numbers of pieces, and how often each pair is seen.
struct Learning {
    pieces: Vec<String>,
    numbers: HashMap<String, u32>,
    words: Vec<(Vec<u32>, u64)>,
    counts: HashMap<[u32; 2], u64>,
    /// Words in which a pair was seen, some of them twice; it may have been merged away since.
    seen_in: HashMap<[u32; 2], Vec<usize>>,
    /// Pairs by count, the first in order of its pieces before others of the same count; counts may have fallen since.
    queue: BinaryHeap<(u64, Reverse<[u32; 2]>)>,
}

impl Learning {
    fn new<'w>(words: impl IntoIterator<Item = (&'w str, u64)>) -> Self {
        let words: Vec<(Vec<String>, u64)> =
            words.into_iter().map(|(word, count)| (characters(word), count)).collect();
        // Numbers of characters follow their order, whatever the order of the words.
        let pieces: BTreeSet<&String> = words.iter().flat_map(|(pieces, _)| pieces).collect();
        let pieces: Vec<String> = pieces.into_iter().cloned().collect();
        let numbers: HashMap<String, u32> = pieces.iter().cloned().zip(0..).collect();
        let numbered = |(word, count): &(Vec<String>, u64)| {
            (word.iter().map(|piece| numbers[piece]).collect::<Vec<u32>>(), *count)
        };
        let words = words.iter().map(numbered).collect();
        let mut learning = Self {
            pieces,
            numbers,
            words,
            counts: HashMap::new(),
            seen_in: HashMap::new(),
            queue: BinaryHeap::new(),
        };
        for word in 0..learning.words.len() {
            learning.count(word);
        }
        let all = learning.counts.iter().map(|(&pair, &count)| (count, Reverse(pair)));
        learning.queue = all.collect();
        learning
    }

    /// The next merge, done in all words.
    fn merge(&mut self) -> Option<[String; 2]> {
        let pair = loop {
            let (count, Reverse(pair)) = self.queue.pop()?;
            match self.counts.get(&pair).copied().unwrap_or(0) {
                0 | 1 => {}
                now if now == count => break pair,
                now => self.queue.push((now, Reverse(pair))),
            }
        };
        let [left, right] = pair.map(|piece| self.pieces[piece as usize].clone());
        let both = joined(&left, &right);
        let next = self.pieces.len() as u32;
        // The same piece may come of several pairs.
        let number = *self.numbers.entry(both.clone()).or_insert(next);
        if number == next {
            self.pieces.push(both);
        }
        let mut words = self.seen_in.remove(&pair).unwrap_or_default();
        words.sort_unstable();
        words.dedup();
        let mut changed = HashSet::new();
        for word in words {
            self.uncount(word);
            let (pieces, _) = &mut self.words[word];
            let mut merged: Vec<u32> = Vec::with_capacity(pieces.len());
            let mut at = 0;
            while at < pieces.len() {
                let here = pieces[at..].starts_with(&pair);
                merged.push(if here { number } else { pieces[at] });
                at += 1 + usize::from(here);
            }
            *pieces = merged;
            changed.extend(self.count(word));
        }
        let counts = &self.counts;
        self.queue.extend(changed.into_iter().map(|pair| (counts[&pair], Reverse(pair))));
        Some([left, right])
    }

    /// Takes the pairs of a word into the counts.
    fn count(&mut self, word: usize) -> Vec<[u32; 2]> {
        let (pairs, times) = self.pairs(word);
        for &pair in &pairs {
            *self.counts.entry(pair).or_default() += times;
            let seen_in = self.seen_in.entry(pair).or_default();
            if seen_in.last() != Some(&word) {
                seen_in.push(word);
            }
        }
        pairs
    }

    /// Takes them out again.
    fn uncount(&mut self, word: usize) {
        let (pairs, times) = self.pairs(word);
        for pair in pairs {
            if let Some(count) = self.counts.get_mut(&pair) {
                *count -= times;
            }
        }
    }

    fn pairs(&self, word: usize) -> (Vec<[u32; 2]>, u64) {
        let (pieces, times) = &self.words[word];
        let of_marks = |piece: u32| is_mark(&self.pieces[piece as usize]);
        let pairs = pieces.windows(2).map(|pair| [pair[0], pair[1]]);
        (pairs.filter(|pair| !pair.iter().any(|&piece| of_marks(piece))).collect(), *times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The words of Sennrich et al. (2016), section 3.2; here the end of a word belongs to its last character.
    #[test]
    fn words_of_the_paper() {
        let words = [("low", 5), ("lowest", 2), ("newer", 6), ("wider", 3)];
        let subwords = Subwords::learn(words, 4);
        let merges: Vec<[&str; 2]> =
            subwords.merges.iter().map(|[left, right]| [&left[..], &right[..]]).collect();
        assert_eq!(merges[0], ["e@@", "r"]); // 9 times
        assert!(merges.contains(&["l@@", "o@@"])); // 7 times
        assert_eq!(subwords.split("lower").concat().replace("@@", ""), "lower");
        assert_eq!(subwords.split("lower").last().map(String::as_str), Some("er"));
        assert_eq!(Subwords::learn(words, 1000).split("newer"), ["newer"]);
        // Seen once only is not merged.
        assert_eq!(Subwords::learn([("ab", 1)], 9).len(), 0);
    }

    /// Counts everything anew for every merge.
    fn plainly(words: &[(String, u64)], most: usize) -> Vec<[String; 2]> {
        let mut words: Vec<(Vec<String>, u64)> =
            words.iter().map(|(word, count)| (characters(word), *count)).collect();
        let mut merges = Vec::new();
        // Pieces in the order in which they appear.
        let mut order: Vec<String> = words
            .iter()
            .flat_map(|(word, _)| word.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        while merges.len() < most {
            let mut counts: HashMap<[usize; 2], u64> = HashMap::new();
            let place = |piece: &String| order.iter().position(|known| known == piece).unwrap();
            for (word, count) in &words {
                for pair in word.windows(2).filter(|pair| !pair.iter().any(|p| is_mark(p))) {
                    *counts.entry([place(&pair[0]), place(&pair[1])]).or_default() += count;
                }
            }
            let best = counts.into_iter().max_by_key(|&(pair, count)| (count, Reverse(pair)));
            let Some((pair, 2..)) = best else { break };
            let pair = pair.map(|place| order[place].clone());
            let both = joined(&pair[0], &pair[1]);
            for (word, _) in &mut words {
                let mut at = 0;
                while at + 1 < word.len() {
                    if word[at..].starts_with(&pair) {
                        word.splice(at..at + 2, [both.clone()]);
                    }
                    at += 1;
                }
            }
            if !order.contains(&both) {
                order.push(both);
            }
            merges.push(pair);
        }
        merges
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn counting_as_it_goes_is_counting_anew(
            words in prop::collection::hash_map("[abé@]{1,7}", 1u64..9, 1..12),
            most in 0usize..20,
        ) {
            let words: Vec<(String, u64)> = words.into_iter().collect();
            let given = words.iter().map(|(word, count)| (word.as_str(), *count));
            let learned = Subwords::learn(given, most);
            prop_assert_eq!(&learned.merges, &plainly(&words, most));
            // A word of the training falls into the pieces that it had in the end, and others into some.
            for (word, _) in &words {
                let pieces = learned.split(word);
                prop_assert_eq!(Subwords::join(pieces.iter().map(String::as_str)), [word.clone()]);
            }
        }

        #[test]
        fn words_come_back(words in prop::collection::vec("[ab@é]{1,8}", 0..9)) {
            let subwords = Subwords::learn([("abab", 3), ("b@ab", 2), ("@@a", 2), ("aé", 5)], 9);
            let pieces: Vec<String> = words.iter().flat_map(|word| subwords.split(word)).collect();
            prop_assert_eq!(Subwords::join(pieces.iter().map(String::as_str)), words);
        }
    }

    #[test]
    fn merges_are_read_as_they_are_written() {
        let subwords = Subwords::learn([("abc", 3), ("bc", 2)], 9);
        let text = serde_json::to_string(&subwords).unwrap();
        assert_eq!(text, r#"[["b@@","c"],["a@@","bc"]]"#);
        let read: Subwords = serde_json::from_str(&text).unwrap();
        assert_eq!(read, subwords);
        assert_eq!(read.split("abcbc"), ["a@@", "b@@", "c@@", "bc"]);
    }
}
