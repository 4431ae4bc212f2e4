"""The recording a session is made of, what is meddled with in it, and what is found out."""

import json

from monitor.archive.verify import verify_session
from tests.edf_files import edf_bytes
from tests.monitor_fakes import bursts, signals


def bed_recording(folder):
    """Write 130 s of EEG with two seizures; return the file."""
    edf = folder / "bed.edf"
    edf.write_bytes(edf_bytes(signals(bursts(256 * 130, at_s=[(30, 40), (90, 101)]), 256)))
    return edf


def change_json(session, change):
    path = session / "session.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def flip(path, place, mask=0x01):
    raw = bytearray(path.read_bytes())
    raw[place] ^= mask
    path.write_bytes(raw)


def faults(session):
    found = verify_session(session)
    assert all(fault and "\n" not in fault for fault in found.faults)
    assert found.verdict == ("fault" if found.faults else "sound")
    return found.faults


def only_fault(session):
    (fault,) = faults(session)
    return fault
