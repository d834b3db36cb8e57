"""scikit-learn's decorator of methods that run callbacks, with the types of what it decorates."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # scikit-learn has no type hints, and a decorator without them would hide ours
    from collections.abc import Callable
    from typing import Any, TypeVar

    _Method = TypeVar("_Method", bound=Callable[..., Any])

    def with_callbacks(method: _Method) -> _Method: ...
else:
    from sklearn.callback import with_callbacks

__all__ = ["with_callbacks"]
