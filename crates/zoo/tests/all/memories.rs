//! Every memory computes the reference values in `golden/memories.json`, which `golden/make_memories.py` makes.

use memory::memories::{
    DeltaNet, GatedDeltaNet, Gla, HgrnTwo, LinearAttention, LinearAttentionNormalised, Mlstm,
    RetNet, RwkvSeven,
};
use memory::{Memory, MemorySizes, PackedWeights, PassOptions, Purpose, Weights, forward};
use serde::Deserialize;
use std::collections::BTreeMap;
use zoo::Zoo;

/// Largest deviation, relative to the largest value expected.
const ALLOWED: f64 = 1e-12;

#[derive(Deserialize)]
struct File {
    sizes: Sizes,
    memories: BTreeMap<String, Case>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct Sizes {
    steps: usize,
    batch: usize,
    input: usize,
    heads: usize,
    key: usize,
    value: usize,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Case {
    projection: Vec<f64>,
    bias: Vec<f64>,
    unit: Vec<f64>,
    /// `[T, B, I]`.
    x: Vec<f64>,
    /// `[T, B, heads · V]`.
    outputs: Vec<f64>,
}

fn file() -> File {
    serde_json::from_str(include_str!("../golden/memories.json")).unwrap()
}

/// Largest deviation from the case called as the memory, relative to the largest value expected.
fn off<M: Memory>(file: &File) -> f64 {
    let Sizes { steps, batch, input, heads, key, value } = file.sizes;
    let Case { projection, bias, unit, x, outputs } = file.memories[M::FACTS.name].clone();
    let sizes = MemorySizes { input, heads, key, value };
    let weights = PackedWeights::new::<M>(&Weights { projection, bias, unit }, sizes);
    let initial = vec![0.0; batch * sizes.state::<M>()];
    let options = PassOptions::default();
    let purpose = Purpose::Infer;
    let pass = forward::<M, f64>((steps, batch), &options, &weights, &x, &initial, purpose);
    assert_eq!(pass.outputs.len(), outputs.len());
    let scale = outputs.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
    let pairs = pass.outputs.iter().zip(&outputs).map(|(a, b)| (a - b).abs() / scale);
    pairs.fold(0.0, |worst, d| if d <= worst { worst } else { d })
}

#[test]
fn every_memory_computes_the_reference_values() {
    let file = file();
    let found = [
        ("linear_attention", off::<LinearAttention>(&file)),
        ("retnet", off::<RetNet>(&file)),
        ("gla", off::<Gla>(&file)),
        ("delta_net", off::<DeltaNet>(&file)),
        ("delta_net_negative", off::<DeltaNet<true>>(&file)),
        ("gated_delta_net", off::<GatedDeltaNet>(&file)),
        ("gated_delta_net_negative", off::<GatedDeltaNet<true>>(&file)),
        ("linear_attention_normalised", off::<LinearAttentionNormalised>(&file)),
        ("hgrn2", off::<HgrnTwo>(&file)),
        ("mlstm", off::<Mlstm>(&file)),
        ("rwkv7", off::<RwkvSeven>(&file)),
    ];
    for (name, off) in found {
        assert!(off <= ALLOWED, "{name}: {off:e}");
    }
    let zoo = Zoo::standard();
    let memories = zoo.entries().iter().filter(|entry| entry.cell().is_none());
    let names: Vec<_> = memories.map(|entry| entry.name()).collect();
    assert_eq!(found.map(|(name, _)| name).to_vec(), names);
    let mut sorted = names;
    sorted.sort_unstable();
    assert!(file.memories.keys().eq(sorted.iter()), "{:?}", file.memories.keys());
}
