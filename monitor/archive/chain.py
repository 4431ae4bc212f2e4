"""The chain that makes a changed log show: each row carries the digest of the one before.

There is no secret in it. Whoever rewrites every row from some point on gets a chain that holds;
what gives them away is the last digest, if it was noted elsewhere.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from numbers import Integral
from typing import Any

__all__ = ["GENESIS", "LINKED_COLUMNS", "canonical_json", "check_chain", "digest"]

GENESIS = "0" * 64
"""What the first row has in place of a digest before it."""

LINKED_COLUMNS = ("seq", "run", "logged_utc", "kind", "body")
"""What a row's digest covers, in this order, beside the digest before it."""


def canonical_json(values: Mapping[str, Any]) -> str:
    """Write values in the one way that is hashed: keys sorted, no blanks, no NaN.

    Times become UTC in milliseconds, numbers that are not finite null. A lone surrogate, which a
    file name may hold, cannot be stored and becomes a question mark.
    """
    text = json.dumps(
        _plain(values), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str | bool | None):
        return value
    if isinstance(value, datetime):
        time = value if value.tzinfo is None else value.astimezone(UTC)
        return time.isoformat(timespec="milliseconds")
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    number = int(value) if isinstance(value, Integral) else float(value)
    return number if math.isfinite(number) else None


def digest(previous: bytes, columns: Sequence[bytes]) -> str:
    """Return the SHA-256 of a row, as hexadecimal digits.

    Every field is preceded by its length in bytes and a colon, and followed by a comma, so that no
    byte can move from one field to the next.

    Parameters
    ----------
    previous
        The digest of the row before, as hexadecimal digits.
    columns
        The values of :data:`LINKED_COLUMNS`; numbers in decimal digits, texts in UTF-8.
    """
    joined = b"".join(b"%d:%s," % (len(field), field) for field in (previous, *columns))
    return hashlib.sha256(joined).hexdigest()


def check_chain(rows: Iterable[Sequence[bytes]], n_given_out: int) -> list[str]:
    """Follow the chain; return what is wrong with it, a line each, naming the row.

    Parameters
    ----------
    rows
        ``seq, run, logged_utc, kind, body, previous, hash`` as stored, in the order of ``seq``.
    n_given_out
        The highest row number that was ever given out.
    """
    faults = []
    due, previous = 1, GENESIS.encode()
    for row in rows:
        *columns, linked, stored = row
        try:
            seq = int(columns[0])
        except ValueError:
            seq = -1
        if seq > due:
            faults.append(_missing(due, seq - 1))
        elif seq < due:
            faults.append(f"row {seq}: stands where row {due} should")
        elif linked != previous:
            faults.append(f"row {seq}: does not follow upon the row before it")
        if digest(linked, columns).encode() != stored:
            faults.append(f"row {seq}: was changed after it was written")
        due, previous = max(due, seq + 1), stored
    if n_given_out >= due:
        faults.append(_missing(due, n_given_out))
    return faults


def _missing(first: int, last: int) -> str:
    return f"row {first}: missing" if first == last else f"rows {first} to {last}: missing"
