"""Ensembles: several taggers that predict together."""

import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.callback import CallbackSupportMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch, Tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sklstm._batching import prediction_batches
from sklstm._callbacks import with_callbacks
from sklstm._schemes import transition_penalties
from sklstm._sequences import Tokens, show
from sklstm._tagger import BiLSTMTagger, SequencesLike, fit_args_of
from sklstm._validation import check_scored
from sklstm.inspection._estimators import find_scheme
from sklstm.nn.crf import viterbi
from sklstm.nn.packing import pack

__all__ = ["VotingTagger"]

_FIT_OPTIONS = ["sample_weight", "X_val", "y_val", "sample_weight_val"]
_FEATURES = ["n_features_in_", "feature_names_in_"]
_DROP = "drop"


class VotingTagger(CallbackSupportMixin, MetaEstimatorMixin, _BaseComposition):
    """Soft voting ensemble: predicts with the mean of the probabilities of several taggers.

    Taggers that only differ in `random_state` make different errors [1]_. The mean of their
    probabilities makes fewer errors than each of them, and is better calibrated [2]_. Training and
    prediction cost as much as those of all members together. See :ref:`soft_voting`.

    Parameters
    ----------
    estimators : list of (str, estimator)
        The members of the ensemble, with their names. A member is a tagger, or a pipeline or search
        that ends in a tagger. `fit` fits a clone of each. To use a fitted tagger without fitting it
        again, pass it in a :class:`~sklearn.frozen.FrozenEstimator`. ``set_params(name="drop")``
        leaves a member out.

    weights : array-like of shape (n_estimators,), default=None
        The weight of each member in the mean. By default, all weights are equal.

    n_jobs : int, default=None
        The number of members to fit at the same time. None is 1, and -1 uses all processors. The
        result does not depend on it. Each process has its own copy of the training set and of
        `embeddings`.

    Attributes
    ----------
    estimators_ : list of estimator
        The fitted members, without the dropped ones.

    named_estimators_ : :class:`~sklearn.utils.Bunch`
        The fitted members by name. A dropped member is "drop".

    classes_ : ndarray of shape (n_classes,)
        The tags, sorted.

    scheme_ : str or None
        The `scheme` of the members. `predict` returns only tags that it allows.

    n_features_in_ : int
        The number of features of the vectors seen in `fit`. Only available for vectors.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The names of the features. Only available if `X` consists of data frames whose column names
        are all strings.

    See Also
    --------
    sklstm.BiLSTMTagger : The tagger that is usually a member.
    sklearn.ensemble.VotingClassifier : Soft voting for single vectors.

    Notes
    -----
    For members with ``output="crf"``, the probabilities are the marginal probabilities of each
    token.

    Without a `scheme`, `predict` returns the most probable tag of each token. If at least one
    member has a `scheme`, `predict` returns a sequence of tags that the scheme allows: the one with
    the greatest product of mean probabilities, found by the Viterbi algorithm. The learned scores
    of transitions are not used again, because the marginal probabilities already contain them. The
    ensemble can also have members without a scheme, but not members with different schemes.

    With `n_jobs`, members are fitted in processes that share the threads. They predict one after
    another, with all threads.

    References
    ----------
    .. [1] Thomas Dietterich, "Ensemble methods in machine learning", 2000.

    .. [2] Balaji Lakshminarayanan, Alexander Pritzel and Charles Blundell, "Simple and scalable
       predictive uncertainty estimation using deep ensembles", 2017.

    Examples
    --------
    Fit three taggers that differ in their random numbers:

    >>> import numpy as np
    >>> from sklearn.base import clone
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.datasets import load_english_pos
    >>> from sklstm.ensemble import VotingTagger
    >>> X, y = load_english_pos(subset="train", return_X_y=True)
    >>> tagger = BiLSTMTagger(32, char_hidden_size=0, learning_rate_init=0.02, max_iter=5)
    >>> taggers = [(f"seed{s}", clone(tagger).set_params(random_state=s)) for s in range(3)]
    >>> voting = VotingTagger(taggers).fit(X[:100], y[:100])
    >>> voting.predict([["She", "will", "book", "a", "room", "."]])[0]
    ['PRON', 'AUX', 'VERB', 'DET', 'NOUN', 'PUNCT']
    >>> X_test, y_test = load_english_pos(subset="test", return_X_y=True)
    >>> scores = [tagger.score(X_test, y_test) for tagger in voting.estimators_]
    >>> bool(voting.score(X_test, y_test) > np.mean(scores))
    True

    Use taggers that are already fitted:

    >>> from sklearn.frozen import FrozenEstimator
    >>> frozen = [(name, FrozenEstimator(t)) for name, t in voting.named_estimators_.items()]
    >>> same = VotingTagger(frozen).fit(X[:100], y[:100])
    >>> same.score(X_test, y_test) == voting.score(X_test, y_test)
    True
    """

    # With metadata routing, the members request what fit passes on.
    __metadata_request__fit = dict.fromkeys(_FIT_OPTIONS, UNUSED)

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        weights: ArrayLike | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimators = estimators
        self.weights = weights
        self.n_jobs = n_jobs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to also return the members by name, such as ``seed0``, and their parameters,
            such as ``seed0__max_iter``.

        Returns
        -------
        params : dict
        """
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, members by name, and parameters of members.

        Parameters
        ----------
        **params : dict
            Parameters by name, such as ``weights=[2, 1]``, ``seed0=BiLSTMTagger()``,
            ``seed0="drop"`` or ``seed0__max_iter=20``.

        Returns
        -------
        self : VotingTagger
        """
        self._set_params("estimators", **params)
        return self

    @with_callbacks
    def fit(
        self,
        X: SequencesLike,
        y: SequencesLike,
        sample_weight: SequencesLike | None = None,
        *,
        X_val: SequencesLike | None = None,
        y_val: SequencesLike | None = None,
        sample_weight_val: SequencesLike | None = None,
    ) -> Self:
        """Fit all members, except those that are frozen.

        Parameters
        ----------
        X, y
            As for :meth:`sklstm.BiLSTMTagger.fit`.

        sample_weight, X_val, y_val, sample_weight_val : default=None
            As for :meth:`sklstm.BiLSTMTagger.fit`. They are passed to all members or, with
            metadata routing, to the members that request them. Members that are pipelines need
            metadata routing.

        Returns
        -------
        self : VotingTagger

        Raises
        ------
        ValueError, TypeError
            If a parameter is invalid, or if members have different classes or schemes. If a member
            raises an error, a note to the error gives its name. The ensemble is left unchanged.

        Warns
        -----
        UserWarning
            If two members have the same parameters and the same `random_state`.
        """
        members = self._check_members()
        self._check_weights(members)
        values = (sample_weight, X_val, y_val, sample_weight_val)
        options = {k: v for k, v in zip(_FIT_OPTIONS, values, strict=True) if v is not None}
        routed = dict.fromkeys(members, options)
        if get_config()["enable_metadata_routing"]:
            requested = process_routing(self, "fit", **options)
            routed = {name: requested[name]["fit"] for name in members}
        unfitted = {name: clone(each) for name, each in members.items() if not _is_ready(each)}
        fit_args = {"estimator": self} | fit_args_of(X, y, sample_weight)
        context = self._init_callback_context(
            max_subtasks=len(unfitted), sequential_subtasks=False
        ).call_on_fit_task_begin(**fit_args)
        tasks = [context.subcontext(f"fit-{name}", k) for k, name in enumerate(unfitted)]
        fitted = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_member)(name, member, routed[name], task, fit_args)
            for (name, member), task in zip(unfitted.items(), tasks, strict=True)
        )
        attributes = _fitted_attributes(members | dict(zip(unfitted, fitted, strict=True)))
        context.call_on_fit_task_end(**fit_args, reconstruction_attributes=lambda: attributes)
        for name in _FEATURES:
            self.__dict__.pop(name, None)
        self.__dict__.update(attributes)
        return self

    def predict(self, X: SequencesLike) -> NDArray[Any]:
        """Predict the tag of each token.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        Returns
        -------
        y : ndarray
            In the form of :meth:`sklstm.BiLSTMTagger.predict`.
        """
        tokens = self._mean_proba(X)
        return tokens.cut_classes(self.classes_, self._decode(tokens))

    def predict_proba(self, X: SequencesLike) -> NDArray[Any]:
        """Predict the probability of each class for each token: the mean over the members.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        Returns
        -------
        p : ndarray
            In the form of :meth:`sklstm.BiLSTMTagger.predict_proba`.
        """
        tokens = self._mean_proba(X)
        return tokens.cut(tokens.values)

    def predict_log_proba(self, X: SequencesLike) -> NDArray[Any]:
        """Predict the logarithm of the probability of each class for each token.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        Returns
        -------
        log_p : ndarray
            In the form of :meth:`predict_proba`. All values are finite, even if a probability is 0.
        """
        tokens = self._mean_proba(X)
        return tokens.cut(_log(tokens.values))

    def score(
        self, X: SequencesLike, y: SequencesLike, sample_weight: SequencesLike | None = None
    ) -> float:
        """Return the accuracy over all tokens.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        sample_weight : array-like, default=None
            One weight for each sequence, or one for each token in the form of `y`. Tokens of weight
            0 do not count.

        Returns
        -------
        accuracy : float
        """
        tokens = self._mean_proba(X)
        targets, weights = check_scored(y, sample_weight, tokens, self.classes_)
        return float(np.average(self._decode(tokens) == targets, weights=weights))

    @property
    def named_estimators_(self) -> Bunch:
        """The fitted members by name; "drop" for dropped members."""
        check_is_fitted(self)
        return Bunch(**self._members)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which members request which metadata.

        Returns
        -------
        routing : MetadataRouter
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        for name, member in self.estimators:
            router.add(method_mapping=mapping, **{name: member})
        return router

    def __sklearn_tags__(self) -> Tags:
        """Return the tags of scikit-learn, which are those of the tagger."""
        return BiLSTMTagger().__sklearn_tags__()

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if "estimators_" not in state:
            return state
        return {name: value for name, value in state.items() if "callback" not in name}

    def _check_members(self):
        """Return the members by name; raise an error if one is invalid."""
        pairs = self.estimators
        if not (isinstance(pairs, list) and pairs and all(map(_is_pair, pairs))):
            raise ValueError(
                f"estimators is {show(pairs)}, but must be a list of at least one pair of a name "
                'and an estimator, such as [("a", BiLSTMTagger()), ...].'
            )
        members = dict(pairs)
        self._validate_names([name for name, _ in pairs])
        self._check_estimators_are_instances(members.values())
        if all(map(_is_dropped, members.values())):
            raise ValueError("All estimators are dropped: at least one is required.")
        for name, member in members.items():
            lacking = [each for each in ("fit", "predict_proba") if not hasattr(member, each)]
            if lacking and not _is_dropped(member):
                raise TypeError(
                    f"The member {name!r} is {show(member)}, which has no "
                    f"{' and no '.join(lacking)}: pass a tagger, or a pipeline or search that ends "
                    "in one."
                )
            if isinstance(member, FrozenEstimator):
                with _named(name):
                    check_is_fitted(member)
        _warn_for_copies(members)
        return members

    def _check_weights(self, members):
        """Return the weights by name, without dropped members; their sum is 1."""
        weights = np.ones(len(members))
        if self.weights is not None:
            weights = _as_floats(self.weights)
        is_valid = (weights >= 0) & (weights < np.inf)
        if weights.shape != (len(members),) or not is_valid.all():
            raise ValueError(
                f"weights is {show(self.weights)}, but must be one finite number >= 0 for each of "
                f"the {len(members)} estimators."
            )
        kept = {
            name: weight
            for (name, member), weight in zip(members.items(), weights.tolist(), strict=True)
            if not _is_dropped(member)
        }
        total = sum(kept.values())
        if not total:
            raise ValueError("weights are zero for all members: at least one must be positive.")
        if total == np.inf:
            raise ValueError(f"weights is {show(self.weights)}, whose sum is infinite: scale them.")
        return {name: weight / total for name, weight in kept.items()}

    def _mean_proba(self, X):
        """Return the sequences, with the mean probabilities of each token as values."""
        check_is_fitted(self)
        mean = 0.0
        for name, weight in self._check_weights(self._members).items():
            with _named(name):
                proba = self._members[name].predict_proba(X)
                tokens = _flatten(proba, len(self.classes_))
                mean = mean + weight * tokens.values
        return tokens._replace(values=mean)

    def _decode(self, tokens):
        """Return the class of each token, given its mean probabilities."""
        if self.scheme_ is None:
            return tokens.values.argmax(axis=1)
        return _best_paths(tokens, transition_penalties(self.classes_.tolist(), self.scheme_))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Add the name of a member to errors."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This is an error of the member {name!r} of VotingTagger.")
        raise


