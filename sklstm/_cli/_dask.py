"""Tag files on the workers of a Dask cluster, one file after another on each."""

import os
import warnings
from contextlib import suppress
from glob import escape, glob

from sklstm._cli._files import STANDARD_STREAM, check_can_write


def run_on_dask(tag_to_file, models, options):
    """Tag each file that has no output, and print how many are done; return the exit status.

    Parameters
    ----------
    tag_to_file : callable
        Takes `models`, the path of an input, that of its output, and `options`; returns the
        messages of warnings.
    models : tuple
        What each worker gets once.
    options : argparse.Namespace
        `dask` is the address of a scheduler, or the file that it has written; `output` a folder.

    Raises
    ------
    ValueError
        If the options do not name a folder and files, or if a file cannot be tagged. All other
        files are tagged before.
    """
    outputs = _outputs(options)
    missing = {path: output for path, output in outputs.items() if not os.path.exists(output)}
    n_done = len(outputs) - len(missing)
    if n_done:
        print(f"{n_done} of {len(outputs)} files are complete, and are skipped.")
    if not missing:
        return 0
    check_can_write(next(iter(missing.values())))
    from sklstm.dask._rounds import submit  # says how to install Dask

    from distributed import Client  # isort: skip

    is_file = os.path.isfile(options.dask)
    with Client(**{"scheduler_file" if is_file else "address": options.dask}) as client:
        models = submit(client, tuple, models)
        try:
            tasks = {
                client.submit(tag_to_file, models, path, output, options, pure=False): path
                for path, output in missing.items()
            }
            errors = _wait(tasks, outputs, n_done)
        finally:
            _remove_temporary_files(missing.values())
    if errors:
        *others, last = [_with_path(path, error) for path, error in errors.items()]
        for line in others:
            warnings.warn(line, stacklevel=2)
        raise ValueError(last)
    return 0


def _with_path(path, message):
    """Return a message that names a file."""
    return str(message) if path in str(message) else f"{path}: {message}"


def _wait(tasks, outputs, n_done):
    """Print the output of each task that succeeds; return the errors of the others by path."""
    from distributed import as_completed

    errors = {}
    for task in as_completed(tasks):
        path, error = tasks[task], task.exception()
        if error is None:
            for message in task.result():
                warnings.warn(_with_path(path, message), stacklevel=2)
            n_done += 1
            print(f"{n_done} of {len(outputs)}: {outputs[path]}", flush=True)
        else:
            errors[path] = error
    return errors


def _outputs(options):
    """Return the absolute path of the output of each input."""
    if options.output == STANDARD_STREAM or STANDARD_STREAM in options.files:
        raise ValueError("--dask tags files into a folder: pass the files, and -o with the folder")
    if not os.path.isdir(options.output):
        raise ValueError(f"-o {options.output} must be a folder that exists, for --dask")
    folder, outputs = os.path.abspath(options.output), {}
    for path in map(os.path.abspath, options.files):
        output = os.path.join(folder, os.path.basename(path))
        if output in outputs.values():
            raise ValueError(f"two of the files would have the same output, {output}")
        outputs[path] = output
        if os.path.realpath(outputs[path]) == os.path.realpath(path):
            raise ValueError(f"-o {options.output} contains {path}, which is read: name another")
    return outputs


def _remove_temporary_files(outputs):
    """Remove what workers that were killed have left next to the outputs."""
    for output in outputs:
        folder, name = os.path.split(output)
        for path in glob(os.path.join(escape(folder), f"{escape(name[:32])}.????????.tmp")):
            with suppress(OSError):
                os.unlink(path)
