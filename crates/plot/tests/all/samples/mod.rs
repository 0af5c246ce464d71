//! Made-up records that look like those of a real experiment: for the gallery and the tests.
//!
//! The numbers come from formulas, so that they are the same on every machine; they say nothing
//! about any cell.

use plot::{
    Axis, BandCurve, BandPoint, CellCost, CellCurve, CellGradient, CellResult, CellTimeConstants,
    ColouredText, CostAndScore, CurvePanel, CurvePanels, Digits, Efficiency, Figure, FinalScores,
    Frame, GateUnits, GateUse, GradientFlow, Heard, HeatMap, HeatMaps, HeatRow, LagPoint,
    LearningCurves, Measure, Middle, Pareto, Parts, PlotError, Posterior, Rate, ReadText, Roof,
    Roofline, ScoreInterval, Spacing, Spectrogram, TimeConstants, Trend, XAxis,
};
use std::collections::BTreeMap;

const CELLS: [&str; 4] = ["rnn", "lstm", "gru", "gru_reset_after"];
const FINAL: [f64; 4] = [138.0, 114.5, 112.0, 112.9];
const SECONDS_PER_STEP: [f64; 4] = [0.021, 0.058, 0.047, 0.045];

fn frame(title: &str) -> Frame {
    Frame {
        title: title.to_owned(),
        subtitle: "Penn Treebank (words), 3 seeds, equal parameters (made-up numbers)".to_owned(),
        warning: None,
        titles: BTreeMap::new(),
        series: Vec::new(),
    }
}

/// A wobble in -1..1 that depends on its arguments only.
fn wobble(cell: usize, seed: usize, index: usize) -> f64 {
    let phase = (cell * 7919 + seed * 104_729 + index * 1299) % 1000;
    phase as f64 / 500.0 - 1.0
}

/// Learning curves with the given number of evaluations.
pub(crate) fn learning_curves(x: XAxis, evaluations: usize) -> LearningCurves {
    let cells = CELLS.iter().enumerate().map(|(number, cell)| {
        let runs = (0..3).map(|seed| {
            let points = (0..=evaluations).map(|index| {
                let share = index as f64 / evaluations as f64;
                let step = share * 26_000.0;
                let fall = (-(7.0 - number as f64) * share.sqrt()).exp();
                let noise = 1.0 + 0.012 * wobble(number, seed, index) + 0.01 * seed as f64;
                let perplexity = (FINAL[number] + 9_000.0 * fall * fall) * noise;
                let seconds = step * SECONDS_PER_STEP[number] * (1.0 + 0.01 * seed as f64);
                (if x == XAxis::Steps { step } else { seconds }, perplexity)
            });
            points.collect()
        });
        CellCurve { cell: (*cell).to_owned(), runs: runs.collect(), diverged: Vec::new() }
    });
    let title = match x {
        XAxis::Steps => "Validation perplexity against steps",
        XAxis::WallClock => "Validation perplexity against time",
    };
    LearningCurves {
        frame: frame(title),
        measure: Measure::perplexity(),
        x,
        cells: cells.collect(),
        baselines: vec![("unigram".to_owned(), 640.0)],
    }
}

/// Gradients that fade at a rate of each cell's own.
pub(crate) fn gradient_flow(lags: usize) -> GradientFlow {
    let panel = |rates: [f64; 4]| {
        let cells = CELLS.iter().zip(rates).enumerate().map(|(number, (cell, rate))| {
            let lags = (0..=lags).map(|lag| {
                let spread = 1.0 + 0.06 * lag as f64;
                let bump = 1.0 + 0.1 * wobble(number, 0, lag).powi(2);
                let median = if lag == 0 { 1.0 } else { rate.powi(lag as i32) * bump };
                LagPoint { lag, low: median / spread, median, high: median * spread }
            });
            CellGradient { cell: (*cell).to_owned(), lags: lags.collect() }
        });
        cells.collect()
    };
    GradientFlow {
        frame: frame("How far the gradient reaches back"),
        initial: panel([0.62, 0.82, 0.71, 0.74]),
        trained: panel([0.77, 0.955, 0.93, 0.92]),
    }
}

