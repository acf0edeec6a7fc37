// Small things that all parts of the viewer do with the page.
export const byId = (id) => document.getElementById(id);
export function pressed(buttons, chosen) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
}
