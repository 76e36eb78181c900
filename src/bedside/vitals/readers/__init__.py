"""Read vital signs from monitors and wearables, in the forms that they are passed on in."""

from bedside.vitals.readers.folder import (
    Excluded,
    Folder,
    Reading,
    Recording,
    Survey,
    read_folder,
    read_recording,
    survey,
)

__all__ = [
    "Excluded",
    "Folder",
    "Reading",
    "Recording",
    "Survey",
    "read_folder",
    "read_recording",
    "survey",
]
