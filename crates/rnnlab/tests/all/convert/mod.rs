//! `rnnlab convert` as a user meets it.

use crate::common::{entries, rnnlab, said};
use exchange::{Recurrent, Tensors};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Five modules of PyTorch: two layers, both directions, input 3, hidden 6.
fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../exchange/tests/golden/saved_by_rnnlab.safetensors")
}

/// The program's standard output in a folder, once it has ended well.
#[track_caller]
fn converted(folder: &Path, arguments: &[&str]) -> String {
    let output = rnnlab(folder, &[&["convert"], arguments].concat());
    assert!(output.status.success(), "{}", said(&output));
    assert!(output.stderr.is_empty(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn modules_of_pytorch_go_through_rnnlabs_names_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model().display().to_string();
    let whole = Tensors::load(model.as_ref()).expect("tensors");
    for (module, cell, made) in [
        ("rnn", "rnn", "nn.RNN(3, 6, num_layers=2, bidirectional=True)"),
        ("rnn_relu", "rnn_relu", "nn.RNN(3, 6, nonlinearity='relu', num_layers=2, bi"),
        ("lstm", "lstm", "nn.LSTM(3, 6, num_layers=2, bidirectional=True)"),
        ("lstm_projected", "lstm", "nn.LSTM(3, 6, num_layers=2, bidirectional=True, proj_size=3)"),
        ("gru_reset_after", "gru_reset_after", "nn.GRU(3, 6, num_layers=2, bidirectional=True)"),
    ] {
        let mut arguments = vec!["--to", "rnnlab", "--module", module, &model, "ours", "--force"];
        if cell.starts_with("rnn") {
            arguments.extend(["--cell", cell]);
        }
        let text = converted(folder.path(), &arguments);
        let mut lines = text.lines();
        let (found, left_out) = (lines.next().expect("found"), lines.next().expect("left out"));
        assert!(found.contains(made) && found.contains(&format!("`{cell}`")), "{found}");
        assert!(left_out.starts_with("left out: "), "{left_out}");
        assert!(text.contains("\nours:\n  layer 0 backwards.bias ["), "{text}");

        let text = converted(folder.path(), &["--to", "torch", "ours", "back", "--force"]);
        assert!(
            !text.contains("left out") && text.contains("\n  weight_ih_l1_reverse ["),
            "{text}"
        );
        let back = Tensors::load(&folder.path().join("back")).expect("tensors");
        let prefix = format!("{module}.");
        let given = whole.named.iter().filter(|(name, _)| name.starts_with(&prefix));
        assert_eq!(back.named.len(), given.clone().count());
        for (name, tensor) in given {
            assert_eq!(&back.named[&name[prefix.len()..]], tensor, "{name}");
        }
    }
    assert_eq!(entries(folder.path()), ["back", "ours"]);
}

#[test]
fn weights_that_are_not_finite_are_warned_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tensors = Tensors::load(&model()).expect("tensors");
    let bias = tensors.named.get_mut("lstm.bias_ih_l0").expect("a bias");
    bias.elements.as_mut().expect("numbers")[1] = f32::NAN;
    tensors.save(&folder.path().join("nan.safetensors"), false).expect("saved");
    let arguments = ["convert", "--to", "rnnlab", "--module", "lstm", "nan.safetensors", "ours"];
    let output = rnnlab(folder.path(), &arguments);
    assert!(output.status.success(), "{}", said(&output));
    let warned = String::from_utf8_lossy(&output.stderr).into_owned();
    let start = "warning: nan.safetensors: NaN or infinite numbers are in `lstm.bias_ih_l0`, and";
    assert!(warned.starts_with(start), "{warned}");
    assert_eq!(warned.lines().count(), 1, "{warned}");
}

/// A checkpoint that a real training leaves.
fn checkpoint(path: &Path, cell: &str, projection: Option<usize>) {
    fn of<T: DeserializeOwned>(value: serde_json::Value) -> T {
        serde_json::from_value(value).expect("a configuration")
    }
    let model: model::ModelConfig = of(json!({
        "cell": cell, "layers": 2, "hidden": 5, "embedding": 4, "tied": true, "init": 0.1,
        "projection": projection, "learned_state": true, "zoneout": 0.25, "residual": true,
    }));
    let train: train::TrainConfig = of(json!({
        "batch": 10, "unroll": 20, "epochs": 1, "evaluations_per_epoch": 1, "optimizer": "adam",
        "learning_rate": 0.01, "clip": 1.0,
    }));
    let places = data::Places::new(Vec::new(), None);
    let mut corpus =
        data::load_corpus("builtin", data::WhenMissing::Error, &places, &mut |_| {}).expect("text");
    for split in [&mut corpus.train, &mut corpus.valid, &mut corpus.test] {
        split.truncate(2_000);
    }
    let spec = train::RunSpec {
        name: "run",
        model: &model,
        train: &train,
        start: None,
        probe: None,
        seed: 1,
        test: true,
    };
    let dataset = train::Dataset::Corpus(corpus);
    let on_event = &mut |_| std::ops::ControlFlow::Continue(());
    train::run(spec, &dataset, &zoo::Zoo::standard(), Some(path), on_event).expect("trained");
}

#[test]
fn the_recurrent_layers_of_a_checkpoint_go_to_pytorch() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("checkpoint.safetensors");
    checkpoint(&path, "lstm", Some(3));
    let text =
        converted(folder.path(), &["--to", "torch", "checkpoint.safetensors", "lstm.safetensors"]);
    assert!(text.contains("nn.LSTM(4, 5, num_layers=2, proj_size=3)"), "{text}");
    let left_out = text.lines().nth(1).expect("left out");
    for name in ["embedding", "layer 0.input/moment 0", "output bias", "initial state 0.0"] {
        assert!(left_out.contains(name), "{name}: {left_out}");
    }
    let lost = "PyTorch's module does not have zoneout of 0.25 of the hidden state, residual connections \
                and a learned initial state, which this model was trained with";
    assert!(text.lines().nth(2).is_some_and(|line| line.starts_with(lost)), "{text}");
    // The trained model beside it says the same.
    let model = converted(
        folder.path(),
        &["--to", "torch", "model.safetensors", "lstm.safetensors", "--force"],
    );
    assert!(model.contains(lost), "{model}");
    let (given, torch) =
        (Tensors::load(&path), Tensors::load(&folder.path().join("lstm.safetensors")));
    let ours = Recurrent::from_torch(&torch.expect("tensors"), None, None).expect("an LSTM");
    let given = given.expect("tensors");
    let ours = ours.recurrent.to_rnnlab().named;
    assert_eq!(ours.len(), 8);
    for (name, tensor) in ours {
        assert_eq!(tensor, given.named[&name], "{name}");
    }

    // The default GRU has no counterpart.
    checkpoint(&folder.path().join("gru.safetensors"), "gru", None);
    let refusal = "error: gru.safetensors: cell `gru` has no counterpart in PyTorch; cells that can be \
                   exchanged: `rnn` (nn.RNN), ";
    refused(folder.path(), &["--to", "torch", "gru.safetensors", "out"], refusal);
}

