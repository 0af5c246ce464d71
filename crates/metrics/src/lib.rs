//! Scores of what a model writes against what it should have written: pure functions from texts to
//! numbers, no I/O.
