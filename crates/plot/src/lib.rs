//! Figures: one a file, plain records in, SVG and PNG out.
//!
//! | figure | what it shows |
//! |---|---|
//! | [`LearningCurves`] | a measure against optimiser steps or wall-clock time |
//! | [`GradientFlow`] | how the gradient fades with the lag, before and after training |
//! | [`HeatMaps`] | the same over the whole of training, as colours |
//! | [`CurvePanels`] | curves of cells with bands and bounds, in panels beside each other |
//! | [`GateUse`] | how often gates are shut and open, unit by unit |
//! | [`Spectrogram`] | a recording over time, and below it what models put out |
//! | [`TimeConstants`] | how long units keep what they hold: histograms |
//! | [`ColouredText`] | what single units do over a text |
//! | [`Efficiency`] | parameters, FLOPs per token, tokens per second, memory |
//! | [`FinalScores`] | test scores: every seed, and the interval over seeds |
//! | [`Pareto`] | scores against a cost, and the front |
//! | [`Trend`] | a measure against a number: a size, a lag |
//! | [`Roofline`] | how near a program comes to what the machine can do |
//!
//! Each is a plain struct with a [`Frame`] (title, subtitle, warning) and a `draw` that gives a
//! [`Figure`]. Drawing is a pure function of the struct: the same record gives the same SVG on
//! every machine. Values that are not finite never make drawing fail: infinite scores are marked at
//! the edge and named in a note, what is no number is skipped; runs that ended early are shown and
//! counted in a note. `is_empty` tells a figure that would show nothing.
//!
//! plotters draws the shapes; their text consists of outlines from fonts carried in the program;
//! resvg makes the PNG from the SVG. No system font and no C library is involved.
//!
//! A cell has the same colour, dash and mark in every figure, chosen for colour-blind readers; what else
//! is compared has one for all figures with the same [`Frame::series`].

mod attention;
mod canvas;
mod clip;
mod coloured_text;
mod curve_panels;
mod efficiency;
mod error;
mod extent;
mod figure;
mod final_scores;
mod font;
mod gate_use;
mod gradient_flow;
mod heat_map;
mod in_panel;
mod labels;
mod learning_curves;
mod left_out;
mod measure;
mod number;
mod panel;
mod pareto;
mod roofline;
mod scale;
mod series;
mod sheet;
mod spectrogram;
mod style;
mod time_constants;
mod trend;

pub use attention::{AttentionMap, AttentionMaps};
pub use coloured_text::{ColouredText, ReadText};
pub use curve_panels::{Axis, BandCurve, BandPoint, CurvePanel, CurvePanels};
pub use efficiency::{CellCost, Efficiency, Parts};
pub use error::PlotError;
pub use figure::Figure;
pub use final_scores::{CellResult, FinalScores, ScoreInterval};
pub use gate_use::{GateUnits, GateUse};
pub use gradient_flow::{CellGradient, GradientFlow, LagPoint};
pub use heat_map::{HeatMap, HeatMaps, HeatRow};
pub use learning_curves::{CellCurve, LearningCurves, XAxis};
pub use measure::{Digits, Measure, Middle, Spacing};
pub use pareto::{CostAndScore, Pareto};
pub use roofline::{Rate, Roof, Roofline};
pub use sheet::Frame;
pub use spectrogram::{Heard, Posterior, Spectrogram};
pub use style::styled_cells;
pub use time_constants::{CellTimeConstants, TimeConstants};
pub use trend::Trend;