/// Refused with one line that starts so; nothing is written.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], start: &str) {
    let before = entries(folder);
    let output = rnnlab(folder, &[&["convert"], arguments].concat());
    let message = said(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with(start), "{message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(entries(folder), before);
}

#[test]
fn what_cannot_be_converted_is_told_with_the_argument_that_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let model = fs::canonicalize(model()).expect("a path").display().to_string();
    let several = format!(
        "error: {model}: it holds several recurrent modules (`gru_reset_after`, `lstm`, \
         `lstm_projected`, `rnn`, `rnn_relu`): name one (--module NAME)"
    );
    refused(folder, &["--to", "rnnlab", &model, "out"], &several);
    let which = format!(
        "error: {model}: `rnn`, `rnn_relu` have tensors of the same shapes: name the one that it \
         is (--cell NAME)"
    );
    refused(folder, &["--to", "rnnlab", "--module", "rnn", &model, "out"], &which);
    let absent = "error: nowhere: cannot be read: ";
    refused(folder, &["--to", "rnnlab", "nowhere", "out"], absent);
    let module = "error: --module names a module of a PyTorch file to read: it goes with --to";
    refused(folder, &["--to", "torch", "--module", "rnn", &model, "out"], module);

    fs::write(folder.join("mine"), "precious").expect("written");
    let lstm = ["--to", "rnnlab", "--module", "lstm", &model, "mine"];
    refused(folder, &lstm, "error: mine: there is such a file already (--force replaces it)");
    assert_eq!(fs::read_to_string(folder.join("mine")).expect("there"), "precious");
    let nowhere = ["--to", "rnnlab", "--module", "lstm", &model, "no/folder/out"];
    refused(folder, &nowhere, "error: no/folder/out: cannot be written: ");
    converted(folder, &[&lstm[..], &["--force"]].concat());
    let other = "error: mine: no tensor has PyTorch's names of recurrent layers (`weight_ih_l0`); \
                 some have rnnlab's names of recurrent layers (`layer 0.input`) (was the other --to";
    refused(folder, &["--to", "rnnlab", "mine", "out"], other);
}
