"""Modules that libraries import and a function hardly ever uses are loaded when something of them is wanted.

A tenth of a callback's start went into them: what makes documentation, traces, waits, retries in other ways,
reads dates, tables of packages, proxies and configuration files. A test holds that each is still imported by
what it is left out for, and that nothing uses it while a function starts and answers.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from types import ModuleType
from typing import Any

# By module, the functions that others take out of it by name while they are imported.
LATE: Mapping[str, Collection[str]] = {
    "aws_lambda_powertools.tracing": {"Tracer"},
    "botocore.monitoring": (),
    "botocore.retries.adaptive": (),
    "botocore.retryhandler": (),
    "botocore.waiter": (),
    "certifi": {"where"},
    "configparser": (),
    "dateutil.parser": {"parse"},
    "importlib.metadata": {"version"},
    "mimetypes": (),
    "shlex": (),
    "subprocess": {"Popen"},
    "tempfile": (),
    "urllib.request": {"getproxies", "proxy_bypass"},
}
# What botocore's clients say about themselves in `help()`, which nobody asks a function.
WITHOUT_DOCUMENTATION = ("botocore.docs", "botocore.docs.docstring", "botocore.docs.utils")


def load_late() -> None:
    """Puts a stand-in where each of these modules would be, unless it is there already."""
    for name, functions in LATE.items():
        if name not in sys.modules:
            _put(LateModule(name, functions))
    for name in WITHOUT_DOCUMENTATION:
        if name not in sys.modules:
            _put(_Undocumented(name))


def _put(module: ModuleType) -> None:
    sys.modules[module.__name__] = module
    package, _, name = module.__name__.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], name, module)


class LateModule(ModuleType):
    """Stands where a module would be; whatever is asked of it loads the module itself."""

    def __init__(self, name: str, functions: Collection[str]) -> None:
        super().__init__(name)
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # The import system asks for these, and wants nothing of the module.
            raise AttributeError(name)
        if name in self._functions:
            return self._later(name)
        return getattr(self._loaded(), name)

    def _later(self, name: str) -> Callable[..., Any]:
        def function(*arguments: Any, **named: Any) -> Any:
            return getattr(self._loaded(), name)(*arguments, **named)

        return function

    def _loaded(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


class _Undocumented(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Silent


class Silent:
    """Any class of botocore's that writes documentation: it takes everything and says nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Silent:
        return self
