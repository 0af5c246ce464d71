//! The generated tasks: what they promise about inputs, targets and losses.

use std::collections::HashSet;

use data::{Counts, Generated, GeneratedTask, SequenceInputs, SequenceTargets, Sequences, Split};
use proptest::prelude::*;
use task::{IGNORE, InputKind, TargetKind};

/// Strings so long that no two are equal.
const REVERSE: GeneratedTask = GeneratedTask::Reverse { letters: 5, shortest: 30, longest: 40 };

fn tasks() -> [GeneratedTask; 7] {
    let named = |name: &str| GeneratedTask::named(name).unwrap();
    let [adding, copy, selective, parity, dyck, agreement] =
        ["adding", "copy", "selective-copy", "parity", "dyck", "agreement"].map(named);
    [adding, copy, selective, parity, dyck, agreement, REVERSE]
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
fn train(task: GeneratedTask, count: u64) -> Sequences {
    Generated::new(task, 1).unwrap().sequences(Split::Train, 0..count)
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
    let found = tasks().map(|task| fingerprint(&train(task, 20)));
    let golden = [
        2_944_825_598_311_698_769,
        6_795_968_780_118_275_859,
        12_477_649_312_428_714_019,
        9_191_230_730_617_847_123,
        17_556_915_931_240_841_267,
        7_565_709_014_300_206_306,
        4_802_876_044_143_210_901,
    ];
    assert_eq!(found, golden);
}

#[test]
fn inputs_and_targets_are_what_is_said() {
    for task in tasks() {
        let generated = Generated::new(task, 5).unwrap();
        let data = generated.data(Counts { train: 30, valid: 20, test: 10 }).unwrap();
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
    for task in tasks() {
        let mut seen = HashSet::new();
        for seed in [1, 2] {
            let generated = Generated::new(task, seed).unwrap();
            for split in Split::ALL {
                for number in 0..200 {
                    let one = generated.sequences(split, number..number + 1);
                    assert!(seen.insert(format!("{:?}", one.inputs())), "{task:?} {split:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sequence_needs_none_before_it(task in 0usize..7, seed: u64, start in 0u64..1 << 40, at in 0u64..5) {
        let generated = Generated::new(tasks()[task], seed).unwrap();
        let some = generated.sequences(Split::Valid, start..start + 5);
        let one = generated.sequences(Split::Valid, start + at..start + at + 1);
        prop_assert_eq!(some.select(&[at as usize]), one);
    }

    #[test]
    fn any_size_works(length in 2usize..40, kinds in 2u32..9, depth in 1usize..9) {
        let even = length / 2 * 2;
        for task in [
            GeneratedTask::Adding { length },
            GeneratedTask::Copy { delay: length - 1 },
            GeneratedTask::SelectiveCopy { delay: length - 1 },
            GeneratedTask::Parity { length },
            GeneratedTask::Dyck { length: even, kinds, depth },
            GeneratedTask::Agreement { length },
        ] {
            let steps = match task {
                GeneratedTask::Copy { delay } | GeneratedTask::SelectiveCopy { delay } => delay + 20,
                GeneratedTask::Dyck { length, .. } => length,
                _ => length,
            };
            prop_assert!(train(task, 4).lengths().all(|length| length == steps));
        }
    }
}

#[test]
fn adding_by_its_rule_and_its_loss() {
    let sequences = train(GeneratedTask::Adding { length: 11 }, 20_000);
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
    let baseline = Generated::new(GeneratedTask::Adding { length: 11 }, 1).unwrap().baseline().loss;
    assert_eq!(baseline, 1.0 / 6.0);
    // Four standard errors: the variance of the squared error is 7/180.
    assert!((loss - baseline).abs() < 4.0 * (7.0_f64 / 180.0 / 20_000.0).sqrt(), "{loss}");
}

#[test]
fn copy_by_its_rule_and_its_loss() {
    for (task, selective) in [
        (GeneratedTask::Copy { delay: 7 }, false),
        (GeneratedTask::SelectiveCopy { delay: 7 }, true),
    ] {
        let sequences = train(task, 4_000);
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
        let baseline = Generated::new(task, 1).unwrap().baseline().loss;
        assert!((loss - baseline).abs() < 1e-9, "{loss} {baseline}");
        assert!((baseline - 10.0 * 8.0_f64.ln() / 27.0).abs() < 1e-12);
    }
}

#[test]
fn selective_copy_puts_symbols_anywhere() {
    let mut counts = [0; 16];
    for input in tokens(&train(GeneratedTask::SelectiveCopy { delay: 7 }, 4_000)) {
        for (place, &token) in input[..16].iter().enumerate() {
            counts[place] += u32::from(token > 0);
        }
    }
    // Each place with 10 / 16: 2,500 expected, standard deviation 31.
    assert!(counts.iter().all(|count| (2_370..2_630).contains(count)), "{counts:?}");
}

#[test]
fn parity_needs_every_bit() {
    let sequences = train(GeneratedTask::Parity { length: 8 }, 8_000);
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
    let task = GeneratedTask::Dyck { length: 40, kinds: 3, depth: 4 };
    let sequences = train(task, 500);
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
    let baseline = Generated::new(task, 1).unwrap().baseline().loss;
    assert!((baseline - 3.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn the_verb_agrees_with_the_subject_and_nothing_else() {
    let sequences = train(GeneratedTask::Agreement { length: 6 }, 8_000);
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
        (GeneratedTask::Adding { length: 1 }, "length: 1 is not allowed; 2 to 1,000,000 is"),
        (GeneratedTask::Copy { delay: 0 }, "delay: 0 is not allowed; 1 to 1,000,000 is"),
        (GeneratedTask::Parity { length: 2_000_000 }, "length: 2,000,000 is not"),
        (GeneratedTask::Dyck { length: 3, kinds: 2, depth: 1 }, "length: 3 is odd"),
        (
            GeneratedTask::Dyck { length: 4, kinds: 1, depth: 1 },
            "kinds: 1 is not allowed; 2 to 1,000 is",
        ),
        (GeneratedTask::Dyck { length: 4, kinds: 2, depth: 0 }, "depth: 0 is not"),
    ] {
        let error = Generated::new(task, 1).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn impossible_numbers_of_sequences_are_refused() {
    let generated = Generated::new(GeneratedTask::Parity { length: 1_000_000 }, 1).unwrap();
    for (counts, expected) in [
        (
            Counts { valid: 0, ..Counts::default() },
            "there is nothing to score in the validation split",
        ),
        (
            Counts::default(),
            "sequences: 12,000 sequences of 1,000,000 steps are more than 536,870,912",
        ),
        (Counts { train: u64::MAX, valid: u64::MAX, test: 1 }, "are more than 536,870,912 steps"),
    ] {
        let error = generated.data(counts).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn strings_are_written_backwards_up_to_their_end() {
    let task = GeneratedTask::Reverse { letters: 3, shortest: 1, longest: 4 };
    let sequences = train(task, 400);
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
    assert!((Generated::new(task, 1).unwrap().baseline().loss - nats).abs() < 1e-12);
    for (letters, shortest, longest, setting) in
        [(1, 1, 4, "letters"), (3, 0, 4, "shortest"), (3, 5, 4, "shortest"), (3, 0, 0, "longest")]
    {
        let task = GeneratedTask::Reverse { letters, shortest, longest };
        let error = Generated::new(task, 1).unwrap_err().to_string();
        assert!(error.starts_with(setting), "{error}");
    }
}
