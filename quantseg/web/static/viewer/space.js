// The voxels of a scan in two orders: as they are stored, and as NiiVue draws them. NiiVue's axes run to the left, up
// and towards the eye of the first plane, since it shows their ends at the left and at the top.
export class Space {
  constructor(planes) {
    this.stored = planes.shape;
    this.affine = planes.affine;
    this.axes = planes.axes.map(([axis, sign]) => ({ axis, sign }));
    this.shape = this.axes.map(({ axis }) => planes.shape[axis]);
    this.spacing = this.axes.map(({ axis }) => Math.hypot(...[0, 1, 2].map((row) => planes.affine[row][axis])));
    this.count = this.shape[0] * this.shape[1] * this.shape[2];
    this.inverse = inverse(planes.affine);
  }

  // The affine by which NiiVue is made to draw: no turn, and the middle of the scan at zero.
  get drawn() {
    const rows = this.shape.map((size, axis) => [0, 1, 2].map((at) => (at === axis ? this.spacing[axis] : 0)).concat(-this.spacing[axis] * (size - 1) / 2));
    return [...rows, [0, 0, 0, 1]];
  }

  // Calls visit(shown, stored) with the places of every voxel of a frame in both orders.
  _walk(visit) {
    const strides = [1, this.stored[0], this.stored[0] * this.stored[1]], step = [], start = [];
    this.axes.forEach(({ axis, sign }, at) => {
      step[at] = -sign * strides[axis];
      start[at] = sign > 0 ? (this.stored[axis] - 1) * strides[axis] : 0;
    });
    let shown = 0;
    for (let z = 0; z < this.shape[2]; z++) for (let y = 0; y < this.shape[1]; y++) {
      let stored = start[0] + start[1] + start[2] + y * step[1] + z * step[2];
      for (let x = 0; x < this.shape[0]; x++, stored += step[0]) visit(shown++, stored);
    }
  }

  toShown(voxels) {
    const turned = new voxels.constructor(voxels.length);
    for (let from = 0; from < voxels.length; from += this.count) this._walk((shown, stored) => { turned[from + shown] = voxels[from + stored]; });
    return turned;
  }

  toStored(voxels) {
    const turned = new voxels.constructor(voxels.length);
    this._walk((shown, stored) => { turned[stored] = voxels[shown]; });
    return turned;
  }

  // From RAS in mm to voxels as they are drawn, and back.
  voxelAt(mm) {
    const stored = this.inverse.map((row) => row[0] * mm[0] + row[1] * mm[1] + row[2] * mm[2] + row[3]);
    return this.axes.map(({ axis, sign }) => (sign > 0 ? this.stored[axis] - 1 - stored[axis] : stored[axis]));
  }

  // The voxel as the file counts it, from 0.
  storedAt(voxel) {
    const stored = [0, 0, 0];
    this.axes.forEach(({ axis, sign }, at) => { stored[axis] = sign > 0 ? this.stored[axis] - 1 - voxel[at] : voxel[at]; });
    return stored;
  }

  mmAt(voxel) {
    const stored = this.storedAt(voxel);
    return [0, 1, 2].map((row) => stored.reduce((sum, value, axis) => sum + this.affine[row][axis] * value, this.affine[row][3]));
  }

  index(voxel) { return voxel[0] + this.shape[0] * (voxel[1] + this.shape[1] * voxel[2]); }

  inside(voxel) { return voxel.every((value, axis) => value >= 0 && value < this.shape[axis]); }

  clamped(voxel) { return voxel.map((value, axis) => Math.min(this.shape[axis] - 1, Math.max(0, Math.round(value)))); }
}

// The upper three rows of the inverse of an affine.
function inverse(m) {
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const rows = [m[0], m[1], m[2]], columns = [cross(rows[1], rows[2]), cross(rows[2], rows[0]), cross(rows[0], rows[1])];
  const size = rows[0][0] * columns[0][0] + rows[0][1] * columns[0][1] + rows[0][2] * columns[0][2];
  return [0, 1, 2].map((at) => {
    const row = columns.map((column) => column[at] / size);
    return [...row, -(row[0] * m[0][3] + row[1] * m[1][3] + row[2] * m[2][3])];
  });
}
