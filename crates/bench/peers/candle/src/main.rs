//! candle's side of a comparison: its GRU and LSTM, on the CPU. It has no plain RNN, and its
//! layers take no state, so there are no single steps.

#[path = "../../worker.rs"]
mod worker;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::rnn::{GRU, LSTM, RNN, gru, lstm};
use candle_nn::{VarBuilder, VarMap};
use gemm as _;
use worker::{Case, Prepared, timed};

enum Layer {
    Gru(GRU),
    Lstm(LSTM),
}

impl Layer {
    fn new(cell: &str, input: usize, hidden: usize, weights: VarBuilder) -> Option<Self> {
        Some(match cell {
            "gru_reset_after" => {
                Self::Gru(gru(input, hidden, Default::default(), weights).expect("a GRU"))
            }
            "lstm" => {
                Self::Lstm(lstm(input, hidden, Default::default(), weights).expect("an LSTM"))
            }
            _ => return None,
        })
    }

    fn run(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Gru(layer) => layer.states_to_tensor(&layer.seq(x)?),
            Self::Lstm(layer) => layer.states_to_tensor(&layer.seq(x)?),
        }
    }
}

fn prepare(Case { what, cell, shape: [steps, batch, input, hidden] }: &Case) -> Option<Prepared> {
    let device = Device::Cpu;
    let x = Var::randn(0_f32, 1_f32, (*batch, *steps, *input), &device).expect("an input");
    let parameters = VarMap::new();
    let weights = VarBuilder::from_varmap(&parameters, DType::F32, &device);
    let layer = Layer::new(cell, *input, *hidden, weights)?;
    match what.as_str() {
        "train" => Some(Box::new(move || {
            // The map keeps the parameters' gradients wanted.
            let _ = &parameters;
            let step = || layer.run(x.as_tensor())?.sum_all()?.backward();
            timed(|| step().expect("gradients"))
        })),
        "forward" => {
            let plain = parameters
                .data()
                .lock()
                .expect("parameters")
                .iter()
                .map(|(name, value)| (name.clone(), value.as_detached_tensor()))
                .collect();
            let weights = VarBuilder::from_tensors(plain, DType::F32, &device);
            let layer = Layer::new(cell, *input, *hidden, weights)?;
            let x = x.as_detached_tensor();
            Some(Box::new(move || timed(|| layer.run(&x).expect("outputs"))))
        }
        _ => None,
    }
}

fn main() {
    worker::serve("candle 0.11.1", prepare);
}
