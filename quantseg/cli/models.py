"""List, verify, add and remove models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from quantseg.cli import model_comparison
from quantseg.errors import ModelError, UsageError
from quantseg.models.bundle import Bundle
from quantseg.printable import printable
from quantseg.tasks.learning import Calibrator
from quantseg.tasks.registry import TASKS, find_task, find_trainable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verbs of ``quantseg models``."""
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="name, version, licence and folder of every model")
    listing.set_defaults(act=_list)
    verifying = verbs.add_parser("verify", help="compare every file of every model with its trusted SHA-256")
    verifying.set_defaults(act=_verify)
    adding = verbs.add_parser("add", help="show licence and hashes of a MONAI bundle from elsewhere, and trust it")
    adding.add_argument("folder", type=Path, metavar="DIR", help="the bundle: configs, models, LICENSE")
    adding.add_argument("--yes", action="store_true", help="agree without being asked")
    adding.set_defaults(act=_add)
    comparing = verbs.add_parser("compare", help="two models on labelled cases of an old and of a new scanner")
    model_comparison.add_arguments(comparing)
    comparing.set_defaults(act=model_comparison.run)
    replacing = verbs.add_parser("replace", help="let a model take a shipped one's place that a comparison allows it")
    replacing.add_argument("name", metavar="NAME", help="the shipped model")
    replacing.add_argument("folder", type=Path, metavar="DIR", help="the bundle that takes its place, for this user")
    replacing.add_argument(
        "--comparison", type=Path, required=True, metavar="JSON", help="what quantseg models compare -o has written"
    )
    replacing.add_argument("--yes", action="store_true", help="agree without being asked")
    replacing.set_defaults(act=_replace)
    removing = verbs.add_parser("remove", help="delete a model that was added, or that has taken a shipped one's place")
    removing.add_argument("name")
    removing.set_defaults(act=_remove)
    exporting = verbs.add_parser("export", help="for maintainers: put a finished training run into a bundle")
    exporting.add_argument("run_folder", type=Path, metavar="RUN", help="output folder of quantseg train")
    exporting.add_argument("bundle_folder", type=Path, metavar="BUNDLE", help="receives the model")
    exporting.add_argument("--bundle-version", metavar="VERSION", help="version of the bundle (as it was)")
    exporting.add_argument("--partial", action="store_true", help="export the finished folds, however few")
    exporting.set_defaults(act=_export)
    recording = verbs.add_parser("record", help="for maintainers: trust a shipped bundle as it lies there now")
    recording.add_argument("bundle_folder", type=Path, metavar="BUNDLE", help="folder under Resources/Models")
    recording.set_defaults(act=_record)
    calibrating = verbs.add_parser("calibrate", help="for maintainers: fit verdict and intervals to unseen cases")
    calibrating.add_argument("bundle_folder", type=Path, metavar="BUNDLE", help="folder of the model")
    calibrating.add_argument("--data", type=Path, required=True, metavar="DIR", help="what its members trained on")
    calibrating.add_argument("--seed", type=int, default=2026, help="of the corruptions (default: %(default)s)")
    calibrating.add_argument(
        "--draws", type=int, metavar="N", help="corruptions of each case (as many as is usual for the task)"
    )
    calibrating.add_argument("--task", help="whose model it is, where the bundle has another name than the shipped one")
    calibrating.set_defaults(act=_calibrate)


def run(options: argparse.Namespace) -> int:
    """Act and return the exit status."""
    return int(options.act(options))


def _list(_options: argparse.Namespace) -> int:
    from quantseg.models.bundle import bundle_names, find_bundle, replacement_folder, shipped_folder

    for name in bundle_names():
        try:
            bundle = find_bundle(name)
        except ModelError as error:
            print(f"{name}: unusable. {error}")
            continue
        places = {shipped_folder(): "shipped", replacement_folder(): "in the place of the shipped one"}
        origin = places.get(bundle.folder.parent, "added")
        members = f"{len(bundle.members)} member{'' if len(bundle.members) == 1 else 's'}"
        print(f"{name} {bundle.version}, {members}, {bundle.licence}, {origin}: {bundle.folder}")
    return 0


def _verify(_options: argparse.Namespace) -> int:
    from quantseg.models.bundle import bundle_names, find_bundle
    from quantseg.models.trust import read_trusted

    bad = 0
    for name in bundle_names():
        try:
            bundle = find_bundle(name)
            for path in sorted(bundle.hashes):
                read_trusted(bundle.folder, path, bundle.hashes)
        except ModelError as error:
            bad += 1
            print(f"{name}: BAD. {error}")
            continue
        print(f"{name} {bundle.version}: good, {len(bundle.hashes)} files as trusted")
    return 1 if bad else 0


