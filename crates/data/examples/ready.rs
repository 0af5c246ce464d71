//! How long a dataset takes from its files to the first batch, and the making of all batches of an
//! epoch, which happens beside training.
//!
//! `cargo run --release -p rnnlab-data --example ready -- wikitext-2 [FOLDER]` looks where `RNNLAB_DATA`
//! says; token ids are kept in FOLDER, so the second time is that with a warm cache.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use data::{
    BatchSettings, LanguageBatches, Places, SequenceBatches, SequenceDataset, WhenMissing,
    load_corpus, load_sequences,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("which dataset?")?;
    let data = std::env::var_os("RNNLAB_DATA").map(PathBuf::from);
    let places = Places::new(data.into_iter().collect(), arguments.next().map(PathBuf::from));
    let begin = Instant::now();
    match SequenceDataset::named(&name, serde_json::json!({})) {
        Ok(dataset) => {
            let data = load_sequences(&dataset, &places, &mut |_| ())?;
            let epoch = SequenceBatches::training(&data.train, BatchSettings::default(), 1, 0)?;
            report(&name, begin, epoch.iter().map(|batch| batch.steps));
        }
        Err(_) => {
            let corpus = load_corpus(&name, WhenMissing::Error, &places, &mut |_| ())?;
            let epoch = LanguageBatches::training(&corpus.train, 20, 35)?;
            report(&name, begin, epoch.iter().map(|batch| batch.steps));
        }
    }
    Ok(())
}

fn report(name: &str, begin: Instant, mut epoch: impl Iterator<Item = usize>) {
    let first = epoch.next();
    let ready = begin.elapsed();
    let steps: usize = first.into_iter().chain(epoch).sum();
    let rest = begin.elapsed() - ready;
    println!(
        "{name}: first batch after {ready:.3?}, the other batches ({steps} steps) in {rest:.3?}"
    );
}
