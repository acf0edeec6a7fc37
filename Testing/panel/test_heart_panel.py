"""The heart panel under PySide6 with stand-ins for Slicer's widgets: its own handlers and rules, not Slicer's."""

import dataclasses

import numpy as np
import pytest
from finished_hearts import build_heart
from heart_model import write_heart_model
from heart_phantom import phantom_image, phantom_labels
from slicer_standins import desktop
from slicer_standins.desktop import until

from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.review.scene_cine import add_heart
from quantseg.tasks.heart.review.written import written_of_heart

_BOX = (slice(40, 44), slice(2, 8), slice(5, 6))


@pytest.fixture(scope="module")
def heart():
    """A result on frames with noise, which nobody takes for labels."""
    found = build_heart(phantom_labels()[::4])
    noise = np.random.default_rng(0).normal(0, 9, found.scan.frames.shape)
    frames = (4 * found.scan.frames + noise).astype(np.int16)
    return dataclasses.replace(found, scan=dataclasses.replace(found.scan, frames=frames))


@pytest.fixture
def a_home(tmp_path, monkeypatch):
    """A user's folder with both models, tiny and untrained, and no licence accepted."""
    for name in ("heart", "heart-lv-open"):
        write_heart_model(tmp_path / "home", name)
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("QUANTSEG_ACCEPT_LICENCE", raising=False)
    return tmp_path / "home"


@pytest.fixture
def a_heart_panel(application, an_engine, a_home, monkeypatch):
    assert application is not None
    import CardiacSeg

    widget = CardiacSeg.CardiacSegWidget(desktop.a_parent())
    widget.setup()
    environment = {**an_engine.environment, "QUANTSEG_HOME": str(a_home)}
    widget.logic = CardiacSeg.CardiacSegLogic(dataclasses.replace(an_engine, environment=environment))
    monkeypatch.setattr(widget.devices, "detect", lambda: None)
    widget.enter()
    yield widget
    widget.cleanup()


@pytest.fixture
def a_segmented_heart(a_heart_panel, a_scene, heart):
    """A cine with a result, chosen in the panel."""
    volume = add_heart(heart.scan, "Heart", a_scene.scene)
    segmentation = a_heart_panel.logic.addSegmentation(volume, "Heart labels")
    written = written_of_heart(heart)
    # The scene holds the phantom's stack the other way round, since its affine is left-handed.
    flipped = dataclasses.replace(written, labels=written.labels[..., ::-1])
    a_heart_panel.logic.case(volume, segmentation).write(flipped, range(len(written.labels)))
    a_heart_panel.showCase(volume, segmentation)
    return a_heart_panel


@pytest.fixture
def draw(segment_editor):
    def into(panel, erase=False):
        from quantseg.mrml.images import oriented_image
        from quantseg.volume import Volume

        case = panel.currentCase()
        mask = np.zeros(case.cine().grid.shape, np.uint8)
        mask[_BOX] = 1
        segment_editor.SetSegmentationNode(case.segmentation_node)
        segment_editor.SetSourceVolumeNode(case.volume_node)
        segment_editor.SetCurrentSegmentID("lv_cavity")
        image = oriented_image(Volume(mask, case.cine().geometry.affine))
        mode = segment_editor.ModificationModeRemove if erase else segment_editor.ModificationModeAdd
        segment_editor.ModifySegmentByLabelmap(case.segmentation_node, "lv_cavity", image, mode, False, True)

    return into


def cell(panel, row):
    table = panel.ui.resultTableView
    texts = [table.item(n, 0).text() for n in range(table.rowCount())]
    # Half of the interval, or its bounds, stand behind the value.
    return float(table.item(texts.index(row), 1).text().split()[0].replace(",", ""))


def settle(seconds=0.05):
    import time

    deadline = time.monotonic() + seconds
    until(lambda: time.monotonic() > deadline)


def test_without_a_cine_nothing_can_be_started(a_heart_panel):
    ui = a_heart_panel.ui
    for name in ("applyButton", "cancelButton", "compareButton", "approveButton", "exportButton", "copyButton",
                 "takeBackButton", "edHereButton", "esShowButton", "baseSlicesSpinBox"):  # fmt: skip
        assert not getattr(ui, name).isEnabled(), name
    assert ui.seekPlace.isHidden()