def _add(options: argparse.Namespace) -> int:
    from quantseg.inference.proving import prove_graph
    from quantseg.models.adding import inspect_bundle, install_bundle

    bundle = inspect_bundle(options.folder)
    prove_graph(bundle)
    _show(bundle)
    if not options.yes and not _agreed(f"Trust model {bundle.name} and add it under this licence?"):
        print("Nothing was added.")
        return 1
    print(f"Added: {install_bundle(bundle)}")
    return 0


def _replace(options: argparse.Namespace) -> int:
    from quantseg.inference.proving import prove_graph
    from quantseg.models.adding import inspect_bundle
    from quantseg.models.bundle import shipped_folder
    from quantseg.models.replacing import read_passed, replace_shipped, require_passed

    if not (shipped_folder() / options.name).is_dir():
        raise UsageError(f"No model {options.name!r} ships with QuantSeg; one of another name is added by models add.")
    bundle = inspect_bundle(options.folder, in_place_of=options.name)
    require_passed(bundle, options.name, read_passed(options.comparison))
    prove_graph(bundle)
    _show(bundle)
    if not options.yes and not _agreed(f"Trust it, and let it take the place of {options.name}?"):
        print("Nothing was changed.")
        return 1
    print(f"In the place of {options.name}: {replace_shipped(bundle, options.name)}")
    print(f"To go back: quantseg models remove {options.name}")
    return 0


def _show(bundle: Bundle) -> None:
    print(f"Model {bundle.name} {printable(bundle.version)}")
    print(f"Licence: {printable(bundle.licence)}")
    licence_text = bundle.folder / "LICENSE"
    if licence_text.is_file():
        for line in licence_text.read_text(encoding="utf-8", errors="replace").strip().splitlines():
            print(printable(line.expandtabs()))
    print("SHA-256:")
    for path, digest in bundle.hashes.items():
        print(f"  {digest}  {path}")


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on; look at licence and hashes above, then add --yes.")
    answer = input(f"{question} [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _remove(options: argparse.Namespace) -> int:
    from quantseg.models.adding import remove_bundle
    from quantseg.models.replacing import replaced_names, restore_shipped

    if options.name in replaced_names():
        restore_shipped(options.name)
        print(f"The shipped model {options.name} is in its place again.")
        return 0
    remove_bundle(options.name)
    print(f"Removed: {options.name}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from quantseg.models.bundle import trust_list_of
    from quantseg.training.export import export_bundle, read_command
    from quantseg.training.seen import EARLIER_KEY

    trainable = find_trainable(read_command(options.run_folder))
    bundle = export_bundle(
        options.run_folder,
        options.bundle_folder,
        options.bundle_version,
        partial=options.partial,
        start_bundle=trainable.start_bundle,
    )
    print(f"{bundle.folder}: version {bundle.version}, {len(bundle.members)} members")
    for name, score in bundle.metadata["eval_metrics"].items():
        print(f"  {name}: {score}")
    if bundle.metadata.get(EARLIER_KEY):
        print(
            "Verdict and intervals are those of the model that it went on from (quantseg models calibrate fits them)."
        )
        print("Whether it may take that model's place: quantseg models compare")
    if trust_list_of(bundle.folder) is None:
        print(f"To use it: quantseg models add {bundle.folder}")
    return 0


def _record(options: argparse.Namespace) -> int:
    from quantseg.models.bundle import shipped_folder
    from quantseg.models.trust import SHIPPED_LIST, record_trusted

    folder = options.bundle_folder.resolve()
    if not (folder / "configs").is_dir() or not (folder / "models").is_dir():
        raise UsageError(f"{folder} is no MONAI bundle; expected the folders configs and models in it.")
    if folder.parent != shipped_folder().resolve():
        raise UsageError(
            f"{folder} does not ship with QuantSeg; expected a folder in {shipped_folder()}, for one from elsewhere "
            "run `quantseg models add`."
        )
    for path, digest in record_trusted(folder, SHIPPED_LIST).items():
        print(f"{digest}  {path}")
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from quantseg.models.bundle import bundle_in, trust_list_of
    from quantseg.models.trust import record_trusted

    bundle = bundle_in(options.bundle_folder)
    _calibrator(bundle.name, options.task).calibrate(bundle, options.data, options.seed, options.draws, print)
    trust_list = trust_list_of(bundle.folder)
    if trust_list is not None:
        record_trusted(bundle.folder, trust_list)
    print(f"{bundle.folder / 'configs' / 'verdict.json'}: fitted")
    return 0


def _calibrator(bundle: str, task: str | None) -> Calibrator:
    """Return what calibrates a bundle: that of the task which names the bundle, unless the user names the task."""
    known = {name: find_task(name).calibrator for name in TASKS}
    for name, calibrator in known.items():
        if calibrator is not None and (name == task or (task is None and bundle in calibrator.bundles)):
            return calibrator
    listed = ", ".join(name for name, calibrator in known.items() if calibrator is not None)
    found = f"no task calibrates the model {bundle}" if task is None else f"the task {task} calibrates no model"
    raise UsageError(f"Nothing was fitted: {found}; name one of these with --task: {listed}.")
