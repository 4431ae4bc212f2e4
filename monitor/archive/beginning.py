"""How a run begins: what was before is repaired and told, what runs now is written down."""

from monitor.archive.interruption import take_stock
from monitor.archive.log import AlarmLog
from monitor.archive.session import Session

__all__ = ["begin_run"]


def begin_run(session: Session, log: AlarmLog, origin: str) -> str:
    """Write the first rows of a run.

    Parameters
    ----------
    session, log
        Both open, the run's number given.
    origin
        Where the signal comes from.

    Returns
    -------
    str
        What happened to the session before, in one line; empty for a new one.

    Raises
    ------
    SessionError
        Where a file of an interrupted session cannot be repaired, or the log not be written.
    """
    text = ""
    if session.before is not None:
        interruption = take_stock(session.before)
        text = f"{interruption.text}; run {session.run} begins at {session.offset_s:.1f} s"
        missed_s = session.offset_s - session.before.duration_s
        if missed_s >= 1:
            text += f", {missed_s:.0f} s without monitoring"
        for part in interruption.adopted:
            log.record_part_opened(part)
        for part in interruption.parts:
            log.record_part_closed(part)
        log.record_recovery({**interruption.report(), "text": text})
    told = session.description
    source = told["source"]
    log.describe(
        {
            **{key: told[key] for key in ("software", "engine", "weights", "config_hash")},
            "source": origin,
            "start_time": source["start_time"] or "unknown",
            "sfreq_hz": str(told["config"]["conditioning"]["sfreq"]),
        }
    )
    log.run_began(
        {
            "offset_s": session.offset_s,
            "start_time": source["start_time"],
            "began_utc": told["runs"][-1]["began_utc"],
            "source": source,
            "source_sfreq_hz": source["sfreq_hz"],
            "ch_names": source["ch_names"],
            "montage_notes": told["montage_notes"],
            "config": told["config"],
        }
    )
    session.note_log(log.head)
    return text
