"""Artifacts: reused when finished, continued or discarded when not, never silently altered."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bedside import artifact as art
from bedside.artifact import Draft, Plan, damages, find, open_artifact, write, write_json
from bedside.errors import ArtifactError, BedsideError

PLAN = Plan("dataset", "test", 1, {"seed": 1}, {"in": "abc"})


def work(draft: Draft) -> dict[str, int]:
    (draft.path / "sub").mkdir(exist_ok=True)
    (draft.path / "sub" / "a.txt").write_text("alpha")
    (draft.path / "timings.json").write_text(str(time.time_ns()))
    draft.clock("timings.json")
    return {"rows": 1}


def never(draft: Draft) -> None:
    raise AssertionError("a finished artifact was made again")


def test_a_finished_artifact_is_reused_and_its_parts_are_listed(tmp_path: Path) -> None:
    first = write(tmp_path / "out", PLAN, work)
    again = write(tmp_path / "out", PLAN, never)
    assert again.manifest == first.manifest
    assert [entry.path for entry in first.manifest.files] == ["sub/a.txt", "timings.json"]
    assert first.manifest.figures == {"rows": 1}
    assert damages(first) == ()


def test_the_digest_leaves_clock_readings_out_and_the_key_covers_every_input(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, PLAN, work) for name in ("a", "b"))
    assert first.digest == second.digest
    changed = [
        Plan("model", "test", 1, {"seed": 1}, {"in": "abc"}),
        Plan("dataset", "test", 2, {"seed": 1}, {"in": "abc"}),
        Plan("dataset", "test", 1, {"seed": 2}, {"in": "abc"}),
        Plan("dataset", "test", 1, {"seed": 1}, {"in": "abd"}),
    ]
    assert len({plan.key for plan in [PLAN, *changed]}) == 5


def test_a_changed_recipe_sets_the_old_artifact_aside(tmp_path: Path) -> None:
    old = write(tmp_path / "out", PLAN, work)
    plan = Plan("dataset", "test", 1, {"seed": 2}, {"in": "abc"})
    new = write(tmp_path / "out", plan, work)
    assert new.key == plan.key
    assert open_artifact(tmp_path / f"out.superseded-{old.key}").digest == old.digest


def test_a_copy_is_as_good_as_the_original(tmp_path: Path) -> None:
    done = write(tmp_path / "out", PLAN, work)
    shutil.copytree(done.path, tmp_path / "copy", copy_function=shutil.copyfile)
    assert open_artifact(tmp_path / "copy").digest == done.digest


def test_another_kind_or_an_input_is_never_replaced(tmp_path: Path) -> None:
    done = write(tmp_path / "out", PLAN, work)
    with pytest.raises(ArtifactError, match="holds a 'dataset'; a 'model' does not replace it"):
        write(tmp_path / "out", Plan("model", "test", 1, {}, {}), never)
    with pytest.raises(ArtifactError, match="holds an input of this very command"):
        write(tmp_path / "out", Plan("dataset", "test", 1, {}, {"in": done.digest}), never)
    assert open_artifact(tmp_path / "out").digest == done.digest
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_refusal_leaves_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        write(tmp_path / "out", PLAN, never)
    assert list(tmp_path.iterdir()) == []


def test_work_that_failed_is_discarded_or_continued(tmp_path: Path) -> None:
    def fails(draft: Draft) -> None:
        (draft.path / "half.txt").write_text("half")
        raise ValueError("stopped")

    def continues(draft: Draft) -> None:
        (draft.path / "seen.txt").write_text(str((draft.path / "half.txt").exists()))

    for resume, seen in ((True, "True"), (False, "False")):
        out = tmp_path / f"out-{resume}"
        with pytest.raises(ValueError, match="stopped"):
            write(out, PLAN, fails)
        with pytest.raises(ArtifactError, match="unfinished"):
            open_artifact(out)
        done = write(out, PLAN, continues, resume=resume)
        assert done.file("seen.txt").read_text() == seen


def test_killed_between_manifest_and_rename_the_work_is_not_done_again(tmp_path: Path) -> None:
    done = write(tmp_path / "out", PLAN, work)
    done.path.rename(tmp_path / f"out.partial-{PLAN.key}")
    assert write(tmp_path / "out", PLAN, never).digest == done.digest


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: (path / "sub/a.txt").unlink(), "is gone"),
        (lambda path: (path / "sub/a.txt").write_text("longer than before"), "bytes instead of"),
        (lambda path: (path / "sub/a.txt").write_text("alphb"), "a.txt was edited"),
        ("manifest", "was edited"),
        (lambda path: (path / "manifest.json").write_text("{}"), "not a manifest of this version"),
    ],
)
def test_an_altered_artifact_is_refused(tmp_path: Path, harm, message: str) -> None:
    done = write(tmp_path / "out", PLAN, work)
    (edit_manifest if harm == "manifest" else harm)(done.path)
    with pytest.raises(ArtifactError, match=message):
        open_artifact(done.path)
    with pytest.raises(ArtifactError, match=message):
        find(done.path, PLAN)


def edit_manifest(path: Path) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["figures"]["rows"] = 99
    (path / "manifest.json").write_text(json.dumps(manifest))


def test_verification_reads_every_byte(tmp_path: Path) -> None:
    done = write(tmp_path / "out", PLAN, work)
    file = done.file("sub/a.txt")
    written = file.stat().st_mtime_ns
    file.write_text("alphb")
    (done.path / "extra.txt").write_text("new")
    os.utime(file, ns=(written, written))  # a disk that rots does not touch the time
    assert damages(open_artifact(done.path)) == ("sub/a.txt was altered", "extra.txt was added")


def test_errors_name_the_folder_and_the_kind(tmp_path: Path) -> None:
    done = write(tmp_path / "out", PLAN, work)
    with pytest.raises(ArtifactError, match="holds a 'dataset', but a 'model' is needed"):
        open_artifact(done.path, "model")
    with pytest.raises(ArtifactError, match=r"has no file 'b\.txt'"):
        done.file("b.txt")
    with pytest.raises(ArtifactError, match="is not an artifact"):
        open_artifact(tmp_path / "nothing")


def test_folders_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ArtifactError, match="bedside did not write"):
        write(tmp_path / "mine", PLAN, work)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="Cannot write to"):
        write(tmp_path / "file" / "runs" / "out", PLAN, work)


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    def fills(draft: Draft) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BedsideError, match="disk is full"):
        write(tmp_path / "out", PLAN, fills)


SCRIPT = """
import sys, time
from pathlib import Path
from bedside.artifact import Plan, write
from bedside.console import is_main_process
def work(draft):
    with (Path(sys.argv[1]).parent / "made").open("a") as log: log.write("x")
    time.sleep(float(sys.argv[2]))
    if is_main_process():
        (draft.path / "a.txt").write_text("alpha")
