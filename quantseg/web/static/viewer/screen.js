// The picture: planes and 3D drawn by NiiVue, and over them letters, places and the brush's edge as elements of the page.
import { Niivue, SLICE_TYPE } from "./vendor/niivue.js";
import { fileOf } from "./nifti.js";

// Planes of a scan in the order of the server; the axis that NiiVue's voxels keep in each.
const KINDS = [SLICE_TYPE.AXIAL, SLICE_TYPE.CORONAL, SLICE_TYPE.SAGITTAL];
export const NORMALS = [2, 1, 0];
const OPTIONS = {
  isRadiologicalConvention: true, sagittalNoseLeft: true, isOrientationTextVisible: false, interactive: false, dragAndDropEnabled: false,
  backColor: [0, 0, 0, 1], crosshairColor: [0.5, 0.82, 0.78, 0.55], show3Dcrosshair: false, logLevel: "silent", isAntiAlias: false,
  loadingText: "", isNearestInterpolation: false, isColorbar: false, crosshairWidthUnit: "mm",
};
const GAP = 0.004, LARGEST_ZOOM = 12, CROSS_SHARE = 0.003, MARGIN_VOXELS = 3, SOLID = 0.9;

// Fills each tile of a layout, however it is shaped; NiiVue keeps to the shape of the image.
class FilledTiles extends Niivue {
  calculateWidthHeight(_kind, _scale, width, height) {
    this.tileShape = [width, height];
    return [width, height];
  }

  screenFieldOfViewExtendedVox(kind) {
    const field = super.screenFieldOfViewExtendedVox(kind), [width, height] = this.tileShape ?? [1, 1];
    const wide = field.fovMM[0] / field.fovMM[1] < width / height, at = wide ? 0 : 1;
    const size = wide ? (field.fovMM[1] * width) / height : (field.fovMM[0] * height) / width, middle = (field.mnMM[at] + field.mxMM[at]) / 2;
    field.mnMM[at] = middle - size / 2;
    field.mxMM[at] = middle + size / 2;
    field.fovMM[at] = size;
    return field;
  }
}

export class Screen {
  // element: holds a canvas and tiles, which say their plane ("0" to "2", or "3d") in data-plane.
  constructor(element, space, planes, segments) {
    this.element = element;
    this.space = space;
    this.planes = planes;
    this.segments = segments;
    this.tiles = Array.from(element.querySelectorAll(".tile"));
    this.view = "all";
    this.zoom = 1;
    this.centre = [0, 0, 0];
    this.extent = Math.max(...space.shape.map((size, axis) => size * space.spacing[axis]));
    this.opacity = 0.5;
    this.outlines = true;
    this.crosshair = true;
    this.waiting = false;
    this.moved = () => {};
    this.marked = () => {};
    this.solid3d = true;
  }

