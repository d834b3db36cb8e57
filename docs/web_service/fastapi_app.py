"""A web service that tags text. Start it with: uvicorn fastapi_app:app"""

import re
from typing import Annotated

import joblib
from fastapi import FastAPI
from pydantic import BaseModel, Field

tagger = joblib.load("tagger.joblib", mmap_mode="r")
app = FastAPI()


class Query(BaseModel):
    """The body of a request; a longer text, or more texts, is an error with the status 422."""

    texts: list[Annotated[str, Field(max_length=1000)]] = Field(max_length=100)


def split(text):
    """Return the words and the punctuation of a text."""
    return re.findall(r"\w+|[^\w\s]", text)


@app.post("/tag")
def tag(query: Query):
    X = [split(text) for text in query.texts]
    return {
        "words": X,
        "tags": tagger.predict(X).tolist(),
        "classes": tagger.classes_.tolist(),
        "probabilities": [p.astype(float).round(4).tolist() for p in tagger.predict_proba(X)],
    }