print(write(Path(sys.argv[1]), Plan("dataset", "test", 1, {}, {}), work, collective=True).digest)
"""


def start(out: Path, seconds: float, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(out), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )


def wait_for(path: Path) -> None:
    for _ in range(200):
        if any(path.parent.glob(path.name)):
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


def test_a_second_writer_says_that_it_waits_and_takes_the_result(tmp_path: Path) -> None:
    first = start(tmp_path / "out", 1.5)
    wait_for(tmp_path / "out.partial-*")
    second = start(tmp_path / "out", 0)
    (digest, _), (same, said) = first.communicate(), second.communicate()
    assert digest == same != ""
    assert f"Another process (pid {first.pid}) is writing" in said
    assert (tmp_path / "made").read_text() == "x"


def test_killed_at_any_moment_and_run_again_the_digest_is_the_same(tmp_path: Path) -> None:
    whole = start(tmp_path / "whole" / "out", 0).communicate()[0]
    killed = start(tmp_path / "cut" / "out", 60)
    wait_for(tmp_path / "cut" / "out.partial-*")
    killed.kill()
    killed.wait()
    assert start(tmp_path / "cut" / "out", 0).communicate()[0] == whole


def test_under_torchrun_rank_0_seals_and_the_others_wait(tmp_path: Path) -> None:
    ranks = [start(tmp_path / "out", 0.5, RANK=str(rank)) for rank in (1, 0)]
    digests = {rank.communicate(timeout=60)[0] for rank in ranks}
    assert len(digests) == 1
    assert digests != {""}
    assert (tmp_path / "made").read_text() == "xx"


def test_the_cache_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path))
    assert art.cache_dir() == tmp_path


def test_the_same_value_is_written_as_the_same_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": ["é"]})
    assert (tmp_path / "a.json").read_bytes() == '{\n "a": [\n  "é"\n ],\n "b": 1\n}\n'.encode()
