"""Read and write tagged text, data frames and word vectors; load and generate data sets.

:func:`read_conll`, :func:`iter_conll` and :func:`write_conll` read and write
files of tagged text. :func:`read_vectors` reads pre-trained word vectors.
:func:`sequences_from_frame`, :func:`tags_to_frame` and
:func:`sequences_to_frame` convert data frames with one token in each row to
sequences, and back. :func:`load_english_pos` loads a small English corpus, and
:func:`make_tagged_sequences` generates sequences of numeric vectors.
"""

from sklstm.datasets._conll import iter_conll, read_conll, write_conll
from sklstm.datasets._english import load_english_pos
from sklstm.datasets._frames import sequences_from_frame, sequences_to_frame, tags_to_frame
from sklstm.datasets._samples_generator import make_tagged_sequences
from sklstm.datasets._vectors import WordVectors, read_vectors

__all__ = [
    "WordVectors",
    "iter_conll",
    "load_english_pos",
    "make_tagged_sequences",
    "read_conll",
    "read_vectors",
    "sequences_from_frame",
    "sequences_to_frame",
    "tags_to_frame",
    "write_conll",
]
