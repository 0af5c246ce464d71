//! The data pipeline.

use super::Prepared;
use crate::BenchError;
use data::{LanguageBatches, Places, WhenMissing, load_corpus};
use std::time::Instant;

/// From the files of the Penn Treebank, read, verified and numbered, to the first batch.
pub(super) fn ready_to_train() -> Result<Prepared, BenchError> {
    if std::env::var_os("RNNLAB_DATA").is_none_or(|folder| folder.is_empty()) {
        let reason = "RNNLAB_DATA is not set: it names the folder with the Penn Treebank";
        return Err(BenchError::Missing(reason.to_owned()));
    }
    let places = Places::from_env().with_download(false);
    Ok(Box::new(move || {
        let begin = Instant::now();
        let corpus = load_corpus("ptb", WhenMissing::Error, &places, &mut |_| {})?;
        let batches = LanguageBatches::training(&corpus.train, 20, 35)?;
        let first = batches.get(0);
        let seconds = begin.elapsed().as_secs_f64();
        first.map(|_| seconds).ok_or_else(|| BenchError::Missing("no batch".to_owned()))
    }))
}