def _fit_member(name, member, options, task, fit_args):
    """Fit a member, in any process, and return it.

    Parameters
    ----------
    name : str
    member : estimator
    options : dict
        The options of its fit, such as "sample_weight".
    task : CallbackContext
    fit_args : dict
        The arguments of callbacks, including "X" and "y".
    """
    with _named(name), task.propagate_callback_context(member):
        task.call_on_fit_task_begin(**fit_args)
        member.fit(fit_args["X"], fit_args["y"], **options)
    task.call_on_fit_task_end(**fit_args)
    return member


def _fitted_attributes(members):
    """Return the fitted attributes of an ensemble with these fitted members."""
    fitted = {name: member for name, member in members.items() if not _is_dropped(member)}
    (first, reference), *others = fitted.items()
    classes, schemes = reference.classes_, {}
    for name, member in others:
        if not np.array_equal(member.classes_, classes):
            different = {*member.classes_.tolist()} ^ {*classes.tolist()}
            raise ValueError(
                f"The members {first!r} and {name!r} have different classes: only one of them has "
                f"{show(sorted(different, key=str))}. Fit all members on the same tags."
            )
    for name, member in fitted.items():
        scheme = find_scheme(member)
        if scheme is not None:
            schemes.setdefault(scheme, name)
    if len(schemes) > 1:
        described = " and ".join(f"{name!r} has {scheme!r}" for scheme, name in schemes.items())
        raise ValueError(f"The members have different schemes: {described}. Set the same scheme.")
    return {
        "estimators_": list(fitted.values()),
        "_members": members,
        "classes_": classes,
        "scheme_": next(iter(schemes), None),
    } | {name: getattr(reference, name) for name in _FEATURES if hasattr(reference, name)}


