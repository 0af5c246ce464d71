//! What the name of a review's file says about it.

/// Parsed from `<split>/<label>/<id>_<rating>.txt`; the order of the fields is the sorting order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    pub(super) test: bool,
    pub(super) positive: bool,
    pub(super) id: u32,
    pub(super) rating: u8,
}

/// The splits as the folders are called, with [`Member::test`].
pub(super) const SPLITS: [(&str, bool); 2] = [("train", false), ("test", true)];
/// The labels as the folders are called, with [`Member::positive`].
pub(super) const LABELS: [(&str, bool); 2] = [("neg", false), ("pos", true)];

impl Member {
    /// None for everything that is not a labelled review: lists, bags of words, the unlabelled
    /// reviews in `train/unsup`.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.rsplit('/');
        let (file, label, split) = (parts.next()?, parts.next()?, parts.next()?);
        let (id, rating) = file.strip_suffix(".txt")?.split_once('_')?;
        let flag = |names: [(&str, bool); 2], name| {
            let found = names.into_iter().find(|(known, _)| *known == name);
            found.map(|(_, flag)| flag)
        };
        Some(Self {
            test: flag(SPLITS, split)?,
            positive: flag(LABELS, label)?,
            id: id.parse().ok()?,
            rating: rating.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Member;

    #[test]
    fn names() {
        let member = Member { test: false, positive: true, id: 123, rating: 8 };
        assert_eq!(Member::parse("aclImdb/train/pos/123_8.txt"), Some(member));
        assert_eq!(Member::parse("train/pos/123_8.txt"), Some(member));
        for other in [
            "aclImdb/train/unsup/0_0.txt",
            "aclImdb/train/urls_pos.txt",
            "aclImdb/train/pos/._1_8.txt",
            "aclImdb/train/pos/",
            "x",
            "",
        ] {
            assert_eq!(Member::parse(other), None, "{other}");
        }
    }
}
