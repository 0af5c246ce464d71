"""Values and gradients of PyTorch's recurrent modules: writes torch_*.safetensors beside this file.

Each file holds one kind of module in several cases. A case is a `state_dict` with the case's name
before the names, and under `expected/CASE` what goes in and what comes out: x, h_0, c_0, lengths,
the weights `loss` of the outputs y in the loss sum(loss * y), y, h_n, c_n, and the gradients of x,
h_0, c_0 and all parameters. Shapes are PyTorch's: x [T, B, I], states [layers * directions, B, H].
Sequences of different lengths are packed (enforce_sorted=False); what x holds beyond an end must
not matter, and y is 0 there.

Weights and inputs are float32 numbers; what comes out is computed in float64 and rounded to
float32, so that it does not depend on the machine. How far PyTorch's own float32 is from it is
printed.

torch_reads_saved.safetensors is for the way back: what PyTorch computes with the modules in
saved_by_rnnlab.safetensors, which the test writes (see golden.rs).

    python make_torch.py

Made with PyTorch 2.15.0, safetensors 0.8.0 and NumPy 2.4.6 on Python 3.11 (each file says so too).
"""

import zlib
from pathlib import Path

import numpy as np
import safetensors
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = Path(__file__).parent
MADE_BY = (
    f"make_torch.py with torch {torch.__version__.split('+')[0]},"
    f" safetensors {safetensors.__version__}, numpy {np.__version__}"
)

