<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en_US">
  <context>
    <name>BrainSeg</name>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source> years</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>A new segmentation is made if none is chosen; other segments of an existing one are kept.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Age in years when the scan was made; with it brain age is compared. The lowest value means that it is not known.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Age of the person in years</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Brain age</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Brain age is estimated from the image, not from the labels: a correction changes volumes and shares, and no age.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/BrainSeg.py"></location>
      <source>BrainSeg</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Estimate brain age</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Estimate how old the brain looks, with what is known of the person now; it follows each segmentation by itself.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Image:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Input</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Label and measure ventricles, deep grey matter, cerebellum and brain stem, too, left and right.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Load the whole head that ships with QuantSeg.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Parts:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Person's age:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Processor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Processor:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Result goes into:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Sample head</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Segmentation that the result goes into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/BrainSeg.py"></location>
      <source>Segments grey matter, white matter and fluid on T1-weighted MRI, measures them, estimates how old the brain looks, says when a result should not be trusted, and lets a person correct, approve and export it. For research use only, not for clinical diagnosis. See the &lt;a href="https://github.com/QuantSeg/SlicerQuantSeg#readme"&gt;documentation&lt;/a&gt;.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>T1-weighted MRI of a head, or of a brain without its skull.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/BrainSeg.py"></location>
      <source>The network was trained on synthetic images from SynthSeg's label maps; brain age was fitted to OASIS-1: Cross-Sectional (Marcus et al., doi:10.1162/jocn.2007.19.9.1498).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>Ventricles, deep grey, cerebellum, stem</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>What the networks run on; if its memory does not suffice, smaller pieces and at last the CPU are taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../BrainSeg/Resources/UI/BrainSeg.ui"></location>
      <source>not known</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>BrainSegLib.selfTest</name>
    <message>
      <location filename="../../BrainSeg/BrainSegLib/selfTest.py"></location>
      <source>All tests passed</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>BrainSegLib.widget</name>
    <message>
      <location filename="../../BrainSeg/BrainSegLib/widget.py"></location>
      <source>Estimate brain age</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSeg</name>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source> /min</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source> cm</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source> frames</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source> kg</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>A new segmentation of every frame is made if none is chosen.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Body height in cm</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Body height in cm, for values per body surface; the lowest value means that it is not known.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Body weight in kg</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Body weight in kg, for values per body surface; the lowest value means that it is not known.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Bring back the labels of all frames as they were before the last copying or segmenting.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSeg.py"></location>
      <source>CardiacSeg</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Carry the corrected slices of this frame to its neighbours: deformed along with the image, never pasted.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Cine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Cine:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Copy correction to neighbours</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>End-diastole:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>End-systole:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Find both from the volumes</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Frames either way that a correction is carried to</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Frames to segment</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Heart cycle</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Heart rate in beats a minute</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Heart rate in beats a minute, for the cardiac output; the lowest value means that it is not known.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Heart rate:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Height, weight:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>How many frames either way.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Input</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Load a cine or a frame from a file; Slicer itself would take a 4D NIfTI file for a single volume.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Load the beating phantom that ships with QuantSeg.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Load…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Model</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Model:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Only all frames give a volume curve and find end-diastole and end-systole by themselves.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Processor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Processor:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Result goes into:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Sample heart</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Segment:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Segmentation that the result goes into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSeg.py"></location>
      <source>Segments the beating heart on short-axis cine MRI, measures its function, says when a result should not be trusted, and lets a person correct, approve and export it frame by frame. For research use only, not for clinical diagnosis. See the &lt;a href="https://github.com/QuantSeg/SlicerQuantSeg#readme"&gt;documentation&lt;/a&gt;.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Short-axis cine MRI, shown by its sequence browser, or a single short-axis stack.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Show</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Show the frame of end-diastole.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Show the frame of end-systole.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Slices at the apex that do not count</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Slices at the base that do not count</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Slices not counted:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>So many slices at the apex that show the heart do not count.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>So many slices at the base that show the heart do not count.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Take back</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Take shown frame</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Take the frame that is shown as end-diastole.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Take the frame that is shown as end-systole.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Take the frames with the largest and the smallest left ventricle again.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>The model of both ventricles was trained on data that may not be used commercially.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSeg.py"></location>
      <source>The model of both ventricles was trained on the ACDC data (CC BY-NC-SA 4.0); the open model of the left ventricle on data without such conditions.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>What the bull's-eye shows</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>What the networks run on; if its memory does not suffice, smaller pieces and at last the CPU are taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>What the picture of the left ventricular wall shows.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Where these slices do not count</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>Where these slices do not count.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>apex: </source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>base: </source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>± </source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/Resources/UI/CardiacSeg.ui"></location>
      <source>–</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.cineWords</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>A folder of cines and patients; what is done with them is kept in a folder quantseg-worklist beside them.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Cine of an earlier examination of the same patient.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Earlier cine:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Frames and slices in which the networks disagree: first what can change an ejection fraction, by how many points, then all others, by how many mm³ or ml; ✓ was looked at. Choosing one brings frame and views there, outlines the uncertain voxels for some seconds and selects their segment below.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Needs a result for both cines.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Same scanner and same sequence</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Segmentation of that cine, made by this module.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>When the earlier cine was taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>When this cine was taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cineWords.py"></location>
      <source>Without it no change is called real: another scanner or sequence alone may change a volume.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.copySection</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/copySection.py"></location>
      <source>All frames are as they were before.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/copySection.py"></location>
      <source>{slices} slices carried to the frames {frames}; look at them.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.cycleSection</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>All slices count.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>Left ventricle with all slices → as counted: {effect}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>ejection fraction</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>end-diastolic volume</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>end-systolic volume</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>frame {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>in all frames</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>in the frame that is shown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/cycleSection.py"></location>
      <source>no value</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.licence</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/licence.py"></location>
      <source>I agree</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/licence.py"></location>
      <source>Licence</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/licence.py"></location>
      <source>Nothing was segmented: the licence {licence} was not agreed to. The open model needs none.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/licence.py"></location>
      <source>The model of both ventricles was trained on data that may not be used commercially; its licence is {licence}. Do you agree to it? Your answer is remembered.

Without it, choose the open model of the left ventricle.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.parameters</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/parameters.py"></location>
      <source>All frames</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/parameters.py"></location>
      <source>End-diastole and end-systole</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/parameters.py"></location>
      <source>The frame that is shown</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.samples</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/samples.py"></location>
      <source>{file} is not the file that ships with QuantSeg; install it again.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.selfTest</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/selfTest.py"></location>
      <source>All tests passed</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>CardiacSegLib.widget</name>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/widget.py"></location>
      <source>Hearts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../CardiacSeg/CardiacSegLib/widget.py"></location>
      <source>Load a cine or a frame</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>HippoSeg</name>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>A new segmentation is made if none is chosen; other segments of an existing one are kept.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>An image of less than 80 mm is taken for a crop unless you say otherwise.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/HippoSeg.py"></location>
      <source>HippoSeg</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Image:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Input</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>It shows:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Load the whole head that ships with QuantSeg.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Only within:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Optional region of interest: only this part of the image is looked at.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Processor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Processor:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Region that is looked at</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Result goes into:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Sample head</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Segmentation that the result goes into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/HippoSeg.py"></location>
      <source>Segments the hippocampus on T1-weighted MRI, measures it, says when a result should not be trusted, and lets a person correct, approve and export it. For research use only, not for clinical diagnosis. See the &lt;a href="https://github.com/QuantSeg/SlicerQuantSeg#readme"&gt;documentation&lt;/a&gt;.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Side of a crop</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Side of a crop:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>Side of the patient; without it the result has no side.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>T1-weighted MRI: a whole head, or a crop around one hippocampus.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/HippoSeg.py"></location>
      <source>The model was trained on Task04 of the Medical Segmentation Decathlon (CC BY-SA 4.0).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>What the image shows</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../HippoSeg/Resources/UI/HippoSeg.ui"></location>
      <source>What the networks run on; if its memory does not suffice, smaller pieces and at last the CPU are taken.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>HippoSegLib.selfTest</name>
    <message>
      <location filename="../../HippoSeg/HippoSegLib/selfTest.py"></location>
      <source>All tests passed</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>MuscleSeg</name>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source> m</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>A new segmentation is made if none is chosen; other segments of an existing one are kept.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Axial slices of the lumbar spine: the water image of a Dixon, or one T1 or T2 image.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Choose an axial slice, counted from 0; the axial views go there.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Choose an axial slice; the axial views go there.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Fat image of the Dixon</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Fat of the Dixon:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Height of the person in metres</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Input</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Let the next run measure the chosen slice alone. Which slice is L4 is yours to say: QuantSeg does not find out.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Load the drawn slices that ship with QuantSeg: water and fat of nobody.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Measure:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/MuscleSeg.py"></location>
      <source>MuscleSeg</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/MuscleSeg.py"></location>
      <source>Outlines psoas, erector spinae, multifidus and quadratus lumborum on axial MRI of the lumbar spine, measures their areas and their fat, says when a result should not be trusted, and lets a person correct, approve and export it. The network learned from drawn cross-sections; psoas and quadratus lumborum are untested on real images. For research use only, not for clinical diagnosis. See the &lt;a href="https://github.com/QuantSeg/SlicerQuantSeg#readme"&gt;documentation&lt;/a&gt;.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Person's height:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Processor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Processor:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Result goes into:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Sample slices</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Segmentation that the result goes into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Slice in view</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Slice, as a number</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Slice, as a slider</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Slice:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Take the slice that the axial view shows.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>The fat image that belongs to the water image; none for a T1 or T2, whose fat is told by a threshold. One on the same grid whose name differs in nothing but water and fat is chosen by itself.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/MuscleSeg.py"></location>
      <source>The network was trained on cross-sections that QuantSeg draws itself; no image of any person went into it, nor into the sample.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>Water, T1 or T2:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>What the networks run on; if its memory does not suffice, smaller pieces and at last the CPU are taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>With it the muscle index is given, area by height squared; a result that is shown follows at once. The lowest value means that it is not known.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/Resources/UI/MuscleSeg.ui"></location>
      <source>this slice alone, not every slice</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>MuscleSegLib.logic</name>
    <message>
      <location filename="../../MuscleSeg/MuscleSegLib/logic.py"></location>
      <source>{image} is chosen as water and as fat; choose an image for each.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>MuscleSegLib.selfTest</name>
    <message>
      <location filename="../../MuscleSeg/MuscleSegLib/selfTest.py"></location>
      <source>All tests passed</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>MuscleSegLib.sliceSection</name>
    <message>
      <location filename="../../MuscleSeg/MuscleSegLib/sliceSection.py"></location>
      <source>0 to {last}, from the feet to the head; slice {number} lies at S {mm} mm.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../MuscleSeg/MuscleSegLib/sliceSection.py"></location>
      <source>0 to {last}, from the head to the feet; slice {number} lies at S {mm} mm.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>MuscleSegLib.widget</name>
    <message>
      <location filename="../../MuscleSeg/MuscleSegLib/widget.py"></location>
      <source>height told</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>PanelFrame</name>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>Cancel</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>Choose an image first.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>End the run; the scene stays as it is.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>For research use only. Not for clinical diagnosis.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>How far the run is.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>Progress of the run</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>Segment</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>Show every segment as a surface, as large as the 3D view allows.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/PanelFrame.ui"></location>
      <source>Show in 3D</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.approvalSection</name>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>Enter your name as reviewer first.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>Export into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>It is being sent to the archive …</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>It shows the case before its last change.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>Not approved: exports are marked DRAFT.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>Sent to the archive.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>Stand for the labels as they are now; any later change revokes it.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>Written to {folder}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>{file} could not be opened; look into the folder, or export again.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>{image} was not sent: {reason}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/approvalSection.py"></location>
      <source>✔ Approved by {name} at {time}.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.comparisonSection</name>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>%</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>% a year</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>Earlier: {earlier}; now: {now}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>Larger than chance: {values}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>No change is larger than what a second scan of the same day may show.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>No verdict on the change:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>No verdict on the change: nobody knows what a second scan of the same day may show.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>The two results have no region in common; compare heads with heads, crops of a side with such.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>Value</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>bound ±</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>change</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>earlier</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/comparisonSection.py"></location>
      <source>now</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.deviceChoice</name>
    <message>
      <location filename="../../QuantSegLib/deviceChoice.py"></location>
      <source>Automatic</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/deviceChoice.py"></location>
      <source>Automatic ({device})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/deviceChoice.py"></location>
      <source>⚠ This machine has a graphics processor, which stands idle because PyTorch is missing: install it in the module PyTorch Utils and restart Slicer. Until then the CPU does the work.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/deviceChoice.py"></location>
      <source>⚠ This machine has a graphics processor, which stands idle because the installed PyTorch cannot use it: install the build for it in the module PyTorch Utils and restart Slicer. Until then the CPU does the work.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.dicomExport</name>
    <message>
      <location filename="../../QuantSegLib/dicomExport.py"></location>
      <source>The DICOM segmentation was not written: {error}</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.doubtWords</name>
    <message>
      <location filename="../../QuantSegLib/doubtWords.py"></location>
      <source>Frame {n}, {segment}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtWords.py"></location>
      <source>{value} ± {change} points</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtWords.py"></location>
      <source>{volume} in doubt</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtWords.py"></location>
      <source>{volume} ml</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtWords.py"></location>
      <source>{volume} mm³</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.doubtsSection</name>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>All {count} doubtful slices were looked at.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>Choose a doubtful slice</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>Close view</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>No doubtful slices</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>No slices are known in which the networks disagree.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>Uncertain voxels</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>Whole view</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>{count} slices in which the networks disagree, {done} of them looked at.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/doubtsSection.py"></location>
      <source>{number} of {count}, {done} looked at.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.installation</name>
    <message>
      <location filename="../../QuantSegLib/installation.py"></location>
      <source>Install packages for {module}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/installation.py"></location>
      <source>Nothing was installed; without {names} nothing can be segmented.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/installation.py"></location>
      <source>Tests install nothing; {names} must be there beforehand.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/installation.py"></location>
      <source>The extension PyTorch is missing; install it in the Extensions Manager, restart Slicer and try again.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/installation.py"></location>
      <source>{module} needs these packages in Slicer's Python:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/installation.py"></location>
      <source>{names} could not be installed; see the Python console for pip's reasons.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.panelLogic</name>
    <message>
      <location filename="../../QuantSegLib/panelLogic.py"></location>
      <source>{names} must be installed first; open the module {module} and run it once.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/panelLogic.py"></location>
      <source>{name} is a result of the task {task}; choose it in that task's module.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.panelTest</name>
    <message>
      <location filename="../../QuantSegLib/panelTest.py"></location>
      <source>It did not come about in time.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/panelTest.py"></location>
      <source>QuantSeg's packages must be installed before this test: {command}</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.panelWidget</name>
    <message>
      <location filename="../../QuantSegLib/panelWidget.py"></location>
      <source>Done on {device}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/panelWidget.py"></location>
      <source>It is the result of {image}; choose that image to see it.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.panelWords</name>
    <message>
      <location filename="../../QuantSegLib/panelWords.py"></location>
      <source>(What begins with -- is an option of the command quantseg.)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/panelWords.py"></location>
      <source>choose “{label}”</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.queueJobs</name>
    <message>
      <location filename="../../QuantSegLib/queueJobs.py"></location>
      <source>it has a result already</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueJobs.py"></location>
      <source>it has labels already</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueJobs.py"></location>
      <source>segmented by {algorithm}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueJobs.py"></location>
      <source>the image is no longer in the scene</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.queueSection</name>
    <message>
      <location filename="../../QuantSegLib/queueSection.py"></location>
      <source>Image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueSection.py"></location>
      <source>Nothing to segment: every image has labels, or is in the queue already.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueSection.py"></location>
      <source>State</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueSection.py"></location>
      <source>opened</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/queueSection.py"></location>
      <source>{name} is being segmented; open it when that is done.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.resultView</name>
    <message>
      <location filename="../../QuantSegLib/resultView.py"></location>
      <source>Nothing was segmented yet.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.runQueue</name>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>cancelled</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>done</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>failed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>left out</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>reading the image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>running</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runQueue.py"></location>
      <source>waiting</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.runSection</name>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Cancelled; nothing was changed.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Choose an image first.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Input</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Input: {image}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Keep them, write a new segmentation</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Reading the image …</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Replace them</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>Segment the image.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>The chosen segmentation is no longer in the scene: the result is in a new one.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>The chosen segmentation was changed or approved meanwhile: the result is in a new one.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>These segments were approved by {name}. What shall become of them?</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/runSection.py"></location>
      <source>You have changed these segments. What shall become of them?</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.runner</name>
    <message>
      <location filename="../../QuantSegLib/runner.py"></location>
      <source>{step}, {time} left</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.sameImage</name>
    <message>
      <location filename="../../QuantSegLib/sameImage.py"></location>
      <source>{name} was changed, or taken out of the scene, while it was segmented; there is no result.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.sampleData</name>
    <message>
      <location filename="../../QuantSegLib/sampleData.py"></location>
      <source>QuantSeg</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.scoreSection</name>
    <message>
      <location filename="../../QuantSegLib/scoreSection.py"></location>
      <source>95 %: {bounds}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/scoreSection.py"></location>
      <source>Cancel</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/scoreSection.py"></location>
      <source>Cancelled.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/scoreSection.py"></location>
      <source>Nothing was estimated yet.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/scoreSection.py"></location>
      <source>What is known of the person has changed since: estimate again.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.shortcuts</name>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>Keys while you are in the module:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>accept the proposed border</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>begin or end smart correction: a click on a wrong place proposes a better border</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>choose a tool of the Segment Editor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>choose the segment before or after</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>go back to the doubtful slice before</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>leave the border as it was</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>make the brush larger or smaller</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>mark the uncertain voxels again</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>see the whole image, and the doubtful place closely again</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>tick the doubtful slice that is shown, and go on to the next one</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>undo, redo</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/shortcuts.py"></location>
      <source>wheel</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.smartSection</name>
    <message>
      <location filename="../../QuantSegLib/smartSection.py"></location>
      <source>Accepted; the editor's Undo takes it back. Click on the next wrong place.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/smartSection.py"></location>
      <source>Click on a wrong place in a slice: outside the selected segment it shall belong to it, inside it to what lies nearest.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/smartSection.py"></location>
      <source>Left as it was. Click on another wrong place.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/smartSection.py"></location>
      <source>Proposed border</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/smartSection.py"></location>
      <source>{volume} mm³ to the {segment}, proposed in {seconds} s. Return accepts, Escape leaves it as it was; a click proposes anew.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.surfaceButton</name>
    <message>
      <location filename="../../QuantSegLib/surfaceButton.py"></location>
      <source>Show every segment as a surface, as large as the 3D view allows.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/surfaceButton.py"></location>
      <source>Surfaces appear as soon as something is segmented.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.taskChoices</name>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Both ventricles (no commercial use)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Cerebellum</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Crop around one hippocampus</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Decide by its size</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Left (of the patient)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Left ventricle only (open licence)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Pons</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Right (of the patient)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/taskChoices.py"></location>
      <source>Whole head</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.verdictText</name>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Changed by hand: {names}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Failed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Good</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Good before the correction by hand, not judged since</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Good, in part judged before the correction by hand</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Needs a look</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>No check was made: these labels were not made by a model.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/verdictText.py"></location>
      <source>Passed checks: {count} (their reasons in the tool tip).</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.worklistSection</name>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Enter your name under Reviewer first; the list keeps who changed what.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Folder of images</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Folder of labels</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>It could not be written anywhere else: {error}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>It was written to {folder} instead.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Left out, as files were changed since they were written or approved: {names}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Open a folder first.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Save this case into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Saved in {folder}; the list itself has the labels from before. Labels… takes it up from there.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>Training data into</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>approved</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>corrected</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>segmented by {algorithm}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>taken up from where it was saved</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistSection.py"></location>
      <source>⚠ Files of {name} were changed since they were written or approved; check the labels.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QuantSegLib.worklistTable</name>
    <message>
      <location filename="../../QuantSegLib/worklistTable.py"></location>
      <source> (open: {who})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistTable.py"></location>
      <source>Case</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistTable.py"></location>
      <source>Last change</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistTable.py"></location>
      <source>Result</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistTable.py"></location>
      <source>Status</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/worklistTable.py"></location>
      <source>Verdict</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>QueuePart</name>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Cancel all</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Cancel selected</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>End the run that is under way, and segment nothing more; results that are there stay.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Images that are segmented one after the other; the first that waits comes next.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Queue of images to segment</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Segment all</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Segment, one after the other in the background, every case of the list that has no labels yet; where no folder is open, every image of the scene that has no result.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/QueuePart.ui"></location>
      <source>Take the selected image out of the queue; a run that is under way ends.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>SegmentationPanel</name>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>A double click opens a case.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>A folder of images; what is done with them is kept in a folder quantseg-worklist beside them.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Accept</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Accept the proposed border</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Approve</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Approve and export</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Cases of the worklist</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Click once on a wrong place in a slice: a better border nearby is proposed, reaching four brush diameters (mm) at most (key S begins and ends).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Compare</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Compare with an earlier scan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Correct</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Date of the earlier scan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Date of the earlier scan:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Date of this scan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Date of this scan:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Doubtful slices</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Earlier image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Earlier image:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Export for training…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Export…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Go back to the doubtful slice before (key P).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>How many doubtful slices were looked at</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Image of an earlier examination of the same patient.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Its segmentation:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Labels…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Leave</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Leave all other segments alone</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Leave the border as it was</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Leave the border as it was (Escape).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Measurements</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Needs a result for both images.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Next case</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Next doubtful slice</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Open folder…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Open report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Optional: a folder of labels, each named as its image, or the output of quantseg segment.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Previous</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Previous case</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Previous doubtful slice</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Result</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Reviewer's name</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Reviewer:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Same scanner and same contrast</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Save elsewhere…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Save this case and open the one after.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Save this case and open the one before.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>See the whole image in the same slice, and come close again (key H); M outlines the uncertain voxels again.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Segment Editor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Segmentation of that image, made by this module.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Segmentation of the earlier image</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Send to archive</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Send what you approved to the archive; it supersedes the machine's results, which stay there.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Show the report that was written in the web browser.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Slicer's Segment Editor on the labels of the image; its Undo takes back the result, too.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Slices in which the networks disagree: first what can change the numbers most, by how many mm³, ml or points; ✓ was looked at. Choosing one brings the views there, outlines the uncertain voxels for some seconds and selects their segment below.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Smart correction</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Stand for the labels as they are now; any later change revokes it.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Strokes and smart correction change only the selected segment and what belongs to none: the editable area of the editor's masking is then outside all other segments.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Take over</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Take over a case whose owner was not seen for a working day, or that you left open when Slicer was killed.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Tick and go on to the next doubtful slice</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Tick the slice that is shown, and go on to the next one that was not looked at (key N).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Values with half of their 95 % interval behind ±; units stand behind what is measured.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>What smart correction proposes</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>When the earlier image was taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>When this image was taken.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Whole view</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Without it no change is called real: another scanner or contrast alone may change a volume.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Worklist: correct many cases</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Write corrected and approved cases as training data for quantseg train.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Write labels, numbers and report into a folder; without an approval they are marked DRAFT.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Write the open case, which could not be saved in the list, into another folder. Labels… takes it up again from there.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Write the proposed border (Return); the Undo of the editor below takes it back.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>Your name, as it stands in the report and in the history of the worklist.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <location filename="../../QuantSegLib/Resources/UI/SegmentationPanel.ui"></location>
      <source>yyyy-MM-dd</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
</TS>