def _as_floats(weights):
    """Return weights as an array of float, which is empty if they are not numbers."""
    try:
        array = np.asarray(weights)
        with np.errstate(over="ignore"):
            return array.astype(float) if array.dtype.kind in "biufO" else np.empty(0)
    except (TypeError, ValueError, OverflowError):
        return np.empty(0)


def _is_pair(pair):
    return isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str)


def _is_dropped(member):
    return isinstance(member, str) and member == _DROP


def _is_ready(member):
    """Return whether a member does not need to be fitted."""
    return _is_dropped(member) or isinstance(member, FrozenEstimator)


def _warn_for_copies(members):
    """Warn if two members that will be fitted have the same parameters and the same seed."""
    names = {}
    for name, member in members.items():
        if _is_ready(member):
            continue
        params = member.get_params()
        seeds = [params[each] for each in params if each.split("__")[-1] == "random_state"]
        settings = type(member), frozenset((each, _comparable(params[each])) for each in params)
        first = names.setdefault(settings, name)
        if first != name and seeds and all(seed is not None for seed in seeds):
            warnings.warn(
                f"The members {first!r} and {name!r} have the same parameters and the same "
                "random_state, so their fits are the same. Give each member its own, as in "
                '[(f"seed{s}", BiLSTMTagger(random_state=s)) for s in range(5)].',
                stacklevel=5,  # past _check_members, fit and with_callbacks
            )
            return


