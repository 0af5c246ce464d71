//! Records that an experiment can produce but nobody hopes for: every figure must still be drawn,
//! and be an SVG that resvg can read, with every label on the sheet and none on another.

use crate::ink;
use plot::{
    Axis, BandCurve, BandPoint, CellCost, CellCurve, CellGradient, CellResult, CellTimeConstants,
    ColouredText, CostAndScore, CurvePanel, CurvePanels, Digits, Efficiency, Figure, FinalScores,
    Frame, GateUnits, GateUse, GradientFlow, HeatMap, HeatMaps, HeatRow, LagPoint, LearningCurves,
    Measure, Middle, Pareto, Parts, PlotError, Rate, ReadText, Roof, Roofline, ScoreInterval,
    Spacing, TimeConstants, Trend, XAxis,
};

const ODD: [f64; 9] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -1.0,
    1e300,
    f64::MIN_POSITIVE,
    f64::MAX,
    100.0,
];

fn frame() -> Frame {
    Frame {
        title: "A title & <b>markup</b> \"quoted\" ".repeat(3),
        subtitle: "漢字 \u{7} word ".repeat(9),
        warning: Some("Built-in stand-in language, NOT Penn Treebank. ".repeat(3)),
        titles: [("gru".to_owned(), "a title ".repeat(9))].into(),
        series: vec!["gru".to_owned(), "another".to_owned()],
    }
}

#[track_caller]
fn check(figure: Result<Figure, PlotError>) {
    let figure = figure.expect("a figure");
    assert!(!figure.svg.contains("NaN") && !figure.svg.contains("inf"), "{}", figure.svg);
    let png = figure.png(100).expect("a PNG");
    assert!(png.len() > 100);
    ink::check(&figure.svg);
}

fn accuracy() -> Measure {
    Measure {
        title: "accuracy, %".to_owned(),
        higher_is_better: true,
        spacing: Spacing::Linear,
        middle: Middle::Mean,
        digits: Digits::Tenths,
    }
}

/// The curves of one cell's runs.
type Runs = Vec<Vec<(f64, f64)>>;

fn curves(cells: Vec<(String, Runs)>) {
    let linear = accuracy();
    for (x, measure) in [(XAxis::Steps, linear), (XAxis::WallClock, Measure::perplexity())] {
        let cells = cells.clone().into_iter().map(|(cell, runs)| CellCurve {
            cell,
            runs,
            diverged: vec![1, 7],
        });
        check(
            LearningCurves {
                frame: frame(),
                measure,
                x,
                cells: cells.collect(),
                baselines: ODD.map(|value| ("unigram".to_owned(), value)).to_vec(),
            }
            .draw(),
        );
    }
}

fn named(runs: Runs) -> Vec<(String, Runs)> {
    vec![("gru".to_owned(), runs)]
}

#[test]
fn learning_curves_without_data() {
    curves(vec![]);
    curves(named(vec![]));
    curves(named(vec![vec![]]));
    curves(named(vec![vec![(f64::NAN, f64::NAN)], vec![(1.0, f64::INFINITY)]]));
}

#[test]
fn learning_curves_of_one_point() {
    curves(named(vec![vec![(0.0, 100.0)]]));
    curves(named(vec![vec![(5.0, 100.0)], vec![(5.0, 100.0)]]));
    curves(named(vec![vec![(1.0, 100.0)], vec![(9.0, 110.0)]]));
}

#[test]
fn learning_curves_of_equal_values() {
    curves(named(vec![vec![(0.0, 7.0), (1.0, 7.0), (1.0, 7.0)]; 3]));
}

#[test]
fn learning_curves_of_odd_values() {
    for a in ODD {
        for b in ODD {
            curves(named(vec![vec![(a, b), (1.0, 50.0), (b, a)], vec![(0.0, a), (2.0, b)]]));
        }
    }
}

#[test]
fn learning_curves_of_many_cells_with_long_names() {
    for count in [1, 5, 12, 30] {
        let cells = (0..count).map(|cell| {
            let runs = (0..3).map(|_| (0..5).map(|x| (f64::from(x), 90.0)).collect());
            (format!("a_cell_with_a_very_long_name_{cell}").repeat(3), runs.collect())
        });
        curves(cells.collect());
    }
}

#[test]
fn curve_panels_of_anything() {
    let draw = |x_log: bool, floor: Option<f64>, panels: Vec<CurvePanel>| {
        let axis = |log: bool| Axis { title: "value".to_owned(), log, whole: log };
        let (x, y, notes) = (axis(x_log), axis(floor.is_some()), Vec::new());
        check(CurvePanels { frame: frame(), x, y, floor, level: floor, panels, notes }.draw());
    };
    draw(true, None, vec![]);
    for value in ODD {
        let point = |x: f64| BandPoint { x, low: value, middle: 1.0, high: value };
        let curve = BandCurve {
            cell: "a_cell_with_a_very_long_name".to_owned(),
            points: vec![point(value), point(2.0), BandPoint { middle: value, ..point(3.0) }],
            bound: vec![(value, 1.0), (1.0, value)],
        };
        let panel = CurvePanel { heading: "heading".to_owned(), curves: vec![curve] };
        draw(false, None, vec![panel.clone()]);
        draw(true, Some(1e-8), vec![panel.clone(), CurvePanel::default(), panel]);
    }
}

