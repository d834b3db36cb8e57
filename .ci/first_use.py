"""Train and use a tagger, as it is installed: the first thing that anybody does."""

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos

X, y = load_english_pos(return_X_y=True)
tagger = BiLSTMTagger(max_iter=1, random_state=0).fit(X, y)
print(*zip(X[0], tagger.predict(X[:1])[0], strict=True))
