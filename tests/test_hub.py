"""`bedside.hub` against a small local server that speaks the Hub's paths; no other socket is opened."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bedside.artifact import damages, open_artifact
from bedside.errors import ArtifactError, BedsideError
from bedside.hub import find_pulled, pull, require_pulled

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = bytes(range(256)) * 4096
MODEL = {
    "config.json": b'{"model_type": "gemma3"}\n',
    "tokenizer.model": b"\x00\x01pieces",
    "model.safetensors": WEIGHTS,
    "sub/empty.txt": b"",
    "README.md": b"# tiny\n",
    "LICENSE": b"terms\n",
    ".gitattributes": b"*.safetensors filter=lfs\n",
    "training_args.bin": b"a pickle",
    "pytorch_model.bin": b"another pickle",
    "modeling.py": b"import os\n",
    "manifest.json": b"{}",
}
PULLED = {"config.json", "tokenizer.model", "model.safetensors", "sub/empty.txt", "README.md", "LICENSE"}


@dataclass
class Request:
    method: str
    path: str
    authorization: str | None
    start: int


@dataclass
class Hub:
    """What the server holds, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(MODEL))
    token: str | None = None
    gated: bool | str = False
    sent_instead: dict[str, bytes] = field(default_factory=dict)
    page_size: int = 1000
    busy: int = 0
    cut_after: list[int] = field(default_factory=list)
    stall_at: int | None = None
    ranges: bool = True
    large_files_at: str | None = None
    released: threading.Event = field(default_factory=threading.Event)
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def asked(self, part: str, method: str = "GET") -> list[Request]:
        return [r for r in self.requests if part in r.path and r.method == method]


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def is_large(name: str) -> bool:
    return name.endswith(".safetensors")


