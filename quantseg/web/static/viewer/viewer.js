// The viewer of a case: opens image and labels, and joins screen, keys, cine and correction to the page's elements.
import { Correction } from "./correcting.js";
import { byId, pressed } from "./elements.js";
import { Images, Marks } from "./images.js";
import { readVoxels } from "./nifti.js";
import { Painting } from "./painting.js";
import { boxOf, labelledSlice, NORMALS, Screen } from "./screen.js";
import { Space } from "./space.js";

const VIEW = "quantseg view", PLAY_MS = 60, WHEEL_STEP = 1.15, FRAMED_MM = 24;
const LETTERS = [["R", "L"], ["A", "P"], ["S", "I"]];

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for ${address.split("/").pop()}.`);
  return answer;
}

class Viewer {
  constructor(element) {
    this.element = element;
    this.api = element.dataset.api;
    this.segments = JSON.parse(element.dataset.segments);
    this.plane = 0;
    this.frame = 0;
  }

  async open() {
    const labelled = this.element.dataset.hasLabels === "yes";
    const [planes, image, labels] = await Promise.all([
      fetched(`${this.api}/planes`).then((answer) => answer.json()),
      fetched(`${this.api}/image`).then((answer) => answer.arrayBuffer()),
      labelled ? fetched(`${this.api}/labels`) : null,
    ]);
    this.planes = planes;
    this.space = new Space(planes);
    this.voxels = this.space.toShown(await readVoxels(new Uint8Array(image)));
    // All images of a choice are of one kind.
    if (byId("images")) this.voxels = Float32Array.from(this.voxels);
    this.frames = Math.round(this.voxels.length / this.space.count);
    this.screen = new Screen(byId("screen"), this.space, planes, this.segments);
    await this.screen.open(this.voxels, this.frames);
    if (labels) await this.take(labels);
    this.screen.solid3d = labelled;
    this._wire();
    this._cine();
    this._focus();
    this.element.querySelector(".opening").remove();
    this.screen.moved = () => this._say();
    await this._openImages();
    this._say();
    if (labels && this.element.dataset.mayEdit === "yes") this.correction = new Correction(this);
    this.element.dataset.ready = "yes";
  }

  async _openImages() {
    if (!byId("images")) return;
    const marks = new Marks(this);
    this.screen.marked = (tile, plane, normal) => marks.draw(tile, plane, normal);
    this.images = new Images(this);
    // Until the other has come, and where it does not come, the image that the screen was opened with.
    await this.images.choose(0);
    await this.images.choose(this.images.list.findIndex((one) => one.name));
  }

  // Shows another image than the case's own, or that again.
  showImage(voxels, colours) {
    this.voxels = voxels;
    this.screen.setImage(voxels, colours);
    this._say();
  }

  // Labels as the server has them now.
  async take(answer, locked = new Set()) {
    this.etag = answer.headers.get("ETag").replace(/^W\//, "");
    const stored = await readVoxels(new Uint8Array(await answer.arrayBuffer()));
    const shown = this.space.toShown(stored), { count } = this.space;
    const frames = Array.from({ length: this.frames }, (_, frame) => shown.slice(frame * count, (frame + 1) * count));
    this.painting = new Painting(this.space, frames, (frame) => this.voxels.subarray(frame * count, (frame + 1) * count));
    this.painting.locked = locked;
    this.screen.setLabels(frames[this.frame]);
  }

  get labels() { return this.painting?.frames[this.frame]; }

  setFrame(frame) {
    this.frame = (frame + this.frames) % this.frames;
    this.screen.setFrame(this.frame, this.labels);
    byId("frame").value = this.frame;
    byId("frame-words").textContent = `frame ${this.planes.frame_numbers[this.frame] ?? this.frame + 1} of ${this.frames}`;
    this._say();
  }

  // Brings a place, RAS in mm, where one is given, and a frame, by its number in the file, into view.
  show(centre, number) {
    const frame = this.planes.frame_numbers.indexOf(number);
    if (this.frames > 1 && frame >= 0) this.setFrame(frame);
    if (centre) this.screen.goTo(this.space.voxelAt(centre));
    this.element.scrollIntoView({ block: "nearest" });
  }

  _focus() {
    const labelled = this.painting?.frames.findIndex((labels) => labels.some((value) => value)) ?? -1;
    if (labelled > 0) this.setFrame(labelled);
    const box = labelled < 0 ? null : boxOf(this.labels, this.space, 0), { shape, spacing } = this.space;
    const middle = box ? box.map(([from, to]) => (from + to) / 2) : shape.map((size) => (size - 1) / 2);
    const extent = box ? Math.max(FRAMED_MM, ...box.map(([from, to], axis) => (to - from + 1) * spacing[axis])) : Infinity;
    if (box) middle[2] = labelledSlice(this.labels, this.space, middle[2]);
    this.screen.frame(middle, extent);
  }

  _say() {
    const voxel = this.screen.voxel, index = this.space.index(voxel), mm = this.space.mmAt(voxel);
    const where = this.planes.letters ? mm.map((one, axis) => `${LETTERS[axis][one >= 0 ? 0 : 1]} ${Math.abs(one).toFixed(1)}`).join(", ") + " mm" : "";
    const grey = this.voxels[this.frame * this.space.count + index], value = this.labels?.[index];
    const name = this.segments.find((one) => one.value === value)?.name, shown = this.images?.inWords(grey) ?? `grey ${Number(grey.toPrecision(4))}`;
    byId("here").textContent = [where, shown, name, `voxel ${this.space.storedAt(voxel).join(", ")}`, this.planes.note].filter(Boolean).join(" · ");
  }

  _wire() {
    const { screen } = this, views = byId("views").querySelectorAll("button");
    for (const button of views) {
      if (this.planes.planes[button.dataset.view]) button.textContent = this.planes.planes[button.dataset.view];
      button.hidden = button.dataset.view === "3d" && !this.painting;
      button.addEventListener("click", () => this._look(button));
    }
    // As this browser's user has looked at the last case, so at the next.
    this._look([...views].find((button) => !button.hidden && button.dataset.view === localStorage.getItem(VIEW)) ?? views[0]);
    for (const tile of screen.tiles) tile.setAttribute("aria-label", this.planes.planes[tile.dataset.plane] ?? "3D");
    this._sayWindow(...this.planes.window);
    ["low", "high"].forEach((id, end) => byId(id).addEventListener("change", () => this._windowTyped(end)));
    byId("reset").addEventListener("click", () => this.reset());
    byId("opacity")?.addEventListener("input", (event) => { screen.opacity = Number(event.target.value); screen.draw(); });
    byId("outlines")?.addEventListener("change", (event) => { screen.outlines = event.target.checked; screen.draw(); });
    screen.opacity = Number(byId("opacity")?.value ?? 0);
    for (const tile of screen.tiles.slice(0, 3)) this._pointer(tile, Number(tile.dataset.plane));
    this._turning(screen.tiles[3]);
  }

  _look(button) {
    const { view } = button.dataset;
    pressed(byId("views").querySelectorAll("button"), button);
    localStorage.setItem(VIEW, view);
    this.screen.lay(view);
    if (this.screen.shown.length === 1) [this.plane] = this.screen.shown;
  }

  // What people read, of one stored unit.
  get _perStored() { return this.images?.chosen.per_stored ?? 1; }

  // One end was typed: the other gives way where white would lie below black, and what is no number is taken back.
  _windowTyped(end) {
    const typed = [...this.window], width = typed[1] - typed[0];
    typed[end] = Number(byId(["low", "high"][end]).value.trim() || NaN) / this._perStored;
    if (typed[0] >= typed[1]) typed[1 - end] = typed[end] + (end ? -width : width);
    this.setWindow(...typed);
    this._sayWindow(...this.window);
  }

  // In stored values.
  setWindow(low, high) {
    if (!(Number.isFinite(low) && Number.isFinite(high))) return;
    this._sayWindow(low, high);
    this.screen.setWindow(low, high);
  }

  _sayWindow(low, high) {
    byId("low").value = Number((low * this._perStored).toPrecision(4));
    byId("high").value = Number((high * this._perStored).toPrecision(4));
    this.window = [low, high];
    this.images?.took(low, high);
  }

  reset() {
    const first = this.images?.chosen.window ?? this.planes.window;
    if (this.window.join() !== first.join()) this.setWindow(...first);
    this._focus();
  }

  _pointer(tile, plane) {
    let drag = null;
    tile.addEventListener("contextmenu", (event) => event.preventDefault());
    tile.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      tile.focus({ preventScroll: true });
      tile.setPointerCapture(event.pointerId);
      this.plane = plane;
      const way = event.button === 2 || event.shiftKey ? "window" : event.button === 1 || event.altKey ? "pan" : "cross";
      drag = { way: way === "cross" && this.correction?.paints ? "paint" : way, x: event.clientX, y: event.clientY, window: this.window };
      if (drag.way === "paint") this.correction.down(plane, event);
      else this._dragged(drag, plane, event);
    });
    tile.addEventListener("pointermove", (event) => {
      this.correction?.hover(tile, plane, event);
      if (drag?.way === "paint") for (const one of event.getCoalescedEvents?.() ?? [event]) this.correction.move(plane, one);
      else if (drag) this._dragged(drag, plane, event);
    });
    for (const end of ["pointerup", "pointercancel"]) tile.addEventListener(end, () => { if (drag?.way === "paint") this.correction.up(); drag = null; });
    tile.addEventListener("pointerleave", () => this.correction?.leave(tile));
    tile.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.ctrlKey) this.screen.setZoom(this.screen.zoom * (event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP));
      else this._step(NORMALS[plane], event.deltaY < 0 ? 1 : -1);
    }, { passive: false });
    tile.addEventListener("keydown", (event) => this._key(event, plane));
  }

  _dragged(drag, plane, event) {
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (drag.way === "cross") {
      const voxel = this.screen.voxelUnder(plane, event);
      if (voxel) this.screen.goTo(voxel);
    } else if (drag.way === "pan") {
      this.screen.pan(plane, dx, dy);
      drag.x = event.clientX;
      drag.y = event.clientY;
    } else {
      const [low, high] = drag.window, width = (high - low) * Math.exp(dx / 200), level = (low + high) / 2 + ((high - low) * dy) / 300;
      this.setWindow(level - width / 2, level + width / 2);
    }
  }

  _turning(tile) {
    let last = null;
    tile.addEventListener("pointerdown", (event) => { last = event; tile.setPointerCapture(event.pointerId); });
    tile.addEventListener("pointermove", (event) => { if (last) { this.screen.turn(event.clientX - last.clientX, event.clientY - last.clientY); last = event; } });
    for (const end of ["pointerup", "pointercancel"]) tile.addEventListener(end, () => { last = null; });
  }

  _step(axis, by) {
    const voxel = this.screen.voxel;
    voxel[axis] += by;
    this.screen.goTo(voxel);
  }

  _key(event, plane) {
    this.plane = plane;
    const [across, down] = [0, 1, 2].filter((axis) => axis !== NORMALS[plane]);
    const keys = {
      ArrowLeft: () => this._step(across, 1), ArrowRight: () => this._step(across, -1), ArrowUp: () => this._step(down, 1), ArrowDown: () => this._step(down, -1),
      PageUp: () => this._step(NORMALS[plane], 1), PageDown: () => this._step(NORMALS[plane], -1),
      "+": () => this.screen.setZoom(this.screen.zoom * WHEEL_STEP), "-": () => this.screen.setZoom(this.screen.zoom / WHEEL_STEP), "0": () => this.reset(),
      ",": () => this.frames > 1 && this.setFrame(this.frame - 1), ".": () => this.frames > 1 && this.setFrame(this.frame + 1), " ": () => byId("play").click(),
      o: () => byId("outlines")?.click(),
    };
    const number = Number(event.key) - 1, choose = !this.correction && this.images?.list[number] && (() => this.images.choose(number));
    const act = this.correction?.keys(event, plane) ?? (event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key] ?? choose);
    if (!act) return;
    event.preventDefault();
    act();
  }

  _cine() {
    byId("cine").hidden = this.frames < 2;
    if (this.frames < 2) return;
    byId("frame").max = this.frames - 1;
    byId("frame").addEventListener("input", (event) => this.setFrame(Number(event.target.value)));
    let playing = null;
    byId("play").addEventListener("click", () => {
      clearInterval(playing);
      playing = playing ? null : setInterval(() => this.setFrame(this.frame + 1), PLAY_MS);
      byId("play").textContent = playing ? "Stop" : "Play";
      byId("play").setAttribute("aria-pressed", String(Boolean(playing)));
    });
    this.setFrame(0);
  }
}

export function start(element) {
  const viewer = new Viewer(element);
  viewer.open().catch((error) => {
    const said = element.querySelector(".opening") ?? byId("here");
    said.textContent = document.createElement("canvas").getContext("webgl2") ? error.message : "This browser has no WebGL 2, so that images cannot be shown; the report has pictures.";
    element.dataset.ready = "failed";
  });
  element.viewer = viewer;
  return viewer;
}