def test_a_result_fills_table_curve_wall_and_phases(a_segmented_heart, heart):
    ui = a_segmented_heart.ui
    counts = (heart.labels == 3).sum(axis=(1, 2, 3))
    es = int(counts.argmin())
    assert cell(a_segmented_heart, "Ejection fraction, %") == pytest.approx(
        100 * (1 - counts[es] / counts[0]), abs=0.06
    )
    assert ui.edLabel.text() == "frame 1, 0 ms"
    assert ui.esLabel.text().startswith(f"frame {es + 1}, ")
    case = a_segmented_heart.currentCase()
    chart = case.keeper.GetNodeReference("QuantSeg.chart")
    names = [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())]
    assert names == ["LV cavity", "ED", "ES", "shown"]
    assert ui.bullsEyeComboBox.count() == 2
    assert not ui.bullsEyeLabel.pixmap().isNull()
    assert ui.slicesLabel.text() == "All slices count."
    assert ui.seekPlace.layout().itemAt(0).widget().browser is case.nodes.browser


def test_an_edit_at_end_systole_reaches_table_curve_and_approval(a_segmented_heart, draw):
    panel, ui = a_segmented_heart, a_segmented_heart.ui
    ui.reviewerLineEdit.setText("Ada")
    ui.approveButton.click()
    assert "Approved by Ada" in ui.approvalLabel.text()
    ui.esShowButton.click()
    settle()
    before = cell(panel, "Ejection fraction, %")
    draw(panel)
    until(lambda: "revoked" in ui.approvalLabel.text(), 30)
    assert cell(panel, "Ejection fraction, %") < before
    assert "Changed by hand: Left ventricular cavity" in ui.verdictLabel.text()


def test_an_edit_just_before_the_frame_changes_is_kept_and_followed(a_segmented_heart, draw):
    panel = a_segmented_heart
    panel.showFrame(3)
    settle()
    draw(panel)
    panel.showFrame(1)
    until(lambda: panel.currentCase().is_edited and "Changed by hand" in panel.ui.verdictLabel.text(), 30)
    assert panel.currentCase().corrected_slices(2) == (5,)


def test_phases_are_moved_to_the_frame_that_is_shown_and_found_again(a_segmented_heart):
    panel, ui = a_segmented_heart, a_segmented_heart.ui
    found = cell(panel, "Ejection fraction, %")
    assert not ui.phasesAsFoundButton.isEnabled()
    panel.showFrame(4)
    ui.esHereButton.click()
    assert ui.esLabel.text().startswith("frame 4, ")
    assert cell(panel, "Ejection fraction, %") < found
    assert ui.phasesAsFoundButton.isEnabled()
    ui.edHereButton.click()
    assert "both end-diastole and end-systole" in ui.statusLabel.text()
    ui.phasesAsFoundButton.click()
    assert cell(panel, "Ejection fraction, %") == found


def test_slices_left_out_say_what_that_does_and_count_again(a_segmented_heart):
    panel, ui = a_segmented_heart, a_segmented_heart.ui
    before = cell(panel, "End-diastolic volume, ml")
    ui.baseSlicesSpinBox.setValue(1)
    after = cell(panel, "End-diastolic volume, ml")
    assert after < before
    assert f"end-diastolic volume {before:.0f} → {after:.0f} ml" in ui.slicesLabel.text()
    panel.showFrame(2)
    settle()
    assert ui.baseSlicesSpinBox.value() == 0
    ui.slicesScopeComboBox.setCurrentIndex(1)
    ui.apexSlicesSpinBox.setValue(1)
    assert {ends.apex for ends in panel.currentCase().choices.left_out.values()} == {1}
    ui.baseSlicesSpinBox.setValue(0)
    ui.apexSlicesSpinBox.setValue(0)
    assert panel.currentCase().choices.left_out == {}
    assert cell(panel, "End-diastolic volume, ml") == before


