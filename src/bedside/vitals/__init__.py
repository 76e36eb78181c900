"""Vital signs: readers of recordings, signals and their limits, metrics, narratives, synthetic records."""
