"""Tests of the benchmarks of docs/accuracy.rst, without their measurements."""

import json
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


def test_tables_of_the_accuracy_page_have_the_figures_of_the_results():
    import tables

    folder = ROOT / "docs" / "accuracy"
    for name, text in tables.texts(tables.read_results()).items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: run tables.py"


def test_tables_without_results_have_dashes():
    import tables

    for text in tables.texts({}).values():
        assert len(text.splitlines()) == 2
        assert set(text.splitlines()[1]) <= {"\\", "-", ","}


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


def test_parts_of_words_are_between_punctuation_and_capitals():
    from _names import parts_of_word

    def parts(word):
        return [name[5:] for name in parts_of_word(word) if name.startswith("part=")]

    assert parts("#NewYork") == ["new", "york"]
    assert parts("USAToday4") == ["usa", "today", "4"]
    assert parts("...") == []


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
        assert more.keys() <= {"analyzer", "vectors", "weight"}


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
