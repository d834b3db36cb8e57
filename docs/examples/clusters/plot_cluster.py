"""
==========================
Training on a Dask cluster
==========================

This example trains a tagger on one worker and on two workers, and compares the results. The workers
are processes on this machine. To use several machines, pass the address of a scheduler to
``Client`` instead of ``LocalCluster``.
"""

# %%
# A corpus in partitions
# ----------------------
#
# The corpus is a bag with four partitions. Workers read the partitions of a bag when they need
# them. For a corpus of files, use ``dask.bag.from_sequence(paths).map_partitions(read)``.

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
# The cluster is closed at the end of the ``with`` block. ``to_local`` returns a tagger that needs
# no Dask.

params = {"hidden_layer_sizes": 16, "embedding_size": 32, "char_hidden_size": 8}
params |= {"max_iter": 4, "learning_rate_init": 0.02, "random_state": 0}


def train(n_workers):
    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        return DaskBiLSTMTagger(**params, client=client).fit(X, y).to_local()


# %%
# The result does not depend on the number of workers, to the last bit. It depends on the
# partitions: each takes its own steps, which are combined in each round. The vocabulary does not
# depend on them.

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
