"""Draw 12-lead ECGs to scale."""
