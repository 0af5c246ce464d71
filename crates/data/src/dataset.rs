//! Datasets of sequences by name, each with the settings that it has.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::catalogue;
use crate::corpus::WhenMissing;
use crate::error::DataError;
use crate::generated::Generated;
use crate::imdb::{ImdbSettings, load_imdb_sequences};
use crate::mnist::{MnistSettings, load_mnist};
use crate::music::load_music;
use crate::names::{NamesSettings, load_names};
use crate::parallel::{
    self, MadePairsSettings, Multi30kSettings, PairsSettings, TatoebaSettings, load_pairs,
};
use crate::places::Places;
use crate::progress::Progress;
use crate::sequences::SequenceData;
use crate::spec::{MULTI30K, MULTI30K_TOKENISED, MUSIC};
use crate::speech::{FsddSettings, SpeechSettings, load_fsdd, load_speech};
use crate::table::{TableSettings, load_table};

/// A dataset of sequences with its settings.
///
/// By serde, a mapping of the dataset's `name` and its settings: `{name: imdb, max_length: 200}`.
/// Every setting has a default but the `path` of a file of the user's own; one that the dataset does not have is
/// refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", try_from = "Map<String, Value>")]
pub enum SequenceDataset {
    /// Movie reviews, praise or blame: `imdb`.
    Imdb(ImdbSettings),
    /// Surnames of 18 languages: `names`.
    Names(NamesSettings),
    /// Images of digits, pixel by pixel: `mnist`.
    Mnist(MnistSettings),
    /// Spoken digits: `fsdd`.
    Fsdd(FsddSettings),
    /// Generated tones in their place: `tones`.
    Tones(FsddSettings),
    /// Recordings of the user's own: `speech`.
    Speech(SpeechSettings),
    /// Texts and labels of the user's own: `table`.
    Table(TableSettings),
    /// German and English sentences, as plain text: `multi30k`.
    Multi30k(Multi30kSettings),
    /// The same in small letters, cut into tokens: `multi30k-tokenised`.
    #[serde(rename = "multi30k-tokenised")]
    Multi30kTokenised(Multi30kSettings),
    /// English and French sentences: `tatoeba`.
    Tatoeba(TatoebaSettings),
    /// Parallel texts of the user's own: `pairs`.
    Pairs(PairsSettings),
    /// Generated sentences and their translations: `builtin-pairs`.
    #[serde(rename = "builtin-pairs")]
    BuiltinPairs(MadePairsSettings),
    /// Polyphonic music, without settings: `jsb-chorales`, `nottingham`, `musedata`, ...
    #[serde(untagged)]
    Music {
        /// Which, as [`load_music`] calls it.
        name: String,
    },
    /// A task whose sequences are made by rule: `adding`, `copy`, ...
    #[serde(untagged)]
    Generated(Generated),
}

/// The settings of a dataset that has none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoSettings {}

impl SequenceDataset {
    /// What sequences in files of the user's own are called by.
    pub const OWN: [&str; 3] = ["speech", "table", "pairs"];

    /// The dataset with this name, and its settings out of a mapping in which the name does not
    /// stand. Errors of the mapping come as its own deserializer makes them, so that they can know
    /// their field.
    ///
    /// # Errors
    /// Those of the deserializer, for a setting that is unknown or of the wrong type; its custom
    /// error for a name that is not known.
    pub fn named<'de, D: Deserializer<'de>>(name: &str, settings: D) -> Result<Self, D::Error> {
        match name {
            "imdb" => ImdbSettings::deserialize(settings).map(Self::Imdb),
            "names" => NamesSettings::deserialize(settings).map(Self::Names),
            "mnist" => MnistSettings::deserialize(settings).map(Self::Mnist),
            "fsdd" => FsddSettings::deserialize(settings).map(Self::Fsdd),
            "tones" => FsddSettings::deserialize(settings).map(Self::Tones),
            "speech" => SpeechSettings::deserialize(settings).map(Self::Speech),
            "table" => TableSettings::deserialize(settings).map(Self::Table),
            "multi30k" => Multi30kSettings::deserialize(settings).map(Self::Multi30k),
            "multi30k-tokenised" => {
                Multi30kSettings::deserialize(settings).map(Self::Multi30kTokenised)
            }
            "tatoeba" => TatoebaSettings::deserialize(settings).map(Self::Tatoeba),
            "pairs" => PairsSettings::deserialize(settings).map(Self::Pairs),
            "builtin-pairs" => MadePairsSettings::deserialize(settings).map(Self::BuiltinPairs),
            _ if MUSIC.iter().any(|spec| spec.files.info.name == name) => {
                NoSettings::deserialize(settings)?;
                Ok(Self::Music { name: name.to_owned() })
            }
            _ => {
                let settings = Map::deserialize(settings)?;
                let task = Generated::read(name, settings)
                    .ok_or_else(|| D::Error::custom(unknown(name)))?;
                task.map(Self::Generated).map_err(D::Error::custom)
            }
        }
    }