#[test]
fn coloured_text_of_anything() {
    for value in ODD {
        let tokens = ["\n", "", " ", "漢字", "<b>", &"long".repeat(99)];
        let text = ReadText {
            cell: "a_cell_with_a_very_long_name".to_owned(),
            unit: "unit ".repeat(99),
            tokens: tokens.map(|token| (token.to_owned(), value)).to_vec(),
        };
        for words in [false, true] {
            let empty = ReadText { tokens: Vec::new(), ..text.clone() };
            check(ColouredText { frame: frame(), words, texts: vec![text.clone(), empty] }.draw());
        }
    }
}

#[test]
fn trends_and_fronts_of_anything() {
    for spacing in [Spacing::Linear, Spacing::Log] {
        let measure = Measure { title: "m".to_owned(), spacing, ..accuracy() };
        for (a, b) in ODD.into_iter().flat_map(|a| ODD.map(|b| (a, b))) {
            let runs = vec![vec![(a, b), (b, a)], vec![(1.0, a)], vec![]];
            let baselines = vec![("b".to_owned(), a)];
            let cells = vec![CellCurve { cell: "gru".to_owned(), runs, diverged: vec![0] }];
            let (measure, x) = (measure.clone(), "x ".repeat(99));
            check(Trend { frame: frame(), measure, x, cells, baselines }.draw());
        }
        for (a, b) in ODD.into_iter().flat_map(|a| ODD.map(|b| (a, b))) {
            let score = ScoreInterval { estimate: b, bounds: Some((a, b)) };
            let cell = CostAndScore { cell: "gru".repeat(40), cost: a, costs: Some((b, a)), score };
            let (measure, cost) = (measure.clone(), "cost".to_owned());
            check(
                Pareto {
                    frame: frame(),
                    measure,
                    cost,
                    cells: vec![cell; 3],
                    absent: vec!["gru".to_owned()],
                    incomparable: false,
                }
                .draw(),
            );
        }
    }
}

#[test]
fn heat_maps_and_gates_of_anything() {
    let map = |count: usize, value: f64| HeatMap {
        cell: "a_cell_with_a_very_long_name".to_owned(),
        rows: (0..count)
            .map(|step| HeatRow { step: step as u64, values: vec![value; count * 40] })
            .collect(),
    };
    let gate = |value: f64| GateUnits {
        cell: "a_cell_with_a_very_long_name".to_owned(),
        gate: "z".to_owned(),
        units: vec![(value, 0.5), (0.5, value)],
    };
    let constants = |value: f64, count: usize| CellTimeConstants {
        cell: "a_cell_with_a_very_long_name".to_owned(),
        initial: Vec::new(),
        trained: vec![value; count],
    };
    check(TimeConstants { frame: frame(), cells: vec![] }.draw());
    check(GateUse { frame: frame(), gates: vec![] }.draw());
    for (count, value) in ODD.into_iter().enumerate() {
        let cells = (0..count).map(|rows| map(rows, value)).collect();
        check(HeatMaps { frame: frame(), cells }.draw());
        check(GateUse { frame: frame(), gates: vec![gate(value); count] }.draw());
        let cells = vec![constants(value, count); count];
        check(TimeConstants { frame: frame(), cells }.draw());
    }
}

#[test]
fn gradient_flow_of_anything() {
    let flow = |initial: Vec<CellGradient>, trained: Vec<CellGradient>| {
        check(GradientFlow { frame: frame(), initial, trained }.draw());
    };
    let cell = |number: usize, lags: Vec<LagPoint>| CellGradient {
        cell: format!("a_cell_with_a_very_long_name_{number}"),
        lags,
    };
    flow(vec![], vec![]);
    flow(vec![cell(0, vec![])], vec![]);
    let same = |value: f64| {
        [0, 1, 2].map(|lag| LagPoint { lag, low: value, median: value, high: value }).to_vec()
    };
    for value in ODD {
        flow(vec![cell(0, same(value))], vec![cell(1, same(1.0))]);
        let one = LagPoint { lag: 3, low: 0.1, median: value, high: value };
        flow(vec![cell(0, vec![one])], vec![]);
    }
    let many = |count: usize| (0..count).map(|n| cell(n, same(1e-9))).collect::<Vec<_>>();
    for count in [1, 6, 12] {
        flow(many(count), many(12 - count));
    }
}

#[test]
fn efficiency_of_anything() {
    let cost = |number: usize, value: f64| CellCost {
        cell: format!("a_cell_with_a_very_long_name_{number}"),
        parameters: Parts { cell: value, total: value },
        flops_per_token: Parts { cell: 1.0, total: value },
        tokens_per_second: vec![value; number],
        memory_mib: (number > 2).then_some(value),
    };
    check(Efficiency { frame: frame(), unit: "token".to_owned(), cells: vec![] }.draw());
    for value in ODD {
        for count in [1, 4, 12] {
            let cells = (0..count).map(|number| cost(number, value)).collect();
            check(Efficiency { frame: frame(), unit: "token".to_owned(), cells }.draw());
        }
    }
}

