"""Tell which kind of file holds an ECG, by its content first and by its name second.

A file that is something else (a ZIP, a program, a picture) is named as what it is, whatever its name says.
Reads the first bytes only.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Literal

from bedside.ecg.readers.wfdb_header import read_header
from bedside.errors import DataError

__all__ = ["Kind", "header_beside", "kind_of"]

Kind = Literal["wfdb", "csv", "hdf5", "dicom"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES = (0, 512, 1024, 2048)
_HEAD_BYTES = 4096

_FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive (or an Excel, Word or NumPy .npz file)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "packed by gzip"),
    (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ\0", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"#!", "a script"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3\0", "an SQLite database"),
)
_PLACED = (
    (257, b"ustar", "a tar archive"),
    (8, b"WEBP", "a WebP picture"),
    (16, b"SCPECG", "an SCP-ECG file, which is not read"),
)
_MARKUP = (
    (b"<?xml", "an XML file (HL7 aECG, Muse and the like are not read)"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"{", "a JSON file"),
    (b"[{", "a JSON file"),
)
_EDF = b"0" + b" " * 7
_MATLAB_5 = b"MATLAB 5.0 MAT-file"
_SIGNAL_FILES = {".dat", ".mat"}
_CONVERT = "give a recording as WFDB, CSV, HDF5 or DICOM"


def kind_of(path: Path) -> Kind:
    """Tell which kind of file `path` is; a WFDB record may be named without a suffix.

    Raises:
        DataError: there is no such file, it cannot be read, or it is none of the kinds that are read.
    """
    try:
        if not path.is_file():
            return _without_file(path)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DataError(
            f"cannot be read: {reason}", file=path, fix="give a file that you may read"
        ) from error
    if not head:
        raise DataError("the file is empty", file=path, fix="copy the recording again")
    if _is_listed_beside(path):
        return "wfdb"
    return _by_content(path, head)


def header_beside(path: Path) -> Path:
    """Return where the WFDB header of a record, signal file or record name has to be."""
    if path.suffix == ".hea":
        return path
    if path.suffix and path.is_file():
        return path.with_suffix(".hea")
    return path.with_name(f"{path.name}.hea")


def _is_listed_beside(path: Path) -> bool:
    """Tell whether a file is a signal file of the WFDB header that lies beside it, or has the record's name.

    Only the header tells: a picture or a DICOM file may have the name of a record too. A header that cannot
    be read is left to its reader where the file has a signal file's name.
    """
    header = header_beside(path)
    try:
        if header == path or not header.is_file():
            return False
        return not path.suffix or any(signal.file == path.name for signal in read_header(header).signals)
    except DataError:
        return path.suffix in _SIGNAL_FILES
    except (OSError, ValueError):
        return False


def _without_file(path: Path) -> Kind:
    if path.name and header_beside(path).is_file():
        return "wfdb"
    if path.suffix in _SIGNAL_FILES and path.with_suffix(".hea").is_file():
        return "wfdb"  # its reader says which file is missing
    if path.is_dir():
        raise DataError("a folder, not a recording", file=path, fix="give a recording in it")
    what = "not a regular file" if path.exists() else "there is no such file"
    raise DataError(what, file=path, fix="give a recording: FILE, or FILE#INDEX where it holds several")


def _by_content(path: Path, head: bytes) -> Kind:
    if _is_hdf5(head):
        return "hdf5"
    if _is_dicom(head):
        return "dicom"
    if what := _foreign(head):
        raise DataError(f"is {what}, not an ECG recording", file=path, fix=_CONVERT)
    suffix, is_matlab = path.suffix.lower(), head.startswith(_MATLAB_5)
    if is_matlab or (suffix in {".mat", ".dat"} and b"\0" in head):
        header = header_beside(path)
        what = (
            f"that {header.name} beside it does not name"
            if header.is_file()
            else "without a WFDB header beside it"
        )
        raise DataError(
            f"is {'a MATLAB' if is_matlab else 'a signal'} file {what};"
            " leads, unit and sampling rate are not known",
            file=path,
            fix=f"give the header that names it, or put {header.name} beside it, or convert it to CSV",
        )
    if suffix == ".hea":
        return "wfdb"
    if suffix in {".dcm", ".dicom"}:
        return "dicom"
    if suffix in {".h5", ".hdf5"}:
        raise DataError("is no HDF5 file, whatever its name says", file=path, fix="copy the file again")
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        fix = (
            f"give {header_beside(path).name} for that record" if header_beside(path).is_file() else _CONVERT
        )
        raise DataError("is binary data of an unknown kind", file=path, fix=fix)
    return "csv"


def _is_hdf5(head: bytes) -> bool:
    return any(head.startswith(_HDF5, place) for place in _HDF5_PLACES)


def _is_dicom(head: bytes) -> bool:
    return head.startswith(b"DICM", 128)


def _foreign(head: bytes) -> str | None:
    """Name what a file is that holds no ECG in a form that is read."""
    for mark, what in _FOREIGN:
        if head.startswith(mark):
            return what
    for place, mark, what in _PLACED:
        if head.startswith(mark, place):
            return what
    if head.startswith(b"MZ") and b"\0" in head:
        return "a program"
    if head.startswith(_EDF) and b"\0" not in head[:256] and len(head) >= 256:
        return "an EDF file, which is not read"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return next((what for mark, what in _MARKUP if text.startswith(mark)), None)
