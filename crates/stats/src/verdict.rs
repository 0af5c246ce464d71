//! What a paired difference allows one to say.

use crate::Interval;

/// Which of two cells is better, as far as the runs tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The first cell has the lower values: the whole interval of `first - second` is below zero.
    FirstBetter,
    /// The second cell has the lower values: the whole interval of `first - second` is above zero.
    SecondBetter,
    /// The interval contains zero, or there are too few seeds for one.
    Undecided,
}

impl Verdict {
    /// The verdict of a [`paired_difference`](crate::paired_difference) `first - second` of values of
    /// which less is better.
    ///
    /// Each verdict errs at the rate of its own interval: with many pairs of cells, use a higher
    /// level.
    pub fn of_difference(difference: &Interval) -> Self {
        match difference.bounds {
            Some(bounds) if bounds.high < 0.0 => Self::FirstBetter,
            Some(bounds) if bounds.low > 0.0 => Self::SecondBetter,
            _ => Self::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bounds, paired_difference};

    fn verdict(low: f64, high: f64) -> Verdict {
        let bounds = Some(Bounds { low, high });
        Verdict::of_difference(&Interval { estimate: (low + high) / 2.0, bounds })
    }

    #[test]
    fn zero_inside_or_at_an_end_is_undecided() {
        assert_eq!(verdict(-0.2, -0.1), Verdict::FirstBetter);
        assert_eq!(verdict(0.1, 0.2), Verdict::SecondBetter);
        assert_eq!(verdict(-0.1, 0.2), Verdict::Undecided);
        assert_eq!(verdict(0.0, 0.2), Verdict::Undecided);
    }

    #[test]
    fn one_pair_decides_nothing() {
        let difference = paired_difference(&[1.0], &[2.0], 0.95).expect("an interval");
        assert_eq!(Verdict::of_difference(&difference), Verdict::Undecided);
    }

    #[test]
    fn swapping_the_cells_swaps_the_verdict() {
        let (a, b) = ([1.0, 1.1, 0.9], [2.0, 2.1, 1.95]);
        let ahead = paired_difference(&a, &b, 0.95).expect("an interval");
        let behind = paired_difference(&b, &a, 0.95).expect("an interval");
        assert_eq!(Verdict::of_difference(&ahead), Verdict::FirstBetter);
        assert_eq!(Verdict::of_difference(&behind), Verdict::SecondBetter);
    }
}
