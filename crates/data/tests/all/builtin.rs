//! The built-in language: the same everywhere, and made so that memory matters.

use std::collections::HashMap;

use data::{Corpus, Places, Progress, WhenMissing, load_corpus, unigram_nll};

fn builtin() -> Corpus {
    let mut silent = |progress: Progress| panic!("nothing to tell: {progress:?}");
    let nowhere = Places::new(Vec::new(), None);
    load_corpus("builtin", WhenMissing::Error, &nowhere, &mut silent).unwrap()
}

#[test]
fn the_text_is_the_same_on_every_machine() {
    let corpus = builtin();
    let sums: Vec<&str> = corpus.source.files.iter().map(|file| file.sha256.as_str()).collect();
    let golden = [
        "9427b905bf3db450ac0b93d4945adf886109e037c165fff9f9d0ec7ba2f506b7",
        "3257de1a605420610344d92c0e0514a83949816059408ed5c23252a983562ab9",
        "c8dbfc4613d68ae73e4f1b3d0506aad2c363bc4705bf351d867d1881c5105428",
    ];
    assert_eq!(sums, golden);
    let sizes = [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len);
    assert_eq!(sizes, [1_000_025, 75_004, 80_006]);
    assert_eq!(corpus.vocabulary.len(), 3_954);
    let words: Vec<&str> = corpus.vocabulary.words().take(12).collect();
    assert_eq!(words.join(" "), "<eos> . ke kaj la mi nu ti ves laku tibu misu");
}

#[test]
fn it_says_what_it_is() {
    let source = builtin().source;
    assert!(source.stand_in);
    assert_eq!((source.requested.as_str(), source.name.as_str()), ("builtin", "builtin"));
    assert!(source.title.contains("NOT"));
    assert_eq!(source.note, None);
}

#[test]
fn the_splits_are_different_texts() {
    let corpus = builtin();
    let start = |tokens: &[u32]| tokens[..200].to_vec();
    let starts = [&corpus.train, &corpus.valid, &corpus.test].map(|split| start(split));
    for (i, start) in starts.iter().enumerate() {
        for (j, split) in [&corpus.train, &corpus.valid, &corpus.test].into_iter().enumerate() {
            let occurs = split.windows(start.len()).any(|window| window == start);
            assert_eq!(occurs, i == j, "the start of split {i} in split {j}");
        }
    }
}

#[test]
fn words_follow_zipf_and_all_ids_are_in_the_vocabulary() {
    let corpus = builtin();
    let mut counts = vec![0u64; corpus.vocabulary.len()];
    for &token in corpus.train.iter().chain(&corpus.valid).chain(&corpus.test) {
        counts[token as usize] += 1;
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    // A straight line in log-log over two decades, roughly.
    let (tenth, hundredth, thousandth) = (counts[9] as f64, counts[99] as f64, counts[999] as f64);
    assert!((3.0..40.0).contains(&(tenth / hundredth)), "{tenth} {hundredth}");
    assert!((3.0..40.0).contains(&(hundredth / thousandth)), "{hundredth} {thousandth}");
    assert!(counts.iter().filter(|&&count| count > 0).count() > 3_900);
}

/// A verb and its subject, found by parsing: both as positions in the sentence.
struct Agreement {
    subject: usize,
    verb: usize,
}

/// A parser for the grammar, written independently of the generator: it knows the word classes
/// by their endings only.
struct Parser<'a> {
    words: Vec<&'a str>,
    at: usize,
    found: Vec<Agreement>,
}

