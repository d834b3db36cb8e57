"""The same tagger in PyTorch, as fast as possible, for comparison.

Embeddings, bidirectional LSTM, linear output, cross-entropy, gradient clipping, Adam. With
characters, another bidirectional LSTM reads the characters of each unique word of a batch once;
their embeddings are rows of the same table. Only PyTorch's work on batches that are already tensors
is measured, in the layout that its LSTM needs:

packed
    A batch is a ``PackedSequence`` that was made before, longest sentence first. All other layers
    work on its data directly; nothing is packed, padded or sorted during the measurement.

padded
    A batch is an array of steps by sentences, steps first, as the LSTM reads it. It is not exact:
    the backward direction reads the padding before the last word of a sentence. The characters of
    words are padded, too, or packed: words differ in length more than the sentences of a batch.

``torch.compile`` is not used: it breaks the graph at ``nn.LSTM`` and does not compile that.
"""

from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from sklstm._features import ANALYZERS, character_features

# The indices of our gates, o f i g, in PyTorch's order, i f g o.
GATES = [2, 1, 3, 0]
IGNORED = -100
# The sentences of this many minibatches are sorted by length together, as in sklstm.
POOL = 32


class Token(NamedTuple):
    """The rows of the embedding table for the features of a word, and for its characters."""

    rows: list
    characters: tuple = ()


