"""The same tagger in PyTorch, as fast as possible, for comparison.

Embedding, bidirectional LSTM, linear output, cross-entropy, gradient clipping, Adam. Only PyTorch's
work on batches that are already tensors is measured, in the layout that its LSTM needs:

packed
    A batch is a ``PackedSequence`` that was made before, longest sentence first. All other layers
    work on its data directly; nothing is packed, padded or sorted during the measurement.

padded
    A batch is an array of steps by sentences, steps first, as the LSTM reads it. It is not exact:
    the backward direction reads the padding before the last word of a sentence.

``torch.compile`` is not used: it breaks the graph at ``nn.LSTM`` and does not compile that.
"""

from itertools import chain
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from sklstm._features import ANALYZERS

# The indices of our gates, o f i g, in PyTorch's order, i f g o.
GATES = [2, 1, 3, 0]
IGNORED = -100
# The sentences of this many minibatches are sorted by length together, as in sklstm.
POOL = 32


class Batch(NamedTuple):
    """A minibatch as tensors.

    Attributes
    ----------
    ids : tensor of int64
        The rows of the embedding table, one token after another.
    offsets : tensor of int64 or None
        The start of each token's rows, for tokens with several features.
    shape : tensor of int64 or (n_steps, n_sentences)
        If packed, the number of sentences in each step; if padded, the shape of the batch.
    targets : tensor of int64 or None
        The class of each token.
    """

    ids: torch.Tensor
    offsets: torch.Tensor | None
    shape: torch.Tensor | tuple
    targets: torch.Tensor | None


class Peer(nn.Module):
    """The network.

    Parameters
    ----------
    n_rows, embedding_size : int
        The shape of the embedding table.
    n_units, n_layers, n_classes : int
    bags : bool, default=False
        Whether a token is the sum of the embeddings of several features, and not one word.
    sparse : bool, default=False
        Whether the gradient of the table is sparse.
    """

    def __init__(
        self, n_rows, embedding_size, n_units, n_layers, n_classes, bags=False, sparse=False
    ):
        super().__init__()
        if bags:
            self.table = nn.EmbeddingBag(n_rows, embedding_size, mode="sum", sparse=sparse)
        else:
            self.table = nn.Embedding(n_rows, embedding_size, sparse=sparse)
        self.lstm = nn.LSTM(embedding_size, n_units, n_layers, bidirectional=True)
        self.output = nn.Linear(2 * n_units, n_classes)

    def forward(self, batch):
        """Return the logits of each token of a batch, in its order."""
        X = self.table(batch.ids) if batch.offsets is None else self.table(batch.ids, batch.offsets)
        if isinstance(batch.shape, torch.Tensor):
            H = self.lstm(PackedSequence(X, batch.shape))[0].data
        else:
            H = self.lstm(X.view(*batch.shape, -1))[0].flatten(0, 1)
        return self.output(H)


def make_peer(tagger, sparse=False):
    """Return a peer with the architecture and the weights of a fitted tagger of words."""
    model = tagger._fitted_model()
    n_units, *others = model.architecture.hidden_layer_sizes
    n_layers, bags = 1 + len(others), tagger.analyzer != "word"
    peer = Peer(*model.table.shape, n_units, n_layers, len(tagger.classes_), bags, sparse)
    copy_weights(model, peer)
    return peer


def copy_weights(model, peer):
    """Copy the weights of a fitted tagger to the peer.

    PyTorch adds two biases where there is one: the second is zero and is not trained.
    """
    W = model.parameters["output"]
    state = {"table.weight": model.table, "output.weight": W[:-1].T, "output.bias": W[-1]}
    for layer, n_units in enumerate(model.architecture.hidden_layer_sizes):
        directions = zip(("", "_reverse"), model.parameters[f"lstm_{layer}"], strict=True)
        for suffix, W in directions:
            rows = np.concatenate(W[GATES], axis=1).T  # (4 H, H + E + 1)
            state |= {
                f"lstm.weight_hh_l{layer}{suffix}": rows[:, :n_units],
                f"lstm.weight_ih_l{layer}{suffix}": rows[:, n_units:-1],
                f"lstm.bias_ih_l{layer}{suffix}": rows[:, -1],
                f"lstm.bias_hh_l{layer}{suffix}": np.zeros(4 * n_units, rows.dtype),
            }
            getattr(peer.lstm, f"bias_hh_l{layer}{suffix}").requires_grad_(False)
    peer.load_state_dict({name: torch.tensor(values) for name, values in state.items()})


def check_same_function(tagger, peer, X):
    """Assert that the packed peer and the tagger compute the same; print the difference."""
    X = sorted(X, key=len, reverse=True)
    expected = np.array(time_major(tagger.predict_log_proba(X)))
    with torch.inference_mode():
        log_proba = peer(packed(encode(tagger, X))).log_softmax(dim=1).numpy()
    difference = float(np.abs(log_proba - expected).max())
    print(f"largest difference of a log-probability from PyTorch's: {difference:.1e}")
    assert difference <= 1e-5, "the two do not compute the same function"


