// Sends changed labels by themselves, one frame at a time, and keeps what could not be sent until it can be.
import { csrf, pause, reason } from "../shared.js";
import { labelFile } from "./nifti.js";

const REST_MS = 500, RETRY_MS = 4000;

export class Saving {
  // told: {state(words), trouble(words, acts), saved(summary), outdated()}.
  constructor(viewer, told) {
    this.viewer = viewer;
    this.told = told;
    this.dirty = new Set();
    this.busy = null;
    window.addEventListener("beforeunload", (event) => { if (this.unsaved) event.preventDefault(); });
  }

  get unsaved() { return this.dirty.size > 0 || this.busy !== null; }

  changed(frame) {
    this.dirty.add(frame);
    this.told.state("Not saved yet …");
    clearTimeout(this.later);
    this.later = setTimeout(() => this.flush(), REST_MS);
  }

  // Sends all that waits; resolves to whether nothing waits any more.
  flush() {
    clearTimeout(this.later);
    this.busy ??= this._send().finally(() => { this.busy = null; });
    return this.busy.then((done) => (done && this.dirty.size ? this.flush() : done));
  }

  async _send() {
    for (const frame of [...this.dirty]) {
      this.dirty.delete(frame);
      if (!(await this._sendFrame(frame))) {
        this.dirty.add(frame);
        return false;
      }
    }
    return true;
  }

  async _sendFrame(frame) {
    const { viewer } = this, { space, planes } = viewer;
    this.told.state("Saving …");
    // Of an image that moves one frame alone is sent, so that no other can be touched.
    const which = planes.frame_numbers.length ? `?frame=${frame}` : "";
    const stored = space.toStored(viewer.painting.frames[frame]);
    const headers = { "If-Match": viewer.etag, "X-CSRF-Token": csrf(), "Content-Type": "application/gzip" };
    const answer = await fetch(`${viewer.api}/labels${which}`, { method: "PUT", headers, body: await labelFile(stored, space.stored, planes.label_affine) }).catch(() => null);
    if (answer?.ok) {
      viewer.etag = answer.headers.get("ETag");
      this.told.trouble("");
      this.told.state("Saved");
      this.told.saved(await answer.json());
      return true;
    }
    this.told.state("Not saved");
    if (answer === null || answer.status >= 500) this._again(answer === null ? "The server does not answer." : await reason(answer));
    else if (answer.status === 401) this._loggedOut();
    else if (answer.status === 412) this.told.outdated();
    else this.told.trouble(`${await reason(answer)} Your strokes are kept in this page.`, [["Try again", () => this.flush()]]);
    return false;
  }

  _again(why) {
    this.told.trouble(`${why} Your strokes are kept in this page, and are sent as soon as it goes again.`);
    this.later = setTimeout(() => this.flush(), RETRY_MS);
  }

  // Another session of the same person takes the case over from the one that has ended, and what was drawn is sent.
  async _loggedOut() {
    if (this.waits) return;
    this.waits = true;
    this.told.trouble("Your session has ended. Your strokes are kept in this page: log in again in another tab, and they are saved.", [["Log in", () => window.open("/login", "_blank", "noopener")]]);
    for (;;) {
      await pause(RETRY_MS / 2);
      const page = await fetch("/cases", { redirect: "manual" }).catch(() => null);
      if (!page || !page.ok) continue;
      const found = new DOMParser().parseFromString(await page.text(), "text/html"), token = found.querySelector('meta[name="csrf"]')?.content;
      if (!token) continue;
      if (nameIn(found) !== nameIn(document)) {
        this.told.trouble("Somebody else has logged in. The strokes in this page are yours: log in again yourself, and they are saved.");
        continue;
      }
      document.querySelector('meta[name="csrf"]').content = token;
      break;
    }
    this.waits = false;
    await hold(this.viewer, { take_over: true });
    this.flush();
  }
}

const nameIn = (page) => page.querySelector(".out .soft")?.textContent;

// Asks for the case; the answer says with status 409 who has it.
export function hold(viewer, wanted) {
  const headers = { "X-CSRF-Token": csrf(), "Content-Type": "application/json" };
  return fetch(`${viewer.api}/hold`, { method: "POST", headers, body: JSON.stringify(wanted) });
}

export function letGo(viewer) {
  return fetch(`${viewer.api}/hold`, { method: "DELETE", headers: { "X-CSRF-Token": csrf() }, keepalive: true });
}
