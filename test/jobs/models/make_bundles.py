"""
Bundles of few trees for the tests of the jobs, trained on rows that are made up. In models, with its packages:
python ../test/jobs/models/make_bundles.py
"""

import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "models"))

from shelfcast_models.detection import train_anomaly, train_lead_time, train_slow_mover, write_trained  # noqa: E402
from shelfcast_models.tests.rows import anomaly_rows, lead_time_rows, slow_mover_rows  # noqa: E402

UNTIL = date(2026, 3, 20)
TRAINED = {
    "anomaly": train_anomaly(anomaly_rows(), seed=1, trees=20),
    "slow-mover": train_slow_mover(slow_mover_rows(), seed=1, until=UNTIL, trees=10),
    "lead-time": train_lead_time(lead_time_rows()),
}
for model, trained in TRAINED.items():
    write_trained(HERE / model, model, trained, (date(2026, 1, 1), UNTIL), seed=1)
