//! A recording as models hear it.

use super::arms::Arm;
use plot::{Frame, Heard, Posterior, Spectrogram};
use sweep::tables::{BLANK, PosteriorRow, RunRow, SpectrogramRow};

/// Models below a spectrogram.
const SHOWN: usize = 4;

/// A recording of the test split, and what the first run of each arm hears in it; `None` where there are none.
pub(super) fn spectrogram(
    frame: impl Fn(&str) -> Frame,
    arms: &[Arm<'_>],
    energies: &[SpectrogramRow],
    posteriors: &[PosteriorRow],
) -> Option<Spectrogram> {
    let number = energies.first()?.number;
    let of_run = |run: &RunRow| -> Vec<&PosteriorRow> {
        posteriors.iter().filter(|row| row.run == run.run && row.number == number).collect()
    };
    let runs = arms.iter().filter_map(|arm| {
        let mut found = arm.runs.iter().map(|run| (arm, of_run(run)));
        found.find(|(_, rows)| !rows.is_empty())
    });
    let runs: Vec<(&Arm<'_>, Vec<&PosteriorRow>)> = runs.take(SHOWN).collect();
    let reference = &runs.first()?.1.first()?.reference;
    let heard = runs.iter().filter_map(|(arm, rows)| {
        let first = rows.first()?;
        let answer = if first.answer.is_empty() { "nothing" } else { &first.answer };
        Some(Heard { heading: format!("{} hears {answer}", arm.name), posteriors: curves(rows) })
    });
    let heard: Vec<Heard> = heard.collect();
    let bands = energies.iter().map(|row| row.band as usize + 1).max()?;
    let columns: Vec<Vec<f64>> = energies
        .chunk_by(|one, other| one.time == other.time)
        .map(|frame| {
            let mut column = vec![f64::NAN; bands];
            frame.iter().for_each(|row| column[row.band as usize] = row.energy);
            column
        })
        .collect();
    // The middle of the last step is half a step before the end.
    let steps = heard.first()?.posteriors.first().map_or(1, |posterior| posterior.chances.len());
    let last = runs.first()?.1.iter().map(|row| row.time).fold(0.0, f64::max);
    let seconds = last * steps as f64 / (steps as f64 - 0.5);
    let title = format!("A speaker says {reference}");
    Some(Spectrogram { frame: frame(&title), seconds, energies: columns, heard })
}

/// The chances of each label of a run.
fn curves(rows: &[&PosteriorRow]) -> Vec<Posterior> {
    let labels = rows.chunk_by(|one, other| one.label == other.label);
    let curve = |rows: &[&PosteriorRow]| Posterior {
        label: rows.first().map(|row| row.label.clone()).filter(|label| label != BLANK),
        chances: rows.iter().map(|row| row.chance).collect(),
    };
    labels.map(curve).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::finished;
    use super::*;
    use train::Metric;

    fn titled(title: &str) -> Frame {
        Frame { title: title.to_owned(), ..Frame::default() }
    }

    #[test]
    fn each_arm_hears_the_same_recording() {
        let runs = [finished("a", "a", 1, "{}"), finished("b", "b", 1, "{}")];
        let arms = Arm::all(&runs, Metric::LABEL_ERROR_RATE);
        let energies: Vec<SpectrogramRow> = (0..8)
            .map(|k| SpectrogramRow {
                run: runs[0].run.clone(),
                number: 3,
                time: 0.01 * f64::from(k / 2),
                band: (k % 2) as u64,
                energy: f64::from(k),
            })
            .collect();
        let row = |run: &RunRow, number, label: &str, step: u32, chance| PosteriorRow {
            run: run.run.clone(),
            arm: run.arm.clone(),
            seed: 1,
            number,
            reference: "4 2".to_owned(),
            answer: if run.arm == "a" { "4".to_owned() } else { String::new() },
            time: 0.02 * (f64::from(step) + 0.5),
            label: label.to_owned(),
            chance,
        };
        let mut posteriors = Vec::new();
        for run in &runs {
            for (label, chance) in [("4", 0.25), (BLANK, 0.75)] {
                posteriors.extend([0, 1].map(|step| row(run, 3, label, step, chance)));
            }
            posteriors.push(row(run, 9, "2", 0, 1.0));
        }
        let found = spectrogram(titled, &arms, &energies, &posteriors).unwrap();
        assert_eq!(found.energies, [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]);
        assert!((found.seconds - 0.04).abs() < 1e-9, "{}", found.seconds);
        let headings: Vec<&str> = found.heard.iter().map(|heard| heard.heading.as_str()).collect();
        assert_eq!(headings, ["a hears 4", "b hears nothing"]);
        assert_eq!(found.heard[1].posteriors.len(), 2);
        assert_eq!(found.heard[1].posteriors[1].label, None);
        assert_eq!(found.heard[1].posteriors[0].chances, [0.25, 0.25]);
        assert!(spectrogram(titled, &arms, &[], &posteriors).is_none());
    }
}
