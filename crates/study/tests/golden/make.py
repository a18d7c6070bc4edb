"""Writes stats.json: what scipy and statsmodels say about the inputs that ../golden.rs replays.

Run with scipy 1.17 and statsmodels 0.15: `python make.py > stats.json`.
Neither library has Newcombe's paired interval in these releases, so it is written out here from the paper
(Statistics in Medicine 17 (1998), 2635-2650, method 10), independently of the Rust code.
"""

import json
from math import sqrt

import numpy as np
from scipy.stats import binom, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

LEVELS = [0.8, 0.95, 0.999]


def wilson_rows():
    cases = [(0, 1), (1, 1), (0, 10), (1, 10), (5, 10), (10, 10), (9421, 10000), (1, 10**6), (999_999, 10**6),
             (123_456_789, 10**9)]
    for count, of in cases:
        for level in LEVELS:
            low, high = proportion_confint(count, of, alpha=1 - level, method="wilson")
            yield {"count": count, "of": of, "level": level, "low": float(low), "high": float(high)}


def mcnemar_rows():
    cases = [(0, 0), (0, 1), (1, 1), (3, 7), (10, 2), (0, 60), (35, 65), (480, 520), (12, 900),
             (4900, 5100),
             (499_000, 501_000), (499_999, 500_001), (500_000, 500_000), (495_000, 505_000), (490_000, 510_000)]
    for b, c in cases:
        p = 1.0 if b + c == 0 else mcnemar([[0, b], [c, 0]], exact=True).pvalue
        yield {"b": b, "c": c, "p": float(p)}


def newcombe(both, only_a, only_b, neither, level):
    """Method 10, in the paper's letters: e, f, g, h are the four cells."""
    e, f, g, h = both, only_a, only_b, neither
    n = e + f + g + h
    z = norm.ppf((1 + level) / 2)

    def score(x):
        centre, half = 2 * x + z * z, z * sqrt(z * z + 4 * x * (1 - x / n))
        return (centre - half) / (2 * (n + z * z)), (centre + half) / (2 * (n + z * z))

    (l2, u2), (l3, u3) = score(e + f), score(e + g)
    p2, p3 = (e + f) / n, (e + g) / n
    a, b = (e + f) * (g + h) * (e + g) * (f + h), e * h - f * g
    c = b - n / 2 if b > n / 2 else (0 if b >= 0 else b)
    phi = c / sqrt(a) if a else 0
    down = sqrt((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u3 - p3) + (u3 - p3) ** 2)
    up = sqrt((p3 - l3) ** 2 - 2 * phi * (p3 - l3) * (u2 - p2) + (u2 - p2) ** 2)
    return (f - g) / n, (f - g) / n - down, (f - g) / n + up


def paired_rows():
    cases = [(1, 1, 7, 12), (20, 12, 2, 16), (36, 12, 2, 0), (0, 0, 0, 50), (50, 0, 0, 0), (0, 30, 20, 0),
             (54, 0, 0, 6), (9000, 520, 210, 270), (9990, 10, 0, 0), (0, 10000, 0, 0), (3, 400, 380, 5),
             (900_000, 40_000, 35_000, 25_000)]
    for cells in cases:
        for level in LEVELS:
            estimate, low, high = newcombe(*cells, level)
            yield {"cells": cells, "level": level, "estimate": estimate, "low": low, "high": high}


def quantile_rows():
    """Times drawn once from a fixed generator; the definition of numpy's inverted_cdf, failures as infinity."""
    draw = np.random.default_rng(20)
    for n, failed in [(1, 0), (7, 2), (20, 0), (100, 3), (100, 5), (100, 6), (400, 190)]:
        times = [int(t) for t in draw.lognormal(13, 1, n - failed)] + [None] * failed
        draw.shuffle(times)
        values = np.array([np.inf if t is None else t for t in times])
        ordered = [0.0, *sorted(values), np.inf]
        for mille in [50, 500, 900, 950, 990]:
            q = mille / 1000
            ends = binom.ppf(0.025, n, q), binom.ppf(0.975, n, q) + 1
            row = [np.quantile(values, q, method="inverted_cdf"), *(ordered[int(i)] for i in ends)]
            at, low, high = (None if v == np.inf else int(v) for v in row)
            yield {"times": times if mille == 50 else [], "mille": mille, "at": at, "low": low, "high": high}


rows = {"wilson": wilson_rows, "mcnemar": mcnemar_rows, "paired": paired_rows, "quantile": quantile_rows}
body = ",\n".join(
    json.dumps(name) + ": [\n  " + ",\n  ".join(map(json.dumps, make())) + "\n]" for name, make in rows.items()
)
print("{\n" + body + "\n}")
