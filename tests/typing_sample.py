"""The public face as users write it: what a type checker makes of it, and what it refuses."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_type

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped, unused-ignore]

from sklstm import BiLSTMTagger
from sklstm.datasets import (
    WordVectors,
    iter_conll,
    load_english_pos,
    make_tagged_sequences,
    read_conll,
    read_vectors,
    sequences_from_frame,
    sequences_to_frame,
    tags_to_frame,
    write_conll,
)
from sklstm.display import LossCurveDisplay, TaggedText, TimelineDisplay, TransitionsDisplay
from sklstm.inspection import TagExplanation, explain_tag, feature_effects, network_activity
from sklstm.metrics import (
    Span,
    extract_spans,
    get_scorer,
    get_scorer_names,
    on_tokens,
    sequence_accuracy_score,
    span_classification_report,
    span_f1_score,
    span_precision_recall_fscore_support,
    span_precision_score,
    span_recall_score,
    token_accuracy_score,
    token_classification_report,
    token_log_loss,
)
from sklstm.preprocessing import TokenTransformer

WORDS = [["Ada", "slept", "here"], ["Bob", "left"]]
TAGS = [["B-person", "O", "O"], ["B-person", "O"]]


def small_tagger(output: Literal["softmax", "crf"] = "softmax") -> BiLSTMTagger:
    tagger = BiLSTMTagger(hidden_layer_sizes=[4], embedding_size=5, output=output, max_iter=1)
    return tagger.fit(WORDS, TAGS, X_val=WORDS, y_val=TAGS)


def use_tagger(folder: Path) -> None:
    tagger = small_tagger(output="crf")
    assert_type(tagger, BiLSTMTagger)
    assert_type(tagger.predict(WORDS), NDArray[Any])
    assert_type(tagger.predict_proba([["Eve"]]), NDArray[Any])
    assert_type(tagger.predict_log_proba(np.array(WORDS, object)), NDArray[Any])
    assert_type(tagger.score(WORDS, TAGS), float)
    assert_type(tagger.vocabulary_, dict[str, int])
    assert_type(tagger.partial_fit(WORDS, TAGS, sample_weight=[1, 2]), BiLSTMTagger)


def use_tagger_of_vectors(folder: Path) -> None:
    X, y = make_tagged_sequences(n_sequences=5, random_state=0)
    assert_type(X, list[NDArray[np.float64]])
    assert_type(y, list[NDArray[np.int_]])
    tagger = BiLSTMTagger(4, max_iter=1, random_state=np.random.RandomState(0)).fit(X, y)
    assert_type(tagger.predict(np.zeros((2, 3, 8))), NDArray[Any])


def use_english(folder: Path) -> None:
    X, y = load_english_pos(return_X_y=True)
    assert_type(X, list[list[str]])
    assert_type(y, list[list[str]])
    print(load_english_pos(subset="test").DESCR)


def use_conll(folder: Path) -> None:
    write_conll(folder / "corpus.conllu.gz", WORDS, TAGS)
    both = read_conll(folder / "corpus.conllu.gz")
    assert_type(both, tuple[list[list[str]], ...])
    X, y = both
    write_conll(str(folder / "again.txt"), X, np.array([*y, None], object)[:-1], layout="conll2000")
    with open(folder / "again.txt", "rb") as file:
        assert_type(read_conll(file, "form", layout="conll2000"), list[list[str]])
    lines = ["Ada B-person", "slept O"]
    assert_type(read_conll(lines, 1, layout=None), list[list[str]])
    assert_type(read_conll(lines, [0], layout=None), tuple[list[list[str]], ...])
    assert_type(
        iter_conll(lines, ["word", "tag"], layout=["word", "tag"]),
        Generator[tuple[list[str], ...], None, None],
    )
    iter_conll([b"Ada", b"slept"], 0, layout=["word"]).close()


def use_vectors(folder: Path) -> None:
    vectors = read_vectors(["Ada 1 2", "Bob 3 4"], words={"Bob"}, dtype="float64")
    assert_type(vectors, WordVectors)
    assert_type(vectors["Bob"], NDArray[Any])
    assert_type(list(vectors), list[str])
    BiLSTMTagger(4, embeddings=vectors, max_iter=1).fit(WORDS, TAGS)


def use_frames(folder: Path) -> None:
    frame = sequences_to_frame(WORDS, TAGS, group="id", columns="word", target="tag")
    assert_type(sequences_from_frame(frame, group="id", columns="word"), list[Any])
    X, y = sequences_from_frame(frame, group="id", columns=["word"], target="tag")
    assert_type(X, list[Any])
    assert_type(y, list[list[Any]])
    tags_to_frame(frame, y, group=["id"], name="predicted")
    sequences_to_frame(X, group="id", output="pandas")


def use_metrics(folder: Path) -> None:
    tagger = small_tagger()
    y_pred = tagger.predict(WORDS)
    assert_type(extract_spans(y_pred, scheme="BIO"), list[list[Span]])
    assert_type(extract_spans(TAGS, scheme="BILOU", suffix=False), list[list[Span]])
    assert_type(token_accuracy_score(TAGS, y_pred), float)
    assert_type(token_log_loss(TAGS, tagger.predict_proba(WORDS)), float)
    assert_type(get_scorer_names(), list[str])
    assert_type(sequence_accuracy_score(TAGS, y_pred), float)
    on_tokens(np.array_equal)(TAGS, y_pred)
    assert_type(token_classification_report(TAGS, y_pred, zero_division=0), str)
    assert_type(
        token_classification_report(TAGS, y_pred, output_dict=True, zero_division=0),
        dict[str, Any],
    )
    assert_type(get_scorer("span_f1_bio")(tagger, WORDS, TAGS), float)
    assert get_scorer(span_f1_score) is span_f1_score


def use_metrics_of_spans(folder: Path) -> None:
    y_pred = small_tagger().predict(WORDS)
    assert_type(span_precision_score(TAGS, TAGS, scheme="BMES", suffix=False), float)
    assert_type(span_recall_score(TAGS, TAGS, scheme="BIO", average="micro"), float)
    assert_type(
        span_f1_score(TAGS, y_pred, scheme="BIO", average="macro", zero_division=0.0), float
    )
    assert_type(span_f1_score(TAGS, TAGS, scheme="BIO", average=None), NDArray[np.float64])
    of_types = span_precision_recall_fscore_support(TAGS, TAGS, scheme="BIO")
    assert_type(of_types[0], NDArray[np.float64])
    assert_type(of_types[3], NDArray[np.int_])
    averaged = span_precision_recall_fscore_support(TAGS, TAGS, scheme="BIO", average="micro")
    assert_type(averaged[2], float)
    assert_type(span_classification_report(TAGS, TAGS, scheme="BIO"), str)
    assert_type(
        span_classification_report(TAGS, TAGS, scheme="BIO", output_dict=True), dict[str, Any]
    )


def use_preprocessing(folder: Path) -> None:
    X, y = make_tagged_sequences(n_sequences=5, random_state=0)
    transformer = TokenTransformer(StandardScaler())
    assert_type(transformer, TokenTransformer)
    assert_type(transformer.fit(X), TokenTransformer)
    BiLSTMTagger(4, max_iter=1).fit(transformer.fit_transform(X), y)


def use_inspection(folder: Path) -> None:
    tagger = small_tagger()
    explanation = explain_tag(tagger, WORDS[0], 1, method="occlusion")
    assert_type(explanation, TagExplanation)
    assert_type(explanation.contributions, NDArray[np.float64])
    assert_type(explanation.top(3), list[tuple[int, str, float]])
    assert_type(network_activity(tagger, WORDS[0]).tokens, list[Any])
    assert_type(feature_effects(tagger).top("O"), list[tuple[str, float]])


def use_display(folder: Path) -> None:
    tagger = small_tagger(output="crf")
    assert_type(LossCurveDisplay.from_estimator(tagger), LossCurveDisplay)
    assert_type(TransitionsDisplay.from_estimator(tagger), TransitionsDisplay)
    assert_type(TaggedText.from_estimator(tagger, WORDS).to_html(), str)
    assert_type(TimelineDisplay.from_predictions([[0.5], [1.0]], ["a", "b"]), TimelineDisplay)


if TYPE_CHECKING:
    BiLSTMTagger(output="crff")  # type: ignore[arg-type]
    BiLSTMTagger(dropout="much")  # type: ignore[arg-type]
    BiLSTMTagger((8,), True)  # type: ignore[call-arg]  # by keyword only
    BiLSTMTagger().fit(WORDS)  # type: ignore[call-arg]
    read_conll(1)  # type: ignore[call-overload]
    write_conll("corpus.conllu", WORDS, layouts="conllu")  # type: ignore[call-arg]
    load_english_pos(return_X_y="yes")  # type: ignore[call-overload]
    explain_tag(WORDS, 0)  # type: ignore
    extract_spans(TAGS)  # type: ignore[call-arg]  # of which scheme?
    extract_spans(TAGS, scheme="IOB2")  # type: ignore[arg-type]
    span_f1_score(TAGS, TAGS, scheme="IOB2")  # type: ignore[call-overload]
    span_f1_score(TAGS, TAGS, scheme="BIO", average="binary")  # type: ignore[call-overload]
    get_scorer(3)  # type: ignore[call-overload]
    get_scorer(get_scorer("token_accuracy")).set_score_request(sample_weight=True)