/// The largest singular value over ever more steps, for one cell with its bound.
pub(crate) fn curve_panels(points: usize) -> CurvePanels {
    let panel = |heading: &str, rates: [f64; 4]| {
        let curve = |(number, (cell, rate)): (usize, (&&str, f64))| {
            let point = |k: usize| {
                let middle = rate.powi(k as i32) * (1.0 + 0.1 * wobble(number, 1, k));
                BandPoint { x: k as f64, low: middle / 1.5, middle, high: middle * 1.5 }
            };
            let bound = (1..=points).map(|k| (k as f64, 1.02_f64.powi(k as i32)));
            BandCurve {
                cell: (*cell).to_owned(),
                points: (1..=points).map(point).collect(),
                bound: bound.filter(|_| number == 0).collect(),
            }
        };
        CurvePanel {
            heading: heading.to_owned(),
            curves: CELLS.iter().zip(rates).enumerate().map(curve).collect(),
        }
    };
    CurvePanels {
        frame: frame("Largest singular value of the Jacobian"),
        x: Axis { title: "steps".to_owned(), log: true, whole: true },
        y: Axis { title: "largest singular value".to_owned(), log: true, whole: false },
        floor: Some(1e-8),
        level: Some(1.0),
        panels: vec![
            panel("At initialisation", [0.62, 0.82, 0.71, 0.74]),
            panel("After training", [0.77, 1.01, 0.97, 0.92]),
        ],
        notes: vec!["Dotted: the bound.".to_owned()],
    }
}

/// Gradients that reach further back the longer the training.
pub(crate) fn heat_maps(lags: usize) -> HeatMaps {
    let map = |(cell, most): (&&str, f64)| {
        let row = |k: usize| {
            let rate = 0.7 + (most - 0.7) * k as f64 / 8.0;
            HeatRow {
                step: 250 * k as u64,
                values: (0..=lags).map(|lag| rate.powi(lag as i32)).collect(),
            }
        };
        HeatMap { cell: (*cell).to_owned(), rows: (0..=8).map(row).collect() }
    };
    HeatMaps {
        frame: frame("How far the gradient reaches back during training"),
        cells: CELLS.iter().zip([0.8, 0.99, 0.97, 0.96]).map(map).collect(),
    }
}

/// Units of the gates of two cells.
pub(crate) fn gate_use(units: usize) -> GateUse {
    let gate = |(number, (cell, gate)): (usize, (&str, &str))| {
        let unit = |k: usize| {
            let open = wobble(number, 2, k).abs();
            ((1.0 - open) * wobble(number, 3, k).abs(), open)
        };
        GateUnits {
            cell: cell.to_owned(),
            gate: gate.to_owned(),
            units: (0..units).map(unit).collect(),
        }
    };
    let gates = [("lstm", "i"), ("lstm", "f"), ("lstm", "o"), ("gru", "r"), ("gru", "z")];
    GateUse {
        frame: frame("How the gates are used"),
        gates: gates.into_iter().enumerate().map(gate).collect(),
    }
}

/// Two tones, one after the other, and what a model makes of them.
pub(crate) fn spectrogram(frames: usize) -> Spectrogram {
    let energy = |t: usize, band: usize| {
        let middle = if t < frames / 2 { 3.0 } else { 8.0 };
        -(band as f64 - middle).abs() + 0.5 * wobble(t, band, 1)
    };
    let posterior = |label: Option<&str>, from: usize, to: usize| Posterior {
        label: label.map(str::to_owned),
        chances: (0..frames).map(|t| if (from..to).contains(&t) { 0.9 } else { 0.02 }).collect(),
    };
    Spectrogram {
        frame: frame("What is heard"),
        seconds: 0.01 * frames as f64,
        energies: (0..frames).map(|t| (0..12).map(|band| energy(t, band)).collect()).collect(),
        heard: [0, frames / 12]
            .map(|late| Heard {
                heading: format!("a model hears it {late} frames late"),
                posteriors: vec![
                    posterior(Some("3"), frames / 4 + late, frames / 3 + late),
                    posterior(Some("8"), 2 * frames / 3 + late, 3 * frames / 4 + late),
                    posterior(Some("5"), 0, 0),
                    posterior(None, frames / 3, 2 * frames / 3),
                ],
            })
            .into(),
    }
}

/// Units whose constants spread with training.
pub(crate) fn time_constants() -> TimeConstants {
    let cells = CELLS.iter().enumerate().map(|(number, cell)| {
        let unit = |middle: f64, spread: f64, k: usize| {
            10_f64.powf(middle + spread * wobble(number, 4, k))
        };
        CellTimeConstants {
            cell: (*cell).to_owned(),
            initial: (0..200).map(|k| unit(0.3, 0.2, k)).collect(),
            trained: (0..200).map(|k| unit(0.5 + 0.3 * number as f64, 0.9, k)).collect(),
        }
    });
    TimeConstants { frame: frame("How long units keep what they hold"), cells: cells.collect() }
}

