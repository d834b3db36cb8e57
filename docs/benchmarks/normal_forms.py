"""Print what it costs not to normalize text that is in another Unicode normal form.

A tagger is trained on Ukrainian text in the form NFC, in which each letter is one character. The
dev split is read in NFD, in which a letter such as "ї" is two characters, and is scored as it is
and with ``normalize="NFC"``, on the words that differ between the forms and on all words.

"Words that differ" are those that the two forms write with other characters.
"""

import sys
from pathlib import Path

from _common import command_line, describe_machine, save_json
from _taggers import DATA, FOLDERS

from sklstm import BiLSTMTagger
from sklstm.datasets import read_conll


def main():
    """Print the table."""
    parser = command_line(__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the corpora")
    arguments = parser.parse_args()
    folder = arguments.data / FOLDERS["ukrainian"]
    if not folder.is_dir():
        sys.exit(f"No such folder: {folder}\nPass --data the folder of the corpora.")
    print(describe_machine())
    X, y = read_conll(folder / "train.conllu.xz", normalize="NFC")
    n_train, max_iter = (200, 3) if arguments.quick else (len(X), 12)
    tagger = BiLSTMTagger(max_iter=max_iter, random_state=0).fit(X[:n_train], y[:n_train])
    texts = {
        form: read_conll(folder / "dev.conllu.xz", normalize=form, columns=("form", "upos"))
        for form in ("NFC", "NFD")
    }
    predicted = {form: tagger.predict(X) for form, (X, _) in texts.items()}
    (nfc, true), (nfd, _) = texts.values()
    accuracy = {"words that differ": {}, "all words": {}}
    for name, scores in accuracy.items():
        places = [
            (i, j)
            for i, words in enumerate(nfc)
            for j, word in enumerate(words)
            if name == "all words" or word != nfd[i][j]
        ]
        for form, tags in predicted.items():
            n_correct = sum(tags[i][j] == true[i][j] for i, j in places)
            scores[form] = n_correct / len(places)
        print(
            f"{name:18}{len(places):7,}   normalized {scores['NFC']:.1%}"
            f"   as it is {scores['NFD']:.1%}"
        )
    save_json(arguments.json, {"accuracy": accuracy})


if __name__ == "__main__":
    main()
