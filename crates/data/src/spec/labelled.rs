//! Sequences with a label each.

use super::{FileSpec, Layout, RemoteFile};
use crate::catalogue;

/// The published archive of reviews, which has a published checksum.
pub(crate) const IMDB_ARCHIVE: &str = "aclImdb_v1.tar.gz";
/// The same archive without its unlabelled half, as some repack it; any checksum.
const IMDB_LABELLED: &str = "aclImdb_v1_labelled.tar.gz";
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
    remote: &[RemoteFile::new(
        &["https://ai.stanford.edu/~amaas/data/sentiment/"],
        IMDB_ARCHIVE,
        84_125_825,
        "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    )],
};

/// Images and labels to train on, images and labels to test on.
const MNIST_FILES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];
const MNIST_LAYOUTS: &[Layout] = &[
    Layout { folder: "mnist", files: &MNIST_FILES },
    Layout { folder: "", files: &MNIST_FILES },
    // Where torchvision puts them.
    Layout { folder: "MNIST/raw", files: &MNIST_FILES },
];
const MNIST_HOMES: &[&str] = &[
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];
const MNIST_REMOTE: &[RemoteFile] = &[
    RemoteFile::new(
        MNIST_HOMES,
        "train-images-idx3-ubyte.gz",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    RemoteFile::new(
        MNIST_HOMES,
        "train-labels-idx1-ubyte.gz",
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    RemoteFile::new(
        MNIST_HOMES,
        "t10k-images-idx3-ubyte.gz",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    RemoteFile::new(
        MNIST_HOMES,
        "t10k-labels-idx1-ubyte.gz",
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
];

/// The four files as they were published.
pub(crate) static MNIST: FileSpec =
    FileSpec { info: catalogue::MNIST, layouts: MNIST_LAYOUTS, remote: MNIST_REMOTE };

/// Recordings that lie in a folder show that it is theirs by the first and the last.
const FSDD_FILES: &[&str] = &["0_george_0.wav", "9_yweweler_9.wav"];

/// The spoken digits: an archive, or the folder of recordings in it.
pub(crate) static FSDD: FileSpec = FileSpec {
    info: catalogue::FSDD,
    layouts: &[
        Layout { folder: "fsdd", files: &["v1.0.10.tar.gz"] },
        Layout { folder: "fsdd", files: &["free-spoken-digit-dataset-1.0.10-recordings.tar.gz"] },
        Layout { folder: "fsdd/recordings", files: FSDD_FILES },
        Layout { folder: "free-spoken-digit-dataset/recordings", files: FSDD_FILES },
    ],
    remote: &[RemoteFile::new(
        &["https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"],
        "v1.0.10.tar.gz",
        15_602_882,
        "feb479fad3a37883c3d21ed7f982281c2dd1c18d5aefd7e8a5d50f58023392aa",
    )],
};

/// Names of one language after another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamesSpec {
    pub(crate) files: FileSpec,
    /// The number of names in each file, one file a language.
    pub(crate) names: &'static [u64],
}

const NAMES_HOMES: &[&str] =
    &["https://raw.githubusercontent.com/spro/practical-pytorch/5e79b65/data/names/"];

/// Surnames of 18 languages.
pub(crate) static NAMES: NamesSpec = NamesSpec {
    files: FileSpec {
        info: catalogue::NAMES,
        layouts: &[Layout { folder: "names", files: &NAMES_FILES }],
        remote: &[
            RemoteFile::new(
                NAMES_HOMES,
                "Arabic.txt",
                13_190,
                "6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Chinese.txt",
                1_247,
                "49263ef55a8cb1740e841d65cad8214b2f9b5b869bc534c811746422496fa91e",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Czech.txt",
                3_919,
                "145bbbd6d0816578f03388e92c264d39ef1c60df920b081d371fa5c5cc055a8e",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Dutch.txt",
                2_351,
                "924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "English.txt",
                27_125,
                "9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "French.txt",
                2_178,
                "81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "German.txt",
                5_610,
                "7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Greek.txt",
                1_981,
                "3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Irish.txt",
                1_858,
                "cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Italian.txt",
                5_657,
                "f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Japanese.txt",
                7_622,
                "e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Korean.txt",
                423,
                "cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Polish.txt",
                1_165,
                "45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Portuguese.txt",
                554,
                "50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Russian.txt",
                85_605,
                "43b3e64ce351f77f1ac9e0cdf7566012d127f4371875fd25208845b5c9d6f7c3",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Scottish.txt",
                752,
                "78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Spanish.txt",
                2_284,
                "1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7",
            ),
            RemoteFile::new(
                NAMES_HOMES,
                "Vietnamese.txt",
                339,
                "f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d",
            ),
        ],
    },
    names: &[
        2_000, 268, 519, 297, 3_668, 277, 724, 203, 232, 709, 991, 94, 139, 74, 9_408, 100, 298, 73,
    ],
};

const NAMES_FILES: [&str; 18] = [
    "Arabic.txt",
    "Chinese.txt",
    "Czech.txt",
    "Dutch.txt",
    "English.txt",
    "French.txt",
    "German.txt",
    "Greek.txt",
    "Irish.txt",
    "Italian.txt",
    "Japanese.txt",
    "Korean.txt",
    "Polish.txt",
    "Portuguese.txt",
    "Russian.txt",
    "Scottish.txt",
    "Spanish.txt",
    "Vietnamese.txt",
];
