"""Real recordings, where they lie beside the repository; and no thread outlives its test."""

import tarfile
import threading
from pathlib import Path

import pytest

ARCHIVE = Path(__file__).parents[2] / "shared" / "data" / "eeg-bids.tar.xz"


@pytest.fixture(autouse=True)
def threads_end_with_their_test():
    """A thread that goes on may write to what the next step has closed."""
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("vigil-")]
    assert left == []


@pytest.fixture(scope="session")
def real_recordings(tmp_path_factory):
    """A referential recording of 62 s at 500 Hz, and a bipolar composite of 847 s at 256 Hz."""
    if not ARCHIVE.exists():
        pytest.skip(f"real recordings are not at {ARCHIVE}")
    wanted = {
        "sub-eegmat00_task-arithmetic_run-02_eeg.edf",
        "sub-chb01_task-szMonitoring_run-00_eeg.edf",
    }
    folder, found = tmp_path_factory.mktemp("real"), {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            name = Path(member.name).name
            if name in wanted:
                found[name[4:9]] = folder / name
                found[name[4:9]].write_bytes(archive.extractfile(member).read())
            if len(found) == len(wanted):
                return found
    pytest.skip(f"{ARCHIVE} lacks {', '.join(wanted)}")
