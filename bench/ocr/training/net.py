"""The net that tells patches apart, how it is taught, and how it becomes a file that OpenCV runs. Needs PyTorch and ONNX."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

PACE, GENTLE = 4e-3, 1e-3
"""How large the largest steps are: from nothing, and where something is known already."""

Widths = tuple[int, ...]
"""Channels of the convolutions; the third and the last halve the picture beforehand by their stride."""


def convolved(channels: Widths, strides: tuple[int, ...], hidden: int, side: int, classes: int) -> nn.Sequential:
    """Convolutions of 3 × 3, the largest of every 2 × 2, then two layers in which everything meets."""
    layers: list[nn.Module] = []
    before = 1
    for channel, stride in zip(channels, strides, strict=True):
        layers += [nn.Conv2d(before, channel, 3, stride, 1), nn.BatchNorm2d(channel), nn.ReLU()]
        before, side = channel, -(-side // stride)
    layers += [nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.25)]
    layers += [nn.Linear(before * (side // 2) ** 2, hidden), nn.ReLU(), nn.Dropout(0.25), nn.Linear(hidden, classes)]
    return nn.Sequential(*layers)


def teach(
    net: nn.Sequential,
    patches: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    rounds: int,
    seed: int,
    batch: int = 256,
    pace: float = PACE,
    after: Callable[[int], None] = lambda _: None,
) -> None:
    """Goes through all patches ``rounds`` times, each time a pixel aside by chance. ``after`` is called with each round."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    said = torch.from_numpy(labels)
    optimizer = torch.optim.AdamW(net.parameters(), lr=pace, weight_decay=1e-2)
    steps = rounds * (len(labels) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, pace, total_steps=steps, pct_start=0.2)
    loss_of = nn.CrossEntropyLoss()
    short = bool(torch.cpu.get_capabilities().get("avx512_bf16"))  # elsewhere short numbers take far longer
    for turn in range(rounds):
        began, total = time.process_time(), 0.0
        net.train()
        order = rng.permutation(len(labels))
        for start in range(0, len(order) - batch + 1, batch):
            chosen = order[start : start + batch]
            given = np.roll(patches[chosen], tuple(rng.integers(-1, 2, 2)), axis=(1, 2))
            with torch.autocast("cpu", torch.bfloat16, enabled=short):
                loss = loss_of(net(_tensor(given)).float(), said[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(
            f"round {turn + 1}/{rounds}: loss {total * batch / len(order):.4f}, {time.process_time() - began:.0f} CPU s",
            flush=True,
        )
        after(turn + 1)


def _tensor(patches: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(patches[:, None].astype(np.float32) / 255).contiguous(memory_format=torch.channels_last)


def scores(net: nn.Sequential, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the net says of each class before it is made into probabilities."""
    net.eval()
    with torch.no_grad():
        parts = [net(_tensor(patches[n : n + 1024])).numpy() for n in range(0, len(patches), 1024)]
    return np.concatenate(parts)


def load(net: nn.Sequential, path: Path) -> None:
    """Gives a fresh net the weights of a file that ``save`` wrote, to go on from there."""
    kept = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in onnx.load(path).graph.initializer}
    layers = [layer for layer in net if not isinstance(layer, nn.Dropout)]
    with torch.no_grad():
        for n, layer in enumerate(layers):
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.weight.copy_(kept[f"w{n}"])
                assert layer.bias is not None
                layer.bias.copy_(kept[f"b{n}"])


def save(net: nn.Sequential, side: int, path: Path) -> None:
    """The net as ONNX, batch norms folded into the convolutions; it gives scores, not probabilities."""
    nodes: list[Any] = []
    weights: list[Any] = []
    at = "patches"

    def kept(name: str, value: torch.Tensor) -> str:
        weights.append(numpy_helper.from_array(value.detach().float().numpy().copy(), name))
        return name

    def then(kind: str, *inputs: str, **attributes: Any) -> None:
        nonlocal at
        to = f"{kind.lower()}{len(nodes)}"
        nodes.append(helper.make_node(kind, [at, *inputs], [to], **attributes))
        at = to

    layers = [layer for layer in net if not isinstance(layer, nn.Dropout)]
    for n, layer in enumerate(layers):
        if isinstance(layer, nn.Conv2d):
            norm: Any = layers[n + 1]
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = kept(f"w{n}", layer.weight * scale[:, None, None, None])
            bias = kept(f"b{n}", (layer.bias - norm.running_mean) * scale + norm.bias)
            then("Conv", weight, bias, kernel_shape=[3, 3], strides=list(layer.stride), pads=[1, 1, 1, 1])
        elif isinstance(layer, nn.Linear):
            then("Gemm", kept(f"w{n}", layer.weight), kept(f"b{n}", layer.bias), transB=1)
        elif isinstance(layer, nn.ReLU):
            then("Relu")
        elif isinstance(layer, nn.MaxPool2d):
            then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        elif isinstance(layer, nn.Flatten):
            then("Flatten", axis=1)
    nodes[-1].output[0] = "scores"
    given = helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["n", 1, side, side])
    told = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", net[-1].out_features])
    graph = helper.make_graph(nodes, "reader", [given], [told], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
