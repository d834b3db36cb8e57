"""Train and predict on a cluster with Dask. Requires ``pip install "sklstm[dask]"``."""

try:
    import distributed as _distributed  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"sklstm.dask needs Dask and its distributed scheduler ({error}). Install them with: "
        'pip install "sklstm[dask]"'
    ) from error

from sklstm.dask._tagger import DaskBiLSTMTagger
from sklstm.dask._tagging import tag

__all__ = ["DaskBiLSTMTagger", "tag"]
