"""Writes adams.json: runs of exponential multistep samplers and of reverse SDEs on an exact mixture, in double precision and in their papers' own
symbols (alpha, sigma and lambda = ln(alpha / sigma) of the VP state). Mixture, start, grid and noise are those of stochastic.json.

    python3 adams.py    # needs NumPy
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
GIVEN = json.loads((HERE / "stochastic.json").read_text())
WEIGHTS, MEANS, COVARIANCES = (np.array(GIVEN["gmm"][key]) for key in ("w", "mu", "cov"))
ALPHA = np.sqrt(np.array(GIVEN["abars_stop1"]))
SIGMA = np.sqrt(1 - ALPHA**2)
LAMBDA = np.log(ALPHA / SIGMA)
START = np.array(GIVEN["xT"])
NOISE = np.array(GIVEN["noise"])
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(120)


def denoised(x, alpha, sigma):
    """E[x0 | x]: each component's posterior mean, by its responsibility."""
    log_weights, means = [], []
    for weight, mean, covariance in zip(WEIGHTS, MEANS, COVARIANCES):
        total = alpha**2 * covariance + sigma**2 * np.eye(2)
        off = x - alpha * mean
        solved = np.linalg.solve(total, off.T).T
        log_weights.append(np.log(weight) - 0.5 * np.linalg.slogdet(total)[1] - 0.5 * (off * solved).sum(1))
        means.append(mean + alpha * solved @ covariance)
    log_weights = np.array(log_weights)
    shares = np.exp(log_weights - log_weights.max(0))
    shares /= shares.sum(0)
    return np.einsum("kn,knd->nd", shares, np.array(means))


def noise_of(x, alpha, sigma):
    return (x - alpha * denoised(x, alpha, sigma)) / sigma


def integral(a, b, f):
    points = 0.5 * (a + b) + 0.5 * (b - a) * NODES
    return 0.5 * (b - a) * (NODE_WEIGHTS * f(points)).sum()


def sa_update(i, tau, x, known, z):
    """SA-Solver's update of step i (2309.05019, eq 14 and 17) through `known`: pairs of an index of a level and the denoised points there."""
    h = LAMBDA[i + 1] - LAMBDA[i]
    result = SIGMA[i + 1] / SIGMA[i] * np.exp(-(tau**2) * h) * x + SIGMA[i + 1] * np.sqrt(1 - np.exp(-2 * tau**2 * h)) * z
    for j, point in known:

        def integrand(at):
            basis = np.prod([(at - LAMBDA[k]) / (LAMBDA[j] - LAMBDA[k]) for k, _ in known if k != j], axis=0)
            return np.exp(-(tau**2) * (LAMBDA[i + 1] - at)) * (1 + tau**2) * np.exp(at) * basis

        result = result + SIGMA[i + 1] * integral(LAMBDA[i], LAMBDA[i + 1], integrand) * point
    return result


def sa_solver(tau, order, corrector):
    states, x, known = [START], START, []
    for i in range(len(ALPHA) - 1):
        point = denoised(states[-1], ALPHA[i], SIGMA[i])
        if corrector and i > 0:
            x = sa_update(i - 1, tau, x, [(i, point), *known], NOISE[i - 1])
        else:
            x = states[-1]
        known = [(i, point), *known][:order]
        states.append(sa_update(i, tau, x, known, NOISE[i]))
    return states


def third_order():
    """Divided differences and phi functions, in the place of integrals."""
    states, points = [START], []
    for i in range(len(ALPHA) - 1):
        points.insert(0, denoised(states[-1], ALPHA[i], SIGMA[i]))
        h = LAMBDA[i + 1] - LAMBDA[i]
        phi_1 = np.expm1(-h)
        phi_2 = phi_1 / h + 1
        phi_3 = phi_2 / h - 0.5
        x = SIGMA[i + 1] / SIGMA[i] * states[-1] - ALPHA[i + 1] * phi_1 * points[0]
        if i == 1:
            d = (points[0] - points[1]) / ((LAMBDA[i] - LAMBDA[i - 1]) / h)
            x = x + ALPHA[i + 1] * phi_2 * d
        if i > 1:
            r0, r1 = (LAMBDA[i] - LAMBDA[i - 1]) / h, (LAMBDA[i - 1] - LAMBDA[i - 2]) / h
            d0, d1 = (points[0] - points[1]) / r0, (points[1] - points[2]) / r1
            second = (d0 - d1) / (r0 + r1)
            x = x + ALPHA[i + 1] * (phi_2 * (d0 + r0 * second) - 2 * phi_3 * second)
        states.append(x)
    return states


