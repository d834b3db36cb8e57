"""
======================================
Does it matter how many machines work?
======================================

A corpus in four partitions is trained on by one worker, and by two. The workers are processes on
this machine, and talk over TCP as those of a cluster do; with the address of a scheduler in place
of ``LocalCluster``, the program runs on as many machines as you have.
"""

# %%
# A corpus in partitions
# ----------------------
#
# A bag reads its partitions when they are needed, on the workers. That of a real corpus would be
# made of files, for instance with ``dask.bag.from_sequence(paths).map_partitions(read)``.

import dask.bag
import matplotlib.pyplot as plt
from distributed import Client, LocalCluster

from sklstm import BiLSTMTagger
from sklstm.dask import DaskBiLSTMTagger
from sklstm.datasets import load_english_pos

X_train, y_train = load_english_pos(subset="train", return_X_y=True)
X_test, y_test = load_english_pos(subset="test", return_X_y=True)
X = dask.bag.from_sequence(X_train, npartitions=4)
y = dask.bag.from_sequence(y_train, npartitions=4)

# %%
# One worker, two workers
# -----------------------
#
# The cluster is closed at the end of the block. ``to_local`` returns a tagger that needs no Dask.

params = {"hidden_layer_sizes": 16, "embedding_size": 32, "char_hidden_size": 8}
params |= {"max_iter": 4, "learning_rate_init": 0.02, "random_state": 0}


def train(n_workers):
    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        return DaskBiLSTMTagger(**params, client=client).fit(X, y).to_local()


# %%
# The number of workers has no influence on the result, to the last bit. Partitions have: each takes
# its own steps, which are combined in every round. The vocabulary is the same.

if __name__ == "__main__":  # worker processes import this file
    taggers = {"one worker": train(1), "two workers": train(2)}
    taggers["one process, no partitions"] = BiLSTMTagger(**params).fit(X_train, y_train)

    first, second, local = taggers.values()
    assert all((second.coefs_[name] == W).all() for name, W in first.coefs_.items())
    assert first.vocabulary_ == local.vocabulary_

    fig, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for (name, tagger), style in zip(taggers.items(), ("-", ":", "--"), strict=True):
        accuracy = tagger.score(X_test, y_test)
        label = f"{name}: test accuracy {accuracy:.3f}"
        ax.plot(range(1, tagger.n_iter_ + 1), tagger.loss_curve_, style, linewidth=3, label=label)
    ax.set(xlabel="epoch", ylabel="training loss")
    ax.legend()
    plt.show()
