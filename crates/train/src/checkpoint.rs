//! Saving a training and taking it up again; saving what it made.

use crate::optimizer::Updater;
use crate::schedule::Progress;
use crate::speeds::Speeds;
use crate::{TrainError, checksum};
use model::AnyModel;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sequence::{AnyParameter, StackState};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io;
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
    /// Steps at which the gradient was clipped, and those at which it was far too large.
    pub(crate) clipped: [usize; 2],
    /// The largest finite norm of the gradient so far.
    pub(crate) largest_norm: f64,
    /// Evaluations that say that the model was astray.
    pub(crate) astray: usize,
    /// Tokens per second of single steps.
    pub(crate) speeds: Speeds,
}

/// Where a checkpoint names its run.
const RUN: &str = "rnnlab.run";
/// Where a checkpoint says how far its training is.
const POSITION: &str = "rnnlab.position";
/// Where a file says of what its layers are.
pub(crate) const LAYERS: &str = "rnnlab.layers";

/// Everything that a training needs to go on.
pub(crate) struct Parts<'a> {
    /// Name of the run.
    pub(crate) run: &'a str,
    pub(crate) model: &'a mut dyn AnyModel,
    pub(crate) updater: &'a mut Updater,
    /// The state carried from one step to the next, where one is.
    pub(crate) state: Option<&'a mut StackState>,
}

/// A tensor as it is saved: name, sizes, little-endian bytes.
type Saved = (String, Vec<usize>, Vec<u8>);

/// The files that a training checkpointed at `path` may leave: the newest checkpoint, and the one
/// before it.
pub fn checkpoint_files(path: &Path) -> [PathBuf; 2] {
    [path.to_owned(), path.with_extension("before.safetensors")]
}

/// The whole checkpoints of those at `path`, the newest first, each with the optimiser steps that it
/// comes after.
pub fn whole_checkpoints(path: &Path) -> Vec<(PathBuf, usize)> {
    let step = |file: PathBuf| {
        let content = whole(&file).ok().flatten()?;
        let position = position(&content).ok()?;
        Some((file, position.step))
    };
    checkpoint_files(path).into_iter().filter_map(step).collect()
}

/// The checkpoints of a training.
pub(crate) struct Checkpoints {
    newest: PathBuf,
    before: PathBuf,
    /// The newest that a power cut cannot take.
    on_disk: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Newest,
    Before,
}

impl Checkpoints {
    /// Those at a path, the newest there and the one before it beside.
    pub(crate) fn at(path: &Path) -> Self {
        let [newest, before] = checkpoint_files(path);
        Self { newest, before, on_disk: None }
    }

    /// Writes a checkpoint. The newest so far is kept as the one before, unless that would take the only
    /// one that is on the disk for sure. With `sync`, it waits until the new one is; without, a power cut
    /// may leave the file empty.
    pub(crate) fn save(
        &mut self,
        parts: Parts<'_>,
        position: &Position,
        sync: bool,
    ) -> Result<(), TrainError> {
        let failed = |source| TrainError::Write { path: self.newest.clone(), source };
        let content = sealed(parts, position).map_err(failed)?;
        // In this order there is a whole checkpoint at every moment, and one on the disk, if there was.
        if self.on_disk != Some(Place::Before) {
            match machine::rename(&self.newest, &self.before) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
            if self.on_disk == Some(Place::Newest) {
                machine::sync_names(self.before.parent().unwrap_or(Path::new("")));
                self.on_disk = Some(Place::Before);
            }
        }
        let write = |out: &mut dyn io::Write| out.write_all(&content);
        if !sync {
            return machine::write_unsynced(&self.newest, write).map_err(failed);
        }
        machine::write_whole(&self.newest, write).map_err(failed)?;
        self.on_disk = Some(Place::Newest);
        Ok(())
    }

