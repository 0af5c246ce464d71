//! What a run starts from: the file's `start_from`, and the stage before it, `pretrain`.

use super::DataSpec;
use super::schema::of;
use super::typed::{FieldError, typed};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use train::{Part, TrainConfig};

/// What a run starts from, as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StartFrom {
    /// Nothing: all weights are drawn.
    Nothing,
    /// The model of the stage before.
    Pretraining,
    /// A trained model.
    Trained {
        /// Where it is.
        source: WeightsSource,
        /// What of it is taken over; none: what is usual.
        parts: Option<Vec<Part>>,
    },
}

/// Where weights to start from are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightsSource {
    /// The folder of a finished run.
    Run(PathBuf),
    /// A safetensors file.
    File(PathBuf),
}

impl WeightsSource {
    /// The key that names it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::File(_) => "file",
        }
    }

    /// The folder or file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Run(path) | Self::File(path) => path,
        }
    }

    /// The same, its path taken as relative to a folder.
    pub(crate) fn beside(self, folder: &Path) -> Self {
        match self {
            Self::Run(path) => Self::Run(folder.join(path)),
            Self::File(path) => Self::File(folder.join(path)),
        }
    }
}

/// The mapping, or the word in its place.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("errorMessage" = "`none`, `pretrain`, `{run: FOLDER}` or `{file: FILE}`, the last two with `parts`"))]
pub(super) enum Written {
    /// A word.
    Named(Named),
    /// A trained model.
    Trained(Trained),
}

/// What is said in a word.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Named {
    /// All weights are drawn.
    None,
    /// The model of the stage before, `pretrain`.
    Pretrain,
}

/// A trained model.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trained {
    /// The folder of a finished run; the path is relative to the file in which it is written.
    run: Option<PathBuf>,
    /// A safetensors file with weights by rnnlab's names (`rnnlab convert` makes one of PyTorch's); the path is relative
    /// to the file in which it is written.
    file: Option<PathBuf>,
    /// The parts that are taken over; absent: embedding and layers.
    parts: Option<Vec<Part>>,
}

impl StartFrom {
    /// Reads the value at `start_from`; `pretrain` says whether there is a stage before.
    pub(crate) fn read(value: Option<&Value>, pretrain: bool) -> Result<Self, Vec<FieldError>> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Ok(if pretrain { Self::Pretraining } else { Self::Nothing });
        };
        let Trained { run, file, parts } = match typed(value)? {
            Written::Named(Named::None) => return Ok(Self::Nothing),
            Written::Named(Named::Pretrain) if pretrain => return Ok(Self::Pretraining),
            Written::Named(Named::Pretrain) => {
                let problem =
                    "there is no stage before; give `pretrain` with its data and training";
                return Err(vec![FieldError::here(problem)]);
            }
            Written::Trained(trained) => trained,
        };
        let source = match (run, file) {
            (Some(run), None) => WeightsSource::Run(run),
            (None, Some(file)) => WeightsSource::File(file),
            (Some(_), Some(_)) => {
                return Err(vec![FieldError::at(
                    "file",
                    "a run is given, too; give one of the two",
                )]);
            }
            (None, None) => {
                let problem = "`run` is missing; give the folder of a finished run, or a `file`";
                return Err(vec![FieldError::here(problem)]);
            }
        };
        match source.path().as_os_str().is_empty() {
            true => Err(vec![FieldError::at(source.key(), "the path is empty")]),
            false => Ok(Self::Trained { source, parts }),
        }
    }
}

/// The stage before: what its model is trained on, and how.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StageWritten {
    // Read apart: the dataset decides what its settings are.
    /// What is trained on: a dataset's name and its settings.
    #[serde(rename = "data")]
    _data: Map<String, Value>,
    /// What its model has otherwise than the run's: choices, not sizes.
    #[serde(default)]
    model: Map<String, Value>,
    /// How it is trained.
    train: TrainConfig,
    /// The parts that the runs take over; absent: embedding and layers.
    parts: Option<Vec<Part>>,
}

/// The stage before a run, typed but for its model's size.
#[derive(Debug, Clone)]
pub(crate) struct StageFields {
    pub(crate) data: DataSpec,
    pub(crate) model: model::ModelConfig,
    pub(crate) train: TrainConfig,
    pub(crate) parts: Option<Vec<Part>>,
}

