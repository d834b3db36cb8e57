"""The tagger for sequences in memory."""

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning, InconsistentVersionWarning
from sklearn.utils import ClassifierTags, check_random_state
from sklearn.utils.validation import check_is_fitted

from sklstm import _validation
from sklstm._batching import Corpus
from sklstm._callbacks import with_callbacks
from sklstm._checkpoints import open_fit, open_stream
from sklstm._model import prepare_training
from sklstm._persistence import model_from_state, model_to_state
from sklstm._reporting import Epochs, Predictions
from sklstm._schemes import Scheme
from sklstm._scoring import ValidationScore, ValidationSet, make_validation_scorer
from sklstm._threads import Executor
from sklstm._training import Trainer, Undo, train
from sklstm._version import __version__
from sklstm.callbacks import find_checkpoint

# Sequences of tokens, their tags or their weights, in any form that the class describes.
SequencesLike: TypeAlias = Iterable[Any] | ArrayLike

_NO_SET = ValidationSet()
# The attributes that a fit sets.
_FITTED = [
    "classes_", "n_features_in_", "feature_names_in_", "n_outputs_", "n_layers_",
    "out_activation_", "loss_", "best_loss_", "loss_curve_", "validation_scores_",
    "best_validation_score_", "n_iter_", "t_", "optimizer_state_", "_model", "_single_tokens",
    "_stream", "_file_layout",
]  # fmt: skip