/// Two units over a sentence: one counts, one follows quotation marks.
pub(crate) fn coloured_text() -> ColouredText {
    let sentence = "<eos> the company said \" we expect the merger of the two units to be \
        completed in the third quarter \" and declined to comment further";
    let tokens = |value: fn(usize, bool) -> f64| {
        let mut quoted = false;
        let token = |(position, word): (usize, &str)| {
            quoted ^= word == "\"";
            (word.to_owned(), value(position, quoted))
        };
        sentence.split_whitespace().enumerate().map(token).collect()
    };
    let text = |cell: &str, unit: &str, tokens| ReadText {
        cell: cell.to_owned(),
        unit: unit.to_owned(),
        tokens,
    };
    ColouredText {
        frame: frame("What single units do"),
        words: true,
        texts: vec![
            text("lstm", "unit 12", tokens(|_, quoted| if quoted { 0.9 } else { -0.6 })),
            text("gru", "unit 3", tokens(|position, _| position as f64 / 12.0 - 1.0)),
        ],
    }
}

/// Costs of an equal-parameter comparison.
pub(crate) fn efficiency() -> Efficiency {
    let cell = |cell: &str, units: f64, blocks: f64, speed: f64, memory| {
        let own = blocks * units * 2.0 * units;
        let rest = 2.0 * 10_000.0 * units;
        CellCost {
            cell: cell.to_owned(),
            parameters: Parts { cell: own, total: own + rest },
            flops_per_token: Parts { cell: 2.0 * own, total: 2.0 * own + rest },
            tokens_per_second: [0.96, 1.0, 1.03].map(|noise| noise * speed).to_vec(),
            memory_mib: memory,
        }
    };
    Efficiency {
        frame: frame("What each cell costs"),
        unit: "token".to_owned(),
        cells: vec![
            cell("rnn", 400.0, 1.0, 33_400.0, Some(212.0)),
            cell("lstm", 200.0, 4.0, 12_100.0, Some(268.0)),
            cell("gru", 231.0, 3.0, 14_900.0, Some(251.0)),
            cell("gru_reset_after", 231.0, 3.0, 15_500.0, None),
        ],
    }
}

/// Test perplexity of three seeds a cell.
pub(crate) fn final_perplexity() -> FinalScores {
    let cells = CELLS.iter().zip(FINAL).enumerate().map(|(number, (cell, perplexity))| {
        let seeds = [0.985, 1.0, 1.012].map(|noise| perplexity * noise);
        let half = 1.022 + 0.004 * number as f64;
        CellResult {
            cell: (*cell).to_owned(),
            seeds: seeds[usize::from(number == 0)..].to_vec(),
            interval: Some(ScoreInterval {
                estimate: perplexity,
                bounds: Some((perplexity / half, perplexity * half)),
            }),
            unscored: if number == 0 { vec![(1, "failed".to_owned())] } else { vec![] },
        }
    });
    FinalScores {
        frame: Frame {
            warning: Some("Built-in stand-in language, NOT Penn Treebank".to_owned()),
            ..frame("Test perplexity")
        },
        measure: Measure { title: "test perplexity".to_owned(), ..Measure::perplexity() },
        cells: cells.collect(),
        level: 0.95,
        baselines: vec![("unigram".to_owned(), 640.0)],
    }
}

/// Speed against hidden size, three seeds.
pub(crate) fn trend() -> Trend {
    let cells =
        CELLS.iter().zip([1.0, 4.0, 3.0, 3.0]).enumerate().map(|(number, (cell, blocks))| {
            let runs = (0..3).map(|seed| {
                let speed = |(index, hidden): (usize, f64)| {
                    let noise = 1.0 + 0.05 * wobble(number, seed, index);
                    (hidden, 4e9 / (blocks * hidden * (hidden + 40.0)) * noise)
                };
                [64.0, 128.0, 256.0, 512.0].into_iter().enumerate().map(speed).collect()
            });
            CellCurve { cell: (*cell).to_owned(), runs: runs.collect(), diverged: Vec::new() }
        });
    Trend {
        frame: frame("Training speed against hidden size"),
        measure: Measure {
            title: "tokens per second".to_owned(),
            higher_is_better: true,
            spacing: Spacing::Log,
            middle: Middle::Median,
            digits: Digits::Four,
        },
        x: "hidden size".to_owned(),
        cells: cells.collect(),
        baselines: vec![("far away".to_owned(), 1.0), ("near".to_owned(), 1e5)],
    }
}

