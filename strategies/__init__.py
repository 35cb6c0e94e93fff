"""One file, one strategy; the file's name is its name. Files that begin with `_` are shared code."""
