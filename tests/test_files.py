import errno
import io
import os
import signal
import subprocess
import sys
import time

import pytest

from sklstm import _files
from sklstm._files import check_can_replace, replacing

OLD, NEW = b"old" * 50_000, b"new" * 100_000
posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and limits of POSIX")


@pytest.fixture
def path(tmp_path):
    """An existing file."""
    (tmp_path / "model").write_bytes(OLD)
    return tmp_path / "model"


def write(path, data=NEW):
    with replacing(path) as file:
        file.write(data)


def start(code, *arguments):
    """Run code with the functions of the module in a new process, without the whole package."""
    load = f"import runpy; globals().update(runpy.run_path({_files.__file__!r}))\n"
    words = [sys.executable, "-c", load + code, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


def test_a_file_is_replaced_after_the_block_even_if_the_block_closes_it(path):
    with replacing(path) as file:
        file.write(NEW)
        file.close()
        assert path.read_bytes() == OLD
    assert path.read_bytes() == NEW
    assert os.listdir(path.parent) == ["model"]


def test_data_are_on_disk_before_the_file_is_replaced_and_its_folder_after(path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(descriptor):
        folder = os.path.isdir(f"/proc/self/fd/{descriptor}")
        calls.append("fsync folder" if folder else os.fstat(descriptor).st_size)
        fsync(descriptor)

    def record_replace(*paths):
        calls.append("replace")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    write(path)
    expected = [len(NEW), "replace", "fsync folder"]
    assert calls == (expected if os.path.isdir("/proc/self/fd") else calls)
    assert calls[1] == "replace"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, MemoryError])
def test_an_exception_leaves_the_old_file_and_no_other(error, path):
    def fail():
        with replacing(path) as file:
            file.write(NEW)
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == ["model"]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_an_exception_at_any_line_leaves_the_old_file_or_the_new_one(path):
    """A trace function raises at line 1, 2, 3, ... of the module and of those that it calls."""
    seen, n_lines = set(), 0
    while True:
        remaining = n_lines

        def trace(frame, event, _):
            nonlocal remaining
            if frame.f_code.co_filename != _files.__file__:
                return None
            if event == "line":
                remaining -= 1
                if remaining < 0:
                    raise KeyboardInterrupt
            return trace

        n_lines += 1
        path.write_bytes(OLD)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            write(path)
        except KeyboardInterrupt:
            pass
        else:
            break
        finally:
            sys.settrace(before)
        seen.add(path.read_bytes())
        # The deletion of the temporary file itself can be interrupted.
        assert len(os.listdir(path.parent)) <= 2
        for name in os.listdir(path.parent):
            if name.endswith(".tmp"):
                (path.parent / name).unlink()
    assert seen == {OLD, NEW}
    assert n_lines > 20


@posix
def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"0" * 3_000_000)
    code = (
        "import sys\nprint(flush=True)\nk = 0\n"
        "while True:\n"
        "    k += 1\n"
        "    with replacing(sys.argv[1]) as file:\n"
        "        for _ in range(30): file.write(b'%d' % (k % 10) * 100_000)\n"
    )
    for k in range(12):
        with start(code, path) as process:
            process.stdout.readline()
            time.sleep(0.007 * k)
            process.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert len(data) == 3_000_000
        assert len(set(data)) == 1
    left = sorted(name for name in os.listdir(tmp_path) if name != "model")
    assert all(name.startswith("model.") and name.endswith(".tmp") for name in left)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    if sys.argv[3] == "write":
        with replacing(sys.argv[1]) as file:
            for _ in range(10): file.write(bytes(100_000))
    else:
        check_can_replace(sys.argv[1])
except OSError as error:
    print(error.errno, error.filename)
"""


@posix
@pytest.mark.parametrize(("action", "limit"), [("write", 250_000), ("write", 0), ("check", 0)])
def test_a_full_disk_leaves_the_old_file_and_the_error_names_it(action, limit, path):
    with start(LIMITED, path, limit, action) as process:
        output, _ = process.communicate()
    assert output.decode().split() == [str(errno.EFBIG), str(path)]
    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == ["model"]


def test_a_disk_that_is_full_when_data_are_flushed_to_it_leaves_the_old_file(path, monkeypatch):
    def fsync(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    for action in (write, check_can_replace):
        with pytest.raises(OSError, match=r"No space left on device: .*model'$") as raised:
            action(path)
        assert raised.value.filename == str(path)
    assert path.read_bytes() == OLD
    assert os.listdir(path.parent) == ["model"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_an_error_of_a_device_names_it():
    with pytest.raises(OSError, match="/dev/full"):
        write("/dev/full")


@pytest.mark.parametrize("name", ["n" * 255, "ї" * 127, "n" * 252 + ".gz", "🦔" * 63, "n"])
def test_a_name_can_be_as_long_as_the_file_system_allows(name, tmp_path):
    check_can_replace(tmp_path / name)
    assert not os.listdir(tmp_path)
    write(tmp_path / name)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("action", [check_can_replace, write])
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("n" * 256, errno.ENAMETOOLONG),
        ("nowhere/model", errno.ENOENT),
        ("model/model", errno.ENOTDIR),
        (".", errno.EISDIR),
    ],
)
@posix
def test_a_file_that_cannot_be_written_is_named(action, name, problem, path):
    with pytest.raises(OSError, match=r"\[Errno") as raised:
        action(path.parent / name)
    assert raised.value.errno == problem
    assert raised.value.filename == str(path.parent / name)
    assert os.listdir(path.parent) == ["model"]


def test_a_check_changes_nothing(path):
    before = path.stat()
    check_can_replace(path)
    assert path.stat() == before
    assert os.listdir(path.parent) == ["model"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_check_does_not_open_a_pipe(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a reader
    check_can_replace(tmp_path / "pipe")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="pipe"):
        check_can_replace(tmp_path / "pipe")


def test_a_change_of_the_working_directory_does_not_change_the_file(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    (path.parent / "folder").mkdir()
    with replacing("model") as file:
        file.write(NEW)
        os.chdir("folder")
    assert path.read_bytes() == NEW
    assert not os.listdir()


def test_the_file_can_be_wrapped_in_a_text_file(path):
    with replacing(path) as binary, io.TextIOWrapper(binary, encoding="utf-8") as file:
        file.write("їжак")
    assert path.read_text(encoding="utf-8") == "їжак"
