"""The command line: shelfcast-models backtest|train|fallback."""

import argparse
import json
import math
import os
import sys
from datetime import date
from pathlib import Path

from .contract import CONTRACT, HORIZONS, TRAINING

# Waiting threads of OpenMP would otherwise take the processors from the rest of the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="shelfcast-models", description="Training and evaluation of Shelfcast's models."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    backtest = commands.add_parser(
        "backtest", help="learn from a dataset's days, tune before its last, score after it"
    )
    backtest.add_argument("--dataset", choices=["m5", "csv"], required=True, help="layout of the files")
    backtest.add_argument("path", type=Path, help="folder of the M5 files, or the CSV file")
    backtest.add_argument(
        "--trials", type=int, default=8, help="recipes that are tried on earlier windows (default 8)"
    )
    backtest.add_argument("--seed", type=int, default=1)
    backtest.add_argument(
        "--json", action="store_true", help="one JSON object with all figures as the last line"
    )
    backtest.add_argument(
        "--prophet",
        type=int,
        default=0,
        metavar="N",
        help="tell the N best-selling series by Prophet too (default 0)",
    )
    train = commands.add_parser("train", help="train on the warehouse and write a bundle for Node")
    train.add_argument("--model", choices=CONTRACT.models, default="demand")
    train.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    train.add_argument(
        "--champion", type=Path, help="manifest of the champion: its recipe is trained on the same days"
    )
    train.add_argument(
        "--windows",
        type=int,
        default=TRAINING.windows,
        help=f"windows of {HORIZONS} days to measure on (default {TRAINING.windows})",
    )
    train.add_argument(
        "--trials", type=int, default=0, help="recipes that are tried before (default 0: the usual one)"
    )
    train.add_argument("--rounds", type=int, help="trees of the mean model; by early stopping when left out")
    train.add_argument(
        "--until", type=date.fromisoformat, help="last day to learn from; the last one when left out"
    )
    train.add_argument("--weeks", type=int, default=26, help="other models: weeks to learn from (default 26)")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument(
        "--progress", choices=["bar", "json"], default="bar", help="json: a line for each step"
    )
    evaluate = commands.add_parser(
        "evaluate", help="hold a recipe against the means that the twin draws from"
    )
    evaluate.add_argument(
        "--manifest", type=Path, required=True, help="of the bundle whose recipe is trained"
    )
    evaluate.add_argument("--latent", type=Path, required=True, help="CSV of store_id, sku, day, mean")
    evaluate.add_argument("--windows", type=int, default=TRAINING.windows)
    fallback = commands.add_parser(
        "fallback",
        help="where there is too little to train on: forecasts by Prophet, or by the best baseline",
    )
    fallback.add_argument("--out", type=Path, required=True, help="CSV file to write")
    fallback.add_argument(
        "--progress", choices=["bar", "json"], default="bar", help="json: a line for each step"
    )
    options = parser.parse_args(arguments)
    try:
        return RUN[options.command](options)
    except (ValueError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def run_backtest(options: argparse.Namespace) -> int:
    from .datasets.csv import open_csv  # noqa: PLC0415  the libraries take a second to load
    from .datasets.m5 import open_m5  # noqa: PLC0415
    from .files_backtest import Options, backtest_files  # noqa: PLC0415
    from .progress import Progress  # noqa: PLC0415

    progress = Progress()
    with progress.step("Reading"):
        source = open_m5(options.path) if options.dataset == "m5" else open_csv(options.path)
    try:
        figures = backtest_files(
            source, Options(trials=options.trials, seed=options.seed, prophet=options.prophet), progress
        )
    finally:
        source.features.close()
    if options.json:
        sys.stdout.write(f"{json.dumps(_known(figures), allow_nan=False)}\n")
    return 0


def _known(figures: object) -> object:
    """JSON has no NaN: null where there is no value, such as of errors relative to nothing sold."""
    if isinstance(figures, dict):
        return {name: _known(each) for name, each in figures.items()}
    if isinstance(figures, list):
        return [_known(each) for each in figures]
    return None if isinstance(figures, float) and not math.isfinite(figures) else figures


def run_train(options: argparse.Namespace) -> int:
    return train_forecasts(options) if options.model == "demand" else train_others(options)


def train_others(options: argparse.Namespace) -> int:
    from .detection_training import Options, train_detection  # noqa: PLC0415
    from .progress import Progress  # noqa: PLC0415

    progress = Progress(machine=options.progress == "json")
    manifest = train_detection(
        Options(options.model, options.out, options.seed, options.until, options.weeks), progress
    )
    progress.say(f"{manifest['version']} is in {options.out}")
    return 0


def train_forecasts(options: argparse.Namespace) -> int:
    from .datasets.warehouse import open_warehouse  # noqa: PLC0415
    from .progress import Progress  # noqa: PLC0415
    from .train import Options, train_demand  # noqa: PLC0415

    progress = Progress(machine=options.progress == "json")
    with progress.step("Reading"):
        source = open_warehouse(options.until)
    try:
        manifest = train_demand(
            source,
            Options(
                out=options.out,
                seed=options.seed,
                windows=options.windows,
                trials=options.trials,
                rounds=options.rounds,
                champion=options.champion,
            ),
            progress,
        )
    finally:
        source.features.close()
    progress.say(f"{manifest['version']} is in {options.out}")
    return 0


def run_evaluate(options: argparse.Namespace) -> int:
    from .datasets.warehouse import open_warehouse  # noqa: PLC0415
    from .evaluate import evaluate  # noqa: PLC0415
    from .progress import Progress  # noqa: PLC0415

    progress = Progress()
    source = open_warehouse()
    try:
        figures = evaluate(source, options.manifest, options.latent, progress, options.windows)
    finally:
        source.features.close()
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return 0


def run_fallback(options: argparse.Namespace) -> int:
    from .datasets.warehouse import open_warehouse  # noqa: PLC0415
    from .fallback import fall_back  # noqa: PLC0415
    from .progress import Progress  # noqa: PLC0415

    progress = Progress(machine=options.progress == "json")
    with progress.step("Reading"):
        source = open_warehouse()
    try:
        method = fall_back(source, options.out, progress)
    finally:
        source.features.close()
    progress.say(f"{HORIZONS} days by {method} are in {options.out}")
    return 0


RUN = {"backtest": run_backtest, "train": run_train, "evaluate": run_evaluate, "fallback": run_fallback}

if __name__ == "__main__":
    sys.exit(main())
