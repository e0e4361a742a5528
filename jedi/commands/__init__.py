"""The commands of `python -m jedi`, a file a group."""
