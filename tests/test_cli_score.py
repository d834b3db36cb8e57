import json
import re
import shutil
import warnings

import joblib
import pytest
from _commands import tiny_tagger, type_in
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import f1_score

from sklstm._cli import main
from sklstm._cli._score import known_words, report
from sklstm.datasets import write_conll
from sklstm.ensemble import VotingTagger
from sklstm.metrics import span_f1_score


@pytest.fixture(scope="module")
def tagger(english):
    X, y = english
    return tiny_tagger(max_iter=4).fit(X[:40], y[:40])


@pytest.fixture
def files(tagger, english, tmp_path, monkeypatch):
    """A model and a file of tagged text in the current folder."""
    monkeypatch.chdir(tmp_path)
    joblib.dump(tagger, "model")
    X, y = english
    write_conll("test.conllu.gz", X[40:], y[40:])
    return X[40:], y[40:]


def test_all_known_and_unknown_words_and_each_tag_have_scores(files, tagger, english, capsys):
    X, y = files
    assert main(["score", "-m", "model", "test.conllu.gz"]) == 0
    output = capsys.readouterr().out
    seen = {word for words in english[0][:40] for word in words}
    pairs = [
        (word in seen, right == predicted)
        for words, *tags in zip(X, y, tagger.predict(X), strict=True)
        for word, right, predicted in zip(words, *tags, strict=True)
    ]
    for name, which in [("all", (True, False)), ("known", (True,)), ("unknown", (False,))]:
        right = [each for known, each in pairs if known in which]
        share = f"{sum(right) / len(right):.2%}"
        assert re.search(
            rf"^Accuracy on {name} words +{share} +\({len(right):,} tokens", output, re.M
        )
    n_nouns = sum(tag == "NOUN" for tags in y for tag in tags)
    assert re.search(rf"^ +NOUN( +[01]\.\d{{3}}){{3}} +{n_nouns}$", output, re.MULTILINE)


