"""The estimator."""

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils import ClassifierTags, check_random_state
from sklearn.utils.validation import check_is_fitted

from sklstm import _validation
from sklstm._batching import Corpus
from sklstm._callbacks import with_callbacks
from sklstm._model import prepare_training
from sklstm._persistence import check_state, model_from_state, model_to_state
from sklstm._reporting import Epochs, Predictions
from sklstm._schemes import Scheme
from sklstm._threads import Executor
from sklstm._training import Trainer, train, validation_accuracy
from sklstm._version import __version__

# Sequences of tokens, their tags or their weights, in any form that the class describes.
SequencesLike: TypeAlias = Iterable[Any] | ArrayLike

# The attributes that a fit sets.
_FITTED = [
    "classes_", "n_features_in_", "feature_names_in_", "n_outputs_", "n_layers_",
    "out_activation_", "loss_", "best_loss_", "loss_curve_", "validation_scores_",
    "best_validation_score_", "n_iter_", "t_", "optimizer_state_", "_network",
    "_model_cache",
]  # fmt: skip


class BiLSTMTagger(CallbackSupportMixin, BaseEstimator):
    """Sequence tagger: a bidirectional LSTM with a softmax or a CRF, for words or vectors.

    One sample is one sequence: every element of ``X`` along its first axis is a sequence of
    tokens, and ``y`` holds one tag for each of them. A token is a word (`str`), a `dict` of named
    features or a numeric vector. A 2-D array is taken as rows that are sequences of one token
    each; pass ``[X]`` and ``[y]`` where it is one long recording, better still cut into pieces:
    one sequence is one step of the optimizer per epoch.

    The network is a long short-term memory [1]_ that reads in both directions [2]_.

    Words are known by a sum of embeddings, of the word, its lower case, its prefixes and suffixes
    and its shape (see `analyzer`), and by their characters, which a small LSTM reads [5]_: words
    not seen in training are known by what they are made of.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(192,)
        The number of units per direction of each stacked LSTM layer.

    bidirectional : bool, default=True
        Whether tokens are read in both directions, so that a tag can depend on what comes after
        its token. If False, on what comes before alone.

    embedding_size : int, default=100
        The width of the embeddings of features and characters. Vectors have none.

    char_hidden_size : int, default=50
        The number of units per direction of the LSTM over the characters of words; 0 for none.
        Words of more than 32 characters are read without their middle. Dicts and vectors have no
        characters.

    analyzer : {"affix", "char_ngram", "word"} or callable, default="affix"
        The features of a word.

        - "affix" is the word, its lower case, the prefixes up to 3 and the suffixes up to 4
          characters of its lower case, and its shape (``McDonald's`` is ``XxXx'x``);
        - "char_ngram" is the word, its lower case, its shape and all runs of 2 to 4 characters of
          its lower case, with both of its ends marked (more than 32 characters are cut down to the
          first and the last 16);
        - "word" is the word alone;
        - a callable takes a word and returns an iterable of `str`.

    embeddings : mapping of str to array-like of shape (n_features,), default=None
        Pre-trained vectors of words, such as :func:`~sklstm.datasets.read_vectors` reads, a `dict`
        or gensim's ``KeyedVectors``. They stay as they are and stand beside what is learnt; a word
        that is missing is looked up in lower case, and else is a row of zeros; one more number says
        whether it was found. The fitted tagger refers to the mapping, and is saved with it. Pass
        more than a few thousand words as :class:`~sklstm.datasets.WordVectors`: scikit-learn copies
        a `dict`, and may print all of it.

    min_df : int or float, default=1
        Features of words or dicts that fewer sequences hold than this are left out; a float is a
        share of the sequences.

    dropout : float in [0, 1), default=0.33
        The share of units dropped in training from what the first layer reads of a word or dict,
        between layers and before the output; which units is drawn once per sequence, as
        variational dropout does [3]_. None of the features of vectors is dropped.

    feature_dropout : float in [0, 1), default=0.2
        The share of the features of a word or dict that each token loses in training, so that
        none is relied on alone.

    word_dropout : float >= 0, default=0.25
        In training, a word seen ``n`` times is shown with probability
        ``word_dropout / (word_dropout + n)`` as if it had never been seen, by those features
        alone that it shares with other words [4]_. Dicts likewise.

    output : {"softmax", "crf"}, default="softmax"
        What tags are chosen by. "softmax" gives each token probabilities of its own; "crf", a
        linear-chain conditional random field [6]_, scores which tag follows which, and whole
        sequences of tags have probabilities: `predict` returns the most probable one, and
        `predict_proba` the marginal probabilities of each token, of which another tag may be the
        highest. With "crf", weights are per sequence, and there are no class weights.

    scheme : {"BIO", "IOB1", "BIOES"} or None, default=None
        With ``output="crf"``, how tags write spans: transitions that the scheme does not allow,
        such as from ``O`` to ``I-person`` in "BIO", are then ruled out.

    label_smoothing : float in [0, 1), default=0.02
        With ``output="softmax"``, the share of each target that training gives to all classes
        alike [7]_, which keeps probabilities from being higher than tags are right. A CRF smooths
        nothing.

    solver : {"adam", "sgd"}, default="adam"
        The optimizer. Embeddings are updated where a minibatch names them, and not elsewhere.

    alpha : float >= 0, default=0.0001
        The strength of the L2 penalty on the weights. Unlike
        :class:`~sklearn.neural_network.MLPClassifier`'s it leaves the embeddings alone.

    batch_size : int or "auto", default="auto"
        The number of sequences of a minibatch. "auto" is 32, or less where an epoch would
        otherwise take under 50 steps, but at least 4.

    learning_rate : {"linear", "constant", "invscaling", "adaptive"}, default="linear"
        The schedule of the learning rate, for both solvers.

        - "linear" falls from `learning_rate_init` to 0 over the `max_iter` epochs;
        - "constant" stays at `learning_rate_init`;
        - "invscaling" is ``learning_rate_init / (t + 1) ** power_t``, where ``t`` is the number
          of sequences seen, and changes after each epoch;
        - "adaptive" is divided by 5 each time that more than `n_iter_no_change` epochs in a row
          fail to improve by `tol`; training ends once it is at 1e-6.

    learning_rate_init : float > 0, default=0.005
        The initial learning rate.

    power_t : float >= 0, default=0.5
        The exponent of the "invscaling" schedule.

    max_iter : int >= 1, default=12
        The number of epochs, at most. Reaching it is the normal end, and warns of nothing.

    shuffle : bool, default=True
        Whether to shuffle the sequences in each epoch. Minibatches are then made of sequences of
        like lengths.

    random_state : int, RandomState instance or None, default=None
        Determines initial weights, shuffling, dropout and what `early_stopping` holds out. The
        same int gives the same bits, on any number of threads.

    tol : float >= 0, default=1e-4
        What counts as an improvement: of the score on the validation set with `early_stopping`,
        of the training loss without.

    verbose : int or bool, default=False
        Whether to print a line per epoch: the loss, the score on the validation set if there is
        one, the speed, and the time that all epochs would yet take; then why training ended, if
        before its time. From 2 on, predictions that take longer print how far they are, once a
        second.

    warm_start : bool, default=False
        Whether `fit` goes on from the previous solution. The classes stay; the vocabulary grows
        by the features that are new.

    momentum : float in [0, 1], default=0.9
        The momentum of "sgd".

    nesterovs_momentum : bool, default=True
        Whether it is Nesterov's.

    early_stopping : bool, default=False
        Whether to stop when the score on a validation set no longer improves, and to restore the
        weights that were best. The set is `X_val`, `y_val` or, without them, a random
        `validation_fraction` of the sequences.

    validation_fraction : float in (0, 1), default=0.1
        The share of the sequences that `early_stopping` holds out.

    beta_1, beta_2 : float in [0, 1), default=0.9, 0.999
        The decay of "adam"'s estimates of the first and second moment.

    epsilon : float > 0, default=1e-8
        Keeps "adam" from dividing by zero.

    n_iter_no_change : int >= 1, default=10
        How many epochs in a row may fail to improve by `tol`; one more ends training.

    max_grad_norm : float > 0, default=5.0
        The gradient of a minibatch is scaled down to this norm where it is longer.

    class_weight : dict or "balanced", default=None
        The weight of each class (1 where the dict lacks it), multiplied with `sample_weight`.
        "balanced" weighs a class by the inverse of its frequency, in `partial_fit` that in the
        sequences of the call.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The tags, sorted.

    vocabulary_ : dict of str to int
        The features of words or dicts and the characters of words, and the row of the embedding
        table of each; row 0 is for what is not known. Not there for vectors.

    n_features_in_ : int
        The width of the vectors seen in fit. Not there for words or dicts.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The names of the features, where vectors came as data frames with names that are str.

    loss_ : float
        The loss of the last epoch: the mean over tokens, penalty included.

    best_loss_ : float or None
        The smallest loss of an epoch; None with `early_stopping`.

    loss_curve_ : list of float
        The loss of each epoch.

    validation_scores_ : list of float or None
        The accuracy on the validation set after each epoch that had one; None without any.

    best_validation_score_ : float or None
        The highest of them in the last fit.

    n_iter_ : int
        The number of epochs.

    t_ : int
        The number of sequences seen in training.

    n_layers_ : int
        The number of layers, input and output included.

    n_outputs_ : int
        The number of classes.

    out_activation_ : str
        The name of the output activation, "softmax" or "crf".

    transitions_ : ndarray of shape (n_classes, n_classes)
        With ``output="crf"``, the score of each transition from a class (row) to a class (column),
        in the order of `classes_`; minus infinity for those that `scheme` forbids.

    start_transitions_, end_transitions_ : ndarray of shape (n_classes,)
        Likewise, the score of each class as the first and as the last of a sequence.

    optimizer_state_ : dict
        What the optimizer remembers between calls to `partial_fit`, twice the size of the
        parameters. ``del tagger.optimizer_state_`` drops it before saving.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Classifies single vectors, by the same parameters.
    sklstm.datasets.read_conll : Reads tagged sentences from files.

    Notes
    -----
    The estimator has no type: scikit-learn's splitters would otherwise refuse a ``y`` that is a
    list of lists. It has its own `score`, the accuracy over tokens.

    Training and prediction run on the threads that the machine allows (see ``threadpoolctl``);
    the result does not depend on their number. Words are computed in float32, vectors in their
    own precision.

    References
    ----------
    .. [1] Sepp Hochreiter and Jürgen Schmidhuber, "Long short-term memory", Neural Computation,
       1997.

    .. [2] Mike Schuster and Kuldip Paliwal, "Bidirectional recurrent neural networks", IEEE
       Transactions on Signal Processing, 1997.

    .. [3] Yarin Gal and Zoubin Ghahramani, "A theoretically grounded application of dropout in
       recurrent neural networks", 2016.

    .. [4] Eliyahu Kiperwasser and Yoav Goldberg, "Simple and accurate dependency parsing using
       bidirectional LSTM feature representations", 2016.

    .. [5] Wang Ling et al., "Finding function in form: Compositional character models for open
       vocabulary word representation", 2015.

    .. [6] John Lafferty, Andrew McCallum and Fernando Pereira, "Conditional random fields", 2001;
       over an LSTM: Zhiheng Huang et al., "Bidirectional LSTM-CRF models for sequence tagging",
       2015.

    .. [7] Christian Szegedy et al., "Rethinking the Inception architecture for computer vision",
       2016.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.datasets import load_english_pos
    >>> X, y = load_english_pos(subset="train", return_X_y=True)
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=32, random_state=0).fit(X, y)
    >>> tagger.predict([["She", "will", "book", "a", "room", "."]])[0]
    ['PRON', 'AUX', 'VERB', 'DET', 'NOUN', 'PUNCT']
    >>> X_test, y_test = load_english_pos(subset="test", return_X_y=True)
    >>> tagger.score(X_test, y_test) > 0.85
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (192,),
        *,
        bidirectional: bool = True,
        embedding_size: int = 100,
        char_hidden_size: int = 50,
        analyzer: Literal["affix", "char_ngram", "word"] | Callable[[str], Iterable[str]] = "affix",
        embeddings: Mapping[str, ArrayLike] | None = None,
        min_df: float = 1,
        dropout: float = 0.33,
        feature_dropout: float = 0.2,
        word_dropout: float = 0.25,
        output: Literal["softmax", "crf"] = "softmax",
        scheme: Scheme | None = None,
        label_smoothing: float = 0.02,
        solver: Literal["adam", "sgd"] = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: Literal["linear", "constant", "invscaling", "adaptive"] = "linear",
        learning_rate_init: float = 0.005,
        power_t: float = 0.5,
        max_iter: int = 12,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: int | bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        max_grad_norm: float = 5.0,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.bidirectional = bidirectional
        self.embedding_size = embedding_size
        self.char_hidden_size = char_hidden_size
        self.analyzer = analyzer
        self.embeddings = embeddings
        self.min_df = min_df
        self.dropout = dropout
        self.feature_dropout = feature_dropout
        self.word_dropout = word_dropout
        self.output = output
        self.scheme = scheme
        self.label_smoothing = label_smoothing
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_grad_norm = max_grad_norm
        self.class_weight = class_weight

    @with_callbacks
    def fit(
        self,
        X: SequencesLike,
        y: SequencesLike,
        sample_weight: SequencesLike | None = None,
        *,
        X_val: SequencesLike | None = None,
        y_val: SequencesLike | None = None,
    ) -> Self:
        """Fit the tagger.

        Parameters
        ----------
        X : sequences of tokens
            A list of lists of `str` or of `dict`; a list of arrays, CSR matrices or data frames of
            shape (n_tokens, n_features); an array of shape (n_sequences, n_timesteps,
            n_features); or rows, an array, CSR matrix or data frame of shape (n_samples,
            n_features).

        y : tags
            A list of lists or of 1-D arrays, one tag for each token; for a 3-D `X` also an array of
            shape (n_sequences, n_timesteps), for rows one of shape (n_samples,).

        sample_weight : array-like, default=None
            One weight for each sequence, or one for each token in the form of `y`. A token of
            weight 0 is read as context and counts neither in the loss nor in the score, and its
            tag may be anything; a sequence of weight 0 is left out.

        X_val, y_val : sequences of tokens and tags, default=None
            A validation set, scored after each epoch. It stops the fit with `early_stopping` only.

        Returns
        -------
        self : BiLSTMTagger

        Raises
        ------
        ValueError, TypeError
            What is wrong with a parameter or with the input, and where. The tagger is then as it
            was before.

        Warns
        -----
        UserWarning
            If the fit is interrupted (Ctrl-C) after a whole epoch: the model is that of the last
            one or, with `early_stopping`, of the best. Before that, the interruption goes on to
            the caller.
        """
        ending = self._fit(X, y, sample_weight, X_val=X_val, y_val=y_val)
        if ending == "interrupted":
            warnings.warn(
                f"Training interrupted by user after {self.n_iter_} complete epochs: the model is "
                f"that of the {'best' if self.early_stopping else 'last'} of them.",
                stacklevel=3,  # past with_callbacks
            )
        return self

    @with_callbacks
    def partial_fit(
        self,
        X: SequencesLike,
        y: SequencesLike,
        classes: ArrayLike | None = None,
        sample_weight: SequencesLike | None = None,
    ) -> Self:
        """Show each of some sequences once, and go on from what was learnt before.

        The vocabulary grows by the features that are new. A `learning_rate` that is "linear" or
        "adaptive" is constant here, for a stream has no end and a call is one epoch. The state of
        the optimizer is kept, in `optimizer_state_`.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        classes : array-like of shape (n_classes,), default=None
            All tags that any call will see. Without it, those of the first call.

        sample_weight : array-like, default=None
            As for :meth:`fit`.

        Returns
        -------
        self : BiLSTMTagger

        Raises
        ------
        ValueError, TypeError
            As for :meth:`fit`, and for a tag outside the classes.
        """
        ending = self._fit(X, y, sample_weight, classes=classes, incremental=True)
        if ending == "interrupted":
            raise KeyboardInterrupt  # so that the caller can end the stream; the epoch is kept
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
            For a list of sequences, an object array with a list of tags for each; for a 3-D array
            one of shape (n_sequences, n_timesteps); for rows one of shape (n_samples,).
        """
        model, tokens = self._check_predict(X)
        indices = self._predict(model, tokens, model.output.decode)
        if tokens.form == "ragged":
            tags = self.classes_.tolist()
            return tokens.cut([tags[k] for k in indices.tolist()])
        return tokens.cut(self.classes_[indices])

    def predict_proba(self, X: SequencesLike) -> NDArray[Any]:
        """Predict the probability of each class for each token.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        Returns
        -------
        p : ndarray
            For a list of sequences, an object array with an array of shape (n_tokens, n_classes)
            for each; for a 3-D array one of shape (n_sequences, n_timesteps, n_classes); for rows
            one of shape (n_samples, n_classes). The classes are in the order of `classes_`.
        """
        model, tokens = self._check_predict(X)
        log_proba = model.output.log_proba
        return tokens.cut(self._predict(model, tokens, lambda *batch: np.exp(log_proba(*batch))))

    def predict_log_proba(self, X: SequencesLike) -> NDArray[Any]:
        """Predict the logarithm of the probability of each class for each token.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        Returns
        -------
        log_p : ndarray
            As from :meth:`predict_proba`.
        """
        model, tokens = self._check_predict(X)
        return tokens.cut(self._predict(model, tokens, model.output.log_proba))

    def score(
        self, X: SequencesLike, y: SequencesLike, sample_weight: SequencesLike | None = None
    ) -> float:
        """Return the accuracy over all tokens.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        sample_weight : array-like, default=None
            One weight for each sequence or for each token; tokens of weight 0 do not count.

        Returns
        -------
        accuracy : float
        """
        model, tokens = self._check_predict(X)
        dataset = _validation.check_targets(y, sample_weight, tokens)
        _validation.check_same_labels(dataset, self.classes_)
        targets = _validation.encode_labels(dataset, self.classes_)
        indices = self._predict(model, tokens, model.output.decode)
        return float(np.average(indices == targets, weights=dataset.weights))

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Dict of str to int: the row of the embedding table of each feature of words or dicts."""
        if not self.__sklearn_is_fitted__() or self._network["kind"] == "vectors":
            raise AttributeError("vocabulary_ is only available after fitting on words or dicts.")
        return dict(self._fitted_model().vocabulary)

    @property
    def transitions_(self) -> NDArray[np.floating]:
        """ndarray: the score of each transition from a class (row) to a class (column)."""
        return self._transitions("transitions_")[:-2]

    @property
    def start_transitions_(self) -> NDArray[np.floating]:
        """ndarray: the score of each class as the first of a sequence."""
        return self._transitions("start_transitions_")[-2]

    @property
    def end_transitions_(self) -> NDArray[np.floating]:
        """ndarray: the score of each class as the last of a sequence."""
        return self._transitions("end_transitions_")[-1]

    def _transitions(self, name):
        if not self.__sklearn_is_fitted__() or self.out_activation_ != "crf":
            raise AttributeError(f'{name} is only available after fitting with output="crf".')
        model = self._fitted_model()
        scores = model.output.scores(model.parameters)
        scores[model.output.penalties < 0] = -np.inf
        return scores

    def __sklearn_is_fitted__(self):
        """Return whether the tagger is fitted."""
        return "_network" in vars(self)

    def __sklearn_tags__(self):
        """Return the tags of scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.dict = True
        tags.input_tags.sparse = True
        # The estimator has no type, but with predict_proba it is asked for these.
        tags.classifier_tags = ClassifierTags()
        return tags

    def __repr__(self, N_CHAR_MAX=700):
        """Return the parameters that are not defaults; of a dict of embeddings, only its size."""
        if not isinstance(self.embeddings, dict):
            return super().__repr__(N_CHAR_MAX)
        shortened = copy.copy(self)
        shortened.embeddings = _Repr(f"<dict of {len(self.embeddings)} words>")
        return super(BiLSTMTagger, shortened).__repr__(N_CHAR_MAX)

    def __getstate__(self):
        state = dict(super().__getstate__(), _sklstm_version=__version__)
        # During a fit, scikit-learn passes callbacks a copy with the attributes of that fit. It
        # must not have attributes of an earlier fit, and is not in a fit itself.
        excluded = [*_FITTED, "_callback_fit_ctx"] if "_callback_fit_ctx" in state else []
        if "_network" in state:  # a fitted tagger is saved without callbacks and caches
            excluded += [name for name in state if "callback" in name] + ["_model_cache"]
        for name in excluded:
            state.pop(name, None)
        return state

    def __setstate__(self, state):
        state = dict(state)
        version = state.pop("_sklstm_version", None)
        if "_network" in state:
            check_state(state["_network"], state["classes_"], version)
        if version != __version__:
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name="sklstm.BiLSTMTagger",
                    current_sklearn_version=__version__,
                    original_sklearn_version=version or "before 0.1.0",
                ),
                stacklevel=2,
            )
        super().__setstate__(state)

    def _fitted_model(self):
        """Return the model of this fitted tagger, built once from the stored state."""
        state, model = vars(self).get("_model_cache", (None, None))
        if state is not self._network:
            model = model_from_state(self._network, self.classes_)
            self._model_cache = self._network, model
        return model

    def _fit(self, X, y, sample_weight, *, X_val=None, y_val=None, classes=None, incremental=False):
        """Train, then replace the fitted attributes; return why training ended."""
        _validation.check_parameters(self.get_params(deep=False))
        params = self._training_params(incremental)
        continues = self.__sklearn_is_fitted__() and (incremental or self.warm_start)
        model = self._fitted_model() if continues else None
        scratch = object.__new__(type(self))  # validation sets attributes of it before it can fail
        vars(scratch).update(vars(self))
        dataset = _validation.check_dataset(X, y, sample_weight, scratch, reset=not continues)
        classes = _validation.check_classes(classes, dataset, self.classes_ if continues else None)
        if self.output == "crf":
            _validation.check_crf_targets(dataset, classes, self.scheme)
        rng, optimizer_state = check_random_state(self.random_state), None
        if incremental and hasattr(self, "optimizer_state_"):
            optimizer_state = self.optimizer_state_
            rng = _restore_random_state(optimizer_state["random_state"])
        validation_set = None
        if X_val is not None or y_val is not None:
            validation_set = _validation.check_validation_set(X_val, y_val, dataset.tokens, scratch)
            _validation.check_same_labels(validation_set, classes)
        elif self.early_stopping:
            dataset, validation_set = _hold_out(dataset, self.validation_fraction, rng)
        epochs = Epochs(self, params.max_iter, X, y, sample_weight)
        with Executor() as executor:
            model, tokens = prepare_training(dataset, classes, params, rng, model)
            corpus = _corpus(dataset, tokens, classes, self.class_weight)
            del dataset, tokens  # the corpus takes far less memory
            trainer = Trainer(model, corpus, params, rng, executor)
            trainer.n_seen = self.t_ if continues else 0
            if optimizer_state is not None:
                trainer.restore(optimizer_state)
            score = None
            if validation_set is not None:
                tokens = model.encode(validation_set.tokens, self.analyzer)
                validation_corpus = _corpus(validation_set, tokens, classes)
                score = partial(validation_accuracy, model, validation_corpus, executor)
            past = self if continues else None
            attributes = partial(_fitted_attributes, trainer, scratch, past, incremental)
            after_epoch = partial(epochs.after, attributes=lambda: attributes(model.copy()))
            ending = train(trainer, score, epochs.before, after_epoch)
        fitted = attributes(model)
        epochs.end(ending, trainer, fitted)
        for name in _FITTED:
            vars(self).pop(name, None)
        vars(self).update(fitted)
        self._model_cache = self._network, model
        return ending

    def _training_params(self, incremental):
        """Return the parameters as attributes of an object; NumPy scalars become Python's."""
        params = {
            # NumPy scalars would change the precision of arrays.
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params(deep=False).items()
        }
        if incremental:
            if self.early_stopping:
                raise ValueError("partial_fit does not support early_stopping=True.")
            params["max_iter"] = 1
            if self.learning_rate == "linear":  # the length of a stream is not known
                params["learning_rate"] = "constant"
        return SimpleNamespace(**params)

    def _check_predict(self, X):
        """Return the fitted model and the tokens of X."""
        check_is_fitted(self)
        tokens = _validation.check_X(X, self, reset=False)
        _validation.check_same_kind(tokens, self._network["kind"])
        return self._fitted_model(), tokens

    def _predict(self, model, tokens, decode):
        """Return the decoded logits of all tokens, in their order; see `Model.predict`."""
        report = Predictions(int(tokens.lengths.sum())) if self.verbose > 1 else None
        with Executor() as executor:
            embedded = model.embed_cached(tokens, self.analyzer, executor)
            return model.predict(tokens.lengths, embedded, decode, executor, report)


