//! The program that runs.

/// The name of this program: that of a user's own, where one with cells of its own runs.
pub fn program() -> String {
    let name = std::env::current_exe().ok();
    let name = name.as_deref().and_then(std::path::Path::file_stem);
    name.map_or_else(|| "rnnlab".to_owned(), |name| name.to_string_lossy().into_owned())
}
