// Whoever works by keys stays where they are. If what has the focus goes, or takes no more keys, the focus
// moves to what stands in its place or beside it, and not to the top of the page. A pointer moves nothing:
// on a phone the field for questions would open the keyboard.
const TAKES_KEYS = ["a[href]", "button", "input", "textarea", "summary", "[tabindex='0']"].join();
const REGIONS = [
  ...[".docsql-statement", ".docsql-result", ".docsql-rating", ".docsql-list li", ".docsql-list"],
  ...[".step", ".side-pdf", "#side-view-content", "#side-view-title", "[role=dialog]"],
  ...["[role=alertdialog]", "[data-sidebar=sidebar]"],
].join();
const DIALOGS = ["dialog", "alertdialog"].map((role) => `[role=${role}]:not([data-state=closed])`).join();
const REMEMBERED = 8;
const trail = []; // what had the focus, the last one first, each with what stood around it
let isByKeys = false;
window.addEventListener("keydown", () => (isByKeys = true), { capture: true, passive: true });
window.addEventListener("pointerdown", () => (isByKeys = false), { capture: true, passive: true });
document.addEventListener("focusin", ({ target }) => {
  const regions = [];
  for (let each = target.closest(REGIONS); each; each = each.parentElement?.closest(REGIONS)) {
    regions.push({ region: each, stops: [...each.querySelectorAll(TAKES_KEYS)] });
  }
  trail.unshift({ target, name: nameOf(target), regions, page: location.pathname });
  trail.length = Math.min(trail.length, REMEMBERED);
});

const nameOf = (each) => each.id || each.ariaLabel || each.textContent.trim();
const takesKeys = (each) =>
  each.isConnected &&
  !each.matches(":disabled, [tabindex='-1']") &&
  !each.closest("[inert]") &&
  each.checkVisibility({ visibilityProperty: true });

function keepFocus() {
  const isLost = isByKeys && document.activeElement === document.body && trail.length;
  if (!isLost || takesKeys(trail[0].target)) return; // the last one stands: Tab left the page
  const on = [...document.querySelectorAll(DIALOGS)].at(-1);
  const here = trail.filter(({ page }) => page === location.pathname); // not of another conversation
  const found = here.map(inPlaceOf).find((each) => each && (!on || on.contains(each)));
  (found ?? on?.querySelector(TAKES_KEYS) ?? document.querySelector("#chat-input"))?.focus();
}

function inPlaceOf({ target, name, regions }) {
  if (takesKeys(target)) return target;
  if (target.id && takesKeys(document.getElementById(target.id) ?? target)) {
    return document.getElementById(target.id); // made anew, perhaps somewhere else
  }
  for (const { region, stops } of regions) {
    if (!region.isConnected) continue;
    const now = [...region.querySelectorAll(TAKES_KEYS)].filter(takesKeys);
    const at = stops.indexOf(target);
    const beside = [...stops.slice(at + 1), ...stops.slice(0, Math.max(at, 0)).reverse()];
    const found = now.find((each) => nameOf(each) === name) ?? beside.find((each) => now.includes(each));
    if (found ?? now[0]) return found ?? now[0];
  }
  return undefined;
}
whenDrawn.push(keepFocus);
// A button that is switched off, or a dialog that fades out, changes no part of the page.
document.addEventListener("focusout", () => setTimeout(() => requestAnimationFrame(keepFocus)));

// Stops on the way that lead nowhere: the whole page, where files may be dropped, and the button within
// the link of a listed conversation. The button that attaches files has another id until the page is
// connected, and keeps the `tabindex` that it has then.
function leaveOutStops() {
  const whole = '[role=presentation][tabindex="0"]:not([id^=upload-button])';
  const within = '[data-sidebar=sidebar] a button:not([tabindex="-1"])';
  for (const each of document.querySelectorAll([whole, within].join())) each.tabIndex = -1;
}
whenDrawn.push(leaveOutStops);
