//! Folders of this machine, as someone elsewhere can understand them.
//!
//! Records are published. Where a person keeps their files says nothing to a reader, and may say
//! too much: records name the kind of a place instead.

use data::Places;
use std::env;
use std::path::{Component, Path, PathBuf};

/// The places that have a name of their own, each with it.
#[derive(Debug, Clone, Default)]
pub struct PlaceNames {
    known: Vec<(PathBuf, &'static str)>,
}

impl PlaceNames {
    /// The places of this process.
    pub fn here() -> Self {
        let data = env::var_os("RNNLAB_DATA").filter(|name| !name.is_empty()).map(PathBuf::from);
        let whole = data.as_ref().and_then(|folder| folder.canonicalize().ok());
        let cache = Places::from_env().cache().map(Path::to_owned);
        let known = [
            (data, "RNNLAB_DATA"),
            (whole, "RNNLAB_DATA"),
            (cache, "the user's cache folder"),
            (env::current_dir().ok(), "."),
            (env::home_dir(), "~"),
        ];
        Self::of(known.into_iter().filter_map(|(folder, name)| Some((folder?, name))).collect())
    }

    /// The innermost folders come first; `/`, within which everything lies, has no name.
    fn of(mut known: Vec<(PathBuf, &'static str)>) -> Self {
        let depth = |folder: &Path| {
            folder.components().filter(|part| matches!(part, Component::Normal(_))).count()
        };
        known.retain(|(folder, _)| depth(folder) > 0);
        known.sort_by_key(|(folder, _)| std::cmp::Reverse(depth(folder)));
        Self { known }
    }

    /// A file or folder by the place that holds it; one in no known place by its last name alone.
    pub fn of_path(&self, path: &Path) -> String {
        for (folder, name) in &self.known {
            if let Ok(rest) = path.strip_prefix(folder) {
                return match (rest.as_os_str().is_empty(), *name) {
                    (true, name) => name.to_owned(),
                    (false, ".") => rest.display().to_string(),
                    (false, name) => format!("{name}/{}", rest.display()),
                };
            }
        }
        match path.is_absolute() {
            false => path.strip_prefix(".").unwrap_or(path).display().to_string(),
            true => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// A text with the absolute paths of known places replaced by their names.
    pub fn in_text(&self, text: &str) -> String {
        self.known
            .iter()
            .filter(|(folder, _)| folder.is_absolute())
            .fold(text.to_owned(), |text, (folder, name)| {
                replaced(&text, &folder.to_string_lossy(), name)
            })
    }
}

/// Replaces a folder where its name ends there: `/data`, but not the start of `/database`.
fn replaced(text: &str, folder: &str, name: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(folder) {
        let (before, after) = (&rest[..start], &rest[start + folder.len()..]);
        done.push_str(before);
        let goes_on =
            after.starts_with(|next: char| next.is_alphanumeric() || "-_.".contains(next));
        done.push_str(if goes_on { folder } else { name });
        rest = after;
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> PlaceNames {
        PlaceNames::of(vec![
            ("/users/ada".into(), "~"),
            ("/".into(), "."),
            ("/users/ada/texts".into(), "RNNLAB_DATA"),
            ("../shared".into(), "RNNLAB_DATA"),
        ])
    }

    #[test]
    fn files_are_named_by_the_innermost_known_place() {
        let name = |path: &str| names().of_path(Path::new(path));
        assert_eq!(name("/users/ada/texts/ptb"), "RNNLAB_DATA/ptb");
        assert_eq!(name("../shared/ptb"), "RNNLAB_DATA/ptb");
        assert_eq!(name("/users/ada/texts"), "RNNLAB_DATA");
        assert_eq!(name("/users/ada/x.yaml"), "~/x.yaml");
        assert_eq!(name("/srv/secret/study.yaml"), "study.yaml");
        assert_eq!(name("./data/ptb"), "data/ptb");
    }

    #[test]
    fn texts_lose_known_folders_only() {
        assert_eq!(
            names().in_text("/users/ada/texts: no; /users/ada/texts2, /etc: no"),
            "RNNLAB_DATA: no; ~/texts2, /etc: no"
        );
    }
}
