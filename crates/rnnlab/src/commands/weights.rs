//! Trained models from which runs start: found, and looked at before any work.

use super::trained::TrainedRun;
use experiment::plan::{Drafts, WeightsFacts};
use experiment::spec::{Faults, SpecErrors, WeightsSource};
use std::path::Path;
use sweep::records::{PlaceNames, RunState};
use train::WeightsFile;

/// Reads what planning needs to know of the trained models that runs start from. The error tells all that cannot be
/// used, each at its place in the experiment file.
pub(super) fn find(drafts: &mut Drafts) -> Result<(), SpecErrors> {
    let (mut all, mut faults) = (Vec::new(), Faults::default());
    for (position, source) in drafts.weights.iter().enumerate() {
        let found = match source {
            WeightsSource::Run(folder) => of_run(folder),
            WeightsSource::File(file) => of_file(file),
        };
        match found {
            Ok(facts) => all.push(facts),
            Err(problem) => {
                drafts
                    .weights_fault(position, problem)
                    .into_iter()
                    .for_each(|fault| faults.add(fault));
            }
        }
    }
    faults.none()?;
    drafts.set_weights(all);
    Ok(())
}

/// A finished run, with what the rows of its weights stand for.
fn of_run(folder: &Path) -> Result<WeightsFacts, String> {
    let run = TrainedRun::open(folder).map_err(|error| error.to_string())?;
    match run.state {
        Some(RunState::Done) => {}
        Some(state) => {
            let why = format!(
                "{}: the run is {}; one that is done is needed",
                folder.display(),
                state.name()
            );
            return Err(why);
        }
        None => {
            let why = format!(
                "{}: the run has no status, so nobody knows whether it is done",
                folder.display()
            );
            return Err(why);
        }
    }
    let found = of_file(&run.model)?;
    Ok(WeightsFacts {
        name: PlaceNames::here().of_path(folder),
        cell: Some(run.config.cell.clone()),
        model: Some(run.config),
        names: Some(run.data.row_names()),
        data: Some(run.data.fingerprint),
        ..found
    })
}

/// A file with weights by rnnlab's names.
fn of_file(path: &Path) -> Result<WeightsFacts, String> {
    let WeightsFile { sha256, cell, tensors } =
        WeightsFile::read(path).map_err(|error| error.to_string())?;
    Ok(WeightsFacts {
        name: PlaceNames::here().of_path(path),
        file: path.to_owned(),
        sha256,
        cell,
        tensors,
        model: None,
        names: None,
        data: None,
    })
}