KINDS = {
    "rnn": lambda **sizes: nn.RNN(**sizes),
    "rnn_relu": lambda **sizes: nn.RNN(nonlinearity="relu", **sizes),
    "lstm": lambda **sizes: nn.LSTM(**sizes),
    "lstm_projected": lambda **sizes: nn.LSTM(proj_size=(sizes["hidden_size"] + 1) // 2, **sizes),
    "gru_reset_after": lambda **sizes: nn.GRU(**sizes),
}


def case(steps, batch, inputs, hidden, layers=1, both=False, lengths=None, bias=True):
    sizes = dict(
        input_size=inputs, hidden_size=hidden, num_layers=layers, bidirectional=both, bias=bias
    )
    return (steps, batch, lengths, sizes)


LENGTHS = [2, 5, 1, 4]
CASES = {
    "1 layer": case(5, 4, 3, 6),
    "1 layer, lengths": case(5, 4, 3, 6, lengths=LENGTHS),
    "1 layer, both": case(5, 4, 3, 6, both=True),
    "1 layer, both, lengths": case(5, 4, 3, 6, both=True, lengths=LENGTHS),
    "2 layers": case(5, 4, 3, 6, layers=2),
    "2 layers, lengths": case(5, 4, 3, 6, layers=2, lengths=LENGTHS),
    "2 layers, both": case(5, 4, 3, 6, layers=2, both=True),
    "2 layers, both, lengths": case(5, 4, 3, 6, layers=2, both=True, lengths=LENGTHS),
    "3 layers, both": case(3, 2, 5, 4, layers=3, both=True),
    "no bias": case(5, 2, 3, 6, layers=2, both=True, bias=False),
    "batch 1": case(6, 1, 5, 7, layers=2, both=True),
    "T 1": case(1, 3, 4, 5, layers=2, both=True),
    "all 1": case(1, 1, 1, 2),
    "wide": case(4, 3, 19, 33, lengths=[4, 3, 4]),
    "long": case(60, 2, 3, 5, lengths=[60, 41]),
}


def numbers(name, shape, scale=1.0):
    """Uniform float32 numbers in [-scale, scale], the same for the same name."""
    stream = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    return torch.from_numpy(stream.uniform(-scale, scale, shape).astype(np.float32))


def run(module, x, states, lengths):
    """Outputs and final states."""
    given = states if isinstance(module, nn.LSTM) else states[0]
    if lengths is None:
        y, last = module(x, given)
    else:
        packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        y, last = module(packed, given)
        y, _ = pad_packed_sequence(y, total_length=x.shape[0])
    return y, last if isinstance(last, tuple) else (last,)


def measured(module, x, states, lengths, loss):
    """All that is expected, by name."""
    x = x.clone().requires_grad_()
    states = [state.clone().requires_grad_() for state in states]
    module.zero_grad()
    y, last = run(module, x, tuple(states), lengths)
    (loss * y).sum().backward()
    found = {"y": y.detach(), "grad.x": x.grad}
    for slot, state, final in zip("hc", states, last):
        found[f"{slot}_n"] = final.detach()
        found[f"grad.{slot}_0"] = state.grad
    for name, parameter in module.named_parameters():
        found[f"grad.{name}"] = parameter.grad
    return {name: tensor.clone() for name, tensor in found.items()}


def deviation(one, other):
    """Largest difference of two tensors relative to the largest value."""
    scale = other.abs().max().item()
    return (one.double() - other).abs().max().item() / scale if scale else 0.0


def states_of(module, name, batch):
    count = module.num_layers * (2 if module.bidirectional else 1)
    hidden = module.proj_size or module.hidden_size
    states = [numbers(f"{name} h_0", (count, batch, hidden))]
    if isinstance(module, nn.LSTM):
        states.append(numbers(f"{name} c_0", (count, batch, module.hidden_size)))
    return states


def golden(kind):
    tensors, worst = {}, 0.0
    for case_name, (steps, batch, lengths, sizes) in CASES.items():
        name = f"{kind} {case_name}"
        module = KINDS[kind](**sizes)
        scale = 1.2 / sizes["hidden_size"] ** 0.5
        for key, parameter in module.named_parameters():
            parameter.data = numbers(f"{name} {key}", parameter.shape, scale)
            tensors[f"{case_name}.{key}"] = parameter.data.clone()
        x = numbers(f"{name} x", (steps, batch, sizes["input_size"]), 2.0)
        states = states_of(module, name, batch)
        width = (module.proj_size or module.hidden_size) * (2 if module.bidirectional else 1)
        loss = numbers(f"{name} loss", (steps, batch, width))
        single = measured(module, x, states, lengths, loss)
        module.double()
        double = measured(module, x.double(), [s.double() for s in states], lengths, loss.double())
        worst = max(worst, *(deviation(single[key], double[key]) for key in double))
        expected = {"x": x, "loss": loss, **dict(zip(["h_0", "c_0"], states)), **double}
        expected["lengths"] = torch.tensor(lengths or [steps] * batch)
        for key, tensor in expected.items():
            tensors[f"expected/{case_name}.{key}"] = tensor.float().contiguous()
    save_file(tensors, HERE / f"torch_{kind}.safetensors", {"made by": MADE_BY})
    print(f"{kind}: {len(CASES)} cases; PyTorch's own float32 deviates by {worst:.1e}")


def reads_saved():
    """PyTorch's outputs for the modules that rnnlab saved."""
    saved, tensors = load_file(HERE / "saved_by_rnnlab.safetensors"), {}
    for kind, make in KINDS.items():
        module = make(input_size=3, hidden_size=6, num_layers=2, bidirectional=True)
        state_dict = {
            name.removeprefix(f"{kind}."): tensor
            for name, tensor in saved.items()
            if name.startswith(f"{kind}.")
        }
        module.load_state_dict(state_dict, strict=True)
        module.double()
        x = numbers(f"saved {kind} x", (5, 4, 3))
        states = states_of(module, f"saved {kind}", 4)
        with torch.no_grad():
            y, last = run(module, x.double(), tuple(s.double() for s in states), None)
        found = {"x": x, **dict(zip(["h_0", "c_0"], states)), "y": y}
        found |= dict(zip(["h_n", "c_n"], last))
        tensors |= {f"{kind}.{key}": tensor.float().contiguous() for key, tensor in found.items()}
    save_file(tensors, HERE / "torch_reads_saved.safetensors", {"made by": MADE_BY})
    print(f"read saved_by_rnnlab.safetensors: {', '.join(KINDS)}")


if __name__ == "__main__":
    for kind in KINDS:
        golden(kind)
    reads_saved()
