//! Figures that a report no longer shows: a study that is reported again keeps none of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use sweep::records::{RecordError, write_atomically};

/// The list of the figures that the report drew, one file a line, in their folder.
const DRAWN: &str = ".drawn";

/// The files of an experiment's figures that its report drew, by name.
///
/// # Errors
/// [`RecordError::Io`] if the list of them cannot be read.
pub fn drawn_figures(experiment: &Path) -> Result<BTreeSet<String>, RecordError> {
    listed(&experiment.join("figures"))
}

fn listed(figures: &Path) -> Result<BTreeSet<String>, RecordError> {
    let path = figures.join(DRAWN);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(RecordError::io(&path)(error)),
    }
}

/// Removes the figures that were drawn before and are not among `stems`; others' files stay.
pub(super) fn remove(figures: &Path, stems: Vec<String>) -> Result<(), RecordError> {
    let files = |stem: String| [format!("{stem}.png"), format!("{stem}.svg")];
    let now: BTreeSet<String> = stems.into_iter().flat_map(files).collect();
    for old in listed(figures)?.difference(&now) {
        let path = figures.join(old);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(RecordError::io(&path)(error));
            }
            _ => {}
        }
    }
    if now.is_empty() && !figures.is_dir() {
        return Ok(());
    }
    let list: String = now.iter().map(|name| format!("{name}\n")).collect();
    write_atomically(&figures.join(DRAWN), list.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_before_goes_and_the_rest_stays() {
        let experiment = tempfile::tempdir().unwrap();
        let figures = experiment.path().join("figures");
        fs::create_dir(&figures).unwrap();
        let put = |name: &str| fs::write(figures.join(name), name).unwrap();
        ["a.svg", "a.png", "b.svg", "b.png", "own.png"].into_iter().for_each(put);
        let there = || {
            let entries = fs::read_dir(&figures).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.collect::<BTreeSet<_>>()
        };
        remove(&figures, vec!["a".to_owned(), "b".to_owned()]).unwrap();
        assert_eq!(there().len(), 6);
        remove(&figures, vec!["b".to_owned()]).unwrap();
        let left = [".drawn", "b.png", "b.svg", "own.png"].map(str::to_owned);
        assert_eq!(there(), BTreeSet::from(left));
        let drawn = ["b.png", "b.svg"].map(str::to_owned);
        assert_eq!(drawn_figures(experiment.path()).unwrap(), BTreeSet::from(drawn));
    }
}
