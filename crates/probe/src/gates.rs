//! How a layer's gates are used.

use sequence::GateValues;

/// How the values of one gate are spread over a sequence or several, for each hidden unit.
#[derive(Debug, Clone, PartialEq)]
pub struct GateStatistics {
    /// The gate's name.
    pub gate: String,
    /// Mean value of each unit.
    pub mean: Vec<f64>,
    /// Share of the values of each unit that are below 0.1: the gate is shut.
    pub shut: Vec<f64>,
    /// Share of the values of each unit that are above 0.9: the gate is open.
    pub open: Vec<f64>,
}

/// The statistics of each gate of a layer of `hidden` units over sequences; every sequence has the
/// same gates in the same order.
pub fn gate_statistics(sequences: &[Vec<GateValues>], hidden: usize) -> Vec<GateStatistics> {
    let Some(first) = sequences.first() else { return Vec::new() };
    let of_gate = |(k, gate): (usize, &GateValues)| {
        let over_unit = |value: fn(f64) -> f64| -> Vec<f64> {
            let of_unit = |j: usize| {
                let all = sequences.iter().filter_map(|gates| gates.get(k));
                let values = all.flat_map(|gate| gate.values.iter().skip(j).step_by(hidden));
                let (sum, count) =
                    values.fold((0.0, 0), |(sum, count), x| (sum + value(*x), count + 1));
                sum / f64::from(count.max(1))
            };
            (0..hidden).map(of_unit).collect()
        };
        GateStatistics {
            gate: gate.gate.clone(),
            mean: over_unit(|x| x),
            shut: over_unit(|x| f64::from(u8::from(x < 0.1))),
            open: over_unit(|x| f64::from(u8::from(x > 0.9))),
        }
    };
    first.iter().enumerate().map(of_gate).collect()
}

/// How many steps a unit remembers that keeps the share `kept` of its state at each step: -1 / ln
/// `kept`, in which the state falls to 1/e.
pub fn time_constant(kept: f64) -> f64 {
    -1.0 / kept.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_apart() {
        let gate =
            |values: &[f64]| vec![GateValues { gate: "f".to_owned(), values: values.to_vec() }];
        // Two units; two steps, then one.
        let found = gate_statistics(&[gate(&[0.95, 0.05, 0.5, 0.05]), gate(&[0.95, 0.5])], 2);
        let third = 1.0 / 3.0;
        assert_eq!(found[0].gate, "f");
        let close = |found: &[f64], expected: [f64; 2]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        };
        close(&found[0].mean, [0.8, 0.2]);
        close(&found[0].open, [2.0 * third, 0.0]);
        close(&found[0].shut, [0.0, 2.0 * third]);
        assert!(gate_statistics(&[], 2).is_empty());
    }

    #[test]
    fn after_its_time_constant_a_unit_keeps_one_part_in_e() {
        let steps = time_constant(0.9);
        assert!((0.9_f64.powf(steps) - (-1.0_f64).exp()).abs() < 1e-12);
    }
}
