"""Writes dpm_solver_v3.json: the statistics that DPM-Solver-v3 (2310.13268) has of the mixture of adams.py, and runs with them, in the paper's symbols and
in integrals from the first level on. Mixture, start and grid are those of stochastic.json.

    python3 dpm_solver_v3.py    # needs NumPy
"""

import json

import numpy as np
from adams import ALPHA, HERE, LAMBDA, SIGMA, START, denoised, noise_of

FINE = np.linspace(LAMBDA[0], LAMBDA[-1], 61)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def scales(at):
    """alpha and sigma at lambda."""
    return 1 / np.sqrt(1 + np.exp(-2 * at)), 1 / np.sqrt(1 + np.exp(2 * at))


def statistics():
    """l, s and b at all levels of FINE but the last, [levels, 2], on paths of DPM-Solver++(2M)."""
    x, before, ls, fs = START, None, [], []
    for i, (now, then) in enumerate(zip(FINE[:-1], FINE[1:])):
        alpha, sigma = scales(now)
        point = denoised(x, alpha, sigma)
        diagonal = []
        for k in range(2):
            by = 0.02 * sigma * np.eye(2)[k]
            change = noise_of(x + by, alpha, sigma) - noise_of(x - by, alpha, sigma)
            diagonal.append(sigma * change[:, k].mean() / (0.04 * sigma))
        ls.append(diagonal)
        fs.append((x - alpha * point - np.array(diagonal) * x) / alpha)
        ahead = point if before is None else point + (point - before) / 2
        before = point
        end_alpha, end_sigma = scales(then)
        x = end_sigma / sigma * x - end_alpha * np.expm1(now - then) * ahead
    at, fs = FINE[:-1], np.array(fs)
    ss, bs = [], []
    for i in range(len(at)):
        lo, hi = max(i - 1, 0), min(i + 1, len(at) - 1)
        slope = (fs[hi] - fs[lo]) / (at[hi] - at[lo])
        s = [np.polyfit(fs[i][:, k], slope[:, k], 1)[0] for k in range(2)]
        ss.append(s)
        bs.append(slope.mean(0) - s * fs[i].mean(0))
    return np.array(ls), np.array(ss), np.array(bs)


def primitives(l, s, b):
    """L, S, I, B, C and the first moment of e^(L + S) at each level of the grid, for one coordinate's functions of lambda."""
    knots = np.union1d(FINE[:-1], LAMBDA)
    sums = np.zeros(6)
    rows = [sums]
    for low, high in zip(knots[:-1], knots[1:]):
        at = (low + high) / 2 + (high - low) / 2 * NODES
        weights = (high - low) / 2 * WEIGHTS

        def ramp(f, points):
            return (points - low) * (f(low) + f(points)) / 2

        big_l, big_s = sums[0] + ramp(l, at), sums[1] + ramp(s, at)
        inner = low + (at[:, None] - low) * (1 + NODES) / 2
        parts = np.exp(-sums[1] - ramp(s, inner)) * b(inner)
        big_b = sums[3] + (at - low) / 2 * (parts @ WEIGHTS)
        growth = weights * np.exp(big_l + big_s)
        parts = [ramp(l, high), ramp(s, high), growth.sum(), weights @ (np.exp(-big_s) * b(at)), growth @ big_b, growth @ at]
        sums = sums + parts
        rows.append(sums)
    places = [int(np.argmin(abs(knots - level))) for level in LAMBDA]
    return np.array(rows)[places].T


def run(table, corrector):
    of = [[lambda at, f=column[:, k]: np.interp(at, FINE[:-1], f) for column in table] for k in range(2)]
    # [levels, 2] each.
    L, S, I, B, C, M = np.array([primitives(*of[k]) for k in range(2)]).transpose(1, 2, 0)
    l = np.array([of[k][0](LAMBDA) for k in range(2)]).T

    def g(f, s, t):
        """g of step s for f at level t."""
        return np.exp(S[s] - S[t]) * f - np.exp(S[s]) * (B[t] - B[s])

    def update(x, s, t, f, slope):
        growth = np.exp(L[s] - L[t])
        first = np.exp(-L[t] - S[s]) * (I[t] - I[s])
        second = np.exp(-L[t] - S[s]) * (M[t] - M[s] - LAMBDA[s] * (I[t] - I[s]))
        bias = np.exp(-L[t]) * (C[t] - C[s] - B[s] * (I[t] - I[s]))
        return ALPHA[t] * (growth * x / ALPHA[s] - first * f - second * slope - bias)

    states, xs, fs = [START], [], []
    for i in range(len(ALPHA) - 1):
        x = states[-1]
        fs.append((SIGMA[i] * noise_of(x, ALPHA[i], SIGMA[i]) - l[i] * x) / ALPHA[i])
        if corrector and i > 1:
            slope = (g(fs[i], i - 1, i) - fs[i - 1]) / (LAMBDA[i] - LAMBDA[i - 1])
            x = update(xs[i - 1], i - 1, i, fs[i - 1], slope)
        xs.append(x)
        slope = (g(fs[i - 1], i, i - 1) - fs[i]) / (LAMBDA[i - 1] - LAMBDA[i]) if i > 0 else 0
        states.append(update(x, i, i + 1, fs[i], slope))
    return states


if __name__ == "__main__":
    table = statistics()
    numbers = {"predictor": run(table, False), "corrector": run(table, True)}
    (HERE / "dpm_solver_v3.json").write_text(json.dumps({key: np.array(states).tolist() for key, states in numbers.items()}))
