"""`python -m bedside` is the same as `bedside`."""

from bedside.cli import main

main()
