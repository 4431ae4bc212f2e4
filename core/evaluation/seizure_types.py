"""Seizure types as SzCORE's event tables name them, in plain words.

The codes are those of the ``epilepsy2bids`` package, which stand for HED-SCORE terms (ILAE 2017):
``sz``, then where it begins (``foc``, ``gen``, ``uo``: unknown), for focal ones whether the person
was aware (``a``), was not (``ia``), or nobody knows (``ua``), then motor (``m``), not motor
(``nm``) or unknown (``um``), and the kind.
"""

__all__ = ["SEIZURE_TYPES"]

_AWARENESS = {"a": "aware", "ia": "impaired awareness", "ua": "awareness unknown"}
_MOTOR = {
    "automatisms": "automatisms",
    "atonic": "atonic",
    "clonic": "clonic",
    "spasms": "epileptic spasms",
    "hyperkinetic": "hyperkinetic",
    "myoclonic": "myoclonic",
    "tonic": "tonic",
}
_NOT_MOTOR = {
    "autonomic": "autonomic",
    "behavior": "behaviour arrest",
    "cognitive": "cognitive",
    "emotional": "emotional",
    "sensory": "sensory",
}


def _focal() -> dict[str, str]:
    types = {}
    for code, words in _AWARENESS.items():
        stem = f"sz_foc_{code}"
        # focal seizures of unknown awareness are plain sz_foc
        if code != "ua":
            types[stem] = f"focal, {words}"
        types[f"{stem}_m"] = f"focal, {words}, motor"
        types |= {f"{stem}_m_{kind}": f"focal, {words}, {kind_words}"
                  for kind, kind_words in _MOTOR.items()}  # fmt: skip
        types[f"{stem}_nm"] = f"focal, {words}, not motor"
        types |= {f"{stem}_nm_{kind}": f"focal, {words}, {kind_words}"
                  for kind, kind_words in _NOT_MOTOR.items()}  # fmt: skip
        types[f"{stem}_um"] = f"focal, {words}, motor signs unknown"
    return types


SEIZURE_TYPES: dict[str, str] = {
    "sz": "seizure, type not classified",
    "sz_foc": "focal",
    "sz_foc_f2b": "focal to bilateral tonic-clonic",
    "sz_gen": "generalised",
    "sz_gen_m_tonicClonic": "generalised tonic-clonic",
    "sz_gen_nm_typical": "typical absence",
    "sz_uo": "unknown onset",
    **_focal(),
    "sz_gen_m": "generalised, motor",
    "sz_gen_m_clonic": "generalised clonic",
    "sz_gen_m_tonic": "generalised tonic",
    "sz_gen_m_myoTC": "generalised myoclonic-tonic-clonic",
    "sz_gen_m_myoAtonic": "generalised myoclonic-atonic",
    "sz_gen_m_atonic": "generalised atonic",
    "sz_gen_m_spasms": "generalised, epileptic spasms",
    "sz_gen_nm": "absence",
    "sz_gen_nm_atypical": "atypical absence",
    "sz_gen_nm_myoclonic": "myoclonic absence",
    "sz_gen_nm_eyelidMyio": "absence with eyelid myoclonia",
    "sz_uo_m": "unknown onset, motor",
    "sz_uo_m_tonicClonic": "unknown onset, tonic-clonic",
    "sz_uo_m_spasms": "unknown onset, epileptic spasms",
    "sz_uo_nm": "unknown onset, not motor",
    "sz_uo_nm_behavior": "unknown onset, behaviour arrest",
}
"""Plain words for each code, the usual ones first."""
