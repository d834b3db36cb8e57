"""Which layout a file is read with, and what a model remembers of its training set."""

import io
import json
import warnings
from itertools import chain

import joblib
import pytest
from _commands import TINY, tiny_tagger, type_in

from sklstm import BiLSTMTagger
from sklstm._cli import main
from sklstm.datasets import read_conll, write_conll

X = [["Ada", "Lovelace", "met", "Bob"], ["He", "slept"], ["Why", "not", "?"]] * 3
POS = [["PROPN", "PROPN", "VERB", "PROPN"], ["PRON", "VERB"], ["ADV", "PART", "PUNCT"]] * 3
NER = [["B-PER", "I-PER", "O", "B-PER"], ["O", "O"], ["O", "O", "O"]] * 3


def lines_of(*columns, separator="\t"):
    sentences = [
        "".join(separator.join(token) + "\n" for token in zip(*sentence, strict=True))
        for sentence in zip(*columns, strict=True)
    ]
    return "\n".join([*sentences, ""])


# Files of words and entities: their text, the options to read them, and what a model remembers.
FILES = {
    "four columns": (lines_of(X, POS, POS, NER, separator=" "), ["--layout", "conll2003"]),
    "numbers": (lines_of(NER, POS, X), ["--columns", "2,0"]),
    "spaces": (lines_of(POS, X, NER, separator="  "), ["--columns=-2,-1"]),
}


@pytest.fixture(params=FILES)
def trained(request, tmp_path, monkeypatch):
    """Train a tagger in the current folder; return the text of its training set."""
    monkeypatch.chdir(tmp_path)
    text, options = FILES[request.param]
    (tmp_path / "train").write_text(text, encoding="utf-8")
    assert main(["train", "train", *options, *TINY, "-q"]) == 0
    return text


def tag(text, monkeypatch, capsys, *options):
    type_in(monkeypatch, text.encode())
    assert main(["tag", *options]) == 0
    captured = capsys.readouterr()
    assert not captured.err
    return captured.out


def test_score_and_tag_remember_the_layout_of_the_training_set(trained, monkeypatch, capsys):
    tagger = joblib.load("tagger.joblib")
    assert main(["score", "train", "--json"]) == 0
    accuracy = json.loads(capsys.readouterr().out)["accuracy"]["all words"]["accuracy"]
    assert accuracy == pytest.approx(tagger.score(X, NER))
    predicted = tagger.predict(X).tolist()
    output = tag(trained, monkeypatch, capsys)
    true, found = (iter(chain.from_iterable(tags)) for tags in (NER, predicted))
    expected = "".join(
        line.replace(next(true), next(found)) if line.strip() else line
        for line in trained.splitlines(keepends=True)
    )
    assert output == expected


def test_plain_text_stays_plain_text(trained, monkeypatch, capsys):
    tagger = joblib.load("tagger.joblib")
    for text in (
        "He met Bob ?",
        "Why he slept",
        "O",
        "Vitamin O",
        "Ada met Bob .\n\nA O\nHe slept",
    ):
        sentences = [line.split() for line in text.split("\n")]
        expected = [
            "".join(f"{word}\t{tag}\n" for word, tag in zip(*pair, strict=True)) + "\n"
            for pair in zip(sentences, tagger.predict(sentences), strict=True)
        ]
        assert tag(text, monkeypatch, capsys) == "".join(expected)


