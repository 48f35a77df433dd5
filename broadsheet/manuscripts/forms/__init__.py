"""The forms in which manuscripts come, one module each."""
