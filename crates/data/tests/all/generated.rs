//! The generated tasks: what they promise about inputs, targets and losses.

use std::collections::HashSet;

use data::{Generated, SequenceInputs, SequenceTargets, Sequences, Split};
use proptest::prelude::*;
use serde_json::{Value, json};
use task::{IGNORE, InputKind, TargetKind};

/// A task with these settings.
fn of(name: &str, settings: Value) -> Generated {
    let Value::Object(settings) = settings else { panic!("{settings}") };
    Generated::read(name, settings).unwrap().unwrap()
}

/// All tasks, so large that no two of their sequences are equal.
fn tasks(seed: u64) -> [Generated; 8] {
    let made = |name, mut settings: Value| {
        settings["seed"] = seed.into();
        settings["sequences"] = json!({"train": 30, "valid": 20, "test": 10});
        of(name, settings)
    };
    let usual = |name| made(name, json!({}));
    [
        usual("adding"),
        usual("copy"),
        usual("selective-copy"),
        usual("parity"),
        usual("dyck"),
        usual("agreement"),
        made("reverse", json!({"letters": 5, "shortest": 30, "longest": 40})),
        made("spelling", json!({"digits": 6})),
    ]
}

fn tokens(sequences: &Sequences) -> Vec<&[u32]> {
    let SequenceInputs::Tokens(tokens) = sequences.inputs() else {
        panic!("{:?}", sequences.inputs())
    };
    tokens.iter().collect()
}

fn answers(sequences: &Sequences) -> Vec<&[u32]> {
    let SequenceTargets::Tokens(tokens) = sequences.targets() else {
        panic!("{:?}", sequences.targets())
    };
    tokens.iter().collect()
}

fn classes(sequences: &Sequences) -> &[u32] {
    let SequenceTargets::Classes(classes) = sequences.targets() else {
        panic!("{:?}", sequences.targets())
    };
    classes
}

/// The first `count` training sequences of seed 1.
fn train(task: &Generated, count: u64) -> Sequences {
    task.sequences(Split::Train, 0..count).unwrap()
}

