"""What QuantSeg needs beside itself, installed into Slicer's Python when the user agrees."""

import tempfile
from importlib import metadata
from pathlib import Path

import slicer
from slicer.i18n import tr as _

# What Slicer itself runs on: no installation of ours may change them.
_SLICERS_OWN = ("numpy", "SimpleITK", "pydicom", "vtk", "requests", "packaging", "pillow", "torch")


def ensureDependencies(requester):
    """Install what is missing, after saying what, how large and what for.

    To be called when the user has asked for something that needs it, never at start-up or in batch mode.

    :param requester: name of the module, as dialogs show it.
    :raises RuntimeError: the user declined, this machine cannot run the models, or something could not be installed.
    """
    from quantseg.dependencies import TORCH, installation_in_words, missing_dependencies, unsupported_machine

    unsupported = unsupported_machine()
    if unsupported:
        raise RuntimeError(unsupported)
    missing = missing_dependencies()
    if not missing:
        return
    names = ", ".join(one.requirement for one in missing)
    if slicer.app.testingEnabled():
        raise RuntimeError(_("Tests install nothing; {names} must be there beforehand.").format(names=names))
    question = _("{module} needs these packages in Slicer's Python:").format(module=requester)
    if not slicer.util.confirmOkCancelDisplay(
        f"{question}\n\n{installation_in_words(missing)}",
        windowTitle=_("Install packages for {module}").format(module=requester),
    ):
        raise RuntimeError(_("Nothing was installed; without {names} nothing can be segmented.").format(names=names))
    if any(one.name == TORCH for one in missing):
        _installTorch(next(one for one in missing if one.name == TORCH))
    from slicer.packaging import pip_ensure

    with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(_constraints(missing), encoding="utf-8")
        pip_ensure(
            [one.requirement for one in missing if one.name != TORCH],
            constraints=constraints,
            prompt_install=False,
            requester=requester,
        )
    left = missing_dependencies()
    if left:
        names = ", ".join(one.requirement for one in left)
        raise RuntimeError(
            _("{names} could not be installed; see the Python console for pip's reasons.").format(names=names)
        )


def _installTorch(torch):
    """PyTorch comes through its own extension, which picks the build for the machine."""
    try:
        import PyTorchUtils
    except ModuleNotFoundError as error:
        raise RuntimeError(
            _("The extension PyTorch is missing; install it in the Extensions Manager, restart Slicer and try again.")
        ) from error
    PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=f">={torch.minimum}")


def _constraints(missing):
    """Hold what Slicer runs on at the versions that it has, except what is too old for us and asked for by name."""
    # Slicer itself brings packaging.
    from packaging.version import Version

    wanted = {one.name.lower() for one in missing}
    lines = []
    for name in _SLICERS_OWN:
        if name.lower() in wanted:
            continue
        try:
            # A local part such as +cu128 names a build that the package index does not offer.
            lines.append(f"{name}=={Version(metadata.version(name)).public}")
        except metadata.PackageNotFoundError:
            continue
    return "\n".join(lines) + "\n"