impl Parser<'_> {
    fn next_is(&self, endings: &[&str]) -> bool {
        let word = self.words[self.at];
        word.len() > 3 && endings.iter().any(|ending| word.ends_with(ending))
    }

    fn next_is_word(&self, word: &str) -> bool {
        self.words[self.at] == word
    }

    fn skip(&mut self, endings: &[&str]) -> bool {
        let is = self.next_is(endings);
        self.at += usize::from(is);
        is
    }

    fn determiner(&self) -> bool {
        ["la", "mi", "nu", "ti", "ves"].contains(&self.words[self.at])
    }

    fn sentence(&mut self) {
        self.skip(&["e"]);
        let subject = self.noun_phrase();
        self.verb_phrase(subject);
        if self.next_is_word("kaj") {
            self.at += 1;
            self.verb_phrase(subject);
        }
        assert_eq!(self.words[self.at..], [".", "<eos>"], "{:?}", self.words);
    }

    fn noun_phrase(&mut self) -> usize {
        assert!(self.determiner(), "{:?} at {}", self.words, self.at);
        self.at += 1;
        while self.skip(&["a"]) {}
        let noun = self.at;
        assert!(self.skip(&["o", "oj"]), "{:?} at {}", self.words, self.at);
        if self.words[self.at].len() > 2 && self.next_is(&["u"]) {
            self.at += 1;
            self.noun_phrase();
        } else if self.next_is_word("ke") {
            self.at += 1;
            if self.determiner() {
                let subject = self.noun_phrase();
                self.verb(subject);
            } else {
                self.verb(noun);
                self.noun_phrase();
            }
        }
        noun
    }

    fn verb_phrase(&mut self, subject: usize) {
        self.skip(&["e"]);
        self.verb(subject);
        if self.determiner() {
            self.noun_phrase();
        }
        if self.skip(&["u"]) {
            self.noun_phrase();
        }
    }

    fn verb(&mut self, subject: usize) {
        let verb = self.at;
        assert!(self.skip(&["as", "is"]), "{:?} at {}", self.words, self.at);
        self.found.push(Agreement { subject, verb });
    }
}

fn plural(word: &str) -> bool {
    word.ends_with("oj") || word.ends_with("is")
}

#[test]
fn verbs_agree_at_a_distance_where_n_grams_cannot_know() {
    let corpus = builtin();
    let spell = |tokens: &[u32]| -> Vec<String> {
        let spelt = tokens.iter().filter_map(|&id| corpus.vocabulary.word(id));
        spelt.map(str::to_owned).collect()
    };
    // What three words before a verb say about its number, counted on the training split.
    let words = spell(&corpus.train);
    let mut seen: HashMap<&[String], [u32; 2]> = HashMap::new();
    for window in words.windows(4) {
        let verb = &window[3];
        if verb.len() > 3 && (verb.ends_with("as") || verb.ends_with("is")) {
            seen.entry(&window[..3]).or_default()[usize::from(plural(verb))] += 1;
        }
    }

    let held_out = spell(&corpus.valid);
    let (mut verbs, mut distant, mut guessed) = (0, 0, 0);
    for sentence in held_out.split_inclusive(|word| word == "<eos>") {
        let words = sentence.iter().map(String::as_str).collect();
        let mut parser = Parser { words, at: 0, found: Vec::new() };
        parser.sentence();
        for Agreement { subject, verb } in parser.found {
            verbs += 1;
            assert_eq!(plural(&sentence[subject]), plural(&sentence[verb]), "{sentence:?}");
            if verb - subject >= 5 {
                distant += 1;
                let counts = seen.get(&sentence[verb - 3..verb]).copied().unwrap_or_default();
                guessed += u32::from((counts[1] > counts[0]) == plural(&sentence[verb]));
            }
        }
    }
    let (far, right) =
        (f64::from(distant) / f64::from(verbs), f64::from(guessed) / f64::from(distant));
    eprintln!("{verbs} verbs, {far:.2} of them distant, 4-grams right on {right:.2} of these");
    assert!(far > 0.2, "{distant} of {verbs}");
    assert!(right < 0.6, "{guessed} of {distant}");
}

#[test]
fn paragraphs_keep_to_a_topic() {
    // Words of a recent sentence come back more often than ten thousand tokens later.
    let corpus = builtin();
    let content =
        |token: u32| corpus.vocabulary.word(token).is_some_and(|word| word.ends_with("o"));
    let repeats = |lag: usize| -> usize {
        let near = |at: usize| corpus.train[at - lag - 50..at - lag].contains(&corpus.train[at]);
        (20_000..200_000).filter(|&at| content(corpus.train[at]) && near(at)).count()
    };
    let (close, far) = (repeats(10), repeats(10_000));
    assert!(close > 3 * far, "{close} {far}");
}

#[test]
fn the_unigram_floor_is_below_the_uniform_one() {
    let corpus = builtin();
    let words = corpus.vocabulary.len();
    let floor = unigram_nll(&corpus.train, &corpus.test, words).unwrap();
    eprintln!("unigram {floor:.3} nats, uniform {:.3}", (words as f64).ln());
    assert!((4.0..(words as f64).ln() - 1.0).contains(&floor), "{floor}");
}
