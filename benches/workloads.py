"""A recorded workload (Workload::record in src/workload.rs) repeated by PyTorch: `python benches/workloads.py RECORD THREADS`.

Reads lines: `steps N` answers "MILLISECONDS LOSS" of N training steps, `sample` answers "MILLISECONDS DIFFERENCE", the root mean
squared difference from the recorded samples over their own.
"""

import json
import struct
import sys
import time

import torch
import torch.nn.functional as F

BETAS, EPSILON = (0.9, 0.999), 1e-8
SIDE, PLACES, BELOW = 28, 14, 7


def safetensors(path):
    with open(path, "rb") as file:
        bytes_ = bytearray(file.read())
    start = 8 + struct.unpack("<Q", bytes_[:8])[0]
    header = json.loads(bytes_[8:start])
    header.pop("__metadata__", None)
    whole = memoryview(bytes_)[start:]

    def tensor(entry):
        begin, end = entry["data_offsets"]
        return torch.frombuffer(bytearray(whole[begin:end]), dtype=torch.float32).reshape(entry["shape"])

    return {name: tensor(entry) for name, entry in header.items()}


def trained(tensors):
    """The weights that the simple objective trains, by short names; a convolution's three rows as one kernel."""
    weights = {}
    for name, value in tensors.items():
        parts = name.split(".")
        if parts[0] == "weights" and not parts[2].startswith("turn_"):
            weights[".".join(parts[3:] if parts[1:3] == ["UNet", "trunk"] else parts[2:])] = value
    for above in [name for name in weights if name.endswith(".above.weight")]:
        whole = above.removesuffix(".above.weight")
        rows = [weights.pop(f"{whole}.{row}.weight") for row in ("above", "middle", "below")]
        width = rows[0].shape[1]
        # [row, column, in, out] to [out, in, row, column].
        weights[f"{whole}.weight"] = torch.stack(rows).reshape(3, 3, width, width).permute(3, 2, 0, 1).contiguous()
        weights[f"{whole}.bias"] = weights.pop(f"{whole}.middle.bias")
    return {name: value.clone().requires_grad_() for name, value in weights.items()}


class Network:
    """The velocity of src/network/{mlp,unet}.rs; images have channels before places."""

    def __init__(self, weights, dimension):
        self.weights = weights
        self.images = "places" in weights
        first = weights["level_hidden.weight" if self.images else "trunk.0.weight"].shape[0]
        half = (first if self.images else first - dimension) // 2
        self.frequency = 0.1 * 30.0 ** (torch.arange(half) / (half - 1))

    def noise(self, x, log_sigma, classes):
        sigma = log_sigma.exp()
        signal = (1 + sigma * sigma).rsqrt()
        turns = log_sigma * self.frequency
        level = torch.cat([turns.sin(), turns.cos()], 1)
        raw = self.unet(x, level, classes) if self.images else self.mlp(x, level)
        return x * (sigma * signal) + raw * signal

    def layer(self, name, x):
        return torch.addmm(self.weights[f"{name}.bias"], x, self.weights[f"{name}.weight"])

    def mlp(self, x, level):
        hidden = torch.cat([x, level.expand(len(x), -1)], 1)
        for i in range(3):
            hidden = F.silu(self.layer(f"trunk.{i}", hidden))
        return self.layer("velocity", hidden)

    def unet(self, x, level, classes):
        w, n = self.weights, len(x)
        at = F.relu(self.layer("level_hidden", level) + classes @ w["class"])
        embedding = w["embedding.weight"].reshape(3, 3, 4, -1).permute(3, 2, 0, 1)
        pixels = F.pixel_unshuffle(x.reshape(n, 1, SIDE, SIDE), 2)
        above = self.block("before.0", F.conv2d(pixels, embedding, w["embedding.bias"], padding=1), at)
        lower = self.layer("down", gathered(above)).reshape(n, BELOW * BELOW, -1) + w["places"]
        for i in range(3):
            lower = lower + self.across(f"across.{i}", normalised(lower, 2))
            hidden = lower.transpose(1, 2).reshape(n, -1, BELOW, BELOW)
            lower = self.block(f"lower.{i}", hidden, at).flatten(2).transpose(1, 2)
        risen = spread(self.layer("up", lower.reshape(n * BELOW * BELOW, -1)), n, BELOW)
        features = self.block("after.0", above + risen, at)
        patches = self.layer("velocity", features.permute(0, 2, 3, 1).reshape(n * PLACES * PLACES, -1))
        return spread(patches, n, PLACES).reshape(n, SIDE * SIDE)

    def block(self, name, hidden, at):
        scale, shift = self.layer(f"{name}.condition", at)[:, :, None, None].chunk(2, 1)
        entering = normalised(hidden, 1) * (1 + scale) + shift
        return hidden + self.convolution(f"{name}.block.second", F.relu(self.convolution(f"{name}.block.first", entering)))

    def convolution(self, name, x):
        return F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], padding=1)

    def across(self, name, hidden):
        n, places, width = hidden.shape
        rows = hidden.transpose(1, 2).reshape(n * width, places)
        mixed = self.layer(f"{name}.back", F.relu(self.layer(f"{name}.across", rows)))
        return mixed.reshape(n, width, places).transpose(1, 2)


def normalised(x, axis):
    return x * (x.square().mean(axis, keepdim=True) + 1e-5).rsqrt()


def gathered(x):
    """Every two by two places of [n, w, 2 g, 2 g] side by side, [n g g, 4 w]."""
    n, width, side, _ = x.shape
    half = side // 2
    return x.reshape(n, width, half, 2, half, 2).permute(0, 2, 4, 3, 5, 1).reshape(n * half * half, 4 * width)


def spread(x, n, half):
    """The reverse of `gathered`."""
    width = x.shape[1] // 4
    return x.reshape(n, half, half, 2, 2, width).permute(0, 5, 1, 3, 2, 4).reshape(n, width, 2 * half, 2 * half)


def main(path, threads):
    torch.set_num_threads(threads)
    tensors = safetensors(path)
    weights = trained(tensors)
    network = Network(weights, tensors["start"].shape[1])
    rate = tensors["learning_rate"].item()
    optimizer = torch.optim.Adam(weights.values(), lr=rate, betas=BETAS, eps=EPSILON)
    names = ("x", "noise", "log_sigma", "weight", "class")
    batches = [{name: tensors.get(f"{i}.{name}") for name in names} for i in range(len(tensors["losses"]))]
    done = 0

    def step():
        nonlocal done
        batch = batches[done % len(batches)]
        done += 1
        errors = network.noise(batch["x"], batch["log_sigma"], batch["class"]) - batch["noise"]
        loss = (errors.square() * batch["weight"]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    @torch.no_grad()
    def sample():
        x, sigmas = tensors["start"], tensors["sigmas"].tolist()
        for start, end in zip(sigmas, sigmas[1:]):
            noise = network.noise(x, torch.tensor([[start]]).log(), tensors.get("class"))
            # VE states move along the noise; VP states are those over sqrt(1 + sigma^2).
            x = (x * (1 + start * start) ** 0.5 + (end - start) * noise) / (1 + end * end) ** 0.5
        return x

    for line in sys.stdin:
        word, *count = line.split()
        begin = time.perf_counter()
        if word == "steps":
            for _ in range(int(count[0])):
                loss = step()
            value = loss.item()
        else:
            value = (sample() - tensors["end"]).norm().item() / tensors["end"].norm().item()
        print(1e3 * (time.perf_counter() - begin), value, flush=True)


main(sys.argv[1], int(sys.argv[2]))
