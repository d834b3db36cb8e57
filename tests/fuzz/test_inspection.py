"""Explanations, activities and effects of features, for any sequence."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from sklstm.inspection import explain_tag, feature_effects, network_activity, similar_features

from ._properties import REFUSED, call, works
from ._strategies import any_sequences, junk, scalars, sequences, words

TAGGERS = ["words", "crf", "n-grams", "pretrained", "dicts", "vectors", "float32"]
names = st.sampled_from(TAGGERS)


@st.composite
def sequence(draw, kind):
    """Return one valid sequence with a token."""
    items = [each for each in draw(sequences(kind, min_size=1)) if len_of(each)]
    assume(items)
    return items[0]


def len_of(sequence):
    return sequence.shape[0] if hasattr(sequence, "shape") else len(sequence)


@given(data=st.data(), name=names, method=st.sampled_from(["gradient", "occlusion"]))
def test_each_token_of_a_valid_sequence_has_a_contribution(taggers, data, name, method):
    kind, tagger = taggers[name]
    X = data.draw(sequence(kind), label="sequence")
    position = data.draw(st.integers(-len_of(X), len_of(X) - 1))
    explanation = works(explain_tag, tagger, X, position, method=method)
    assert explanation.contributions.shape == (len_of(X),)
    assert len(explanation.features) == len_of(X)
    assert explanation.tag == works(tagger.predict, [X])[0][position]
    assert isinstance(str(explanation) + repr(explanation) + explanation._repr_html_(), str)
    assert len(explanation.top(3)) <= 3
    p = works(tagger.predict_proba, [X])[0][position].max()
    if name != "crf" and name != "float32" and p < 1:  # a CRF's tag may not be the most probable
        np.testing.assert_allclose(1 / (1 + np.exp(-explanation.log_odds)), p, atol=1e-4)


@given(
    data=st.data(),
    name=names,
    position=st.one_of(st.integers(-3, 3), words, scalars),
    tag=st.one_of(st.sampled_from(["O", 0, "B-person"]), scalars, junk),
    method=st.one_of(st.sampled_from(["gradient", "occlusion"]), scalars),
)
def test_any_sequence_is_explained_or_refused_with_its_place(
    taggers, data, name, position, tag, method
):
    kind, tagger = taggers[name]
    X = data.draw(st.one_of(sequence(kind), any_sequences(kind), junk), label="sequence")
    places = "sequence|position|tag|method"
    call(explain_tag, tagger, X, position, tag=tag, method=method, names=places)


@given(data=st.data(), name=st.sampled_from([*TAGGERS, "one class"]))
def test_any_sequence_has_activities_or_is_refused_with_its_place(taggers, data, name):
    kind, tagger = taggers[name]
    X = data.draw(st.one_of(sequence(kind), any_sequences(kind), junk), label="sequence")
    activity = call(network_activity, tagger, X, names="sequence")
    if activity is REFUSED:
        return
    assert isinstance(repr(activity), str)
    for layer in activity.layers:
        for each in layer.values():
            assert len(each.cell) == len(activity.tokens)
            assert ((each.forget_gate >= 0) & (each.forget_gate <= 1)).all()
            assert np.isfinite(each.cell).all()


@given(
    data=st.data(),
    name=st.sampled_from([*TAGGERS, "one class"]),
    prefix=st.one_of(st.sampled_from([None, "", "suffix=", "char=", "word"]), scalars, junk),
)
def test_any_prefix_has_effects_or_is_refused(taggers, data, name, prefix):
    tagger = taggers[name][1]
    effects = call(
        feature_effects, tagger, prefix=prefix, names="prefix|feature|features|tag|vectors"
    )
    if effects is REFUSED:
        return
    assert np.isfinite(effects.effects).all()
    assert effects.effects.shape == (len(effects.names), len(tagger.classes_))
    assert isinstance(str(effects) + effects._repr_html_(), str)
    tag, n = (data.draw(st.one_of(st.just(each), scalars, junk)) for each in ("O", 2))
    call(effects.top, tag, n, names="tag|n")


@given(
    name=st.sampled_from([*TAGGERS, "one class"]),
    feature=st.one_of(st.sampled_from(["word=Ada", "length", "lower=swim"]), scalars, junk),
    n=st.one_of(st.integers(1, 5), scalars),
    prefix=st.one_of(st.sampled_from(["", "word=", "zzz"]), scalars),
)
def test_any_feature_has_similar_ones_or_is_refused(taggers, name, feature, n, prefix):
    tagger, places = taggers[name][1], "feature|n|prefix|features|vectors"
    similar = call(similar_features, tagger, feature, n, prefix=prefix, names=places)
    if similar is not REFUSED:
        assert len(similar) <= n
        assert all(-1.0001 <= cosine <= 1.0001 for _, cosine in similar)
        assert isinstance(str(similar), str)


@given(tagger=st.one_of(scalars, junk), data=st.data())
def test_what_is_no_fitted_tagger_is_refused(tagger, data):
    inspect = data.draw(
        st.sampled_from(
            [
                feature_effects,
                lambda it: explain_tag(it, ["a"], 0),
                lambda it: network_activity(it, [1]),
            ]
        )
    )
    assert call(inspect, tagger, names="tagger|estimator|class|instance") is REFUSED