    /// Takes up the training from the newest checkpoint that is whole.
    pub(crate) fn load(&mut self, parts: Parts<'_>) -> Result<Loaded, TrainError> {
        let mut damaged = Vec::new();
        for file in [&self.newest, &self.before] {
            let content = match whole_of(file, parts.run) {
                Ok(Some(content)) => content,
                Ok(None) => continue,
                Err(why) => {
                    damaged.push((file.clone(), why));
                    continue;
                }
            };
            let position = restore(&content, parts)
                .map_err(|why| TrainError::Checkpoint { path: file.clone(), why })?;
            let failed = |source| TrainError::Write { path: self.newest.clone(), source };
            if file == &self.before {
                // The next checkpoint takes the place of the damaged one, not of this one.
                machine::rename(&self.before, &self.newest).map_err(failed)?;
            }
            machine::sync(&[&self.newest]).map_err(failed)?;
            self.on_disk = Some(Place::Newest);
            return Ok(Loaded { position: Some(position), damaged });
        }
        Ok(Loaded { position: None, damaged })
    }
}

/// The bytes of a checkpoint.
fn sealed(parts: Parts<'_>, position: &Position) -> io::Result<Vec<u8>> {
    let mut tensors: Vec<Saved> = Vec::new();
    let moments = parts.updater.moments();
    let mut k = 0;
    parts.model.for_each_parameter(&mut |name, parameter| {
        tensors.push((name.to_owned(), parameter.dims(), bytes(&parameter.read())));
        for (m, moment) in moments.get(k).into_iter().flatten().enumerate() {
            tensors.push((format!("{name}/moment {m}"), vec![moment.len()], bytes(moment)));
        }
        k += 1;
    });
    if let Some(state) = parts.state {
        state.for_each_slot(&mut |name, tensor| {
            tensors.push((name.to_owned(), tensor.dims(), bytes(&tensor.read())));
        });
    }
    let run = (RUN.to_owned(), parts.run.to_owned());
    let position = (POSITION.to_owned(), serde_json::to_string(position)?);
    let layers = (LAYERS.to_owned(), layers(parts.model));
    let metadata = HashMap::from([run, position, layers, checksum::blank()]);
    let mut content = content(&tensors, metadata)?;
    checksum::seal(&mut content);
    Ok(content)
}

/// Where a finished training leaves its model: beside its checkpoint.
pub(crate) fn model_beside(checkpoint: &Path) -> PathBuf {
    checkpoint.with_file_name("model.safetensors")
}

/// What a file says of its layers: their cell, and what else of the model weights do not tell.
fn layers(model: &dyn AnyModel) -> String {
    let config = model.config();
    let layers = serde_json::json!({
        "cell": config.cell,
        "zoneout": config.zoneout,
        "zoneout_memory": config.zoneout_memory,
        "residual": config.residual,
    });
    layers.to_string()
}

/// Writes a trained model: every parameter, and what its layers are. Whoever records the end of the run
/// puts it on the disk.
pub(crate) fn save_model(path: &Path, model: &mut dyn AnyModel) -> Result<(), TrainError> {
    let mut tensors: Vec<Saved> = Vec::new();
    model.for_each_parameter(&mut |name, parameter| {
        tensors.push((name.to_owned(), parameter.dims(), bytes(&parameter.read())));
    });
    // One entry: the order of several would differ from file to file.
    content(&tensors, HashMap::from([(LAYERS.to_owned(), layers(model))]))
        .and_then(|content| machine::write_unsynced(path, |out| out.write_all(&content)))
        .map_err(|source| TrainError::Write { path: path.to_owned(), source })
}

/// Reads a trained model into one of the same configuration.
pub(crate) fn load_model(path: &Path, model: &mut dyn AnyModel) -> Result<(), TrainError> {
    let broken = |why: String| TrainError::Trained { path: path.to_owned(), why };
    let content = fs::read(path).map_err(|error| broken(error.to_string()))?;
    let tensors = SafeTensors::deserialize(&content).map_err(|error| broken(error.to_string()))?;
    let mut result = Ok(());
    model.for_each_parameter(&mut |name, parameter| {
        result = result.clone().and(restored(&tensors, name, parameter));
    });
    result.map_err(broken)
}

