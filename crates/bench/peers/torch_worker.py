"""PyTorch's side of a comparison: its own layers, on the CPU."""

import os

import torch
from torch import nn

from worker import Missing, added_memory, serve, timed

LAYERS = {"rnn": nn.RNN, "gru_reset_after": nn.GRU, "lstm": nn.LSTM}
CELLS = {"rnn": nn.RNNCell, "gru_reset_after": nn.GRUCell, "lstm": nn.LSTMCell}


def of(table, name):
    if name not in table:
        raise Missing(f"PyTorch has no {name}")
    return table[name]


def train(case):
    steps, batch, inputs, hidden = case["shape"]
    layer = of(LAYERS, case["cell"])(inputs, hidden)
    x = torch.randn(steps, batch, inputs, requires_grad=True)
    wanted = [x, *layer.parameters()]

    def step():
        for tensor in wanted:
            tensor.grad = None
        layer(x)[0].sum().backward()

    return step


def forward(case):
    steps, batch, inputs, hidden = case["shape"]
    layer = of(LAYERS, case["cell"])(inputs, hidden)
    x = torch.randn(steps, batch, inputs)

    @torch.inference_mode()
    def run():
        layer(x)

    return timed(run)


def single_steps(case):
    """One step at a time, by the cell's own module: the faster of PyTorch's two ways."""
    steps, batch, inputs, hidden = case["shape"]
    cell = of(CELLS, case["cell"])(inputs, hidden)
    x = torch.randn(batch, inputs)

    @torch.inference_mode()
    def run():
        state = None
        for _ in range(steps):
            state = cell(x, state)

    whole = timed(run)
    return lambda: whole() / steps


def language_model(case):
    vocabulary, hidden, batch, steps = (case[k] for k in ("vocabulary", "hidden", "batch", "steps"))
    embedding = nn.Embedding(vocabulary, hidden)
    layers = of(LAYERS, case["cell"])(hidden, hidden, case["layers"])
    output = nn.Linear(hidden, vocabulary)
    parameters = [p for part in (embedding, layers, output) for p in part.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=1.0)
    loss_of = nn.CrossEntropyLoss()
    inputs = torch.randint(0, vocabulary, (steps, batch))
    targets = torch.randint(0, vocabulary, (steps * batch,))
    state = None

    def step():
        nonlocal state
        optimizer.zero_grad()
        y, state = layers(embedding(inputs), state)
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        loss_of(output(y).view(-1, vocabulary), targets).backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()

    return timed(step)


def square_product(case):
    a, b = (torch.randn(case["size"], case["size"]) for _ in range(2))
    return timed(lambda: a @ b)


def prepare(case):
    match case["what"]:
        case "train":
            return timed(train(case))
        case "forward":
            return forward(case)
        case "step":
            return single_steps(case)
        case "memory":
            return added_memory(train, case)
        case "language_model":
            return language_model(case)
        case "square_product":
            return square_product(case)
        case what:
            raise Missing(f"{what} is not compared")


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(1)
    serve(f"PyTorch {torch.__version__}", prepare)