/// Choices of a model that are not those of the model before it, unless they are given there: what an answer for a
/// whole sequence needs, or another sequence as answer.
const OF_THE_ANSWER: [&str; 2] = ["pooling", "decoder"];

/// What both models share.
const SHARED: [&str; 6] = ["cell", "layers", "hidden", "heads", "embedding", "projection"];

impl StageFields {
    /// Reads the mapping at `pretrain`; `model` are the fields of the run's model, each with its size.
    pub(crate) fn read(value: &Value, model: &Value) -> Result<Self, Vec<FieldError>> {
        let written: StageWritten = typed(value)?;
        let under = |errors: Vec<FieldError>, key: &str| -> Vec<FieldError> {
            errors.into_iter().map(|error| error.under(key)).collect()
        };
        let mut faults: Vec<FieldError> = Vec::new();
        for key in written.model.keys().filter(|key| SHARED.contains(&key.as_str())) {
            let problem = format!(
                "`{key}` is that of the run's model, which takes the weights over; leave it out here"
            );
            faults.push(FieldError { key: true, ..FieldError::at(key, problem) }.under("model"));
        }
        let mut fields = model.clone();
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|key, _| !OF_THE_ANSWER.contains(&key.as_str()));
            for (key, value) in &written.model {
                match value {
                    Value::Null => drop(fields.shift_remove(key)),
                    _ => drop(fields.insert(key.clone(), value.clone())),
                }
            }
        }
        let model = typed(&fields).map_err(|errors| {
            // What is wrong in the run's own model is told of there.
            let ours = |error: &FieldError| match error.path.first() {
                Some(crate::yaml::Step::Key(key)) => written.model.contains_key(key),
                _ => false,
            };
            under(errors.into_iter().filter(ours).collect(), "model")
        });
        let data = value.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
        let data = DataSpec::read(data).map_err(|errors| under(errors, "data"));
        match (model, data) {
            (Ok(model), Ok(data)) if faults.is_empty() => {
                Ok(Self { data, model, train: written.train, parts: written.parts })
            }
            (model, data) => {
                faults.extend(model.err().into_iter().flatten());
                faults.extend(data.err().into_iter().flatten());
                Err(faults)
            }
        }
    }
}

/// The JSON Schema of `start_from`.
pub(super) fn schema() -> Value {
    of::<Written>()
}

/// The JSON Schema of `pretrain`, whose parts are those of a run.
pub(super) fn stage_schema() -> Value {
    let mut stage = of::<StageWritten>();
    for key in ["data", "model", "train"] {
        let place = &mut stage["properties"][key];
        let description = place["description"].take();
        *place = serde_json::json!({"$ref": format!("#/properties/{key}")});
        place["description"] = description;
    }
    stage
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(value: Value) -> Vec<String> {
        let errors = StartFrom::read(Some(&value), false).unwrap_err();
        errors.into_iter().map(|error| error.problem).collect()
    }

    #[test]
    fn a_start_is_nothing_the_stage_before_or_a_trained_model() {
        let read = |value: Value, pretrain| StartFrom::read(Some(&value), pretrain).unwrap();
        assert_eq!(StartFrom::read(None, false), Ok(StartFrom::Nothing));
        assert_eq!(StartFrom::read(None, true), Ok(StartFrom::Pretraining));
        assert_eq!(read(json!("none"), true), StartFrom::Nothing);
        assert_eq!(read(json!("pretrain"), true), StartFrom::Pretraining);
        let file = read(json!({"file": "a.safetensors", "parts": ["layers"]}), false);
        let source = WeightsSource::File("a.safetensors".into());
        assert_eq!(file, StartFrom::Trained { source, parts: Some(vec![Part::Layers]) });
        assert!(problems(json!("pretrain"))[0].contains("there is no stage before"));
        assert!(problems(json!("nnoe"))[0].contains("(did you mean `none`?)"));
        assert!(problems(json!({"run": "a", "file": "b"}))[0].contains("give one of the two"));
        assert!(problems(json!({"parts": ["layers"]}))[0].contains("`run` is missing"));
        assert!(problems(json!({"rnu": "a"}))[0].contains("(did you mean `run`?)"));
        assert!(problems(json!({"run": "a", "parts": ["layer"]}))[0].contains("`layers`"));
    }
}
