"""Slicer's button Reload, for modules whose code lies in packages."""

import sys


def forgetPackages(*names):
    """Let packages be read anew when they are imported next; Slicer itself reads only the module's own file anew.

    :param names: such as "HippoSegLib".
    """
    for module in list(sys.modules):
        if module.partition(".")[0] in names:
            del sys.modules[module]
