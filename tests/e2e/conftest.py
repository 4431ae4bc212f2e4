import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:  # for tests.edf_files, when pytest is not run as a module
    sys.path.insert(0, str(ROOT))
