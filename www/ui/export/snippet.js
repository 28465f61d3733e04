/**
 * Programs that load exported weights of points: the network's noise estimate, and DDIM steps with it. One text for three libraries, which
 * name a few functions differently.
 */

/** @typedef {"torch" | "jax" | "numpy"} Library */

export const LIBRARIES = /** @type {const} */ ([
  ["torch", "PyTorch"],
  ["jax", "JAX"],
  ["numpy", "NumPy"],
]);

/** @type {Record<Library, { imports: string, open: string, tensor: string, concat: (parts: string) => string, xp: string, silu: string, randn: string }>} */
const WORDS = {
  torch: {
    imports: "import torch",
    open: "pt",
    tensor: "file.get_tensor(key).float()",
    concat: (parts) => `torch.cat([${parts}], 1)`,
    xp: "torch",
    silu: "h * torch.sigmoid(h)",
    randn: 'torch.randn(2000, network["dimension"])',
  },
  jax: {
    imports: "import jax\nimport jax.numpy as jnp",
    open: "flax",
    tensor: "jnp.asarray(file.get_tensor(key), jnp.float32)",
    concat: (parts) => `jnp.concatenate([${parts}], 1)`,
    xp: "jnp",
    silu: "jax.nn.silu(h)",
    randn: 'jax.random.normal(jax.random.key(0), (2000, network["dimension"]))',
  },
  numpy: {
    imports: "import numpy as np",
    open: "np",
    tensor: "file.get_tensor(key).astype(np.float32)",
    concat: (parts) => `np.concatenate([${parts}], 1)`,
    xp: "np",
    silu: "h / (1 + np.exp(-h))",
    randn: 'np.random.default_rng(0).normal(size=(2000, network["dimension"])).astype(np.float32)',
  },
};

/** @param {Library} library @param {string} file its name */
export function snippet(library, file) {
  const { imports, open, tensor, concat, xp, silu, randn } = WORDS[library];
  return `import json
import math

${imports}
from safetensors import safe_open

with safe_open("${file}", "${open}") as file:
    network = json.loads(file.metadata()["fewsteps"])["network"]
    w = {key: ${tensor} for key in file.keys()}


def waves(z, frequencies):
    """Sines, then cosines, of every coordinate at every frequency: [n, i] -> [n, 2 i f]."""
    turns = (z[:, :, None] * ${xp}.${library === "torch" ? "tensor" : "asarray"}(frequencies${library === "torch" ? "" : `, ${xp}.float32`})).reshape(len(z), -1)
    return ${concat(`${xp}.sin(turns), ${xp}.cos(turns)`)}


def noise(x, sigma, label=-1):
    """The noise in points x [n, d] = signal * data + signal * sigma * noise, where signal = 1 / sqrt(1 + sigma^2).

    label is a class, or one for each point, where the network knows any; -1 is none in particular.
    """
    half = network["level_features"] // 2
    levels = [0.1 * 30 ** (i / (half - 1)) for i in range(half)]
    level = 0 * x[:, :1] + math.log(sigma)
    h = ${concat('x, waves(x, network["frequencies"]), waves(level, levels)')}
    for i in range(network["depth"]):
        h = h @ w[f"Mlp.trunk.{i}.weight"] + w[f"Mlp.trunk.{i}.bias"]
        if i == 0 and "Mlp.class" in w:
            h = h + w["Mlp.class"][label]
        h = h * (h > 0) if network.get("relu") else ${silu}
    raw = h @ w["Mlp.velocity.weight"] + w["Mlp.velocity.bias"]
    signal = 1 / math.sqrt(1 + sigma**2)
    return {
        "velocity": lambda: signal * sigma * x + signal * raw,
        "noise": lambda: raw,
        "denoised": lambda: (x - signal * raw) / (signal * sigma),
        "score": lambda: -signal * sigma * raw,
    }[network["output"]]()


def ddim(x, steps, first, last):
    """Noise x [n, d] to data, by straight steps (arXiv 2010.02502, eq 12 without noise)."""
    sigmas = [first * (last / first) ** (i / (steps - 1)) for i in range(steps)] + [0]
    for sigma, next in zip(sigmas, sigmas[1:]):
        clean = x * math.sqrt(1 + sigma**2) - sigma * noise(x, sigma)
        x = (clean + next * noise(x, sigma)) / math.sqrt(1 + next**2)
    return x


print(ddim(${randn}, steps=20, first=10, last=0.02)[:5])
`;
}
