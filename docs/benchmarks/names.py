"""Try ways to find more names: entities of WNUT-17, scored on its dev split.

The tagger has ``output="crf", scheme="BIO"``. Its output, costs, features and regularization are
changed, one at a time. Then the probability of ``O`` is multiplied by a factor before decoding,
which takes no fit: by each of some factors, and by the best one of other sentences.

    python names.py --cache cache --json results/accuracy.json

The figures become the part "names" of the file. The cache has 35 MB for each fitted tagger.
precision, recall, F1 and sd are those of accuracy.py. "F1, O scaled" is with the factor that is
best on the other half of the split (the sentences with even and with odd numbers). A vote has the
taggers of all seeds as members, and no sd. In the rows "part of train", each fourth training
sentence is held out and scored instead of the dev split, with the first two seeds.
"""

from pathlib import Path

import joblib
import numpy as np
from _common import command_line, describe_machine
from _figures import print_row, print_titles, save_part, spread
from _fits import CRF, DEFAULTS
from _names import NameTagger, fit
from _taggers import DATA, FOLDERS, print_corpora, read_corpus, score_entities, sizes_of
from sklearn.frozen import FrozenEstimator

from sklstm.ensemble import VotingTagger

QUICK, QUICK_PARAMS = 200, {"max_iter": 3}
SOFTMAX = {"output": "softmax", "scheme": None}
# Parameters of BiLSTMTagger that are not those of the CRF, and the options of `fit`.
CHANGES = {
    "CRF": ({}, {}),
    "softmax": (SOFTMAX, {}),
    "softmax, O costs 0.5": (SOFTMAX | {"class_weight": {"O": 0.5}}, {}),
    "sentences with names cost 2": ({}, {"weight": 2}),
    "gazetteer of training names": ({}, {"gazetteer": True}),
    "vectors of the training text": ({}, {"vectors": True}),
    "word_dropout=1": ({"word_dropout": 1.0}, {}),
    "feature_dropout=0.5": ({"feature_dropout": 0.5}, {}),
    "dropout=0.5": ({"dropout": 0.5}, {}),
    "min_df=2": ({"min_df": 2}, {}),
}
VOTES = ("CRF", "vectors of the training text")  # average the taggers of all seeds
FACTORS = (1, 0.5, 0.2, 0.1, 0.05, 0.02)
COLUMNS = {
    "title": ("variant", "<32"),
    "precision": ("precision", ">11.2%"),
    "recall": ("recall", ">11.2%"),
    "f1": ("F1", ">9.2%"),
    "spread": ("sd", ">8.2%"),
    "difference": ("to CRF", ">+9.2%"),
    "chosen": ("F1, O scaled", ">15.2%"),
    "chosen_spread": ("sd", ">8.2%"),
}


def measure(fitted, corpora, seeds):
    """Yield the rows of the table.

    Parameters
    ----------
    fitted : callable
        From a title of `CHANGES`, the name of a corpus and a seed to a fitted tagger.
    corpora : dict of str to Corpus
        "dev", and "train", where a part of train is held out instead of dev.
    seeds : list of int

    Yields
    ------
    row : dict
    """
    dev, baseline, kept = corpora["dev"], None, {}
    for title in CHANGES:
        taggers = [fitted(title, "dev", seed) for seed in seeds]
        row = row_of(title, taggers, dev)
        baseline = baseline or row
        kept |= {title: taggers} if title in VOTES else {}
        yield row | {"difference": row["f1"] - baseline["f1"]}
    for title, taggers in kept.items():
        voting = vote(taggers, dev)
        row = row_of(f"vote of {len(seeds)}, {title}", [voting], dev)
        yield row | {"difference": row["f1"] - baseline["f1"]}
    yield from rows_of_factors("CRF", kept["CRF"], dev)
    taggers = [fitted("CRF", "train", seed) for seed in seeds[:2]]
    yield from rows_of_factors("part of train", taggers, corpora["train"])


def vote(taggers, corpus):
    """Return the average of fitted taggers."""
    members = [(f"tagger{k}", FrozenEstimator(tagger)) for k, tagger in enumerate(taggers)]
    return VotingTagger(members).fit(corpus.X, corpus.y)


