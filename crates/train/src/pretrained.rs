//! Weights of a model that was trained before, from which a training starts.

use crate::checkpoint::{LAYERS, numbers};
use crate::row_names::RowMap;
use crate::{TrainError, checksum};
use model::{AnyModel, Part};
use safetensors::tensor::{Dtype, SafeTensors};
use sequence::AnyParameter;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// What a training starts from: parts of a trained model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pretrained {
    /// The file with its parameters.
    pub file: PathBuf,
    /// SHA-256 of the file, in hexadecimal digits: one that changed since is refused.
    pub sha256: String,
    /// The parts that are taken over; all else starts as usual.
    pub parts: Vec<Part>,
    /// Where the rows of what is read are there; none where rows go one by one.
    pub read: Option<RowMap>,
    /// Where the rows of what is written are there.
    pub written: Option<RowMap>,
}

impl Pretrained {
    /// Whether a parameter is taken over.
    pub fn has(&self, parameter: &str) -> bool {
        self.parts.contains(&Part::of(parameter))
    }

    /// Where the rows of a parameter are there; none where they go one by one.
    pub fn rows(&self, parameter: &str) -> Option<&RowMap> {
        match parameter {
            "embedding" | "encoder embedding" => self.read.as_ref(),
            "decoder embedding" | "output" | "output bias" => self.written.as_ref(),
            _ => None,
        }
    }

    /// The sizes that a parameter of these sizes must have there.
    pub fn dims_there(&self, parameter: &str, dims: &[usize]) -> Vec<usize> {
        let mut there = dims.to_vec();
        if let (Some(map), Some(rows)) = (self.rows(parameter), there.first_mut()) {
            *rows = map.rows_there(*rows);
        }
        there
    }

    /// Puts its weights in the place of a model's.
    pub(crate) fn put_into(&self, model: &mut dyn AnyModel) -> Result<(), TrainError> {
        let broken = |why: String| TrainError::Weights { path: self.file.clone(), why };
        let content = fs::read(&self.file).map_err(|error| broken(error.to_string()))?;
        if checksum::sha256(&content) != self.sha256 {
            let why =
                "its checksum is not that with which the run was planned: it was changed since";
            return Err(broken(why.to_owned()));
        }
        let tensors =
            SafeTensors::deserialize(&content).map_err(|error| broken(error.to_string()))?;
        let mut result = Ok(());
        model.for_each_parameter(&mut |name, parameter| {
            if result.is_ok() && self.has(name) {
                result = self.put(&tensors, name, parameter);
            }
        });
        result.map_err(broken)
    }

    fn put(
        &self,
        tensors: &SafeTensors<'_>,
        name: &str,
        parameter: &mut dyn AnyParameter<f32>,
    ) -> Result<(), String> {
        let dims = parameter.dims();
        let there = self.dims_there(name, &dims);
        let shape = tensors.tensor(name).map_err(|error| error.to_string())?.shape().to_vec();
        if shape != there {
            return Err(format!("`{name}` has the sizes {shape:?}; {there:?} are needed"));
        }
        let weights = numbers(tensors, name, there.iter().product())?;
        let (Some(map), Some(&rows)) = (self.rows(name), dims.first()) else {
            return parameter.write(&weights).map_err(|error| error.to_string());
        };
        let width: usize = dims.iter().skip(1).product();
        let mut ours = parameter.read();
        for row in 0..rows {
            if let Some(place) = map.place(row) {
                let from = &weights[place * width..][..width];
                ours[row * width..][..width].copy_from_slice(from);
            }
        }
        parameter.write(&ours).map_err(|error| error.to_string())
    }
}

/// What a file with a model's weights says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightsFile {
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// The cell of its layers, where it names it.
    pub cell: Option<String>,
    /// Names and sizes of its parameters.
    pub tensors: Vec<(String, Vec<usize>)>,
}

/// What a file says of its layers, as far as it matters here.
#[derive(Deserialize)]
struct Layers {
    cell: Option<String>,
}

impl WeightsFile {
    /// Reads a safetensors file. An error if its numbers cannot be started from.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let broken = |why: String| TrainError::Weights { path: path.to_owned(), why };
        let content = fs::read(path).map_err(|error| broken(error.to_string()))?;
        let not_safetensors = |error: safetensors::SafeTensorError| {
            broken(format!("it is no safetensors file ({error})"))
        };
        let (_, header) = SafeTensors::read_metadata(&content).map_err(not_safetensors)?;
        let layers = header.metadata().as_ref().and_then(|metadata| metadata.get(LAYERS));
        let layers: Option<Layers> = layers
            .map(|layers| serde_json::from_str(layers))
            .transpose()
            .map_err(|error| broken(format!("what it says of its layers: {error}")))?;
        let found = SafeTensors::deserialize(&content).map_err(not_safetensors)?;
        let mut tensors = Vec::new();
        for (name, view) in found.tensors() {
            if view.dtype() != Dtype::F32 {
                let dtype = view.dtype();
                return Err(broken(format!("`{name}` is of {dtype:?}; F32 is allowed")));
            }
            let (numbers, _) = view.data().as_chunks::<4>();
            if !numbers.iter().all(|bytes| f32::from_le_bytes(*bytes).is_finite()) {
                return Err(broken(format!("`{name}` has numbers that are not finite")));
            }
            tensors.push((name, view.shape().to_vec()));
        }
        tensors.sort();
        let cell = layers.and_then(|layers| layers.cell);
        Ok(Self { sha256: checksum::sha256(&content), cell, tensors })
    }
}
