//! Every cell of the list passes every check.

use crate::counted;
use crate::every::of_every_cell;
use cell::Cell;
use conformance::Check;
use sequence::LayerSizes;
use std::collections::HashSet;
use zoo::Zoo;

type Checks = fn(&Zoo) -> (&'static str, Vec<Check>);

/// The checks of the cell as the list has it.
fn checks<C: Cell>(zoo: &Zoo) -> (&'static str, Vec<Check>) {
    let name = C::FACTS.name;
    let compiled = zoo.get(name).and_then(|entry| entry.compiled());
    (name, compiled.map_or_else(Vec::new, conformance::run_compiled::<C>))
}

#[test]
fn every_cell_passes_every_check() {
    let all: [Checks; _] = of_every_cell!(checks);
    let (mut names, mut failures) = (Vec::new(), Vec::new());
    let zoo = Zoo::standard();
    for checks in all {
        let (name, checks) = checks(&zoo);
        assert!(!checks.is_empty(), "{name} is not in the list");
        for check in checks {
            println!("{name:16} {:52} {:.1e}", check.name, check.worst);
            if !check.passed() {
                failures.push(format!("{name}: {check:?}"));
            }
        }
        names.push(name);
    }
    assert!(failures.is_empty(), "{failures:#?}");
    let cells: Vec<_> = Zoo::standard().cells().map(|facts| facts.name).collect();
    assert_eq!(names, cells, "tests/all/every/mod.rs does not have every cell");
}

/// Cells and memories.
#[test]
fn every_layer_passes_every_check() {
    let mut failures = Vec::new();
    for entry in Zoo::standard().entries() {
        for check in conformance::run_layers(entry).unwrap() {
            println!("{:24} {:52} {:.1e}", entry.name(), check.name, check.worst);
            if !check.passed() {
                failures.push(format!("{}: {check:?}", entry.name()));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn names_are_unique() {
    let zoo = Zoo::standard();
    let names: HashSet<_> = zoo.names().into_iter().collect();
    assert_eq!(names.len(), zoo.entries().len());
    for facts in zoo.cells() {
        let gates: HashSet<_> = facts.pre.iter().collect();
        assert_eq!(gates.len(), facts.pre.len(), "{}", facts.name);
        assert_eq!(facts.state[0], "h", "{}", facts.name);
    }
}

/// At I = H = 200, and at I = 100, H = 200 for the cells that then project their input.
#[test]
fn parameter_counts_are_the_published_ones() {
    let zoo = Zoo::standard();
    let count =
        |name: &str, input| zoo.get(name).map(|e| e.costs(LayerSizes::new(input, 200)).parameters);
    let published = [
        ("rnn", 80_200),
        ("rnn_relu", 80_200),
        ("indrnn", 40_400),
        ("fastrnn", 80_202),
        ("antisymmetric_rnn", 80_200),
        ("antisymmetric_rnn_gated", 120_400),
        ("cornn", 120_200),
        ("unicornn", 40_600),
        ("lstm", 320_800),
        ("lstm_peephole", 321_400),
        ("lstm_cifg", 240_600),
        ("lstm_nig", 240_600),
        ("lstm_nfg", 240_600),
        ("lstm_nog", 240_600),
        ("lstm_ln", 322_800),
        ("janet", 160_400),
        ("minlstm", 120_600),
        ("slstm", 320_800), // 200,800 of four heads
        ("lstm_multiplicative", 400_800),
        ("minlstm_log", 120_600),
        ("lem", 320_800),
        ("nas", 641_600),
        ("gru", 240_600),
        ("gru_reset_after", 240_800),
        ("gru_ln", 242_000),
        ("mgu", 160_400),
        ("ugrnn", 160_400),
        ("ligru", 160_400), // 160,800 with the batch normalisation of the paper
        ("mingru", 80_400),
        ("fastgrnn", 80_402),
        ("ran", 200_600),
        ("sru", 120_800),
        ("mut1", 160_600),
        ("mut2", 200_600),
        ("mut3", 240_600),
        ("mingru_log", 80_400),
        ("gilr", 80_400),
        ("qrnn", 120_600),
        ("qrnn_2", 240_600),
        ("hgrn", 80_200),
        ("rg_lru", 80_600),
        ("linear_attention", 120_000),
        ("retnet", 120_000),
        ("gla", 160_200),
        // 160,850 of four heads, less their norm's 50 gains and what projects the output.
        ("delta_net", 120_200),
        ("delta_net_negative", 120_200),
        ("gated_delta_net", 120_402),
        ("gated_delta_net_negative", 120_402),
        ("linear_attention_normalised", 120_000),
        ("hgrn2", 120_000),
        ("mlstm", 160_602), // 161,808 of four heads
        ("rwkv7", 200_400),
    ];
    for (name, expected) in published {
        assert_eq!(count(name, 200), Some(expected), "{name}");
    }
    assert_eq!(published.map(|(name, _)| name).to_vec(), zoo.names());

    let of_heads = LayerSizes { heads: 4, ..LayerSizes::new(200, 200) };
    let slstm = zoo.get("slstm").map(|entry| entry.costs(of_heads));
    assert_eq!(slstm.map(|costs| costs.parameters), Some(200_800));
    assert_eq!(slstm.map(|costs| costs.flops_per_token), Some(2 * 200_000 + 200 * (4 + 17)));

    let mlstm = zoo.get("mlstm").map(|entry| entry.costs(of_heads));
    assert_eq!(mlstm.map(|costs| costs.parameters), Some(161_808));

    // A projection W x of HI = 20,000 more takes the place of x itself.
    assert_eq!(count("sru", 100), Some(60_800 + 20_000));
    assert_eq!(count("mut1", 100), Some(120_600 + 20_000));
    assert_eq!(count("rg_lru", 100), Some(40_600 + 20_000));
    assert_eq!(count("mut2", 100), count("gru", 100));
}

/// Sizes at which cells have as many parameters as they may or as the LSTM with 200 units has.
#[test]
fn matched_sizes_are_the_published_ones() {
    let zoo = Zoo::standard();
    let count = |name: &str, input, hidden| {
        zoo.get(name).map(|e| e.costs(LayerSizes::new(input, hidden)).parameters)
    };
    let within_70_000 = [
        ("lstm", 130, 69_160),
        ("lstm_peephole", 130, 69_550),
        ("gru", 151, 69_762),
        ("lstm_cifg", 151, 69_762),
        ("mgu", 185, 69_560),
        ("ugrnn", 185, 69_560),
        ("janet", 185, 69_560),
        ("ran", 184, 69_368),
        ("rnn", 263, 69_958),
        ("fastgrnn", 262, 69_694),
    ];
    for (name, hidden, expected) in within_70_000 {
        assert_eq!(count(name, 2, hidden), Some(expected), "{name}");
        assert!(count(name, 2, hidden + 1) > Some(70_000), "{name}");
    }
    let near_lstm = [
        ("gru", 231, 320_859),
        ("gru_reset_after", 231, 321_090),
        ("mgu", 283, 320_922),
        ("ran", 253, 320_804),
        ("minlstm", 327, 321_768),
        ("rnn", 400, 320_400),
        ("mingru", 400, 320_800),
    ];
    for (name, hidden, expected) in near_lstm {
        assert_eq!(count(name, hidden, hidden), Some(expected), "{name}");
    }
}

/// Where sizes are equal and where they are not.
#[test]
fn operations_are_those_of_a_step_in_plain_loops() {
    type Flops = fn(usize, usize) -> usize;
    let zoo = Zoo::standard();
    let counted: [Flops; _] = of_every_cell!(counted_flops);
    let cells = zoo.entries().iter().filter(|entry| entry.cell().is_some());
    for (entry, counted) in cells.zip(counted) {
        for (input, hidden) in [(7, 7), (5, 9)] {
            let costs = entry.costs(LayerSizes::new(input, hidden));
            let name = entry.name();
            assert_eq!(costs.flops_per_token, counted(input, hidden), "{name} {input} {hidden}");
        }
    }
}

fn counted_flops<C: Cell>(input: usize, hidden: usize) -> usize {
    counted::flops::<C>(input, hidden)
}

/// At I = H = 200: two for each weight, one for each bias, then what is done unit by unit.
#[test]
fn operations_are_those_counted_by_hand() {
    let zoo = Zoo::standard();
    let square = 2 * 200 * 200;
    // Matrices, biases, and operations of a unit.
    let by_hand = [
        ("rnn", 2, 1, 1),            // tanh
        ("indrnn", 1, 1, 3),         // u h', +, relu
        ("lstm", 8, 4, 4 + 3 + 2),   // σ σ tanh σ, f c' + i g, o tanh(c)
        ("lstm_peephole", 8, 4, 15), // three peepholes more, a product and a sum each
        // ln σ(f~) + m', the larger, two differences and exponentials, z, o, n, c, h
        ("slstm", 8, 4, 3 + 1 + 4 + 2 + 2 + 3 + 2),
        ("gru", 6, 3, 3 + 1 + 4), // σ σ tanh, r h', (1 - z) h' + z n
        ("gru_reset_after", 6, 4, 3 + 2 + 4),
        ("mgu", 4, 2, 2 + 1 + 4), // f is computed once
        ("ugrnn", 4, 2, 2 + 4),
        ("mingru", 2, 2, 1 + 4),
        // p has no bias of a block: b_z and b_n are added unit by unit.
        ("fastgrnn", 2, 0, 2 + 2 + 2 + 3 + 3),
        // Neither x nor n has a bias.
        ("sru", 3, 2, 2 * 3 + 4 + 4),
        // x has none.
        ("mut1", 4, 3, 2 + 3 + 1 + 4),
        ("mut2", 5, 3, 3 + 1 + 4),
        // ε tanh(a − γ h'), +; U − Uᵀ is made once for all steps.
        ("antisymmetric_rnn", 2, 1, 5),
        // tanh, γ h', ε z', two differences, Δ, +; Δ z, +
        ("cornn", 3, 1, 7 + 2),
        // m, four gates, c, h
        ("lstm_multiplicative", 10, 4, 1 + 4 + 3 + 2),
        ("lem", 8, 4, 6 + 6),
        ("nas", 16, 8, 1 + 4 * 4 + 3 + 4),
        // Two gates, s, exp(−s), 1 − a², the larger, its root, i x, the new state
        ("rg_lru", 2, 2, 2 + 3 + 2 + 4 + 2 + 1 + 3),
    ];
    for (name, matrices, biases, unit) in by_hand {
        let found = zoo.get(name).map(|e| e.costs(LayerSizes::new(200, 200)).flops_per_token);
        assert_eq!(found, Some(matrices * square + 200 * (biases + unit)), "{name}");
    }
}