    /// The JSON Schema of the settings of the dataset with this name; `None` if there is none.
    pub fn schema(name: &str) -> Option<Schema> {
        let settings =
            SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let mut generator = settings.into_generator();
        Some(match name {
            "imdb" => ImdbSettings::json_schema(&mut generator),
            "names" => NamesSettings::json_schema(&mut generator),
            "mnist" => MnistSettings::json_schema(&mut generator),
            "fsdd" | "tones" => FsddSettings::json_schema(&mut generator),
            "speech" => SpeechSettings::json_schema(&mut generator),
            "table" => TableSettings::json_schema(&mut generator),
            "multi30k" | "multi30k-tokenised" => Multi30kSettings::json_schema(&mut generator),
            "tatoeba" => TatoebaSettings::json_schema(&mut generator),
            "pairs" => PairsSettings::json_schema(&mut generator),
            "builtin-pairs" => MadePairsSettings::json_schema(&mut generator),
            _ if MUSIC.iter().any(|spec| spec.files.info.name == name) => {
                NoSettings::json_schema(&mut generator)
            }
            _ => Generated::schema(name, &mut generator)?,
        })
    }

    /// The same, with what takes its place where its files are neither here nor to be had; itself where nothing can.
    pub fn with_stand_in(mut self) -> Self {
        if let Some(when_missing) = self.when_missing_mut() {
            *when_missing = WhenMissing::Builtin;
        }
        self
    }

    /// What is to be done where its files are neither here nor to be had; `None` where it has no choice.
    pub fn when_missing(&self) -> Option<WhenMissing> {
        self.clone().when_missing_mut().map(|when_missing| *when_missing)
    }

    fn when_missing_mut(&mut self) -> Option<&mut WhenMissing> {
        match self {
            Self::Multi30k(settings) | Self::Multi30kTokenised(settings) => {
                Some(&mut settings.when_missing)
            }
            Self::Tatoeba(settings) => Some(&mut settings.when_missing),
            _ => None,
        }
    }

    /// What takes its place where its files are neither here nor to be had, if something can.
    pub fn stand_in(&self) -> Option<Self> {
        let (parallel, tokenised) = match self {
            Self::Multi30k(settings) => (settings.parallel(), false),
            Self::Multi30kTokenised(settings) => (settings.parallel(), true),
            Self::Tatoeba(settings) => (settings.parallel(), false),
            _ => return None,
        };
        Some(Self::BuiltinPairs(MadePairsSettings::in_place_of(parallel, tokenised)))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Imdb(_) => catalogue::IMDB.name,
            Self::Names(_) => catalogue::NAMES.name,
            Self::Mnist(_) => catalogue::MNIST.name,
            Self::Fsdd(_) => catalogue::FSDD.name,
            Self::Tones(_) => catalogue::TONES.name,
            Self::Speech(_) => "speech",
            Self::Table(_) => "table",
            Self::Multi30k(_) => catalogue::MULTI30K.name,
            Self::Multi30kTokenised(_) => catalogue::MULTI30K_TOKENISED.name,
            Self::Tatoeba(_) => catalogue::TATOEBA.name,
            Self::Pairs(_) => "pairs",
            Self::BuiltinPairs(_) => catalogue::BUILTIN_PAIRS.name,
            Self::Music { name } => name,
            Self::Generated(task) => task.name(),
        }
    }
}

fn unknown(name: &str) -> String {
    let of_sequences = |info: &&catalogue::DatasetInfo| !info.task.is_language_modelling();
    let known = catalogue::datasets().iter().filter(of_sequences).map(|info| info.name);
    let known: Vec<_> = known.chain(SequenceDataset::OWN).collect();
    format!("there is no dataset of sequences called '{name}'; there are: {}", known.join(", "))
}

impl TryFrom<Map<String, Value>> for SequenceDataset {
    type Error = serde_json::Error;

    fn try_from(mut settings: Map<String, Value>) -> Result<Self, serde_json::Error> {
        match settings.remove("name") {
            Some(Value::String(name)) => Self::named(&name, Value::Object(settings)),
            Some(_) => Err(serde_json::Error::custom("the dataset's `name` must be a text")),
            None => Err(serde_json::Error::missing_field("name")),
        }
    }
}

