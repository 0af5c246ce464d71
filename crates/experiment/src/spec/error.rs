//! Everything that can be wrong with an experiment file.

use std::fmt;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;
use words::visible;

/// A fault in an experiment file: where it is, what is wrong, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SpecError {
    /// The file; or the setting of the command line, `--set KEY=VALUE`.
    pub file: PathBuf,
    /// Line from 1, where known.
    pub line: Option<usize>,
    /// Dotted path of the field at fault; empty for the whole file.
    pub field: String,
    /// What is wrong and what is allowed.
    pub problem: String,
    /// The offending text, where known.
    pub excerpt: Option<Box<Excerpt>>,
}

/// A line of a file, and what of it is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line.
    pub text: String,
    /// Letters before what is at fault.
    pub column: usize,
    /// Letters of what is at fault.
    pub width: usize,
}

impl Excerpt {
    /// One letter of a line.
    pub(super) fn here(line: &str, column: usize) -> Self {
        Self { text: line.to_owned(), column, width: 1 }
    }

    /// What stands in a line at `column`: a quoted text, or all up to where a plain value or key ends.
    pub(super) fn at(line: &str, column: usize) -> Self {
        let rest: Vec<char> = line.chars().skip(column).collect();
        let end = match rest.first() {
            Some(&quote @ ('"' | '\'')) => {
                rest.iter().skip(1).position(|&letter| letter == quote).map(|length| length + 2)
            }
            _ => (0..rest.len()).find(|&k| match rest[k] {
                ',' | ']' | '}' => true,
                '#' => k > 0 && rest[k - 1] == ' ',
                ':' => rest.get(k + 1).is_none_or(|next| *next == ' '),
                _ => false,
            }),
        };
        let found: String = rest[..end.unwrap_or(rest.len())].iter().collect();
        let width = found.trim_end().chars().count().max(1);
        Self { text: line.to_owned(), column, width }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if !self.field.is_empty() {
            write!(formatter, ": {}", self.field)?;
        }
        write!(formatter, ": {}", self.problem)?;
        if let (Some(line), Some(excerpt)) = (self.line, &self.excerpt) {
            let Excerpt { text, column, width } = &**excerpt;
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            // As wide as what stands above it; tabs stay tabs.
            let shown = |letter: char| visible(&letter.to_string());
            let blank = |letter: char| match letter {
                '\t' => "\t".to_owned(),
                other => " ".repeat(shown(other).width()),
            };
            let before: String = text.chars().take(*column).map(blank).collect();
            let fault = text.chars().skip(*column).take(*width);
            let pointer =
                "^".repeat(fault.map(|letter| shown(letter).width()).sum::<usize>().max(1));
            let text = visible(text);
            write!(formatter, "\n{margin} |\n{number} | {text}\n{margin} | {before}{pointer}")?;
        }
        Ok(())
    }
}

/// All faults that were found in an experiment file, each told once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SpecErrors(Vec<SpecError>);

impl SpecErrors {
    /// The faults.
    pub fn all(&self) -> &[SpecError] {
        &self.0
    }
}

impl From<SpecError> for SpecErrors {
    fn from(error: SpecError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for SpecErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                write!(formatter, "\n\n")?;
            }
            write!(formatter, "{error}")?;
        }
        Ok(())
    }
}

/// Faults as they are found.
#[derive(Debug, Default)]
pub struct Faults(Vec<SpecError>);

impl Faults {
    /// Adds one, unless it is known already.
    pub fn add(&mut self, error: SpecError) {
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    /// Keeps the faults of a result, if it has any.
    pub(crate) fn keep<T>(&mut self, result: Result<T, impl Into<SpecErrors>>) -> Option<T> {
        result.map_err(|errors| errors.into().0.into_iter().for_each(|error| self.add(error))).ok()
    }

    /// An error if there are any.
    pub fn none(self) -> Result<(), SpecErrors> {
        if self.0.is_empty() { Ok(()) } else { Err(self.all()) }
    }

    /// All of them, those of a file in the order of its lines.
    pub(crate) fn all(self) -> SpecErrors {
        let Self(mut faults) = self;
        let mut files: Vec<PathBuf> = Vec::new();
        for fault in &faults {
            if !files.contains(&fault.file) {
                files.push(fault.file.clone());
            }
        }
        let column = |fault: &SpecError| fault.excerpt.as_ref().map(|excerpt| excerpt.column);
        faults.sort_by_key(|fault| {
            (files.iter().position(|file| *file == fault.file), fault.line, column(fault))
        });
        SpecErrors(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointer_stands_under_what_is_at_fault() {
        let marked = |line: &str, column: usize| {
            let Excerpt { width, .. } = Excerpt::at(line, column);
            line.chars().skip(column).take(width).collect::<String>()
        };
        assert_eq!(marked("  epoch: 1", 2), "epoch");
        assert_eq!(marked("  cell: [rnn, grru]", 14), "grru");
        assert_eq!(marked("data: {path: 'a, b.txt'}", 13), "'a, b.txt'");
        assert_eq!(marked("  init: ten # see above", 8), "ten");
        let error = SpecError {
            file: "a.yaml".into(),
            line: Some(12),
            field: "train.epoch".to_owned(),
            problem: "unknown key".to_owned(),
            excerpt: Some(Box::new(Excerpt::at("\tepoch: 1", 1))),
        };
        assert_eq!(
            error.to_string(),
            "a.yaml:12: train.epoch: unknown key\n   |\n12 | \tepoch: 1\n   | \t^^^^^"
        );
    }
}
