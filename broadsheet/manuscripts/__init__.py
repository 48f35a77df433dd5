"""Manuscripts in: what a newsroom has, to case files. Nothing is lost and nothing is invented."""