/// Loads a dataset of sequences, whichever it is: from the first place that holds it, else by
/// downloading it into the cache. It has all three splits.
///
/// # Errors
/// Those of the dataset's own loader: [`load_imdb_sequences`], [`load_names`], [`load_mnist`],
/// [`load_music`], [`load_fsdd`], [`load_speech`], [`load_table`], [`load_pairs`], [`Generated::data`]; of published parallel texts
/// [`DataError::Missing`] if the files cannot be had (unless a stand-in is to take their place), others if they are
/// there but wrong.
pub fn load_sequences(
    dataset: &SequenceDataset,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    match dataset {
        SequenceDataset::Imdb(settings) => load_imdb_sequences(*settings, places, progress),
        SequenceDataset::Names(settings) => load_names(*settings, places, progress),
        SequenceDataset::Mnist(settings) => load_mnist(*settings, places, progress),
        SequenceDataset::Fsdd(settings) => load_fsdd(settings, false, places, progress),
        SequenceDataset::Tones(settings) => load_fsdd(settings, true, places, progress),
        SequenceDataset::Speech(settings) => load_speech(settings, progress),
        SequenceDataset::Table(settings) => load_table(settings, progress),
        SequenceDataset::Multi30k(settings) => {
            parallel::load_multi30k(&MULTI30K, settings, places, progress)
        }
        SequenceDataset::Multi30kTokenised(settings) => {
            parallel::load_multi30k(&MULTI30K_TOKENISED, settings, places, progress)
        }
        SequenceDataset::Tatoeba(settings) => parallel::load_tatoeba(settings, places, progress),
        SequenceDataset::Pairs(settings) => load_pairs(settings, progress),
        SequenceDataset::BuiltinPairs(settings) => parallel::load_made(settings),
        SequenceDataset::Music { name } => load_music(name, places, progress),
        SequenceDataset::Generated(task) => task.data(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<SequenceDataset, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn every_listed_dataset_of_sequences_is_known_and_written_as_it_is_read() {
        for info in catalogue::datasets().iter().filter(|i| !i.task.is_language_modelling()) {
            let dataset = read(json!({"name": info.name})).unwrap();
            assert_eq!(dataset.name(), info.name);
            let written = serde_json::to_value(&dataset).unwrap();
            assert_eq!(written["name"], info.name);
            assert_eq!(read(written).unwrap(), dataset);
        }
    }

    #[test]
    fn settings_are_those_of_the_dataset() {
        let dataset = read(json!({"name": "imdb", "max_length": 30})).unwrap();
        let expected = ImdbSettings { max_length: 30, ..ImdbSettings::default() };
        assert_eq!(dataset, SequenceDataset::Imdb(expected));

        let dataset = read(json!({"name": "mnist", "order": {"permuted": 92}, "width": 28}));
        let SequenceDataset::Mnist(settings) = dataset.unwrap() else { panic!() };
        assert_eq!(settings.order, crate::PixelOrder::Permuted(92));
        assert_eq!((settings.width, settings.valid), (28, 5_000));

        let dataset = read(json!({"name": "dyck", "kinds": 3, "sequences": {"train": 5}}));
        let dataset = dataset.unwrap();
        let settings = json!({
            "name": "dyck", "length": 100, "kinds": 3, "depth": 10, "seed": 1,
            "sequences": {"train": 5, "valid": 1_000, "test": 1_000}
        });
        assert_eq!(serde_json::to_value(&dataset).unwrap(), settings);
        let data = load_sequences(&dataset, &Places::new(Vec::new(), None), &mut |_| ());
        assert_eq!(data.unwrap().train.len(), 5);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (value, expected) in [
            (json!({"name": "imdb", "length": 3}), "unknown field `length`, expected one of"),
            (json!({"name": "adding", "delay": 3}), "unknown field `delay`, expected one of"),
            (json!({"name": "copy", "sequences": {"all": 3}}), "unknown field `all`"),
            (json!({"name": "nottingham", "length": 3}), "unknown field `length`"),
            (json!({"name": "mnist", "width": "row"}), "invalid type: string \"row\""),
            (json!({"name": "ptb"}), "there is no dataset of sequences called 'ptb'"),
            (json!({"name": 3}), "`name` must be a text"),
            (json!({"length": 3}), "missing field `name`"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn an_error_of_the_settings_knows_its_field() {
        let settings = json!({"max_length": -1});
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(&settings, &mut track);
        SequenceDataset::named("imdb", tracked).unwrap_err();
        assert_eq!(track.path().to_string(), "max_length");
    }
}
