//! Named tensors, and the safetensors files that hold them.

use crate::{ExchangeError, Surroundings};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// A tensor: its shape, and its elements with the last index running fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its shape.
    pub dims: Vec<usize>,
    /// Its elements, or why they are none that can be computed with here.
    pub elements: Result<Vec<f32>, Unreadable>,
}

/// Why a tensor's elements cannot be read as `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// They are of a type other than F32, F64, F16 and BF16.
    Type(Dtype),
    /// Some number, of type F64, is larger than any `f32`.
    Beyond,
}

/// The tensors of a file by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensors {
    /// The cell whose tensors these are, where that is said (in the file's metadata).
    pub cell: Option<String>,
    /// What the layers had around them, where that is said (there, too).
    pub surroundings: Surroundings,
    /// The tensors.
    pub named: BTreeMap<String, Tensor>,
    /// The types in which tensors are stored that were rounded or extended to `f32`.
    pub converted: BTreeMap<String, Dtype>,
}

/// Where a file's metadata say of what its layers are.
const LAYERS: &str = "rnnlab.layers";

/// What the metadata say.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Layers {
    cell: String,
    #[serde(flatten)]
    surroundings: Surroundings,
}

impl Tensors {
    /// Adds a tensor.
    pub fn insert(&mut self, name: String, dims: Vec<usize>, elements: Vec<f32>) {
        self.named.insert(name, Tensor { dims, elements: Ok(elements) });
    }

    /// Name and shape of a tensor, for messages.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        self.named.get(name).map(|tensor| format!("`{name}` {:?}", tensor.dims))
    }

    /// Reads a safetensors file.
    pub fn load(path: &Path) -> Result<Self, ExchangeError> {
        let bytes =
            fs::read(path).map_err(|error| ExchangeError::Read { path: path.to_owned(), error })?;
        Self::from_bytes(&bytes)
            .map_err(|why| ExchangeError::NotSafetensors { path: path.to_owned(), why })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let mut tensors = Self::default();
        if let Some(note) = header.metadata().as_ref().and_then(|metadata| metadata.get(LAYERS)) {
            let layers: Layers = serde_json::from_str(note)
                .map_err(|error| format!("what it says of its layers (`{LAYERS}`): {error}"))?;
            tensors.cell = Some(layers.cell);
            tensors.surroundings = layers.surroundings;
        }
        for (name, view) in file.tensors() {
            let elements = elements(&view);
            if elements.is_ok() && view.dtype() != Dtype::F32 {
                tensors.converted.insert(name.clone(), view.dtype());
            }
            tensors.named.insert(name, Tensor { dims: view.shape().to_vec(), elements });
        }
        Ok(tensors)
    }

    /// The bytes of a safetensors file with these tensors; the same tensors give the same bytes.
    /// An error if a tensor could not be read.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut tensors = Vec::new();
        for (name, Tensor { dims, elements }) in &self.named {
            let unread = |why: &Unreadable| io::Error::other(format!("`{name}` {why}"));
            let elements = elements.as_ref().map_err(unread)?;
            let bytes: Vec<u8> = elements.iter().flat_map(|x| x.to_le_bytes()).collect();
            tensors.push((name, dims, bytes));
        }
        let views = tensors.iter().map(|(name, dims, bytes)| {
            let view = TensorView::new(Dtype::F32, dims.to_vec(), bytes);
            view.map(|view| (name, view)).map_err(io::Error::other)
        });
        let views = views.collect::<io::Result<Vec<_>>>()?;
        // One entry at most: the order of several would differ from file to file.
        let mut metadata = None;
        if let Some(cell) = self.cell.clone() {
            let layers = Layers { cell, surroundings: self.surroundings };
            metadata = Some(HashMap::from([(LAYERS.to_owned(), serde_json::to_string(&layers)?)]));
        }
        safetensors::serialize(views, metadata).map_err(io::Error::other)
    }

    /// Writes a safetensors file, whole or not at all. A file that is there already is an error
    /// unless it may be replaced.
    pub fn save(&self, path: &Path, replace: bool) -> Result<(), ExchangeError> {
        if !replace && path.symlink_metadata().is_ok() {
            return Err(ExchangeError::Exists { path: path.to_owned() });
        }
        machine::write_whole(path, |out| out.write_all(&self.to_bytes()?))
            .map_err(|error| ExchangeError::Write { path: path.to_owned(), error })
    }
}

/// The elements of a tensor as `f32`.
fn elements(view: &TensorView<'_>) -> Result<Vec<f32>, Unreadable> {
    fn all<const N: usize>(data: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        data.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect()
    }
    let data = view.data();
    match view.dtype() {
        Dtype::F32 => Ok(all(data, f32::from_le_bytes)),
        Dtype::F16 => Ok(all(data, |bytes| f16::from_le_bytes(bytes).to_f32())),
        Dtype::BF16 => Ok(all(data, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        Dtype::F64 => data
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| {
                let number = f64::from_le_bytes(*bytes);
                let rounded = number as f32;
                match number.is_finite() && !rounded.is_finite() {
                    true => Err(Unreadable::Beyond),
                    false => Ok(rounded),
                }
            })
            .collect(),
        other => Err(Unreadable::Type(other)),
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(dtype) => {
                write!(f, "is of type {dtype}; F32, F64, F16 and BF16 can be read")
            }
            Self::Beyond => write!(f, "has a number that is too large for F32"),
        }
    }
}
