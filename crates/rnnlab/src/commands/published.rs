//! Published results, which change by `publish` alone.

use anyhow::bail;
use std::fs;
use std::path::Path;
use sweep::description::Experiment;

/// Where `publish` puts experiments.
const USUAL: &str = "results/published";

/// Refuses a folder of results that are published, or that are kept where those are, as a place for results of
/// runs.
pub(super) fn refuse(experiment: &Path) -> anyhow::Result<()> {
    match Experiment::read(experiment) {
        Ok(record) if record.published => bail!(
            "{}: here are published results, which change by `publish` alone; give another folder",
            experiment.display()
        ),
        _ if [Some(experiment), experiment.parent()]
            .into_iter()
            .flatten()
            .any(|f| f.ends_with(USUAL)) =>
        {
            bail!(
                "{}: in {USUAL} are published results, which change by `publish` alone; give another name, or another \
                 folder",
                experiment.display()
            )
        }
        _ => Ok(()),
    }
}

/// Refuses a folder that holds published experiments, as a place for those that are run.
pub(super) fn refuse_among(results: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(results).into_iter().flatten().flatten();
    let published = |folder: &Path| Experiment::read(folder).is_ok_and(|record| record.published);
    if results.ends_with(USUAL) || entries.map(|entry| entry.path()).any(|path| published(&path)) {
        bail!(
            "{}: published results are kept here, which change by `publish` alone; give another folder with --results DIR",
            results.display()
        );
    }
    Ok(())
}
