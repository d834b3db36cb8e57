"""Load the English corpus of the package."""

from importlib import resources
from typing import Literal, TypeAlias, overload

from sklearn.utils import Bunch

from sklstm.datasets._conll import read_conll

_PARTS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}
_Sentences: TypeAlias = list[list[str]]


@overload
def load_english_pos(*, subset: str = ..., return_X_y: Literal[False] = ...) -> Bunch: ...
@overload
def load_english_pos(
    *, subset: str = ..., return_X_y: Literal[True]
) -> tuple[_Sentences, _Sentences]: ...
@overload
def load_english_pos(
    *, subset: str = ..., return_X_y: bool
) -> Bunch | tuple[_Sentences, _Sentences]: ...
def load_english_pos(
    *, subset: str = "train", return_X_y: bool = False
) -> Bunch | tuple[_Sentences, _Sentences]:
    """Load a small English corpus tagged with parts of speech.

    The corpus is part of the package, so that examples need no download. Its
    sentences are everyday prose, in which many words have different parts of
    speech in different sentences. They were written for this package. The tags
    are those of Universal Dependencies. See :ref:`english_corpus`.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The sentences to load: the training set, the test set, or the training
        set followed by the test set.

    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    corpus : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of list of str
            The words of each sentence.
        target : list of list of str
            The tags of each sentence.
        target_names : list of str
            The unique tags in `target`, sorted.
        DESCR : str
            The description of the corpus.
        filenames : list of str
            The names of the files that were read.
        data_module : str
            The package that contains the files.

    (data, target) : tuple if ``return_X_y`` is True
        The words and the tags.

    See Also
    --------
    read_conll : Reads larger corpora from files.
    make_tagged_sequences : Generates sequences of numeric vectors.

    Examples
    --------
    >>> from sklstm.datasets import load_english_pos
    >>> corpus = load_english_pos(subset="test")
    >>> len(corpus.data) == len(corpus.target)
    True
    >>> corpus.target_names[:3]
    ['ADJ', 'ADP', 'ADV']
    """
    if subset not in _PARTS:
        raise ValueError(f"subset must be one of {', '.join(map(repr, _PARTS))}, got {subset!r}.")
    package = resources.files("sklstm.datasets")
    filenames = [f"english_pos_{part}.conllu" for part in _PARTS[subset]]
    data, target = [], []
    for filename in filenames:
        with package.joinpath("data", filename).open("rb") as file:
            words, tags = read_conll(file)
        data += words
        target += tags
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=sorted({tag for tags in target for tag in tags}),
        DESCR=package.joinpath("descr", "english_pos.rst").read_text(encoding="utf-8"),
        filenames=filenames,
        data_module="sklstm.datasets.data",
    )
