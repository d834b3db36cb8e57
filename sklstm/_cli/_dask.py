"""Tag files on the workers of a Dask cluster, one file after another on each."""

import os
from contextlib import suppress
from glob import escape, glob

from sklstm._cli._files import STANDARD_STREAM, check_can_write


def run_on_dask(tag_to_file, models, options):
    """Tag each file that has no output, and print how many are done; return the exit status.

    Parameters
    ----------
    tag_to_file : callable
        Takes `models`, the path of an input, that of its output, and `options`.
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
    from distributed import Client

    from sklstm.dask._rounds import submit

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
        path, error = next(iter(errors.items()))
        others = f" (the first of {len(errors)} files with errors)" if len(errors) > 1 else ""
        raise ValueError(f"{path}: {error}{others}") from error
    return 0


def _wait(tasks, outputs, n_done):
    """Print the output of each task that succeeds; return the errors of the others by path."""
    from distributed import as_completed

    errors = {}
    for task in as_completed(tasks):
        path, error = tasks[task], task.exception()
        if error is None:
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
        outputs[path] = os.path.join(folder, os.path.basename(path))
        if os.path.realpath(outputs[path]) == os.path.realpath(path):
            raise ValueError(f"-o {options.output} contains {path}, which is read: name another")
    if len(set(outputs.values())) < len(options.files):
        raise ValueError("two of the files have the same name, and their outputs would, too")
    return outputs


def _remove_temporary_files(outputs):
    """Remove what workers that were killed have left next to the outputs."""
    for output in outputs:
        folder, name = os.path.split(output)
        for path in glob(os.path.join(escape(folder), f"{escape(name[:32])}.????????.tmp")):
            with suppress(OSError):
                os.unlink(path)
