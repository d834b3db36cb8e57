import bz2
import gzip
import io
import lzma
import os
import stat
import threading

import pytest

from sklstm.datasets._files import name_of, opened, text_writer

OPENERS = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def write(path, text="new"):
    with text_writer(path, "utf-8") as file:
        file.write(text)


# Reading and writing by path


@pytest.mark.parametrize("suffix", [*OPENERS, ".GZ", ".Xz"])
def test_paths_are_compressed_by_their_suffix(tmp_path, suffix):
    path = tmp_path / f"file{suffix}"
    write(path, "їжак\u2028\n")
    with OPENERS[suffix.lower()](path, "rb") as file:
        assert file.read().decode() == "їжак\u2028\n"
    with opened(path) as file:
        assert file.read().decode() == "їжак\u2028\n"
    assert file.closed


@pytest.mark.parametrize("suffix", OPENERS)
def test_equal_texts_give_equal_files_whatever_their_names(tmp_path, suffix):
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        write(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_gzip_headers_have_neither_name_nor_time(tmp_path):
    write(tmp_path / "file.gz")
    flags_and_time = (tmp_path / "file.gz").read_bytes()[3:8]
    assert flags_and_time == bytes(5)


def test_open_files_are_returned_unchanged_and_stay_open():
    for file in (io.StringIO("text"), io.BytesIO(b"bytes")):
        with opened(file) as same:
            assert same is file
        assert not file.closed
    file = io.StringIO()
    write(file)
    assert file.getvalue() == "new"


@pytest.mark.parametrize("destination", [None, 3, [], io.BytesIO()])
def test_invalid_destinations(destination):
    with pytest.raises(TypeError, match=r"destination must be a path .* or a file open in text"):
        write(destination)


def test_names(tmp_path):
    path = tmp_path / "file"
    path.touch()
    assert name_of(path) == name_of(str(path)) == str(path)
    with path.open() as file:
        assert name_of(file) == str(path)
    with open(os.open(path, os.O_RDONLY)) as file:
        assert name_of(file) == "<stream>"
    for source in (io.StringIO(), [], None):
        assert name_of(source) == "<stream>"


# Files that are replaced


@pytest.mark.parametrize("suffix", OPENERS)
def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, suffix):
    path = tmp_path / f"file{suffix}"
    write(path, "old")
    old = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        write(path, "new" * 100_000 + "\ud800")
    with pytest.raises(LookupError, match="klingon"), text_writer(path, "klingon"):
        pass
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == old


def test_the_old_file_is_there_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "file"
    write(path, "old")
    with text_writer(path, "utf-8") as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="needs modes of POSIX")
def test_a_file_is_replaced_with_its_mode_kept(tmp_path):
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o604)
    write(path)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_new_file_has_the_default_mode(tmp_path):
    (tmp_path / "plain").touch()
    write(tmp_path / "file")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "folder" / "file")
    for text in ("first", "second"):
        write(link, text)
        assert link.is_symlink()
        assert (tmp_path / "folder" / "file").read_text() == text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received = []
    thread = threading.Thread(target=lambda: received.append(path.read_bytes()), daemon=True)
    thread.start()
    write(path)
    thread.join(timeout=10)
    assert received == [b"new"]
    assert path.is_fifo()


def test_missing_files_raise_the_errors_of_python(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), opened(tmp_path / "nowhere"):
        pass
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write(tmp_path / "nowhere" / "file")
    with pytest.raises(IsADirectoryError if os.name == "posix" else PermissionError):
        write(tmp_path)
