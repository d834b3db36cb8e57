"""The servers of the user guide answer over HTTP."""

import importlib.util
import json
import re
import shlex
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import joblib
import numpy as np
import pytest
import uvicorn
from werkzeug.serving import make_server

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos, make_tagged_sequences

DOCS = Path(__file__).parent.parent / "docs"
SENTENCE, TAGS = ["She", "can", "swim", "."], ["PRON", "AUX", "VERB", "PUNCT"]


def load_app(name):
    """Return the application of a server, which loads tagger.joblib from the current folder."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "web_service" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


@contextmanager
def fastapi_server(app):
    """Run an application in a thread; yield its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(1000):
        if server.started:
            break
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@contextmanager
def flask_server(app):
    """Run an application in a thread; yield its port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()


def post(port, body):
    """Return the status and the JSON of the answer to a request."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(f"http://127.0.0.1:{port}/tag", data, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else text


@pytest.fixture(scope="module")
def tagger():
    X, y = load_english_pos(subset="train", return_X_y=True)
    tagger = BiLSTMTagger(
        16, char_hidden_size=0, learning_rate_init=0.02, max_iter=4, random_state=0
    )
    return tagger.fit(X, y)


@contextmanager
def serving(name, tagger, folder):
    """Run a server that has loaded a tagger; yield its port."""
    joblib.dump(tagger, folder / "tagger.joblib")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        app = load_app(name)
    server = {"fastapi_app": fastapi_server, "flask_app": flask_server}[name]
    with server(app) as port:
        yield port


@pytest.fixture(scope="module")
def fastapi(tagger, tmp_path_factory):
    with serving("fastapi_app", tagger, tmp_path_factory.mktemp("fastapi")) as port:
        yield port


@pytest.fixture(scope="module")
def flask(tagger, tmp_path_factory):
    with serving("flask_app", tagger, tmp_path_factory.mktemp("flask")) as port:
        yield port


def test_the_commands_of_the_page_are_answered_as_it_says(fastapi, flask):
    page = (DOCS / "user_guide" / "web_service.rst").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"\$ (curl .*)", page)]
    assert [command[1:3] for command in commands] == [["localhost:8000/tag", "--json"]] * 2
    for port, command in zip([fastapi, flask], commands, strict=True):
        status, answer = post(port, json.loads(command[3]))
        assert (status, answer["tags"]) == (200, [TAGS])
    assert json.dumps([TAGS])[1:-1] in page


def test_fastapi_returns_words_classes_and_probabilities(fastapi, tagger):
    _, answer = post(fastapi, {"texts": ["She can swim.", "Unseen grumblewort"]})
    assert answer["words"] == [SENTENCE, ["Unseen", "grumblewort"]]
    assert answer["classes"] == tagger.classes_.tolist()
    for ours, theirs in zip(
        answer["probabilities"], tagger.predict_proba(answer["words"]), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("texts", [[], [""], ["", "Ducks swim."]])
def test_fastapi_accepts_empty_lists_and_texts(fastapi, texts):
    status, answer = post(fastapi, {"texts": texts})
    assert (status, list(map(len, answer["tags"]))) == (200, [3 if text else 0 for text in texts])


@pytest.mark.parametrize(
    "body",
    [["text"], {}, {"texts": "text"}, {"texts": [1]}, {"texts": ["a" * 1001]},
     {"texts": ["a"] * 101}, b"{"],
)  # fmt: skip
def test_fastapi_refuses_invalid_and_long_input(fastapi, body):
    status, answer = post(fastapi, body)
    assert status == 422
    assert answer["detail"]


def test_flask_returns_classes_and_probabilities(flask, tagger):
    status, answer = post(flask, [SENTENCE, []])
    assert (status, answer["tags"], answer["classes"]) == (
        200,
        [TAGS, []],
        tagger.classes_.tolist(),
    )
    expected = tagger.predict_proba([SENTENCE])[0]
    np.testing.assert_allclose(answer["probabilities"][0], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("text", 400, "Send a list of sequences."),
        (["text"], 400, "Send a list of sequences."),
        ([["a"]] * 101, 400, "Send at most 100 sequences of 1000 tokens."),
        ([["a"] * 1001], 400, "Send at most 100 sequences of 1000 tokens."),
        ([["a", None]], 400, "X[0][1]"),
        ([["a"], [[1.5]]], 400, "X[1]"),
        ([["a" * 1_000_001]], 413, "Too Large"),
        (b"[", 400, "Bad Request"),
    ],
)
def test_flask_refuses_invalid_and_long_input(flask, body, status, message):
    answer = post(flask, body)
    assert answer[0] == status
    assert message in str(answer[1])


def test_flask_serves_vectors(tmp_path):
    X, y = make_tagged_sequences(n_sequences=20, random_state=0)
    tagger = BiLSTMTagger(4, max_iter=1, random_state=0).fit(X, y)
    with serving("flask_app", tagger, tmp_path) as port:
        status, answer = post(port, [x.tolist() for x in X[:2]])
        assert (status, answer["tags"]) == (200, tagger.predict(X[:2]).tolist())
        status, answer = post(port, [X[0][:, :2].tolist()])
        assert status == 400
        assert "2 features" in answer["error"]


@pytest.mark.parametrize("name", ["fastapi", "flask"])
def test_many_requests_at_once_get_their_own_answers(name, tagger, request):
    port = request.getfixturevalue(name)
    X, _ = load_english_pos(subset="test", return_X_y=True)
    sentences = [[word for word in words if word.isalpha()] for words in X[:40]]
    bodies = [{"texts": [" ".join(s)]} if name == "fastapi" else [s] for s in sentences]
    with ThreadPoolExecutor(8) as executor:
        answers = list(executor.map(lambda body: post(port, body), bodies))
    expected = tagger.predict(sentences).tolist()
    assert [(status, answer["tags"]) for status, answer in answers] == [
        (200, [t]) for t in expected
    ]