class BiLSTMTagger(CallbackSupportMixin, BaseEstimator):
    """Bidirectional LSTM tagger: predicts a tag for each token of a sequence.

    A sample is a whole sequence. Each element of `X` is a sequence of tokens, and the element of
    `y` at the same index has one tag for each of these tokens. A token is a word (`str`), a `dict`
    of named features, or a vector of numbers.

    The rows of a 2-D array are sequences of one token each. If a 2-D array is one long recording,
    cut it into several sequences, or pass ``[X]`` and ``[y]`` (:ref:`one_recording`).

    The network converts each token to a vector, reads the sequence with a bidirectional [2]_ long
    short-term memory [1]_, and ends in a softmax or a CRF. The vector of a word is the sum of the
    embeddings of its features (see `analyzer`) and of the output of a small LSTM over its
    characters [5]_. A word that does not occur in the training set shares features and characters
    with words that do.

    See :doc:`/user_guide/getting_started` for an introduction, and :ref:`what_costs_time` for the
    parameters that change the time of a fit most.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(192,)
        The number of units per direction of each LSTM layer. ``192`` and ``(192,)`` are one layer,
        and ``(192, 192)`` is two stacked layers. Fewer units make training and prediction faster.

    bidirectional : bool, default=True
        Whether to read sequences in both directions, so that a tag can depend on all tokens of the
        sequence. If False, a tag depends only on its own token and the tokens before it. Set it to
        False to tag tokens before the end of the sequence is known.

    embedding_size : int, default=100
        The number of dimensions of the embeddings of features and characters. Not used for
        vectors, which have no embeddings.

    char_hidden_size : int, default=32
        The number of units per direction of the LSTM over the characters of a word. This LSTM
        learns what the features of `analyzer` do not show, such as stems. Set it to 0 to disable
        the LSTM, for a faster fit. If a word has more than 32 characters, only the first 16 and the
        last 16 are read. Not used for dicts and vectors.

    analyzer : {"affix", "char_ngram", "word"} or callable, default="affix"
        How to extract the features of a word.

        - "affix": the word, its lower case, the prefixes and suffixes of up to 6 characters of its
          lower case, and its shape (``McDonald's`` is ``XxXx'x``). If white space, punctuation or
          symbols divide the word, also its parts (``well`` and ``known`` of ``well-known``).
        - "char_ngram": the word, its lower case, its shape, and all n-grams of 2 to 4 characters
          of its lower case, with both ends marked. If the word has more than 32 characters, only
          the first 16 and the last 16 are used.
        - "word": only the word. Use it for symbols without inner structure, such as event codes.
        - callable: takes a word and returns an iterable of `str`, its features.

    embeddings : mapping of str to array-like of shape (n_features,), default=None
        Pre-trained vectors of words, which help with words that are rare in the training set: the
        result of :func:`~sklstm.datasets.read_vectors`, a `dict`, or gensim's ``KeyedVectors``.
        The vector of a word is an additional input of the network and is not trained. A word that
        the mapping does not have is looked up in lower case; if this also fails, the vector is
        zero. One more input says whether the word was found. The fitted tagger refers to the
        mapping and is saved with it. If a `dict` has more than a few thousand words, convert it to
        :class:`~sklstm.datasets.WordVectors`, because scikit-learn copies a `dict` and may print
        all of it. See :ref:`pretrained_vectors`.

    vocabulary : iterable of str or mapping of str to int, default=None
        The names of the features of words or dicts that the tagger uses. All other features are
        unknown, and `min_df` is ignored. A mapping gives the row of each feature in the embedding
        table, from 1. An iterable has the features in the order of their rows. For words, include
        the characters, such as ``char=x``, unless ``char_hidden_size=0``. Pass the `vocabulary_` of
        another tagger to use the same rows. A set is sorted. By default, the vocabulary consists of
        the features that occur in `X`, sorted.

    min_df : int or float, default=1
        Ignore features of words or dicts that occur in fewer sequences than this. An int is a
        number of sequences, a float a proportion of them. Sequences count with their
        `sample_weight`, but 1 keeps all features. A greater value makes the model smaller.

    dropout : float in [0, 1), default=0.33
        The proportion of units that are dropped in training: from the input of the first layer,
        between layers, and before the output. Increase it if the tagger overfits. The same units
        are dropped for all tokens of a sequence (variational dropout [3]_). Numeric input is never
        dropped, but `embeddings` are.

    feature_dropout : float in [0, 1), default=0.3
        The proportion of the features of each word or dict that are dropped at random in training,
        so that the model does not rely on a single feature.

    word_dropout : float >= 0, default=0.25
        How often to treat words as unknown in training, so that the model learns to tag unknown
        words [4]_. A word or dict that occurs ``n`` times is treated as unknown with probability
        ``word_dropout / (word_dropout + n)``: it then has only the features that it shares with
        others. Increase it if the text to tag has many words that the training set does not have.

    output : {"softmax", "crf"}, default="softmax"
        The output layer.

        - "softmax" predicts the tag of each token independently of the other tags, given the
          tokens.
        - "crf" is a linear-chain conditional random field [6]_. It learns a score for each
          transition between two tags, and the probability of a whole sequence of tags. Use it if
          some sequences of tags are not valid, as for spans. It is slower with hundreds of
          classes. `predict` returns the most probable sequence. `predict_proba` returns the
          marginal probabilities of each token, which can be highest for another tag. Weights must
          be per sequence, and `class_weight` is not supported.

        See :ref:`crf`.

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None, default=None
        The scheme by which tags encode spans. Only available with ``output="crf"``. It excludes the
        transitions that the scheme does not allow, such as from ``O`` to ``I-person`` in "BIO".
        :func:`~sklstm.metrics.extract_spans` describes the schemes. If not all classes begin with a
        letter of the scheme, the letter is read at the end, as in ``person-I``.

    label_smoothing : float in [0, 1), default=0.02
        The proportion of each target that is distributed evenly over all classes in training [7]_.
        It improves the calibration of probabilities. Only used with ``output="softmax"``.

    solver : {"adam", "sgd"}, default="adam"
        The optimizer. "sgd" needs a larger `learning_rate_init`, often 0.1 to 1. Each step updates
        only the embeddings that occur in its minibatch.

    alpha : float >= 0, default=0.0001
        The strength of the L2 penalty on the weights of the network. Unlike in
        :class:`~sklearn.neural_network.MLPClassifier`, embeddings are not penalized.

    batch_size : int or "auto", default="auto"
        The number of sequences of a minibatch. "auto" is 32, or less if an epoch would have fewer
        than 50 steps, but at least 4. Larger minibatches make an epoch faster, but give it fewer
        steps, which can cost accuracy.

    learning_rate : {"linear", "constant", "invscaling", "adaptive"}, default="linear"
        The schedule of the learning rate, for both solvers.

        - "linear" decreases it from `learning_rate_init` to 0 over the `max_iter` epochs.
        - "constant" keeps it at `learning_rate_init`.
        - "invscaling" sets it to ``learning_rate_init / (t + 1) ** power_t`` after each epoch,
          where ``t`` is the number of sequences seen.
        - "adaptive" divides it by 5 each time that more than `n_iter_no_change` consecutive epochs
          fail to improve by `tol`. If it is already 1e-6 or less, training ends instead.

    learning_rate_init : float > 0, default=0.005
        The initial learning rate.

    power_t : float >= 0, default=0.5
        The exponent of the learning rate. Only used with ``learning_rate="invscaling"``.

    max_iter : int >= 1, default=12
        The maximum number of epochs, which is how many times each sequence is used. The "linear"
        schedule is planned for this number, so training normally reaches it and does not warn.

    shuffle : bool, default=True
        Whether to shuffle the sequences in each epoch. The shuffled sequences are put into
        minibatches of similar lengths. Without it, minibatches have the order of `X`, which is
        slower.

    random_state : int, RandomState instance or None, default=None
        Determines the random numbers for initial weights, shuffling, dropout and the validation set
        of `early_stopping`. Pass an int for reproducible results: they are the same, bit for bit,
        on any number of threads.

    tol : float >= 0, default=1e-4
        The smallest change that counts as an improvement: of the validation score with
        `early_stopping`, otherwise of the training loss.

    verbose : int or bool, default=False
        Whether to print a line for each epoch, with the loss, the validation score if there is a
        validation set, the time, the speed, and the estimated time remaining. A terminal also shows
        the progress within an epoch. With 2 or more, a prediction that takes more than a second
        prints its progress each second.

    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous call. The classes and the
        parameters of the network must stay the same. New features are added to the vocabulary.

    momentum : float in [0, 1], default=0.9
        The momentum of the gradient descent. Only used with ``solver="sgd"``.

    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum. Only used with ``solver="sgd"`` and `momentum` > 0.

    early_stopping : bool, default=False
        Whether to stop training when the validation score no longer improves, and to restore the
        weights of the best epoch. The validation set is `X_val` and `y_val` of `fit` or, without
        them, a random `validation_fraction` of the sequences. Combine it with
        ``learning_rate="constant"`` and a large `max_iter`: with the "linear" schedule, the score
        usually rises until the last epoch.

    scoring : str, callable or None, default=None
        The score of the validation set: a name that :func:`~sklstm.metrics.get_scorer` takes, or a
        scorer, such as the result of :func:`~sklearn.metrics.make_scorer`. Greater is better. The
        default is the F1 score of spans if there is a `scheme`, otherwise the accuracy over tokens.
        For rows, which are sequences of one token, the default is always the accuracy.

    validation_fraction : float in (0, 1), default=0.1
        The proportion of the sequences that are held out as validation set. Only used with
        `early_stopping` and without `X_val`.

    beta_1, beta_2 : float in [0, 1), default=0.9, 0.999
        The exponential decay rates of the estimates of the first and the second moment. Only used
        with ``solver="adam"``.

    epsilon : float > 0, default=1e-8
        The value that prevents division by zero. Only used with ``solver="adam"``.

    n_iter_no_change : int >= 1, default=10
        The number of consecutive epochs that may fail to improve by `tol`. If one more epoch fails,
        training ends or, with ``learning_rate="adaptive"``, the learning rate decreases.

    max_grad_norm : float > 0, default=5.0
        The maximum norm of the gradient of a minibatch. A larger gradient is scaled down to it,
        which prevents exploding gradients.

    class_weight : dict or "balanced", default=None
        The weight of each class, which is multiplied by `sample_weight`. Classes that are not in
        the dict have the weight 1. "balanced" is inversely proportional to the frequency of the
        class; in `partial_fit`, to its frequency in the sequences of the call. Only available with
        ``output="softmax"``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The tags, sorted.

    vocabulary_ : dict of str to int
        The row of the embedding table of each feature of words or dicts. Not available for vectors.

    coefs_ : dict of str to ndarray
        The weights of each layer. See the attribute for their shapes.

    intercepts_ : dict of str to ndarray
        The biases of each layer. See the attribute for their shapes.

    n_features_in_ : int
        The number of features of the vectors seen in `fit`. Only available for vectors.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The names of the features. Only available if `X` consists of data frames whose column names
        are all strings.

    loss_ : float
        The loss of the last epoch: the mean over tokens, including the penalty.

    best_loss_ : float or None
        The smallest loss of an epoch. None with `early_stopping`.

    loss_curve_ : list of float
        The loss of each epoch.

    validation_scores_ : list of float or None
        The score of the validation set after each epoch. None without a validation set.

    best_validation_score_ : float or None
        The highest validation score in the last fit. None without a validation set.

    n_iter_ : int
        The number of epochs.

    t_ : int
        The number of sequences seen in training, summed over the epochs.

    n_layers_ : int
        The number of layers, including input and output.

    n_outputs_ : int
        The number of classes.

    out_activation_ : str
        The name of the output activation, "softmax" or "crf".

    transitions_ : ndarray of shape (n_classes, n_classes)
        The score of each transition from a class (row) to a class (column). Only available with
        ``output="crf"``.

    start_transitions_, end_transitions_ : ndarray of shape (n_classes,)
        The score of each class as the first and as the last tag of a sequence. Only available with
        ``output="crf"``.

    optimizer_state_ : dict
        The state of the optimizer between calls of `partial_fit`. With ``solver="adam"``, it is
        twice the size of the parameters: to save a smaller tagger, remove it first with
        ``del tagger.optimizer_state_``. Only available after `partial_fit`.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Classifies single vectors, with the same parameters.
    sklstm.ensemble.VotingTagger : Averages the probabilities of several taggers.
    sklstm.datasets.read_conll : Reads tagged sentences from files.

    Notes
    -----
    The estimator type is None, not "classifier", because scikit-learn's splitters for classifiers
    do not accept a `y` that is a list of lists. `score` is the accuracy over tokens.

    Training and prediction use as many threads as ``threadpoolctl`` reports for the BLAS. The
    result does not depend on their number. The computations are in float32 for words and dicts, and
    in the precision of `X` for vectors.

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
        char_hidden_size: int = 32,
        analyzer: Literal["affix", "char_ngram", "word"] | Callable[[str], Iterable[str]] = "affix",
        embeddings: Mapping[str, ArrayLike] | None = None,
        vocabulary: Iterable[str] | Mapping[str, int] | None = None,
        min_df: float = 1,
        dropout: float = 0.33,
        feature_dropout: float = 0.3,
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
        scoring: str | Callable[..., float] | None = None,
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
        self.vocabulary = vocabulary
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
        self.scoring = scoring
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
        sample_weight_val: SequencesLike | None = None,
    ) -> Self:
        """Fit the tagger.

        Parameters
        ----------
        X : sequences of tokens
            The input, in one of these forms:

            - a list of lists of `str` or of `dict`;
            - a list of arrays, CSR matrices or data frames of shape (n_tokens, n_features);
            - an array of shape (n_sequences, n_timesteps, n_features);
            - rows, which are sequences of one token: an array, CSR matrix or data frame of shape
              (n_samples, n_features).

            Numeric features should have about unit scale: put
            ``TokenTransformer(StandardScaler())`` of :mod:`sklstm.preprocessing` before the tagger
            in a pipeline.

        y : tags
            One tag for each token of `X`: a list of lists or of 1-D arrays. For a 3-D `X`, also an
            array of shape (n_sequences, n_timesteps). For rows, an array of shape (n_samples,).

        sample_weight : array-like, default=None
            One weight for each sequence, or one for each token in the form of `y`. A token of
            weight 0 is only context for the other tokens: it does not contribute to the loss or to
            the score, and its tag can be anything. A sequence of weight 0 is ignored.

        X_val, y_val : sequences of tokens and tags, default=None
            A validation set, which is scored after each epoch (see `scoring`). It can stop training
            only with `early_stopping`. A tag that does not occur in `y` counts as wrong.

        sample_weight_val : array-like, default=None
            The weights of the validation set, in one of the forms of `sample_weight`. They are
            passed to the scorer as `sample_weight`.

        Returns
        -------
        self : BiLSTMTagger

        Raises
        ------
        ValueError, TypeError
            If a parameter or the input is invalid. The tagger is left unchanged.

        Warns
        -----
        UserWarning
            If the input is valid but probably a mistake: numeric features are far from unit scale,
            the rows of `X` seem to be a panel of series, integer tags are -100, or tags of `y_val`
            do not occur in `y`.

            If you interrupt the fit (Ctrl-C) after at least one complete epoch. The model is that
            of the last complete epoch or, with `early_stopping`, of the best one. Before that, an
            interruption raises KeyboardInterrupt and leaves the tagger unchanged.

        ConvergenceWarning
            If the loss or the parameters are not finite after at least one complete epoch. The
            model is that of the last complete epoch or, with `early_stopping`, of the best one. In
            the first epoch, a ValueError is raised instead.
        """
        validation_set = ValidationSet(X_val, y_val, sample_weight_val)
        ending = self._fit(X, y, sample_weight, validation_set)
        kept = "best" if self.early_stopping else "last"
        if ending == "interrupted":
            warnings.warn(
                f"Training interrupted by user after epoch {self.n_iter_}: the model is that of "
                f"the {kept} complete epoch.",
                stacklevel=3,  # past with_callbacks
            )
        elif ending == "diverged":
            warnings.warn(
                f"Training stopped after epoch {self.n_iter_}, because the loss or the parameters "
                f"were not finite in the next one: the model is that of the {kept} complete "
                "epoch. Scale X, or use a smaller learning_rate_init or alpha.",
                ConvergenceWarning,
                stacklevel=3,
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
        """Train for one epoch, starting from the current model.

        Use it for data that do not fit in memory, or that arrive over time. New features are added
        to the vocabulary. The learning rate is constant with the schedules "linear" and "adaptive",
        because the number of calls is unknown. The state of the optimizer is kept in
        `optimizer_state_`. A call changes the parameters in place: do not predict with the same
        tagger in another thread at the same time.

        Parameters
        ----------
        X, y
            As for :meth:`fit`.

        classes : array-like of shape (n_classes,), default=None
            All tags that can occur in any call. Pass them in the first call, unless `y` has all of
            them. By default, the tags of the first call.

        sample_weight : array-like, default=None
            As for :meth:`fit`.

        Returns
        -------
        self : BiLSTMTagger

        Raises
        ------
        ValueError, TypeError
            As for :meth:`fit`, and if a tag is not one of the classes.
        """
        ending = self._partial_fit(X, y, sample_weight, classes)
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
            The tags, in a form that depends on the form of `X`:

            - for a list of sequences, an object array with a list of tags for each sequence;
            - for a 3-D array, an array of shape (n_sequences, n_timesteps);
            - for rows, an array of shape (n_samples,).

        Examples
        --------
        ``tolist()`` returns lists of Python objects, for instance for JSON:

        >>> import json
        >>> from sklstm import BiLSTMTagger
        >>> tagger = BiLSTMTagger(4, random_state=0).fit([["Ducks", "swim"]] * 9, [["N", "V"]] * 9)
        >>> json.dumps(tagger.predict([["Ducks", "swim"], ["Ducks"]]).tolist())
        '[["N", "V"], ["N"]]'
        """
        model, tokens = self._check_predict(X)
        indices = self._predict(model, tokens, model.output.decode)
        return tokens.cut_classes(self.classes_, indices)

    def predict_proba(self, X: SequencesLike) -> NDArray[Any]:
        """Predict the probability of each class for each token.

        Parameters
        ----------
        X : sequences of tokens
            As for :meth:`fit`.

        Returns
        -------
        p : ndarray
            The probabilities, with the classes in the order of `classes_`:

            - for a list of sequences, an object array with an array of shape (n_tokens, n_classes)
              for each sequence;
            - for a 3-D array, an array of shape (n_sequences, n_timesteps, n_classes);
            - for rows, an array of shape (n_samples, n_classes).
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
            In the form of :meth:`predict_proba`.
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
            One weight for each sequence, or one for each token in the form of `y`. Tokens of weight
            0 do not count.

        Returns
        -------
        accuracy : float
        """
        model, tokens = self._check_predict(X)
        targets, weights = _validation.check_scored(y, sample_weight, tokens, self.classes_)
        indices = self._predict(model, tokens, model.output.decode)
        return float(np.average(indices == targets, weights=weights))

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The row of the embedding table of each feature; not available for vectors.

        The features of words include their characters, such as ``char=x``. Row 0 of the table is
        for unknown features.
        """
        if not self.__sklearn_is_fitted__() or self._model.table is None:
            raise AttributeError("vocabulary_ is only available after fitting on words or dicts.")
        return dict(self._model.vocabulary)

    @property
    def coefs_(self) -> dict[str, NDArray[np.floating]]:
        """The weights of each layer, by name, as read-only views.

        - "embedding", of shape (n_features + 1, `embedding_size`): the embeddings, with the rows of
          `vocabulary_`. Only for words and dicts.
        - "characters", of shape (2, 4, `char_hidden_size` + `embedding_size`, `char_hidden_size`):
          the LSTM over the characters of words. Only if the tagger reads characters.
        - "projection", of shape (2 * `char_hidden_size`, `embedding_size`): the matrix that
          multiplies the last hidden states of "characters".
        - "lstm_0", "lstm_1", ..., of shape (n_directions, 4, n_units + n_inputs, n_units): the LSTM
          layers, one for each entry of `hidden_layer_sizes`.
        - "output", of shape (n_directions * n_units, n_classes): the output layer.

        The axes of an LSTM are direction (forward, backward), gate (output, forget, input, cell),
        input and unit. Its first ``n_units`` inputs are the hidden state of the previous step.
        """
        views = {name: W[..., :-1, :] for name, W in self._layers("coefs_").items()}
        if self._model.table is not None:
            views = {"embedding": self._model.table[:], **views}
        return _read_only(views)

    @property
    def intercepts_(self) -> dict[str, NDArray[np.floating]]:
        """The biases of each layer, by the names of `coefs_`, as read-only views.

        - "characters", of shape (2, 4, `char_hidden_size`).
        - "projection", of shape (`embedding_size`,).
        - "lstm_0", "lstm_1", ..., of shape (n_directions, 4, n_units).
        - "output", of shape (n_classes,).
        """
        return _read_only({name: W[..., -1, :] for name, W in self._layers("intercepts_").items()})

    def _layers(self, attribute):
        """Return the parameters of each layer; the last row of each matrix are the biases."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{attribute} is only available after fitting.")
        parameters = self._model.parameters
        return {name: parameters[name] for name in parameters if name != "transitions"}

    @property
    def transitions_(self) -> NDArray[np.floating]:
        """The score of each transition from a class (row) to a class (column) of a CRF.

        The classes are in the order of `classes_`. The score is minus infinity if `scheme` does not
        allow the transition.
        """
        return self._transitions("transitions_")[:-2]

    @property
    def start_transitions_(self) -> NDArray[np.floating]:
        """The score of each class as the first tag of a sequence, if the output is a CRF."""
        return self._transitions("start_transitions_")[-2]

    @property
    def end_transitions_(self) -> NDArray[np.floating]:
        """The score of each class as the last tag of a sequence, if the output is a CRF."""
        return self._transitions("end_transitions_")[-1]

    def _transitions(self, name):
        if not self.__sklearn_is_fitted__() or self.out_activation_ != "crf":
            raise AttributeError(f'{name} is only available after fitting with output="crf".')
        model = self._model
        scores = model.output.scores(model.parameters)
        scores[model.output.penalties < 0] = -np.inf
        return scores

    def __sklearn_is_fitted__(self):
        """Return whether the tagger is fitted."""
        return "_model" in vars(self)

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
        """Return the parameters that are not defaults; for dicts, only the size."""
        shortened = copy.copy(self)
        if isinstance(self.embeddings, dict):
            shortened.embeddings = _Repr(f"<dict of {len(self.embeddings)} words>")
        if isinstance(self.vocabulary, dict):
            shortened.vocabulary = _Repr(f"<dict of {len(self.vocabulary)} features>")
        return super(BiLSTMTagger, shortened).__repr__(N_CHAR_MAX)

    def __getstate__(self):
        state = dict(super().__getstate__(), _sklstm_version=__version__)
        # During a fit, scikit-learn passes callbacks a copy with the attributes of that fit. It
        # must not have attributes of an earlier fit, and is not in a fit itself.
        excluded = [*_FITTED, "_callback_fit_ctx"] if "_callback_fit_ctx" in state else []
        if "_model" in state:  # a fitted tagger is saved without callbacks
            excluded += ["_stream", *(name for name in state if "callback" in name)]
        for name in excluded:
            state.pop(name, None)
        if "_model" in state:
            state["_network"] = model_to_state(state.pop("_model"))
        return state

    def __setstate__(self, state):
        state = dict(state)
        version = state.pop("_sklstm_version", None)
        if "_network" in state:
            network = state.pop("_network")
            state["_model"] = model_from_state(network, state.get("classes_"), version)
        if version != __version__:
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name="sklstm.BiLSTMTagger",
                    current_sklearn_version=__version__,
                    original_sklearn_version=version or "before 0.1.0",
                ),
                stacklevel=2,
            )
        # A file of an earlier version lacks the parameters that were added since.
        super().__setstate__({**BiLSTMTagger().get_params(deep=False), **state})

    def _fit(self, X, y, sample_weight, validation_set):
        """Train, then replace the fitted attributes; return why training ended."""
        _validation.check_parameters(self.get_params(deep=False))
        params = self._training_params()
        previous = self if self.warm_start and self.__sklearn_is_fitted__() else None
        dataset, classes, validated = self._check_fit(X, y, sample_weight, None, previous)
        scorer, score_name = make_validation_scorer(self.scoring, self.scheme, dataset, classes)
        is_passed = any(part is not None for part in validation_set)
        if is_passed:
            _validation.check_validation_set(*validation_set, dataset, classes, validated)
        rng = check_random_state(self.random_state)
        checkpoint = open_fit(find_checkpoint(self), self, dataset, validation_set, previous)
        epochs = Epochs(self, params.max_iter, score_name, fit_args_of(X, y, sample_weight))
        saved = checkpoint.load(rng)
        if isinstance(saved, BiLSTMTagger):
            return self._restore(saved, epochs)
        if self.early_stopping and not is_passed:
            dataset, validation_set = _hold_out(dataset, self.validation_fraction, rng)
        with Executor() as executor, executor:
            model = None if previous is None else previous._model.copy()
            model, tokens = prepare_training(dataset, classes, params, rng, model)
            corpus = _corpus(dataset, tokens, classes, self.class_weight)
            del dataset, tokens  # the corpus takes far less memory
            trainer = Trainer(model, corpus, params, rng, executor)
            if previous is not None:
                trainer.continue_from(previous.t_)
            score = None
            if validation_set.X is not None:
                tagger = validated._copy_with(model, named=is_passed)
                score = ValidationScore(scorer, tagger, model, validation_set)
            attributes = partial(_fitted_attributes, trainer, validated, previous)
            return self._train(trainer, score, epochs, checkpoint, attributes, saved)

    def _partial_fit(self, X, y, sample_weight, classes):
        """Train for an epoch; a failure changes nothing. Return why training ended."""
        _validation.check_parameters(self.get_params(deep=False))
        params = self._training_params(incremental=True)
        previous = self if self.__sklearn_is_fitted__() else None
        dataset, classes, validated = self._check_fit(X, y, sample_weight, classes, previous)
        checkpoint = open_stream(find_checkpoint(self), self, dataset, classes, previous)
        epochs = Epochs(self, 1, "", fit_args_of(X, y, sample_weight))
        saved = checkpoint.load(self)
        if saved is not None:
            return self._restore(saved, epochs, _stream=checkpoint.stream)
        model = getattr(previous, "_model", None)
        state = getattr(previous, "optimizer_state_", None)
        if model is not None and model.is_shared:
            model, state = model.copy(), copy.deepcopy(state)
        rng = _random_state(self.random_state, state)
        with _undo_on_failure(self, model) as undo, Executor() as executor, executor:
            model, tokens = prepare_training(dataset, classes, params, rng, model)
            corpus = _corpus(dataset, tokens, classes, self.class_weight)
            trainer = Trainer(model, corpus, params, rng, executor)
            if previous is not None:
                trainer.continue_from(previous.t_, state)
                undo.keep(trainer)

            def attributes(model):
                return _fitted_attributes(trainer, validated, previous, model) | {
                    "optimizer_state_": trainer.optimizer_state(),
                    "_stream": checkpoint.stream,
                }

            return self._train(trainer, None, epochs, checkpoint, attributes)

    def _train(self, trainer, score, epochs, checkpoint, attributes, saved=None):
        """Train, then replace the fitted attributes; return why training ended.

        Parameters
        ----------
        trainer : Trainer
        score : ValidationScore or None
        epochs : Epochs
        checkpoint : FitCheckpoint or StreamCheckpoint
        attributes : callable
            Takes a model; returns the fitted attributes with it.
        saved : dict, default=None
            The state to continue from.
        """
        if score is not None:
            score.check()
        if saved is not None:
            trainer.resume(saved)
            epochs.resume(len(trainer.completed.losses))
        after_epoch = partial(epochs.after, attributes=attributes)
        ending = train(
            trainer, score, epochs.before, epochs.after_batch, after_epoch, checkpoint.save
        )
        fitted = attributes(trainer.model)
        if ending != "interrupted":
            checkpoint.finish(self._with_fitted(fitted), trainer.rng)
        epochs.end(ending, trainer.completed, fitted)
        self._set_fitted(fitted)
        return ending

    def _restore(self, saved, epochs, **attributes):
        """Take the fitted attributes of a complete fit that a checkpoint has saved."""
        fitted = {name: vars(saved)[name] for name in _FITTED if name in vars(saved)} | attributes
        epochs.restore(fitted)
        self._set_fitted(fitted)
        return "restored"

    def _check_fit(self, X, y, sample_weight, classes, previous):
        """Return the training set, its classes, and a tagger with the attributes of features."""
        validated = self._copy()  # validation can set attributes before it fails
        dataset = _validation.check_dataset(X, y, sample_weight, validated, reset=previous is None)
        single = bool((dataset.tokens.lengths <= 1).all())
        validated._single_tokens = single and getattr(previous, "_single_tokens", True)
        previous_classes = None if previous is None else previous.classes_
        classes = _validation.check_classes(classes, dataset, previous_classes)
        if self.output == "crf":
            _validation.check_crf_targets(dataset, classes, self.scheme)
        return dataset, classes, validated

    def _copy(self):
        """Return a tagger with the same attributes."""
        copied = object.__new__(type(self))
        vars(copied).update(vars(self))
        return copied

    def _with_fitted(self, fitted):
        """Return a fitted tagger with the parameters of this one, and without callbacks."""
        names = self.get_params(deep=False)
        copied = object.__new__(type(self))
        vars(copied).update({name: getattr(self, name) for name in names} | fitted)
        return copied

    def _copy_with(self, model, *, named):
        """Return a fitted tagger with a model, which training updates in place.

        Without `named`, it does not expect vectors with named features.
        """
        copied = self._copy()
        copied.verbose = False
        copied._set_fitted(_model_attributes(model, self))
        copied._single_tokens = True  # rows in the validation set have been warned about
        if not named:
            vars(copied).pop("feature_names_in_", None)
        return copied

    def _set_fitted(self, fitted):
        """Replace all fitted attributes, in one step that an interruption does not divide."""
        kept = {name: value for name, value in vars(self).items() if name not in _FITTED}
        self.__dict__ = kept | fitted

    def _training_params(self, incremental=False):
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
        _validation.check_same_kind(tokens, self._model.architecture.kind)
        return self._model, tokens

    def _predict(self, model, tokens, decode):
        """Return the decoded logits of all tokens, in their order; see `Model.predict`."""
        report = Predictions(int(tokens.lengths.sum())) if self.verbose > 1 else None
        with Executor() as executor, executor:
            embedded = model.embed_cached(tokens, self.analyzer, executor)
            return model.predict(tokens.lengths, embedded, decode, executor, report)


