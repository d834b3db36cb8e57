"""A transformer of scikit-learn over the tokens of sequences."""

from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklstm._callbacks import with_callbacks
from sklstm.preprocessing._tokens import count_rows, cut, flatten_aligned, gather, spread


def _transformer_has(method):
    """Return a check of whether the transformer has a method, fitted or not."""

    def check(self):
        getattr(getattr(self, "transformer_", self.transformer), method)  # its own message if not
        return True

    return check


class TokenTransformer(
    CallbackSupportMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,  # type: ignore[call-arg]  # set_output is that of the transformer
):
    """Apply a transformer to the tokens of sequences, and give sequences back.

    The transformers of scikit-learn take a table with a row for each sample. This one lays the
    tokens of all sequences one after another, hands them to a transformer in one call, and cuts
    what that returns into sequences again, which :class:`~sklstm.BiLSTMTagger` takes as they are.

    Parameters
    ----------
    transformer : estimator
        Any transformer: it has `fit` and `transform`, and returns a row for each token. It stays as
        it is; a clone is fitted.

    Attributes
    ----------
    transformer_ : estimator
        The fitted clone of `transformer`.

    n_features_in_ : int
        The number of features of a token seen during `fit`. Only defined where
        `transformer_` has it, as it does for vectors.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The names of the columns of the data frames seen during `fit`. Only defined where
        `transformer_` has it.

    See Also
    --------
    sklearn.compose.ColumnTransformer : Applies transformers to columns: pass it where a token has
        several.
    sklearn.pipeline.FeatureUnion : Joins the features that several transformers return: pass it as
        `transformer`, for it cannot join sequences.
    sklearn.preprocessing.FunctionTransformer : By itself, applies a function to the sequences.

    Notes
    -----
    What the transformer sees depends on what the tokens are:

    - `str` and `dict`: a list of them, as :class:`~sklearn.feature_extraction.DictVectorizer` and
      the vectorizers of :mod:`sklearn.feature_extraction.text` take;
    - vectors: one array, of objects where they are tuples or lists that hold `str`, or one CSR
      matrix;
    - the rows of data frames, of pandas or of polars: one data frame.

    A list of sequences comes back as a list with a matrix for each, an array, a CSR matrix or,
    after :meth:`set_output`, a data frame. A 3-D array comes back as one, unless the transformer
    returns something else than an array. A 2-D array, sparse matrix or data frame is taken as rows,
    as the tagger takes it: they are handed on, and come back, as they are. An array of `str` with
    two dimensions has a sequence in each row and a word in each entry.

    Examples
    --------
    Numbers are scaled by their mean and deviation over all tokens:

    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklstm.preprocessing import TokenTransformer
    >>> X = [np.array([[1.0], [2.0]]), np.array([[3.0]])]
    >>> TokenTransformer(StandardScaler()).fit_transform(X)
    [array([[-1.22474487],
           [ 0.        ]]), array([[1.22474487]])]

    Words become matrices of the counts of their characters:

    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> counts = TokenTransformer(CountVectorizer(analyzer="char"))
    >>> [matrix.shape for matrix in counts.fit_transform([["a", "cab"], ["bad"]])]
    [(2, 4), (1, 4)]
    >>> counts.get_feature_names_out()
    array(['a', 'b', 'c', 'd'], dtype=object)
    """

    def __init__(self, transformer: BaseEstimator) -> None:
        self.transformer = transformer

    @with_callbacks
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit the transformer to the tokens.

        Parameters
        ----------
        X : sequences of tokens
            As for :class:`~sklstm.BiLSTMTagger`; the vectors may also hold `str` and other
            objects.

        y : sequences of tags, default=None
            One tag for each token, for transformers that learn from tags.

        **params : dict of str to object
            What is passed on to `fit` of the transformer, such as `sample_weight`: by name, or by
            request where `enable_metadata_routing` is set. One entry for each sequence is repeated
            for its tokens; one for each token has the form of `y`.

        Returns
        -------
        self : TokenTransformer
            The fitted transformer.

        Raises
        ------
        ValueError, TypeError
            Which sequence and token are wrong, and what to do.
        """
        tokens, tags = self._gather(X, y)
        routed = self._route("fit", params, tokens)
        transformer = self._unfitted()
        with self._reported("fit", transformer, X, y), _noted(tokens, transformer):
            transformer.fit(tokens.values, tags, **routed["fit"])
        self.transformer_ = transformer
        return self

    @with_callbacks
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit the transformer to the tokens, and transform them.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        **params : dict of str to object
            As for :meth:`fit`, passed on to `fit_transform` of the transformer.

        Returns
        -------
        Xt : list, ndarray of shape (n_sequences, n_timesteps, n_features_out) or matrix
            As from :meth:`transform`.
        """
        transformer = self._unfitted()
        if not hasattr(transformer, "fit_transform"):
            return self.fit(X, y, **params).transform(X)
        tokens, tags = self._gather(X, y)
        routed = self._route("fit_transform", params, tokens)
        with self._reported("fit-transform", transformer, X, y), _noted(tokens, transformer):
            answer = transformer.fit_transform(tokens.values, tags, **routed["fit_transform"])
        Xt = _cut(answer, tokens, transformer)
        self.transformer_ = transformer
        return Xt

    @available_if(_transformer_has("partial_fit"))
    @with_callbacks
    def partial_fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Go on fitting the transformer, where it can, to more tokens.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        **params : dict of str to object
            As for :meth:`fit`, passed on to `partial_fit` of the transformer.

        Returns
        -------
        self : TokenTransformer
        """
        tokens, tags = self._gather(X, y)
        routed = self._route("partial_fit", params, tokens)
        transformer = getattr(self, "transformer_", None) or self._unfitted()
        with self._reported("partial-fit", transformer, X, y), _noted(tokens, transformer):
            transformer.partial_fit(tokens.values, tags, **routed["partial_fit"])
        self.transformer_ = transformer
        return self

    def transform(self, X: Any, **params: Any) -> Any:
        """Transform the tokens.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        **params : dict of str to object
            What is passed on to `transform` of the transformer, as in :meth:`fit`.

        Returns
        -------
        Xt : list, ndarray of shape (n_sequences, n_timesteps, n_features_out) or matrix
            For a list of sequences, a list with a matrix for each; for a 3-D array one, if the
            transformer returns an array, else such a list; for rows what the transformer returns.
        """
        return self._apply("transform", X, params)

    @available_if(_transformer_has("inverse_transform"))
    def inverse_transform(self, X: Any, **params: Any) -> Any:
        """Undo the transform, where the transformer can.

        Parameters
        ----------
        X : sequences of vectors
            As :meth:`transform` returns them.

        **params : dict of str to object
            What is passed on to `inverse_transform` of the transformer, as in :meth:`fit`.

        Returns
        -------
        X_original : list, ndarray of shape (n_sequences, n_timesteps, n_features) or matrix
        """
        return self._apply("inverse_transform", X, params)

    @available_if(_transformer_has("get_feature_names_out"))
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:
        """Return the names of the features that the transformer returns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names of the features of a token, where data frames have not told them.

        Returns
        -------
        feature_names_out : ndarray of str objects
        """
        check_is_fitted(self)
        return self.transformer_.get_feature_names_out(input_features)

    @available_if(_transformer_has("set_output"))
    def set_output(self, *, transform: str | None = None) -> Self:
        """Set what the matrices of the sequences are.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            "default" is what the transformer returns by default, the others data frames. With
            None, nothing changes.

        Returns
        -------
        self : TokenTransformer
        """
        for transformer in (self.transformer, getattr(self, "transformer_", None)):
            if transformer is not None:
                transformer.set_output(transform=transform)
        return self

    @property
    def n_features_in_(self) -> int:
        """Number of features of a token seen during `fit`, where the transformer has it."""
        return self._of_fitted("n_features_in_")

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the columns of data frames seen during `fit`, where the transformer has them."""
        return self._of_fitted("feature_names_in_")

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata the transformer is passed, and where.

        Returns
        -------
        routing : MetadataRouter
        """
        mapping = MethodMapping()
        for method in ("fit", "fit_transform", "partial_fit", "transform", "inverse_transform"):
            mapping.add(caller=method, callee=method)
        return MetadataRouter(owner=self).add(transformer=self.transformer, method_mapping=mapping)

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there is a fitted transformer."""
        return hasattr(self, "transformer_")

    def __sklearn_tags__(self) -> Tags:
        """Return the tags of the transformer, which sequences of its tokens share."""
        tags, inner = super().__sklearn_tags__(), deepcopy(get_tags(self.transformer))
        tags.input_tags, tags.target_tags = inner.input_tags, inner.target_tags
        tags.input_tags.three_d_array = inner.input_tags.two_d_array
        tags.transformer_tags = inner.transformer_tags or tags.transformer_tags
        tags.non_deterministic = inner.non_deterministic
        return tags

    # -- what fit and transform share -----------------------------------------------------------

    def _unfitted(self):
        """Return a clone of the transformer, or say that it is none."""
        lacking = [name for name in ("fit", "transform") if not hasattr(self.transformer, name)]
        if lacking:
            raise TypeError(
                f"transformer is {self.transformer!r}, which has no {' and no '.join(lacking)}: "
                "pass a transformer, such as StandardScaler()."
            )
        return clone(self.transformer)

    def _gather(self, X, y):
        """Return tokens to learn from, and their tags in one array."""
        tokens = gather(X)
        if tokens.form != "rows" and not tokens.lengths.any():
            what = "no token at all" if len(tokens.lengths) else "0 sequences"
            raise ValueError(f"X has {what}: there is nothing to learn from. Pass at least one.")
        return tokens, None if y is None else flatten_aligned(y, tokens, "y")

    def _route(self, method, params, tokens):
        """Return the metadata of each method of the transformer, spread over the tokens."""
        if not params:
            return {method: {}}
        routed = {method: params}
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, method, **params)["transformer"]
        return {
            callee: {name: spread(value, tokens, name) for name, value in passed.items()}
            for callee, passed in routed.items()
        }

    def _apply(self, method, X, params):
        """Return what a method of the fitted transformer makes of the tokens."""
        check_is_fitted(self)
        tokens = gather(X)
        routed = self._route(method, params, tokens)
        if tokens.form != "rows" and not tokens.lengths.any():
            return cut(np.empty((0, self._width(method))), tokens)
        with _noted(tokens, self.transformer_):
            answer = getattr(self.transformer_, method)(tokens.values, **routed[method])
        return _cut(answer, tokens, self.transformer_)

    def _width(self, method):
        """Return how many features a method returns for a token; 0 where nothing tells."""
        try:
            if method == "inverse_transform":
                return self.n_features_in_
            return len(self.get_feature_names_out())
        except AttributeError:  # also from deep inside a composed transformer
            return 0

    def _of_fitted(self, name):
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{name} is there after fitting, and not before.")
        return getattr(self.transformer_, name)

    @contextmanager
    def _reported(self, task_name, transformer, X, y):
        """Report a fit to callbacks, which go on to a transformer that has them, too."""
        takes_callbacks = hasattr(transformer, "set_callbacks")
        context = self._init_callback_context(task_name, max_subtasks=int(takes_callbacks))
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        if takes_callbacks:
            task = context.subcontext(f"{task_name}-transformer")
            with task.propagate_callback_context(transformer):
                task.call_on_fit_task_begin(estimator=self, X=X, y=y)
                yield
                task.call_on_fit_task_end(estimator=self, X=X, y=y)
        else:
            yield
        fitted = {"transformer_": transformer}
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes=lambda: fitted
        )


def _cut(answer, tokens, transformer):
    """Return what a transformer made of tokens in the form of the sequences."""
    n_rows, n_tokens = count_rows(answer), count_rows(tokens.values)
    if n_rows != n_tokens:
        what = "what has no rows" if n_rows is None else f"{n_rows} rows"
        raise ValueError(
            f"{type(transformer).__name__} returned {what} for the {n_tokens} tokens of X. A "
            "transformer of tokens must return one row for each of them."
        )
    return cut(answer, tokens)


@contextmanager
def _noted(tokens, transformer):
    """Add to an error what the transformer was given, which its message cannot say."""
    try:
        yield
    except Exception as error:
        if tokens.form != "rows":
            error.add_note(
                f"{type(transformer).__name__} was given the {count_rows(tokens.values)} tokens of "
                f"the {len(tokens.lengths)} sequences of X, one after another, as one "
                f"{type(tokens.values).__name__}."
            )
        if isinstance(tokens.values, list):
            error.add_note(
                "A transformer of tables needs a table for each sequence, such as "
                "np.reshape(words, (-1, 1)) or a data frame."
            )
        raise