def test_correction_is_copied_to_the_neighbours_and_taken_back(a_segmented_heart, draw):
    panel, ui = a_segmented_heart, a_segmented_heart.ui
    ui.copyButton.click()
    assert "Nothing was corrected in frame 1" in ui.copyLabel.text()
    draw(panel)
    until(lambda: panel.currentCase().is_edited, 30)
    assert panel.currentCase().corrected_values(0)[5] == {3}
    before = panel.currentCase().labels().copy()
    ui.copyReachSpinBox.setValue(1)
    ui.copyButton.click()
    assert ui.copyLabel.text().startswith("1 slices carried to the frames 2, 5")
    after = panel.currentCase().labels()
    assert [bool((a != b).any()) for a, b in zip(after, before, strict=True)] == [False, True, False, False, True]
    for structure in (1, 2):
        assert np.array_equal(after == structure, before == structure), "nobody has painted it"
    ui.takeBackButton.click()
    assert np.array_equal(panel.currentCase().labels(), before)
    assert not ui.takeBackButton.isEnabled()


def test_segmentation_of_another_image_is_refused_in_words(a_segmented_heart, a_segmentation_node):
    a_segmented_heart._parameterNode.outputSegmentation = a_segmentation_node
    assert "is not one of the cine" in a_segmented_heart.ui.statusLabel.text()
    assert a_segmented_heart.currentCase() is None


def test_another_heart_comes_with_its_own_result_and_without_the_patient_before(a_segmented_heart, a_scene, heart):
    panel, choices = a_segmented_heart, a_segmented_heart._parameterNode
    first, labels = choices.inputVolume, choices.outputSegmentation
    choices.heightCm, choices.weightKg, choices.endSystole = 180.0, 80.0, 3
    choices.inputVolume = add_heart(
        dataclasses.replace(heart.scan, frames=heart.scan.frames + 1), "Next", a_scene.scene
    )
    assert choices.outputSegmentation is None
    assert panel.currentCase() is None
    assert (choices.heightCm, choices.weightKg, choices.endSystole) == (0.0, 0.0, 0)
    choices.inputVolume = first
    assert choices.outputSegmentation is labels
    assert panel.currentCase() is not None


def test_a_single_frame_is_not_shown_with_another_ones_labels(a_heart_panel, a_scene, heart, a_segmentation_node):
    frames = [dataclasses.replace(heart.scan.frame(0), array=heart.scan.frames[n]) for n in (0, 2)]
    from quantseg.mrml.volume_node import add_volume_node

    first, second = (add_volume_node(frame, f"Frame {n}", a_scene.scene) for n, frame in enumerate(frames))
    case = a_heart_panel.logic.case(first, a_segmentation_node)
    single = build_heart(heart.labels[:1], CineKind.SINGLE_FRAME)
    case.write(written_of_heart(single), (0,))
    a_heart_panel.showCase(first, a_segmentation_node)
    assert a_heart_panel.currentCase() is not None
    a_heart_panel._parameterNode.inputVolume = second
    a_heart_panel._parameterNode.outputSegmentation = a_segmentation_node
    assert a_heart_panel.currentCase() is None
    assert "is a result of the image Frame 0" in a_heart_panel.ui.statusLabel.text()


@pytest.mark.slow
def test_segmenting_with_the_open_model_from_button_to_curve(a_heart_panel, a_scene, heart):
    """A real run of the engine in a process of its own, with a tiny untrained network."""
    from CardiacSegLib.parameters import ModelChoice

    panel = a_heart_panel
    panel._parameterNode.model = ModelChoice.LEFT_OPEN
    cine = dataclasses.replace(heart.scan, frames=phantom_image()[::4])
    panel._parameterNode.inputVolume = add_heart(cine, "Heart", a_scene.scene)
    panel._parameterNode.device = "cpu"
    panel.ui.applyButton.click()
    until(lambda: not panel.runner.isRunning, 300)
    assert panel.ui.statusLabel.text().startswith("Done on CPU"), panel.ui.statusLabel.text()
    case = panel.currentCase()
    assert case.frames == (0, 1, 2, 3, 4)
    assert case.nodes.browser.GetSaveChanges(case.keeper)
    assert panel.ui.nextDoubtButton.isEnabled()
    panel.ui.nextDoubtButton.click()
    assert "Frame" in panel.ui.doubtComboBox.currentText()


