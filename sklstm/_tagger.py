"""The estimator."""

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils import ClassifierTags, check_random_state
from sklearn.utils.validation import check_is_fitted

from sklstm import _features, _knowledge, _validation
from sklstm._batches import Corpus, Targets
from sklstm._callbacks import with_callbacks
from sklstm._reporting import Epochs, Predictions
from sklstm._schemes import Scheme
from sklstm._threads import Workers
from sklstm._training import Settings, State, Trainer, predict, train
from sklstm._version import __version__
from sklstm.nn.optimizers import SGD, Adam

# Sequences of tokens, their tags or their weights, in any form that the class describes.
SequencesLike: TypeAlias = Iterable[Any] | ArrayLike

# An "auto" minibatch is this large, or smaller where an epoch would take fewer steps than this.
_AUTO_BATCH, _AUTO_STEPS = 32, 50
_LEAST_AUTO_BATCH = 4

# All that a fit sets.
_FITTED = [
    "classes_", "n_features_in_", "feature_names_in_", "n_outputs_", "n_layers_",
    "out_activation_", "loss_", "best_loss_", "loss_curve_", "validation_scores_",
    "best_validation_score_", "n_iter_", "t_", "optimizer_state_", "_network",
    "_known_cache",
]  # fmt: skip


class _Lesson(NamedTuple):
    """All that one training needs.

    Attributes
    ----------
    knowledge : Knowledge
        What is known at its start; the model is trained in place.
    corpus : Corpus
        What is trained on.
    settings : Settings
    rng : numpy.random.RandomState
    judged : BiLSTMTagger
        Holds what has been learnt of the features of vectors.
    past : BiLSTMTagger or None
        The fitted tagger that training goes on from.
    held_out : Corpus or None
        What is scored after each epoch.
    keeps_state : bool
        Whether the optimizer's state is kept.
    """

    knowledge: _knowledge.Knowledge
    corpus: Corpus
    settings: Settings
    rng: np.random.RandomState
    judged: BaseEstimator
    past: BaseEstimator | None
    held_out: Corpus | None = None
    keeps_state: bool = False


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
        _validation.check_parameters(self.get_params(deep=False))
        known = self._known() if self.warm_start and self.__sklearn_is_fitted__() else None
        judged = copy.copy(self)  # what is learnt of X before all is well stays out of self
        sample = _validation.check_dataset(X, y, sample_weight, judged, reset=known is None)
        classes = _validation.check_classes(None, sample, known and known.classes)
        self._check_for_output(sample, classes)
        rng = check_random_state(self.random_state)
        sample, held_out = self._hold_out(sample, X_val, y_val, judged, rng)
        epochs = Epochs(self, self.max_iter, X, y, sample_weight)
        with Workers() as workers:
            lesson = self._lesson(sample, classes, known, rng, judged)
            del sample  # what the lesson needs of it takes far less
            if held_out is not None:
                lesson = lesson._replace(
                    held_out=lesson.knowledge.corpus(held_out, self.analyzer, workers)
                )
            ending = self._learn(lesson, epochs, workers)
        if ending == "interrupted":
            warnings.warn(
                f"Training interrupted by user after {self.n_iter_} whole epochs: the model is "
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
        _validation.check_parameters(self.get_params(deep=False))
        if self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True.")
        known = self._known() if self.__sklearn_is_fitted__() else None
        judged = copy.copy(self)
        sample = _validation.check_dataset(X, y, sample_weight, judged, reset=known is None)
        classes = _validation.check_classes(classes, sample, known and known.classes)
        self._check_for_output(sample, classes)
        rng = self._remembered_rng()
        epochs = Epochs(self, 1, X, y, sample_weight)
        with Workers() as workers:
            lesson = self._lesson(sample, classes, known, rng, judged)
            settings = lesson.settings._replace(max_iter=1)
            if settings.learning_rate == "linear":  # a stream has no end to fall towards
                settings = settings._replace(learning_rate="constant")
            lesson = lesson._replace(settings=settings, keeps_state=True)
            ending = self._learn(lesson, epochs, workers)
        if ending == "interrupted":
            raise KeyboardInterrupt  # whoever feeds the stream shall know; the epoch is kept
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
        knowledge, tokens = self._judge(X)
        indices = self._compute(knowledge, tokens, knowledge.model.output.best)
        if tokens.form == "ragged":
            tags = knowledge.classes.tolist()
            return tokens.cut([tags[k] for k in indices.tolist()])
        return tokens.cut(knowledge.classes[indices])

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
        return self._probabilities(X, np.exp)

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
        return self._probabilities(X, np.asarray)

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
        knowledge, tokens = self._judge(X)
        classes, weights = knowledge.targets(_validation.check_targets(y, sample_weight, tokens))
        indices = self._compute(knowledge, tokens, knowledge.model.output.best)
        return float(np.average(indices == classes, weights=weights))

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Dict of str to int: the row of the embedding table of each feature of words or dicts."""
        if not self.__sklearn_is_fitted__() or self._network["kind"] == "vectors":
            raise AttributeError(
                "vocabulary_ is there after fitting on words or dicts, not before, and not for "
                "vectors."
            )
        return dict(self._known().vocabulary)

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
            raise AttributeError(
                f'{name} is there after fitting with output="crf", and not before.'
            )
        return self._known().transitions()

    def __sklearn_is_fitted__(self):
        """Return whether there is a model."""
        return "_network" in vars(self)

    def __sklearn_tags__(self):
        """Return what scikit-learn may know of the estimator."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.dict = True
        tags.input_tags.sparse = True
        # No estimator type (see the user guide), yet with predict_proba it is asked for these.
        tags.classifier_tags = ClassifierTags()
        return tags

    def __repr__(self, N_CHAR_MAX=700):
        """Return the parameters that differ from the defaults; of embeddings, only their size."""
        if not isinstance(self.embeddings, dict):
            return super().__repr__(N_CHAR_MAX)
        shown = copy.copy(self)
        shown.embeddings = _Named(f"<dict of {len(self.embeddings)} words>")
        return super(BiLSTMTagger, shown).__repr__(N_CHAR_MAX)

    def __getstate__(self):
        state = dict(super().__getstate__(), _sklstm_version=__version__)
        # During a fit, scikit-learn shows callbacks a copy with the attributes of that fit set on
        # it: those of an earlier one must not shine through, and the copy is in no fit itself.
        left_out = [*_FITTED, "_callback_fit_ctx"] if "_callback_fit_ctx" in state else []
        if "_network" in state:  # a fitted tagger is its parameters: no callbacks, no contexts
            left_out += [name for name in state if "callback" in name] + ["_known_cache"]
        for name in left_out:
            state.pop(name, None)
        return state

    def __setstate__(self, state):
        state = dict(state)
        version = state.pop("_sklstm_version", None)
        if "_network" in state:
            _knowledge.check_state(state["_network"], state["classes_"], version)
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

    # -- learning -------------------------------------------------------------------------------

    def _known(self):
        """Return what this fitted tagger knows; made once, and no part of the state."""
        state = self._network
        made_of, known = vars(self).get("_known_cache", (None, None))
        if made_of is not state:
            names = _features.load_names(state["names"]) if "names" in state else []
            vocabulary = {name: row for row, name in enumerate(names, 1)}
            known = _knowledge.Knowledge.from_state(state, self.classes_, vocabulary)
            self._known_cache = state, known
        return known

    def _check_for_output(self, sample, classes):
        if self.output == "crf":
            _validation.check_crf_targets(sample, classes, self.scheme)

    def _remembered_rng(self):
        rng = check_random_state(self.random_state)
        if hasattr(self, "optimizer_state_"):
            state = self.optimizer_state_["random_state"]
            rng = np.random.RandomState(getattr(np.random, state["bit_generator"])())
            rng.set_state(state)
        return rng

    def _hold_out(self, sample, X_val, y_val, judged, rng):
        """Return what to train on and what to score on after each epoch, which may be None."""
        if X_val is not None or y_val is not None:
            return sample, _validation.check_validation_set(X_val, y_val, sample.tokens, judged)
        if not self.early_stopping:
            return sample, None
        return _validation.split(sample, self.validation_fraction, rng)

    def _lesson(self, sample, classes, known, rng, judged):
        """Return a lesson from a sample, on top of what may be known."""
        params = self.get_params(deep=False)
        knowledge, sequences = _knowledge.start(sample, classes, params, rng, known)
        return _Lesson(
            knowledge=knowledge,
            corpus=Corpus(sequences, self._targets(knowledge, sample)),
            settings=self._settings(len(sequences.lengths)),
            rng=rng,
            judged=judged,
            past=None if known is None else self,
        )

    def _settings(self, n_sequences):
        names = [name for name in Settings._fields if name != "optimizer"]
        settings = {name: _plain(getattr(self, name)) for name in names}
        if self.batch_size == "auto":
            settings["batch_size"] = int(
                np.clip(n_sequences // _AUTO_STEPS, _LEAST_AUTO_BATCH, _AUTO_BATCH)
            )
        adam = Adam(*map(_plain, (self.beta_1, self.beta_2, self.epsilon)))
        sgd = SGD(_plain(self.momentum), self.nesterovs_momentum)
        return Settings(optimizer=adam if self.solver == "adam" else sgd, **settings)

    def _targets(self, knowledge, sample):
        classes, weights = knowledge.targets(sample)
        factors = _validation.check_class_weight(
            self.class_weight, knowledge.classes, classes, weights
        )
        return Targets(classes, weights if factors is None else weights * factors[classes])

    def _learn(self, lesson, epochs, workers):
        """Train, and only then set all fitted attributes; return why training ended."""
        model, settings, held_out = lesson.knowledge.model, lesson.settings, lesson.held_out
        state = self._state(lesson)
        trainer = Trainer(model, settings, state, lesson.corpus, workers, lesson.rng)
        n_tokens = int(lesson.corpus.sequences.lengths.sum())

        def score():
            predicted = predict(model, held_out.sequences, model.output.best, workers)
            classes, weights = held_out.targets
            return float(np.average(predicted == classes, weights=weights))

        def after_epoch(progress):
            return epochs.after(
                progress, n_tokens, lambda: _fitted_attributes(lesson, trainer, model.copy())
            )

        ending = train(trainer, held_out and score, epochs.before, after_epoch)
        epochs.conclude(ending, trainer.progress)
        attributes = _fitted_attributes(lesson, trainer, model)
        epochs.end(lambda: attributes)
        self._assign(attributes)
        self._known_cache = self._network, lesson.knowledge.for_prediction()
        return ending

    def _state(self, lesson):
        """Return a new state or, in partial_fit, the one kept, with slots for new features."""
        n_seen = 0 if lesson.past is None else lesson.past.t_
        new = State.start(lesson.settings.optimizer, lesson.knowledge.model, n_seen)
        kept = vars(self).get("optimizer_state_")
        if not lesson.keeps_state or kept is None or kept["solver"] != self.solver:
            return new
        for old_slots, new_slots in zip(kept["slots"], new.slots, strict=True):
            for old, slot in zip(old_slots, new_slots, strict=True):
                slot[: len(old)] = old
        return State(kept["t"], new.slots, n_seen)

    def _assign(self, attributes):
        """Replace all fitted attributes."""
        for name in _FITTED:
            vars(self).pop(name, None)
        vars(self).update(attributes)

    # -- prediction -----------------------------------------------------------------------------

    def _judge(self, X):
        """Return what this fitted tagger knows, and the tokens of X."""
        check_is_fitted(self)
        tokens = _validation.check_X(X, self, reset=False)
        _validation.check_same_kind(tokens, self._network["kind"])
        return self._known(), tokens

    def _compute(self, knowledge, tokens, finish):
        """Return what is wanted of the packed logits of each batch, in the order of the tokens."""
        n_tokens = int(tokens.lengths.sum())
        report = {"report": Predictions(n_tokens)} if self.verbose > 1 else {}
        with Workers() as workers:
            sequences = knowledge.sequences(tokens, self.analyzer, workers)
            return predict(knowledge.model, sequences, finish, workers, **report)

    def _probabilities(self, X, of_logarithm):
        """Return what is wanted of the logarithm of the probability of each class."""
        knowledge, tokens = self._judge(X)
        log_proba = knowledge.model.output.log_proba
        return tokens.cut(
            self._compute(knowledge, tokens, lambda *batch: of_logarithm(log_proba(*batch)))
        )


class _Named(str):
    """Something that is represented by its name."""

    __repr__ = str.__str__


def _fitted_attributes(lesson, trainer, model):
    """Return all fitted attributes, for a model of the lesson's training."""
    knowledge, progress, past = (
        lesson.knowledge._replace(model=model),
        trainer.progress,
        lesson.past,
    )
    losses, scores = list(progress.losses), list(progress.scores)
    if past is not None:
        losses = past.loss_curve_ + losses
        scores = (past.validation_scores_ or []) + scores
    attributes = {
        name: value
        for name, value in vars(lesson.judged).items()
        if knowledge.kind == "vectors" and name in ("n_features_in_", "feature_names_in_")
    }
    attributes |= {
        "classes_": knowledge.classes,
        "n_outputs_": len(knowledge.classes),
        "n_layers_": len(knowledge.architecture["hidden_layer_sizes"]) + 2,
        "out_activation_": knowledge.architecture["output"],
        "loss_": losses[-1],
        "best_loss_": None if lesson.settings.early_stopping else min(losses),
        "loss_curve_": losses,
        "validation_scores_": scores or None,
        "best_validation_score_": max(progress.scores, default=None),
        "n_iter_": len(losses),
        "t_": trainer.state.n_seen,
        "_network": knowledge.state(),
    }
    if lesson.keeps_state:
        attributes["optimizer_state_"] = {
            "solver": "adam" if isinstance(lesson.settings.optimizer, Adam) else "sgd",
            "t": trainer.state.t,
            "slots": trainer.state.slots,
            "random_state": lesson.rng.get_state(legacy=False),
        }
    return attributes


def _plain(value):
    """Return a NumPy scalar as a Python number, which leaves the precision of arrays alone."""
    return value.item() if isinstance(value, np.generic) else value
