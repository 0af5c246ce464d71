//! Every cell of the list passes every check.

use sequence::LayerSizes;
use std::collections::HashSet;
use zoo::Zoo;

#[test]
fn every_cell_passes_every_check() {
    let mut failures = Vec::new();
    for entry in Zoo::standard().entries() {
        for check in entry.conformance() {
            println!("{:16} {:52} {:.1e}", entry.facts().name, check.name, check.worst);
            if !check.passed() {
                failures.push(format!("{}: {check:?}", entry.facts().name));
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
    for entry in zoo.entries() {
        let facts = entry.facts();
        let gates: HashSet<_> = facts.pre.iter().collect();
        assert_eq!(gates.len(), facts.pre.len(), "{}", facts.name);
        assert_eq!(facts.state[0], "h", "{}", facts.name);
    }
}

/// Counts of the reference table at I = H = 200.
#[test]
fn parameter_counts_are_the_published_ones() {
    let count = |name: &str| {
        Zoo::standard().get(name).map(|e| e.costs(LayerSizes::new(200, 200)).parameters)
    };
    assert_eq!(count("rnn"), Some(80_200));
    assert_eq!(count("lstm"), Some(320_800));
    assert_eq!(count("lstm_peephole"), Some(321_400));
    assert_eq!(count("gru"), Some(240_600));
    assert_eq!(count("gru_reset_after"), Some(240_800));
}

#[test]
fn equations_come_from_the_code() {
    let equations = |name: &str| Zoo::standard().get(name).map(|e| e.equations().join("\n"));
    assert_eq!(equations("rnn").as_deref(), Some("h = tanh(W_h x + U_h h' + b_h)"));
    assert_eq!(
        equations("gru").as_deref(),
        Some(
            "r = σ(W_r x + U_r h' + b_r)\n\
             z = σ(W_z x + U_z h' + b_z)\n\
             n = tanh(W_n x + V_n (r ⊙ h') + b_n)\n\
             h = (1 − z) ⊙ h' + z ⊙ n"
        )
    );
}
