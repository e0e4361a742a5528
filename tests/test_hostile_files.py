"""Files that mean harm are refused: nothing of another file is read, nothing large is allocated, nothing is left."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from jedi.dataset import Dataset, load_dataset
from jedi.errors import JediError
from jedi.recordings import describe_in_process, import_in_process, import_recording
from tests.nwb_files import poisson, rows, write_nwb

SECRET = 7.125


def secret(folder: Path) -> Path:
    """Another file of the server, with numbers that must not come out."""
    path = folder / "secret.h5"
    with h5py.File(path, "w") as file:
        file["times"] = np.full(10, SECRET)
        file["activity"] = np.full((2, 5, 3), SECRET, np.float32)
    (folder / "secret.raw").write_bytes(np.full(200, SECRET).tobytes())
    return path


def nwb(folder: Path) -> Path:
    return write_nwb(folder / "a.nwb", [poisson(20, 30)], rows(np.arange(2, 22, 2.0)))


def dataset(folder: Path) -> Path:
    Dataset(np.ones((2, 5, 3), np.float32), np.ones((2, 5), bool), 0.01, "rates").save(folder / "d.h5")
    return folder / "d.h5"


def replaced(path: Path, place: str, make: Callable[[h5py.File, str], Any]) -> Path:
    """The file with `make` having put something else at `place`."""
    with h5py.File(path, "r+") as file:
        if place in file:
            del file[place]
        make(file, place)
    return path


def external_link(file: h5py.File, place: str) -> None:
    target = "activity" if place == "activity" else "times"
    file[place] = h5py.ExternalLink("secret.h5", target)


def external_storage(file: h5py.File, place: str) -> None:
    shape = (2, 5, 3) if place == "activity" else (10,)
    file.create_dataset(place, shape, "f8", external=[("secret.raw", 0, h5py.h5f.UNLIMITED)])


def virtual_dataset(file: h5py.File, place: str) -> None:
    shape, name = ((2, 5, 3), "activity") if place == "activity" else ((10,), "times")
    layout = h5py.VirtualLayout(shape, "f8")
    layout[...] = h5py.VirtualSource("secret.h5", name, shape)
    file.create_virtual_dataset(place, layout)


def hidden_link(file: h5py.File, place: str) -> None:
    """A soft link inside that leads over an external link elsewhere."""
    file.create_group("hidden")["door"] = h5py.ExternalLink("secret.h5", "/")
    file[place] = h5py.SoftLink("/hidden/door/" + ("activity" if place == "activity" else "times"))


def file_mounted_elsewhere(file: h5py.File, place: str) -> None:
    file["elsewhere"] = h5py.ExternalLink("secret.h5", "/")


ATTACKS = [external_link, external_storage, virtual_dataset, hidden_link, file_mounted_elsewhere]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", ["units/spike_times", "intervals/trials/start_time", "units/location"])
def test_nothing_of_another_file_comes_in_by_a_recording(tmp_path: Path, attack: Any, place: str) -> None:
    secret(tmp_path)
    path = replaced(nwb(tmp_path), place, attack)
    message = r"external link|external storage|virtual dataset"
    if place == "units/spike_times":
        refused_everywhere(path, tmp_path, message)
    with pytest.raises(JediError, match=message):
        import_recording(path)


@pytest.mark.parametrize("attack", [external_link, external_storage, virtual_dataset, hidden_link])
def test_nothing_of_another_file_comes_in_by_a_dataset(tmp_path: Path, attack: Any) -> None:
    secret(tmp_path)
    path = replaced(dataset(tmp_path), "activity", attack)
    with pytest.raises(JediError, match=r"external link|external storage|virtual dataset"):
        load_dataset(path)


def refused_everywhere(path: Path, folder: Path, message: str) -> None:
    """Refused by every door, in one line without the secret, with nothing left behind."""
    before = sorted(p.name for p in folder.iterdir())
    out = folder / "out.h5"
    for attempt in (
        lambda: import_recording(path),
        lambda: import_in_process(path, out),
        lambda: describe_in_process(path),
    ):
        with pytest.raises(JediError, match=message) as caught:
            attempt()
        assert "\n" not in str(caught.value)
        assert str(SECRET) not in str(caught.value)
    assert sorted(p.name for p in folder.iterdir()) == before


def test_soft_links_inside_the_file_are_followed(tmp_path: Path) -> None:
    path = nwb(tmp_path)
    expected = import_recording(path).content_hash()
    with h5py.File(path, "r+") as file:
        file.move("units/spike_times", "elsewhere")
        file["units/spike_times"] = h5py.SoftLink("/elsewhere")
        file["units/dangling"] = h5py.SoftLink("/nowhere")
    assert import_recording(path).content_hash() == expected


def test_cyclic_links_do_not_trap_the_reader(tmp_path: Path) -> None:
    path = nwb(tmp_path)
    with h5py.File(path, "r+") as file:
        file["units/itself"] = file["units"]  # hard
        file["intervals/up"] = file["/"]
        file["units/round"] = h5py.SoftLink("/units/round")
        file["units/location"] = h5py.SoftLink("/units/location")
    with pytest.raises(JediError, match="leads nowhere"):
        import_recording(path)
    with h5py.File(path, "r+") as file:
        del file["units/location"], file["units/round"]
    assert import_recording(path).K == 10


@contextmanager
def cheaply() -> Iterator[None]:
    """Within two seconds and 100 MB, whatever the file says."""
    tracemalloc.start()
    begun = time.monotonic()
    try:
        yield
        assert time.monotonic() - begun < 2
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("place", ["units/spike_times", "units/spike_times_index", "intervals/trials/start_time"])
@pytest.mark.parametrize("chunks", [None, (1 << 20,)])
def test_a_terabyte_declared_in_a_kilobyte_is_refused_at_once(tmp_path: Path, place: str, chunks: Any) -> None:
    def bomb(file: h5py.File, place: str) -> None:
        create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        if chunks:
            create.set_chunk(chunks)
        space = h5py.h5s.create_simple((1 << 39,))
        h5py.h5d.create(file.id, place.encode(), h5py.h5t.NATIVE_DOUBLE, space, create)

    path = replaced(nwb(tmp_path), place, bomb)
    assert path.stat().st_size < 100_000
    with cheaply(), pytest.raises(JediError, match=r"declares 4\.4 TB|549755813888 rows of 10"):
        import_recording(path)


def test_a_dataset_that_declares_terabytes_is_refused_before_any_allocation(tmp_path: Path) -> None:
    path = tmp_path / "bomb.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update({"format_version": 1, "dt": 0.01})
        file.create_dataset("activity", (10**6, 1000, 1000), "f4", chunks=(1, 1000, 1000)).attrs["kind"] = "rates"
    assert path.stat().st_size < 10_000
    with cheaply(), pytest.raises(JediError, match="declares 4 TB"):
        load_dataset(path)


def test_gigabytes_of_packed_zeros_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update({"format_version": 1, "dt": 0.01})
        big = file.create_dataset("activity", (400, 1000, 1000), "u1", chunks=(1, 1000, 1000), compression="gzip")
        big.attrs["kind"] = "counts"
        for k in range(400):
            big[k] = 0
    assert path.stat().st_size < 1_000_000
    with cheaply(), pytest.raises(JediError, match=r"declares 1\.6 GB"):
        load_dataset(path)


def test_filters_that_are_not_built_in_are_refused(tmp_path: Path) -> None:
    def with_filter(file: h5py.File, place: str) -> None:
        create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        create.set_chunk((10,))
        create.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple((10,))
        h5py.h5d.create(file.id, place.encode(), h5py.h5t.NATIVE_DOUBLE, space, create)

    path = replaced(nwb(tmp_path), "units/spike_times", with_filter)
    replaced(path, "units/spike_times_index", lambda file, place: file.__setitem__(place, np.array([10])))
    with pytest.raises(JediError, match="compressed by filter 32015, which is not read here: repack it with gzip"):
        import_recording(path)


@pytest.mark.parametrize("ends", [[10**9], [-1], [600, 5], [2**63]])
def test_an_index_that_does_not_fit_is_refused(tmp_path: Path, ends: list[int]) -> None:
    path = write_nwb(tmp_path / "a.nwb", [poisson(20, 30)] * len(ends), rows(np.arange(2, 22, 2.0)))
    kind = np.uint64 if max(ends) >= 2**63 else np.int64
    replaced(path, "units/spike_times_index", lambda file, place: file.__setitem__(place, np.array(ends, kind)))
    with pytest.raises(JediError, match="spike_times_index does not fit"):
        import_recording(path)


def test_a_million_rows_that_share_one_long_text_are_refused(tmp_path: Path) -> None:
    count = 2000
    path = write_nwb(tmp_path / "a.nwb", [poisson(20, 30)], rows(np.linspace(2, 22, count), 0.01, result=["R"] * count))
    with h5py.File(path, "r+") as file:
        file["intervals/trials/result"][:] = np.array(["x"] * (count - 1) + ["y" * 200_000], object)
        column = file["intervals/trials/result"]
        place, size = column.id.get_offset(), column.id.get_storage_size()
    raw = bytearray(path.read_bytes())
    last = bytes(raw[place + size - 16 : place + size])  # a reference to the long text in the file's heap
    raw[place : place + size] = last * count
    path.write_bytes(raw)
    with pytest.raises(JediError, match=r"more than 67\.1 MB of text"):
        import_recording(path)


# -- NPZ ------------------------------------------------------------------------------------------------------------


def npy_header(shape: str, kind: str = "'<f8'") -> bytes:
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def small_arrays(**more: bytes) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    for name, array in {"activity": np.ones((2, 3, 4)), "dt": np.array(0.1)}.items():
        buffer = io.BytesIO()
        np.save(buffer, array)
        members[f"{name}.npy"] = buffer.getvalue()
    return members | more


def test_eight_gigabytes_declared_in_200_bytes_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", small_arrays(**{"activity.npy": npy_header("(1000, 1000, 1000)")}))
    refused_everywhere(path, tmp_path, "declares 8 GB .* but holds 0 bytes")


def test_a_zip_whose_directory_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", {"activity.npy": npy_header("(1000, 1000, 1000)")}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    entry = raw.index(b"PK\x01\x02")
    struct.pack_into("<II", raw, entry + 20, 4_000_000_000, 4_000_000_000)
    path.write_bytes(raw)
    refused_everywhere(path, tmp_path, "says that it takes 4,000,000,000 bytes")


def test_gigabytes_of_zeros_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("activity.npy", npy_header("(1000, 1000, 400)", "'|u1'") + bytes(400_000_000))
    assert path.stat().st_size < 1_000_000
    with cheaply(), pytest.raises(JediError, match="declares 400 MB and stores"):
        import_recording(path)


class Canary:
    """Leaves a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, tuple[str, int]]:
        return os.open, (self.path, os.O_CREAT | os.O_WRONLY)


