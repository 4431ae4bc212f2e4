"""Review of a recorded session: opens it, and hands the window what it needs."""

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from core.config import Config
from core.display_montage import DisplayMontage
from core.errors import MontageError, SessionError
from core.montage import plan_montage
from monitor.archive.conditioned import ConditionedSignal
from monitor.archive.record import SessionRecord
from monitor.archive.verdicts import ReviewDesk
from monitor.display import require_display
from monitor.stop_signals import stop_on_signals
from monitor.views.review.facts import SessionFacts

__all__ = ["ReviewOptions", "facts_of", "review", "session_config"]


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What to review and how.

    Attributes
    ----------
    folder
        The session folder.
    reviewer
        Who reviews; None: whoever did last, else the window asks.
    montages
        Further ones to offer.
    screenshot, after_s
        A picture of the window is written there so many seconds behind its opening, and the
        window is closed.
    """

    folder: Path
    reviewer: str | None = None
    montages: tuple[DisplayMontage, ...] = ()
    screenshot: Path | None = None
    after_s: float = 10.0


def review(options: ReviewOptions) -> None:
    """Show a session until the window is closed; each verdict is logged as it is given.

    Raises
    ------
    VigilError
        Where the session cannot be opened or is in use, the reviewer has no name, the picture would
        lie inside the session, or there is no display.
    """
    reviewer = "" if options.reviewer is None else " ".join(options.reviewer.split())
    if options.reviewer is not None and not reviewer:
        raise SessionError("the reviewer's name is empty; a verdict needs a name or initials")
    picture = options.screenshot
    if picture is not None and options.folder.resolve() in picture.resolve().parents:
        raise SessionError(f"{picture}: lies inside the session; choose a place outside it")
    require_display("set DISPLAY")
    with closing(ReviewDesk(options.folder)) as desk:
        config = session_config(desk.record)
        # Imported here, so that Qt is not loaded for a session that cannot be opened.
        from monitor.views.review.run import ReviewRun

        run = ReviewRun(
            facts_of(desk, config),
            config.events,
            ConditionedSignal(desk.record, config),
            desk.give,
            reviewer=reviewer,
            montages=options.montages,
            screenshot=options.screenshot,
            after_s=options.after_s,
        )
        try:
            with stop_on_signals(run.close):
                run.execute()
        finally:
            run.discard()


def facts_of(desk: ReviewDesk, config: Config) -> SessionFacts:
    """Return what the window shows of a session besides its signal."""
    record = desk.record
    return SessionFacts(
        name=record.folder.resolve().name,
        duration_s=record.duration_s,
        weights=str(record.description.get("weights", "unknown")),
        state=str(record.description.get("state", "unknown")),
        conversions=_conversions(record, config),
        runs=record.runs,
        alarms=record.alarms,
        technical=record.technical,
        notes=record.notes,
        verdicts=desk.verdicts,
    )


def session_config(record: SessionRecord) -> Config:
    """Return the settings that a session ran with.

    Raises
    ------
    SessionError
        Where ``session.json`` does not tell them, or this program does not know them.
    """
    try:
        return Config.model_validate(record.description["config"])
    except KeyError:
        raise SessionError(f"{record.folder / 'session.json'}: no config in it") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SessionError(
            f"{record.folder / 'session.json'}: config.{place}: {first['msg']}"
        ) from error


def _conversions(record: SessionRecord, config: Config) -> tuple[str, ...]:
    """Return how the electrodes were derived from the channels of each part.

    ``session.json`` tells it too, but beside the name of the stream, which may be a patient's.
    """
    notes: dict[str, None] = {}
    for ch_names in dict.fromkeys(part.ch_names for part in record.parts):
        with suppress(MontageError):
            notes |= dict.fromkeys(plan_montage(ch_names, config.montage).notes)
    return tuple(notes)
