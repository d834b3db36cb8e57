"""Apply a transformer of scikit-learn to the tokens of sequences."""

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
    """Return a function that checks whether the transformer has a method, fitted or not."""

    def check(self):
        getattr(getattr(self, "transformer_", self.transformer), method)  # raises an error if not
        return True

    return check


class TokenTransformer(
    CallbackSupportMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,  # type: ignore[call-arg]  # set_output calls that of the transformer
):
    """Apply a transformer of scikit-learn to the tokens of sequences.

    The transformers of scikit-learn take a table with one sample in each row. A `TokenTransformer`
    makes one table of the tokens of all sequences, calls the transformer once, and splits the
    result into sequences again. Use it in a pipeline before :class:`~sklstm.BiLSTMTagger`, for
    instance to scale the features of vectors. See :doc:`/user_guide/pipelines`.

    Parameters
    ----------
    transformer : estimator
        The transformer, such as :class:`~sklearn.preprocessing.StandardScaler`. It must have `fit`
        and `transform`, and return one row for each token. It is not modified: a clone is fitted.

    Attributes
    ----------
    transformer_ : estimator
        The fitted clone of `transformer`.

    n_features_in_ : int
        The number of features of a token seen in `fit`. Only available if `transformer_` has this
        attribute, which is usually so for vectors.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The names of the columns of the data frames seen in `fit`. Only available if `transformer_`
        has this attribute.

    See Also
    --------
    sklearn.compose.ColumnTransformer : Applies different transformers to the columns of tokens:
        pass it as `transformer`.
    sklearn.pipeline.FeatureUnion : Concatenates the features of several transformers: pass it as
        `transformer`, because it cannot concatenate sequences.
    sklearn.preprocessing.FunctionTransformer : Applies a function to whole sequences, without
        `TokenTransformer`.

    Notes
    -----
    The input of the transformer depends on the tokens:

    - `str` and `dict`: a list, as for :class:`~sklearn.feature_extraction.DictVectorizer` and the
      vectorizers of :mod:`sklearn.feature_extraction.text`;
    - vectors: an array or a CSR matrix; the array has the dtype object if tokens are tuples or
      lists that contain `str`;
    - rows of pandas or polars data frames: a data frame.

    The output depends on the form of `X`:

    - A list of sequences is transformed to a list with an array, a CSR matrix or, after
      :meth:`set_output`, a data frame for each sequence.
    - A 3-D array is transformed to a 3-D array if the transformer returns an array, otherwise to a
      list as above.
    - A 2-D array of numbers, sparse matrix or data frame consists of rows, which are sequences of
      one token. It is passed to the transformer unchanged, and its result is returned unchanged.
    - A 2-D array of `str` has a sequence in each row, and is transformed as a list of sequences.

    Examples
    --------
    Scale numbers by their mean and standard deviation over all tokens:

    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklstm.preprocessing import TokenTransformer
    >>> X = [np.array([[1.0], [2.0]]), np.array([[3.0]])]
    >>> TokenTransformer(StandardScaler()).fit_transform(X)
    [array([[-1.22474487],
           [ 0.        ]]), array([[1.22474487]])]

    Count the characters of each word:

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
            As for :meth:`sklstm.BiLSTMTagger.fit`. Vectors can also contain `str` and other
            objects.

        y : sequences of tags, default=None
            One tag for each token, for transformers that use tags.

        **params : dict of str to object
            Arguments for `fit` of the transformer, such as `sample_weight`. With metadata routing,
            the transformer must request them. Pass one value for each sequence, which is repeated
            for its tokens, or one for each token in the form of `y`.

        Returns
        -------
        self : TokenTransformer

        Raises
        ------
        ValueError, TypeError
            If `X`, `y` or a parameter is invalid. The message gives the indices of the sequence and
            the token.
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
            Arguments for `fit_transform` of the transformer, in the forms of :meth:`fit`.

        Returns
        -------
        Xt : list, ndarray of shape (n_sequences, n_timesteps, n_features_out) or matrix
            As for :meth:`transform`.
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
        """Fit the transformer to more tokens, if it has `partial_fit`.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        **params : dict of str to object
            Arguments for `partial_fit` of the transformer, in the forms of :meth:`fit`.

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
            Arguments for `transform` of the transformer, in the forms of :meth:`fit`.

        Returns
        -------
        Xt : list, ndarray of shape (n_sequences, n_timesteps, n_features_out) or matrix
            For a list of sequences, a list with a matrix for each. For a 3-D array, a 3-D array if
            the transformer returns an array, otherwise a list. For rows, the result of the
            transformer.
        """
        return self._apply("transform", X, params)

    @available_if(_transformer_has("inverse_transform"))
    def inverse_transform(self, X: Any, **params: Any) -> Any:
        """Undo :meth:`transform`, if the transformer has `inverse_transform`.

        Parameters
        ----------
        X : sequences of vectors
            In a form that :meth:`transform` returns.

        **params : dict of str to object
            Arguments for `inverse_transform` of the transformer, in the forms of :meth:`fit`.

        Returns
        -------
        X_original : list, ndarray of shape (n_sequences, n_timesteps, n_features) or matrix
            The sequences, in the form that :meth:`transform` returns for `X`.
        """
        return self._apply("inverse_transform", X, params)

    @available_if(_transformer_has("get_feature_names_out"))
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:
        """Return the names of the features that the transformer returns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names of the input features of a token. Not needed if the transformer was fitted on
            data frames.

        Returns
        -------
        feature_names_out : ndarray of str objects
            The names of the output features of a token.
        """
        check_is_fitted(self)
        return self.transformer_.get_feature_names_out(input_features)

    @available_if(_transformer_has("set_output"))
    def set_output(self, *, transform: str | None = None) -> Self:
        """Set the type of the matrices that :meth:`transform` returns.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            "pandas" and "polars" return data frames, and "default" the default type of the
            transformer. With None, nothing changes.

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
        """The number of features of a token seen in `fit`, if `transformer_` has this attribute."""
        return self._of_fitted("n_features_in_")

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """The names of the columns seen in `fit`, if `transformer_` has this attribute."""
        return self._of_fitted("feature_names_in_")

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata the methods of the transformer request.

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
        """Return the tags of the transformer, adapted to sequences."""
        tags, inner = super().__sklearn_tags__(), deepcopy(get_tags(self.transformer))
        tags.input_tags, tags.target_tags = inner.input_tags, inner.target_tags
        tags.input_tags.three_d_array = inner.input_tags.two_d_array
        tags.transformer_tags = inner.transformer_tags or tags.transformer_tags
        tags.non_deterministic = inner.non_deterministic
        return tags

    # -- used by fit and transform --------------------------------------------------------------

    def _unfitted(self):
        """Return a clone of the transformer; raise a TypeError if it is not a transformer."""
        lacking = [name for name in ("fit", "transform") if not hasattr(self.transformer, name)]
        if lacking:
            raise TypeError(
                f"transformer is {self.transformer!r}, which has no {' and no '.join(lacking)}: "
                "pass a transformer, such as StandardScaler()."
            )
        return clone(self.transformer)

    def _gather(self, X, y):
        """Return the tokens to fit on, and their tags in one array."""
        tokens = gather(X)
        if tokens.form != "rows" and not tokens.lengths.any():
            what = "no tokens" if len(tokens.lengths) else "0 sequences"
            raise ValueError(f"X has {what}, so there is nothing to fit on. Pass at least one.")
        return tokens, None if y is None else flatten_aligned(y, tokens, "y")

    def _route(self, method, params, tokens):
        """Return the metadata of each method of the transformer, with a value for each token."""
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
        """Return the result of a method of the fitted transformer for sequences."""
        check_is_fitted(self)
        tokens = gather(X)
        routed = self._route(method, params, tokens)
        if tokens.form != "rows" and not tokens.lengths.any():
            return cut(np.empty((0, self._width(method))), tokens)
        with _noted(tokens, self.transformer_):
            answer = getattr(self.transformer_, method)(tokens.values, **routed[method])
        return _cut(answer, tokens, self.transformer_)

    def _width(self, method):
        """Return the number of features that a method returns for a token; 0 if unknown."""
        try:
            if method == "inverse_transform":
                return self.n_features_in_
            return len(self.get_feature_names_out())
        except AttributeError:  # also from deep inside a composed transformer
            return 0

    def _of_fitted(self, name):
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{name} is only available after fitting.")
        return getattr(self.transformer_, name)

    @contextmanager
    def _reported(self, task_name, transformer, X, y):
        """Report a fit to callbacks; pass these to the transformer if it supports callbacks."""
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
    """Return the result of a transformer in the form of the sequences."""
    n_rows, n_tokens = count_rows(answer), count_rows(tokens.values)
    if n_rows != n_tokens:
        what = "an object without rows" if n_rows is None else f"{n_rows} rows"
        raise ValueError(
            f"{type(transformer).__name__} returned {what} for the {n_tokens} tokens of X. A "
            "transformer of tokens must return one row for each token."
        )
    return cut(answer, tokens)


@contextmanager
def _noted(tokens, transformer):
    """Add the input of the transformer to an error, because the message does not have it."""
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
                "For a transformer of tables, pass a table for each sequence, such as "
                "np.reshape(words, (-1, 1)) or a data frame."
            )
        raise
