"""An element of a parsed document, XML or HTML."""

from typing import Any, TypeAlias

Element: TypeAlias = Any  # lxml says nothing of its types
