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


class Translation(nn.Module):
    """Luong's general attention over whole sequences; the output is tied with the target's embedding."""

    def __init__(self, case):
        super().__init__()
        embedding, hidden = case["embedding"], case["hidden"]
        layer = of(LAYERS, case["cell"])
        self.source = nn.Embedding(case["source"], embedding)
        self.target = nn.Embedding(case["target"], embedding)
        self.encoder = layer(embedding, hidden, bidirectional=True)
        self.decoder = layer(embedding, hidden)
        states = 2 if case["cell"] == "lstm" else 1
        self.start = nn.ModuleList(nn.Linear(2 * hidden, hidden) for _ in range(states))
        self.keys = nn.Linear(2 * hidden, hidden, bias=False)
        self.attended = nn.Linear(3 * hidden, embedding, bias=False)
        self.output = nn.Linear(embedding, case["target"])
        self.output.weight = self.target.weight
        self.drop = nn.Dropout(0.4)

    def forward(self, source, target):
        encoded, last = self.encoder(self.drop(self.source(source)))
        last = last if isinstance(last, tuple) else (last,)
        both = [torch.cat([slot[0], slot[1]], -1) for slot in last]
        start = tuple(torch.tanh(map(slot)).unsqueeze(0) for map, slot in zip(self.start, both))
        start = start if len(start) > 1 else start[0]
        h = self.decoder(self.drop(self.target(target)), start)[0].transpose(0, 1)
        encoded = encoded.transpose(0, 1)
        weights = (h @ self.keys(encoded).transpose(1, 2)).softmax(-1)
        read = torch.tanh(self.attended(torch.cat([weights @ encoded, h], -1)))
        return self.output(self.drop(read))


def translation(case):
    model = Translation(case)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss()
    batch, steps, types = case["batch"], case["steps"], case["target"]
    source = torch.randint(0, case["source"], (steps, batch))
    inputs = torch.randint(0, types, (steps, batch))
    targets = torch.randint(0, types, (batch * steps,))

    def step():
        optimizer.zero_grad()
        loss_of(model(source, inputs).reshape(-1, types), targets).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return timed(step)


def labels(case):
    steps, batch, outputs, count = (case[k] for k in ("steps", "batch", "outputs", "labels"))
    logits = (6 * torch.rand(steps, batch, outputs) - 3).requires_grad_()
    blank = outputs - 1
    targets = torch.tensor([[(b + 7 * k // 2) % blank for k in range(count)] for b in range(batch)])
    lengths = [torch.full((batch,), n, dtype=torch.long) for n in (steps, count)]

    def loss():
        logits.grad = None
        chances = logits.log_softmax(-1)
        nn.functional.ctc_loss(chances, targets, *lengths, blank=blank, reduction="sum").backward()

    return timed(loss)


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
        case "translation":
            return translation(case)
        case "labels":
            return labels(case)
        case "square_product":
            return square_product(case)
        case what:
            raise Missing(f"{what} is not compared")


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(1)
    serve(f"PyTorch {torch.__version__}", prepare)
