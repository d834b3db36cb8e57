"""Training and tagging on a cluster of worker processes, which talk over TCP."""

import os
import pickle
import random
import re
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise

import dask.bag
import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from dask import delayed
from distributed import Client, LocalCluster
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import sklstm.dask
from sklstm import BiLSTMTagger
from sklstm._checkpoints import FitCheckpoint
from sklstm._cli import main
from sklstm.callbacks import Checkpoint
from sklstm.dask import DaskBiLSTMTagger
from sklstm.dask._rounds import PartitionedTrainer
from sklstm.datasets import load_english_pos

SMALL = {
    "hidden_layer_sizes": 6, "embedding_size": 8, "char_hidden_size": 3, "max_iter": 2,
    "learning_rate_init": 0.02, "random_state": 0,
}  # fmt: skip
N_PARTITIONS = 3


def start(n_workers):
    return LocalCluster(
        n_workers=n_workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    )


@pytest.fixture(scope="module")
def client():
    with start(2) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def corpus():
    X, y = load_english_pos(subset="train", return_X_y=True)
    return X[:90], y[:90]


@pytest.fixture(scope="module")
def bags(corpus):
    return as_bags(*corpus)


@pytest.fixture(scope="module")
def fitted(client, bags):
    return DaskBiLSTMTagger(**SMALL, client=client).fit(*bags)


def as_bags(*lists):
    return [dask.bag.from_sequence(each, npartitions=N_PARTITIONS) for each in lists]


def as_lists(bag):
    """Return the partitions as delayed lists."""
    return [delayed(list)(part) for part in bag.to_delayed()]


def long_frame(X, y):
    """Return a data frame with one token in each row, whose index is the sequence."""
    lengths = list(map(len, X))
    index = pd.Index(np.repeat(np.arange(len(X)), lengths), name="sentence")
    words, tags = (np.concatenate([np.array(each, dtype=object) for each in z]) for z in (X, y))
    return pd.DataFrame({"word": words, "tag": tags}, index=index)