def sde_second():
    states, before = [START], None
    for i in range(len(ALPHA) - 1):
        point = denoised(states[-1], ALPHA[i], SIGMA[i])
        h = LAMBDA[i + 1] - LAMBDA[i]
        x = SIGMA[i + 1] / SIGMA[i] * np.exp(-h) * states[-1] + ALPHA[i + 1] * (1 - np.exp(-2 * h)) * point
        if before is not None and i < len(ALPHA) - 2:
            ratio = (LAMBDA[i] - LAMBDA[i - 1]) / h
            x = x + ALPHA[i + 1] * (1 - np.exp(-2 * h)) / 2 * (point - before) / ratio
        before = point
        states.append(x + SIGMA[i + 1] * np.sqrt(1 - np.exp(-2 * h)) * NOISE[i])
    return states


def seeds():
    states = [START]
    for i in range(len(ALPHA) - 1):
        h = LAMBDA[i + 1] - LAMBDA[i]
        x, noise = states[-1], noise_of(states[-1], ALPHA[i], SIGMA[i])
        mean = ALPHA[i + 1] / ALPHA[i] * x - 2 * SIGMA[i + 1] * np.expm1(h) * noise
        states.append(mean + SIGMA[i + 1] * np.sqrt(np.expm1(2 * h)) * NOISE[i])
    return states


def variance_exploding():
    states, s = [START], SIGMA / ALPHA
    for i in range(len(ALPHA) - 1):
        y, score = states[-1] / ALPHA[i], -noise_of(states[-1], ALPHA[i], SIGMA[i]) / s[i]
        part = s[i] ** 2 - s[i + 1] ** 2
        states.append(ALPHA[i + 1] * (y + part * score + np.sqrt(part) * NOISE[i]))
    return states


def score_jacobian():
    """The reverse kernel of the VE state with its covariance to second order: noise (1 + part H / 2) z, H z by a central difference over
    a quarter of the noise each way."""
    states, s = [START], SIGMA / ALPHA
    for i in range(len(ALPHA) - 1):
        y = states[-1] / ALPHA[i]
        score = lambda at: -noise_of(ALPHA[i] * at, ALPHA[i], SIGMA[i]) / s[i]
        part = s[i] ** 2 - s[i + 1] ** 2
        sway = np.sqrt(part) * NOISE[i]
        turned = 2 * (score(y + sway / 4) - score(y - sway / 4))
        states.append(ALPHA[i + 1] * (y + part * score(y) + sway + part / 2 * turned))
    return states


def restart(least, most):
    states, s, noise = [START], SIGMA / ALPHA, iter(NOISE)

    def heun(y, i):
        slope = noise_of(ALPHA[i] * y, ALPHA[i], SIGMA[i])
        end = y + (s[i + 1] - s[i]) * slope
        return y + (s[i + 1] - s[i]) / 2 * (slope + noise_of(ALPHA[i + 1] * end, ALPHA[i + 1], SIGMA[i + 1]))

    for i in range(len(ALPHA) - 1):
        y = heun(states[-1] / ALPHA[i], i)
        if least <= s[i + 1] and s[i] <= most:
            y = heun(y + np.sqrt(s[i] ** 2 - s[i + 1] ** 2) * next(noise), i)
        states.append(ALPHA[i + 1] * y)
    return states


RUNS = {
    "dpmpp_3m": third_order(),
    "sde_dpmpp_2m": sde_second(),
    "seeds_1": seeds(),
    "reverse_sde_ve": variance_exploding(),
    "li_stochastic_jacobian": score_jacobian(),
    "restart": restart(0.05, 2.0),
    **{
        f"sa_solver {tau} {order} {'on' if corrector else 'off'}": sa_solver(tau, order, corrector)
        for tau in (0.0, 0.4, 1.0)
        for order in (1, 2, 3, 4)
        for corrector in (False, True)
    },
}

if __name__ == "__main__":
    numbers = {name: np.array(states).tolist() for name, states in RUNS.items()}
    (HERE / "adams.json").write_text(json.dumps(numbers))
