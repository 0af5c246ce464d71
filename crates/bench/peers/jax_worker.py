"""JAX's side of a comparison, compiled, on the CPU. It uses as many threads as it may use cores:
the caller pins it to as many as it shall have. `flax`: flax's own layers. `scan`: the equations written by hand over
`lax.scan`, with the input products of all steps in one product, as an expert would."""

import sys
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp

from worker import Missing, added_memory, serve, timed

CELLS = {
    "rnn": nn.SimpleCell,
    "gru_reset_after": nn.GRUCell,
    "lstm": nn.OptimizedLSTMCell,
}


def key(number):
    return jax.random.PRNGKey(number)


def flax_layer(cell, shape):
    """Function of (parameters, x [T, B, I]) giving [T, B, H], and parameters."""
    steps, batch, inputs, hidden = shape
    layer = nn.RNN(CELLS[cell](features=hidden), time_major=True)
    parameters = layer.init(key(1), jnp.zeros((steps, batch, inputs)))
    return layer.apply, parameters


def flax_step(cell, shape):
    """Function of (parameters, state, x [B, I]) giving the new state, parameters, and a state."""
    _, batch, inputs, hidden = shape
    module = CELLS[cell](features=hidden)
    x = jnp.zeros((batch, inputs))
    state = module.initialize_carry(key(0), x.shape)
    parameters = module.init(key(1), state, x)
    return (lambda p, s, x: module.apply(p, s, x)[0]), parameters, state


def rnn_step(state, a, p):
    return jnp.tanh(a + state @ p["u"] + p["c"])


def gru_step(state, a, p):
    r, z, n = jnp.split(a, 3, axis=-1)
    u_r, u_z, u_n = jnp.split(state @ p["u"] + p["c"], 3, axis=-1)
    z = jax.nn.sigmoid(z + u_z)
    n = jnp.tanh(n + jax.nn.sigmoid(r + u_r) * u_n)
    return n + z * (state - n)


def lstm_step(state, a, p):
    h, c = state
    i, f, g, o = jnp.split(a + h @ p["u"] + p["c"], 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


STEPS = {"rnn": (rnn_step, 1), "gru_reset_after": (gru_step, 3), "lstm": (lstm_step, 4)}


def own_parameters(cell, shape):
    _, batch, inputs, hidden = shape
    blocks = STEPS[cell][1]
    limit = hidden**-0.5

    def draw(number, *sizes):
        return jax.random.uniform(key(number), sizes, minval=-limit, maxval=limit)

    width = blocks * hidden
    zero = jnp.zeros((batch, hidden))
    parameters = {"w": draw(1, inputs, width), "u": draw(2, hidden, width)}
    parameters |= {"b": jnp.zeros(width), "c": jnp.zeros(width)}
    return parameters, (zero, zero) if cell == "lstm" else zero


def hidden_of(state):
    return state[0] if isinstance(state, tuple) else state


def scan_layer(cell, shape):
    step, _ = STEPS[cell]
    parameters, zero = own_parameters(cell, shape)

    def layer(p, x):
        def body(state, a):
            state = step(state, a, p)
            return state, hidden_of(state)

        return jax.lax.scan(body, zero, x @ p["w"] + p["b"])[1]

    return layer, parameters


def scan_step(cell, shape):
    step, _ = STEPS[cell]
    parameters, zero = own_parameters(cell, shape)
    return (lambda p, state, x: step(state, x @ p["w"] + p["b"], p)), parameters, zero


def input_of(shape):
    return jax.random.normal(key(3), tuple(shape[:3]))


def train(make_layer, case):
    layer, parameters = make_layer(case["cell"], case["shape"])
    x = input_of(case["shape"])
    step = jax.jit(jax.value_and_grad(lambda p, x: layer(p, x).sum(), argnums=(0, 1)))
    return lambda: jax.block_until_ready(step(parameters, x))


def forward(make_layer, case):
    layer, parameters = make_layer(case["cell"], case["shape"])
    x = input_of(case["shape"])
    run = jax.jit(layer)
    return timed(lambda: jax.block_until_ready(run(parameters, x)))


def single_steps(make_step, case):
    steps = case["shape"][0]
    step, parameters, start = make_step(case["cell"], case["shape"])
    x = input_of(case["shape"])[0]
    step = jax.jit(step)

    def run():
        state = start
        for _ in range(steps):
            state = step(parameters, state, x)
        jax.block_until_ready(state)

    whole = timed(run)
    return lambda: whole() / steps


def prepare(make_layer, make_step, case):
    if case.get("cell", "rnn") not in STEPS:
        raise Missing(f"no {case['cell']} here")
    match case["what"]:
        case "train":
            return timed(train(make_layer, case))
        case "forward":
            return forward(make_layer, case)
        case "step":
            return single_steps(make_step, case)
        case "memory":
            return added_memory(partial(train, make_layer), case)
        case what:
            raise Missing(f"{what} is not compared")


if __name__ == "__main__":
    way = sys.argv[1]
    made = {"flax": (flax_layer, flax_step), "scan": (scan_layer, scan_step)}[way]
    with_flax = f" with flax {sys.modules['flax'].__version__}" if way == "flax" else ""
    serve(f"JAX {jax.__version__}{with_flax}", lambda case: prepare(*made, case))