def as_dask_frame(frame, n_sequences):
    from dask import dataframe

    starts = range(0, n_sequences, -(-n_sequences // N_PARTITIONS))
    cuts = [*starts, n_sequences - 1]
    parts = [frame.loc[a : b - (b < n_sequences - 1)] for a, b in pairwise(cuts)]
    return dataframe.from_delayed(
        [delayed(part) for part in parts], meta=parts[0].iloc[:0], divisions=cuts
    )


def assert_same_bits(one, other):
    assert one.vocabulary_ == other.vocabulary_
    assert one.loss_curve_ == other.loss_curve_
    for ours, theirs in zip(one._model.arrays, other._model.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


# -- training -----------------------------------------------------------------------------------


def test_classes_and_vocabulary_are_those_of_one_process(fitted, corpus):
    one = BiLSTMTagger(**SMALL).fit(*corpus)
    assert fitted.vocabulary_ == one.vocabulary_
    assert fitted.classes_.tolist() == one.classes_.tolist()
    assert fitted.t_ == one.t_
    assert fitted.n_iter_ == 2


@pytest.mark.parametrize("params", [{"min_df": 2}, {"min_df": 0.05}, {"analyzer": str.split}])
def test_the_vocabulary_counts_the_weights_of_all_partitions(client, corpus, params):
    X, y = corpus[0][:30], corpus[1][:30]
    weights = ([1, 0.5, 0, 3] * 8)[:30]
    settings = SMALL | {"max_iter": 1} | params
    one = BiLSTMTagger(**settings).fit(X, y, weights)
    ours = DaskBiLSTMTagger(**settings, client=client).fit(*as_bags(X, y, weights))
    assert ours.vocabulary_ == one.vocabulary_


def test_training_learns(client):
    X = [["Ducks", "swim"], ["Owls", "fly", "away"]] * 40
    y = [["N", "V"], ["N", "V", "A"]] * 40
    settings = SMALL | {"max_iter": 4, "learning_rate_init": 0.05}
    tagger = DaskBiLSTMTagger(**settings, client=client).fit(*as_bags(X, y))
    assert tagger.loss_curve_[-1] < tagger.loss_curve_[0]
    assert tagger.score(X, y) == 1


def test_all_kinds_of_collections_give_the_same_model(client, bags, corpus, fitted):
    lists = [as_lists(bag) for bag in bags]
    assert_same_bits(DaskBiLSTMTagger(**SMALL, client=client).fit(*lists), fitted)
    frame = as_dask_frame(long_frame(*corpus), len(corpus[0]))
    ours = DaskBiLSTMTagger(**SMALL, client=client).fit(frame[["word"]], frame["tag"])
    assert_same_bits(ours, fitted)


def test_one_worker_gives_the_same_bits_as_two(bags, fitted):
    with Client(processes=False, n_workers=1, dashboard_address=":0") as one:
        assert_same_bits(DaskBiLSTMTagger(**SMALL, client=one).fit(*bags), fitted)


def test_empty_partitions_are_left_out(client, bags, fitted):
    X, y = ([part for each in as_lists(bag) for part in (each, delayed(list)([]))] for bag in bags)
    assert_same_bits(DaskBiLSTMTagger(**SMALL, client=client).fit(X, y), fitted)


@pytest.mark.parametrize("kind", ["dicts", "vectors", "crf", "sgd"])
def test_other_tokens_outputs_and_solvers(client, corpus, kind):
    X, y = corpus[0][:24], corpus[1][:24]
    params = {"crf": {"output": "crf"}, "sgd": {"solver": "sgd", "class_weight": "balanced"}}
    if kind == "dicts":
        X = [[{"word": word, "title": word.istitle()} for word in words] for words in X]
    if kind == "vectors":
        X = [np.array([[len(word), word.istitle()] for word in words], float) / 5 for words in X]
    settings = SMALL | {"max_iter": 1} | params.get(kind, {})
    one = BiLSTMTagger(**settings).fit(X, y)
    parts = [[delayed(z[k : k + 8]) for k in (0, 8, 16)] for z in (X, y)]
    ours = DaskBiLSTMTagger(**settings, client=client).fit(*parts)
    if kind == "vectors":
        assert ours.n_features_in_ == 2
        assert ours.coefs_["lstm_0"].shape == one.coefs_["lstm_0"].shape
    else:
        assert ours.vocabulary_ == one.vocabulary_
    assert np.isfinite(ours.loss_)
    assert ours.predict(X).shape == (24,)


def test_local_steps_change_the_number_of_rounds(client, bags, monkeypatch):
    rounds, submit_round = [], PartitionedTrainer._submit_round

    def counted(trainer, states, number, workers):
        rounds.append(number)
        return submit_round(trainer, states, number, workers)

    monkeypatch.setattr(PartitionedTrainer, "_submit_round", counted)
    # 90 sequences in minibatches of three partitions with three sequences each
    params = SMALL | {"batch_size": 9, "max_iter": 1, "client": client}
    for local_steps, n_rounds in ((1, 10), (5, 2), (1000, 1)):
        tagger = DaskBiLSTMTagger(**params, local_steps=local_steps).fit(*bags)
        assert rounds == list(range(n_rounds))
        assert tagger.t_ == 90
        assert "local_steps" not in tagger.to_local().get_params()
        rounds.clear()
    with pytest.raises(ValueError, match="'local_steps' parameter of DaskBiLSTMTagger must be"):
        DaskBiLSTMTagger(**params, local_steps=0).fit(*bags)


def test_the_mean_of_a_step_of_sgd_in_each_partition_is_the_step_of_one_process(
    client, bags, corpus
):
    params = SMALL | {
        "solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.5, "batch_size": 90,
        "max_iter": 3, "dropout": 0.0, "feature_dropout": 0.0, "word_dropout": 0.0, "alpha": 0.0,
    }  # fmt: skip
    one = BiLSTMTagger(**params).fit(*corpus)
    several = DaskBiLSTMTagger(**params, client=client).fit(*bags)
    start = BiLSTMTagger(**params | {"learning_rate_init": 1e-12}).fit(*corpus)
    for ours, theirs, first in zip(
        several._model.arrays, one._model.arrays, start._model.arrays, strict=True
    ):
        assert np.abs(theirs - first).max() > 0.01
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_validation_set_is_scored_and_stops_the_fit(client, bags, corpus):
    X, y = corpus
    tagger = DaskBiLSTMTagger(**SMALL, client=client, early_stopping=True)
    tagger.fit(*bags, X_val=X[:20], y_val=y[:20])
    assert len(tagger.validation_scores_) == 2
    assert tagger.best_validation_score_ == pytest.approx(tagger.score(X[:20], y[:20]))
    from_bags = clone(tagger).fit(
        *bags, **dict(zip(["X_val", "y_val"], as_bags(X, y), strict=True))
    )
    assert from_bags.score(X, y) == pytest.approx(from_bags.best_validation_score_)


def test_early_stopping_holds_out_a_part_of_each_partition(client, bags, corpus, capsys):
    tagger = DaskBiLSTMTagger(**SMALL, client=client, early_stopping=True, verbose=1).fit(*bags)
    assert tagger.t_ == 2 * sum(30 - 3 for _ in range(N_PARTITIONS))
    assert "validation accuracy" in capsys.readouterr().out
    assert len(tagger.vocabulary_) < len(BiLSTMTagger(**SMALL).fit(*corpus).vocabulary_)


def test_a_checkpoint_has_the_result_of_the_fit(client, bags, fitted, tmp_path, capsys):
    tagger = DaskBiLSTMTagger(**SMALL, client=client, verbose=1)
    tagger.set_callbacks(Checkpoint(tmp_path, keep=True))
    assert_same_bits(tagger.fit(*bags), fitted)
    capsys.readouterr()
    assert_same_bits(tagger.fit(*bags), fitted)
    assert "Read the complete fit from a checkpoint." in capsys.readouterr().out


def test_a_fit_that_was_killed_continues_from_its_checkpoint(client, bags, fitted, tmp_path):
    class Killed(Exception):
        pass

    def kill(checkpoint, trainer, save=FitCheckpoint.save):
        save(checkpoint, trainer)
        if len(trainer.completed.losses) == 1:
            raise Killed

    tagger = DaskBiLSTMTagger(**SMALL, client=client).set_callbacks(Checkpoint(tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FitCheckpoint, "save", kill)
        with pytest.raises(Killed):
            tagger.fit(*bags)
    assert_same_bits(tagger.fit(*bags), fitted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X, y[:2]), "must have the same partitions, but have [3, 2]"),
        (lambda X, y: (X, [y[0], y[1], delayed([["N"]])]), "In partition 2: "),
        (lambda X, y: (X, [["N"]]), "y must be a dask.bag of sequences"),
        (lambda X, y: ([delayed([])], [delayed([])]), "X has no token"),
        (
            lambda X, y: ([X[0], delayed([[{"a": 1}]])], [y[0], delayed([["N"]])]),
            "The tokens of partition 1 are dicts, those of partition 0 words",
        ),
        (
            lambda X, y: ([X[0], delayed([["a"]])], [y[0], delayed([[1]])]),
            "tags must be all str or all integers",
        ),
        (
            lambda X, y: ([delayed([]), X[0], delayed([[{"a": 1}]])], [delayed([]), y[0], y[0]]),
            "In partition 2: ",
        ),
        (
            lambda X, y: (
                [delayed([]), X[0], delayed([[{"a": 1}]])],
                [delayed([]), y[0], delayed([["N"]])],
            ),
            "The tokens of partition 2 are dicts, those of partition 1 words",
        ),
        (lambda X, y: ([X[0], delayed([])], y[:2]), "In partition 1: X has no token, but y has"),
        (lambda X, y: ([X[0], delayed([None])], [y[0], delayed([["N"]])]), "In partition 1: X[0]"),
        (lambda X, y: (X[0], y[0]), "Pass its partitions as a list: [X]"),
    ],
)
def test_invalid_input_is_refused_and_the_partition_named(client, bags, fitted, change, message):
    X, y = change(*map(as_lists, bags))
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        DaskBiLSTMTagger(**SMALL, client=client).fit(X, y)


def test_a_crf_names_the_partition_of_a_wrong_tag(client):
    X, y = [[["a", "b"]]] * 2, [[["B-X", "I-X"]], [["O", "I-X"]]]
    tagger = DaskBiLSTMTagger(**SMALL, output="crf", scheme="BIO", client=client)
    with pytest.raises(ValueError, match=r"In partition 1: y\[0\]\[1\] is 'I-X'"):
        tagger.fit([delayed(part) for part in X], [delayed(part) for part in y])


def test_a_partition_whose_weights_are_zero_is_left_out(client, corpus):
    X, y = corpus[0][:30], corpus[1][:30]
    parts = [[delayed(z[k : k + 10]) for k in (0, 10, 20)] for z in (X, y, [1.0] * 20 + [0.0] * 10)]
    tagger = DaskBiLSTMTagger(**SMALL, client=client).fit(*parts)
    assert_same_bits(tagger, clone(tagger).fit(parts[0][:2], parts[1][:2]))
    assert tagger.score(*parts) == pytest.approx(tagger.score(X[:20], y[:20]))
    with pytest.raises(ValueError, match="or none with a positive sample_weight"):
        tagger.score(*([part[2]] for part in parts))


def test_rows_of_data_frames_are_checked(client, corpus):
    from dask import dataframe

    table = long_frame(corpus[0][:6], corpus[1][:6])
    frame, tagger = as_dask_frame(table, 6), DaskBiLSTMTagger(**SMALL, client=client)
    shifted = frame["tag"].to_frame().map_partitions(lambda part: part.set_index(part.index + 1))
    with pytest.raises(ValueError, match=r"In partition \d: The index of y differs from that of X"):
        tagger.fit(frame[["word"]], shifted["tag"])
    cut = [table.iloc[:3], table.iloc[3:]]
    assert cut[0].index[-1] == cut[1].index[0]
    halves = dataframe.from_delayed([delayed(part) for part in cut], meta=table.iloc[:0])
    with pytest.raises(ValueError, match="Rows of the sequence 0 are in the partitions 0 and 1"):
        tagger.fit(halves[["word"]], halves["tag"])
    single = dataframe.from_pandas(table.reset_index(drop=True), npartitions=2)
    with pytest.warns(UserWarning, match="Each row of X is a sequence of one token"):
        tagger.fit(single[["word"]], single["tag"])


def test_sorting_by_position_keeps_the_order_of_words(client, corpus):
    from dask import dataframe

    table = long_frame(*corpus)
    table["position"] = table.groupby(level=0).cumcount()
    names = np.random.RandomState(0).permutation(1000)[: len(corpus[0])]
    table["sentence"] = names[table.index]
    frame = dataframe.from_pandas(table.reset_index(drop=True), npartitions=4)
    ordered = frame.sort_values(["sentence", "position"]).set_index("sentence", sorted=True)
    words = ordered["word"].compute().groupby(level=0).agg(list)
    assert words[names].tolist() == corpus[0]


def test_diverged_training_names_the_epoch(client):
    X = [delayed([[[1.0], [2.0]]] * 4)]
    tagger = DaskBiLSTMTagger(**SMALL | {"learning_rate_init": 1e300, "solver": "sgd"})
    with pytest.raises(ValueError, match=r"^Training failed in epoch 1: the loss"):
        tagger.set_params(client=client).fit(X, [delayed([["N", "V"]] * 4)])
    assert not hasattr(tagger, "classes_")


def test_what_is_not_supported_says_so(client, bags):
    with pytest.raises(ValueError, match="does not support warm_start"):
        DaskBiLSTMTagger(warm_start=True, client=client).fit(*bags)
    with pytest.raises(NotImplementedError, match=r"to_local\(\).partial_fit"):
        DaskBiLSTMTagger().partial_fit(*bags)


# -- the estimator ------------------------------------------------------------------------------


def test_parameters_are_those_of_the_tagger_and_the_client(client):
    ours, theirs = DaskBiLSTMTagger(client=client), BiLSTMTagger()
    own = {"local_steps": 10, "client": client}
    assert ours.get_params() == theirs.get_params() | own
    assert clone(ours).client is client
    with pytest.raises(TypeError, match="hidden_sizes"):
        DaskBiLSTMTagger(hidden_sizes=3)


def test_the_default_client_is_the_one_that_was_created_last(client):
    assert DaskBiLSTMTagger().client_ is client


def test_to_local_returns_an_ordinary_tagger(fitted, corpus):
    X, y = corpus
    local = fitted.to_local()
    assert type(local) is BiLSTMTagger
    assert_same_bits(local, fitted)
    before = fitted.coefs_["output"].copy()
    local.partial_fit(X, y)
    np.testing.assert_array_equal(fitted.coefs_["output"], before)
    assert not hasattr(DaskBiLSTMTagger().to_local(), "classes_")


def test_a_tagger_is_saved_without_its_client(fitted, corpus):
    loaded = pickle.loads(pickle.dumps(fitted))
    assert loaded.client is None
    assert loaded.predict(corpus[0]).tolist() == fitted.predict(corpus[0]).tolist()


def test_a_clone_keeps_the_client_the_callbacks_and_the_requests(client, tmp_path):
    tagger = DaskBiLSTMTagger(client=client, dropout=0.2).set_callbacks(Checkpoint(tmp_path))
    with sklearn.config_context(enable_metadata_routing=True):
        tagger.set_fit_request(sample_weight=True)
        cloned = clone(tagger)
        assert cloned.get_metadata_routing().fit.requests["sample_weight"] is True
    assert cloned.client is client
    assert cloned.dropout == 0.2
    assert [type(each) for each in cloned._skl_callbacks] == [Checkpoint]


def test_integer_tags_stay_integers_in_a_series(client, corpus):
    X = corpus[0][:6]
    y = [[len(word) % 2 for word in words] for words in X]
    tagger = DaskBiLSTMTagger(**SMALL, client=client).fit(*as_bags(X, y))
    frame = as_dask_frame(long_frame(X, y), 6)
    expected = np.concatenate(tagger.predict(X))
    tags = tagger.predict(frame[["word"]])
    assert tags.dtype == tags.compute().dtype == expected.dtype
    np.testing.assert_array_equal(tags.compute(), expected)


def test_prediction_returns_the_kind_of_collection_that_it_takes(fitted, bags, corpus):
    X, y = corpus
    expected, proba = fitted.to_local().predict(X).tolist(), fitted.to_local().predict_proba(X)
    assert fitted.predict(bags[0]).compute() == expected
    lists = fitted.predict(as_lists(bags[0]))
    assert [tags for part in dask.compute(*lists) for tags in part] == expected
    for ours, theirs in zip(fitted.predict_proba(bags[0]).compute(), proba, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    frame = as_dask_frame(long_frame(X, y), len(X))
    tags = fitted.predict(frame[["word"]])
    assert tags.divisions == frame.divisions
    assert tags.compute().tolist() == [tag for sequence in expected for tag in sequence]
    table = fitted.predict_proba(frame[["word"]]).compute()
    assert table.columns.tolist() == fitted.classes_.tolist()
    np.testing.assert_array_equal(table, np.concatenate(list(proba)))


def test_the_score_of_collections_is_that_of_lists(fitted, bags, corpus):
    weights = [1, 2, 0] * 30
    assert fitted.score(*bags) == pytest.approx(fitted.score(*corpus))
    ours = fitted.score(*bags, *as_bags(weights))
    assert ours == pytest.approx(fitted.score(*corpus, weights))


def test_a_tagger_that_is_not_fitted_does_not_predict(client, bags):
    with pytest.raises(NotFittedError):
        DaskBiLSTMTagger(client=client).predict(bags[0])


def test_tag_takes_any_tagger(client, fitted, bags, corpus):
    expected = fitted.to_local().predict(corpus[0]).tolist()
    assert sklstm.dask.tag(fitted.to_local(), bags[0]).compute() == expected


def test_tag_refuses_what_it_cannot_tag_at_once(client, small, bags, corpus):
    with pytest.raises(NotFittedError):
        sklstm.dask.tag(small, bags[0], client)
    fitted = small.fit(*corpus)
    for X in (corpus[0], "text", bags[0].to_delayed()[0]):
        with pytest.raises(TypeError, match=r"X must be a dask\.bag of sequences"):
            sklstm.dask.tag(fitted, X, client)
    with pytest.raises(TypeError, match=r"client must be a distributed\.Client\. Got 'tcp:"):
        sklstm.dask.tag(fitted, bags[0], "tcp://127.0.0.1:8786")


def test_without_dask_the_import_says_how_to_get_it():
    program = (
        "import sys; sys.modules['distributed'] = None\n"
        "try: import sklstm.dask\n"
        "except ImportError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert 'pip install "sklstm[dask]"' in result.stdout


def test_without_dask_the_command_says_how_to_get_it(archive):
    program = (
        "import sys; sys.modules['distributed'] = None\n"
        "from sklstm._cli import main\n"
        "main(['tag', '-m', 'tagger.joblib', '--dask', 'tcp://a:1', '-o', 'tagged', 'part0.txt'])"
    )
    arguments = [sys.executable, "-c", program]
    result = subprocess.run(arguments, capture_output=True, text=True, cwd=archive)
    assert 'pip install "sklstm[dask]"' in result.stderr


# -- the command line ---------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path, corpus, small):
    """Files of plain text, and a tagger."""
    joblib.dump(small.fit(*corpus), tmp_path / "tagger.joblib")
    (tmp_path / "tagged").mkdir()
    for k in range(3):
        text = "".join(" ".join(words) + "\n" for words in corpus[0][k * 30 : k * 30 + 30])
        (tmp_path / f"part{k}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def tag_archive(client, archive, *options):
    files = [str(path) for path in sorted(archive.glob("part*.txt"))]
    address = client.scheduler.address
    arguments = ["-m", str(archive / "tagger.joblib"), "-o", str(archive / "tagged"), *files]
    return main(["tag", "--dask", address, *arguments, *options])


def test_an_archive_is_tagged_file_by_file(client, archive, capsys):
    assert tag_archive(client, archive) == 0
    assert "3 of 3: " in capsys.readouterr().out
    for k in range(3):
        path, tagged = archive / f"part{k}.txt", archive / "tagged" / f"part{k}.txt"
        assert main(["tag", "-m", str(archive / "tagger.joblib"), str(path)]) == 0
        assert tagged.read_text(encoding="utf-8") == capsys.readouterr().out
    (archive / "tagged" / "part1.txt").unlink()
    (archive / "tagged" / "part2.txt").write_text("as it was", encoding="utf-8")
    assert tag_archive(client, archive) == 0
    assert "2 of 3 files are complete, and are skipped." in capsys.readouterr().out
    assert (archive / "tagged" / "part1.txt").exists()
    assert (archive / "tagged" / "part2.txt").read_text(encoding="utf-8") == "as it was"


@pytest.mark.filterwarnings("default")
def test_a_file_that_cannot_be_tagged_is_named_and_all_others_are_tagged(client, archive, capsys):
    (archive / "part1.txt").write_bytes(b"caf\xe9")
    assert tag_archive(client, archive) == 1
    assert f"error: {archive / 'part1.txt'}, line 1: " in capsys.readouterr().err
    outputs = sorted(path.name for path in (archive / "tagged").iterdir())
    assert outputs == ["part0.txt", "part2.txt"]
    (archive / "part3.txt").write_bytes(b"caf\xe9")
    assert tag_archive(client, archive) == 1
    error = capsys.readouterr().err
    for name in ("part1.txt", "part3.txt"):
        assert error.count(f"{archive / name}, line 1: ") == 1


@pytest.mark.filterwarnings("default")
def test_hints_about_files_reach_the_user(client, archive, capsys):
    (archive / "part1.txt").write_text("Ducks\nswim\n\n" * 9, encoding="utf-8")
    assert tag_archive(client, archive) == 0
    assert f"{archive / 'part1.txt'}: all lines have one word" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "-"], "--dask tags files into a folder"),
        (["-o", "missing"], "-o missing must be a folder that exists"),
        (["-"], "--dask tags files into a folder"),
        (["tagged/part0.txt"], "two of the files would have the same output"),
        (["-o", "."], "which is read: name another"),
    ],
)
def test_wrong_options_for_an_archive(client, archive, capsys, monkeypatch, options, message):
    monkeypatch.chdir(archive)
    if "tagged/part0.txt" in options:
        (archive / "other").mkdir()
        (archive / "other" / "part0.txt").write_text("a", encoding="utf-8")
        options = ["other/part0.txt"]
    assert tag_archive(client, archive, *options) == 1
    assert message in capsys.readouterr().err


