//! What the exchange takes, refuses and writes.

use compute::Draws;
use dfdx::prelude::Cpu;
use exchange::{
    ExchangeError, LayersError, ModuleSizes, Problem, Recurrent, Surroundings, Tensors, Unreadable,
};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, TensorView};
use sequence::{Block, LayerInit, LayerSizes, Stack, StackOptions};
use std::fs;
use zoo::{Build, Zoo};

/// A `state_dict`: shapes by name, the elements all different.
fn state_dict(shapes: &[(&str, &[usize])]) -> Tensors {
    let mut tensors = Tensors::default();
    let mut next = 0.0;
    for (name, dims) in shapes {
        let elements = (0..dims.iter().product()).map(|_| {
            next += 1.0;
            next
        });
        tensors.insert((*name).to_owned(), dims.to_vec(), elements.collect());
    }
    tensors
}

/// nn.GRU(1, 2).
fn gru() -> Tensors {
    state_dict(&[
        ("weight_ih_l0", &[6, 1]),
        ("weight_hh_l0", &[6, 2]),
        ("bias_ih_l0", &[6]),
        ("bias_hh_l0", &[6]),
    ])
}

fn elements<'t>(tensors: &'t Tensors, name: &str) -> &'t [f32] {
    tensors.named[name].elements.as_ref().unwrap()
}

fn refusal(tensors: &Tensors, cell: Option<&str>, module: Option<&str>) -> LayersError {
    Recurrent::from_torch(tensors, cell, module).unwrap_err()
}

/// Gate order and the two biases, number by number.
#[test]
fn the_blocks_of_a_gru_are_put_where_they_belong() {
    let found = Recurrent::from_torch(&gru(), None, None).unwrap();
    let ours = found.recurrent.to_rnnlab();
    assert_eq!(ours.cell.as_deref(), Some("gru_reset_after"));
    // r, z, n become n, r, z.
    assert_eq!(elements(&ours, "layer 0.input"), [5.0, 6.0, 1.0, 2.0, 3.0, 4.0]);
    // r, z, n are r, z, m.
    let recurrent: Vec<f32> = (7..19).map(|k| k as f32).collect();
    assert_eq!(elements(&ours, "layer 0.recurrent"), recurrent);
    // n: 23, 24; r and z: sums; m: 29, 30.
    let bias = [23.0, 24.0, 19.0 + 25.0, 20.0 + 26.0, 21.0 + 27.0, 22.0 + 28.0, 29.0, 30.0];
    assert_eq!(elements(&ours, "layer 0.bias"), bias);
    // And back: sums in the input's bias.
    let back = found.recurrent.to_torch();
    assert_eq!(elements(&back, "weight_ih_l0"), elements(&gru(), "weight_ih_l0"));
    assert_eq!(elements(&back, "bias_ih_l0"), [44.0, 46.0, 48.0, 50.0, 23.0, 24.0]);
    assert_eq!(elements(&back, "bias_hh_l0"), [0.0, 0.0, 0.0, 0.0, 29.0, 30.0]);
    let again = Recurrent::from_torch(&back, None, None).unwrap();
    assert_eq!(again.recurrent.to_torch(), back);
}

