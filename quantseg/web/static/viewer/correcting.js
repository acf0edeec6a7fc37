// Correction by hand: tools, labels and locks, undo and redo, and the numbers that follow.
import { byId, pressed } from "./elements.js";
import { Holding } from "./holding.js";
import { Saving } from "./saving.js";
import { NORMALS } from "./screen.js";

const BRUSH_STEP = 1.25;

export class Correction {
  constructor(viewer) {
    this.viewer = viewer;
    this.active = false;
    this.tool = "paint";
    this.label = viewer.segments[0].value;
    this.last = null;
    this.trouble = (words, acts = []) => this._trouble(words, acts);
    this.saving = new Saving(viewer, {
      state: (words) => this._state(words),
      trouble: this.trouble,
      saved: () => this.refreshNumbers(),
      outdated: () => this.holding.outdated(),
    });
    this.holding = new Holding(viewer, this);
    byId("brush").value = viewer.planes.brush_mm;
    this._wire();
    this._sayBrush();
  }

  get paints() { return this.active && this.tool !== "look"; }

  get painting() { return this.viewer.painting; }

  // --- from the planes
  down(plane, event) {
    this.frame = this.viewer.frame;
    this.painting.begin(this.frame);
    this.last = null;
    this.move(plane, event);
  }

  move(plane, event) {
    const voxel = this.viewer.screen.voxelUnder(plane, event), { spacing } = this.viewer.space;
    if (!voxel) { this.last = null; return; }
    const from = this.last ?? voxel, apart = Math.hypot(...voxel.map((at, axis) => (at - from[axis]) * spacing[axis]));
    // So close that a quick hand leaves no gaps.
    const steps = Math.max(1, Math.ceil(apart / Math.max(this.radius / 2, Math.min(...spacing) / 2)));
    for (let step = this.last ? 1 : steps; step <= steps; step++) this._dab(plane, from.map((at, axis) => at + ((voxel[axis] - at) * step) / steps));
    this.last = voxel;
    this.viewer.screen.refresh();
  }

  up() { this._ended(this.painting.end()); }

  get radius() { return Number(byId("brush").value) / 2; }

  _dab(plane, centre) {
    const axis = byId("ball").checked ? null : NORMALS[plane];
    this.painting.range = byId("threshold").checked && this.tool === "paint" ? [Number(byId("from").value), Number(byId("to").value)] : null;
    this.painting.dab(centre, axis, this.radius, this.tool === "erase" ? 0 : this.label, this.label);
  }

  _ended(changed) {
    this._sayUndo();
    if (!changed) return;
    this.viewer.screen.refresh();
    this.saving.changed(this.frame);
  }

  hover(tile, plane, event) {
    const circle = tile.querySelector(".ring circle"), box = tile.getBoundingClientRect();
    circle.setAttribute("r", this.paints ? this.radius / this.viewer.screen.mmPerPixel(plane) : 0);
    circle.setAttribute("cx", event.clientX - box.left);
    circle.setAttribute("cy", event.clientY - box.top);
  }

  leave(tile) { tile.querySelector(".ring circle").setAttribute("r", 0); }

