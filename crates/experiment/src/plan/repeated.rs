//! Runs that are one and the same under two names: their arms would be compared with themselves.

use super::draft::{Draft, steps};
use super::{DataFacts, PlannedRun, RunConfig};
use crate::spec::{Faults, Spec};
use std::collections::HashMap;

/// Tells of the first run that does what another does, whichever values led to it: 0.1 and
/// 0.10000000001 are one number to the training, and two close numbers of parameters may be one size.
pub(super) fn check(
    spec: &Spec,
    drafts: &[Draft],
    runs: &[PlannedRun],
    facts: &[DataFacts],
    faults: &mut Faults,
) {
    let mut names: HashMap<&str, usize> = HashMap::new();
    // Those that are the same are among those whose main parts read the same.
    let mut known: HashMap<String, Vec<usize>> = HashMap::new();
    for (second, run) in runs.iter().enumerate() {
        // Two folders of one name: what differs would be taken for the same.
        let first = *names.entry(&run.id).or_insert(second);
        if first != second && !is_same(&runs[first], run, facts) {
            let problem = format!(
                "two different runs have one name, `{}` (positions {} and {}); change any value of one of them",
                run.id,
                first + 1,
                second + 1
            );
            faults.add(spec.source.error(&steps(&["sweep"]), problem));
            return;
        }
        // Plain data: writing it as JSON cannot fail.
        let RunConfig { model, train, seed, .. } = &run.config;
        let parts = serde_json::to_string(&(model, train, seed));
        let alike = known.entry(parts.unwrap_or_default()).or_default();
        let first = alike.iter().copied().find(|&first| is_same(&runs[first], run, facts));
        alike.push(second);
        let Some(first) = first else { continue };
        let problem = format!(
            "this run is the same as another, `{}`, whose values come to the same model, training, data and seed; give values that differ in what is done",
            runs[first].id
        );
        let (ours, theirs) = (&drafts[second].origin.items, &drafts[first].origin.items);
        let axis = (0..ours.len()).rev().find(|&axis| ours[axis] != theirs[axis]);
        let column = axis.and_then(|axis| Some((spec.axes[axis].columns.first()?, ours[axis])));
        faults.add(match column {
            Some((column, item)) => spec.source.error(&column.place(item), problem),
            None => spec
                .source
                .error(&steps(&[if spec.tune.is_some() { "tune" } else { "sweep" }]), problem),
        });
        return;
    }
}

fn is_same(one: &PlannedRun, two: &PlannedRun, facts: &[DataFacts]) -> bool {
    one.config == two.config && facts[one.dataset].fingerprint == facts[two.dataset].fingerprint
}