#[test]
fn all_that_does_not_fit_is_told_at_once() {
    let mut tensors = state_dict(&[
        ("weight_ih_l0", &[20, 3]),
        ("weight_hh_l0", &[20, 5]),
        ("bias_ih_l0", &[15]),
        ("bias_hh_l0", &[20]),
        ("weight_ih_l1", &[20, 4]),
        ("bias_ih_l1", &[20]),
        ("bias_hh_l1", &[20]),
        ("scale", &[1]),
        ("weight_ih_l999999999999", &[20, 5]),
    ]);
    tensors.named.get_mut("bias_hh_l0").unwrap().elements = Err(Unreadable::Type(Dtype::I64));
    let LayersError::Tensors { module, problems } = refusal(&tensors, None, None) else { panic!() };
    assert_eq!(module, "nn.LSTM(3, 5, num_layers=2)");
    let name = |name: &str| name.to_owned();
    let shape = |n: &str, expected: &[usize], got: &[usize]| Problem::Shape {
        name: name(n),
        expected: expected.to_vec(),
        got: got.to_vec(),
    };
    let expected = [
        shape("bias_ih_l0", &[20], &[15]),
        Problem::Unreadable { name: name("bias_hh_l0"), why: Unreadable::Type(Dtype::I64) },
        shape("weight_ih_l1", &[20, 5], &[20, 4]),
        Problem::Missing { name: name("weight_hh_l1"), expected: vec![20, 5] },
        Problem::Extra { name: name("scale") },
        Problem::Extra { name: name("weight_ih_l999999999999") },
    ];
    assert_eq!(problems, expected);

    // The same for files with our own names.
    let mut ours = Recurrent::from_torch(&gru(), None, None).unwrap().recurrent.to_rnnlab();
    ours.named.get_mut("layer 0.input").unwrap().dims = vec![3, 1, 2];
    ours.named.remove("layer 0.bias");
    ours.insert("layer 0.unit".to_owned(), vec![1, 2], vec![0.0; 2]);
    let expected = "it does not hold nn.GRU(2, 2): `layer 0.input` should be [3, 2, 2] and is \
                    [3, 1, 2]; `layer 0.bias` [4, 2] is missing; `layer 0.unit` should not be there";
    assert_eq!(Recurrent::from_rnnlab(&ours, None).unwrap_err().to_string(), expected);
}

/// Two heads of an LSTM with four units: matrices of two by two.
#[test]
fn heads_are_told() {
    let shapes: [(&str, &[usize]); 3] = [
        ("layer 0.input", &[4, 4, 3]),
        ("layer 0.recurrent", &[8, 2, 2]),
        ("layer 0.bias", &[4, 4]),
    ];
    let told = Recurrent::from_rnnlab(&state_dict(&shapes), Some("lstm")).unwrap_err().to_string();
    assert_eq!(told, "its layers have 2 heads, which PyTorch's modules have not");
}

#[test]
fn the_cell_is_told_by_shapes_by_the_file_or_by_the_caller() {
    let rnn = state_dict(&[("weight_ih_l0", &[5, 3]), ("weight_hh_l0", &[5, 5])]);
    let several =
        LayersError::SeveralCells { cells: vec!["rnn".to_owned(), "rnn_relu".to_owned()] };
    assert_eq!(refusal(&rnn, None, None), several);
    let relu = Recurrent::from_torch(&rnn, Some("rnn_relu"), None).unwrap().recurrent;
    assert_eq!(relu.to_string(), "nn.RNN(3, 5, nonlinearity='relu'), `rnn_relu` in rnnlab");
    // A file that was written here says its cell.
    let again = Recurrent::from_torch(&relu.to_torch(), None, None).unwrap().recurrent;
    assert_eq!(again.counterpart().cell(), "rnn_relu");
    let other = |asked: &str, held: &str| LayersError::OtherCell {
        asked: asked.to_owned(),
        held: vec![held.to_owned()],
    };
    assert_eq!(refusal(&relu.to_torch(), Some("rnn"), None), other("rnn", "rnn_relu"));
    assert_eq!(refusal(&gru(), Some("lstm"), None), other("lstm", "gru_reset_after"));
    // The default GRU resets before; the message says which cells there are.
    let message = refusal(&gru(), Some("gru"), None).to_string();
    for expected in ["`gru` has no counterpart", "`gru_reset_after` (nn.GRU)", "resets after"] {
        assert!(message.contains(expected), "{message}");
    }
    let two = state_dict(&[("weight_ih_l0", &[10, 3]), ("weight_hh_l0", &[10, 5])]);
    let message = refusal(&two, None, None).to_string();
    assert!(message.contains("`weight_hh_l0` [10, 5], `weight_ih_l0` [10, 3]"), "{message}");
}

