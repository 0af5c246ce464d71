//! What runs start from: the stage before, and trained models.

use experiment::plan::{Calibration, DataFacts, FoundRows, Plan, WeightsFacts, complete, compose};
use experiment::role::Role;
use experiment::spec::{Source, SpecErrors};
use testkit::{FakeEngine, text_facts};
use train::{Part, RowNames};

const STUDY: &str = "\
data: {name: ptb}
model: {layers: 1, embedding: 16, init: 0.1, dropout: 0.2}
match: {parameters: 40_000}
train: {batch: 20, unroll: 35, epochs: 1, learning_rate: 1}
";

/// The plan where `there` is what is found of the trained model that runs start from.
fn plan(more: &str, there: &WeightsFacts) -> Result<Plan, SpecErrors> {
    let engine = FakeEngine::default();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("run")).unwrap();
    let file = folder.path().join("study.yaml");
    std::fs::write(&file, format!("{STUDY}{more}")).unwrap();
    let mut drafts = compose(Source::read(&file, None, &[])?, &engine)?;
    drafts.set_weights(vec![there.clone(); drafts.weights.len()]);
    let facts = |k: usize| {
        let names = names(&["a", "b", "c", "d"]);
        DataFacts { fingerprint: k.to_string(), names, ..text_facts() }
    };
    let facts: Vec<DataFacts> = (0..drafts.data.len()).map(facts).collect();
    complete(&drafts.spec, &drafts.runs, &facts, &Calibration::default(), &engine)
}

fn names(words: &[&str]) -> RowNames {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    RowNames { read: words.clone(), written: words }
}

/// A trained model of the cell `gru`.
fn trained(words: &[&str]) -> WeightsFacts {
    WeightsFacts {
        name: "results/lm/runs/gru".to_owned(),
        file: "model.safetensors".into(),
        sha256: "aa".to_owned(),
        cell: Some("gru".to_owned()),
        tensors: Vec::new(),
        model: None,
        names: Some(names(words)),
        data: Some("d".to_owned()),
    }
}

#[test]
fn runs_share_the_stage_before_and_its_size() {
    let stage = "\
pretrain:
  data: {name: wikitext-2}
  model: {tied: true, dropout: }
  train: {batch: 10, unroll: 20, epochs: 2, learning_rate: 2}
sweep: {start_from: [none, pretrain], train.epochs: [1, 2], cell: [rnn, gru], seed: [1, 2]}
";
    let plan = plan(stage, &trained(&[])).unwrap();
    assert_eq!((plan.runs.len(), plan.pretraining.len()), (16, 4));
    for run in &plan.runs {
        let Some(start) = &run.start else {
            assert!(run.config.start_from.is_none());
            continue;
        };
        let before = plan.pretraining.iter().find(|before| Some(&before.id) == start.run.as_ref());
        let before = before.expect("its stage is planned");
        assert_eq!(before.role, Role::Pretraining);
        let (ours, theirs) = (&run.config, &before.config);
        assert_eq!((&theirs.model.cell, theirs.seed), (&ours.model.cell, ours.seed));
        assert_eq!(theirs.model.hidden, ours.model.hidden, "the size that was matched");
        assert_eq!((theirs.model.tied, theirs.model.dropout.get()), (true, 0.0));
        assert_eq!((theirs.train.batch.get(), ours.train.batch.get()), (10, 20));
        assert_eq!(ours.start_from.as_ref().unwrap().run.as_ref(), Some(&before.id));
        assert_eq!(start.record.read, Some(FoundRows { found: 4, of: 4 }));
        assert_eq!(start.record.written, None, "the output is not taken over");
        // Its data come after those that are compared.
        assert_eq!((run.dataset, before.dataset), (0, 1));
    }
}

#[test]
fn a_run_is_named_by_the_weights_and_not_by_their_place() {
    let start = "sweep: {cell: [gru]}\nstart_from: {run: run}\n";
    let of = |there: &WeightsFacts| plan(start, there).unwrap().runs[0].clone();
    let one = of(&trained(&["a", "b", "x"]));
    assert_eq!(one.start.as_ref().unwrap().record.read, Some(FoundRows { found: 2, of: 4 }));
    let elsewhere = WeightsFacts { name: "other".to_owned(), ..trained(&["a", "b", "x"]) };
    assert_eq!(of(&elsewhere).id, one.id);
    let changed = WeightsFacts { sha256: "bb".to_owned(), ..trained(&["a", "b", "x"]) };
    assert_ne!(of(&changed).id, one.id);
    let other_words = WeightsFacts { data: Some("e".to_owned()), ..trained(&["a", "b", "x"]) };
    assert_ne!(of(&other_words).id, one.id);
    let nothing = plan("sweep: {cell: [gru]}\n", &trained(&[])).unwrap();
    assert_ne!(nothing.runs[0].id, one.id);
}

#[test]
fn words_that_are_hardly_known_are_told_with_their_share() {
    let start =
        "sweep: {cell: [gru]}\nstart_from: {run: run, parts: [embedding, layers, output]}\n";
    let told = |words: &[&str]| plan(start, &trained(words)).unwrap().warnings.join("\n");
    assert_eq!(told(&["a", "b"]), "");
    assert!(told(&["a", "x"]).starts_with("start_from: 1 of 4 (25.0 %) words here are known to `"));
    let plan = plan(start, &trained(&["a", "b"])).unwrap();
    let start = plan.runs[0].start.clone().unwrap();
    assert_eq!(start.weights.parts, [Part::Embedding, Part::Layers, Part::Output]);
    assert_eq!(start.record.written, start.record.read);
}
