"""bedside: from patient recordings to a small, offline, measured Gemma-family medical model."""

__version__ = "0.1.0"
