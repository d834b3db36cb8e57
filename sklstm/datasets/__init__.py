"""Corpora in files, a corpus that comes with the package, and random tasks.

Read and write files of tagged text with :func:`read_conll`, :func:`iter_conll`
and :func:`write_conll`. Read pre-trained word vectors with
:func:`read_vectors`. Load a small English corpus with
:func:`load_english_pos`. Generate sequences of numeric vectors with
:func:`make_tagged_sequences`. Convert data frames with one token in each row
to sequences, and back, with :func:`sequences_from_frame`,
:func:`tags_to_frame` and :func:`sequences_to_frame`.
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
