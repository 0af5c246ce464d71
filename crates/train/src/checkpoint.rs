//! Saving a training and taking it up again; saving what it made.

use crate::TrainError;
use crate::optimizer::Updater;
use crate::schedule::Progress;
use model::Model;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sequence::StackState;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where a training stands, besides its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Optimiser steps done.
    pub(crate) step: usize,
    /// Training tokens seen.
    pub(crate) tokens: usize,
    /// Seconds spent training.
    pub(crate) seconds: f64,
    /// Seconds of the whole run.
    pub(crate) total_seconds: f64,
    pub(crate) progress: Progress,
    /// Seconds of single steps, thinned, for the median speed.
    pub(crate) tokens_per_second: Vec<f64>,
}

const POSITION: &str = "rnnlab.position";
/// Where a file says which cell its layers are of.
const CELL: &str = "rnnlab.cell";

/// Everything that a training needs to go on.
pub(crate) struct Parts<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) updater: &'a mut Updater,
    /// The state carried from one step to the next, where one is.
    pub(crate) state: Option<&'a mut StackState>,
}

/// A tensor as it is saved: name, sizes, little-endian bytes.
type Saved = (String, Vec<usize>, Vec<u8>);

/// Writes a checkpoint.
pub(crate) fn save(path: &Path, parts: Parts<'_>, position: &Position) -> Result<(), TrainError> {
    let mut tensors: Vec<Saved> = Vec::new();
    let moments = parts.updater.moments();
    let mut k = 0;
    parts.model.for_each_parameter(&mut |name, parameter| {
        tensors.push((name.to_owned(), parameter.dims(), bytes(&parameter.read())));
        for (m, moment) in moments[k].iter().enumerate() {
            tensors.push((format!("{name}/moment {m}"), vec![moment.len()], bytes(moment)));
        }
        k += 1;
    });
    if let Some(state) = parts.state {
        state.for_each_slot(&mut |name, tensor| {
            tensors.push((name.to_owned(), tensor.dims(), bytes(&tensor.read())));
        });
    }
    let failed = |source: std::io::Error| TrainError::Write { path: path.to_owned(), source };
    let json = serde_json::to_string(position).map_err(std::io::Error::from).map_err(failed)?;
    write(path, &tensors, HashMap::from([(POSITION.to_owned(), json)]))
}

/// Where a finished training leaves its model: beside its checkpoint.
pub(crate) fn model_beside(checkpoint: &Path) -> PathBuf {
    checkpoint.with_file_name("model.safetensors")
}

/// Writes a trained model: every parameter, and the name of its cell.
pub(crate) fn save_model(path: &Path, model: &mut Model, cell: &str) -> Result<(), TrainError> {
    let mut tensors: Vec<Saved> = Vec::new();
    model.for_each_parameter(&mut |name, parameter| {
        tensors.push((name.to_owned(), parameter.dims(), bytes(&parameter.read())));
    });
    write(path, &tensors, HashMap::from([(CELL.to_owned(), cell.to_owned())]))
}

fn bytes(elements: &[f32]) -> Vec<u8> {
    elements.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Writes under a temporary name first, then moves into place, so that the file is whole or not
/// there.
fn write(
    path: &Path,
    tensors: &[Saved],
    metadata: HashMap<String, String>,
) -> Result<(), TrainError> {
    let failed = |source: std::io::Error| TrainError::Write { path: path.to_owned(), source };
    let views = tensors.iter().map(|(name, dims, bytes)| {
        let view = TensorView::new(Dtype::F32, dims.clone(), bytes);
        view.map(|view| (name.as_str(), view)).map_err(std::io::Error::other)
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let content = safetensors::serialize(views, Some(metadata))
        .map_err(|error| failed(std::io::Error::other(error)))?;
    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(&content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(failed)
}

/// Takes up the training that `path` holds; none if there is no such file.
pub(crate) fn load(path: &Path, parts: Parts<'_>) -> Result<Option<Position>, TrainError> {
    let broken = |why: String| TrainError::Checkpoint { path: path.to_owned(), why };
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(broken(error.to_string())),
    };
    let (_, header) =
        SafeTensors::read_metadata(&content).map_err(|error| broken(error.to_string()))?;
    let position = header.metadata().as_ref().and_then(|metadata| metadata.get(POSITION));
    let position = position.ok_or_else(|| broken("it does not say where it stands".into()))?;
    let position = serde_json::from_str(position).map_err(|error| broken(error.to_string()))?;
    let tensors = SafeTensors::deserialize(&content).map_err(|error| broken(error.to_string()))?;
    let read = |name: &str, len: usize| -> Result<Vec<f32>, TrainError> {
        let view = tensors.tensor(name).map_err(|error| broken(error.to_string()))?;
        let (numbers, rest) = view.data().as_chunks::<4>();
        if view.dtype() != Dtype::F32 || numbers.len() != len || !rest.is_empty() {
            return Err(broken(format!("`{name}` should have {len} numbers")));
        }
        Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    };

    let moments = parts.updater.moments();
    let mut k = 0;
    let mut result = Ok(());
    parts.model.for_each_parameter(&mut |name, parameter| {
        let mut restore = || -> Result<(), TrainError> {
            parameter.write(&read(name, parameter.dims().iter().product())?)?;
            for (m, moment) in moments[k].iter_mut().enumerate() {
                let saved = read(&format!("{name}/moment {m}"), moment.len())?;
                moment.copy_from_slice(&saved);
            }
            Ok(())
        };
        if let Err(error) = restore() {
            result = Err(error);
        }
        k += 1;
    });
    result?;
    let mut result = Ok(());
    if let Some(state) = parts.state {
        state.for_each_slot(&mut |name, tensor| {
            let saved = read(name, tensor.dims().iter().product());
            let written = saved.and_then(|saved| Ok(tensor.write(&saved)?));
            if let Err(error) = written {
                result = Err(error);
            }
        });
    }
    result?;
    Ok(Some(position))
}