def listing(files: dict[str, bytes]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{"type": "directory", "path": "sub", "oid": "0" * 40, "size": 0}]
    for name, content in files.items():
        row: dict[str, object] = {
            "type": "file",
            "path": name,
            "size": len(content),
            "oid": git_hash(content),
        }
        if is_large(name):
            row["lfs"] = {
                "oid": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "pointerSize": 134,
            }
        rows.append(row)
    return rows


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, method: str) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        wanted = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0]
        hub = self.hub
        hub.requests.append(Request(method, self.path, self.headers.get("Authorization"), int(wanted)))
        if hub.busy:
            hub.busy -= 1
            self._reply(503, b"busy")
        elif path.startswith("/cdn/"):
            self._file(method, path.removeprefix("/cdn/"), int(wanted))
        elif "/acme/tiny" not in path:
            self._reply(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif "/revision/" in path:
            self._revision(path.split("/revision/")[1])
        elif "/tree/" in path:
            self._tree(int(parse_qs(url.query).get("cursor", ["0"])[0]))
        elif hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
            self._reply(403 if self.headers.get("Authorization") else 401, b"", {"X-Error-Code": "GatedRepo"})
        else:
            self._resolve(method, path.split(f"/resolve/{COMMIT}/")[1], int(wanted))

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _revision(self, revision: str) -> None:
        if revision not in {"main", "refs/pr/1", COMMIT}:
            self._reply(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return
        card = {"license": "other", "license_name": "health-ai-developer-foundations"}
        answer = {"id": "acme/tiny", "sha": COMMIT, "gated": self.hub.gated, "cardData": card}
        self._reply(200, json.dumps(answer).encode())

    def _tree(self, start: int) -> None:
        rows = listing(self.hub.files)
        end = start + self.hub.page_size
        following = f"{self.hub.url}/api/models/acme/tiny/tree/{COMMIT}?recursive=true&cursor={end}"
        link = {"Link": f'<{following}>; rel="next"'} if end < len(rows) else {}
        self._reply(200, json.dumps(rows[start:end]).encode(), link)

    def _resolve(self, method: str, name: str, start: int) -> None:
        if is_large(name) and self.hub.large_files_at:
            content = self.hub.files[name]
            self._reply(
                302,
                b"",
                {
                    "Location": f"{self.hub.large_files_at}/cdn/{name}",
                    "X-Repo-Commit": COMMIT,
                    "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
                    "X-Linked-Size": str(len(content)),
                },
            )
        else:
            self._file(method, name, start)

    def _file(self, method: str, name: str, start: int) -> None:
        hub = self.hub
        content = hub.sent_instead.get(name, hub.files[name])
        start = start if hub.ranges else 0
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{git_hash(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if method == "HEAD":
            return
        if is_large(name) and hub.cut_after:
            self.wfile.write(body[: hub.cut_after.pop(0)])
            self.close_connection = True
        elif is_large(name) and hub.stall_at is not None:
            self.wfile.write(body[: hub.stall_at])
            self.wfile.flush()
            hub.released.wait(60)
        else:
            self.wfile.write(body)


def serve(hub: Hub) -> Iterator[Hub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield hub
    hub.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    yield from serve(Hub())


@pytest.fixture
def cdn() -> Iterator[Hub]:
    yield from serve(Hub())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait before a new attempt, but note for how long it would have been."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_model_is_pulled_whole_and_pinned_to_its_commit(hub: Hub) -> None:
    artifact = pull("model", "acme/tiny")
    held = files_of(artifact.path)
    assert set(held) == PULLED | {"manifest.json"}
    assert all(held[name] == MODEL[name] for name in PULLED)
    assert artifact.kind == "model"
    assert artifact.manifest.config == {"name": "acme/tiny", "commit": COMMIT}
    assert artifact.manifest.figures == {
        "page": "https://huggingface.co/acme/tiny",
        "gated": False,
        "license": "other",
        "license_name": "health-ai-developer-foundations",
    }
    assert damages(artifact) == ()
    assert all(f"/resolve/{COMMIT}/" in request.path for request in hub.asked("/resolve/"))


def test_a_second_pull_downloads_nothing(hub: Hub) -> None:
    first = pull("model", "acme/tiny")
    hub.requests.clear()
    assert pull("model", "acme/tiny") == first
    assert [r.path for r in hub.requests] == ["/api/models/acme/tiny/revision/main"]


def test_a_commit_that_is_here_opens_no_socket(hub: Hub) -> None:
    first = pull("model", "acme/tiny", revision=COMMIT)
    hub.requests.clear()
    assert pull("model", "acme/tiny", revision=COMMIT) == first
    assert hub.requests == []


def test_the_listing_is_read_page_by_page(hub: Hub) -> None:
    hub.page_size = 2
    assert set(files_of(pull("model", "acme/tiny").path)) == PULLED | {"manifest.json"}
    assert len(hub.asked("/tree/")) == 6


def test_a_data_set_comes_without_programs_and_pickles(hub: Hub) -> None:
    hub.files = {"data/a.parquet": b"PAR1", "load.py": b"x", "b.pkl": b"y", "README.md": b"z"}
    artifact = pull("dataset", "acme/tiny")
    assert artifact.kind == "dataset-source"
    assert set(files_of(artifact.path)) == {"data/a.parquet", "README.md", "manifest.json"}
    assert hub.asked(f"/datasets/acme/tiny/resolve/{COMMIT}/data/a.parquet")


def test_pickled_weights_come_only_where_there_are_no_others(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    del hub.files["model.safetensors"]
    held = files_of(pull("model", "acme/tiny").path)
    assert "pytorch_model.bin" in held
    assert "training_args.bin" not in held
    assert "no safetensors weights" in capsys.readouterr().err


def test_a_repository_without_weights_is_refused(hub: Hub) -> None:
    hub.files = {"model-Q4_K_M.gguf": b"GGUF", "README.md": b""}
    with pytest.raises(ArtifactError, match=r"no weights in safetensors form, only \.gguf, \.md"):
        pull("model", "acme/tiny")


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "a\\b.json", "C:evil.json", "a//b.json"])
def test_a_file_name_that_leads_out_of_the_folder_is_refused(hub: Hub, name: str) -> None:
    hub.files[name] = b"{}"
    with pytest.raises(ArtifactError, match="unsafe name"):
        pull("model", "acme/tiny")
    assert not hub.asked("/resolve/")


def test_a_cut_line_is_taken_up_where_it_ended(hub: Hub, waits: list[float]) -> None:
    hub.cut_after = [300_000, 1, 200_000]
    artifact = pull("model", "acme/tiny")
    assert artifact.file("model.safetensors").read_bytes() == WEIGHTS
    assert [r.start for r in hub.asked("model.safetensors")] == [0, 300_000, 300_001, 500_001]
    assert waits == [1.0, 1.0, 1.0]


def test_a_hub_that_sends_no_more_bytes_is_given_up_and_what_came_is_kept(
    hub: Hub, cache: Path, waits: list[float]
) -> None:
    hub.cut_after = [1000, 0, 0, 0, 0, 0]
    with pytest.raises(ArtifactError, match="cannot be reached") as caught:
        pull("model", "acme/tiny")
    assert "bedside pull model acme/tiny" in caught.value.fix
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert [p.stat().st_size for p in cache.rglob("model.safetensors.partial")] == [1000]
    hub.requests.clear()
    artifact = pull("model", "acme/tiny")
    assert artifact.file("model.safetensors").read_bytes() == WEIGHTS
    assert [r.start for r in hub.asked("model.safetensors")] == [1000]
    assert not hub.asked("config.json"), "a finished file was downloaded again"


def test_a_server_without_ranges_starts_the_file_again(hub: Hub, waits: list[float]) -> None:
    hub.cut_after, hub.ranges = [300_000], False
    assert pull("model", "acme/tiny").file("model.safetensors").read_bytes() == WEIGHTS
    assert waits == [1.0]


def test_a_killed_download_goes_on(hub: Hub, cache: Path) -> None:
    hub.stall_at = 400_000
    program = "from bedside.hub import pull; pull('model', 'acme/tiny')"
    process = subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"HF_ENDPOINT": hub.url})
    deadline = time.monotonic() + 60
    while not any(p.stat().st_size >= 300_000 for p in cache.rglob("*.partial") if p.is_file()):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert find_pulled("acme/tiny") is None
    hub.released.set()
    hub.stall_at = None
    hub.requests.clear()
    artifact = pull("model", "acme/tiny")
    assert artifact.file("model.safetensors").read_bytes() == WEIGHTS
    (request,) = hub.asked("model.safetensors")
    assert request.start >= 300_000


def test_a_busy_hub_is_asked_again(hub: Hub, waits: list[float]) -> None:
    hub.busy = 2
    assert pull("model", "acme/tiny").file("config.json")
    assert waits == [1.0, 2.0]


def test_a_hub_that_stays_busy_is_given_up(hub: Hub, waits: list[float]) -> None:
    hub.busy = 100
    with pytest.raises(ArtifactError, match="503"):
        pull("model", "acme/tiny")
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_with_another_hash_is_removed_and_can_be_pulled_anew(hub: Hub, cache: Path, name: str) -> None:
    altered = bytearray(MODEL[name])
    altered[3] ^= 1
    hub.sent_instead[name] = bytes(altered)
    with pytest.raises(ArtifactError, match=f"{name} of acme/tiny came with another hash"):
        pull("model", "acme/tiny")
    assert find_pulled("acme/tiny") is None
    assert not list(cache.rglob(f"{name}*"))
    hub.sent_instead.clear()
    assert pull("model", "acme/tiny").file(name).read_bytes() == MODEL[name]


def test_a_finished_file_that_was_damaged_meanwhile_is_downloaded_again(
    hub: Hub, cache: Path, waits: list[float]
) -> None:
    hub.cut_after = [1000, 0, 0, 0, 0, 0]
    with pytest.raises(ArtifactError):
        pull("model", "acme/tiny")
    (config,) = cache.rglob("config.json")
    config.write_bytes(b"{}" + config.read_bytes()[2:])
    assert pull("model", "acme/tiny").file("config.json").read_bytes() == MODEL["config.json"]


def test_a_gated_model_names_its_terms_and_the_token(hub: Hub) -> None:
    hub.token, hub.gated = "hf_right", "manual"
    with pytest.raises(ArtifactError, match=r"gated\. HF_TOKEN is not set") as caught:
        pull("model", "acme/tiny")
    assert "https://huggingface.co/acme/tiny" in caught.value.fix
    assert "https://huggingface.co/settings/tokens" in caught.value.fix


def test_a_token_without_access_names_the_terms(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "hf_right"
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(ArtifactError, match="account of HF_TOKEN has not been granted") as caught:
        pull("model", "acme/tiny")
    assert "https://huggingface.co/acme/tiny with that account" in caught.value.fix


def test_the_token_opens_a_gated_model_and_its_terms_are_named(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.token, hub.gated = "hf_right", "auto"
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    artifact = pull("model", "acme/tiny")
    assert artifact.manifest.figures["gated"] == "auto"
    assert "stands under the terms at https://huggingface.co/acme/tiny" in capsys.readouterr().err
    assert "hf_right" not in (artifact.path / "manifest.json").read_text()


def test_the_token_is_not_sent_to_the_host_the_hub_redirects_to(
    hub: Hub, cdn: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token, hub.large_files_at = "hf_right", cdn.url
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    artifact = pull("model", "acme/tiny")
    assert artifact.file("model.safetensors").read_bytes() == WEIGHTS
    assert {request.authorization for request in hub.requests} == {"Bearer hf_right"}
    assert [request.authorization for request in cdn.requests] == [None]


def test_an_unknown_repository_and_an_unknown_revision_are_told_apart(hub: Hub) -> None:
    with pytest.raises(ArtifactError, match=r"shows no model 'acme/other'.*HF_TOKEN is not set"):
        pull("model", "acme/other")
    with pytest.raises(ArtifactError, match="acme/tiny has no revision 'v9'"):
        pull("model", "acme/tiny", revision="v9")


@pytest.mark.parametrize("name", ["tiny", "acme/tiny/x", "../tiny", "acme/..", "a b/c"])
def test_a_name_that_is_none_is_refused(hub: Hub, name: str) -> None:
    with pytest.raises(ArtifactError, match="not the name of a model"):
        pull("model", name)
    assert hub.requests == []


def test_no_network_is_said_at_once(waits: list[float]) -> None:
    with pytest.raises(ArtifactError, match=r"http://127\.0\.0\.1:1 cannot be reached.*ConnectError"):
        pull("model", "acme/tiny", endpoint="http://127.0.0.1:1")
    assert waits == []


def test_a_login_page_in_the_way_is_named(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "_revision", lambda self, _: self._reply(200, b"<html>please log in</html>"))
    with pytest.raises(ArtifactError, match="did not answer as the Hub does"):
        pull("model", "acme/tiny")


def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "hub.example")
    with pytest.raises(ArtifactError, match=r"'hub\.example' is not a web address"):
        pull("model", "acme/tiny")


def test_too_small_a_disk_is_told_before_the_download(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(BedsideError, match=r"has 1\.0 MB left; pulling acme/tiny will need 1\.1 MB"):
        pull("model", "acme/tiny")
    assert not hub.asked("/resolve/")


def test_pulled_folders_are_found_offline(hub: Hub, cache: Path, tmp_path: Path) -> None:
    assert find_pulled("acme/tiny") is None
    with pytest.raises(ArtifactError) as caught:
        require_pulled("acme/tiny", "refs/pr/1")
    assert caught.value.fix == "bedside pull model acme/tiny --revision refs/pr/1"
    path = pull("model", "acme/tiny", revision="refs/pr/1").path
    hub.requests.clear()
    assert find_pulled("acme/tiny", "refs/pr/1") == path
    assert find_pulled("acme/tiny", COMMIT) == path
    assert find_pulled("acme/tiny") == path, "the only pulled commit"
    assert require_pulled("acme/tiny") == path
    assert find_pulled("acme/tiny", "main") is None
    assert find_pulled("acme/tiny", kind="dataset") is None
    assert find_pulled(str(tmp_path)) is None
    assert open_artifact(path, "model").path == path
    assert hub.requests == []


def test_a_folder_of_ones_own_may_be_chosen(tmp_path: Path) -> None:
    artifact = pull("model", "acme/tiny", out_dir=tmp_path / "base")
    assert artifact.path == tmp_path / "base"
    assert find_pulled("acme/tiny") is None


def test_the_test_server_is_understood_by_the_hubs_own_client(
    hub: Hub, cdn: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggingface_hub = pytest.importorskip("huggingface_hub")
    hub.large_files_at = cdn.url
    folder = huggingface_hub.snapshot_download(
        "acme/tiny", endpoint=hub.url, local_dir=tmp_path / "theirs", cache_dir=tmp_path / "c", token=False
    )
    theirs = files_of(Path(folder))
    ours = files_of(pull("model", "acme/tiny").path)
    assert all(theirs[name] == ours[name] for name in PULLED)
