//! The folders in which datasets are looked for, and whether they may be downloaded.

use std::env;
use std::path::{Path, PathBuf};

use crate::patience::Patience;

/// Where to look for datasets, in order, and where downloads go.
///
/// [`Places::from_env`] is what a program uses; [`Places::new`] and the `with_` methods are for
/// tests and for programs with their own ideas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    folders: Vec<PathBuf>,
    cache: Option<PathBuf>,
    download: bool,
    base_url: Option<String>,
    patience: Patience,
}

impl Places {
    /// The folder named by `RNNLAB_DATA` (if set), `./data`, and the user's cache folder: the
    /// last is also where downloads go.
    ///
    /// The cache folder is `rnnlab` within `XDG_CACHE_HOME` if that is set, else within
    /// `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows, `~/.cache` elsewhere.
    /// `RNNLAB_OFFLINE` switches downloads off unless it is empty or `0`.
    pub fn from_env() -> Self {
        Self::from_variables(&|name| env::var_os(name).map(PathBuf::from))
    }

    /// These folders, in this order, then the cache folder (if any). Downloads are off.
    pub fn new(folders: Vec<PathBuf>, cache: Option<PathBuf>) -> Self {
        Self { folders, cache, download: false, base_url: None, patience: Patience::default() }
    }

    /// The same places and one more, looked in after the other folders and before the cache folder.
    pub fn with_folder(mut self, folder: &Path) -> Self {
        self.folders.push(folder.to_owned());
        self
    }

    /// The same places with downloads on or off.
    pub fn with_download(mut self, download: bool) -> Self {
        self.download = download;
        self
    }

    /// The same places with every download taken from `base_url` + `/` + file name instead of
    /// its home. For tests against a local server.
    pub fn with_base_url(mut self, base_url: &str) -> Self {
        self.base_url = Some(base_url.trim_end_matches('/').to_owned());
        self
    }

    /// The same places with other waiting times.
    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// How long downloads wait.
    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// All folders looked in, in order; the cache folder comes last.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().chain(&self.cache).map(PathBuf::as_path)
    }

    /// The user's cache folder, where downloads go. None if the user has no home folder.
    pub fn cache(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    /// Whether a missing dataset may be downloaded.
    pub fn may_download(&self) -> bool {
        self.download
    }

    /// The address from which to take a file of this name and home.
    pub(crate) fn address(&self, home: &str, name: &str) -> String {
        match &self.base_url {
            Some(base) => format!("{base}/{name}"),
            None => format!("{home}{name}"),
        }
    }

    /// The folders for an error message; those that do not exist are marked.
    pub(crate) fn describe(&self) -> String {
        let describe = |folder: &Path| {
            let mark = if folder.is_dir() { "" } else { " (no such folder)" };
            format!("{}{mark}", folder.display())
        };
        self.folders().map(describe).collect::<Vec<_>>().join(", ")
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.as_os_str().is_empty());
        let home = || set("HOME").or_else(|| set("USERPROFILE"));
        let caches = || {
            if cfg!(target_os = "macos") {
                home().map(|home| home.join("Library").join("Caches"))
            } else if cfg!(windows) {
                set("LOCALAPPDATA")
            } else {
                home().map(|home| home.join(".cache"))
            }
        };
        // The XDG rules say to ignore a relative path.
        let xdg = set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
        let mut folders: Vec<PathBuf> = set("RNNLAB_DATA").into_iter().collect();
        folders.push(PathBuf::from("data"));
        let offline = set("RNNLAB_OFFLINE").is_some_and(|value| value.as_os_str() != "0");
        Self {
            folders,
            cache: xdg.or_else(caches).map(|folder| folder.join("rnnlab")),
            download: !offline,
            base_url: None,
            patience: Patience::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(variables: &[(&str, &str)]) -> Places {
        Places::from_variables(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| PathBuf::from(value))
        })
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_order_is_variable_here_cache() {
        let found = places(&[("RNNLAB_DATA", "/corpora"), ("HOME", "/users/ada")]);
        let expected = ["/corpora", "data", "/users/ada/.cache/rnnlab"].map(Path::new);
        assert_eq!(found.folders().collect::<Vec<_>>(), expected);
        assert!(found.may_download());
    }

    #[cfg(unix)]
    #[test]
    fn the_cache_variable_wins_if_absolute() {
        let found = places(&[("XDG_CACHE_HOME", "/caches"), ("HOME", "/users/ada")]);
        assert_eq!(found.cache(), Some(Path::new("/caches/rnnlab")));
        let found = places(&[("XDG_CACHE_HOME", "caches")]);
        assert_eq!(found.cache(), None);
    }

    #[test]
    fn offline_is_a_switch() {
        assert!(!places(&[("RNNLAB_OFFLINE", "1")]).may_download());
        assert!(places(&[("RNNLAB_OFFLINE", "0")]).may_download());
        assert!(places(&[("RNNLAB_OFFLINE", "")]).may_download());
    }

    #[test]
    fn the_base_address_replaces_the_home() {
        let found = Places::new(Vec::new(), None).with_base_url("http://localhost:1/");
        let address = found.address("https://example.org/a/b/", "c.zip");
        assert_eq!(address, "http://localhost:1/c.zip");
    }
}