#[test]
fn modules_without_biases_have_zeros() {
    let tensors = state_dict(&[("weight_ih_l0", &[6, 1]), ("weight_hh_l0", &[6, 2])]);
    let found = Recurrent::from_torch(&tensors, None, None).unwrap().recurrent;
    assert_eq!(elements(&found.to_rnnlab(), "layer 0.bias"), [0.0; 8]);
    assert_eq!(elements(&found.to_torch(), "bias_ih_l0"), [0.0; 6]);
}

#[test]
fn one_module_of_a_model_is_taken() {
    let mut model = state_dict(&[("decoder.weight", &[2, 2])]);
    for prefix in ["encoder.gru", "decoder.gru"] {
        for (name, tensor) in gru().named {
            model.named.insert(format!("{prefix}.{name}"), tensor);
        }
    }
    let modules = vec!["decoder.gru".to_owned(), "encoder.gru".to_owned()];
    let several = LayersError::SeveralModules { modules: modules.clone() };
    assert_eq!(refusal(&model, None, None), several);
    let absent = LayersError::NoModule { asked: "gru".to_owned(), modules };
    assert_eq!(refusal(&model, None, Some("gru")), absent);
    let found = Recurrent::from_torch(&model, None, Some("encoder.gru")).unwrap();
    let alone = Recurrent::from_torch(&gru(), None, None).unwrap();
    assert_eq!(found.recurrent.to_torch(), alone.recurrent.to_torch());
    assert_eq!(found.left_out.len(), 5);
    assert!(found.left_out.contains(&"decoder.weight".to_owned()));
    model.insert("encoder.gru.scale".to_owned(), vec![1], vec![1.0]);
    let found = refusal(&model, None, Some("encoder.gru")).to_string();
    assert!(found.ends_with("nn.GRU(1, 2): `encoder.gru.scale` should not be there"), "{found}");
}

#[test]
fn the_other_names_are_recognised() {
    let ours = Recurrent::from_torch(&gru(), None, None).unwrap().recurrent.to_rnnlab();
    let told = "some have rnnlab's names of recurrent layers (`layer 0.input`)";
    assert!(refusal(&ours, None, None).to_string().ends_with(told));
    let told = "some have PyTorch's names of recurrent layers (`weight_ih_l0`)";
    assert!(Recurrent::from_rnnlab(&gru(), None).unwrap_err().to_string().ends_with(told));
    let none = Recurrent::from_rnnlab(&Tensors::default(), None).unwrap_err().to_string();
    assert_eq!(none, "no tensor has rnnlab's names of recurrent layers (`layer 0.input`)");
}

/// A stack of one layer of each cell, of hidden size 4.
fn stack(cells: &[&str], output: usize) -> Stack {
    let zoo = Zoo::standard();
    let layers = cells.iter().map(|cell| {
        let sizes = LayerSizes { output, ..LayerSizes::new(output, 4) };
        let init = LayerInit::torch(4);
        let build = Build { sizes, draws: &Draws::new(1), name: "layer", init };
        Block::bare(vec![zoo.get(cell).unwrap().layer(&Cpu::default(), build).unwrap()])
    });
    let options = StackOptions { learned_state: true, ..StackOptions::default() };
    Stack::new(layers.collect(), options).unwrap()
}