class _Repr(str):
    """A str whose repr is the str itself."""

    __repr__ = str.__str__


def _hold_out(dataset, fraction, rng):
    """Split a dataset at random into a training set and a validation set, without empty sequences.

    Parameters
    ----------
    dataset : Dataset
    fraction : float
        The proportion of the sequences in the validation set.
    rng : numpy.random.RandomState

    Returns
    -------
    training, validation : Dataset
    """
    order = rng.permutation(np.flatnonzero(dataset.tokens.lengths))
    n_held_out = max(1, round(fraction * len(order)))
    if len(order) <= n_held_out:
        raise ValueError(
            f"early_stopping=True holds out {n_held_out} of {len(order)} sequences, which leaves "
            "none to train on. Pass more sequences, or a validation set as X_val and y_val, or "
            "set validation_fraction or early_stopping=False."
        )
    training, validation = order[n_held_out:], order[:n_held_out]
    return dataset.select(np.sort(training)), dataset.select(np.sort(validation))


def _corpus(dataset, tokens, classes, class_weight=None):
    """Return encoded tokens with their targets and weights."""
    targets = _validation.encode_labels(dataset, classes)
    weights = dataset.weights
    if class_weight is not None:
        weights = weights * _validation.check_class_weight(class_weight, classes, targets, weights)
    return Corpus(dataset.tokens.lengths, tokens, targets, weights)