# -- batches ------------------------------------------------------------------------------------


def encode(tagger, X):
    """Return sentences as lists of tokens; a token is a list of rows of the embedding table."""
    analyze, vocabulary = ANALYZERS[tagger.analyzer], tagger.vocabulary_

    def rows(word):
        found = [vocabulary.get(feature, 0) for feature in analyze(word)]
        known = [row for row in found if row]
        return known if len(known) == len(found) else [*known, 0]

    return [[rows(word) for word in words] for words in X]


def encode_tags(tagger, y):
    """Return the classes of the tags."""
    classes = {tag: k for k, tag in enumerate(tagger.classes_.tolist())}
    return [[classes[tag] for tag in tags] for tags in y]


def time_major(sequences):
    """Return the elements step by step; the first sequence must be one of the longest."""
    steps = range(len(sequences[0]))
    return [sequence[t] for t in steps for sequence in sequences if t < len(sequence)]


def packed(sentences, classes=None):
    """Return a packed batch of encoded sentences, longest first."""
    lengths = np.array([len(sentence) for sentence in sentences])
    n_running = [int((lengths > t).sum()) for t in range(lengths[0])]
    targets = None if classes is None else torch.tensor(time_major(classes))
    return Batch(*_flat(time_major(sentences)), torch.tensor(n_running), targets)


def padded(sentences, classes=None):
    """Return a padded batch of encoded sentences, longest first."""
    shape = len(sentences[0]), len(sentences)
    padding = [0] if all(len(rows) == 1 for rows in sentences[0]) else []
    tokens = time_major([_fill(sentence, shape[0], padding) for sentence in sentences])
    if classes is not None:
        classes = torch.tensor(time_major([_fill(each, shape[0], IGNORED) for each in classes]))
    return Batch(*_flat(tokens), shape, classes)


def _fill(sequence, length, value):
    return sequence + [value] * (length - len(sequence))


def _flat(tokens):
    """Return the rows of all tokens and, if tokens have several, the start of each token."""
    lengths = [len(rows) for rows in tokens]
    ids = torch.tensor(list(chain.from_iterable(tokens)))
    bags = any(length != 1 for length in lengths)
    return ids, torch.tensor(np.cumsum([0, *lengths[:-1]])) if bags else None


WAYS = {"packed": packed, "padded": padded}


def training_batches(sentences, classes, make, batch_size, seed=0):
    """Return an epoch of batches of similar lengths in random order, made as in sklstm."""
    rng = np.random.default_rng(seed)
    members, batches = rng.permutation(len(sentences)).tolist(), []
    for pool in _cut(members, batch_size * POOL):
        pool.sort(key=lambda k: len(sentences[k]), reverse=True)
        for batch in _cut(pool, batch_size):
            batches.append(make([sentences[k] for k in batch], [classes[k] for k in batch]))
    return [batches[k] for k in rng.permutation(len(batches))]


def prediction_batches(sentences, make, batch_size):
    """Return all sentences in batches, longest first."""
    return [make(batch) for batch in _cut(sorted(sentences, key=len, reverse=True), batch_size)]


def _cut(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


# -- training and prediction --------------------------------------------------------------------


def make_optimizers(peer, learning_rate):
    """Return Adam for all parameters or, with a sparse table, SparseAdam for the table.

    The fused Adam is the fastest one of PyTorch.
    """
    tables = [peer.table.weight] if peer.table.sparse else []
    dense = [w for w in peer.parameters() if w.requires_grad and all(w is not t for t in tables)]
    optimizers = [torch.optim.Adam(dense, lr=learning_rate, fused=True)]
    return optimizers + [torch.optim.SparseAdam([table], lr=learning_rate) for table in tables]


def train(peer, optimizers, batches, max_norm=5.0):
    """Train on each batch."""
    for batch in batches:
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(peer(batch), batch.targets, ignore_index=IGNORED).backward()
        clip_gradient(peer, max_norm)
        for optimizer in optimizers:
            optimizer.step()


def clip_gradient(peer, max_norm):
    """Do the same as ``clip_grad_norm_``, which does not accept sparse gradients."""
    if peer.table.sparse:
        peer.table.weight.grad = peer.table.weight.grad.coalesce()
    gradients = [w.grad for w in peer.parameters() if w.grad is not None]
    gradients = [g.values() if g.is_sparse else g for g in gradients]
    norm = torch.nn.utils.get_total_norm(gradients).item()
    if norm > max_norm:
        torch._foreach_mul_(gradients, max_norm / norm)


@torch.inference_mode()
def predict(peer, batches):
    """Return the most probable class of each token, batch by batch."""
    return [peer(batch).argmax(dim=1) for batch in batches]