def test_an_ensemble_is_scored(files, tagger, english, capsys):
    X, y = files
    members = [("fitted", FrozenEstimator(tagger)), ("other", tiny_tagger(random_state=1))]
    voting = VotingTagger(members).fit(english[0][:40], english[1][:40])
    joblib.dump(voting, "model")
    assert main(["score", "-m", "model", "test.conllu.gz", "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)["accuracy"]
    assert parts["all words"]["accuracy"] == pytest.approx(voting.score(X, y))
    assert parts["known words"]["n_tokens"] < parts["all words"]["n_tokens"]


def test_json_has_the_same_scores(files, tagger, capsys):
    X, y = files
    assert main(["score", "-m", "model", "test.conllu.gz", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["n_sentences"] == len(X)
    parts = scores["accuracy"]
    assert parts["all words"]["accuracy"] == pytest.approx(tagger.score(X, y))
    assert parts["all words"]["n_tokens"] == sum(map(len, X))
    assert parts["known words"]["n_tokens"] + parts["unknown words"]["n_tokens"] == sum(map(len, X))
    flat = [[tag for tags in each for tag in tags] for each in (y, tagger.predict(X))]
    macro = f1_score(*flat, average="macro", zero_division=0)
    assert scores["tags"]["macro avg"]["f1-score"] == pytest.approx(macro)
    assert "spans" not in scores


@pytest.mark.parametrize("is_given", [True, False])
def test_spans_are_scored_in_the_given_scheme_or_that_of_the_tagger(is_given, tmp_path, capsys):
    X = [["Ada", "Lovelace", "met", "Bob"], ["Bob", "slept"]] * 5
    y = [["B-person", "I-person", "O", "B-person"], ["B-place", "O"]] * 5
    scheme = {} if is_given else {"output": "crf", "scheme": "BIO"}
    tagger = tiny_tagger(**scheme).fit(X, y)
    joblib.dump(tagger, tmp_path / "model")
    write_conll(tmp_path / "test", X, y, layout=None)
    command = ["score", "-m", str(tmp_path / "model"), str(tmp_path / "test"), "--columns", "0,1"]
    command += ["--scheme", "BIO"] if is_given else []
    assert main([*command, "--json"]) == 0
    spans = json.loads(capsys.readouterr().out)["spans"]
    expected = span_f1_score(y, tagger.predict(X), scheme="BIO", average="macro", zero_division=0)
    assert spans["macro avg"]["f1-score"] == pytest.approx(expected)
    assert spans["person"]["support"] == 10
    assert main(command) == 0
    assert re.search(
        r"^Spans \(BIO\)\n\n.*\n\n +person .* 10$", capsys.readouterr().out, re.MULTILINE
    )


def spans_of(tmp_path, y, capsys, *options):
    """Return the scheme and the printed scores of a tagger without a scheme, and its warnings."""
    X = [["Ada", "Lovelace", "met", "Bob"][: len(tags)] for tags in y]
    joblib.dump(tiny_tagger(max_iter=1).fit(X, y), tmp_path / "model")
    write_conll(tmp_path / "test", X, y, layout=None)
    command = ["score", "-m", str(tmp_path / "model"), str(tmp_path / "test"), *options]
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main([*command, "--json"]) == 0
        scores = json.loads(capsys.readouterr().out)
        assert main(command) == 0
    captured = capsys.readouterr()
    assert ("Spans (" in captured.out) == ("spans" in scores)
    return scores.get("scheme"), scores.get("spans"), captured.err


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("BIO", ["B-PER", "I-PER", "O", "B-LOC"]),
        ("IOB1", ["I-PER", "I-PER", "O", "I-LOC"]),
        ("BIOES", ["B-PER", "E-PER", "O", "S-LOC"]),
        ("BILOU", ["B-PER", "L-PER", "O", "U-LOC"]),
        ("BMES", ["B-PER", "M-PER", "E-PER", "S-LOC"]),
        ("BIO", ["PER-B", "PER-I", "O", "LOC-B"]),
        ("BMES", ["B", "M", "E", "S"]),
    ],
)
def test_spans_are_scored_in_the_scheme_that_the_tags_fit(scheme, tags, tmp_path, capsys):
    found, spans, error = spans_of(tmp_path, [tags], capsys)
    assert found == scheme
    assert spans["macro avg"]["support"] == 2
    assert not error


@pytest.mark.parametrize("tags", [["NOUN", "VERB", "O"], ["O", "O"], ["N", "V", "O"], ["N-P", "O"]])
def test_other_tags_have_no_spans(tags, tmp_path, capsys):
    assert spans_of(tmp_path, [tags], capsys) == (None, None, "")


def test_ill_formed_spans_hint_at_the_option(tmp_path, capsys):
    y = [["O", "I-PER", "O"], ["B-PER", "O", "B-PER"]]
    scheme, _, error = spans_of(tmp_path, y, capsys)
    assert scheme is None
    assert "To score the spans, pass --scheme BIO" in error
    scheme, spans, error = spans_of(tmp_path, y, capsys, "--scheme", "BIO")
    assert (scheme, spans["PER"]["support"], error) == ("BIO", 3, "")


def test_tags_that_the_tagger_does_not_know_are_counted(files, monkeypatch, capsys):
    def score(text, *options):
        type_in(monkeypatch, text)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            assert main(["score", "-m", "model", "-", *options]) == 0
        return capsys.readouterr()

    text = b"The DET\nboat Noun\nswims VERB\nnow now\nor now\n. PUNCT\n"
    error = score(text).err
    assert error == (
        "sklstm score: warning: 3 of 6 tokens have tags that the tagger does not know, which count "
        "as wrong: 'now' (2), 'Noun' (1).\n"
    )
    assert "'Noun' (1). Did you mean NOUN?\n" in score(b"The DET\nboat Noun\n! PUNCT\n").err
    assert "pass --columns" in score(b"The a\nboat b\n").err
    many = b"".join(b"w %d\n" % k for k in range(9))
    assert "'4' (1), 4 more." in score(many).err
    unknown = json.loads(score(text, "--json").out)["unknown_tags"]
    assert unknown == {"now": 2, "Noun": 1}


@pytest.mark.parametrize(
    "tags", [["B-person", "L-person", "O", "U-person"], ["A", "B-C", "D", "E"]]
)
def test_a_file_in_another_scheme_than_that_of_the_tagger_is_scored(tags, tmp_path, capsys):
    X, y = [["Ada", "Lovelace", "met", "Bob"]], [["B-person", "I-person", "O", "B-person"]]
    joblib.dump(tiny_tagger(output="crf", scheme="BIO").fit(X, y), tmp_path / "model")
    write_conll(tmp_path / "test", X, [tags], layout=None)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["score", "-m", str(tmp_path / "model"), str(tmp_path / "test")]) == 0
    captured = capsys.readouterr()
    assert "have tags that the tagger does not know" in captured.err
    assert "Accuracy on all words" in captured.out
    assert "Spans (BIO)" not in captured.out


def test_counts_are_whole_numbers_even_if_no_tag_is_correct(files, monkeypatch, capsys):
    type_in(monkeypatch, b"The a\nboat b\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert main(["score", "-m", "model", "-"]) == 0
    table = capsys.readouterr().out.partition("precision")[2]
    supports = [line.split()[-1] for line in table.splitlines()[1:] if line]
    assert supports
    assert all(map(str.isdigit, supports))


def test_counts_in_json_are_whole_numbers(files, capsys):
    assert main(["score", "-m", "model", "test.conllu.gz", "--json"]) == 0
    tags = json.loads(capsys.readouterr().out)["tags"]
    assert {type(row["support"]) for row in tags.values() if isinstance(row, dict)} == {int}


def test_standard_input(files, tmp_path, monkeypatch, capsys):
    type_in(monkeypatch, b"The DET\nboat NOUN\n")
    assert main(["score", "-m", "model", "-", "--columns", "0,1"]) == 0
    assert "(2 tokens)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "nowhere", "test.conllu.gz"], "nowhere: No such file or directory. Pass the model"),
        (["test.conllu.gz"], "tagger.joblib: No such file or directory. Pass the model file with"),
        (["-m", "model", "nowhere"], "nowhere: No such file"),
        (["-m", "test.conllu.gz", "model"], "test.conllu.gz is not a model file"),
        (["-m", "text", "test.conllu.gz"], "text is not a model file"),
        (["-m", "model", "text"], "text: the first sentence has 3 column(s)"),
        (
            ["-m", "model", "zipped"],
            "zipped, line 1: the data is compressed. Decompress it, or let",
        ),
        (
            ["-m", "model", "test.conllu.gz", "--columns", "1,1"],
            "words and their tags are the same",
        ),
        (["-m", "model", "test.conllu.gz", "--scheme", "BIO"], "no tag of the BIO scheme"),
    ],
)
def test_errors_are_reported_and_nothing_is_printed(arguments, message, files, capsys):
    with open("text", "w") as file:
        file.write("just some text\n")
    shutil.copy("test.conllu.gz", "zipped")
    assert main(["score", *arguments]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FILE"),
        (["tagger.joblib", "a"], "tagger.joblib is named like a model file: pass it as -m"),
        (["a", "b"], "unexpected argument 'b'"),
        (["a", "--schema", "BIO"], "there is no option --schema. Did you mean --scheme?"),
    ],
)
def test_wrong_usage_has_status_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["score", *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


# -- known words --------------------------------------------------------------------------------


@pytest.mark.parametrize("analyzer", ["word", "affix", "char_ngram"])
def test_known_words_are_those_of_the_training_set(analyzer, english):
    X, y = english
    tagger = tiny_tagger(analyzer=analyzer, max_iter=1, char_hidden_size=2).fit(X, y)
    words = {word for words in X for word in words}
    known = known_words(tagger)
    assert words <= known
    assert {word for word in known - words if not word.startswith("char=")} == set()


def test_known_words_are_not_available_with_a_custom_analyzer(english):
    tagger = tiny_tagger(analyzer=lambda word: [word[:2]], max_iter=1).fit(*english)
    assert known_words(tagger) is None
    assert "known" not in report([["a"]], [["X"]], [["X"]], None)


def test_the_report_scores_known_and_unknown_words():
    text = report([["a", "c", "c"]], [["X", "Y", "Y"]], [["X", "Y", "X"]], {"a", "b"})
    assert re.search(r"all words +66\.67% +\(3 tokens\)", text)
    assert re.search(r"known words +100\.00% +\(1 tokens\)", text)
    assert re.search(r"unknown words +50\.00% +\(2 tokens\)", text)
