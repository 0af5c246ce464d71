"""Values and gradients of recurrent layers of Keras, flax and haiku: writes others.safetensors.

A case is named like the library's layer. It holds the parameters under rnnlab's names
(`CASE.layer 0.input`, ...), x [T, B, I], the initial state `state 0`, `state 1` (each [B, H]), the
weights `loss` of the outputs y [T, B, H] in the loss sum(loss * y), y, the final state `last 0`,
`last 1`, and the gradients `grad.NAME` of parameters, x and initial state. How each library's
weights become ours is said at its function below. Where it negates or moves weights, gradients are
negated and moved likewise.

Weights and inputs are float32 numbers; what comes out is computed in float64 and rounded.

    python make_others.py

Made with Keras 3.15.1, flax 0.12.8, dm-haiku 0.0.17, JAX 0.10.2, safetensors 0.8.0 and NumPy 2.4.6
on Python 3.11 (the file says so too).
"""

import os
import zlib
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import flax
import flax.linen as nn
import haiku as hk
import jax
import jax.numpy as jnp
import keras
import numpy as np
import safetensors
from safetensors.numpy import save_file

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")

STEPS, BATCH, INPUT, HIDDEN = 6, 3, 4, 7
MADE_BY = (
    f"make_others.py with keras {keras.__version__}, flax {flax.__version__},"
    f" dm-haiku {hk.__version__}, jax {jax.__version__}, safetensors {safetensors.__version__},"
    f" numpy {np.__version__}"
)


def numbers(name, shape, scale):
    """Uniform float32 numbers in [-scale, scale], the same for the same name."""
    stream = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    return jnp.asarray(stream.uniform(-scale, scale, shape).astype(np.float32), jnp.float64)


def ours(blocks, bias, modulated=()):
    """rnnlab's parameters: `blocks` are pairs of W [H, I] and U [H, H], either of which may be None;
    `modulated` are matrices of the second stage."""
    inputs = [w for w, _ in blocks if w is not None]
    recurrent = [u for _, u in blocks if u is not None]
    found = {"input": inputs, "recurrent": recurrent, "modulated": modulated, "bias": bias}
    return {f"layer 0.{name}": jnp.stack(all) for name, all in found.items() if len(all) > 0}


def split(matrix, gates):
    """The gates' matrices [H, N] of a matrix [N, gates * H]."""
    return [part.T for part in jnp.split(matrix, gates, axis=1)]


# Each function below gives: the cell of rnnlab; the number of state slots; the parameters;
# forward(parameters, x, states) -> (y, last states); and the parameters as rnnlab has them.


def keras_gru():
    """GRU(reset_after=False): `gru`. Keras has gates z, r, h in the columns, and its z keeps, ours
    writes: sigmoid(-a) = 1 - sigmoid(a), so W_z, U_z and b_z are negated."""
    layer = keras.layers.GRU(HIDDEN, reset_after=False, return_sequences=True, return_state=True)
    layer.build((BATCH, STEPS, INPUT))
    shapes = [variable.shape for variable in layer.trainable_variables]

    def forward(parameters, x, states):
        rest = [variable.value for variable in layer.non_trainable_variables]
        inputs = jnp.swapaxes(x, 0, 1)
        (y, last), _ = layer.stateless_call(parameters, rest, inputs, initial_state=states)
        return jnp.swapaxes(y, 0, 1), [last]

    def convert(parameters):
        kernel, recurrent, bias = parameters
        (w_z, w_r, w_n), (u_z, u_r, v_n) = split(kernel, 3), split(recurrent, 3)
        b_z, b_r, b_n = jnp.split(bias, 3)
        return ours([(w_r, u_r), (-w_z, -u_z), (w_n, None)], [b_r, -b_z, b_n], [v_n])

    return "gru", 1, shapes, forward, convert


def over_time(step):
    """forward of a cell step(parameters, states, x) -> states, the hidden state being the first."""

    def forward(parameters, x, states):
        hidden = []
        for x_t in x:
            states = step(parameters, states, x_t)
            hidden.append(states[0])
        return jnp.stack(hidden), states

    return forward


def flax_cell(cell, slots):
    """Shapes of the parameters, and forward."""
    carry = jnp.zeros((BATCH, HIDDEN))
    carry = carry if slots == 1 else (carry, carry)
    inputs = jnp.zeros((BATCH, INPUT))
    parameters = cell.init(jax.random.key(0), carry, inputs)

    def step(parameters, states, x):
        # flax's carry of an LSTM is (c, h).
        carry = states[0] if slots == 1 else (states[1], states[0])
        carry, _ = cell.apply(parameters, carry, x)
        return [carry] if slots == 1 else [carry[1], carry[0]]

    return jax.tree.map(jnp.shape, parameters), over_time(step)


def flax_simple():
    """SimpleCell: `rnn`."""
    shapes, forward = flax_cell(nn.SimpleCell(HIDDEN), 1)

    def convert(parameters):
        p = parameters["params"]
        return ours([(p["i"]["kernel"].T, p["h"]["kernel"].T)], [p["i"]["bias"]])

    return "rnn", 1, shapes, forward, convert


def flax_gru():
    """GRUCell: `gru_reset_after`. Its biases are those of W x, and one of U_n h, our b_m."""
    shapes, forward = flax_cell(nn.GRUCell(HIDDEN), 1)

    def convert(parameters):
        p = parameters["params"]
        w, b = (lambda k: p[k]["kernel"].T), (lambda k: p[k]["bias"])
        blocks = [(w("in"), None), (w("ir"), w("hr")), (w("iz"), w("hz")), (None, w("hn"))]
        return ours(blocks, [b("in"), b("ir"), b("iz"), b("hn")])

    return "gru_reset_after", 1, shapes, forward, convert


