"""Tests of the benchmarks, of their tables and of what docs/performance.rst says about them."""

import csv
import json
import re
import statistics
import sys
from pathlib import Path

import numpy as np
import pytest
from _corpora import CORPORA

from sklstm import BiLSTMTagger

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "docs" / "benchmarks"


@pytest.fixture(autouse=True)
def path_of_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (BENCHMARKS / f"{name}.py").is_file():
            del sys.modules[name]


def row(corpus, title, mean, fit_s):
    return {"corpus": corpus, "title": title, "mean": mean, "spread": None, "fit_s": fit_s}


ROWS = [
    row("english", "defaults", 0.95, 10.0),
    row("wolof", "defaults", 0.90, 2.0),
    row("wnut17", "defaults", 0.25, 5.0),
    row("english", "small", 0.94, 5.0),
    row("wolof", "small", 0.88, 1.0),
    row("wnut17", "small", 0.28, 2.5),
    row("wnut17", "softmax", 0.20, 4.0),
]


def test_variants_are_compared_with_the_defaults_over_all_corpora():
    from _figures import side_by_side

    small = side_by_side(ROWS)["small"]
    assert small["english"] == pytest.approx(-0.01)
    assert small["treebanks"] == pytest.approx(-0.015)
    assert small["all"] == pytest.approx(0)
    assert small["time"] == pytest.approx(0.5)


def test_a_variant_that_lacks_a_corpus_has_no_mean():
    from _figures import side_by_side

    softmax = side_by_side(ROWS)["softmax"]
    assert softmax["treebanks"] is None
    assert softmax["all"] is None
    assert softmax["time"] == pytest.approx(0.8)


def test_tables_have_the_figures_of_the_results():
    import tables

    for name, text in tables.texts(tables.read_results()).items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"{name}: run tables.py"


@pytest.mark.parametrize("page", ["accuracy", "performance"])
def test_pages_include_the_tables_that_exist(page):
    import tables

    written = {name for name in tables.texts({}) if name.startswith(page)}
    text = (ROOT / "docs" / f"{page}.rst").read_text(encoding="utf-8")
    included = {line.split()[-1] for line in text.splitlines() if ":file:" in line}
    assert included == written
    assert {f"{page}/{path.name}" for path in (ROOT / "docs" / page).glob("*.csv")} == written


def test_tables_without_results_have_dashes():
    import tables

    for text in tables.texts({}).values():
        _, *rows = csv.reader(text.splitlines())
        assert rows
        assert {cell for row in rows for cell in row[1:]} == {tables.NONE}


def test_shorter_fits_are_ordered_by_epochs_and_compared_with_the_crf():
    from _performance import race

    def whole(accuracy, fit_s):
        return {"accuracy": accuracy, "fit_s": fit_s}

    rounds = {
        "ours, 10 epochs 0": [whole(0.95, 12.0)],
        "ours, 2 epochs 0": [whole(0.90, 3.0), whole(0.90, 5.0)],
        "ours, 2 epochs 1": [whole(0.89, 4.0)],
        "ours 0": [whole(0.97, 14.0)],
        "ours, scored 0": [{"scores": [0.9] * 12, "seconds": [1.0] * 12}],
        "crfsuite None": [whole(0.93, 8.0)],
    }
    dashes = [r"\-"] * 3
    assert race({"race": {"rounds": rounds}})[1:] == [
        ["CRFsuite", "93.00", "8.0", "1.00", *dashes],
        ["sklstm, 2 epochs", "89.00", "4.0", "0.50", *dashes],
        ["sklstm, 10 epochs", "95.00", "12.0", "1.50", *dashes],
        ["sklstm, 12 epochs", "97.00", "14.0", "1.75", *dashes],
    ]


# -- what docs/performance.rst says --------------------------------------------------------------


def exceeds_the_crf(results, file, share):
    """Return whether a fit exceeds the accuracy of the CRF in this share of its time."""
    from _performance import fits_of

    if file not in results:
        return True
    fits = fits_of(results[file])
    goal, crf_s = fits.pop(0)
    return any(score > goal and seconds < share * crf_s for score, seconds in fits.values())


def ratios(results, task, way):
    files = [results[name] for name in ("throughput", "throughput_default") if name in results]
    return [row[task][f"ours/{way}"] for file in files for row in file["rows"]]


def grows_by(runs, column):
    """Return the ratio of the largest size to the smallest."""
    costs = [runs[size][column] for size in sorted(runs, key=int)]
    return costs[-1] / costs[0]


