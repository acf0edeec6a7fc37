"""The licence of a model that forbids commercial use: asked for once, then remembered by the engine."""

import qt
import slicer
from slicer.i18n import tr as _


def agreeToLicence(model):
    """Ask for the user's agreement where a model needs it and nobody has agreed yet.

    To be called when the user has asked for a run in the panel, never in batch mode: the command line has
    ``--accept-licence`` for it.

    :param model: name of the bundle.
    :raises RuntimeError: the user declined.
    :raises quantseg.errors.ModelError: there is no such model.
    """
    from quantseg.errors import UsageError
    from quantseg.models.bundle import find_bundle
    from quantseg.models.licence import require_licence

    bundle = find_bundle(model)
    try:
        require_licence(bundle)
        return
    except UsageError:
        pass
    question = _(
        "The model of both ventricles was trained on data that may not be used commercially; its licence is {licence}. "
        "Do you agree to it? Your answer is remembered.\n\nWithout it, choose the open model of the left ventricle."
    ).format(licence=bundle.licence)
    if slicer.app.testingEnabled() or not asksForAgreement(question):
        raise RuntimeError(
            _("Nothing was segmented: the licence {licence} was not agreed to. The open model needs none.").format(
                licence=bundle.licence
            )
        )
    require_licence(bundle, bundle.licence)


def asksForAgreement(question):
    """Ask, and return whether the user agrees; who only presses Enter, or closes the box, does not."""
    box = qt.QMessageBox(slicer.util.mainWindow())
    box.setWindowTitle(_("Licence"))
    box.setText(question)
    box.setStandardButtons(qt.QMessageBox.Yes | qt.QMessageBox.No)
    box.button(qt.QMessageBox.Yes).setText(_("I agree"))
    box.setDefaultButton(qt.QMessageBox.No)
    box.setEscapeButton(qt.QMessageBox.No)
    return box.exec_() == qt.QMessageBox.Yes
