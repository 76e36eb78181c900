"""Read vital signs from monitors and wearables, in the forms that they are passed on in.

`survey` finds recordings, `open_recording` reads one in batches of bounded size, `read_recording` whole.
"""

from bedside.vitals.readers.column_map import ColumnMap, read_column_map
from bedside.vitals.readers.folder import Prefer, Subject, Survey, survey
from bedside.vitals.readers.reading import Folder, Reading, open_recording, read_folder, read_recording
from bedside.vitals.readers.recording import Excluded, Form, Recording
from bedside.vitals.readers.stream import Stream, Tally

__all__ = [
    "ColumnMap",
    "Excluded",
    "Folder",
    "Form",
    "Prefer",
    "Reading",
    "Recording",
    "Stream",
    "Subject",
    "Survey",
    "Tally",
    "open_recording",
    "read_column_map",
    "read_folder",
    "read_recording",
    "survey",
]
