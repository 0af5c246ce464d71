"""Reference values of every memory, in NumPy float64: writes memories.json beside this file.

Each memory is written as its paper has it. Where nothing is erased that is the quadratic form of attention, all steps at once:
another computation than the step-by-step one that rnnlab runs. Sequences start from an empty state.

    python make_memories.py
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

SEED = 21
STEPS, BATCH = 6, 2
INPUT, HEADS, KEY, VALUE = 3, 2, 4, 5


def sigma(a):
    return 1.0 / (1.0 + np.exp(-a))


def silu(a):
    return a * sigma(a)


def softplus(a):
    return np.logaddexp(0.0, a)


def unit_rows(a):
    return a / np.sqrt((a**2).sum(axis=1, keepdims=True) + 1e-6)


# Of one head of one sequence: x [T, I], matrices [numbers, I]; outputs [T, V].


def attention(q, k, v, kept=None):
    """Sum over s <= t of v_s (k_s faded from s to t) . q_t / sqrt(K); `kept` [T, 1 or K] is what a step keeps."""
    steps = len(q)
    log_kept = np.zeros((steps, 1)) if kept is None else np.log(kept)
    faded = np.cumsum(log_kept, axis=0)
    weights = np.array([
        [(k[s] * np.exp(faded[t] - faded[s])) @ q[t] if s <= t else 0.0 for s in range(steps)]
        for t in range(steps)
    ])  # fmt: skip
    return weights @ v / np.sqrt(q.shape[1])


def linear_attention(p, x, head):
    return attention(x @ p.q.T, x @ p.k.T, x @ p.v.T)


def linear_attention_normalised(p, x, head):
    def phi(a):
        return np.where(a > 0, a, np.exp(np.minimum(a, 0)) - 1) + 1

    similar = np.tril(phi(x @ p.q.T) @ phi(x @ p.k.T).T) / np.sqrt(KEY)
    return similar @ (x @ p.v.T) / (similar.sum(axis=1, keepdims=True) + 1e-6)


def retnet(p, x, head):
    kept = np.full((len(x), 1), 1 - 2.0 ** (-5 - head))
    return attention(x @ p.q.T, x @ p.k.T, x @ p.v.T, kept)


def gla(p, x, head):
    return attention(x @ p.q.T, x @ p.k.T, x @ p.v.T, sigma(x @ p.g.T + p.b_g) ** (1 / 16))


def hgrn2(p, x, head):
    f = sigma(x @ p.f.T)
    return attention(silu(x @ p.q.T), 1 - f, x @ p.v.T, f)


def mlstm(p, x, head):
    """The paper's parallel form, without the factor that keeps numbers small."""
    f, i = sigma(x @ p.f.T + p.b_f), np.exp(x @ p.i.T + p.b_i)
    q, k, v = x @ p.q.T, x @ p.k.T / np.sqrt(KEY), x @ p.v.T
    faded = np.cumsum(np.log(f), axis=0)
    decay = np.tril(np.exp(faded - faded.T)) * i.T
    similar = decay * (q @ k.T)
    normaliser = np.maximum(np.abs(similar.sum(axis=1, keepdims=True)), 1.0)
    return sigma(x @ p.o.T + p.b_o) * (similar @ v / normaliser)


def delta(p, x, kept, scale):
    q, k, v = unit_rows(silu(x @ p.q.T)), unit_rows(silu(x @ p.k.T)), silu(x @ p.v.T)
    beta = scale * sigma(x @ p.beta.T)[:, 0]
    state, outputs = np.zeros((VALUE, KEY)), []
    for t in range(len(x)):
        erase = np.eye(KEY) - beta[t] * np.outer(k[t], k[t])
        state = kept[t] * state @ erase + beta[t] * np.outer(v[t], k[t])
        outputs.append(state @ q[t] / np.sqrt(KEY))
    return np.array(outputs)


def delta_net(p, x, head):
    return delta(p, x, np.ones(len(x)), 1.0)


def delta_net_negative(p, x, head):
    return delta(p, x, np.ones(len(x)), 2.0)


def fading(p, x):
    return np.exp(-np.exp(p.A) * softplus(x @ p.a.T + p.b_a))[:, 0]


