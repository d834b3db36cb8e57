"""A web service that tags words, dicts or vectors. Start it with: gunicorn flask_app:app"""

import joblib
from flask import Flask, request

MAX_SEQUENCES, MAX_TOKENS = 100, 1000

tagger = joblib.load("tagger.joblib", mmap_mode="r")
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1_000_000  # bytes; more is an error with the status 413


def check_size(X):
    """Raise a ValueError if a request is not a list of lists, or is too long."""
    if not (isinstance(X, list) and all(isinstance(x, list) for x in X)):
        raise ValueError("Send a list of sequences.")
    if len(X) > MAX_SEQUENCES or any(len(x) > MAX_TOKENS for x in X):
        raise ValueError(f"Send at most {MAX_SEQUENCES} sequences of {MAX_TOKENS} tokens.")


@app.post("/tag")
def tag():
    X = request.get_json()
    try:
        check_size(X)
        return {
            "tags": tagger.predict(X).tolist(),
            "classes": tagger.classes_.tolist(),
            "probabilities": [p.astype(float).round(4).tolist() for p in tagger.predict_proba(X)],
        }
    except (TypeError, ValueError) as error:
        return {"error": str(error)}, 400
