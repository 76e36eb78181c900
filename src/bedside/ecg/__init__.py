"""12-lead ECGs: synthetic records, their picture, and the findings named in text."""
