"""Teaches the network of `nlp/net.py`: intents and slots at once, by gradient descent in jax.

The slots are taught as a conditional random field (the likelihood of the whole row of labels), the intents of messages
with one wish by cross entropy. What keeps it from learning the lines by heart: vectors and layers dropped at random,
rare words called unknown now and then, and the mean of the weights over the last steps instead of the last weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from nlp.features import unit_columns
from nlp.net import LENGTHS, REACH, UNKNOWN, WHOLE, Net
from nlp.tagger import labelled
from nlp.teaching.lessons import SEED, Lesson

WIDTH = 128
ROUNDS = 8
BATCH = 64
SPEED = 2e-3  # of learning, at its height
LEAST = {"unit": 2, "word": 3, "place": 1, "label": 2, "idea": 2, "ending": 2, "count": 3}
DROPPED = 0.3  # of the vectors and of what goes to the labels
FORGOTTEN = {"unit": 0.05, "word": 0.2}  # how often a known one is called unknown
ROOM = (8, 16, 24, 32, 48, 64, 96, 160, 400)  # lengths that rows are filled up to
Weights = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one length: numbers (columns, rows, units), intents, labels, and which units and tasks count."""

    numbers: Any
    intents: Any
    labels: Any
    units: Any
    whole: Any
    slots: Any