def test_cancel_leaves_the_scene_as_it_was(a_heart_panel, a_scene, heart):
    from CardiacSegLib.parameters import ModelChoice

    panel = a_heart_panel
    panel._parameterNode.model = ModelChoice.LEFT_OPEN
    panel._parameterNode.inputVolume = add_heart(heart.scan, "Heart", a_scene.scene)
    before = a_scene.scene.GetNumberOfNodes()
    panel.ui.applyButton.click()
    assert panel.runner.isRunning, panel.ui.statusLabel.text()
    panel.ui.cancelButton.click()
    assert a_scene.scene.GetNumberOfNodes() == before


def test_two_phases_need_to_be_known_before_they_can_be_run_alone(a_heart_panel, a_scene, heart, monkeypatch):
    from CardiacSegLib.parameters import FramesChoice, ModelChoice

    panel = a_heart_panel
    panel._parameterNode.model = ModelChoice.LEFT_OPEN
    panel._parameterNode.runFrames = FramesChoice.PHASES
    panel._parameterNode.inputVolume = add_heart(heart.scan, "Heart", a_scene.scene)
    panel.ui.applyButton.click()
    assert "is not known yet" in panel.ui.statusLabel.text()
    panel.ui.edHereButton.click()
    panel.showFrame(3)
    panel.ui.esHereButton.click()
    assert panel.ui.esLabel.text() == "frame 3"
    followed = []
    monkeypatch.setattr(panel.runner, "follow", followed.append)
    panel.ui.applyButton.click()
    assert followed[0].frames == (0, 2)
    followed[0].cancel()


def test_times_of_numbered_frames_come_from_their_dicom_images(a_heart_panel, a_scene, heart, monkeypatch):
    import types

    import slicer

    from quantseg.mrml.sequences import cine_nodes

    untimed = dataclasses.replace(heart.scan, frame_times_ms=None)
    nodes = cine_nodes(add_heart(untimed, "Heart", a_scene.scene))
    assert nodes.frame_times_ms is None
    for frame, volume in enumerate(nodes.volumes()):
        volume.SetAttribute("DICOM.instanceUIDs", f"1.2.{frame}.1 1.2.{frame}.2")
    times = {f"1.2.{frame}.{k}": f"{45 * frame + 2 * k}" for frame in range(5) for k in (1, 2)}
    images = types.SimpleNamespace(instanceValue=lambda uid, tag: {"0018,1060": times[uid]}[tag])
    monkeypatch.setattr(slicer, "dicomDatabase", images, raising=False)
    a_heart_panel.logic.noteFrameTimes(nodes)
    assert nodes.frame_times_ms == (3.0, 48.0, 93.0, 138.0, 183.0)
    nodes.images.RemoveAttribute("QuantSeg.FrameTimesMs")
    times["1.2.3.1"] = ""
    a_heart_panel.logic.noteFrameTimes(nodes)
    assert nodes.frame_times_ms is None


def test_export_writes_the_files_of_the_command(a_segmented_heart, tmp_path, monkeypatch):
    monkeypatch.setattr(a_segmented_heart.approval, "chooseFolder", lambda: str(tmp_path / "out"))
    a_segmented_heart.ui.exportButton.click()
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name == "DRAFT_Heart"
    assert {"labels.nii.gz", "ED_labels.nii.gz", "ES_labels.nii.gz", "report.html"} <= {
        path.name for path in folder.iterdir()
    }


def test_a_file_of_four_axes_is_loaded_with_its_time(a_heart_panel, repository, monkeypatch):
    sample = repository / "Resources" / "SampleData" / "heart_phantom.nii.gz"
    monkeypatch.setattr(a_heart_panel, "chooseFile", lambda: str(sample))
    a_heart_panel.ui.loadCineButton.click()
    assert a_heart_panel._browser.GetNumberOfItems() == 20, a_heart_panel.ui.statusLabel.text()
    case_name = a_heart_panel.logic.caseName(a_heart_panel._parameterNode.inputVolume)
    assert case_name == "heart_phantom"
    assert a_heart_panel.logic.imageFile(a_heart_panel._parameterNode.inputVolume) == sample