@pytest.mark.parametrize(
    ("separator", "text"),
    [("\t", "He\tmet Bob\nAda met\n"), (",", "Why, he slept\n"), (" ", "Why not\n")],
)
def test_text_with_the_separator_of_the_training_set_is_not_a_table(
    separator, text, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train").write_text(lines_of(X, POS, separator=separator), encoding="utf-8")
    options = [] if separator == "\t" else ["--separator", separator]
    assert main(["train", "train", *options, *TINY, "-q"]) == 0
    if separator == "\t":
        type_in(monkeypatch, text.encode())
        assert main(["tag"]) == 1
        captured = capsys.readouterr()
        assert "a tab in plain text" in captured.err
        assert not captured.out
    else:
        output = tag(text, monkeypatch, capsys)
        assert [line.split("\t")[0] for line in output.splitlines()] == [*text.split(), ""]


def test_layout_text_reads_any_file_as_plain_text(trained, monkeypatch, capsys):
    text = "EU NNP B-NP B-PER\n"
    assert tag(text, monkeypatch, capsys, "--layout", "text").startswith("EU\t")


def test_files_in_other_layouts_need_no_options_either(trained, monkeypatch, capsys):
    tagger = joblib.load("tagger.joblib")
    conllu = io.StringIO()
    write_conll(conllu, X, NER)
    for text, options in [
        (conllu.getvalue(), {}),
        ("# newdoc\n" + conllu.getvalue(), {}),
        (lines_of(X, NER), {"layout": None}),
    ]:
        words, tags = read_conll(io.StringIO(tag(text, monkeypatch, capsys)), **options)
        assert words == X
        assert tags == tagger.predict(X).tolist()
        type_in(monkeypatch, text.encode())
        assert main(["score", "-"]) == 0
        assert f"{tagger.score(X, NER):.2%}" in capsys.readouterr().out


def test_given_options_replace_the_remembered_layout(trained, monkeypatch, capsys):
    text = lines_of(X, NER, POS, POS)
    words, tags = read_conll(
        io.StringIO(tag(text, monkeypatch, capsys, "--columns", "0,1")), (0, 1), layout=None
    )
    assert words == X
    assert tags == joblib.load("tagger.joblib").predict(X).tolist()


def test_a_table_of_another_width_is_refused(trained, monkeypatch, capsys):
    text = lines_of(X, POS, POS, POS, POS)
    for command in ("tag", "score"):
        type_in(monkeypatch, text.encode())
        assert main([command, *(["-"] if command == "score" else [])]) == 1
        captured = capsys.readouterr()
        assert "--columns" in captured.err
        assert not captured.out


def test_columns_of_conllu_are_remembered(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_conll("a.conllu", X, POS, NER, columns=["form", "upos", "xpos"])
    assert main(["train", "a.conllu", "--columns", "form,xpos", *TINY, "-q"]) == 0
    tagger = joblib.load("tagger.joblib")
    assert tagger.classes_.tolist() == ["B-PER", "I-PER", "O"]
    with open("a.conllu", encoding="utf-8") as file:
        output = io.StringIO(tag(file.read(), monkeypatch, capsys))
    upos, xpos = read_conll(output, ["upos", "xpos"])
    assert upos == POS
    assert xpos == tagger.predict(X).tolist()


def test_a_tagger_trained_in_python_remembers_no_layout(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    joblib.dump(tiny_tagger().fit(X, NER), "tagger.joblib")
    text = lines_of(POS, X, POS)
    type_in(monkeypatch, text.encode())
    assert main(["tag"]) == 1
    assert "a tab in plain text. If the file" in capsys.readouterr().err
    # Two columns need tags of the tagger, or "_", to be a word and its tag.
    for tags in (NER, [["_"] * len(words) for words in X]):
        words, found = read_conll(
            io.StringIO(tag(lines_of(X, tags), monkeypatch, capsys)), layout=None
        )
        assert words == X
        assert found == joblib.load("tagger.joblib").predict(X).tolist()
    type_in(monkeypatch, lines_of(X, POS).encode())
    assert main(["tag"]) == 1
    assert "a tab in plain text" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["tagger.joblib", "tagger.skops"])
def test_info_prints_the_layout_that_a_file_remembers(name, tmp_path, monkeypatch, capsys):
    if name.endswith("skops"):
        pytest.importorskip("skops")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train").write_text(lines_of(POS, X, NER), encoding="utf-8")
    assert main(["train", "train", "--columns", "1,2", *TINY, "-q", "-o", name]) == 0
    options = ["-m", name, *([] if name.endswith("skops") else ["--trusted"])]
    assert main(["info", *options]) == 0
    assert "  layout      --layout columns --columns=1,2 (that of" in capsys.readouterr().out
    assert main(["info", *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["layout"] == "--layout columns --columns=1,2"
    assert main(["score", "-m", name, "train"]) == 0


def read_with(options, text, monkeypatch, capsys):
    """Train on a text with some options; tag and score it without; return the tagged text."""
    type_in(monkeypatch, text.encode())
    assert main(["train", "-", *options, *TINY, "-q"]) == 0
    type_in(monkeypatch, text.encode())
    assert main(["score", "-", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    tagger = joblib.load("tagger.joblib")
    assert scores["n_sentences"] == len(X)
    assert scores["accuracy"]["all words"]["accuracy"] == pytest.approx(tagger.score(X, NER))
    return tag(text, monkeypatch, capsys)


def with_lines(text, first, between):
    """Return a text with a line at the start and a line before each other sentence."""
    return first + text.replace("\n\n", f"\n\n{between}").removesuffix(between)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--comment", "#"], with_lines(lines_of(X, NER), "# a = b\n", "#begin (x)\n")),
        (["--comment", "%%"], with_lines(lines_of(X, POS, NER), "%%\n", "%% O O O\n")),
        (["--header", "--columns", "w,ner"], "w\tpos\tner\n" + lines_of(X, POS, NER)),
        (["--header", "--columns", "0,-1"], "w\tpos\tner\n\n" + lines_of(X, POS, NER)),
        (["--header"], "w pos ner\n" + lines_of(X, POS, NER, separator=" ")),
        (["--separator", ","], lines_of(X, NER, separator=",")),
        (["--separator", r"\t", "--columns", "1,0"], lines_of(NER, X)),
        (["--separator", " ", "--columns", "0,1"], lines_of(X, NER, separator="  ")),
        (["--columns", "0,2"], with_lines(lines_of(X, POS, NER), "", "-DOCSTART- X O\n\n")),
        (["--layout", "columns"], lines_of(X, POS, NER)),
        ([], "-DOCSTART-\tO\n\n" + lines_of(X, NER)),
        (["--columns", "1,ner"], "# global.columns = ID FORM NER\n" + lines_of(
            [[str(k) for k, _ in enumerate(words, 1)] for words in X], X, NER
        )),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_options_of_the_training_set_are_remembered(
    options, text, line_end, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    text = text.replace("\n", line_end)
    output = read_with(options, text, monkeypatch, capsys)
    # Only tags differ.
    predicted = [tag for tags in joblib.load("tagger.joblib").predict(X) for tag in tags]
    assert len(output.split(line_end)) == len(text.split(line_end))
    changed = [
        (before, after)
        for before, after in zip(text.split(line_end), output.split(line_end), strict=True)
        if before != after
    ]
    true = [tag for tags in NER for tag in tags]
    assert len(changed) == sum(map(str.__ne__, true, predicted))
    for before, after in changed:
        assert (
            len(set(before.replace(",", " ").split()) ^ set(after.replace(",", " ").split())) <= 2
        )


def test_lines_like_comments_are_errors_that_name_the_option(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = with_lines(lines_of(X, POS, NER), "", "# sent_id = 2\n")
    (tmp_path / "file").write_text(text, encoding="utf-8")
    assert main(["train", "file", "--columns", "0,2", *TINY]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Pass --comment '#' to skip lines" in error
    joblib.dump(tiny_tagger().fit(X, NER), "tagger.joblib")
    assert main(["tag", "file", "--columns", "0,2"]) == 1
    assert "Pass --comment '#' to skip lines" in capsys.readouterr().err


def test_malformed_sentences_can_be_skipped(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = lines_of(X, NER) + "alone\n\n" + lines_of(X, NER) + "\none\ttwo\tthree\n"
    (tmp_path / "file").write_text(text, encoding="utf-8")
    assert main(["train", "file", *TINY]) == 1
    error = capsys.readouterr().err
    assert "file has 2 malformed lines. The first: line 37: found 1 column(s), expected 2" in error
    assert "Pass --errors skip to leave out" in error
    assert error.count("\n") == 1
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["train", "file", *TINY, "--errors", "skip"]) == 0
    error = capsys.readouterr().err
    assert "sklstm train: warning: Left out 2 sentence(s) with 2 malformed line(s)." in error
    assert "Training on 18 sentences" in error


def test_a_header_that_is_not_expected_warns_with_the_option(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("word\ttag\n\n" + lines_of(X, NER), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["train", "file", *TINY, "-q"]) == 0
        assert "Pass --header to read the names" in capsys.readouterr().err
        assert main(["train", "file", "--header", *TINY, "-q"]) == 0
        for options in (["--columns", "0,1"], ["--columns", "0"]):
            assert main(["tag", "file", *options]) == 0
            captured = capsys.readouterr()
            assert "file begins with ['word', 'tag'], which looks like the names" in captured.err
        assert main(["tag", "file"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("word\ttag\n")
    assert not captured.err


def test_words_are_normalized_for_the_tagger_and_written_unchanged(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    (tmp_path / "file").write_text(f"{composed}\tN\nis\tV\n", encoding="utf-8")
    assert main(["train", "file", "--normalize", "NFD", *TINY, "-q"]) == 0
    assert f"word={decomposed}" in joblib.load("tagger.joblib").vocabulary_
    assert main(["score", "file", "--json"]) == 0
    known = json.loads(capsys.readouterr().out)["accuracy"]
    assert known.keys() == {"all words", "known words"}
    for word in (composed, decomposed):
        for text in (f"{word} is\n", f"{word}\tN\nis\tV\n\n"):
            seen = []
            with monkeypatch.context() as patch:
                patch.setattr(
                    BiLSTMTagger, "predict", lambda self, X, seen=seen: seen.extend(X) or X
                )
                output = tag(text, monkeypatch, capsys)
            assert seen[0] == [decomposed, "is"]
            assert output.startswith(f"{word}\t{decomposed}\nis\tis\n")
    assert main(["info", "--trusted"]) == 0
    assert "two columns --normalize=NFD (that of" in capsys.readouterr().out
    seen = []
    monkeypatch.setattr(BiLSTMTagger, "predict", lambda self, X: seen.extend(X) or X)
    tag(f"{decomposed}\n", monkeypatch, capsys, "--normalize", "NFC")
    assert seen == [[composed]]


def test_byte_order_marks_at_the_start_of_lines_are_dropped(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    joblib.dump(tiny_tagger().fit(X, NER), "tagger.joblib")
    conllu = io.StringIO()
    write_conll(conllu, X, NER)
    for text in (conllu.getvalue(), lines_of(X, NER), "He slept\n"):
        expected = tag(text * 2, monkeypatch, capsys)
        assert tag(f"\ufeff{text}" * 2, monkeypatch, capsys) == expected


def test_a_fit_in_python_forgets_the_layout(trained):
    tagger = joblib.load("tagger.joblib")
    assert "_file_layout" in vars(tagger)
    assert "_file_layout" not in vars(tagger.fit(X, NER))


def test_a_tagger_without_a_layout_has_no_row_for_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    joblib.dump(tiny_tagger().fit(X, NER), tmp_path / "model")
    joblib.dump(BiLSTMTagger(), tmp_path / "unfitted")
    for name in ("model", "unfitted"):
        assert main(["info", "-m", name, "--trusted"]) == 0
        assert "layout" not in capsys.readouterr().out