  async open(voxels, frames) {
    this.niivue = new FilledTiles({ ...OPTIONS, gradientOrder: 0 });
    await this.niivue.attachToCanvas(this.element.querySelector("canvas"));
    this.niivue.setDrawColormap(colours(this.segments));
    await this.niivue.loadFromArrayBuffer(await fileOf(voxels, this.space.shape, frames, this.space.drawn, this.planes.window), "image.nii");
    for (const tile of this.tiles.slice(0, 3)) this._letter(tile);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  _letter(tile) {
    const letters = this.planes.letters?.[Number(tile.dataset.plane)] ?? {};
    for (const edge of ["left", "right", "top", "bottom"]) tile.querySelector(`.${edge}`).textContent = letters[edge] ?? "";
  }

  // voxels: of one frame, of the kind that the screen was opened with; colours: from the window's lowest value to its highest.
  setImage(voxels, colours) {
    const [volume] = this.niivue.volumes, last = colours.length - 1, channel = (at) => colours.map((one) => one[at]);
    volume.img = voxels;
    this.niivue.addColormap("chosen", { R: channel(0), G: channel(1), B: channel(2), A: colours.map(() => 255), I: colours.map((_, at) => Math.round((255 * at) / last)) });
    this.niivue.setColormap(volume.id, "chosen");
  }

  setWindow(low, high) {
    const volume = this.niivue.volumes[0];
    volume.cal_min = low;
    volume.cal_max = Math.max(high, low + 1e-6);
    this.niivue.updateGLVolume();
    this.draw();
  }

  // labels: of the frame that is shown, which may be changed in place later.
  setLabels(labels) {
    if (!this.niivue.drawBitmap) this.niivue.createEmptyDrawing();
    this.niivue.drawBitmap = labels;
    this.refresh();
  }

  refresh() {
    this.changed = true;
    this.draw();
  }

  setFrame(frame, labels) {
    this.niivue.setFrame4D(this.niivue.volumes[0].id, frame);
    if (labels) this.setLabels(labels);
    this.draw();
  }

  // "all", or the number of a plane, or "3d".
  lay(view) {
    this.view = view;
    const { spacing } = this.space, aniso = spacing[2] > 1.5 * Math.max(spacing[0], spacing[1]), half = 0.5 - GAP / 2, third = (1 - 2 * GAP) / 3;
    // Without labels there is nothing in 3D.
    const first = aniso ? 0.62 : half, flat = { 0: [0, 0, first, 1], 1: [first + GAP, 0, 1 - first - GAP, half], 2: [first + GAP, half + GAP, 1 - first - GAP, half] };
    const all = !this.solid3d ? flat : aniso
      ? { 0: [0, 0, 0.62, 1], 1: [0.62 + GAP, 0, 0.38 - GAP, third], 2: [0.62 + GAP, third + GAP, 0.38 - GAP, third], "3d": [0.62 + GAP, 2 * (third + GAP), 0.38 - GAP, third] }
      : { 0: [0, 0, half, half], 1: [half + GAP, 0, half, half], 2: [0, half + GAP, half, half], "3d": [half + GAP, half + GAP, half, half] };
    const places = view === "all" ? all : { [view]: [0, 0, 1, 1] };
    for (const tile of this.tiles) {
      const place = places[tile.dataset.plane];
      tile.hidden = !place;
      if (place) ["left", "top", "width", "height"].forEach((side, at) => { tile.style[side] = `${100 * place[at]}%`; });
    }
    this.shown = Object.keys(places).filter((one) => one !== "3d").map(Number);
    this.niivue.canvas.hidden = !this.shown.length;
    if (this.shown.length) this.niivue.setCustomLayout(this.shown.map((plane) => ({ sliceType: KINDS[plane], position: places[plane] })));
    this.draw();
    this.show3d();
  }

  get voxel() { return this.space.clamped(this.exact); }

  // Where the cross is, in voxels; its middle is a whole number.
  get exact() { return Array.from(this.niivue.scene.crosshairPos, (part, axis) => part * this.space.shape[axis] - 0.5); }

  goTo(voxel) {
    this.niivue.scene.crosshairPos = this.space.clamped(voxel).map((at, axis) => (at + 0.5) / this.space.shape[axis]);
    const { spacing, shape } = this.space;
    if (this.zoom > 1) this.centre = this.centre.map((mm, axis) => this._within(mm, (this.voxel[axis] - (shape[axis] - 1) / 2) * spacing[axis], axis));
    this.draw();
    this.moved();
  }

  // Where a zoomed picture has to have its middle, so that a place is well within it.
  _within(middle, place, axis) {
    const reach = (0.42 * this.space.shape[axis] * this.space.spacing[axis]) / this.zoom;
    return Math.min(place + reach, Math.max(place - reach, middle));
  }

  setZoom(zoom, centre = this.centre) {
    this.zoom = Math.min(LARGEST_ZOOM, Math.max(1, zoom));
    this.centre = this.zoom === 1 ? [0, 0, 0] : centre;
    this.draw();
  }

  // Shows a place in the middle of all planes, so large that an extent in mm takes a good part of them.
  frame(voxel, extent) {
    const { shape, spacing } = this.space;
    this.goTo(voxel);
    this.setZoom(Math.min(4, this.extent / (2 * extent)), voxel.map((at, axis) => (at - (shape[axis] - 1) / 2) * spacing[axis]));
  }

  pan(plane, dx, dy) {
    const mm = this.mmPerPixel(plane), [across, down] = [0, 1, 2].filter((axis) => axis !== NORMALS[plane]), centre = [...this.centre];
    centre[across] += dx * mm;
    centre[down] += dy * mm;
    this.setZoom(this.zoom, centre);
  }

  // Of the picture as it is shown now, in the page's own pixels.
  mmPerPixel(plane) {
    const slice = this.niivue.screenSlices.find((one) => one.axCorSag === KINDS[plane]);
    return slice ? (Math.abs(slice.fovMM[0]) / slice.leftTopWidthHeight[2]) * this._ratio() : 1;
  }

  _ratio() { return this.niivue.canvas.width / this.niivue.canvas.clientWidth; }

  // The voxel, not rounded, under a place in a tile; null outside the image.
  voxelUnder(plane, event) {
    const { niivue } = this, box = niivue.canvas.getBoundingClientRect(), ratio = this._ratio();
    const number = niivue.screenSlices.findIndex((one) => one.axCorSag === KINDS[plane]);
    if (number < 0) return null;
    const part = niivue.screenXY2TextureFrac((event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio, number, false);
    const voxel = Array.from(part, (one, axis) => one * this.space.shape[axis] - 0.5);
    voxel[NORMALS[plane]] = this.voxel[NORMALS[plane]];
    return this.space.inside(voxel.map(Math.round)) ? voxel : null;
  }

  // Where a voxel is drawn in a tile of its plane, in the page's pixels; null where the tile is not shown.
  placeOf(plane, voxel) {
    const { niivue } = this, ratio = this._ratio(), number = niivue.screenSlices.findIndex((one) => one.axCorSag === KINDS[plane]);
    if (number < 0) return null;
    const [left, top, width, height] = niivue.screenSlices[number].leftTopWidthHeight;
    const first = niivue.screenXY2TextureFrac(left, top, number, false), last = niivue.screenXY2TextureFrac(left + width, top + height, number, false);
    return [0, 1, 2].filter((axis) => axis !== NORMALS[plane]).map((axis, at) => {
      const part = ((voxel[axis] + 0.5) / this.space.shape[axis] - first[axis]) / (last[axis] - first[axis]);
      return (part * (at ? height : width)) / ratio;
    });
  }

  draw() {
    if (this.waiting || !this.shown) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const { niivue } = this;
      const fill = this.outlines ? 0.12 * this.opacity : this.opacity;
      niivue.drawOpacity = this.opacity ? Math.max(fill, 0.004) : 0;
      niivue.drawRimOpacity = this.outlines && this.opacity ? Math.min(1, 0.35 + this.opacity) : -1;
      niivue.opts.crosshairWidth = this.crosshair ? CROSS_SHARE * this.extent / this.zoom : 0;
      niivue.scene.pan2Dxyzmm = [...this.centre.map((mm) => -this.zoom * mm), this.zoom];
      if (this.changed && niivue.drawBitmap) niivue.refreshDrawing(false);
      if (this.changed) this._solidLater();
      this.changed = false;
      niivue.drawScene();
      for (const tile of this.tiles.slice(0, 3)) {
        this._title(tile);
        if (!tile.hidden) this.marked(tile, Number(tile.dataset.plane), NORMALS[tile.dataset.plane]);
      }
    });
  }