def _comparable(value):
    """Return a hashable value that is the same for equal parameters."""
    if hasattr(value, "get_params"):
        return type(value)  # its own parameters are compared as well
    if isinstance(value, (list, tuple)):
        return tuple(map(_comparable, value))
    try:
        return joblib.hash(value.item() if isinstance(value, np.generic) else value)
    except (pickle.PicklingError, AttributeError, TypeError):  # a lambda, for instance
        return id(value)


def _flatten(proba, n_classes):
    """Return sequences of probabilities as tokens, whose values have a row for each token."""
    if proba.dtype == object:
        lengths = np.fromiter(map(len, proba), np.intp, len(proba))
        rows = np.concatenate([np.empty((0, n_classes), np.float32), *proba])
        return Tokens("vectors", "ragged", lengths, rows)
    form = "block" if proba.ndim == 3 else "rows"
    lengths = np.full(len(proba), proba.shape[1] if form == "block" else 1, np.intp)
    return Tokens("vectors", form, lengths, proba.reshape(-1, n_classes))


def _log(proba):
    """Return the logarithm of probabilities; 0 counts as the smallest positive normal number."""
    return np.log(np.maximum(proba, np.finfo(proba.dtype).tiny))


def _best_paths(tokens, penalties):
    """Return the class of each token in the best path of its sequence.

    Parameters
    ----------
    tokens : Tokens
        The values are probabilities.
    penalties : ndarray of shape (n_classes + 2, n_classes)
        The scores of transitions.

    Returns
    -------
    indices : ndarray of int of shape (n_tokens,)
    """
    lengths, U = tokens.lengths, penalties.astype(tokens.values.dtype)
    indices, starts = np.empty(len(tokens.values), np.intp), np.cumsum(lengths) - lengths
    for members in prediction_batches(lengths):
        packing = pack(lengths[members], starts[members])
        indices[packing.tokens] = viterbi(_log(tokens.values[packing.tokens]), U, packing)
    return indices
