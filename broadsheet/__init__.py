"""Broadsheet: a static publication of proposal cases.

Public: `broadsheet.pipeline.build` (the whole way), and the steps `read`, `plan`, `render` and
`publish`, each a module that can be called alone. Errors are `broadsheet.diagnostics.ContentError`.
"""

__version__ = "0.1.0"
