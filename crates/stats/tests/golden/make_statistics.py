"""Writes statistics.json: what numpy and scipy say. Run: python make_statistics.py > statistics.json"""

import itertools
import json
import platform

import numpy as np
import scipy
from scipy import stats


def bootstrap(values, statistic, level):
    """Percentile and BCa interval over all n^n resamples; scipy's BCa, which draws, is near."""
    values = np.array(values)
    resamples = np.array(list(itertools.product(values, repeat=len(values))))
    found = np.apply_along_axis(statistic, 1, resamples)
    estimate = statistic(values)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    percentile = np.quantile(found, tails)

    rounding = 1e-12 * abs(estimate)  # equal but for rounding is equal
    below, up_to = (found < estimate - rounding).mean(), (found <= estimate + rounding).mean()
    bias = stats.norm.ppf((below + up_to) / 2)
    jackknife = np.array([statistic(np.delete(values, k)) for k in range(len(values))])
    u = jackknife.mean() - jackknife
    acceleration = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
    z = bias + stats.norm.ppf(tails)
    bca = np.quantile(found, stats.norm.cdf(bias + z / (1 - acceleration * z)))

    near = stats.bootstrap((values,), statistic, confidence_level=level, method="BCa",
                           n_resamples=200_000, vectorized=False, rng=1).confidence_interval
    spread = np.ptp(values)
    assert np.allclose([near.low, near.high], bca, atol=0.02 * spread), (near, bca)
    return {"values": values.tolist(), "level": level, "estimate": estimate,
            "percentile": percentile.tolist(), "bca": bca.tolist()}


def sign_flip(a, b):
    d = np.subtract(a, b)
    test = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
    return {"a": a, "b": b, "p": test.pvalue}


def main():
    rng = np.random.default_rng(7)
    five = [4.71, 4.69, 4.74, 4.70, 4.78]
    six = [0.61, 0.52, 0.55, 0.93, 0.58, 0.49]
    first = rng.normal(5.0, 0.3, 9).round(3).tolist()
    second = rng.normal(5.2, 0.3, 9).round(3).tolist()
    third = rng.normal(4.9, 0.5, 11).round(1).tolist()
    fourth = rng.normal(5.1, 0.5, 8).round(1).tolist()

    def better(x, y):
        return 1 - stats.mannwhitneyu(x, y).statistic / (len(x) * len(y))

    thresholds = [4.0, 4.9, 5.0, 5.3, 6.5]
    profile = [np.mean([(np.array(t) <= tau).mean() for t in (first, third)]) for tau in thresholds]
    p = [0.01, 0.04, 0.03, 0.005, 0.5]
    order = np.argsort(p)
    adjusted = np.minimum(np.maximum.accumulate(np.array(p)[order] * np.arange(len(p), 0, -1)), 1)
    holm = np.empty(len(p))
    holm[order] = adjusted
    json.dump({
        "made_with": f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}",
        "bootstrap_mean": [bootstrap(five, np.mean, 0.95), bootstrap(six, np.mean, 0.9)],
        "bootstrap_median": [bootstrap(six, np.median, 0.95)],
        "sign_flip": [sign_flip(five, [x + 0.02 for x in five]), sign_flip(first, second),
                      sign_flip(six, [0.6, 0.5, 0.6, 0.8, 0.6, 0.5])],
        "interquartile_mean": [{"values": v, "mean": stats.trim_mean(v, 0.25)}
                               for v in (five, six, first, third)],
        "improvement": {"tasks": [[first, second], [third, fourth]],
                        "probability": (better(first, second) + better(third, fourth)) / 2},
        "profile": {"tasks": [first, third], "thresholds": thresholds, "shares": profile},
        "holm": {"p": p, "adjusted": holm.tolist()},
    }, indent=1, fp=__import__("sys").stdout)
    print()


main()
