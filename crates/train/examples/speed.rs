//! Times training steps of each cell on the built-in language: `cargo run --release -p train --example speed`.
fn main() {
    let places = data::Places::from_env();
    let corpus = data::load_corpus("ptb", data::WhenMissing::Builtin, &places, &mut |_| {}).unwrap();
    let args: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let zoo = zoo::Zoo::standard();
    let n = |k: usize| std::num::NonZeroUsize::new(k).unwrap();
    for (cell, hidden) in [("rnn", args[1]), ("lstm", args[2]), ("gru", args[3]), ("gru_reset_after", args[3])] {
        let config = model::ModelConfig { cell: cell.into(), layers: n(1), hidden: n(hidden), embedding: n(args[0]), tied: true, dropout: Default::default(), init: 0.1.try_into().unwrap(), remember_bias: 1.0 };
        let train = train::TrainConfig { batch: n(20), unroll: n(35), epochs: n(1), evaluations_per_epoch: n(1), optimizer: train::Optimizer::Sgd, learning_rate: 1.0.try_into().unwrap(), clip: Some(0.25.try_into().unwrap()), schedule: Default::default() };
        let mut small = corpus.clone(); small.train.truncate(60_000);
        let t = std::time::Instant::now();
        let spec = train::RunSpec { model: &config, train: &train, probe: None, seed: 1 };
        let out = train::run(spec, &small, &zoo, None, &mut |_| {}).unwrap();
        let costs = model::costs(&config, corpus.vocabulary.len(), &zoo).unwrap();
        println!("{cell} H {hidden} params {} cell {} tok/s {:.0} GF/s {:.1} test {:.1} total {:.1}s eval {:.1}s", costs.parameters, costs.cell_parameters, out.tokens_per_second, 3.0*costs.flops_per_token*out.tokens_per_second/1e9, out.test_nll.unwrap().exp(), t.elapsed().as_secs_f64(), out.total_seconds-out.train_seconds);
    }
}