class Characters(NamedTuple):
    """The characters of the unique words of a batch as tensors, the longest word first.

    Attributes
    ----------
    ids : tensor of int64
        The rows of the embedding table, one step after another.
    shape : tensor of int64 or (n_steps, n_words)
        As in :class:`Batch`.
    last : tensor of int64
        The last step of each word.
    words : tensor of int64
        The word of each token.
    """

    ids: torch.Tensor
    shape: torch.Tensor | tuple
    last: torch.Tensor
    words: torch.Tensor


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
    characters : Characters or None
    """

    ids: torch.Tensor
    offsets: torch.Tensor | None
    shape: torch.Tensor | tuple
    targets: torch.Tensor | None
    characters: Characters | None = None


class Peer(nn.Module):
    """The network.

    Parameters
    ----------
    table_shape : tuple of int
        The numbers of rows and columns of the embedding table.
    n_units, n_layers, n_classes : int
    bags : bool, default=False
        Whether a token is the sum of the embeddings of several features, and not one word.
    n_char_units : int, default=0
        The units of the LSTM over characters; 0 for a network without characters.
    """

    def __init__(self, table_shape, n_units, n_layers, n_classes, bags=False, n_char_units=0):
        super().__init__()
        embedding_size = table_shape[1]
        if bags:
            self.table = nn.EmbeddingBag(*table_shape, mode="sum")
        else:
            self.table = nn.Embedding(*table_shape)
        if n_char_units:
            self.characters = nn.LSTM(embedding_size, n_char_units, bidirectional=True)
            self.projection = nn.Linear(2 * n_char_units, embedding_size)
        self.lstm = nn.LSTM(embedding_size, n_units, n_layers, bidirectional=True)
        self.output = nn.Linear(2 * n_units, n_classes)

    def forward(self, batch):
        """Return the logits of each token of a batch, in its order."""
        X = self.table(batch.ids) if batch.offsets is None else self.table(batch.ids, batch.offsets)
        if batch.characters is not None:
            words = self.projection(self.read(batch.characters))
            X = X + F.embedding(batch.characters.words, words)
        if isinstance(batch.shape, torch.Tensor):
            H = self.lstm(PackedSequence(X, batch.shape))[0].data
        else:
            H = self.lstm(X.view(*batch.shape, -1))[0].flatten(0, 1)
        return self.output(H)

    def read(self, characters):
        """Return the last hidden states of both directions for each word."""
        E = F.embedding(characters.ids, self.table.weight, sparse=self.table.sparse)
        if isinstance(characters.shape, torch.Tensor):
            _, (states, _) = self.characters(PackedSequence(E, characters.shape))
            return torch.cat([states[0], states[1]], 1)
        H = self.characters(E.view(*characters.shape, -1))[0]
        n_units = H.shape[-1] // 2
        ranks = torch.arange(H.shape[1])
        return torch.cat([H[characters.last, ranks, :n_units], H[0, :, n_units:]], 1)


def make_peer(tagger, sparse=False):
    """Return a peer with the architecture and the weights of a fitted tagger of words.

    With `sparse`, the gradient of the embedding table is sparse.
    """
    model = tagger._model
    n_units, *others = model.architecture.hidden_layer_sizes
    n_layers, bags = 1 + len(others), tagger.analyzer != "word"
    n_classes, n_char_units = len(tagger.classes_), n_char_units_of(model)
    peer = Peer(model.table.shape, n_units, n_layers, n_classes, bags, n_char_units)
    peer.table.sparse = sparse
    copy_weights(tagger, peer)
    return peer


def n_char_units_of(model):
    """Return the units of the LSTM over characters of a fitted model, 0 without one."""
    return model.parameters["characters"].shape[-1] if "characters" in model.parameters else 0


def copy_weights(tagger, peer):
    """Copy the weights of a fitted tagger to the peer.

    PyTorch adds two biases where there is one: the second is zero and is not trained.
    """
    W, b = tagger.coefs_, tagger.intercepts_
    state = {"table.weight": W["embedding"]}
    for name in ("output", "projection"):
        if name in W:
            state |= {f"{name}.weight": W[name].T, f"{name}.bias": b[name]}
    for name in b:
        if name == "characters":
            state |= state_of_lstm(peer.characters, "characters.{}_l0", W[name], b[name])
        if name.startswith("lstm"):
            pattern = name.replace("_", ".{}_l")
            state |= state_of_lstm(peer.lstm, pattern, W[name], b[name])
    peer.load_state_dict({name: torch.tensor(values) for name, values in state.items()})


def state_of_lstm(lstm, name, W, b):
    """Return the weights of a layer of both directions by their names in PyTorch."""
    state, n_units = {}, W.shape[-1]
    for suffix, W_d, b_d in zip(("", "_reverse"), W, b, strict=True):
        rows = np.concatenate(W_d[GATES], axis=1).T  # (4 H, H + E)
        values = {
            "weight_hh": rows[:, :n_units],
            "weight_ih": rows[:, n_units:],
            "bias_ih": b_d[GATES].ravel(),
            "bias_hh": np.zeros(4 * n_units, rows.dtype),
        }
        state |= {name.format(each) + suffix: value for each, value in values.items()}
        not_trained = name.format("bias_hh").partition(".")[2] + suffix
        getattr(lstm, not_trained).requires_grad_(False)
    return state


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
    """Return sentences as lists of `Token`; equal words share one."""
    analyze, vocabulary = ANALYZERS[tagger.analyzer], tagger.vocabulary_
    has_characters = n_char_units_of(tagger._model) > 0

    def token(word):
        found = [vocabulary.get(feature, 0) for feature in analyze(word)]
        known = [row for row in found if row]
        rows = known if len(known) == len(found) else [*known, 0]
        characters = character_features(word) if has_characters else ()
        return Token(rows, tuple(vocabulary.get(feature, 0) for feature in characters))

    tokens = {word: token(word) for word in set(chain.from_iterable(X))}
    return [[tokens[word] for word in words] for words in X]


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
    tokens = time_major(sentences)
    targets = None if classes is None else torch.tensor(time_major(classes))
    rows, characters = _flat([token.rows for token in tokens]), _characters(tokens)
    return Batch(*rows, _n_running(sentences), targets, characters)


def padded(sentences, classes=None, pad_characters=True):
    """Return a padded batch of encoded sentences, longest first."""
    shape = len(sentences[0]), len(sentences)
    bags = any(len(token.rows) != 1 for sentence in sentences for token in sentence)
    padding = Token([] if bags else [0], sentences[0][0].characters)
    tokens = time_major(_fill(sentences, padding))
    if classes is not None:
        classes = torch.tensor(time_major(_fill(classes, IGNORED)))
    rows = _flat([token.rows for token in tokens])
    return Batch(*rows, shape, classes, _characters(tokens, pad_characters))


def _characters(tokens, pad=False):
    """Return the characters of tokens, packed or padded; None if tokens have none."""
    if not tokens[0].characters:
        return None
    spellings = sorted({token.characters for token in tokens}, key=len, reverse=True)
    ranks = {characters: rank for rank, characters in enumerate(spellings)}
    words = torch.tensor([ranks[token.characters] for token in tokens])
    last = torch.tensor([len(characters) - 1 for characters in spellings])
    if pad:
        ids, shape = time_major(_fill(spellings, 0)), (len(spellings[0]), len(spellings))
    else:
        ids, shape = time_major(spellings), _n_running(spellings)
    return Characters(torch.tensor(ids), shape, last, words)


def _n_running(sequences):
    """Return the number of sequences in each step, as a tensor."""
    lengths = np.array([len(sequence) for sequence in sequences])
    return torch.tensor([int((lengths > t).sum()) for t in range(lengths[0])])


def _fill(sequences, value):
    """Return sequences of the length of the first, which is one of the longest."""
    length = len(sequences[0])
    return [[*sequence] + [value] * (length - len(sequence)) for sequence in sequences]


def _flat(tokens):
    """Return the rows of all tokens and, if tokens have several, the start of each token."""
    lengths = [len(rows) for rows in tokens]
    ids = torch.tensor(list(chain.from_iterable(tokens)))
    bags = any(length != 1 for length in lengths)
    return ids, torch.tensor(np.cumsum([0, *lengths[:-1]])) if bags else None


WAYS = {"packed": packed, "padded": padded}
MORE_WAYS = {"padded, characters packed": partial(padded, pad_characters=False)}


def ways_of(tagger):
    """Return the functions that make batches for a tagger, by name."""
    return WAYS | (MORE_WAYS if n_char_units_of(tagger._model) else {})


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
