//! How long a dataset takes from its files to the first batch.
//!
//! `cargo run --release -p data --example ready -- wikitext-2 [FOLDER]` looks where `RNNLAB_DATA`
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
    let steps = match SequenceDataset::named(&name, serde_json::json!({})) {
        Ok(dataset) => {
            let data = load_sequences(&dataset, &places, &mut |_| ())?;
            let epoch = SequenceBatches::training(&data.train, BatchSettings::default(), 1, 0)?;
            epoch.get(0).map(|batch| batch.steps)
        }
        Err(_) => {
            let corpus = load_corpus(&name, WhenMissing::Error, &places, &mut |_| ())?;
            let batches = LanguageBatches::training(&corpus.train, 20, 35)?;
            batches.get(0).map(|batch| batch.steps)
        }
    };
    println!("{name}: {:.3} s to a batch of {steps:?} steps", begin.elapsed().as_secs_f64());
    Ok(())
}
