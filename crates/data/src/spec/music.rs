//! Piano rolls.

use super::{FileSpec, KnownFile, Layout, RemoteFile};
use crate::catalogue;

/// A set of pieces of music in one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MusicSpec {
    pub(crate) files: FileSpec,
    /// The files that hold it, any of them, with their checksums.
    pub(crate) known: &'static [KnownFile],
    /// Published numbers of pieces: train, valid, test.
    pub(crate) sequences: [u64; 3],
    /// Published numbers of time steps.
    pub(crate) steps: [u64; 3],
    /// Numbers of notes that sound, over all steps.
    pub(crate) notes: [u64; 3],
}

/// All sets.
pub(crate) static MUSIC: [MusicSpec; 6] = [
    MusicSpec {
        files: FileSpec {
            info: catalogue::JSB_CHORALES,
            layouts: &[
                Layout { folder: "jsb-chorales", files: &["jsb-chorales-quarter.json"] },
                Layout { folder: "poly_music", files: &["JSB_Chorales.json"] },
            ],
            remote: &[RemoteFile {
                urls: &[
                    "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/jsb-chorales-quarter.json",
                ],
                bytes: 407_200,
                sha256: "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91",
                members: &[],
            }],
        },
        known: &[
            KnownFile {
                name: "jsb-chorales-quarter.json",
                sha256: "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91",
            },
            KnownFile {
                name: "JSB_Chorales.json",
                sha256: "7bb5680a2bb2945d7f63aae99e94eac966396089c3cd497e34f478324b17290a",
            },
        ],
        sequences: [229, 76, 77],
        steps: [13_807, 4_602, 4_725],
        notes: [53_824, 17_811, 18_367],
    },
    MusicSpec {
        files: FileSpec {
            info: catalogue::JSB_CHORALES_8TH,
            layouts: &[Layout { folder: "jsb-chorales", files: &["jsb-chorales-8th.json"] }],
            remote: &[RemoteFile {
                urls: &[
                    "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/jsb-chorales-8th.json",
                ],
                bytes: 870_990,
                sha256: "88fb80b22829a815e8105da538d94ae803773158507e2145938351f35142390a",
                members: &[],
            }],
        },
        known: &[KnownFile {
            name: "jsb-chorales-8th.json",
            sha256: "88fb80b22829a815e8105da538d94ae803773158507e2145938351f35142390a",
        }],
        sequences: [229, 76, 77],
        steps: [27_614, 9_204, 9_450],
        notes: [108_044, 35_773, 36_914],
    },
    MusicSpec {
        files: FileSpec {
            info: catalogue::JSB_CHORALES_16TH,
            layouts: &[Layout { folder: "jsb-chorales", files: &["jsb-chorales-16th.json"] }],
            remote: &[RemoteFile {
                urls: &[
                    "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/jsb-chorales-16th.json",
                ],
                bytes: 1_741_172,
                sha256: "8730aca7b64e7d29493733d1cf19fad4a5b351d8f1845e57dac27728104fd39f",
                members: &[],
            }],
        },
        known: &[KnownFile {
            name: "jsb-chorales-16th.json",
            sha256: "8730aca7b64e7d29493733d1cf19fad4a5b351d8f1845e57dac27728104fd39f",
        }],
        sequences: [229, 76, 77],
        steps: [55_228, 18_408, 18_900],
        notes: [216_088, 71_543, 73_836],
    },
    MusicSpec {
        files: FileSpec {
            info: catalogue::NOTTINGHAM,
            layouts: &[Layout { folder: "poly_music", files: &["Nottingham.json"] }],
            remote: &[],
        },
        known: &[KnownFile {
            name: "Nottingham.json",
            sha256: "4823655f4094d9e2bc797f11eadf0a46bd026b923df172972455568130c9da8f",
        }],
        sequences: [694, 173, 170],
        steps: [176_561, 45_513, 44_463],
        notes: [699_403, 180_192, 177_421],
    },
    MusicSpec {
        files: FileSpec {
            info: catalogue::MUSEDATA,
            layouts: &[Layout { folder: "poly_music", files: &["MuseData.json"] }],
            remote: &[],
        },
        known: &[KnownFile {
            name: "MuseData.json",
            sha256: "e44986c1b9dcc0d271de4fc87706953a4984fbf6db7dbe2e77b4e4bc1b73de4f",
        }],
        sequences: [524, 135, 124],
        steps: [245_202, 82_755, 64_339],
        notes: [856_543, 287_893, 211_857],
    },
    MusicSpec {
        files: FileSpec {
            info: catalogue::PIANO_MIDI,
            layouts: &[Layout { folder: "poly_music", files: &["Piano_midi.json"] }],
            remote: &[],
        },
        known: &[KnownFile {
            name: "Piano_midi.json",
            sha256: "499ec06916818945474b90eb4f1fa8da531d0d7b89f7b3ebf2c4c948d8aa8810",
        }],
        sequences: [87, 12, 25],
        steps: [75_911, 8_540, 19_036],
        notes: [231_089, 27_623, 56_067],
    },
];