def flax_mgu():
    """MGUCell(reset_gate=False): `ugrnn`, with g for flax's f, which keeps. (With the reset gate,
    flax resets after the recurrent product and keeps, unlike `mgu`: no cell of rnnlab's.)"""
    shapes, forward = flax_cell(nn.MGUCell(HIDDEN, reset_gate=False), 1)

    def convert(parameters):
        p = parameters["params"]
        w, b = (lambda k: p[k]["kernel"].T), (lambda k: p[k]["bias"])
        return ours([(w("in"), w("hn")), (w("if"), w("hf"))], [b("in"), b("if")])

    return "ugrnn", 1, shapes, forward, convert


def flax_lstm():
    """OptimizedLSTMCell: `lstm`. Its biases are those of U h."""
    shapes, forward = flax_cell(nn.OptimizedLSTMCell(HIDDEN), 2)

    def convert(parameters):
        p = parameters["params"]
        blocks = [(p[f"i{k}"]["kernel"].T, p[f"h{k}"]["kernel"].T) for k in "ifgo"]
        return ours(blocks, [p[f"h{k}"]["bias"] for k in "ifgo"])

    return "lstm", 2, shapes, forward, convert


def haiku_cell(make, slots):
    """Shapes of the parameters, and forward."""

    def call(x, states):
        state = states[0] if slots == 1 else hk.LSTMState(*states)
        _, state = make()(x, state)
        return [state] if slots == 1 else [state.hidden, state.cell]

    cell = hk.without_apply_rng(hk.transform(call))
    state = jnp.zeros((BATCH, HIDDEN))
    parameters = cell.init(jax.random.key(0), jnp.zeros((BATCH, INPUT)), [state] * slots)
    step = lambda parameters, states, x: cell.apply(parameters, x, states)
    return jax.tree.map(jnp.shape, parameters), over_time(step)


def haiku_gru():
    """hk.GRU: `gru`. Its gates are z, r, a in the columns; its z writes, like ours."""
    shapes, forward = haiku_cell(lambda: hk.GRU(HIDDEN), 1)

    def convert(parameters):
        p = parameters["gru"]
        (w_z, w_r, w_n), (u_z, u_r, v_n) = split(p["w_i"], 3), split(p["w_h"], 3)
        b_z, b_r, b_n = jnp.split(p["b"], 3)
        return ours([(w_r, u_r), (w_z, u_z), (w_n, None)], [b_r, b_z, b_n], [v_n])

    return "gru", 1, shapes, forward, convert


def haiku_lstm():
    """hk.LSTM: `lstm`. One matrix for x and h together, gates i, g, f, o in the columns; it adds 1
    to f at run time, which here is part of the bias."""
    shapes, forward = haiku_cell(lambda: hk.LSTM(HIDDEN), 2)

    def convert(parameters):
        p = parameters["lstm/linear"]
        blocks = [(m[:, :INPUT], m[:, INPUT:]) for m in split(p["w"], 4)]
        b_i, b_g, b_f, b_o = jnp.split(p["b"], 4)
        order = [blocks[k] for k in (0, 2, 1, 3)]
        return ours(order, [b_i, b_f + 1.0, b_g, b_o])

    return "lstm", 2, shapes, forward, convert


CASES = {
    "keras.GRU(reset_after=False)": keras_gru,
    "flax.SimpleCell": flax_simple,
    "flax.GRUCell": flax_gru,
    "flax.MGUCell(reset_gate=False)": flax_mgu,
    "flax.OptimizedLSTMCell": flax_lstm,
    "haiku.GRU": haiku_gru,
    "haiku.LSTM": haiku_lstm,
}


def golden(name):
    cell, slots, shapes, forward, convert = CASES[name]()
    is_shape = lambda node: isinstance(node, tuple) and all(isinstance(n, int) for n in node)
    draw = lambda path, shape: numbers(f"{name} {jax.tree_util.keystr(path)}", shape, 0.7)
    parameters = jax.tree_util.tree_map_with_path(draw, shapes, is_leaf=is_shape)
    x = numbers(f"{name} x", (STEPS, BATCH, INPUT), 2.0)
    states = [numbers(f"{name} state {k}", (BATCH, HIDDEN), 1.0) for k in range(slots)]
    loss = numbers(f"{name} loss", (STEPS, BATCH, HIDDEN), 1.0)

    def total(parameters, x, states):
        y, last = forward(parameters, x, states)
        return (loss * y).sum(), (y, last)

    (_, (y, last)), grads = jax.value_and_grad(total, (0, 1, 2), has_aux=True)(
        parameters, x, states
    )
    found = {"x": x, "loss": loss, "y": y, "grad.x": grads[1], **convert(parameters)}
    for k in range(slots):
        found[f"state {k}"], found[f"last {k}"] = states[k], last[k]
        found[f"grad.state {k}"] = grads[2][k]
    # Without the constant that `convert` may add, it turns gradients as it turns weights.
    constant = convert(jax.tree.map(jnp.zeros_like, grads[0]))
    for key, grad in convert(grads[0]).items():
        found[f"grad.{key}"] = grad - constant[key]
    print(f"{name}: `{cell}`")
    return {f"{name}.{key}": np.asarray(value, np.float32) for key, value in found.items()}


if __name__ == "__main__":
    tensors = {}
    for name in CASES:
        tensors |= golden(name)
    save_file(tensors, Path(__file__).parent / "others.safetensors", {"made by": MADE_BY})