def _restore_random_state(state):
    rng = np.random.RandomState(getattr(np.random, state["bit_generator"])())
    rng.set_state(state)
    return rng


def _fitted_attributes(trainer, scratch, past, incremental, model):
    """Return all fitted attributes.

    Parameters
    ----------
    trainer : Trainer
    scratch : BiLSTMTagger
        Has the number and the names of the features of numeric vectors.
    past : BiLSTMTagger or None
        The fitted tagger whose training was continued.
    incremental : bool
        Whether to keep the state of the optimizer.
    model : Model
        The trained model, or a copy of it.
    """
    losses, scores = list(trainer.losses), list(trainer.scores)
    if past is not None:
        losses = past.loss_curve_ + losses
        scores = (past.validation_scores_ or []) + scores
    attributes = {
        "classes_": model.classes,
        "n_outputs_": len(model.classes),
        "n_layers_": len(model.architecture.hidden_layer_sizes) + 2,
        "out_activation_": model.architecture.output,
        "loss_": losses[-1],
        "best_loss_": None if trainer.params.early_stopping else min(losses),
        "loss_curve_": losses,
        "validation_scores_": scores or None,
        "best_validation_score_": max(trainer.scores, default=None),
        "n_iter_": len(losses),
        "t_": trainer.n_seen,
        "_network": model_to_state(model),
    }
    if model.table is None:
        names = {"n_features_in_", "feature_names_in_"} & vars(scratch).keys()
        attributes |= {name: getattr(scratch, name) for name in names}
    if incremental:
        attributes["optimizer_state_"] = trainer.optimizer_state()
    return attributes
