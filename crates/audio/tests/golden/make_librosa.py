"""Features by librosa of generated signals, for `librosa.rs` beside this folder.

    pip install librosa==0.11.0
    python make_librosa.py > librosa.json

Signals are made of tones and of a pseudo-random sequence, rounded to 16 bits and written into the
file, so that both sides read the same numbers.
"""

import json
import math

import librosa
import numpy as np


def signal(rate, seconds, seed):
    """A rising tone, a steady one, noise, and silence at the end."""
    count = int(rate * seconds)
    t = np.arange(count) / rate
    tone = 0.4 * np.sin(2 * math.pi * (150 * t + 0.5 * rate / 4 / seconds * t * t))
    steady = 0.2 * np.sin(2 * math.pi * 440 * t)
    noise = 0.05 * np.random.default_rng(seed).standard_normal(count)
    loud = (t < 0.8 * seconds).astype(float)
    return np.round((tone + steady + noise) * loud * 32767).astype(int)


def features(case):
    y = np.array(case["signal"], dtype=np.float64) / 32768
    s = case["settings"]
    rate = s["rate"]
    window = round(rate * s["window_ms"] / 1000)
    hop = round(rate * s["hop_ms"] / 1000)
    size = 1 << (window - 1).bit_length()
    if s["pre_emphasis"]:
        # The sample before the first is as the first (librosa's default extrapolates).
        y = librosa.effects.preemphasis(y, coef=s["pre_emphasis"], zi=[-s["pre_emphasis"] * y[0]])
    mel = librosa.feature.melspectrogram(
        y=y, sr=rate, n_fft=size, win_length=window, hop_length=hop, center=s["centred"],
        pad_mode="constant", window="hann", power=2.0, n_mels=s["bands"], fmin=s["lowest"],
        fmax=s.get("highest"), htk=s["scale"] == "htk", norm="slaney" if s["equal_areas"] else None,
    )
    out = np.log(np.maximum(mel, s["floor"]))
    if s["kind"] == "mfcc":
        out = librosa.feature.mfcc(S=out, n_mfcc=s["coefficients"], dct_type=2, norm="ortho")
    parts = [out]
    for _ in range(s["deltas"]):
        parts.append(librosa.feature.delta(parts[-1], width=9, order=1, mode="nearest"))
    return np.concatenate(parts, axis=0).T  # [time, bands]


USUAL = dict(
    rate=8000, kind="log_mel", pre_emphasis=0.97, window_ms=25.0, hop_ms=10.0, centred=False,
    bands=40, lowest=20.0, scale="slaney", equal_areas=True, floor=1e-6, coefficients=13, deltas=0,
)

cases = []
for changes in [
    {},
    {"scale": "htk", "equal_areas": False},
    {"scale": "htk", "centred": True, "bands": 26, "highest": 3800.0},
    {"kind": "mfcc", "deltas": 2},
    {"kind": "mfcc", "scale": "htk", "equal_areas": False, "coefficients": 20, "centred": True},
    {"rate": 16000, "bands": 80, "pre_emphasis": 0.0, "deltas": 1},
]:
    settings = USUAL | changes
    samples = [int(x) for x in signal(settings["rate"], 0.12, len(cases))]
    case = {"settings": settings, "signal": samples}
    case["features"] = [[round(float(x), 5) for x in frame] for frame in features(case)]
    cases.append(case)

print(json.dumps({"librosa": librosa.__version__, "cases": cases}, separators=(",", ":")))
