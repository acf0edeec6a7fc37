// NIfTI as far as image and labels of a case need it: voxels out of a file that the server made, labels into one.
const KINDS = { 2: Uint8Array, 4: Int16Array, 16: Float32Array };
const HEADER_BYTES = 352, UINT8 = 2, MM = 2, SCANNER = 1;

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

async function unpacked(bytes) {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? through(new DecompressionStream("gzip"), bytes) : bytes;
}

// Returns voxels in the file's order, frames one after another.
export async function readVoxels(bytes) {
  const content = await unpacked(bytes), view = new DataView(content.buffer);
  const little = [348, 540].includes(view.getInt32(0, true)), second = view.getInt32(0, little) === 540;
  const kind = KINDS[view.getInt16(second ? 12 : 70, little)];
  const offset = second ? Number(view.getBigInt64(168, little)) : view.getFloat32(108, little);
  if (!kind) throw new Error("The server sent voxels of a kind that the viewer does not know.");
  const voxels = content.slice(offset), size = kind.BYTES_PER_ELEMENT;
  if (!little) for (let at = 0; size > 1 && at < voxels.length; at += size) voxels.subarray(at, at + size).reverse();
  return new kind(voxels.buffer, 0, Math.floor(voxels.length / size));
}

// A header for voxels of three or four axes; affine is 4x4 to RAS in mm, window what is black and white.
function header(code, bits, shape, frames, affine, window) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const spacing = [0, 1, 2].map((axis) => Math.hypot(affine[0][axis], affine[1][axis], affine[2][axis]));
  view.setInt32(0, 348, true);
  [frames > 1 ? 4 : 3, ...shape, frames, 1, 1, 1].forEach((value, at) => view.setInt16(40 + 2 * at, value, true));
  view.setInt16(70, code, true);
  view.setInt16(72, bits, true);
  [1, ...spacing, 1].forEach((value, at) => view.setFloat32(76 + 4 * at, value, true));
  view.setFloat32(108, HEADER_BYTES, true);
  view.setUint8(123, MM);
  view.setFloat32(124, window[1], true);
  view.setFloat32(128, window[0], true);
  view.setInt16(254, SCANNER, true);
  affine.slice(0, 3).flat().forEach((value, at) => view.setFloat32(280 + 4 * at, value, true));
  [0x6e, 0x2b, 0x31, 0].forEach((value, at) => view.setUint8(344 + at, value));
  return new Uint8Array(view.buffer);
}

export function fileOf(voxels, shape, frames, affine, window = [0, 0]) {
  const code = Number(Object.entries(KINDS).find(([, kind]) => voxels instanceof kind)[0]);
  return new Blob([header(code, 8 * voxels.BYTES_PER_ELEMENT, shape, frames, affine, window), voxels]).arrayBuffer();
}

// Labels of one frame as a packed file.
export async function labelFile(labels, shape, affine) {
  const file = new Uint8Array(HEADER_BYTES + labels.length);
  file.set(header(UINT8, 8, shape, 1, affine, [0, 0]));
  file.set(labels, HEADER_BYTES);
  return through(new CompressionStream("gzip"), file);
}
