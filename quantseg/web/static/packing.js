// A folder as one archive, stored and not packed, under names that say nothing: those of its files may name a patient.
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });

async function crc32(file) {
  let crc = 0xffffffff;
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return (crc ^ 0xffffffff) >>> 0;
    for (const byte of value) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
}

// Local and central headers of the ZIP format (APPNOTE 4.3), without the extensions for more than 4 GiB.
function header(signature, bytes, name, crc, size, offset) {
  const view = new DataView(new ArrayBuffer(bytes + name.length));
  const central = offset !== null;
  let at = 0;
  const put16 = (value) => { view.setUint16(at, value, true); at += 2; };
  const put32 = (value) => { view.setUint32(at, value, true); at += 4; };
  put32(signature);
  if (central) put16(20);
  put16(20); put16(0); put16(0); put16(0); put16(0x21);
  put32(crc); put32(size); put32(size); put16(name.length); put16(0);
  if (central) { put16(0); put16(0); put16(0); put32(0); put32(offset); }
  new Uint8Array(view.buffer).set(name, bytes);
  return new Uint8Array(view.buffer);
}

export async function packed(files, told) {
  const parts = [], directory = [];
  let offset = 0;
  for (const [number, file] of files.entries()) {
    told(number / files.length);
    const name = new TextEncoder().encode(`${String(number + 1).padStart(6, "0")}.dcm`);
    const crc = await crc32(file);
    const local = header(0x04034b50, 30, name, crc, file.size, null);
    parts.push(local, file);
    directory.push(header(0x02014b50, 46, name, crc, file.size, offset));
    offset += local.length + file.size;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true); end.setUint16(10, files.length, true);
  end.setUint32(12, size, true); end.setUint32(16, offset, true);
  return new Blob([...parts, ...directory, end.buffer], { type: "application/zip" });
}
