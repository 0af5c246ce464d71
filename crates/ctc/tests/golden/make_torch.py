"""Losses and gradients by PyTorch, for `torch.rs` beside this folder.

    pip install torch==2.15.0
    python make_torch.py > torch.json

Logits come of a recurrence that Rust repeats exactly, so that the file need not hold them.
"""

import json

import torch


def logits(count, seed):
    """As `drawn` in torch.rs: a linear congruential generator, in steps of 1/256 from -4 to 4."""
    state, values = seed, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 53) / 256.0 - 4.0)
    return values


CASES = [
    # T, B, V, lengths, labels; the blank is the last output
    (4, 1, 2, [4], [[0]]),
    (6, 3, 5, [6, 4, 6], [[0, 1, 2], [3], [2, 2]]),
    # repeated, empty, as long as the steps, of one step, longer than the steps (infinite)
    (8, 6, 4, [8, 8, 3, 1, 5, 2], [[1, 1, 1], [], [0, 1, 2], [2], [0, 0, 1, 1], [0, 0]]),
    (50, 4, 30, [50, 43, 50, 20], [list(range(20)), [5] * 15, [k * 7 % 29 for k in range(25)], [28]]),
    # more labels than a vector has places, a wide output
    (90, 2, 70, [90, 77], [[k * 11 % 69 for k in range(40)], [k // 2 for k in range(32)]]),
]

cases = []
for number, (steps, batch, types, lengths, labels) in enumerate(CASES):
    x = torch.tensor(logits(steps * batch * types, number + 1), dtype=torch.float64)
    x = x.reshape(steps, batch, types).requires_grad_()
    flat = torch.tensor([label for row in labels for label in row], dtype=torch.long)
    losses = torch.nn.functional.ctc_loss(
        x.log_softmax(-1), flat, torch.tensor(lengths), torch.tensor([len(row) for row in labels]),
        blank=types - 1, reduction="none",
    )
    finite = torch.isfinite(losses)
    losses[finite].sum().backward()
    gradient = x.grad.clone()
    # An infinite loss has no gradient there; none is what ours gives.
    gradient[:, ~finite] = 0
    # Of a large gradient, every seventeenth number.
    case = dict(steps=steps, batch=batch, types=types, lengths=lengths, labels=labels)
    case["losses"] = [round(float(v), 6) if torch.isfinite(v) else None for v in losses.detach()]
    case["gradient"] = [round(float(v), 6) for v in gradient.flatten()[:: 1 if x.numel() < 1000 else 17]]
    cases.append(case)

print(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")))
