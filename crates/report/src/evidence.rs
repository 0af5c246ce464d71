//! What a comparison of so many seeds can decide, known before anything is trained.

use stats::half_width;
use words::{counted, figures};

/// Level of every interval in a report.
pub const LEVEL: f64 = 0.95;

/// With more arms than this, a report is about the best one of each cell, and all are in a table.
pub const MOST_NAMED: usize = 8;

/// An interval that reaches this many standard deviations of the paired difference to either side decides
/// what is worth deciding.
const NARROW: f64 = 1.5;

/// More seeds than this nobody trains for a decision.
const MOST_SEEDS: usize = 200;

/// The level of each of so many intervals that makes all of them right together at [`LEVEL`] (Bonferroni).
pub fn joint_level(intervals: usize) -> f64 {
    1.0 - (1.0 - LEVEL) / intervals.max(1) as f64
}

/// The pairs that a report compares: of all arms, or of the best one of each cell where they are many, those
/// on the same data. An arm is given by its cell and by its data.
pub fn pairs(arms: &[(&str, usize)]) -> usize {
    let mut compared: Vec<&(&str, usize)> = arms.iter().collect();
    if arms.len() > MOST_NAMED {
        compared.clear();
        for arm in arms {
            if !compared.contains(&arm) {
                compared.push(arm);
            }
        }
    }
    let others = |(position, arm): (usize, &&(&str, usize))| {
        compared[position + 1..].iter().filter(|other| other.1 == arm.1).count()
    };
    compared.iter().enumerate().map(others).sum()
}

/// How many seeds a comparison has, and how many pairs of arms its intervals are corrected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Seeds that both arms of a pair have.
    pub seeds: usize,
    /// Pairs of arms.
    pub pairs: usize,
}

impl Evidence {
    /// How far an interval reaches to either side, in standard deviations of the paired difference; `None` with
    /// one seed, of which nothing is known of the spread.
    pub fn half_width(self) -> Option<f64> {
        half_width(self.seeds, joint_level(self.pairs))
    }

    /// Whether an ordinary difference can be told from chance.
    pub fn decides(self) -> bool {
        self.half_width().is_some_and(|width| width <= NARROW)
    }

    /// The fewest seeds whose intervals reach no further than `width` standard deviations.
    pub fn seeds_for(self, width: f64) -> Option<usize> {
        let level = joint_level(self.pairs);
        (2..=MOST_SEEDS).find(|&count| half_width(count, level).is_some_and(|found| found <= width))
    }

    /// What so many seeds can decide, in a sentence without its end; what would do better is for
    /// [`remedy`](Self::remedy).
    pub fn sentence(self) -> String {
        let level = match self.pairs {
            1 => String::new(),
            pairs => format!(", corrected for {pairs} pairs,"),
        };
        let seeds = counted(self.seeds, "seed");
        match self.half_width() {
            None => format!("{seeds} cannot tell a difference from chance"),
            Some(width) => format!(
                "with {seeds} a 95 % interval{level} reaches {} standard deviations of the paired difference to either side",
                figures(width)
            ),
        }
    }

    /// How many seeds would decide an ordinary difference, and the options that ask for them: those that are
    /// there among them, and `taken` not. `None` where there are enough.
    pub fn remedy(self, there: &[u64], taken: Option<u64>) -> Option<(String, String)> {
        if self.decides() {
            return None;
        }
        let enough = Self { seeds: self.seeds_for(NARROW)?, ..self };
        let width = figures(enough.half_width()?);
        Some((
            format!("{} would reach {width}", counted(enough.seeds, "seed")),
            more_seeds(there, enough.seeds, taken)?,
        ))
    }
}

/// `--set 'sweep.seed={range: [1, 5]}'`: so many seeds, those that are there among them and `taken` not;
/// `None` where there are not as many above those that are there.
fn more_seeds(there: &[u64], count: usize, taken: Option<u64>) -> Option<String> {
    let mut seeds = there.to_vec();
    seeds.sort_unstable();
    seeds.dedup();
    let mut next = seeds.last().copied().unwrap_or(0);
    while seeds.len() < count && next < u64::MAX {
        next += 1;
        if taken != Some(next) {
            seeds.push(next);
        }
    }
    if seeds.len() < count {
        return None;
    }
    let in_a_row = seeds.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    Some(match (in_a_row, &seeds[..]) {
        (true, [first, .., last]) => format!("--set 'sweep.seed={{range: [{first}, {last}]}}'"),
        _ => {
            let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
            format!("--set 'sweep.seed=[{}]'", seeds.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.t.ppf(1 - 0.05 / 2 / pairs, n - 1) / np.sqrt(n)
    #[test]
    fn two_seeds_hardly_decide_six_pairs() {
        let of = |seeds: usize| Evidence { seeds, pairs: 6 };
        assert!((of(2).half_width().unwrap() - 54.0159).abs() < 1e-3 && !of(2).decides());
        assert!((of(3).half_width().unwrap() - 6.2850).abs() < 1e-3 && !of(3).decides());
        assert!(of(2).sentence().contains("with 2 seeds"), "{}", of(2).sentence());
        assert!(of(2).sentence().contains("corrected for 6 pairs, reaches 54.0 standard"));
        assert!(of(1).sentence().starts_with("1 seed cannot tell"), "{}", of(1).sentence());
        assert_eq!(of(1).half_width(), None);
        let enough = of(2).seeds_for(NARROW).unwrap();
        assert!(of(enough).decides() && !of(enough - 1).decides());
        let (what, options) = of(2).remedy(&[1, 2], None).unwrap();
        assert!(what.starts_with(&format!("{enough} seeds would reach 1.")), "{what}");
        assert_eq!(options, format!("--set 'sweep.seed={{range: [1, {enough}]}}'"));
        assert_eq!(of(enough).remedy(&[1, 2], None), None);
    }

    #[test]
    fn pairs_are_those_that_a_report_compares() {
        assert_eq!(pairs(&[("rnn", 0), ("gru", 0), ("lstm", 0), ("mgu", 0)]), 6);
        assert_eq!(pairs(&[("rnn", 0), ("gru", 0), ("rnn", 1), ("gru", 1)]), 2);
        let mut many: Vec<(&str, usize)> = vec![("rnn", 0); 5];
        many.extend(vec![("gru", 0); 5]);
        assert_eq!(pairs(&many), 1);
        assert_eq!(pairs(&many[..8]), 28);
        assert_eq!(pairs(&[]), 0);
    }

    #[test]
    fn more_seeds_hold_those_that_are_there() {
        assert_eq!(
            more_seeds(&[1, 2], 5, None).as_deref(),
            Some("--set 'sweep.seed={range: [1, 5]}'")
        );
        assert_eq!(more_seeds(&[1, 5], 3, None).as_deref(), Some("--set 'sweep.seed=[1, 5, 6]'"));
        assert_eq!(more_seeds(&[], 2, None).as_deref(), Some("--set 'sweep.seed={range: [1, 2]}'"));
        assert_eq!(more_seeds(&[u64::MAX - 1], 3, None), None);
        assert_eq!(
            more_seeds(&[99], 3, Some(100)).as_deref(),
            Some("--set 'sweep.seed=[99, 101, 102]'")
        );
    }
}