  _title(tile) {
    const plane = Number(tile.dataset.plane), axis = NORMALS[plane], size = this.space.shape[axis];
    // Counted in the direction in which the eye goes through the first plane.
    tile.querySelector(".place").textContent = `${this.planes.planes[plane]} ${size - this.voxel[axis]}/${size}`;
  }

  // --- 3D: the labels alone, cut out, so that it costs little.
  show3d() {
    if (!this.tiles[3].hidden) this._solidLater();
  }

  _solidLater() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this._drawSolid().catch(() => { this.tiles[3].querySelector(".place").textContent = "3D cannot be drawn here"; }), 500);
  }

  async _drawSolid() {
    const { niivue, space } = this, tile = this.tiles[3], canvas = tile.querySelector("canvas");
    if (tile.hidden) return;
    const box = niivue.drawBitmap && boxOf(niivue.drawBitmap, space, MARGIN_VOXELS);
    canvas.hidden = !box;
    tile.querySelector(".place").textContent = box ? "3D" : "3D: no labels";
    if (!box) return;
    const shape = box.map(([from, to]) => to - from + 1), cut = new Uint8Array(shape[0] * shape[1] * shape[2]);
    let at = 0;
    for (let z = box[2][0]; z <= box[2][1]; z++) for (let y = box[1][0]; y <= box[1][1]; y++) {
      const from = space.index([box[0][0], y, z]);
      cut.set(niivue.drawBitmap.subarray(from, from + shape[0]), at);
      at += shape[0];
    }
    if (!this.solid) {
      // NiiVue's cube knows the body's axes alone.
      this.solid = new Niivue({ ...OPTIONS, isOrientCube: this.planes.along_body });
      await this.solid.attachToCanvas(canvas);
      this.solid.setSliceType(SLICE_TYPE.RENDER);
      this.solid.scene.renderAzimuth = 160;
      this.solid.scene.renderElevation = 20;
    }
    const affine = [0, 1, 2].map((row) => [0, 1, 2].map((one) => (one === row ? space.spacing[row] : 0)).concat(0)).concat([[0, 0, 0, 1]]);
    const same = this.solidShape?.join() === shape.join();
    if (!same) {
      if (this.solid.volumes.length) this.solid.removeVolumeByIndex(0);
      this.solid.closeDrawing();
      await this.solid.loadFromArrayBuffer(await fileOf(new Uint8Array(cut.length), shape, 1, affine), "labels.nii");
      this.solid.setOpacity(0, 0);
      this.solid.createEmptyDrawing();
      this.solid.setDrawColormap(colours(this.segments));
      this.solid.drawOpacity = SOLID;
      this.solidShape = shape;
    }
    this.solid.drawBitmap = cut;
    this.solid.refreshDrawing(true);
  }

  turn(dx, dy) {
    if (!this.solid) return;
    this.solid.scene.renderAzimuth += dx;
    this.solid.scene.renderElevation += dy;
    this.solid.drawScene();
  }
}

