// Who has the case in hand: taken, kept, asked for, handed over. One corrects, others look.
import { reason } from "../shared.js";
import { hold, letGo } from "./saving.js";

const LOOK_MS = 4000, LATEST_MS = 10 * 60 * 1000;

export class Holding {
  constructor(viewer, correction) {
    this.viewer = viewer;
    this.correction = correction;
    this.mine = false;
    this.asked = false;
    this.leaving = false;
    this.touched = Date.now();
    for (const kind of ["pointerdown", "keydown", "wheel"]) document.addEventListener(kind, () => { this.touched = Date.now(); }, { passive: true });
    window.addEventListener("pagehide", () => { if (this.mine && !correction.saving.unsaved) letGo(viewer); });
    setInterval(() => this._look(), LOOK_MS);
  }

  // Takes the case, or says who has it; tells whether it is ours.
  async take(wanted = {}) {
    const answer = await hold(this.viewer, wanted).catch(() => null);
    if (answer?.ok) {
      this.mine = true;
      this.leaving = false;
      this.asked = false;
      this.correction.trouble("");
      await this._follow(await this._state());
      return true;
    }
    if (!answer) this.correction.trouble("The server does not answer; try again.");
    else this.correction.trouble(await reason(answer), answer.status === 409 ? [["Ask for it", () => this._ask()]] : []);
    return false;
  }

  // Where the server does not answer, it is told again later: others would wait for nobody.
  async release() {
    this.mine = false;
    const answer = await letGo(this.viewer).catch(() => null);
    this.leaving = !answer || answer.status >= 500;
  }

  async _ask() {
    const answer = await hold(this.viewer, { ask: true });
    if (!answer.ok) { this.correction.trouble(await reason(answer)); return; }
    this.asked = true;
    this.correction.trouble("Asked. If nobody answers within a minute, you may take the case over; whatever was saved stays.");
  }

  async _state() {
    const answer = await fetch(`${this.viewer.api}/hold`).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  // Not for somebody who has left: a page that asks for ever would keep a session alive for ever.
  async _look() {
    if (this.leaving) await this.release();
    if (document.hidden || Date.now() - this.touched > LATEST_MS || this.correction.saving.waits) return;
    const state = await this._state();
    if (!state) return;
    const notice = document.getElementById("holder");
    notice.hidden = !state.holder || state.mine;
    notice.textContent = `${state.holder} works on this case: you can look.`;
    if (this.mine && state.asked_by && !state.refused && state.mine) this._answer(state.asked_by);
    if (this.mine && !state.mine) this._lost(state.holder);
    if (this.asked) this._hear(state);
    if (!this.mine) await this._follow(state);
  }

  _answer(who) {
    if (this.answering === who) return;
    this.answering = who;
    const done = () => { this.answering = null; this.correction.trouble(""); };
    this.correction.trouble(`${who} asks for this case.`, [
      ["Hand it over", async () => { done(); await this.correction.stop(); }],
      ["Keep it", async () => { done(); await hold(this.viewer, { keep: true }); }],
    ]);
  }

  _lost(holder) {
    this.mine = false;
    this.answering = null;
    this.correction.closed();
    this.correction.trouble(holder ? `${holder} has taken this case over; what you had saved is in it.` : "You have the case no longer in hand.");
  }

  _hear(state) {
    const take = (words, wanted) => { this.asked = false; this.correction.trouble(words, [["Correct it now", () => this.correction.start(wanted)]]); };
    if (!state.holder) take("The case is free now.", {});
    else if (state.refused) { this.asked = false; this.correction.trouble(`${state.holder} keeps the case for now.`); }
    else if (state.may_take_over) take(`${state.holder} has not answered.`, { take_over: true });
  }

  // Shows what somebody else has saved meanwhile.
  async _follow(state) {
    if (!state?.etag || `"${state.etag}"` === this.viewer.etag || this.correction.saving.unsaved) return;
    const answer = await fetch(`${this.viewer.api}/labels`);
    if (!answer.ok) return;
    await this.viewer.take(answer, this.viewer.painting.locked);
    await this.correction.refreshNumbers();
  }

  // Somebody has saved since our labels were fetched: a person decides, and neither is lost unseen.
  outdated() {
    this.correction.trouble("Somebody has saved other labels since yours were opened. Your strokes are kept in this page.", [
      ["Take theirs, drop mine", async () => { this.correction.saving.dirty.clear(); this.correction.trouble(""); await this._follow(await this._state()); }],
      ["Save mine over theirs", async () => { const state = await this._state(); if (!state) return; this.viewer.etag = `"${state.etag}"`; this.correction.trouble(""); this.correction.saving.flush(); }],
    ]);
  }
}