def profiles(results):
    from _performance import profiles_of

    return profiles_of(results)


def parts_are_largest(results):
    from _figures import shares_of

    each = [shares_of(task) for task in profiles(results).values()]
    return all(max(shares, key=shares.get) == "matrix products" for shares in each)


def gains_of_two(results, batch_size):
    rows = [row for row in results["threads"]["rows"] if row["n_threads"] == 2]
    return next(row["train_speed_up"] for row in rows if row["batch_size"] == batch_size)


def median_peak(results, name):
    return statistics.median(run["peak"] for run in results["footprint"]["fit"][name])


def sorting_gains(results):
    rounds = results["bucketing"]["rounds"]
    random, by_length = (np.mean(rounds[name], axis=0) for name in ("at random", "by length"))
    return by_length[0] < random[0] and abs(by_length[1] - random[1]) < 0.0005


def loses_by(results, title, corpora="treebanks"):
    """Return how much worse a change of the ablation is than the defaults."""
    from _figures import side_by_side

    return -side_by_side(results["accuracy"]["ablation"]["rows"])[title][corpora]


# Sentences of the two pages, each with a function that says whether results agree.
CLAIMS = {
    "It is faster than packed PyTorch in every row.": lambda results: all(
        ratio > 1 for task in ("train", "predict") for ratio in ratios(results, task, "packed")
    ),
    "PyTorch is faster with a single sentence of five words or more": lambda results: all(
        case["ours_times_as_fast"] < 1
        for name, case in results["latency"]["cases"].items()
        if name != "1 word"
    ),
    "Fits of few epochs exceed the accuracy of CRFsuite: without characters in less than a third "
    "of its time, with the defaults in less than two thirds.": lambda results: (
        exceeds_the_crf(results, "race", 1 / 3) and exceeds_the_crf(results, "race_default", 2 / 3)
    ),
    "The cost of a token in training does not grow with the number of sentences, and little with "
    "the number of features.": lambda results: (
        grows_by(results["scaling"]["sentences"], "whole fit") < 1.1
        and grows_by(results["scaling"]["features"], "whole fit") < 1.5
    ),
    "The cost of `predict` grows with the number of features": lambda results: (
        grows_by(results["scaling"]["features"], "predict") > 1.5
    ),
    "The matrix products are the largest part, and they run nearly at the speed of large matrix "
    "products on this machine.": lambda results: (
        parts_are_largest(results)
        and all(
            task["products_gflops"] > 0.75 * task["sgemm_gflops"]
            for task in profiles(results).values()
            if "products_gflops" in task
        )
    ),
    "A second thread gains more with larger minibatches": lambda results: (
        gains_of_two(results, 128) > gains_of_two(results, 32) > 1
    ),
    "A fit takes less time than with random minibatches, and is as accurate.": sorting_gains,
    "A fit takes less memory than in PyTorch.": lambda results: (
        median_peak(results, "sklstm") < median_peak(results, "PyTorch, SparseAdam")
    ),
    "It does not grow with the number of calls.": lambda results: (
        results["latency"]["memory"]["growth"] < 1e6
    ),
    "Affixes contribute most, then the second direction, then the LSTM over characters and the "
    "schedule of the learning rate.": lambda results: (
        loses_by(results, "no affixes")
        > loses_by(results, "one direction")
        > loses_by(results, "no characters")
        > loses_by(results, "constant learning rate")
        > 0
    ),
    "Dropout of units makes no difference on the treebanks, but raises F1 on "
    "WNUT-17.": lambda results: (
        abs(loses_by(results, "no dropout of units")) < 0.0005
        and loses_by(results, "no dropout of units", "wnut17") > 0
    ),
    "The L2 penalty and the clipping of gradients make no difference here": lambda results: all(
        abs(loses_by(results, title)) < 0.0005
        for title in ("no L2 penalty", "no gradient clipping")
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_results_agree_with_the_pages(claim):
    import tables

    pages = [ROOT / "docs" / f"{name}.rst" for name in ("accuracy", "performance")]
    text = " ".join(page.read_text(encoding="utf-8") for page in pages)
    assert claim in " ".join(text.split())
    assert CLAIMS[claim](tables.read_results())


def test_the_best_values_of_a_row_are_bold():
    from _figures import PLUS_MINUS, in_bold

    close = [f"90.38{PLUS_MINUS}0.11", "90.38", "90.37"]
    expected = [f"**{close[0]}**", "**90.38**", "90.37"]
    assert in_bold(close, [90.384, 90.379, 90.37]) == expected
    assert in_bold(["1 ± 0", "2", "-", "2"], [1, 2, None, 2]) == ["1 ± 0", "**2**", "-", "**2**"]
    assert in_bold(["1", "2"], [1, 2], min) == ["**1**", "2"]
    assert in_bold(["1", "-"], [1, None]) == ["1", "-"]


def test_corpora_and_cases_have_one_order_in_all_tables():
    import tables
    from _figures import CORPORA, by_length

    order = [name for name, _ in CORPORA.values()]
    found = tables.texts(tables.read_results())
    for name in ("corpora", "taggers", "unknown", "seconds", "recipe"):
        rows = [row[0] for row in csv.reader(found[f"accuracy/{name}.csv"].splitlines())][1:]
        assert rows == [title for title in order if title in rows], name
    cases = ["20 words, 2 unknown", "20 words", "1 word", "80 words"]
    assert by_length(cases) == ["1 word", "20 words", "20 words, 2 unknown", "80 words"]


def test_only_variants_that_nothing_exceeds_in_as_little_time_have_names():
    pytest.importorskip("matplotlib")
    import plots

    points = {"defaults": (1, 95), "fast": (0.5, 94), "bad": (0.7, 93), "vote": (5, 96)}
    assert list(plots.best_of(points)) == ["defaults", "fast", "vote"]


@pytest.mark.parametrize("page", ["accuracy", "performance"])
def test_pages_show_all_pictures(page):
    pytest.importorskip("matplotlib")
    import plots

    drawn = {name for name in plots.PICTURES if (name in plots.OF_ACCURACY) == (page == "accuracy")}
    text = (ROOT / "docs" / f"{page}.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"figure:: \w+/(\w+)\.svg", text)) == drawn
    assert {path.stem for path in (ROOT / "docs" / page).glob("*.svg")} == drawn


def test_pictures_are_legible_on_a_telephone():
    pytest.importorskip("matplotlib")
    import plots

    for name, needed in plots.NEEDS.items():
        if None in plots.read_results(BENCHMARKS / "results", needed):
            continue
        folder = "accuracy" if name in plots.OF_ACCURACY else "performance"
        svg = (ROOT / "docs" / folder / f"{name}.svg").read_text(encoding="utf-8")
        scale = min(1, 358 / 96 / (float(re.search(r'width="([\d.]+)pt"', svg)[1]) / 72))
        sizes = [float(size) * 96 / 72 for size in re.findall(r"font(?:-size)?: ([\d.]+)px", svg)]
        assert scale * min(sizes) > 9, f"{name}: run plots.py"


def test_changes_are_shown_as_arguments():
    import tables

    assert tables.in_code({"analyzer": "word"}) == '``analyzer="word"``'
    assert tables.in_code({"max_grad_norm": float("inf")}) == "``max_grad_norm=np.inf``"
    assert tables.in_code({"n_voters": 5}) == "VotingTagger of 5"
    both = tables.in_code({"n_voters": 5, "max_iter": 20})
    assert both == "VotingTagger of 5, ``max_iter=20``"


def test_examples_in_tables_have_no_markup_but_the_marked_word():
    import tables

    assert tables.escaped("a* [b] [c] _") == r"\ a\* **b** [c] \_"


NAMES = [["in", "New", "York"], ["new", "York"], ["in", "Rome"]]
TAGS_OF_NAMES = [["O", "B-place", "I-place"], ["O", "B-place"], ["O", "B-place"]]


def test_a_gazetteer_has_the_words_of_names_in_two_sentences():
    from _names import Gazetteer

    gazetteer = Gazetteer(NAMES, TAGS_OF_NAMES)
    found = {word: gazetteer(word)[-1] for word in ("York", "YORK", "New", "Rome", "in")}
    assert [word for word in found if found[word] == "name=place"] == ["York", "YORK"]


@pytest.mark.parametrize("X", [NAMES, [["in", "Rome"], ["by", "York"]], [["a"], ["b"]]])
def test_a_factor_of_the_probability_of_o_decides_how_many_names_are_found(X):
    from _names import NameTagger

    from sklstm.ensemble import VotingTagger

    tagger = BiLSTMTagger(4, output="crf", scheme="BIO", max_iter=1, random_state=0)
    found = {}
    for factor in (0, 1, 1e6):
        voting = VotingTagger([("names", NameTagger(tagger, factor))])
        tags = voting.fit(NAMES, TAGS_OF_NAMES).predict(X)
        found[factor] = sum(tag == "O" for row in tags for tag in row)
    assert found[0] == 0
    assert found[0] <= found[1] <= found[1e6] == sum(map(len, X))


def test_a_factor_is_chosen_on_other_sentences(monkeypatch):
    import names
    from _taggers import Corpus

    tags = [["B-a"], ["O"]] * 2  # the first half has names only, the other half has none
    corpus = Corpus(None, None, [["x"]] * 4, tags, None)
    alike = {1: [["O"]] * 4, 0.1: [["B-a"]] * 4}
    monkeypatch.setattr(names, "FACTORS", (1, 0.1))
    monkeypatch.setattr(names, "decode", lambda tagger, factor, corpus: alike[factor])
    assert names.decode_with_chosen_factor(None, corpus)[1::2] == [["B-a"]] * 2


def test_each_fourth_sentence_is_held_out():
    import names
    from _taggers import Corpus

    X, y = [[str(k)] for k in range(6)], [[k] for k in range(6)]
    held_out = names.hold_out(Corpus(X, y, None, None, None))
    assert held_out.y == [[1], [2], [3], [5]]
    assert held_out.y_held_out == [[0], [4]]
    assert held_out.X_held_out == [["0"], ["4"]]


def test_changes_for_names_are_parameters_of_the_tagger():
    from _fits import DEFAULTS
    from names import CHANGES

    for params, more in CHANGES.values():
        assert params.keys() <= DEFAULTS.keys()
        assert more.keys() <= {"gazetteer", "vectors", "weight"}


def test_each_variant_changes_parameters_of_the_tagger():
    from _fits import DEFAULTS
    from _variants import ABLATION, RECIPES, VARIANTS

    for params in (ABLATION | VARIANTS | RECIPES).values():
        assert params.keys() <= DEFAULTS.keys() | {"n_voters"}


def test_parameters_that_equal_the_defaults_are_no_change():
    from _fits import DEFAULTS, variant

    params = {"hidden_layer_sizes": DEFAULTS["hidden_layer_sizes"]}
    assert variant("english", 0, params) == variant("english", 0, {})
    assert variant("wnut17", 0, {"output": "softmax", "scheme": None}).params == ()


def test_averages_with_other_seeds_have_other_members():
    from _fits import DEFAULTS, make_tagger, variant

    seeds = []
    for seed in (0, 1):
        voting = make_tagger(variant("english", seed, {"n_voters": 3}), DEFAULTS)
        seeds += [tagger.random_state for _, tagger in voting.estimators]
    assert seeds == [0, 1, 2, 3, 4, 5]


def test_finished_fits_are_read_from_the_cache(tmp_path, monkeypatch):
    import _fits
    from _taggers import Corpus

    X, y = [["a", "b"], ["b"]], [["X", "Y"], ["Y"]]
    corpora = {("english", "test"): Corpus(X, y, X, y, np.array([True, True, False]))}
    fit = _fits.variant("english", 0, {"hidden_layer_sizes": (4,), "max_iter": 1}, "test")
    [figures] = _fits.Runner(corpora, 1, 1, {}, tmp_path)([fit])
    monkeypatch.setattr(_fits, "measure", None)
    [found] = _fits.Runner(corpora, 1, 1, {}, tmp_path)([fit])
    assert json.dumps(found) == json.dumps(figures)
    with pytest.raises(TypeError):
        list(_fits.Runner(corpora, 1, 1, {"max_iter": 2}, tmp_path)([fit]))


def test_north_sami_is_scored_on_the_last_sentences_of_train():
    from _taggers import FOLDERS, N_DEV, read_corpus

    folder = CORPORA / FOLDERS["north_sami"]
    if not folder.is_dir():
        pytest.skip(f"no corpus in {folder}")
    dev, test = read_corpus(folder, "dev", None), read_corpus(folder, "test", None)
    assert dev.X + dev.X_held_out == test.X
    assert len(dev.X_held_out) == len(dev.y_held_out) == N_DEV


def test_the_peer_computes_the_function_of_the_default_network(capsys):
    from _common import find_peer

    torch_peer = find_peer() or pytest.skip("PyTorch is not installed")
    X, y = [["an", "old", "man"], ["old"], ["a", "boat"]], [list("abc"), ["b"], list("ac")]
    tagger = BiLSTMTagger(4, label_smoothing=0, max_iter=2, random_state=0).fit(X, y)
    X = [*X, ["unknown", "old", "owls", "boat"]]
    torch_peer.check_same_function(tagger, torch_peer.make_peer(tagger), X)
    assert "largest difference" in capsys.readouterr().out
