"""An immutable directory with a manifest, written last.

`key` says what an artifact should be made from: stage, its version, its configuration and the digests of
its inputs. `digest` says what it is: the hash of its files. Work goes to `out.partial-<key>`; sealing
hashes the files, writes `manifest.json` and renames. So a finished artifact is reused, half work is
continued or discarded, and neither is ever mistaken for the other. Clock readings (measured speeds) are
listed in the manifest but stand outside the digest, which therefore does not change from run to run.

Knows nothing about what the files mean.
"""

from bedside.artifact.manifest import (
    MANIFEST,
    Artifact,
    FileEntry,
    Input,
    Manifest,
    Plan,
    damages,
    folder_digest,
    is_artifact,
    open_artifact,
)
from bedside.artifact.writing import Draft, cache_dir, claimed, find, write, write_json

__all__ = [
    "MANIFEST",
    "Artifact",
    "Draft",
    "FileEntry",
    "Input",
    "Manifest",
    "Plan",
    "cache_dir",
    "claimed",
    "damages",
    "find",
    "folder_digest",
    "is_artifact",
    "open_artifact",
    "write",
    "write_json",
]