def test_objects_in_an_archive_are_never_loaded(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    np.savez(tmp_path / "a.npz", activity=np.ones((2, 3, 4)), dt=0.1, extra=np.array([Canary(canary)] * 2, object))
    refused_everywhere(tmp_path / "a.npz", tmp_path, "holds Python objects, which are never loaded")
    assert not canary.exists()


@pytest.mark.parametrize(
    "header",
    [
        npy_header("(2, -3, 4)"),
        npy_header("(2, 3.0, 4)"),
        npy_header("None"),
        npy_header("(2, 3, 4)", "[('a', '<f8')]"),
        npy_header("(2, 3, 4)", "'|V100000'"),
        npy_header("(2, 3, 4)", "__import__('os').getcwd()"),
        npy_header("(" * 3000),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        b"\x93NUMPY\x09\x00",
        b"",
    ],
)
def test_headers_that_are_none_are_refused(tmp_path: Path, header: bytes) -> None:
    path = archive(tmp_path / "a.npz", small_arrays(**{"activity.npy": header}))
    with pytest.raises(JediError, match=r"a\.npz"):
        import_recording(path)


@pytest.mark.parametrize("member", ["../evil.npy", "/etc/evil.npy", "a/b.npy"])
def test_names_in_an_archive_touch_no_file(tmp_path: Path, member: str) -> None:
    path = archive(tmp_path / "a.npz", small_arrays(**{member: small_arrays()["dt.npy"]}))
    assert import_recording(path).shape == (2, 3, 4)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each try needs a forked process")
@pytest.mark.parametrize("form", ["nwb", "dataset", "npz"])
def test_damage_anywhere_is_refused_or_read_but_never_an_unforeseen_error(tmp_path: Path, form: str) -> None:
    make = {"nwb": nwb, "dataset": dataset, "npz": lambda folder: archive(folder / "a.npz", small_arrays())}[form]
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "tests.damage_files", str(make(tmp_path)), "0", "80"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=300)
    outcomes = json.loads(done.stdout)
    assert sum(outcomes.values()) == 80
    unforeseen = {what for what in outcomes if what not in ("read", "refused") and not what.startswith("ended by")}
    assert not unforeseen
    assert outcomes["refused"] > 20


