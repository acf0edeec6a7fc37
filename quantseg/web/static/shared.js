// What all pages' scripts share.
export const csrf = () => document.querySelector('meta[name="csrf"]').content;
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export async function reason(answer) {
  try { return (await answer.json()).reason; } catch { return `The server answered ${answer.status}.`; }
}