def gated_delta_net(p, x, head):
    return delta(p, x, fading(p, x), 1.0)


def gated_delta_net_negative(p, x, head):
    return delta(p, x, fading(p, x), 2.0)


def rwkv7(p, x, head):
    w = np.exp(-sigma(x @ p.w.T + p.b_w) / np.sqrt(np.e))
    a = sigma(x @ p.a.T + p.b_a)
    k, r, v = x @ p.k.T, x @ p.r.T, x @ p.v.T
    kappa = unit_rows(k)
    k = k + k * (a - 1)
    state, outputs = np.zeros((VALUE, KEY)), []
    for t in range(len(x)):
        moved = state @ (np.diag(w[t]) - np.outer(kappa[t], kappa[t] * a[t]))
        state = moved + np.outer(v[t], k[t])
        outputs.append(state @ r[t] / np.sqrt(KEY))
    return np.array(outputs)


# Projections in the order of rnnlab's, which have a bias, and the learned numbers of a head.
DELTA = dict(keys="k q", values="v", heads="beta")
GATED_DELTA = dict(keys="k q", values="v", heads="beta a", biased="a", unit="A")
LAYOUT = {
    linear_attention: dict(keys="k q", values="v"),
    retnet: dict(keys="k q", values="v"),
    gla: dict(keys="g k q", values="v", biased="g"),
    delta_net: DELTA,
    delta_net_negative: DELTA,
    gated_delta_net: GATED_DELTA,
    gated_delta_net_negative: GATED_DELTA,
    linear_attention_normalised: dict(keys="k q", values="v"),
    hgrn2: dict(keys="f q", values="v"),
    mlstm: dict(keys="k q", values="v o", heads="f i", biased="o f i"),
    rwkv7: dict(keys="w a k r", values="v", biased="w a"),
}


def draw(rng, *shape, limit=1.0):
    """Few digits, so that the file stays small; they are the exact values all the same."""
    return np.round(rng.uniform(-limit, limit, shape), 3)


def case(rng, memory):
    layout = LAYOUT[memory]
    widths = {}
    for kind, width in [("keys", KEY), ("values", VALUE), ("heads", 1)]:
        widths |= dict.fromkeys(layout.get(kind, "").split(), width)
    matrices = {name: draw(rng, HEADS, width, INPUT) for name, width in widths.items()}
    biases = {name: draw(rng, HEADS, widths[name]) for name in layout.get("biased", "").split()}
    units = {name: draw(rng, HEADS) for name in layout.get("unit", "").split()}
    x = draw(rng, STEPS, BATCH, INPUT, limit=1.5)
    outputs = np.zeros((STEPS, BATCH, HEADS, VALUE))
    for head in range(HEADS):
        own = {name: matrix[head] for name, matrix in matrices.items()}
        own |= {f"b_{name}": bias[head] for name, bias in biases.items()}
        own |= {name: number[head] for name, number in units.items()}
        for b in range(BATCH):
            outputs[:, b, head] = memory(SimpleNamespace(**own), x[:, b], head)

    def packed(arrays):
        return [number for array in arrays.values() for number in array.ravel().tolist()]

    return {
        "projection": packed(matrices),
        "bias": packed(biases),
        "unit": packed(units),
        "x": x.ravel().tolist(),
        "outputs": outputs.ravel().tolist(),
    }


def main():
    rng = np.random.default_rng(SEED)
    header = {"made_by": "make_memories.py", "numpy": np.__version__, "seed": SEED}
    sizes = {"steps": STEPS, "batch": BATCH, "input": INPUT, "heads": HEADS, "key": KEY, "value": VALUE}
    line = json.JSONEncoder(separators=(",", ":")).encode
    cases = [line(memory.__name__) + ": " + line(case(rng, memory)) for memory in LAYOUT]
    text = '{"header": ' + line(header) + ',\n"sizes": ' + line(sizes) + ',\n"memories": {\n'
    text += ",\n".join(cases) + "\n}}\n"
    json.loads(text)
    Path(__file__).with_name("memories.json").write_text(text)


if __name__ == "__main__":
    main()
