// Labels of all frames as they are drawn, and what a hand does to them; nothing here knows of a screen or a server.
export class Painting {
  // frames: one Uint8Array each; image(frame) returns intensities of a frame in the same order.
  constructor(space, frames, image) {
    this.space = space;
    this.frames = frames;
    this.image = image;
    this.locked = new Set();
    this.range = null;
    this.done = [];
    this.undone = [];
    this.stroke = null;
    // Slices that a hand has drawn on since the last filling, by "frame plane label".
    this.drawn = new Map();
  }

  begin(frame) { this.stroke = { frame, at: [], before: [], after: [] }; }

  // Ends a stroke, and tells whether it changed anything.
  end() {
    const stroke = this.stroke;
    this.stroke = null;
    if (!stroke || !stroke.at.length) return false;
    this.done.push(stroke);
    this.undone = [];
    return true;
  }

  put(index, value) {
    const labels = this.frames[this.stroke.frame], now = labels[index];
    if (now === value || this.locked.has(now)) return;
    if (this.range) {
      const grey = this.image(this.stroke.frame)[index];
      if (!(grey >= this.range[0] && grey <= this.range[1])) return;
    }
    this.stroke.at.push(index);
    this.stroke.before.push(now);
    this.stroke.after.push(value);
    labels[index] = value;
  }

  // A disc in the slice that has the axis as its normal, or a ball where axis is null; centre in voxels, radius in mm.
  dab(centre, axis, radius, value, label) {
    const { space } = this, middle = space.clamped(centre);
    const reach = space.spacing.map((mm, at) => (at === axis ? 0 : Math.ceil(radius / mm)));
    const from = middle.map((at, n) => Math.max(0, at - reach[n])), to = middle.map((at, n) => Math.min(space.shape[n] - 1, at + reach[n]));
    for (let z = from[2]; z <= to[2]; z++) for (let y = from[1]; y <= to[1]; y++) for (let x = from[0]; x <= to[0]; x++) {
      const here = [x, y, z], isMiddle = here.every((one, n) => one === middle[n]);
      const apart = Math.hypot(...here.map((one, n) => (n === axis ? 0 : (one - centre[n]) * space.spacing[n])));
      if (isMiddle || apart <= radius) this.put(space.index(here), value);
    }
    if (axis !== null) this._note(axis, middle[axis], label);
  }

  _note(axis, slice, label) {
    const key = [this.stroke.frame, axis, label].join(" ");
    if (!this.drawn.has(key)) this.drawn.set(key, new Set());
    this.drawn.get(key).add(slice);
  }

  undo() { return this._turn(this.done, this.undone, "before", -1); }

  redo() { return this._turn(this.undone, this.done, "after", 1); }

  // Returns the frame that was changed; null where there is nothing to turn.
  _turn(from, to, which, way) {
    const stroke = from.pop();
    if (!stroke) return null;
    to.push(stroke);
    const labels = this.frames[stroke.frame], last = stroke.at.length - 1;
    // Backwards for an undo: a voxel may have been changed twice in one stroke.
    for (let n = 0; n <= last; n++) { const at = way > 0 ? n : last - n; labels[stroke.at[at]] = stroke[which][at]; }
    return stroke.frame;
  }

  // Fills a label between slices of a plane: those drawn on since the last filling, or else those that have it, where
  // some between have not. The shape between goes evenly from one to the other by distance to the edge (Raya and Udupa,
  // IEEE Transactions on Medical Imaging 9, 1990). Returns how many slices were filled.
  fillBetween(frame, axis, label) {
    const key = [frame, axis, label].join(" "), filled = new Set(this._slicesWith(frame, axis, label));
    const drawn = [...(this.drawn.get(key) ?? [])].filter((slice) => filled.has(slice)).sort((a, b) => a - b);
    const known = drawn.length > 1 ? drawn : [...filled].sort((a, b) => a - b);
    let slices = 0;
    this.begin(frame);
    for (let n = 1; n < known.length; n++) if (known[n] - known[n - 1] > 1) slices += this._between(frame, axis, label, known[n - 1], known[n]);
    this.drawn.delete(key);
    return this.end() ? slices : 0;
  }

  _slicesWith(frame, axis, label) {
    const { shape } = this.space, labels = this.frames[frame], found = new Set();
    for (let index = 0; index < labels.length; index++) if (labels[index] === label) {
      found.add(axis === 0 ? index % shape[0] : axis === 1 ? Math.floor(index / shape[0]) % shape[1] : Math.floor(index / (shape[0] * shape[1])));
    }
    return found;
  }

  _between(frame, axis, label, low, high) {
    const below = this._distances(frame, axis, low, label), above = this._distances(frame, axis, high, label);
    for (let slice = low + 1; slice < high; slice++) {
      const share = (slice - low) / (high - low);
      this._eachOf(axis, slice, (index, at) => {
        const within = (1 - share) * below[at] + share * above[at] < 0, now = this.frames[frame][index];
        if (within) this.put(index, label); else if (now === label) this.put(index, 0);
      });
    }
    return high - low - 1;
  }

  _eachOf(axis, slice, visit) {
    const { space } = this, { shape } = space, [a, b] = [0, 1, 2].filter((one) => one !== axis);
    const here = [0, 0, 0];
    here[axis] = slice;
    let at = 0;
    for (here[b] = 0; here[b] < shape[b]; here[b]++) for (here[a] = 0; here[a] < shape[a]; here[a]++) visit(space.index(here), at++);
  }

  // Signed distance in mm to the edge of a label in one slice, negative within, by two sweeps (chamfer).
  _distances(frame, axis, slice, label) {
    const [a, b] = [0, 1, 2].filter((one) => one !== axis), width = this.space.shape[a], height = this.space.shape[b];
    const stepA = this.space.spacing[a], stepB = this.space.spacing[b], slant = Math.hypot(stepA, stepB), inside = new Uint8Array(width * height);
    this._eachOf(axis, slice, (index, at) => { inside[at] = this.frames[frame][index] === label ? 1 : 0; });
    const sweep = (of) => {
      const far = new Float32Array(width * height).fill(1e6);
      for (let at = 0; at < far.length; at++) if (inside[at] !== of) far[at] = 0;
      const take = (x, y, dx, dy, cost) => {
        const u = x + dx, v = y + dy;
        if (u >= 0 && u < width && v >= 0 && v < height) far[y * width + x] = Math.min(far[y * width + x], far[v * width + u] + cost);
      };
      const pass = (x, y, way) => { take(x, y, -way, 0, stepA); take(x, y, 0, -way, stepB); take(x, y, -way, -way, slant); take(x, y, way, -way, slant); };
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pass(x, y, 1);
      for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) pass(x, y, -1);
      return far;
    };
    const out = sweep(0), within = sweep(1);
    return out.map((value, at) => (inside[at] ? -within[at] : value));
  }
}