  // --- from the keys; returns what a key does, or nothing where it is none of ours.
  keys(event, plane) {
    if (!this.active) return null;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "z") return () => (event.shiftKey ? this.turn("redo") : this.turn("undo"));
      return event.key === "y" ? () => this.turn("redo") : null;
    }
    const tools = { v: "look", b: "paint", e: "erase" }, number = Number(event.key) - 1;
    if (tools[event.key]) return () => this._choose(tools[event.key]);
    if (number >= 0 && this.viewer.segments[number]) return () => this._chooseLabel(this.viewer.segments[number].value);
    const others = {
      "[": () => this._resize(1 / BRUSH_STEP), "]": () => this._resize(BRUSH_STEP), f: () => byId("fill").click(),
      Enter: () => this.paints && this._at(plane),
    };
    return others[event.key] ?? null;
  }

  _at(plane) {
    this.frame = this.viewer.frame;
    this.painting.begin(this.frame);
    this._dab(plane, this.viewer.screen.voxel);
    this._ended(this.painting.end());
  }

  turn(way) {
    const frame = this.painting[way]();
    if (frame === null) return;
    this.frame = frame;
    if (frame !== this.viewer.frame) this.viewer.setFrame(frame);
    this._ended(true);
  }

  _fill() {
    this.frame = this.viewer.frame;
    this.painting.range = null;
    const slices = this.painting.fillBetween(this.frame, NORMALS[this.viewer.plane], this.label), name = this.viewer.planes.planes[this.viewer.plane];
    this._ended(slices > 0);
    if (!slices) this._state(`Nothing lies between slices of the plane "${name}": draw on two of them first.`);
  }

  // --- from the page
  _wire() {
    byId("correct").addEventListener("click", () => (this.active ? this.stop() : this.start({})));
    for (const button of byId("tool").querySelectorAll("button")) button.addEventListener("click", () => this._choose(button.dataset.tool));
    byId("brush").addEventListener("input", () => this._sayBrush());
    byId("undo").addEventListener("click", () => this.turn("undo"));
    byId("redo").addEventListener("click", () => this.turn("redo"));
    byId("fill").addEventListener("click", () => this._fill());
    byId("threshold").addEventListener("change", (event) => { byId("range").hidden = !event.target.checked; this._takeRange(); });
    for (const item of byId("labels").children) {
      const value = Number(item.dataset.value);
      item.querySelector(".label").addEventListener("click", () => this._chooseLabel(value));
      item.querySelector(".lock input").addEventListener("change", (event) => this.painting.locked[event.target.checked ? "add" : "delete"](value));
    }
  }

  async start(wanted) {
    if (!(await this.holding.take(wanted))) return;
    this._open(true);
    this._chooseLabel(this.label);
    this._state("");
  }

  // Ends the correction once everything is saved.
  async stop() {
    if (!(await this.saving.flush())) return false;
    await this.holding.release();
    this._open(false);
    return true;
  }

  _open(open) {
    this.active = open;
    byId("painting").hidden = !open;
    byId("correct").textContent = open ? "Done" : "Correct";
    for (const item of byId("labels").children) {
      item.querySelector(".label").disabled = !open;
      item.querySelector(".lock").hidden = !open;
      if (!open) item.querySelector(".label").setAttribute("aria-pressed", "false");
    }
    this._choose(open ? "paint" : "look");
    this.viewer.screen.tiles[this.viewer.plane].focus({ preventScroll: true });
  }

  // After another's hand has changed the labels: nothing of ours can be turned back any more.
  closed() { this._open(false); }

  _choose(tool) {
    this.tool = tool;
    const buttons = byId("tool").querySelectorAll("button");
    pressed(buttons, [...buttons].find((button) => button.dataset.tool === tool));
    this.viewer.screen.crosshair = !this.paints;
    this.viewer.screen.draw();
  }

  _chooseLabel(value) {
    this.label = value;
    for (const item of byId("labels").children) item.querySelector(".label").setAttribute("aria-pressed", String(Number(item.dataset.value) === value));
    if (byId("threshold").checked) this._takeRange();
  }

  _resize(by) {
    byId("brush").value = Number(byId("brush").value) * by;
    this._sayBrush();
  }

  _sayBrush() { byId("brush-mm").textContent = `${Number(byId("brush").value)} ${this.viewer.planes.spacing_mm ? "mm" : "(unit unknown)"}`; }

  _sayUndo() {
    byId("undo").disabled = !this.painting.done.length;
    byId("redo").disabled = !this.painting.undone.length;
  }

  // The middle nine tenths of what the label holds now, to begin with.
  _takeRange() {
    const labels = this.viewer.labels, grey = this.painting.image(this.viewer.frame), held = [];
    for (let index = 0; index < labels.length; index++) if (labels[index] === this.label) held.push(grey[index]);
    held.sort((a, b) => a - b);
    const range = held.length ? [held[Math.floor(0.05 * held.length)], held[Math.floor(0.95 * (held.length - 1))]] : this.viewer.window;
    byId("from").value = Number(range[0].toPrecision(4));
    byId("to").value = Number(range[1].toPrecision(4));
  }

  _state(words) {
    byId("saved").textContent = words;
    // What is approved must be what is seen.
    const waits = this.saving?.dirty.size > 0;
    byId("numbers")?.setAttribute("aria-busy", String(waits));
    for (const button of document.querySelectorAll("#approval button")) button.disabled = waits;
  }

  _trouble(words, acts) {
    const box = byId("trouble");
    box.hidden = !words;
    box.querySelector("p").textContent = words;
    box.querySelector(".acts").replaceChildren(...acts.map(([name, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = name;
      button.addEventListener("click", act);
      return button;
    }));
  }

  // What stands beside the picture comes from the server as it is now, made as the page itself is.
  async refreshNumbers() {
    const answer = await fetch(`${this.viewer.element.dataset.page}/numbers`).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("numbers"), now = byId("numbers");
    for (const details of now.querySelectorAll("details[open]")) fresh.querySelector(`#${details.id}`)?.setAttribute("open", "");
    now.replaceWith(document.adoptNode(fresh));
  }
}
