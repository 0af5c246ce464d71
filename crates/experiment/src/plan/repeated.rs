//! Runs that are one and the same under two names: their arms would be compared with themselves.

use super::draft::{Draft, steps};
use super::{DataFacts, PlannedRun};
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
    // By the hash at the end of a name, which only looks alike where runs are, but for chance.
    let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
    for (second, run) in runs.iter().enumerate() {
        let hash = run.id.rsplit('-').next().unwrap_or_default();
        let alike = known.entry(hash).or_default();
        // Two folders of one name: what differs would be taken for the same.
        if let Some(&first) = alike
            .iter()
            .find(|&&first| runs[first].id == run.id && !is_same(&runs[first], run, facts))
        {
            let problem = format!(
                "two different runs have one name, `{}` (positions {} and {}); change any value of one of them",
                run.id,
                first + 1,
                second + 1
            );
            faults.add(spec.source.error(&steps(&["sweep"]), problem));
            return;
        }
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
    one.seed == two.seed
        && one.model == two.model
        && one.train == two.train
        && one.probe == two.probe
        && one.data == two.data
        && facts[one.dataset].fingerprint == facts[two.dataset].fingerprint
}
