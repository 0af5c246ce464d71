//! Faults of data, told at the place in the experiment file that names them.

use super::Drafts;
use super::draft::{Draft, steps};
use super::start::DraftOrigin;
use crate::spec::{DataSpec, SpecError};
use data::DataError;
use std::path::Path;

impl Drafts {
    /// What an error in reading data number `position` means for the experiment file; nothing where it
    /// is no fault of the file or of one that it names.
    pub fn data_fault(&self, position: usize, error: &DataError) -> Option<SpecError> {
        let own = self.data.get(position)?.own_files();
        let named = |path: Option<&Path>| own.iter().find(|(_, own)| Some(*own) == path);
        let key = match error {
            DataError::BadSetting { setting, .. } => *setting,
            DataError::NothingToScore { .. } => self.splitting(position),
            DataError::UnknownDataset { .. } | DataError::NotACorpus { .. } => "name",
            error => named(error.path())?.0,
        };
        let problem = match error {
            DataError::BadSetting { reason, .. } => reason.clone(),
            _ => error.to_string(),
        };
        self.at(position, key, problem)
    }

    /// A fault for each file of the user's own that is not there.
    pub(super) fn absent_files(&self) -> Vec<SpecError> {
        let faults = |(position, data): (usize, &DataSpec)| {
            let own = data.own_files().into_iter().filter(|(_, path)| !path.as_os_str().is_empty());
            own.filter_map(|(key, path)| self.at(position, key, absent(path)?)).collect::<Vec<_>>()
        };
        self.data.iter().enumerate().flat_map(faults).collect()
    }

    /// The key that divides the data into splits, where there is one.
    fn splitting(&self, position: usize) -> &'static str {
        let settings = self.data[position].to_value();
        let keys = ["held_out", "sequences", "strings", "valid"];
        keys.into_iter().find(|key| settings.get(key).is_some()).unwrap_or("name")
    }

    /// A fault of a setting of data number `position`; of the data as a whole where it is not given.
    fn at(&self, position: usize, key: &str, problem: String) -> Option<SpecError> {
        let of_trials = self.trials.iter().flat_map(|arm| &arm.drafts);
        let mut drafts = self.runs.iter().chain(of_trials);
        let of_stage = |draft: &Draft| match draft.start.as_ref().map(|start| &start.origin) {
            Some(DraftOrigin::Stage(stage)) => stage.data == position,
            _ => false,
        };
        let draft = drafts.find(|draft| draft.data == position || of_stage(draft))?;
        let path = match draft.data == position {
            true => steps(&["data", key]),
            false => steps(&["pretrain", "data", key]),
        };
        Some(draft.origin.error(&self.spec, &path, false, problem))
    }
}

/// What to say of a file that is not there, or not to be reached.
fn absent(path: &Path) -> Option<String> {
    if path.is_dir() {
        return Some(format!("{} is a folder; a file is allowed", path.display()));
    }
    match path.try_exists() {
        Ok(true) => None,
        // The shell puts the home folder in its place, where it begins a word.
        Ok(false) if path.iter().any(|part| part == "~") => Some(format!(
            "there is no file {}; `~` is no folder here: write the home folder's own path",
            path.display()
        )),
        Ok(false) => Some(format!(
            "there is no file {}; a path is relative to the file in which it is written, that of \
             `--set data.path=...` to where you stand",
            path.display()
        )),
        Err(error) => Some(format!("{} cannot be read: {error}", path.display())),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_that_leads_nowhere_is_told_apart_from_one_that_leads_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink("two", path("one")).unwrap();
        symlink("one", path("two")).unwrap();
        symlink("gone", path("three")).unwrap();
        let told = |name: &str| absent(&path(name)).unwrap();
        let system = path("one").try_exists().unwrap_err().to_string();
        assert!(told("one").ends_with(&format!("one cannot be read: {system}")), "{}", told("one"));
        assert!(told("three").starts_with("there is no file"), "{}", told("three"));
    }

    #[test]
    fn a_tilde_is_no_home_folder_here() {
        let told = absent(Path::new("experiments/~/texts/a.txt")).unwrap();
        assert!(told.ends_with("write the home folder's own path"), "{told}");
        let told = absent(Path::new("experiments/a~/a.txt")).unwrap();
        assert!(told.contains("relative to the file"), "{told}");
    }
}