# -- the process of its own -----------------------------------------------------------------------------------------


def test_an_import_in_a_process_is_the_same_and_says_how_far_it_is(tmp_path: Path) -> None:
    path, out, said = nwb(tmp_path), tmp_path / "new" / "d.h5", []
    report = import_in_process(path, out, {"window": (0.0, 1.0), "bin": 0.02}, on_progress=said.append)
    assert report["shape"] == [10, 50, 1]
    assert report["hash"] == load_dataset(out).content_hash()
    assert report["hash"] == import_recording(path, window=(0.0, 1.0), bin=0.02).content_hash()
    assert any("units" in text for text in said)
    assert [p.name for p in out.parent.iterdir()] == ["d.h5"]
    assert describe_in_process(path)["units"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
def test_a_process_that_needs_too_much_memory_is_stopped(tmp_path: Path) -> None:
    path = write_nwb(tmp_path / "a.nwb", [poisson(20, 300)] * 20, rows(np.linspace(0, 290, 3000)))
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(JediError, match="needs more than 1 GB of memory"):
        import_in_process(path, tmp_path / "d.h5", {"window": (0, 10), "bin": 0.002}, memory_bytes=10**9)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_process_that_takes_too_long_is_stopped_and_leaves_the_old_file(tmp_path: Path) -> None:
    path, out = nwb(tmp_path), tmp_path / "d.h5"
    out.write_bytes(b"old")
    begun = time.monotonic()
    with pytest.raises(JediError, match=r"was not read within 0\.05 s"):
        import_in_process(path, out, seconds=0.05)
    assert time.monotonic() - begun < 5
    assert out.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nwb", "d.h5"]


def test_a_recording_is_not_written_over_itself(tmp_path: Path) -> None:
    path = nwb(tmp_path)
    copy = shutil.copy(path, tmp_path / "copy")
    with pytest.raises(JediError, match="would be written over itself"):
        import_in_process(path, path)
    assert path.read_bytes() == Path(copy).read_bytes()
    with pytest.raises(JediError, match="is a folder"):
        import_in_process(path, tmp_path)
