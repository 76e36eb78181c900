"""Pictures in tar shards: what rows name is unpacked, once, and nothing an archive says leads outside."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from bedside.dataset.imports import UNPACKED, ImportSource, archives, chunks, gather, prepare
from bedside.errors import DataError
from imported_files import imported, png, write_rows

TURNS = [{"from": "human", "value": "Is it?"}, {"from": "gpt", "value": "It is."}]


def shard(path, members):
    """Write a tar archive of names with bytes, or with a TarInfo."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name = name
            data = b"" if isinstance(content, tarfile.TarInfo) else content
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def source_of(tmp_path, names, *shards):
    path = write_rows(tmp_path / "rows.json", [{"image": name, "conversations": TURNS} for name in names])
    return ImportSource(kind="import", path=path, format="ecginstruct", images=shards)


def shown(examples, out):
    return [(out / example.images[0]).read_bytes() for example in examples]


def test_pictures_from_several_shards(tmp_path):
    first = shard(tmp_path / "shard_0.tar.gz", {"mimic/a.png": png(1), "mimic/unwanted.png": png(2)})
    second = shard(tmp_path / "shard_1.tar", {"./all/ptb-xl/00001_hr-0.png": png(3), "b.png": png(4)})
    names = ["mimic/a.png", "ptb-xl/00001_hr-0.png", "code15/b.png"]
    examples, dropped = imported(source_of(tmp_path, names, first, second), tmp_path / "out")
    assert dropped == []
    assert shown(examples, tmp_path / "out") == [png(1), png(3), png(4)]
    assert not list((tmp_path / "out" / UNPACKED).rglob("unwanted.png"))


def test_a_folder_and_a_shard(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.png").write_bytes(png(1))
    archive = shard(tmp_path / "shard_0.tar.gz", {"a.png": png(2), "b.png": png(3)})
    examples, _ = imported(
        source_of(tmp_path, ["a.png", "b.png"], tmp_path / "folder", archive), tmp_path / "out"
    )
    assert shown(examples, tmp_path / "out") == [png(1), png(3)]


def link(kind, target):
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def test_members_that_lead_outside_are_passed_over(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(9))
    archive = shard(
        tmp_path / "shard_0.tar.gz",
        {
            "../up.png": png(1),
            "/tmp/absolute.png": png(2),
            "x/../../dots.png": png(3),
            "symbolic.png": link(tarfile.SYMTYPE, str(secret)),
            "hard.png": link(tarfile.LNKTYPE, str(secret)),
            "device.png": link(tarfile.CHRTYPE, ""),
            "good.png": png(4),
        },
    )
    names = ["good.png", "up.png", "absolute.png", "dots.png", "symbolic.png", "hard.png", "device.png"]
    examples, dropped = imported(source_of(tmp_path, names, archive), tmp_path / "out")
    assert shown(examples, tmp_path / "out") == [png(4)]
    assert [item.reason for item in dropped] == ["a picture is not found"] * 6
    assert not (tmp_path / "up.png").exists()


def test_a_shard_is_not_read_again(tmp_path, monkeypatch):
    archive = shard(tmp_path / "shard_0.tar.gz", {"a.png": png(1)})
    source, out = source_of(tmp_path, ["a.png"], archive), tmp_path / "out"
    first = prepare(source, folder=out)
    monkeypatch.setattr(tarfile, "open", lambda *_, **__: pytest.fail("read again"))
    assert prepare(source, folder=out) == first


def test_a_shard_that_was_not_finished_is_read_again(tmp_path, monkeypatch):
    shards = [shard(tmp_path / f"shard_{n}.tar.gz", {f"{n}.png": png(n)}) for n in range(2)]
    source, out = source_of(tmp_path, ["0.png", "1.png"], *shards), tmp_path / "out"
    read = archives._extract
    monkeypatch.setattr(archives, "_extract", lambda a, *more: read(a, *more) if "0" in a.name else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare(source, folder=out)
    monkeypatch.setattr(archives, "_extract", lambda a, *more: read(a, *more) if "1" in a.name else 1 / 0)
    chunk = chunks(prepare(source, folder=out))[0]
    assert shown(gather(chunk, folder=out).examples, out) == [png(0), png(1)]


def test_two_files_of_one_name_do_not_meet(tmp_path):
    found = []
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        archive = shard(tmp_path / str(number) / "shard_0.tar.gz", {"a.png": png(number)})
        found += imported(source_of(tmp_path / str(number), ["a.png"], archive), tmp_path / "out")[0]
    assert shown(found, tmp_path / "out") == [png(0), png(1)]


def test_an_archive_that_is_cut_off_is_refused(tmp_path):
    archive = shard(tmp_path / "shard_0.tar.gz", {f"{n}.png": png(n) for n in range(50)})
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(DataError, match="cannot be unpacked"):
        prepare(source_of(tmp_path, ["49.png"], archive), folder=tmp_path / "out")


def test_a_header_that_asks_for_all_memory_is_refused(tmp_path):
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 32
    (tmp_path / "shard_0.tar").write_bytes(info.tobuf() + bytes(4096))
    with pytest.raises(DataError, match="header of"):
        prepare(source_of(tmp_path, ["a.png"], tmp_path / "shard_0.tar"), folder=tmp_path / "out")


def test_an_archive_holds_no_rows(tmp_path):
    archive = shard(tmp_path / "shard_0.tar.gz", {"a.png": png(1)})
    source = ImportSource(kind="import", path=archive, format="ecginstruct")
    assert source.paths == (archive,)
    with pytest.raises(DataError, match="holds pictures, not rows"):
        prepare(source, folder=tmp_path / "out")


def test_what_is_neither_folder_nor_archive(tmp_path):
    with pytest.raises(DataError, match="neither a folder nor a tar archive"):
        prepare(source_of(tmp_path, ["a.png"], tmp_path / "absent"), folder=tmp_path / "out")


def test_rows_that_grow_beyond_measure(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_SPARE_BYTES", 1000)
    path = tmp_path / "rows.json.gz"
    path.write_bytes(gzip.compress(bytes(5_000_000)))
    with pytest.raises(DataError, match="unpacks to more than"):
        prepare(ImportSource(kind="import", path=path, format="sharegpt"), folder=tmp_path / "out")


def test_one_picture_for_many_rows_is_kept_once(tmp_path):
    archive = shard(tmp_path / "shard_0.tar.gz", {"a.png": png(1)})
    examples, _ = imported(source_of(tmp_path, ["a.png"] * 4, archive), tmp_path / "out")
    assert len({example.images for example in examples}) == 1
    assert len(list((tmp_path / "out" / "images").iterdir())) == 1


@pytest.mark.parametrize("name", ["rows.json", "rows.json.gz"])
def test_pictures_beside_the_file_count_as_input(name, tmp_path):
    (tmp_path / "a.png").write_bytes(png(1))
    path = write_rows(
        tmp_path / name, [{"image": it, "conversations": TURNS} for it in ("a.png", "absent.png")]
    )
    source = ImportSource(kind="import", path=path, format="ecginstruct")
    assert source.paths == (path, tmp_path / "a.png")
    examples, dropped = imported(source, tmp_path / "out")
    assert shown(examples, tmp_path / "out") == [png(1)]
    assert len(dropped) == 1