/// The FNV-1a hash of everything that is in the sequences.
fn fingerprint(sequences: &Sequences) -> u64 {
    let text = format!("{:?} {:?}", sequences.inputs(), sequences.targets());
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn they_are_the_same_on_every_machine() {
    let found = tasks(1).map(|task| fingerprint(&train(&task, 20)));
    let golden = [
        2_944_825_598_311_698_769,
        6_795_968_780_118_275_859,
        12_477_649_312_428_714_019,
        9_191_230_730_617_847_123,
        17_556_915_931_240_841_267,
        7_565_709_014_300_206_306,
        4_802_876_044_143_210_901,
        4_742_231_219_504_224_679,
    ];
    assert_eq!(found, golden);
}

#[test]
fn inputs_and_targets_are_what_is_said() {
    for generated in tasks(5) {
        let data = generated.data().unwrap();
        assert_eq!([data.train.len(), data.valid.len(), data.test.len()], [30, 20, 10]);
        assert_eq!(data.baseline, Some(generated.baseline()));
        for split in [&data.train, &data.valid, &data.test] {
            // What a loader of files would have refused.
            let again = Sequences::new(split.inputs().clone(), split.targets().clone());
            assert_eq!(&again.unwrap(), split);
            match (data.input, split.inputs()) {
                (InputKind::Tokens { types }, SequenceInputs::Tokens(tokens)) => {
                    assert!(tokens.values().iter().all(|&token| (token as usize) < types));
                }
                (InputKind::Features { width: said }, SequenceInputs::Features { width, .. }) => {
                    assert_eq!(said, *width);
                }
                other => panic!("{other:?}"),
            }
            match (data.target, split.targets()) {
                (TargetKind::Class { classes }, SequenceTargets::Classes(found)) => {
                    assert_eq!(data.classes.len(), classes);
                    assert!(found.iter().all(|&class| (class as usize) < classes));
                }
                (TargetKind::Tokens { types }, SequenceTargets::Tokens(found)) => {
                    let mut found = found.values().iter();
                    assert!(found.all(|&token| token == IGNORE || (token as usize) < types));
                }
                (TargetKind::Value, SequenceTargets::Values(_)) => {}
                (TargetKind::Sequence { types }, SequenceTargets::Sequences(found)) => {
                    assert!(found.iter().all(|answer| answer.last() == Some(&(types as u32 - 1))));
                    assert!(found.values().iter().all(|&token| (token as usize) < types));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn splits_never_overlap_and_seeds_differ() {
    // There are too few numbers below a million for none to be drawn twice.
    for (one, two) in tasks(1).into_iter().zip(tasks(2)).filter(|(one, _)| one.name() != "spelling")
    {
        let mut seen = HashSet::new();
        for generated in [one, two] {
            for split in Split::ALL {
                for number in 0..200 {
                    let one = generated.sequences(split, number..number + 1).unwrap();
                    assert!(seen.insert(format!("{:?}", one.inputs())), "{generated:?} {split:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sequence_needs_none_before_it(task in 0usize..8, seed: u64, start in 0u64..1 << 40, at in 0u64..5) {
        let generated = &tasks(seed)[task];
        let some = generated.sequences(Split::Valid, start..start + 5).unwrap();
        let one = generated.sequences(Split::Valid, start + at..start + at + 1).unwrap();
        prop_assert_eq!(some.select(&[at as usize]), one);
    }

    #[test]
    fn any_size_works(length in 2usize..40, kinds in 2u32..9, depth in 1usize..9) {
        let even = length / 2 * 2;
        for (task, steps) in [
            (of("adding", json!({"length": length})), length),
            (of("copy", json!({"delay": length - 1})), length + 19),
            (of("selective-copy", json!({"delay": length - 1})), length + 19),
            (of("parity", json!({"length": length})), length),
            (of("dyck", json!({"length": even, "kinds": kinds, "depth": depth})), even),
            (of("agreement", json!({"length": length})), length),
        ] {
            prop_assert!(train(&task, 4).lengths().all(|length| length == steps));
        }
    }
}

#[test]
fn adding_by_its_rule_and_its_loss() {
    let sequences = train(&of("adding", json!({"length": 11})), 20_000);
    let SequenceInputs::Features { width: 2, values } = sequences.inputs() else { panic!() };
    let SequenceTargets::Values(sums) = sequences.targets() else { panic!() };
    let mut firsts = HashSet::new();
    for (steps, sum) in values.iter().zip(sums) {
        let marked: Vec<usize> = (0..11).filter(|step| steps[2 * step + 1] == 1.0).collect();
        let [first, second] = marked[..] else { panic!("{marked:?}") };
        assert!(first < 5 && second >= 5);
        firsts.insert((first, second));
        assert_eq!(steps[2 * first] + steps[2 * second], *sum);
        assert!(steps.iter().all(|value| (0.0..=1.0).contains(value)));
    }
    assert_eq!(firsts.len(), 5 * 6);
    let loss = sums.iter().map(|sum| f64::from(sum - 1.0).powi(2)).sum::<f64>() / 20_000.0;
    let baseline = of("adding", json!({"length": 11})).baseline().loss;
    assert_eq!(baseline, 1.0 / 6.0);
    // Four standard errors: the variance of the squared error is 7/180.
    assert!((loss - baseline).abs() < 4.0 * (7.0_f64 / 180.0 / 20_000.0).sqrt(), "{loss}");
}

#[test]
fn copy_by_its_rule_and_its_loss() {
    for (task, selective) in [
        (of("copy", json!({"delay": 7})), false),
        (of("selective-copy", json!({"delay": 7})), true),
    ] {
        let sequences = train(&task, 4_000);
        let mut counts = [0; 10];
        let mut loss = 0.0;
        let mut places = HashSet::new();
        for (input, target) in tokens(&sequences).into_iter().zip(answers(&sequences)) {
            assert_eq!((input.len(), input[16]), (27, 9));
            assert!(input[17..].iter().chain(&target[..17]).all(|&token| token == 0));
            let symbols: Vec<u32> =
                input[..16].iter().copied().filter(|&token| token > 0).collect();
            assert_eq!(symbols, target[17..]);
            if !selective {
                assert_eq!(symbols, input[..10]);
            }
            places.insert(input.iter().map(|&token| token > 0).collect::<Vec<_>>());
            for symbol in symbols {
                counts[symbol as usize] += 1;
                // One who does not remember gives each of the eight the same probability.
                loss += 8.0_f64.ln() / (4_000.0 * 27.0);
            }
        }
        assert_eq!(places.len() > 1, selective);
        // Uniform: 5,000 expected of each, standard deviation 66.
        assert!(counts[1..9].iter().all(|count| (4_700..5_300).contains(count)), "{counts:?}");
        assert_eq!(counts[1..9].iter().sum::<i32>(), 40_000);
        let baseline = task.baseline().loss;
        assert!((loss - baseline).abs() < 1e-9, "{loss} {baseline}");
        assert!((baseline - 10.0 * 8.0_f64.ln() / 27.0).abs() < 1e-12);
    }
}

#[test]
fn selective_copy_puts_symbols_anywhere() {
    let mut counts = [0; 16];
    for input in tokens(&train(&of("selective-copy", json!({"delay": 7})), 4_000)) {
        for (place, &token) in input[..16].iter().enumerate() {
            counts[place] += u32::from(token > 0);
        }
    }
    // Each place with 10 / 16: 2,500 expected, standard deviation 31.
    assert!(counts.iter().all(|count| (2_370..2_630).contains(count)), "{counts:?}");
}

#[test]
fn parity_needs_every_bit() {
    let sequences = train(&of("parity", json!({"length": 8})), 8_000);
    let mut odd_after = [[0; 2]; 8];
    for (bits, &class) in tokens(&sequences).into_iter().zip(classes(&sequences)) {
        assert_eq!(bits.iter().sum::<u32>() % 2, class);
        for (place, &bit) in bits.iter().enumerate() {
            odd_after[place][bit as usize] += class;
        }
    }
    // No single bit tells anything: half of 4,000 are odd, standard deviation 39 or so.
    let fair = |count: &u32| (1_800..2_200).contains(count);
    assert!(odd_after.iter().flatten().all(fair), "{odd_after:?}");
}

#[test]
fn brackets_are_balanced_and_kinds_are_uniform() {
    let task = of("dyck", json!({"length": 40, "kinds": 3, "depth": 4}));
    let sequences = train(&task, 500);
    let mut deepest = 0;
    let mut counts = [0; 3];
    for (input, target) in tokens(&sequences).into_iter().zip(answers(&sequences)) {
        let mut open = Vec::new();
        for (&bracket, &answer) in input.iter().zip(target) {
            if bracket == 3 {
                assert_eq!(open.pop(), Some(answer));
                counts[answer as usize] += 1;
            } else {
                assert_eq!(answer, IGNORE);
                open.push(bracket);
            }
            deepest = deepest.max(open.len());
        }
        assert!(open.is_empty());
    }
    assert_eq!(deepest, 4);
    // 10,000 closing brackets.
    assert!(counts.iter().all(|count| (3_150..3_520).contains(count)), "{counts:?}");
    let baseline = task.baseline().loss;
    assert!((baseline - 3.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn the_verb_agrees_with_the_subject_and_nothing_else() {
    let sequences = train(&of("agreement", json!({"length": 6})), 8_000);
    let mut plural_after = [0; 10];
    let mut plural = 0;
    for (words, &class) in tokens(&sequences).into_iter().zip(classes(&sequences)) {
        assert_eq!((words[0], words[5]), (class, 10));
        plural_after[words[4] as usize] += class;
        plural += class;
    }
    assert!((3_820..4_180).contains(&plural), "{plural}");
    // The last word before the verb tells nothing: 400 of 800, standard deviation 20 or so.
    assert!(plural_after.iter().all(|count| (310..490).contains(count)), "{plural_after:?}");
}

#[test]
fn impossible_sizes_are_refused() {
    for (task, expected) in [
        (of("adding", json!({"length": 1})), "length: 1 is not allowed; 2 to 1,000,000 is"),
        (of("copy", json!({"delay": 0})), "delay: 0 is not allowed; 1 to 1,000,000 is"),
        (of("parity", json!({"length": 2_000_000})), "length: 2,000,000 is not"),
        (of("dyck", json!({"length": 3, "kinds": 2, "depth": 1})), "length: 3 is odd"),
        (
            of("dyck", json!({"length": 4, "kinds": 1, "depth": 1})),
            "kinds: 1 is not allowed; 2 to 1,000 is",
        ),
        (of("dyck", json!({"length": 4, "kinds": 2, "depth": 0})), "depth: 0 is not"),
    ] {
        let error = task.data().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn impossible_numbers_of_sequences_are_refused() {
    for (counts, expected) in [
        (json!({"valid": 0}), "there is nothing to score in the validation split"),
        (json!({}), "sequences: 12,000 sequences of 1,000,000 steps are more than 536,870,912"),
        (
            json!({"train": u64::MAX, "valid": u64::MAX, "test": 1}),
            "are more than 536,870,912 steps",
        ),
    ] {
        let task = of("parity", json!({"length": 1_000_000, "sequences": counts}));
        let error = task.data().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn strings_are_written_backwards_up_to_their_end() {
    let task = of("reverse", json!({"letters": 3, "shortest": 1, "longest": 4}));
    let sequences = train(&task, 400);
    let SequenceTargets::Sequences(targets) = sequences.targets() else { panic!() };
    let mut lengths = [0; 5];
    for (string, target) in tokens(&sequences).into_iter().zip(targets.iter()) {
        let (end, backwards) = target.split_last().unwrap();
        assert_eq!(*end, 3);
        assert!(string.iter().rev().eq(backwards), "{string:?} {target:?}");
        lengths[string.len()] += 1;
    }
    // Each length is as likely as the others: 100, give or take four standard deviations.
    assert!(lengths[1..].iter().all(|count| (65..=135).contains(count)), "{lengths:?}");
    assert_eq!(lengths[0], 0);
    // Nats of a string: 2.5 letters on average, and one of four lengths.
    let nats = (2.5 * 3.0_f64.ln() + 4.0_f64.ln()) / 3.5;
    assert!((task.baseline().loss - nats).abs() < 1e-12);
    for (letters, shortest, longest, setting) in
        [(1, 1, 4, "letters"), (3, 0, 4, "shortest"), (3, 5, 4, "shortest"), (3, 0, 0, "longest")]
    {
        let task =
            of("reverse", json!({"letters": letters, "shortest": shortest, "longest": longest}));
        let error = task.data().unwrap_err().to_string();
        assert!(error.starts_with(setting), "{error}");
    }
}

#[test]
fn numbers_are_spelt_one_to_one() {
    let task = of("spelling", json!({"digits": 3}));
    let sequences = train(&task, 3_000);
    let SequenceTargets::Sequences(targets) = sequences.targets() else { panic!() };
    let mut known = std::collections::HashMap::new();
    for (digits, words) in tokens(&sequences).into_iter().zip(targets.iter()) {
        assert_eq!(known.entry(words).or_insert(digits), &digits);
    }
    assert!(known.len() > 900, "{}", known.len());
    // By hand: 1 word of 28 numbers below a hundred, 2 of 72; and two more, or one word more and 99 numbers.
    let below_hundred = 28 + 2 * 72;
    let words = below_hundred + 9 * (2 * 100 + below_hundred - 1);
    let loss = 1000.0_f64.ln() / (f64::from(words) / 1000.0 + 1.0);
    assert!((task.baseline().loss - loss).abs() < 1e-12, "{} {loss}", task.baseline().loss);
}
