//! burn's side of a comparison: its own layers on its `flex` backend, on the CPU.

#[path = "../../worker.rs"]
mod worker;

use burn::nn::gru::{Gru, GruConfig};
use burn::nn::lstm::{Lstm, LstmConfig};
use burn::nn::{Rnn, RnnConfig};
use burn::prelude::*;
use burn::tensor::Distribution;
use worker::{Case, Prepared, timed};

enum Layer {
    Rnn(Rnn),
    Gru(Gru),
    Lstm(Lstm),
}

impl Layer {
    fn new(cell: &str, input: usize, hidden: usize, device: &Device) -> Option<Self> {
        Some(match cell {
            "rnn" => Self::Rnn(RnnConfig::new(input, hidden, true).init(device)),
            "gru_reset_after" => Self::Gru(GruConfig::new(input, hidden, true).init(device)),
            "lstm" => Self::Lstm(LstmConfig::new(input, hidden, true).init(device)),
            _ => return None,
        })
    }

    fn run(&self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Rnn(layer) => layer.forward(x, None).0,
            Self::Gru(layer) => layer.forward(x, None),
            Self::Lstm(layer) => layer.forward(x, None).0,
        }
    }
}

fn prepare(Case { what, cell, shape: [steps, batch, input, hidden] }: &Case) -> Option<Prepared> {
    let plain = Device::flex();
    let sizes = [*batch, *steps, *input];
    let random = Distribution::Normal(0.0, 1.0);
    match what.as_str() {
        "train" => {
            let device = plain.autodiff();
            let layer = Layer::new(cell, *input, *hidden, &device)?;
            Some(Box::new(move || {
                let x = Tensor::<3>::random(sizes, random, &device).require_grad();
                device.sync().expect("a device that answers");
                timed(|| {
                    let gradients = layer.run(x.clone()).sum().backward();
                    let of_input = x.grad(&gradients);
                    device.sync().expect("a device that answers");
                    (gradients, of_input)
                })
            }))
        }
        "forward" => {
            let layer = Layer::new(cell, *input, *hidden, &plain)?;
            let x = Tensor::<3>::random(sizes, random, &plain);
            Some(Box::new(move || {
                timed(|| {
                    let y = layer.run(x.clone());
                    plain.sync().expect("a device that answers");
                    y
                })
            }))
        }
        _ => None,
    }
}

fn main() {
    worker::serve("burn 0.22.1, flex", prepare);
}