#[test]
fn stacks_are_saved_where_pytorch_has_them() {
    let found = Recurrent::of_stack(&mut stack(&["lstm", "lstm"], 3)).unwrap();
    let sizes = ModuleSizes { layers: 2, directions: 1, input: 3, hidden: 4, output: 3 };
    assert_eq!(found.recurrent.sizes(), sizes);
    assert_eq!(found.left_out.len(), 4, "learned states: {:?}", found.left_out);
    let mixed = Recurrent::of_stack(&mut stack(&["rnn", "lstm"], 4)).unwrap_err();
    assert!(matches!(mixed, LayersError::MixedCells { .. }), "{mixed}");
    let gru = Recurrent::of_stack(&mut stack(&["gru"], 4)).unwrap_err();
    assert_eq!(gru, LayersError::NoCounterpart { cell: "gru".to_owned() });
    // PyTorch projects LSTMs only.
    let projected = Recurrent::of_stack(&mut stack(&["rnn"], 3)).unwrap_err();
    assert!(projected.to_string().contains("`layer 0.projection` should not be"), "{projected}");
}

#[test]
fn files_are_whole_and_never_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gru.safetensors");
    let written = Recurrent::from_torch(&gru(), None, None).unwrap().recurrent.to_torch();
    written.save(&path, false).unwrap();
    assert_eq!(Tensors::load(&path).unwrap(), written);
    let exists = gru().save(&path, false).unwrap_err();
    assert!(matches!(exists, ExchangeError::Exists { .. }), "{exists}");
    assert_eq!(Tensors::load(&path).unwrap(), written);
    gru().save(&path, true).unwrap();
    assert_eq!(Tensors::load(&path).unwrap(), gru());
    // What cannot be written leaves nothing.
    let mut whole = gru();
    whole.named.get_mut("bias_hh_l0").unwrap().elements = Err(Unreadable::Type(Dtype::I64));
    let message = whole.save(&folder.path().join("other"), false).unwrap_err().to_string();
    let told =
        "other: cannot be written: `bias_hh_l0` is of type I64; F32, F64, F16 and BF16 can be read";
    assert!(message.ends_with(told), "{message}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    fs::write(&path, &fs::read(&path).unwrap()[..100]).unwrap();
    let broken = Tensors::load(&path).unwrap_err().to_string();
    assert!(broken.contains("gru.safetensors: not a safetensors file"), "{broken}");
    fs::remove_file(&path).unwrap();
    let missing = Tensors::load(&path).unwrap_err().to_string();
    assert!(missing.contains("gru.safetensors: cannot be read"), "{missing}");
}

/// The file of nn.GRU(1, 2) with its numbers in another type, `bytes` long each.
fn stored(path: &std::path::Path, dtype: Dtype, bytes: impl Fn(f32) -> Vec<u8>) {
    let tensors: Vec<_> = gru()
        .named
        .into_iter()
        .map(|(name, tensor)| {
            let bytes: Vec<u8> =
                tensor.elements.unwrap().into_iter().flat_map(|x| bytes(x / 8.0)).collect();
            (name, tensor.dims, bytes)
        })
        .collect();
    let views = tensors
        .iter()
        .map(|(name, dims, bytes)| (name, TensorView::new(dtype, dims.clone(), bytes).unwrap()));
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn numbers_that_are_not_finite_are_told_by_name() {
    let sorted = |found: exchange::ReadLayers| {
        let mut names = found.not_finite;
        names.sort();
        names
    };
    assert!(sorted(Recurrent::from_torch(&gru(), None, None).unwrap()).is_empty());
    let mut tensors = gru();
    for (name, number) in [("bias_hh_l0", f32::NAN), ("weight_ih_l0", f32::NEG_INFINITY)] {
        tensors.named.get_mut(name).unwrap().elements.as_mut().unwrap()[0] = number;
    }
    let found = Recurrent::from_torch(&tensors, None, None).unwrap();
    let ours = Recurrent::from_rnnlab(&found.recurrent.to_rnnlab(), None).unwrap();
    assert_eq!(sorted(found), ["bias_hh_l0", "weight_ih_l0"]);
    assert_eq!(sorted(ours), ["layer 0.bias", "layer 0.input"]);
}

#[test]
fn numbers_of_all_usual_types_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gru.safetensors");
    let mut expected = gru();
    for tensor in expected.named.values_mut() {
        tensor.elements.iter_mut().flatten().for_each(|x| *x /= 8.0);
    }
    type Bytes = fn(f32) -> Vec<u8>;
    let types: [(Dtype, Bytes); 4] = [
        (Dtype::F32, |x| x.to_le_bytes().into()),
        (Dtype::F64, |x| f64::from(x).to_le_bytes().into()),
        (Dtype::F16, |x| f16::from_f32(x).to_le_bytes().into()),
        (Dtype::BF16, |x| bf16::from_f32(x).to_le_bytes().into()),
    ];
    for (dtype, bytes) in types {
        stored(&path, dtype, bytes);
        let tensors = Tensors::load(&path).unwrap();
        assert_eq!(tensors.named, expected.named, "{dtype}");
        let found = Recurrent::from_torch(&tensors, None, None).unwrap();
        let converted: Vec<_> = found.converted.into_iter().collect();
        match dtype {
            Dtype::F32 => assert_eq!(converted, []),
            _ => assert_eq!(converted, [(dtype.to_string(), 4)]),
        }
    }
    stored(&path, Dtype::I64, |x| (x as i64).to_le_bytes().into());
    let told = refusal(&Tensors::load(&path).unwrap(), None, None).to_string();
    assert!(
        told.contains("`bias_hh_l0` is of type I64; F32, F64, F16 and BF16 can be read"),
        "{told}"
    );
    stored(&path, Dtype::F64, |_| 1e300_f64.to_le_bytes().into());
    let told = refusal(&Tensors::load(&path).unwrap(), None, None).to_string();
    assert!(told.contains("`bias_hh_l0` has a number that is too large for F32"), "{told}");
}