/// Perplexity against parameters.
pub(crate) fn pareto() -> Pareto {
    let cells = CELLS.iter().zip(FINAL).enumerate().map(|(number, (cell, perplexity))| {
        let bounds = (number > 0).then_some((perplexity / 1.02, perplexity * 1.02));
        CostAndScore {
            cell: (*cell).to_owned(),
            cost: [60e3, 240e3, 180e3, 183e3][number],
            costs: None,
            score: ScoreInterval { estimate: perplexity, bounds },
        }
    });
    Pareto {
        frame: frame("Test perplexity against parameters"),
        measure: Measure { title: "test perplexity".to_owned(), ..Measure::perplexity() },
        cost: "parameters of the recurrent layers".to_owned(),
        cells: cells.collect(),
        absent: vec![],
        incomparable: false,
    }
}

/// The same of cells with three sizes each.
pub(crate) fn pareto_of_settings() -> Pareto {
    let figure = pareto();
    let sizes = [(0.5, 1.2), (1.0, 1.0), (2.0, 0.95)];
    let cells = figure.cells.iter().flat_map(|cell| {
        sizes.map(|(size, worse)| CostAndScore {
            cost: cell.cost * size,
            score: ScoreInterval {
                estimate: cell.score.estimate * worse,
                bounds: cell.score.bounds.map(|(low, high)| (low * worse, high * worse)),
            },
            ..cell.clone()
        })
    });
    Pareto { cells: cells.collect(), ..figure }
}

/// Times, which have ranges; a score whose interval reaches 0.
pub(crate) fn pareto_of_times() -> Pareto {
    let cell = |cell: &str, cost: f64, estimate: f64, half: f64| CostAndScore {
        cell: cell.to_owned(),
        cost,
        costs: Some((0.97 * cost, 1.02 * cost)),
        score: ScoreInterval {
            estimate,
            bounds: Some(((estimate - half).max(0.0), estimate + half)),
        },
    };
    Pareto {
        frame: frame("Test error against the time of training"),
        measure: Measure {
            title: "test mean squared error".to_owned(),
            middle: Middle::Mean,
            digits: Digits::Four,
            ..Measure::perplexity()
        },
        absent: vec![],
        incomparable: false,
        cost: "seconds of training".to_owned(),
        cells: vec![
            cell("rnn", 31.0, 0.16, 0.01),
            cell("lstm", 52.0, 0.02, 0.05),
            cell("gru", 43.0, 0.001, 0.0004),
        ],
    }
}

/// Bits per character with a wild evaluation, a run that diverged, and one that ended early.
pub(crate) fn learning_hostile() -> LearningCurves {
    let run = |last: f64, bump: f64| -> Vec<(f64, f64)> {
        let value = |k: usize| last + 2.4 * (-0.5 * k as f64).exp();
        let values = (0..=12).map(|k| (100.0 * k as f64, value(k)));
        values.map(|(x, y)| if x == 500.0 { (x, y * bump) } else { (x, y) }).collect()
    };
    let mut diverged = run(2.5, 1.0)[..8].to_vec();
    diverged.push((800.0, 5_000.0));
    let cell = |cell: &str, runs, diverged| CellCurve { cell: cell.to_owned(), runs, diverged };
    LearningCurves {
        frame: frame("Validation bits per character with accidents"),
        measure: Measure {
            title: "bits per character".to_owned(),
            spacing: Spacing::Linear,
            middle: Middle::Mean,
            digits: Digits::Four,
            ..Measure::perplexity()
        },
        x: XAxis::Steps,
        cells: vec![
            cell("rnn", vec![run(2.6, 1.0), run(2.62, 1.5e7)], vec![]),
            cell("lstm", vec![run(2.397, 1.0), run(2.41, 1.0), diverged], vec![2]),
            cell("gru", vec![run(2.38, 1.0), run(2.38, 1.0)[..3].to_vec()], vec![]),
        ],
        baselines: vec![("unigram".to_owned(), 4.72), ("uniform".to_owned(), 4.78)],
    }
}

/// Intervals of few seeds that reach 0, on a logarithmic axis.
pub(crate) fn final_errors() -> FinalScores {
    let cell = |cell: &str, seeds: [f64; 2], half: f64| {
        let estimate = (seeds[0] + seeds[1]) / 2.0;
        let bounds = Some(((estimate - half).max(0.0), estimate + half));
        CellResult {
            cell: cell.to_owned(),
            seeds: seeds.to_vec(),
            interval: Some(ScoreInterval { estimate, bounds }),
            unscored: vec![],
        }
    };
    FinalScores {
        frame: frame("Test mean squared error"),
        measure: pareto_of_times().measure,
        cells: vec![
            cell("rnn", [0.161, 0.158], 0.02),
            cell("lstm", [0.03, 0.001], 0.2),
            cell("gru", [0.0004, 0.0006], 0.0002),
        ],
        level: 0.95,
        baselines: vec![("the mean".to_owned(), 1.0 / 6.0)],
    }
}

