import re
from collections import Counter, defaultdict

import pytest

from sklstm.datasets import load_english_pos

OPEN_CLASSES = ["ADJ", "ADV", "INTJ", "NOUN", "PROPN", "VERB"]
CLOSED_CLASSES = ["ADP", "AUX", "CCONJ", "DET", "NUM", "PART", "PRON", "SCONJ"]
UPOS = [*OPEN_CLASSES, *CLOSED_CLASSES, "PUNCT", "SYM", "X"]


def tags_of_words(corpus):
    """Count the tags of every word, whatever its case."""
    tags = defaultdict(Counter)
    for words, targets in zip(corpus.data, corpus.target, strict=True):
        for word, tag in zip(words, targets, strict=True):
            tags[word.lower()][tag] += 1
    return tags


def n_tokens(corpus):
    return sum(map(len, corpus.data))


@pytest.mark.parametrize("subset", ["train", "test", "all"])
def test_contents_of_the_bunch(subset):
    corpus = load_english_pos(subset=subset)
    assert set(corpus) == {
        "data",
        "target",
        "target_names",
        "DESCR",
        "filenames",
        "data_module",
    }
    for sentences in (corpus.data, corpus.target):
        assert type(sentences) is list
        assert {type(sentence) for sentence in sentences} == {list}
        assert {type(value) for sentence in sentences for value in sentence} == {str}
    assert list(map(len, corpus.data)) == list(map(len, corpus.target))
    assert corpus.target_names == sorted({tag for tags in corpus.target for tag in tags})
    assert corpus.data_module == "sklstm.datasets.data"


def test_train_is_the_default():
    assert load_english_pos() == load_english_pos(subset="train")


def test_all_is_train_and_test():
    train, test, both = (load_english_pos(subset=subset) for subset in ("train", "test", "all"))
    assert both.data == train.data + test.data
    assert both.target == train.target + test.target
    assert both.filenames == train.filenames + test.filenames
    assert both.filenames == ["english_pos_train.conllu", "english_pos_test.conllu"]


@pytest.mark.parametrize("subset", ["train", "test", "all"])
def test_return_X_y(subset):
    corpus = load_english_pos(subset=subset)
    pair = load_english_pos(subset=subset, return_X_y=True)
    assert pair == (corpus.data, corpus.target)


def test_every_call_returns_new_lists():
    load_english_pos().data[0][0] = "changed"
    assert load_english_pos().data[0][0] != "changed"


@pytest.mark.parametrize("subset", ["dev", "", None, 0])
def test_unknown_subsets(subset):
    with pytest.raises(ValueError, match=f"subset must be one of .*'all', got {subset!r}"):
        load_english_pos(subset=subset)


def test_parameters_are_named():
    with pytest.raises(TypeError, match="positional"):
        load_english_pos("test")


def test_the_corpus_is_large_enough():
    corpus = load_english_pos(subset="all")
    assert len(corpus.data) >= 500
    assert n_tokens(corpus) >= 6000


def test_the_tags_are_universal_parts_of_speech():
    train, test = load_english_pos(), load_english_pos(subset="test")
    assert set(train.target_names) <= set(UPOS)
    assert set(test.target_names) <= set(train.target_names)


def test_no_sentence_is_in_both_parts():
    train, test = (
        {" ".join(words).lower() for words in load_english_pos(subset=subset).data}
        for subset in ("train", "test")
    )
    assert train & test == set()


@pytest.mark.parametrize("word", ["man", "light", "back", "that", "to"])
def test_a_word_has_several_tags(word):
    assert len(tags_of_words(load_english_pos(subset="all"))[word]) > 1


def test_only_punctuation_is_tagged_as_punctuation():
    tags = tags_of_words(load_english_pos(subset="all"))
    for mark in ".,?!":
        assert set(tags.get(mark, ["PUNCT"])) == {"PUNCT"}
    assert [word for word in tags if "PUNCT" in tags[word] and re.search(r"\w", word)] == []


def test_no_token_contains_white_space():
    words = tags_of_words(load_english_pos(subset="all"))
    assert [word for word in words if re.search(r"\s", word)] == []


def numbers(pattern, text):
    return [float(number) for number in re.search(pattern, text.replace(",", "")).groups()]


def test_the_description_is_finished_and_counts_right():
    train, test, both = (load_english_pos(subset=subset) for subset in ("train", "test", "all"))
    text = both.DESCR
    assert "TODO" not in text
    assert numbers(r"sentences: (\d+) \((\d+) \D*(\d+)", text) == [
        len(corpus.data) for corpus in (both, train, test)
    ]
    assert numbers(r"tokens: (\d+) \((\d+) \D*(\d+)", text) == [
        n_tokens(corpus) for corpus in (both, train, test)
    ]
    tags = tags_of_words(both)
    ambiguous = [word for word, counts in tags.items() if len(counts) > 1]
    assert numbers(r"words: (\d+)\D*(\d+) occur", text) == [len(tags), len(ambiguous)]
    known = tags_of_words(train)
    unknown = sum(word.lower() not in known for words in test.data for word in words)
    assert numbers(r"words: ([\d.]+) %", text) == [
        pytest.approx(100 * unknown / n_tokens(test), abs=0.05)
    ]
    assert numbers(r"one of (\d+)", text) == [len(both.target_names)]