def fit_net(made: Sequence[Lesson], rounds: int = ROUNDS, seed: int = SEED) -> Net:
    """The network that learned these lessons; lessons with further wishes teach slots only, patterns intents only."""
    taught = [one for one in made if one.reading.row and len(one.reading.row) <= ROOM[-1]]
    known = _vocabularies(taught)
    intents = sorted({one.example.intent for one in taught})
    labels = sorted({label for one in taught for label in labelled(one.reading.row, one.spans)})
    net = Net({}, known, intents, labels)
    numbered = [_numbered(one, net) for one in taught]
    chance = np.random.default_rng(seed)
    weights = _fresh(net, chance)
    steps = rounds * sum(1 for _ in _sheets(numbered, chance))
    pace = optax.warmup_cosine_decay_schedule(1e-4, SPEED, min(300, steps // 4), steps, 1e-5)
    descent = optax.chain(optax.clip_by_global_norm(5.0), optax.adamw(pace, weight_decay=1e-4))

    @jax.jit
    def step(weights: Weights, mean: Weights, state: Any, sheet: tuple[Any, ...], key: Any) -> Any:
        slope = jax.grad(_loss)(weights, Sheet(*sheet), key)
        change, state = descent.update(slope, state, weights)
        weights = optax.apply_updates(weights, change)
        return weights, jax.tree.map(lambda old, new: 0.998 * old + 0.002 * new, mean, weights), state

    mean, state, key = weights, descent.init(weights), jax.random.PRNGKey(seed)
    for _ in range(rounds):
        for sheet in _sheets(numbered, chance):
            key, now = jax.random.split(key)
            parts = (sheet.numbers, sheet.intents, sheet.labels, sheet.units, sheet.whole, sheet.slots)
            weights, mean, state = step(weights, mean, state, parts, now)
    return Net({name: np.asarray(array, np.float32) for name, array in mean.items()}, known, intents, labels)


def _vocabularies(made: Iterable[Lesson]) -> dict[str, list[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in LEAST}
    for one in made:
        for name, words in unit_columns(one.reading.row).items():
            counts[name].update(words)
    return {name: sorted(w for w, n in counts[name].items() if w and n >= least) for name, least in LEAST.items()}


Numbered = tuple[list[list[int]], int, list[int], bool, bool]


def _numbered(one: Lesson, net: Net) -> Numbered:
    labels = [net.labels.index(label) for label in labelled(one.reading.row, one.spans)]
    whole, slots = not one.example.others, not one.example.spelt
    return net.numbers(one.reading.row), net.intents.index(one.example.intent), labels, whole, slots


def _sheets(numbered: Sequence[Numbered], chance: Any) -> Iterator[Sheet]:
    """All rows once, in an order of chance; the last rows of a length are filled up with empty ones."""
    by_room: dict[int, list[int]] = {}
    for at, one in enumerate(numbered):
        by_room.setdefault(next(room for room in ROOM if len(one[2]) <= room), []).append(at)
    chosen = []
    for room, rows in by_room.items():
        size = BATCH if room <= 48 else BATCH // 4
        mixed = chance.permutation(rows)
        chosen += [(room, size, mixed[at : at + size]) for at in range(0, len(mixed), size)]
    for at in chance.permutation(len(chosen)):
        room, size, rows = chosen[at]
        yield _sheet([numbered[row] for row in rows], room, size)


def _sheet(rows: Sequence[Numbered], room: int, size: int) -> Sheet:
    numbers = np.zeros((len(LENGTHS), size, room), np.int32)
    intents, labels = np.zeros(size, np.int32), np.zeros((size, room), np.int32)
    units, whole, slots = np.zeros((size, room), np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    for at, (columns, intent, row, one_wish, marked) in enumerate(rows):
        count = len(row)
        numbers[:, at, :count], intents[at], labels[at, :count] = columns, intent, row
        units[at, :count], whole[at], slots[at] = 1, one_wish, marked
    return Sheet(numbers, intents, labels, units, whole, slots)


def _fresh(net: Net, chance: Any) -> Weights:
    """Weights before the first lesson."""

    def drawn(*shape: int) -> Any:
        return jnp.asarray(chance.normal(0, shape[0] ** -0.5, shape), jnp.float32)

    weights = {
        f"column_{name}": jnp.asarray(chance.normal(0, 0.1, (len(net.known[name]) + 1, length)), jnp.float32)
        for name, length in LENGTHS.items()
    }
    weights |= {"enter": drawn(sum(LENGTHS.values()), WIDTH), "enter_bias": jnp.zeros(WIDTH)}
    for layer in range(len(REACH)):
        weights |= {f"mix{layer}": drawn(3 * WIDTH, WIDTH), f"mix{layer}_bias": jnp.zeros(WIDTH)}
        weights |= {f"scale{layer}": jnp.ones(WIDTH)}
    count = len(net.labels)
    return weights | {
        "intent": drawn(2 * WIDTH, len(net.intents)),
        "intent_bias": jnp.zeros(len(net.intents)),
        "told": drawn(WIDTH, WIDTH),
        "meant": jnp.asarray(chance.normal(0, 0.1, (len(net.intents), WIDTH)), jnp.float32),
        "label": drawn(WIDTH, count),
        "label_bias": jnp.zeros(count),
        "first": jnp.zeros(count),
        "next": jnp.asarray(chance.normal(0, 0.01, (count, count)), jnp.float32),
    }


def _loss(weights: Weights, sheet: Sheet, key: Any) -> Any:
    """Minus the mean log-likelihood of the intents and of the rows of labels."""
    intents, scores = _forward(weights, sheet, key)
    right = jnp.take_along_axis(jax.nn.log_softmax(intents), sheet.intents[:, None], axis=1)[:, 0]
    rows = _row_likelihood(weights, scores, sheet)
    return -_mean(right, sheet.whole) - _mean(rows, sheet.slots)


def _mean(values: Any, counted: Any) -> Any:
    return (values * counted).sum() / jnp.maximum(counted.sum(), 1)


def _forward(weights: Weights, sheet: Sheet, key: Any) -> tuple[Any, Any]:
    """What `Net` computes, for many rows at once and with some of it dropped."""
    keys = iter(jax.random.split(key, 32))
    there = sheet.units[..., None]

    def drop(array: Any, share: float) -> Any:
        return jnp.where(jax.random.bernoulli(next(keys), 1 - share, array.shape), array / (1 - share), 0)

    columns = []
    for name, numbers in zip(LENGTHS, sheet.numbers, strict=True):
        forgotten = jax.random.bernoulli(next(keys), FORGOTTEN.get(name, 0.0), numbers.shape)
        columns.append(weights[f"column_{name}"][jnp.where(forgotten, UNKNOWN, numbers)])
    units = drop(jnp.concatenate(columns, -1), DROPPED) @ weights["enter"] + weights["enter_bias"]
    units = jax.nn.relu(units) * there
    for layer in range(WHOLE):
        units = _mixed(weights, units, layer, drop) * there
    mean = units.sum(1) / jnp.maximum(sheet.units.sum(1, keepdims=True), 1)
    most = jnp.where(there > 0, units, -1e9).max(1)
    intents = drop(jnp.concatenate([most, mean], -1), 0.4) @ weights["intent"] + weights["intent_bias"]
    told = jax.nn.relu(most @ weights["told"]) + weights["meant"][sheet.intents]
    units = (units + told[:, None]) * there
    for layer in range(WHOLE, len(REACH)):
        units = _mixed(weights, units, layer, drop) * there
    return intents, drop(units, DROPPED) @ weights["label"] + weights["label_bias"]


def _mixed(weights: Weights, units: Any, layer: int, drop: Any) -> Any:
    reach = REACH[layer]
    padded = jnp.pad(units, ((0, 0), (reach, reach), (0, 0)))
    around = jnp.concatenate([padded[:, : -2 * reach], units, padded[:, 2 * reach :]], -1)
    mixed = units + drop(jax.nn.relu(around @ weights[f"mix{layer}"] + weights[f"mix{layer}_bias"]), 0.8 * DROPPED)
    return mixed * jax.lax.rsqrt((mixed**2).mean(-1, keepdims=True) + 1e-5) * weights[f"scale{layer}"]


def _row_likelihood(weights: Weights, scores: Any, sheet: Sheet) -> Any:
    """The log-likelihood of each row of labels among all rows of labels."""
    there, labels = sheet.units, sheet.labels

    def further(sums: Any, at: tuple[Any, Any]) -> tuple[Any, None]:
        now, counts = at
        reached = jax.nn.logsumexp(sums[:, :, None] + weights["next"][None], axis=1) + now
        return jnp.where(counts[:, None] > 0, reached, sums), None

    begun = scores[:, 0] + weights["first"]
    sums, _ = jax.lax.scan(further, begun, (scores[:, 1:].swapaxes(0, 1), there[:, 1:].T))
    said = (jnp.take_along_axis(scores, labels[..., None], -1)[..., 0] * there).sum(1) + weights["first"][labels[:, 0]]
    said += (weights["next"][labels[:, :-1], labels[:, 1:]] * there[:, 1:]).sum(1)
    return said - jax.nn.logsumexp(sums, axis=-1)