/// Learning curves and a front of every cell with a style.
pub(crate) fn many() -> (LearningCurves, Pareto) {
    let cells: Vec<&str> = plot::styled_cells().collect();
    let last = |k: usize| 2.0 + 0.02 * k as f64;
    let run = |k: usize| -> Vec<(f64, f64)> {
        let at = |x: f64| (x, last(k) + 2.5 * (-0.7 * x).exp());
        (0..9).map(|x| at(f64::from(x))).collect()
    };
    let curve = |(k, cell): (usize, &&str)| CellCurve {
        cell: (*cell).to_owned(),
        runs: vec![run(k)],
        diverged: Vec::new(),
    };
    let point = |(k, cell): (usize, &&str)| CostAndScore {
        cell: (*cell).to_owned(),
        cost: 2e4 * (1.0 + wobble(k, 1, 1).abs()),
        costs: None,
        score: ScoreInterval { estimate: last(k), bounds: Some((last(k) - 0.03, last(k) + 0.03)) },
    };
    let curves = LearningCurves {
        frame: frame("All cells"),
        cells: cells.iter().enumerate().map(curve).collect(),
        ..learning_hostile()
    };
    let front = Pareto {
        frame: frame("All cells against parameters"),
        measure: curves.measure.clone(),
        cost: "parameters".to_owned(),
        cells: cells.iter().enumerate().map(point).collect(),
        absent: vec![],
        incomparable: false,
    };
    (curves, front)
}

/// Rates in three shapes, and of single steps.
pub(crate) fn roofline() -> Roofline {
    let rate = |cell: usize, shape: usize, intensity: f64, gflops: f64| {
        let scale = 1.0 + 0.1 * wobble(cell, shape, 1);
        let cell = CELLS[cell].to_owned();
        Rate { cell, shape, intensity: intensity * scale, gflops: gflops * scale }
    };
    let all = || (0..CELLS.len()).flat_map(|cell| (0..3).map(move |shape| (cell, shape)));
    Roofline {
        frame: frame("Near the limits of the machine"),
        peak: 163.0,
        roofs: vec![
            Roof { name: "triad 512 MiB".to_owned(), gigabytes: 13.3 },
            Roof { name: "triad 1 MiB".to_owned(), gigabytes: 97.0 },
        ],
        shapes: [["T 35", "B 20", "H 200"], ["T 35", "B 64", "H 256"], ["T 400", "B 32", "H 128"]]
            .map(|lines| lines.map(str::to_owned).to_vec())
            .to_vec(),
        train: all()
            .map(|(cell, shape)| rate(cell, shape, 20.0 + 10.0 * shape as f64, 120.0))
            .collect(),
        step: all().map(|(cell, shape)| rate(cell, shape, 0.5, 20.0)).collect(),
    }
}

/// Every kind of figure with its file name, at a level of detail.
pub(crate) fn figures(points: usize) -> Result<Vec<(&'static str, Figure)>, PlotError> {
    Ok(vec![
        ("learning_steps", learning_curves(XAxis::Steps, points).draw()?),
        ("learning_time", learning_curves(XAxis::WallClock, points).draw()?),
        ("gradient_flow", gradient_flow(points).draw()?),
        ("curve_panels", curve_panels(points).draw()?),
        ("heat_maps", heat_maps(points).draw()?),
        ("coloured_text", coloured_text().draw()?),
        ("gate_use", gate_use(points).draw()?),
        ("spectrogram", spectrogram(points).draw()?),
        ("time_constants", time_constants().draw()?),
        ("efficiency", efficiency().draw()?),
        ("final_perplexity", final_perplexity().draw()?),
        ("roofline", roofline().draw()?),
        ("trend", trend().draw()?),
        ("pareto", pareto().draw()?),
        ("pareto_of_settings", pareto_of_settings().draw()?),
        ("pareto_of_times", pareto_of_times().draw()?),
        ("learning_hostile", learning_hostile().draw()?),
        ("final_errors", final_errors().draw()?),
        ("many_curves", many().0.draw()?),
        ("many_fronts", many().1.draw()?),
    ])
}
