"""Reference values of every cell, in NumPy float64: writes cells.json beside this file.

Each cell is written as its paper has it, one sequence and one step at a time, with matrices under
the paper's names. LAYOUT then says in which order the matrices lie in rnnlab's packed parameters.

    python make_cells.py
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

SEED = 20
STEPS, BATCH = 4, 2
SIZES = [(3, 5), (4, 4)]  # I, H: a size pair where direct inputs are projected, one where not
EPSILON = 1e-5

tanh = np.tanh


def sigma(a):
    return 1.0 / (1.0 + np.exp(-a))


def relu(a):
    return np.maximum(a, 0.0)


def layer_norm(v):
    return (v - v.mean()) / np.sqrt(v.var() + EPSILON)


def normalised(vectors, gains):
    """Layer norm over all vectors together, each then times its gain."""
    parts = np.split(layer_norm(np.concatenate(vectors)), len(vectors))
    return [gain * part for gain, part in zip(gains, parts)]


# Vanilla family


def rnn(p, x, h):
    return (tanh(p.W @ x + p.U @ h + p.b),)


def rnn_relu(p, x, h):
    return (relu(p.W @ x + p.U @ h + p.b),)


def indrnn(p, x, h):
    return (relu(p.W @ x + p.u * h + p.b),)


def fastrnn(p, x, h):
    n = tanh(p.W @ x + p.U @ h + p.b)
    return (sigma(p.alpha) * n + sigma(p.beta) * h,)


def antisymmetric_rnn(p, x, h):
    A = p.U - p.U.T - 0.01 * np.eye(len(h))
    return (h + 0.1 * tanh(A @ h + p.W @ x + p.b),)


def antisymmetric_rnn_gated(p, x, h):
    A = p.U - p.U.T - 0.01 * np.eye(len(h))
    z = sigma(A @ h + p.W_z @ x + p.b_z)
    return (h + 0.1 * z * tanh(A @ h + p.W_h @ x + p.b_h),)


def cornn(p, x, y, z):
    dt, gamma, epsilon = 0.042, 2.7, 4.7
    z = z + dt * tanh(p.W @ y + p.calligraphic_W @ z + p.V @ x + p.b) - dt * gamma * y - dt * epsilon * z
    return y + dt * z, z


def unicornn(p, x, y, z):
    dt, alpha = 0.19, 30.65
    step = dt * sigma(p.c)
    z = z - step * (tanh(p.w * y + p.V @ x + p.b) + alpha * y)
    return y + step * z, z


# LSTM family


def lstm(p, x, h, c):
    i = sigma(p.W_i @ x + p.U_i @ h + p.b_i)
    f = sigma(p.W_f @ x + p.U_f @ h + p.b_f)
    g = tanh(p.W_g @ x + p.U_g @ h + p.b_g)
    o = sigma(p.W_o @ x + p.U_o @ h + p.b_o)
    c = f * c + i * g
    return o * tanh(c), c


def lstm_peephole(p, x, h, c):
    i = sigma(p.W_i @ x + p.U_i @ h + p.b_i + p.p_i * c)
    f = sigma(p.W_f @ x + p.U_f @ h + p.b_f + p.p_f * c)
    g = tanh(p.W_g @ x + p.U_g @ h + p.b_g)
    c = f * c + i * g
    o = sigma(p.W_o @ x + p.U_o @ h + p.b_o + p.p_o * c)
    return o * tanh(c), c


def lstm_cifg(p, x, h, c):
    i = sigma(p.W_i @ x + p.U_i @ h + p.b_i)
    g = tanh(p.W_g @ x + p.U_g @ h + p.b_g)
    o = sigma(p.W_o @ x + p.U_o @ h + p.b_o)
    c = (1 - i) * c + i * g
    return o * tanh(c), c


def lstm_nig(p, x, h, c):
    f = sigma(p.W_f @ x + p.U_f @ h + p.b_f)
    g = tanh(p.W_g @ x + p.U_g @ h + p.b_g)
    o = sigma(p.W_o @ x + p.U_o @ h + p.b_o)
    c = f * c + g
    return o * tanh(c), c


def lstm_nfg(p, x, h, c):
    i = sigma(p.W_i @ x + p.U_i @ h + p.b_i)
    g = tanh(p.W_g @ x + p.U_g @ h + p.b_g)
    o = sigma(p.W_o @ x + p.U_o @ h + p.b_o)
    c = c + i * g
    return o * tanh(c), c


def lstm_nog(p, x, h, c):
    i = sigma(p.W_i @ x + p.U_i @ h + p.b_i)
    f = sigma(p.W_f @ x + p.U_f @ h + p.b_f)
    g = tanh(p.W_g @ x + p.U_g @ h + p.b_g)
    c = f * c + i * g
    return tanh(c), c


def janet(p, x, c):
    s = p.W_s @ x + p.U_s @ c + p.b_s
    candidate = tanh(p.W_c @ x + p.U_c @ c + p.b_c)
    return (sigma(s) * c + (1 - sigma(s - 1.0)) * candidate,)


def minlstm(p, x, h):
    f = sigma(p.W_f @ x + p.b_f)
    i = sigma(p.W_i @ x + p.b_i)
    return (f / (f + i) * h + i / (f + i) * (p.W_n @ x + p.b_n),)


def lstm_ln(p, x, h, c):
    from_x = normalised(
        [p.W_i @ x, p.W_f @ x, p.W_g @ x, p.W_o @ x], [p.g1_i, p.g1_f, p.g1_g, p.g1_o]
    )
    from_h = normalised(
        [p.U_i @ h, p.U_f @ h, p.U_g @ h, p.U_o @ h], [p.g2_i, p.g2_f, p.g2_g, p.g2_o]
    )
    i = sigma(from_x[0] + from_h[0] + p.b_i)
    f = sigma(from_x[1] + from_h[1] + p.b_f)
    g = tanh(from_x[2] + from_h[2] + p.b_g)
    o = sigma(from_x[3] + from_h[3] + p.b_o)
    c = f * c + i * g
    return o * tanh(p.gamma * layer_norm(c) + p.beta), c


def slstm(p, x, h, m, n, c):
    log_f = np.log(sigma(p.W_f @ x + p.U_f @ h + p.b_f))
    a_i = p.W_i @ x + p.U_i @ h + p.b_i
    z = tanh(p.W_z @ x + p.U_z @ h + p.b_z)
    o = sigma(p.W_o @ x + p.U_o @ h + p.b_o)
    new_m = np.maximum(log_f + m, a_i)
    i, f = np.exp(a_i - new_m), np.exp(log_f + m - new_m)
    c, n = f * c + i * z, f * n + i
    return o * c / n, new_m, n, c


def lstm_multiplicative(p, x, h, c):
    m = (p.W_mx @ x) * (p.W_mh @ h)
    candidate = p.W_hx @ x + p.W_hm @ m + p.b_h
    i = sigma(p.W_ix @ x + p.W_im @ m + p.b_i)
    o = sigma(p.W_ox @ x + p.W_om @ m + p.b_o)
    f = sigma(p.W_fx @ x + p.W_fm @ m + p.b_f)
    c = f * c + i * tanh(candidate)
    return tanh(c) * o, c


def minlstm_log(p, x, h):
    """In logarithms where the state is positive, as the paper has it."""
    k_f, k_i, k_n = p.W_f @ x + p.b_f, p.W_i @ x + p.b_i, p.W_n @ x + p.b_n
    difference = softplus(-k_f) - softplus(-k_i)
    log_f, log_i = -softplus(difference), -softplus(-difference)
    from_log = np.exp(np.logaddexp(log_f + np.log(h), log_i + log_g(k_n)))
    return (from_log,)


def lem(p, x, y, z):
    dt = dt_bar = 1.0
    dt = dt * sigma(p.W_1 @ y + p.V_1 @ x + p.b_1)
    dt_bar = dt_bar * sigma(p.W_2 @ y + p.V_2 @ x + p.b_2)
    z = (1 - dt_bar) * z + dt_bar * tanh(p.W_z @ y + p.V_z @ x + p.b_z)
    y = (1 - dt) * y + dt * tanh(p.W_y @ z + p.V_y @ x + p.b_y)
    return y, z


def nas(p, x, h, c):
    from_x = [getattr(p, f"W_{k}") @ x for k in range(1, 9)]
    from_h = [getattr(p, f"U_{k}") @ h + getattr(p, f"b_{k}") for k in range(1, 9)]
    sums = [a + b for a, b in zip(from_x, from_h)]
    first = [
        sigma(sums[0]), relu(sums[1]), sigma(sums[2]), relu(from_x[3] * from_h[3]),
        tanh(sums[4]), sigma(sums[5]), tanh(sums[6]), sigma(sums[7]),
    ]  # fmt: skip
    second = [
        tanh(first[0] * first[1]), tanh(first[2] + first[3]),
        tanh(first[4] * first[5]), sigma(first[6] + first[7]),
    ]  # fmt: skip
    c = tanh(second[0] + c) * second[1]
    return tanh(c * tanh(second[2] + second[3])), c


# GRU family


def gru(p, x, h):
    r = sigma(p.W_r @ x + p.U_r @ h + p.b_r)
    z = sigma(p.W_z @ x + p.U_z @ h + p.b_z)
    n = tanh(p.W_n @ x + p.U_n @ (r * h) + p.b_n)
    return ((1 - z) * h + z * n,)


def gru_reset_after(p, x, h):
    r = sigma(p.W_r @ x + p.U_r @ h + p.b_r)
    z = sigma(p.W_z @ x + p.U_z @ h + p.b_z)
    n = tanh(p.W_n @ x + p.b_n + r * (p.U_n @ h + p.b_m))
    return ((1 - z) * n + z * h,)


def gru_ln(p, x, h):
    x_r, x_z, x_n = normalised([p.W_r @ x, p.W_z @ x, p.W_n @ x], [p.g1_r, p.g1_z, p.g1_n])
    h_r, h_z, h_n = normalised([p.U_r @ h, p.U_z @ h, p.U_n @ h], [p.g2_r, p.g2_z, p.g2_n])
    r = sigma(x_r + h_r + p.b_r)
    z = sigma(x_z + h_z + p.b_z)
    n = tanh(x_n + p.b_n + r * (h_n + p.b_m))
    return ((1 - z) * n + z * h,)


def mgu(p, x, h):
    f = sigma(p.W_f @ x + p.U_f @ h + p.b_f)
    n = tanh(p.W_n @ x + p.U_n @ (f * h) + p.b_n)
    return ((1 - f) * h + f * n,)


def ugrnn(p, x, h):
    n = tanh(p.W_n @ x + p.U_n @ h + p.b_n)
    g = sigma(p.W_g @ x + p.U_g @ h + p.b_g)
    return (g * h + (1 - g) * n,)


def ligru(p, x, h):
    z = sigma(p.W_z @ x + p.U_z @ h + p.b_z)
    n = relu(p.W_n @ x + p.U_n @ h + p.b_n)
    return (z * h + (1 - z) * n,)


def mingru(p, x, h):
    z = sigma(p.W_z @ x + p.b_z)
    n = p.W_n @ x + p.b_n
    return ((1 - z) * h + z * n,)


def ran(p, x, h, c):
    content = p.W_c @ x + p.b_c
    i = sigma(p.W_i @ x + p.U_i @ h + p.b_i)
    f = sigma(p.W_f @ x + p.U_f @ h + p.b_f)
    c = i * content + f * c
    return tanh(c), c


def fastgrnn(p, x, h):
    shared = p.W @ x + p.U @ h
    z = sigma(shared + p.b_z)
    n = tanh(shared + p.b_n)
    return ((sigma(p.zeta) * (1 - z) + sigma(p.nu)) * n + z * h,)


def sru(p, x, h, c):
    candidate = p.W @ x
    f = sigma(p.W_f @ x + p.v_f * c + p.b_f)
    r = sigma(p.W_r @ x + p.v_r * c + p.b_r)
    c = f * c + (1 - f) * candidate
    return r * c + (1 - r) * direct(p, x), c


def mut1(p, x, h):
    z = sigma(p.W_z @ x + p.b_z)
    r = sigma(p.W_r @ x + p.U_r @ h + p.b_r)
    n = tanh(p.U_n @ (r * h) + tanh(direct(p, x)) + p.b_n)
    return (z * n + (1 - z) * h,)


def mut2(p, x, h):
    z = sigma(p.W_z @ x + p.U_z @ h + p.b_z)
    r = sigma(direct(p, x) + p.U_r @ h + p.b_r)
    n = tanh(p.U_n @ (r * h) + p.W_n @ x + p.b_n)
    return (z * n + (1 - z) * h,)


def mut3(p, x, h):
    z = sigma(p.W_z @ x + p.U_z @ tanh(h) + p.b_z)
    r = sigma(p.W_r @ x + p.U_r @ h + p.b_r)
    n = tanh(p.U_n @ (r * h) + p.W_n @ x + p.b_n)
    return (z * n + (1 - z) * h,)


def softplus(a):
    return np.logaddexp(0.0, a)


def log_g(a):
    """ln g, with g(a) = a + 1/2 for a >= 0 and sigma(a) for a < 0."""
    return np.where(a >= 0, np.log(relu(a) + 0.5), -softplus(-a))


def mingru_log(p, x, h):
    """In logarithms where the state is positive, as the paper has it."""
    k = p.W_z @ x + p.b_z
    log_z, log_rest = -softplus(-k), -softplus(k)
    return (np.exp(np.logaddexp(log_rest + np.log(h), log_z + log_g(p.W_n @ x + p.b_n))),)


def gilr(p, x, h):
    g = sigma(p.W_g @ x + p.b_g)
    return (g * h + (1 - g) * tanh(p.W_n @ x + p.b_n),)


def qrnn(p, x, h, c):
    z, f, o = tanh(p.W_z @ x + p.b_z), sigma(p.W_f @ x + p.b_f), sigma(p.W_o @ x + p.b_o)
    c = f * c + (1 - f) * z
    return o * c, c


def qrnn_2(p, x, h, z1, f1, o1, c):
    """z1, f1, o1: the first taps of the convolution, W1 times the input of the step before."""
    z = tanh(z1 + p.W2_z @ x + p.b_z)
    f = sigma(f1 + p.W2_f @ x + p.b_f)
    o = sigma(o1 + p.W2_o @ x + p.b_o)
    c = f * c + (1 - f) * z
    return o * c, p.W1_z @ x, p.W1_f @ x, p.W1_o @ x, c


def hgrn(p, x, h):
    gamma = sigma(p.gamma)
    f = gamma + (1 - gamma) * sigma(p.W_f @ x)
    i = p.W_i @ x
    return (f * h + (1 - f) * i * sigma(i),)


def rg_lru(p, x, h):
    r = sigma(p.W_a @ x + p.b_a)
    i = sigma(p.W_x @ x + p.b_x)
    a = sigma(-p.Lambda) ** (8.0 * r)
    return (a * h + np.sqrt(1 - a**2) * (i * direct(p, x)),)


def direct(p, x):
    """x itself, or its projection where the sizes differ."""
    return p.W_direct @ x if hasattr(p, "W_direct") else x


# Order of the names above in the packed parameters; W_direct is left out where I = H.
LAYOUT = {
    rnn: dict(input="W", recurrent="U", bias="b"),
    rnn_relu: dict(input="W", recurrent="U", bias="b"),
    indrnn: dict(input="W", bias="b", unit="u"),
    fastrnn: dict(input="W", recurrent="U", bias="b", scalar="alpha beta"),
    lstm: dict(input="W_i W_f W_g W_o", recurrent="U_i U_f U_g U_o", bias="b_i b_f b_g b_o"),
    lstm_peephole: dict(
        input="W_i W_f W_g W_o",
        recurrent="U_i U_f U_g U_o",
        bias="b_i b_f b_g b_o",
        unit="p_i p_f p_o",
    ),
    lstm_cifg: dict(input="W_i W_g W_o", recurrent="U_i U_g U_o", bias="b_i b_g b_o"),
    lstm_nig: dict(input="W_f W_g W_o", recurrent="U_f U_g U_o", bias="b_f b_g b_o"),
    lstm_nfg: dict(input="W_i W_g W_o", recurrent="U_i U_g U_o", bias="b_i b_g b_o"),
    lstm_nog: dict(input="W_i W_f W_g", recurrent="U_i U_f U_g", bias="b_i b_f b_g"),
    janet: dict(input="W_s W_c", recurrent="U_s U_c", bias="b_s b_c"),
    minlstm: dict(input="W_f W_i W_n", bias="b_f b_i b_n"),
    lstm_ln: dict(
        input="W_i W_f W_g W_o",
        recurrent="U_i U_f U_g U_o",
        bias="b_i b_f b_g b_o",
        unit="gamma beta",
        input_gain="g1_i g1_f g1_g g1_o",
        recurrent_gain="g2_i g2_f g2_g g2_o",
    ),
    gru: dict(input="W_r W_z W_n", recurrent="U_r U_z", modulated="U_n", bias="b_r b_z b_n"),
    gru_reset_after: dict(input="W_n W_r W_z", recurrent="U_r U_z U_n", bias="b_n b_r b_z b_m"),
    gru_ln: dict(
        input="W_n W_r W_z",
        recurrent="U_r U_z U_n",
        bias="b_n b_r b_z b_m",
        input_gain="g1_n g1_r g1_z",
        recurrent_gain="g2_r g2_z g2_n",
    ),
    mgu: dict(input="W_f W_n", recurrent="U_f", modulated="U_n", bias="b_f b_n"),
    ugrnn: dict(input="W_n W_g", recurrent="U_n U_g", bias="b_n b_g"),
    ligru: dict(input="W_z W_n", recurrent="U_z U_n", bias="b_z b_n"),
    mingru: dict(input="W_z W_n", bias="b_z b_n"),
    ran: dict(input="W_c W_i W_f", recurrent="U_i U_f", bias="b_c b_i b_f"),
    fastgrnn: dict(input="W", recurrent="U", unit="b_z b_n", scalar="zeta nu"),
    sru: dict(input="W_direct W W_f W_r", bias="b_f b_r", unit="v_f v_r"),
    mut1: dict(input="W_direct W_z W_r", recurrent="U_r", modulated="U_n", bias="b_z b_r b_n"),
    mut2: dict(input="W_direct W_z W_n", recurrent="U_r U_z", modulated="U_n", bias="b_r b_z b_n"),
    mut3: dict(input="W_r W_z W_n", recurrent="U_r", modulated="U_z U_n", bias="b_r b_z b_n"),
    slstm: dict(input="W_i W_f W_z W_o", recurrent="U_i U_f U_z U_o", bias="b_i b_f b_z b_o"),
    antisymmetric_rnn: dict(input="W", recurrent="U", bias="b"),
    antisymmetric_rnn_gated: dict(input="W_z W_h", recurrent="U", bias="b_z b_h"),
    cornn: dict(input="V", recurrent="W", modulated="calligraphic_W", bias="b"),
    unicornn: dict(input="V", bias="b", unit="w c"),
    lstm_multiplicative: dict(
        input="W_mx W_ix W_fx W_hx W_ox",
        recurrent="W_mh",
        modulated="W_im W_fm W_hm W_om",
        bias="b_i b_f b_h b_o",
    ),
    minlstm_log: dict(input="W_f W_i W_n", bias="b_f b_i b_n"),
    lem: dict(
        input="V_1 V_2 V_z V_y", recurrent="W_1 W_2 W_z", modulated="W_y", bias="b_1 b_2 b_z b_y"
    ),
    nas: dict(
        input="W_4 W_1 W_2 W_3 W_5 W_6 W_7 W_8",
        recurrent="U_1 U_2 U_3 U_5 U_6 U_7 U_8 U_4",
        bias="b_1 b_2 b_3 b_5 b_6 b_7 b_8 b_4",
    ),
    mingru_log: dict(input="W_z W_n", bias="b_z b_n"),
    gilr: dict(input="W_g W_n", bias="b_g b_n"),
    qrnn: dict(input="W_z W_f W_o", bias="b_z b_f b_o"),
    qrnn_2: dict(input="W1_z W1_f W1_o W2_z W2_f W2_o", bias="b_z b_f b_o"),
    hgrn: dict(input="W_f W_i", unit="gamma"),
    rg_lru: dict(input="W_direct W_a W_x", bias="b_a b_x", unit="Lambda"),
}
WITH_MEMORY = {
    lstm, lstm_peephole, lstm_cifg, lstm_nig, lstm_nfg, lstm_nog, lstm_ln, ran, sru,
    cornn, unicornn, lstm_multiplicative, lem, nas, qrnn,
}  # fmt: skip
SLOTS = {slstm: 4, qrnn_2: 5} | dict.fromkeys(WITH_MEMORY, 2)
KINDS = [
    "input", "recurrent", "modulated", "bias", "unit", "scalar", "input_gain", "recurrent_gain"
]  # fmt: skip


def draw(rng, *shape, limit=1.0, centre=0.0):
    """Few digits, so that the file stays small; they are the exact values all the same."""
    return np.round(centre + rng.uniform(-limit, limit, shape), 3)


def case(rng, cell, i, h):
    shapes = {"input": (h, i), "recurrent": (h, h), "modulated": (h, h), "scalar": ()}
    values, packed = {}, {}
    for kind in KINDS:
        names = LAYOUT[cell].get(kind, "").split()
        names = [name for name in names if not (name == "W_direct" and i == h)]
        centre = 1.0 if kind.endswith("gain") else 0.0
        for name in names:
            values[name] = draw(rng, *shapes.get(kind, (h,)), centre=centre)
        packed[kind] = [number for name in names for number in values[name].ravel().tolist()]
    p = SimpleNamespace(**values)

    x = draw(rng, STEPS, BATCH, i, limit=1.5)
    initial = draw(rng, SLOTS.get(cell, 1), BATCH, h)
    if cell is slstm:
        initial[2] += 1.5  # a normaliser is positive
    if cell in (mingru_log, minlstm_log):
        initial = np.abs(initial)  # its logarithm is taken
    state, hidden = initial, []
    for step in range(STEPS):
        rows = [cell(p, x[step, b], *state[:, b]) for b in range(BATCH)]
        state = np.stack([np.stack(row) for row in rows], axis=1)
        hidden.append(state[0])
    return {
        "sizes": {"steps": STEPS, "batch": BATCH, "input": i, "hidden": h},
        "parameters": packed,
        "x": x.ravel().tolist(),
        "initial": [slot.ravel().tolist() for slot in initial],
        "hidden": np.stack(hidden).ravel().tolist(),
        "last": [slot.ravel().tolist() for slot in state],
    }


def main():
    rng = np.random.default_rng(SEED)
    cells = {cell.__name__: [case(rng, cell, i, h) for i, h in SIZES] for cell in LAYOUT}
    header = {"made_by": "make_cells.py", "numpy": np.__version__, "seed": SEED}
    # One line a case: small, yet a change shows where it is.
    line = json.JSONEncoder(separators=(",", ":")).encode
    blocks = [
        line(name) + ": [\n" + ",\n".join(map(line, cases)) + "\n]" for name, cases in cells.items()
    ]
    text = '{"header": ' + line(header) + ',\n"cells": {\n' + ",\n".join(blocks) + "\n}}\n"
    json.loads(text)
    Path(__file__).with_name("cells.json").write_text(text)


if __name__ == "__main__":
    main()
