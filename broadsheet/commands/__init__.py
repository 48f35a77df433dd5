"""The commands, one module each; `broadsheet.cli` puts them together.

A command turns arguments into settings, calls one step, and prints what it returns (output). All
of these modules are loaded for `--help`, so heavy imports stand in the functions that need them.
"""