def row_of(title, taggers, corpus):
    """Return the scores of taggers, and of the same with a factor chosen on other sentences."""
    plain = [tagger.predict(corpus.X_held_out) for tagger in taggers]
    chosen = [decode_with_chosen_factor(tagger, corpus) for tagger in taggers]
    scores = [score_entities(corpus.y_held_out, tags)["f1"] for tags in chosen]
    more = {"chosen_scores": scores, "chosen": float(np.mean(scores))}
    return summary(title, plain, corpus) | more | {"chosen_spread": spread(scores)}


def rows_of_factors(title, taggers, corpus):
    """Yield the scores with each factor of O."""
    for factor in FACTORS:
        found = [decode(tagger, factor, corpus) for tagger in taggers]
        yield summary(f"{title}, O times {factor}", found, corpus)


def summary(title, found, corpus):
    """Return the mean scores of the tags of several taggers."""
    scores = [score_entities(corpus.y_held_out, tags) for tags in found]
    means = {name: float(np.mean([score[name] for score in scores])) for name in scores[0]}
    f1 = [score["f1"] for score in scores]
    return {"title": title, **means, "scores": f1, "spread": spread(f1)}


def decode_with_chosen_factor(tagger, corpus):
    """Return the tags of each second sentence with the factor that is best on the others."""
    found = {factor: decode(tagger, factor, corpus) for factor in FACTORS}
    tags = list(corpus.y_held_out)
    for half, other in ((0, 1), (1, 0)):
        true = corpus.y_held_out[other::2]
        scores = {each: score_entities(true, found[each][other::2])["f1"] for each in FACTORS}
        tags[half::2] = found[max(scores, key=scores.get)][half::2]
    return tags


def decode(tagger, factor, corpus):
    """Return the tags with the probability of O multiplied by a factor."""
    names = NameTagger(FrozenEstimator(tagger), factor)
    voting = VotingTagger([("names", names)]).fit(corpus.X, corpus.y)
    return list(voting.predict(corpus.X_held_out))


def hold_out(corpus):
    """Return a corpus in which each fourth training sentence is held out instead of dev."""
    is_fit = np.arange(len(corpus.X)) % 4 > 0
    of_train = [
        [each for each, kept in zip(rows, is_fit, strict=True) if kept == chosen]
        for chosen in (True, False)
        for rows in (corpus.X, corpus.y)
    ]
    return corpus._replace(**dict(zip(corpus._fields, of_train, strict=False)))


# -- the command line ---------------------------------------------------------------------------


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--seeds", nargs="+", type=int, default=[0, 1, 2, 3], help="default: 0 1 2 3")
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--cache", type=Path, metavar="DIR", help="keep fitted taggers there, and reuse them")
    options = parser.parse_args()
    if options.quick:
        options.seeds = options.seeds[:1]
    return options


def main():
    """Print the table."""
    options = parse_arguments()
    machine = describe_machine()
    print(machine)
    n_first = QUICK if options.quick else None
    corpus = read_corpus(options.data / FOLDERS["wnut17"], "dev", n_first)
    print_corpora({"wnut17": corpus}, "dev")
    params = DEFAULTS | CRF | (QUICK_PARAMS if options.quick else {})
    cached = joblib.Memory(options.cache, verbose=0).cache(fit, ignore=["corpus"])

    corpora = {"dev": corpus, "train": hold_out(corpus)}
    digests = {name: options.cache and joblib.hash(each) for name, each in corpora.items()}

    def fitted(title, name, seed):
        changed, more = CHANGES[title]
        seeded = params | changed | {"random_state": seed}
        return cached(seeded, more, digests[name], corpora[name])

    about = {"machine": machine.splitlines(), "seeds": options.seeds, "quick": options.quick}
    about["corpora"] = {"wnut17": sizes_of(corpus)}
    rows = []
    print_titles(COLUMNS)
    for row in measure(fitted, corpora, options.seeds):
        rows.append(row)
        print_row(COLUMNS, row)
        save_part(options.json, "names", about | {"rows": rows})


if __name__ == "__main__":
    main()
