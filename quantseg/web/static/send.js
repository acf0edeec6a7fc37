// Sends what is dropped, in pieces (tus 1.0), and goes on after a break where the server has stopped to have it.
import { packed } from "./packing.js";
import { csrf, pause, reason } from "./shared.js";

const PIECE = 8 * 1024 * 1024, ADDRESS = "/api/v1/uploads", TUS = { "Tus-Resumable": "1.0.0" };
const drop = document.getElementById("drop");
const endings = drop.dataset.endings.split(" ").filter((one) => one !== ".dcm");
const isImage = (name) => endings.some((one) => name.toLowerCase().endsWith(one));

const FIELDS = ["group", "patient_name", "patient_id", "birth_date"];

function typed() {
  const said = {};
  for (const field of FIELDS) said[field] = document.getElementById(field).value.trim();
  return said;
}

const patientOf = ({ patient_name, patient_id, birth_date }) => [patient_name, patient_id, birth_date].filter(Boolean).join(" · ");

// What is written of a patient holds for one drop: the next images may be somebody else's.
function forgetPatient(said) {
  if (patientOf(typed()) !== patientOf(said)) return;
  for (const field of FIELDS.slice(1)) document.getElementById(field).value = "";
}

function line(file, patient) {
  const name = patient ? `${file} (${patient})` : file;
  const item = document.createElement("li"), bar = document.createElement("progress"), said = document.createElement("div");
  said.textContent = name;
  bar.max = 1; bar.value = 0;
  item.append(said, bar);
  document.getElementById("progress").append(item);
  return {
    share(value, words) { bar.value = value; said.textContent = `${name}: ${words}`; },
    refuse(words) { bar.remove(); said.textContent = `${name}: ${words}`; said.className = "refusal"; },
    ready(address) { bar.remove(); const link = document.createElement("a"); link.href = address; link.textContent = `${name}: choose what to do with it`; said.replaceChildren(link); },
  };
}

// Under which mark this browser remembers an upload that was begun: a hash, since a name may be a patient's. What was
// begun for somebody else, or for another group, does not go on for these.
async function markOf(name, content, times, said) {
  if (!crypto.subtle) return null;
  const known = new TextEncoder().encode(JSON.stringify([name, content.size, times, said]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", known));
  return "upload " + Array.from(digest.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function begin(name, content, mark, said) {
  const known = mark && localStorage.getItem(mark);
  if (known) {
    const answer = await fetch(known, { method: "HEAD" });
    if (answer.ok && Number(answer.headers.get("Upload-Length")) === content.size) return [known, Number(answer.headers.get("Upload-Offset"))];
  }
  const metadata = Object.entries({ filename: name, ...said }).map(([key, value]) => `${key} ${base64(value)}`).join(",");
  const headers = { ...TUS, "X-CSRF-Token": csrf(), "Upload-Length": String(content.size), "Upload-Metadata": metadata };
  const answer = await fetch(ADDRESS, { method: "POST", headers });
  if (!answer.ok) throw new Error(await reason(answer));
  const address = answer.headers.get("Location");
  if (mark) localStorage.setItem(mark, address);
  return [address, 0];
}

async function send(name, content, times, said, shown) {
  const mark = await markOf(name, content, times, said);
  let [address, offset] = await begin(name, content, mark, said), failures = 0;
  forgetPatient(said);
  while (offset < content.size) {
    shown.share(offset / content.size, `${Math.floor((100 * offset) / content.size)} %`);
    const headers = { ...TUS, "X-CSRF-Token": csrf(), "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    const answer = await fetch(address, { method: "PATCH", headers, body: content.slice(offset, offset + PIECE) }).catch(() => null);
    if (answer && answer.ok) { offset = Number(answer.headers.get("Upload-Offset")); failures = 0; continue; }
    if (answer && ![409, 423, 502, 503, 504].includes(answer.status)) throw new Error(await reason(answer));
    if (++failures > 20) throw new Error("The connection is gone; drop the same again, and it goes on.");
    await pause(Math.min(500 * 2 ** failures, 15000));
    const where = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (where && where.ok) offset = Number(where.headers.get("Upload-Offset"));
  }
  if (mark) localStorage.removeItem(mark);
  for (;;) {
    shown.share(1, "being looked at …");
    const answer = await fetch(address).catch(() => null);
    const state = answer && answer.ok ? await answer.json() : null;
    if (state && state.state === "refused") throw new Error(state.reason);
    if (state && state.state === "ready") return address.replace(ADDRESS, "/uploads");
    await pause(1000);
  }
}

async function sendOne(name, content, times, said) {
  const shown = line(name, patientOf(said));
  try { shown.ready(await send(name, await content(shown), times, said, shown)); } catch (error) { shown.refuse(error.message); }
}

async function take(files, folder) {
  const said = typed();
  const sorted = files.filter((file) => !file.name.startsWith(".")).sort((a, b) => (a.path < b.path ? -1 : 1));
  const images = sorted.filter((file) => isImage(file.name)), others = sorted.filter((file) => !isImage(file.name));
  for (const file of images) await sendOne(file.name, async () => file.content, file.content.lastModified, said);
  if (!others.length) return;
  const times = others.map((file) => [file.path, file.content.size, file.content.lastModified]);
  const pack = (shown) => packed(others.map((file) => file.content), (share) => shown.share(share, "being packed"));
  await sendOne(`${folder || "DICOM images"}.zip`, pack, times, said);
}

async function entriesOf(entry, path) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file((content) => done({ name: content.name, path: path + content.name, content }), failed))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    for (const one of some) found.push(...(await entriesOf(one, `${path}${entry.name}/`)));
  }
  return found;
}

const chosen = (list) => Array.from(list, (content) => ({ name: content.name, path: content.webkitRelativePath || content.name, content }));
document.getElementById("files").addEventListener("change", (event) => take(chosen(event.target.files), ""));
document.getElementById("folder").addEventListener("change", (event) => take(chosen(event.target.files), ""));
drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry()).filter(Boolean);
  const found = [];
  for (const entry of entries) found.push(...(await entriesOf(entry, "")));
  await take(found, "");
});