#[test]
fn a_single_cell_is_one_layer() {
    let cell = |prefix: &str| {
        let mut cell = Tensors::default();
        for (name, tensor) in gru().named {
            let name = format!("{prefix}{}", name.strip_suffix("_l0").unwrap());
            cell.named.insert(name, tensor);
        }
        cell
    };
    let layer = Recurrent::from_torch(&gru(), None, None).unwrap().recurrent;
    for (prefix, module) in [("", None), ("decoder.cell.", Some("decoder.cell"))] {
        let found = Recurrent::from_torch(&cell(prefix), None, module).unwrap();
        assert_eq!(found.recurrent.to_torch(), layer.to_torch());
    }
    let mut cut = cell("");
    cut.named.remove("bias_hh");
    cut.insert("weight_hr".to_owned(), vec![1, 2], vec![0.0; 2]);
    assert_eq!(
        refusal(&cut, None, None).to_string(),
        "it does not hold nn.GRUCell(1, 2): `bias_hh` [6] is missing; `weight_hr` should not be there"
    );
    // Beside the names of layers they are too many.
    let mut both = gru();
    both.named.extend(cell("").named);
    let told = refusal(&both, None, None).to_string();
    assert!(told.starts_with("it does not hold nn.GRU(1, 2): `bias_hh` should not be"), "{told}");
}

#[test]
fn what_a_file_says_of_its_layers_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gru.safetensors");
    let mut ours = Recurrent::from_torch(&gru(), None, None).unwrap().recurrent.to_rnnlab();
    ours.surroundings = Surroundings {
        zoneout: 0.1,
        zoneout_memory: 0.5,
        residual: true,
        ..Surroundings::default()
    };
    ours.insert("initial state 0.0".to_owned(), vec![2], vec![0.0; 2]);
    ours.save(&path, false).unwrap();
    let found = Recurrent::from_rnnlab(&Tensors::load(&path).unwrap(), None).unwrap();
    assert_eq!(
        found.surroundings.all(2),
        [
            "zoneout of 0.1 of the hidden state",
            "zoneout of 0.5 of the rest of the state",
            "residual connections",
            "a learned initial state"
        ]
    );
    // A single layer has nothing to add its input to.
    assert_eq!(found.surroundings.all(1).len(), 3);
}
