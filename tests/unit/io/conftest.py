import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
if str(ROOT) not in sys.path:  # for tests.edf_files, when pytest is not run as a module
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def fixtures_dir() -> Path:
    """Real recordings that are not part of the repository."""
    folder = ROOT.parent / "shared" / "data" / "fixtures"
    if not folder.is_dir():
        pytest.skip(f"real recordings are not at {folder}")
    return folder