def _read_only(views):
    for view in views.values():
        view.flags.writeable = False
    return views


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
    training : Dataset
    validation_set : ValidationSet
    """
    order = rng.permutation(np.flatnonzero(dataset.tokens.lengths))
    n_held_out = max(1, round(fraction * len(order)))
    if len(order) <= n_held_out:
        raise ValueError(
            f"early_stopping=True holds out {n_held_out} of {len(order)} sequences, which leaves "
            "none to train on. Pass more sequences, or a validation set as X_val and y_val, or "
            "set validation_fraction or early_stopping=False."
        )
    training, held_out = order[n_held_out:], order[:n_held_out]
    validation_set = ValidationSet(*dataset.select(np.sort(held_out)).as_sequences())
    return dataset.select(np.sort(training)), validation_set


def fit_args_of(X, y, sample_weight):
    """Return the arguments of a fit as callbacks take them."""
    metadata = {} if sample_weight is None else {"metadata": {"sample_weight": sample_weight}}
    return {"X": X, "y": y} | metadata


def _corpus(dataset, tokens, classes, class_weight=None):
    """Return encoded tokens with their targets and weights."""
    targets = _validation.encode_labels(dataset, classes)
    weights = dataset.weights
    if class_weight is not None:
        factors = _validation.check_class_weight(class_weight, classes, targets, weights)
        weights = weights * factors[targets]
    return Corpus(dataset.tokens.lengths, tokens, targets, weights, float(np.mean(weights)))


@contextmanager
def _undo_on_failure(tagger, model):
    """Give a tagger's model its state back if training in place fails.

    Parameters
    ----------
    tagger : BiLSTMTagger
        It gets another model at the end of training.
    model : Model or None
        The model before training.

    Yields
    ------
    undo : Undo
    """
    undo, before = Undo(model), vars(tagger).get("_model")
    try:
        yield undo
    except BaseException:
        if vars(tagger).get("_model") is before:
            undo.restore()
        raise


def _random_state(random_state, optimizer_state):
    """Return a random state; it continues that of the previous partial_fit if there was one."""
    if optimizer_state is None:
        return check_random_state(random_state)
    state = optimizer_state["random_state"]
    rng = np.random.RandomState(getattr(np.random, state["bit_generator"])())
    rng.set_state(state)
    return rng


def _fitted_attributes(trainer, validated, previous, model):
    """Return all fitted attributes.

    Parameters
    ----------
    trainer : Trainer
    validated : BiLSTMTagger
        Has the number and the names of the features of numeric vectors, and whether all sequences
        are of one token.
    previous : BiLSTMTagger or None
        The fitted tagger whose training was continued.
    model : Model
        The trained model, or a copy of it.
    """
    completed = trainer.completed
    losses, scores = completed.losses, completed.scores
    if previous is not None:
        losses = previous.loss_curve_ + losses
        scores = (previous.validation_scores_ or []) + scores
    return _model_attributes(model, validated) | {
        "loss_": losses[-1],
        "best_loss_": None if trainer.params.early_stopping else min(losses),
        "loss_curve_": losses,
        "validation_scores_": scores or None,
        "best_validation_score_": max(completed.scores, default=None),
        "n_iter_": len(losses),
        "t_": completed.n_seen,
    }


def _model_attributes(model, validated):
    """Return the fitted attributes that describe a model; see `_fitted_attributes`."""
    attributes = {
        "classes_": model.classes,
        "n_outputs_": len(model.classes),
        "n_layers_": len(model.architecture.hidden_layer_sizes) + 2,
        "out_activation_": model.architecture.output,
        "_model": model,
    }
    if model.table is None:
        names = {"n_features_in_", "feature_names_in_", "_single_tokens"} & vars(validated).keys()
        attributes |= {name: getattr(validated, name) for name in names}
    return attributes
