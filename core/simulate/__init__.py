"""Simulated EEG: recordings that any test, demo or training run can make from a seed."""

from core.simulate.artefacts import ElectrodeFault
from core.simulate.recording import (
    SFREQ,
    SimulatedEeg,
    SimulatedRecording,
    simulate_recording,
)
from core.simulate.scalp import CH_NAMES
from core.simulate.seizure import Seizure

__all__ = [
    "CH_NAMES",
    "SFREQ",
    "ElectrodeFault",
    "Seizure",
    "SimulatedEeg",
    "SimulatedRecording",
    "simulate_recording",
]
