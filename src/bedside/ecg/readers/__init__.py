"""Read ECG recordings from the kinds of file they are published in."""