#[test]
fn final_perplexity_of_anything() {
    let draw = |cells| {
        let baselines = vec![("unigram".to_owned(), f64::NAN)];
        check(
            FinalScores {
                frame: frame(),
                measure: Measure::perplexity(),
                cells,
                level: 0.95,
                baselines,
            }
            .draw(),
        );
    };
    draw(vec![]);
    for value in ODD {
        for bounds in [None, Some((value, 100.0)), Some((0.0, f64::INFINITY))] {
            let cell = |number: usize| CellResult {
                cell: format!("a_cell_with_a_very_long_name_{number}"),
                seeds: vec![value; number],
                interval: Some(ScoreInterval { estimate: value, bounds }),
                unscored: vec![(number, "diverged".to_owned()), (1, "failed".to_owned())],
            };
            draw((0..12).map(cell).collect());
            draw(vec![CellResult { interval: None, ..cell(1) }]);
        }
    }
}

#[test]
fn roofline_of_anything() {
    let draw = |peak, gigabytes, shapes: usize, rates: Vec<Rate>| {
        let roof = |n: usize| Roof { name: "a very long name ".repeat(n), gigabytes };
        let lines = |n: usize| vec!["a label much too long for its place".to_owned(); n];
        check(
            Roofline {
                frame: frame(),
                peak,
                roofs: (0..shapes).map(roof).collect(),
                shapes: (0..shapes).map(lines).collect(),
                train: rates.clone(),
                step: rates,
            }
            .draw(),
        );
    };
    draw(1.0, 1.0, 0, vec![]);
    for (k, a) in ODD.into_iter().enumerate() {
        for b in [a, ODD[(k + 4) % ODD.len()], 100.0] {
            let cell = |number: usize| Rate {
                cell: format!("a_cell_with_a_very_long_name_{number}"),
                shape: number,
                intensity: a,
                gflops: b,
            };
            draw(b, a, 5, (0..12).map(cell).collect());
            draw(100.0, b, 0, vec![cell(0)]);
        }
    }
}

/// One wild evaluation, on either kind of axis: the other curve keeps most of the height, what is cut is
/// marked, and its value stands in the figure.
#[test]
fn one_wild_evaluation_flattens_nothing() {
    for spacing in [Spacing::Linear, Spacing::Log] {
        let measure = Measure {
            title: "bits per character".to_owned(),
            higher_is_better: false,
            spacing,
            digits: Digits::Four,
            ..accuracy()
        };
        let run = |wild: f64| vec![(0.0, 4.7), (1.0, 3.1), (2.0, wild), (3.0, 2.397)];
        let cell = |cell: &str, wild: f64| CellCurve {
            cell: cell.to_owned(),
            runs: vec![run(wild)],
            diverged: Vec::new(),
        };
        let figure = LearningCurves {
            frame: Frame::default(),
            measure,
            x: XAxis::Steps,
            cells: vec![cell("gru", 2.5), cell("lstm", 37_601_968.0)],
            baselines: vec![("unigram".to_owned(), 4.72)],
        };
        let figure = figure.draw().expect("a figure");
        ink::check(&figure.svg);
        let labels = ink::labels(&figure.svg);
        let text = |wanted: &str| labels.iter().find(|label| label.text.contains(wanted));
        assert!(text("3.8e7").is_some() && text("Cut").is_some(), "{labels:?}");
        assert!(text("2.397 GRU").is_some() && text("2.397 LSTM").is_some(), "{labels:?}");
        // From the baseline down to the end is most of the figure.
        let (start, end) = (text("unigram 4.720").unwrap(), text("2.397 GRU").unwrap());
        assert!(end.bottom - start.top > 2500.0, "{start:?} {end:?}");
    }
}

/// An interval that reaches 0 on a logarithmic axis has its bar and an arrow at the edge.
#[test]
fn every_interval_has_a_mark() {
    let measure = Measure {
        title: "error".to_owned(),
        spacing: Spacing::Log,
        higher_is_better: false,
        ..accuracy()
    };
    let cell = |estimate: f64, low: f64| CellResult {
        cell: format!("cell {estimate}"),
        seeds: vec![estimate],
        interval: Some(ScoreInterval { estimate, bounds: Some((low, 2.0 * estimate)) }),
        unscored: vec![],
    };
    let draw = |low: f64| {
        let (cells, measure) = (vec![cell(0.1, 0.05), cell(0.001, low)], measure.clone());
        let frame = Frame::default();
        FinalScores { frame, measure, cells, level: 0.95, baselines: vec![] }.draw().unwrap().svg
    };
    let arrows = |svg: &str| svg.matches("<polygon").count();
    let [inside, zero, below] = [0.000_9, 0.0, -1.0].map(draw);
    assert_eq!(arrows(&zero), arrows(&inside) + 1);
    assert_eq!(arrows(&below), arrows(&zero));
    assert!(zero.contains("the interval goes on"));
}
