"""The reference of an evaluation: annotated seizures that lie apart and inside the recording.

TAES takes rows as they are. Where two rows of a reference overlap, be it by a quarter of a second,
each has a part of the other's detection, and even a perfect detector does not reach 1. ``vigil
score`` keeps to that, for it must agree with NEDC's scorer; an evaluation asks about seizures.
"""

from dataclasses import dataclass, replace

from core.evaluation.annotations import AnnotationError, Annotations, Span

__all__ = ["Reference", "settle_reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Annotations whose seizures lie apart and inside the recording.

    Attributes
    ----------
    annotations
        Seizures only, sorted; background is what lies between them.
    n_joined
        Annotated seizures that were joined with one before them.
    n_clipped
        Annotated seizures that were cut off at the end of the recording.
    """

    annotations: Annotations
    n_joined: int
    n_clipped: int


def settle_reference(annotations: Annotations) -> Reference:
    """Join seizures that overlap or touch, and cut what runs past the end of the recording.

    Parameters
    ----------
    annotations
        As experts or a data set left them.

    Raises
    ------
    AnnotationError
        Where a seizure begins at the end of the recording or behind it.
    """
    duration_s = annotations.duration_s
    seizures = annotations.seizures()
    joined: list[Span] = []
    for onset_s, offset_s in seizures:
        if onset_s >= duration_s:
            raise AnnotationError(
                f"{annotations.name}: the seizure at {onset_s:g} s begins behind the end of the "
                f"recording ({duration_s:g} s)"
            )
        stop_s = min(offset_s, duration_s)
        if joined and onset_s <= joined[-1].stop_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].stop_s, stop_s))
        else:
            joined.append(Span(onset_s, stop_s))
    return Reference(
        replace(annotations, spans=tuple(joined)),
        n_joined=len(seizures) - len(joined),
        n_clipped=sum(offset_s > duration_s for _, offset_s in seizures),
    )
