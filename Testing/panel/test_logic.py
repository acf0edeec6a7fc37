"""The Logic against real nodes and the real engine, without the panel."""

import sys
import types

import numpy as np
import pytest

from quantseg.errors import InputRefused


@pytest.fixture
def a_logic(application, an_engine):
    import HippoSeg

    assert application is not None
    return HippoSeg.HippoSegLogic(an_engine)


@pytest.mark.slow
def test_process_segments_keeps_own_segments_and_places_the_result(
    a_logic, a_scene, a_sample_crop, a_segmentation_node
):
    import slicer
    from HippoSegLib.parameters import InputKindChoice, SideChoice

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_scene.scene)
    a_segmentation_node.GetSegmentation().AddEmptySegment("lesion", "Lesion")
    result = a_logic.process(a_sample_crop, a_segmentation_node, InputKindChoice.CROP, SideChoice.RIGHT, device="cpu")
    segmentation = a_segmentation_node.GetSegmentation()
    assert segmentation.GetSegment("lesion") is not None
    assert segmentation.GetSegment("right_anterior") is not None
    volumes = {m.region: m.value for m in result.measurements if m.key == "volume"}
    assert 1000 < volumes["right"] < 6000
    assert set(np.unique(result.labels)) == {0, 3, 4}
    assert result.doubtful_slices
    # The crop lies where the engine saw it: as from the file, voxel by voxel.
    assert result.facts["side"] == "right"
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(a_segmentation_node)) == hierarchy.GetItemByDataNode(
        a_sample_crop
    )


def test_region_of_interest_limits_what_is_seen(a_logic, a_scene, a_sample_crop, a_segmentation_node):
    roi = a_scene.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode")
    roi.SetXYZ(500, 500, 500)
    roi.SetRadiusXYZ(1, 1, 1)
    with pytest.raises(InputRefused, match="outside the volume"):
        a_logic.process(a_sample_crop, a_segmentation_node, region=roi)
    assert a_segmentation_node.GetSegmentation().GetNumberOfSegments() == 0


def test_process_never_installs(a_logic, a_sample_crop, a_segmentation_node, monkeypatch):
    from quantseg import dependencies

    monkeypatch.setattr(dependencies, "missing_dependencies", lambda: dependencies.FOR_GPU[:1])
    with pytest.raises(RuntimeError, match=r"torch>=2\.8 must be installed first"):
        a_logic.process(a_sample_crop, a_segmentation_node)


def test_intel_macs_are_told_plainly(a_logic, a_sample_crop, a_segmentation_node, monkeypatch):
    import platform

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(RuntimeError, match="Macs with Intel processors cannot run the models"):
        a_logic.process(a_sample_crop, a_segmentation_node)


def test_module_registers_samples_at_start_up_and_not_before(application, monkeypatch):
    import HippoSeg

    registered = []
    sample_data = types.ModuleType("SampleData")
    sample_data.SampleDataLogic = types.SimpleNamespace(
        registerCustomSampleDataCategory=lambda *_args, **_named: None,
        registerCustomSampleDataSource=lambda **named: registered.append(named),
    )
    monkeypatch.setitem(sys.modules, "SampleData", sample_data)
    HippoSeg.HippoSeg(types.SimpleNamespace())
    assert registered == []
    application.connected["startupCompleted()"]()
    assert registered[0]["sampleName"] == "HippocampusHead"
    assert len(registered) == 4
    assert all(one["uris"].startswith("file://") and one["checksums"].startswith("SHA256:") for one in registered)
    assert all(one["loadFileTypes"] == "VolumeFile" for one in registered)


class Installer:
    """In place of pip and of the PyTorch extension: notes what it was asked for."""

    def __init__(self, monkeypatch):
        from quantseg import dependencies

        self.missing = list(dependencies.FOR_GPU)
        self.torch = self.pip = self.constraints = None
        monkeypatch.setattr(dependencies, "missing_dependencies", lambda: tuple(self.missing))
        torch_utils = types.ModuleType("PyTorchUtils")
        torch_utils.PyTorchUtilsLogic = lambda: self
        monkeypatch.setitem(sys.modules, "PyTorchUtils", torch_utils)
        packaging = types.ModuleType("slicer.packaging")
        packaging.pip_ensure = self.pip_ensure
        monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)

    def installTorch(self, askConfirmation, torchVersionRequirement):
        assert askConfirmation is False
        self.torch = torchVersionRequirement

    def pip_ensure(self, wanted, constraints, prompt_install, requester):
        assert not prompt_install
        assert requester == "HippoSeg"
        self.pip, self.constraints = wanted, constraints.read_text(encoding="utf-8")
        self.missing = []


@pytest.mark.usefixtures("application")
def test_packages_are_installed_once_the_user_agrees_and_slicers_own_stay(monkeypatch):
    from importlib import metadata

    import slicer

    from QuantSegLib.installation import ensureDependencies

    installer = Installer(monkeypatch)
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda *_a, **_n: True, raising=False)
    ensureDependencies("HippoSeg")
    assert installer.torch == ">=2.8"
    assert installer.pip == ["monai>=1.5"]
    assert f"numpy=={metadata.version('numpy')}\n" in installer.constraints
    assert f"SimpleITK=={metadata.version('SimpleITK')}\n" in installer.constraints


def test_under_testing_nothing_is_installed(application, monkeypatch):
    from QuantSegLib.installation import ensureDependencies

    installer = Installer(monkeypatch)
    application.testing = True
    with pytest.raises(RuntimeError, match="Tests install nothing"):
        ensureDependencies("HippoSeg")
    assert installer.pip is None