// The box around all labels, with a margin; null where there are none.
export function boxOf(labels, space, margin) {
  const low = [Infinity, Infinity, Infinity], high = [-1, -1, -1], [width, height] = space.shape;
  for (let index = 0; index < labels.length; index++) if (labels[index]) {
    const voxel = [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))];
    voxel.forEach((at, axis) => { if (at < low[axis]) low[axis] = at; if (at > high[axis]) high[axis] = at; });
  }
  return high[0] < 0 ? null : low.map((from, axis) => [Math.max(0, from - margin), Math.min(space.shape[axis] - 1, high[axis] + margin)]);
}

// The slice of the first plane nearest to a place that holds a label; labels may leave slices out between others.
export function labelledSlice(labels, space, near) {
  const area = space.shape[0] * space.shape[1], places = Array.from({ length: space.shape[2] }, (_, z) => z);
  places.sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
  return places.find((z) => labels.subarray(z * area, (z + 1) * area).some((value) => value));
}

function colours(segments) {
  const table = { R: [0], G: [0], B: [0], A: [0], I: [0], labels: [""] };
  for (const { value, colour, name } of [...segments].sort((a, b) => a.value - b.value)) {
    ["R", "G", "B"].forEach((channel, at) => table[channel].push(colour[at]));
    table.A.push(255);
    table.I.push(value);
    table.labels.push(name);
  }
  return table;
}
