"""Writes stats.json: what scipy, statsmodels and lifelines say about the inputs that ../golden.rs replays.

Run with scipy 1.17, statsmodels 0.15 and lifelines 0.30: `python make.py > stats.json`.
No library of these has Newcombe's paired interval or the variance of the restricted mean under censoring, so they are
written out here from the paper (Statistics in Medicine 17 (1998), 2635-2650, method 10) and the textbook (Klein and
Moeschberger, 2nd edition, section 4.5), independently of the Rust code.
"""

import json
from math import sqrt

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from scipy.stats import binom, bootstrap, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
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


def holm_rows():
    draw = np.random.default_rng(21)
    cases = [[0.5], [0.01, 0.04, 0.03, 0.005], [0.04, 0.04, 0.04], [0.9, 0.95, 1.0, 0.2], [0.0, 1e-300, 0.02]]
    cases += [list(map(float, draw.random(n) ** 3)) for n in (2, 3, 5, 8, 13, 21, 34, 55)]
    for raw in cases:
        yield {"raw": raw, "holm": [float(p) for p in multipletests(raw, method="holm")[1]]}


def samples():
    """Times with ties and with censoring: at random, at a limit, of everything, of nothing."""
    draw = np.random.default_rng(22)
    for n, spread, limit, censored in [(1, 1, 9, 0.0), (6, 1, 9, 0.5), (20, 1.5, 60, 0.0), (20, 1.5, 60, 0.4),
                                       (50, 1, 8, 0.2), (100, 1, 40, 0.1), (100, 0.3, 10**6, 0.0), (200, 2, 300, 0.3),
                                       (400, 1, 30, 0.0), (30, 1, 2, 0.0), (60, 1, 25, 0.9), (1000, 1.2, 120, 0.15)]:
        times = np.maximum(np.round(draw.lognormal(2, spread, n)), 1)
        ends = np.where(draw.random(n) < censored, np.maximum(np.round(times * draw.random(n)), 1), limit)
        yield np.minimum(times, ends).astype(int), times <= ends, limit


def area(curve, until):
    """The area under a step curve of (time, value) pairs that starts at 1, up to `until`, from each of its steps on."""
    edges = [t for t, _ in curve if t < until] + [until]
    values = [v for t, v in curve if t < until]
    return [sum(v * (b - a) for v, a, b in zip(values[i:], edges[i:], edges[i + 1:])) for i in range(len(values))]


def survival_rows():
    for times, events, limit in samples():
        fitter = KaplanMeierFitter(alpha=0.05).fit(times, events)
        table, ends = fitter.event_table, fitter.confidence_interval_
        probes = sorted({int(t) for t in np.quantile(times, [0.1, 0.5, 0.9])})
        points = []
        for probe in probes:
            low, high = ends.loc[:probe].iloc[-1]
            value = float(fitter.predict(probe))
            # lifelines gives no interval where the curve is 1 or 0.
            known = 0 < value < 1
            points.append([probe, value, float(low) if known else None, float(high) if known else None])
        falls = [(0, 1.0)]
        falls += [(int(t), float(fitter.predict(t))) for t, row in table.iterrows() if row.observed > 0]
        areas = area(falls, limit)
        variance = 0.0
        for (t, _), right in list(zip(falls, areas))[1:]:
            n, d = table.loc[t, "at_risk"], table.loc[t, "observed"]
            variance += right**2 * d / (n * (n - d)) if n > d else 0.0
        # lifelines integrates numerically; without censoring before the limit both are plain moments.
        assert abs(restricted_mean_survival_time(fitter, t=limit) - areas[0]) < 1e-4 * areas[0]
        if events[times < limit].all():
            assert abs(np.mean(times) - areas[0]) < 1e-9 * areas[0]
            assert abs(np.var(times) / len(times) - variance) < 1e-9 * variance + 1e-12
        half = norm.ppf(0.975) * sqrt(variance)
        yield {"times": times.tolist(), "events": events.tolist(), "points": points, "limit": limit,
               "mean": areas[0], "low": max(areas[0] - half, 0.0), "high": min(areas[0] + half, limit)}


def log_rank_rows():
    all_samples = list(samples())
    for (a, a_events, _), (b, b_events, _) in zip(all_samples, all_samples[1:] + all_samples[:1]):
        # Scaled so that the two overlap.
        a = np.maximum(a * 100 // np.median(a), 1).astype(int)
        b = np.maximum(b * 110 // np.median(b), 1).astype(int)
        found = logrank_test(a, b, a_events, b_events)
        yield {"a": a.tolist(), "a_events": a_events.tolist(), "b": b.tolist(), "b_events": b_events.tolist(),
               "statistic": float(found.test_statistic), "p": float(found.p_value)}


def bootstrap_rows():
    """Ends of scipy's BCa interval from so many resamples that they stand still, and the standard error as a ruler."""
    draw = np.random.default_rng(23)
    shapes = [draw.exponential(1, 40), draw.lognormal(0, 1, 60), draw.normal(5, 2, 30), draw.poisson(2, 80),
              draw.lognormal(0, 1.2, 200), -draw.exponential(3, 50), draw.integers(0, 2, 100),
              draw.pareto(3, 100), draw.poisson(0.1, 150), draw.exponential(1, 400), draw.normal(0, 1, 1000)]
    for shape in shapes:
        values = [round(float(v), 4) for v in shape]
        found = bootstrap((values,), np.mean, n_resamples=100_000, batch=2_000, method="BCa",
                          random_state=np.random.default_rng(24))
        low, high = found.confidence_interval
        yield {"values": values, "low": float(low), "high": float(high), "error": float(found.standard_error)}


rows = {"wilson": wilson_rows, "mcnemar": mcnemar_rows, "paired": paired_rows, "quantile": quantile_rows,
        "holm": holm_rows, "survival": survival_rows, "log_rank": log_rank_rows, "bootstrap": bootstrap_rows}
body = ",\n".join(
    json.dumps(name) + ": [\n  " + ",\n  ".join(map(json.dumps, make())) + "\n]" for name, make in rows.items()
)
print("{\n" + body + "\n}")
