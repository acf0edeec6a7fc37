// The images that a result holds beside the case's own: a choice among them, what brightness stands for, marked places.
import { byId, pressed } from "./elements.js";
import { readVoxels } from "./nifti.js";

// Less, the same, more: blue and red as in the report's picture; nothing is dark here, for rooms that are.
const SIGNED = [[92, 164, 255], [12, 12, 12], [255, 92, 76]], GREY = [[0, 0, 0], [255, 255, 255]];
const NEAR_MM = 6, MARK_PIXELS = 10;

export class Images {
  // viewer: with its voxels as the first image that is chosen from needs them.
  constructor(viewer) {
    this.viewer = viewer;
    this.list = JSON.parse(viewer.element.dataset.images);
    this.voxels = new Map([[null, viewer.voxels]]);
    this.windows = new Map();
    this.buttons = byId("images").querySelectorAll("button");
    this.buttons.forEach((button, number) => button.addEventListener("click", () => this.choose(number)));
  }

  // What is shown alike keeps its window together, so that it can be compared.
  _alike() { return this.chosen.window.join(); }

  async choose(number) {
    const one = this.list[number];
    if (!one) return;
    this.wanted = one;
    try {
      if (!this.voxels.has(one.name)) this.voxels.set(one.name, await this._fetched(one.name));
    } catch (error) {
      byId("shown").textContent = `${one.title} cannot be shown: ${error.message}`;
      return;
    }
    // Somebody may have chosen another meanwhile.
    if (this.wanted !== one) return;
    this.chosen = one;
    pressed(this.buttons, this.buttons[number]);
    byId("shown").textContent = `${one.title}: ${one.words}.`;
    this.viewer.showImage(this.voxels.get(one.name), one.is_signed ? SIGNED : GREY);
    this.viewer.setWindow(...(this.windows.get(this._alike()) ?? one.window));
  }

  async _fetched(name) {
    const answer = await fetch(`${this.viewer.api}/images/${name}`);
    if (!answer.ok) throw new Error(`The server answered ${answer.status} for the image ${name}.`);
    return this.viewer.space.toShown(await readVoxels(new Uint8Array(await answer.arrayBuffer())));
  }

  inWords(stored) { return `${this.chosen.title.toLowerCase()} ${this._read(stored)}${this._unit}`; }

  // Stored values as people read them.
  _read(stored) { return Number((stored * this.chosen.per_stored).toPrecision(4)); }

  get _unit() { return this.chosen.unit === "1" ? " (the image's own unit)" : ` ${this.chosen.unit}`; }

  // The window has changed to these stored values.
  took(low, high) {
    this.windows.set(this._alike(), [low, high]);
    const [first, last] = byId("scale").querySelectorAll("span"), colours = this.chosen.is_signed ? SIGNED : GREY;
    first.textContent = this._read(low);
    last.textContent = `${this._read(high)}${this._unit}`;
    byId("ramp").replaceChildren(...colours.map((colour, at) => {
      const stop = document.createElementNS("http://www.w3.org/2000/svg", "stop");
      stop.setAttribute("offset", at / (colours.length - 1));
      stop.setAttribute("stop-color", `rgb(${colour.join()})`);
      return stop;
    }));
  }
}

// Circles around the places that are to be looked at, where they lie near the slice.
export class Marks {
  constructor(viewer) {
    this.viewer = viewer;
    this.places = JSON.parse(viewer.element.dataset.places).map((one) => viewer.space.voxelAt(one.centre_ras_mm));
  }

  draw(tile, plane, normal) {
    const { screen, space } = this.viewer, circles = [];
    for (const place of this.places) {
      if (Math.abs(place[normal] - screen.voxel[normal]) * space.spacing[normal] > NEAR_MM) continue;
      const at = screen.placeOf(plane, place), circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      if (!at) continue;
      circle.setAttribute("cx", at[0]);
      circle.setAttribute("cy", at[1]);
      circle.setAttribute("r", MARK_PIXELS);
      circles.push(circle);
    }
    tile.querySelector(".ring g").replaceChildren(...circles);
  }
}
