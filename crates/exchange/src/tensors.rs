//! Named tensors, and the safetensors files that hold them.

use crate::ExchangeError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::Path;

/// A tensor: its shape, and its elements with the last index running fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its shape.
    pub dims: Vec<usize>,
    /// Its elements; their type where it is another than `f32`.
    pub elements: Result<Vec<f32>, Dtype>,
}

/// The tensors of a file by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensors {
    /// The cell whose tensors these are, where that is said (in the file's metadata).
    pub cell: Option<String>,
    /// The tensors.
    pub named: BTreeMap<String, Tensor>,
}

/// Where a file's metadata say which cell it holds.
const CELL: &str = "rnnlab.cell";

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
        let cell = header.metadata().as_ref().and_then(|metadata| metadata.get(CELL)).cloned();
        let tensor = |view: TensorView<'_>| Tensor {
            dims: view.shape().to_vec(),
            elements: match view.dtype() {
                Dtype::F32 => {
                    let (numbers, _) = view.data().as_chunks::<4>();
                    Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
                }
                other => Err(other),
            },
        };
        let named = file.tensors().into_iter().map(|(name, view)| (name, tensor(view))).collect();
        Ok(Self { cell, named })
    }

    /// The bytes of a safetensors file with these tensors; the same tensors give the same bytes.
    /// An error if a tensor is not of `f32`.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut tensors = Vec::new();
        for (name, Tensor { dims, elements }) in &self.named {
            let no_f32 = |dtype: &Dtype| io::Error::other(format!("`{name}` is of type {dtype}"));
            let elements = elements.as_ref().map_err(no_f32)?;
            let bytes: Vec<u8> = elements.iter().flat_map(|x| x.to_le_bytes()).collect();
            tensors.push((name, dims, bytes));
        }
        let views = tensors.iter().map(|(name, dims, bytes)| {
            let view = TensorView::new(Dtype::F32, dims.to_vec(), bytes);
            view.map(|view| (name, view)).map_err(io::Error::other)
        });
        let views = views.collect::<io::Result<Vec<_>>>()?;
        // One entry at most: the order of several would differ from file to file.
        let metadata = self.cell.clone().map(|cell| HashMap::from([(CELL.to_owned(), cell)]));
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
