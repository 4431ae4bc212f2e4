import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
if str(ROOT) not in sys.path:  # for tests.monitor_fakes, when pytest is not run as a module
    sys.path.insert(0, str(ROOT))
