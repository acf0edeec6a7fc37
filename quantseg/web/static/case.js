// Follows a run, and leads from doubtful slices and the frames that were measured at to the viewer.
import { pause } from "./shared.js";
import { start } from "./viewer/viewer.js";

const viewer = start(document.getElementById("viewer"));
// The list is made anew whenever labels change.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".jump");
  if (button) viewer.show(button.dataset.centre?.split(" ").map(Number), Number(button.dataset.frame) || null);
});

// A form of a fold leads back to it, where what was done is seen.
const fold = location.hash && document.getElementById(location.hash.slice(1))?.querySelector("details");
if (fold) fold.open = true;

const run = document.getElementById("run");
while (run) {
  await pause(1000);
  const answer = await fetch(run.dataset.state).catch(() => null);
  if (answer && answer.status === 401) break;
  if (!answer || !answer.ok) continue;
  const now = (await answer.json()).run;
  if (!now || !["waiting", "running"].includes(now.state)) { location.reload(); break; }
  document.getElementById("where").textContent = now.state === "waiting" ? "In the queue" : "At work";
  document.getElementById("step").textContent = now.state === "waiting" ? `Place ${now.position}` : now.step;
  const share = document.getElementById("share");
  if (now.share === null) share.removeAttribute("value"); else share.value = now.share;
}
