"""From a line of text to words."""

import re


def split_english(text):
    """Cut a sentence into words, punctuation and contractions, as English treebanks do.

    Parameters
    ----------
    text : str

    Returns
    -------
    words : list of str

    Examples
    --------
    >>> from sklstm._cli._words import split_english
    >>> split_english("Don't (please) say it's well-known.")
    ['Do', "n't", '(', 'please', ')', 'say', 'it', "'s", 'well', '-', 'known', '.']
    """
    words = re.sub(r"(?i)(n't|'(?:s|m|d|re|ve|ll))\b", r" \1 ", text)
    words = re.sub(r"([.,;:!?…\"“”()\[\]]+|(?<=\w)-(?=\w))(?!\d)", r" \1 ", words)
    return words.split()


SPLITTERS = {"spaces": str.split, "english": split_english}