/// The `len` numbers of a tensor.
pub(crate) fn numbers(
    tensors: &SafeTensors<'_>,
    name: &str,
    len: usize,
) -> Result<Vec<f32>, String> {
    let view = tensors.tensor(name).map_err(|error| error.to_string())?;
    let (numbers, rest) = view.data().as_chunks::<4>();
    if view.dtype() != Dtype::F32 || numbers.len() != len || !rest.is_empty() {
        return Err(format!("`{name}` should have {len} numbers"));
    }
    Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Writes a tensor's numbers into a parameter.
fn restored(
    tensors: &SafeTensors<'_>,
    name: &str,
    parameter: &mut dyn AnyParameter<f32>,
) -> Result<(), String> {
    let saved = numbers(tensors, name, parameter.dims().iter().product())?;
    parameter.write(&saved).map_err(|error| error.to_string())
}

fn bytes(elements: &[f32]) -> Vec<u8> {
    elements.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The bytes of a safetensors file.
fn content(tensors: &[Saved], metadata: HashMap<String, String>) -> io::Result<Vec<u8>> {
    let views = tensors.iter().map(|(name, dims, bytes)| {
        let view = TensorView::new(Dtype::F32, dims.clone(), bytes);
        view.map(|view| (name.as_str(), view)).map_err(io::Error::other)
    });
    let views = views.collect::<io::Result<Vec<_>>>()?;
    safetensors::serialize(views, Some(metadata)).map_err(io::Error::other)
}

/// What was found of earlier work.
pub(crate) struct Loaded {
    /// Where the training goes on; `None` if there is no checkpoint that is whole.
    pub(crate) position: Option<Position>,
    /// Checkpoints that are not, each with what is wrong with it.
    pub(crate) damaged: Vec<(PathBuf, String)>,
}

/// The content of a checkpoint as it was written; `None` if there is no such file, else what is
/// wrong with it.
fn whole(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match fs::read(path) {
        Ok(content) => checksum::check(&content).map(|()| Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The content of a checkpoint as it was written by a run of this name.
fn whole_of(path: &Path, run: &str) -> Result<Option<Vec<u8>>, String> {
    let Some(content) = whole(path)? else { return Ok(None) };
    match entry(&content, RUN)? {
        of if of == run => Ok(Some(content)),
        of => Err(format!("it is of {of}, not of {run}")),
    }
}

/// Where the training of a checkpoint stands.
fn position(content: &[u8]) -> Result<Position, String> {
    serde_json::from_str(&entry(content, POSITION)?).map_err(|error| error.to_string())
}

/// An entry of a checkpoint's header.
fn entry(content: &[u8], name: &str) -> Result<String, String> {
    let (_, header) = SafeTensors::read_metadata(content).map_err(|error| error.to_string())?;
    let entry = header.metadata().as_ref().and_then(|metadata| metadata.get(name));
    entry.cloned().ok_or_else(|| format!("it has no `{name}`"))
}

fn restore(content: &[u8], parts: Parts<'_>) -> Result<Position, String> {
    let text = |error: safetensors::SafeTensorError| error.to_string();
    let position = position(content)?;
    let tensors = SafeTensors::deserialize(content).map_err(text)?;

    let moments = parts.updater.moments();
    let mut k = 0;
    let mut result = Ok(());
    parts.model.for_each_parameter(&mut |name, parameter| {
        let restored = restored(&tensors, name, parameter).and_then(|()| {
            for (m, moment) in moments.get_mut(k).into_iter().flatten().enumerate() {
                let name = format!("{name}/moment {m}");
                let saved = numbers(&tensors, &name, moment.len())?;
                moment.copy_from_slice(&saved);
            }
            Ok(())
        });
        result = result.clone().and(restored);
        k += 1;
    });
    if let Some(state) = parts.state {
        state.for_each_slot(&mut |name, tensor| {
            result = result.clone().and(restored(&tensors, name, tensor));
        });
    }
    result.map(|()| position)
}