# -- lost workers -------------------------------------------------------------------------------


class Killer(threading.Thread):
    """Kills a worker process, which its nanny then replaces, after some seconds."""

    def __init__(self, client, seconds):
        super().__init__()
        self.pids, self.seconds = list(client.run(os.getpid).values()), seconds
        self.done = threading.Event()

    def run(self):
        if not self.done.wait(self.seconds):
            os.kill(random.Random(self.seconds).choice(self.pids), signal.SIGKILL)

    def __enter__(self):
        self.start()

    def __exit__(self, *exception):
        self.done.set()
        self.join()


@pytest.mark.long
@pytest.mark.parametrize("share", np.random.RandomState(0).uniform(0.05, 0.9, 10).round(2))
def test_a_worker_that_is_killed_does_not_change_the_model(bags, share):
    with start(2) as cluster, Client(cluster) as client:
        tagger = DaskBiLSTMTagger(**SMALL, client=client)
        expected, seconds = timed(lambda: clone(tagger).fit(*bags))
        with Killer(client, share * seconds):
            assert_same_bits(tagger.fit(*bags), expected)


@pytest.mark.long
@pytest.mark.parametrize("share", np.random.RandomState(1).uniform(0.05, 0.9, 10).round(2))
def test_a_worker_that_is_killed_does_not_change_the_tags(bags, corpus, share):
    local = BiLSTMTagger(**SMALL).fit(*corpus)
    X = dask.bag.from_sequence(corpus[0] * 40, npartitions=40)
    with start(2) as cluster, Client(cluster) as client:
        expected, seconds = timed(lambda: sklstm.dask.tag(local, X, client).compute())
        with Killer(client, share * seconds):
            assert sklstm.dask.tag(local, X, client).compute() == expected


@pytest.mark.long
@pytest.mark.parametrize("share", np.random.RandomState(2).uniform(0.05, 0.9, 3).round(2))
def test_a_worker_that_is_killed_leaves_no_half_of_a_file(archive, corpus, share):
    text = (archive / "part0.txt").read_bytes()
    for k in range(12):
        (archive / f"part{k}.txt").write_bytes(text * 40)
    with start(2) as cluster, Client(cluster) as client:
        _, seconds = timed(lambda: tag_archive(client, archive))
        expected = {path.name: path.read_bytes() for path in (archive / "tagged").iterdir()}
        for path in (archive / "tagged").iterdir():
            path.unlink()
        with Killer(client, share * seconds):
            assert tag_archive(client, archive) == 0
    assert {path.name: path.read_bytes() for path in (archive / "tagged").iterdir()} == expected


@pytest.mark.long
def test_four_workers_give_the_same_bits_as_two(bags, fitted):
    with start(4) as cluster, Client(cluster) as client:
        assert_same_bits(DaskBiLSTMTagger(**SMALL, client=client).fit(*bags), fitted)


def timed(function):
    """Return the result of a function, and the seconds that it takes."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start
