// The texts come before this file: `docsql chat` writes them there. The language is chosen by the
// same rule as on the server, which reads the same list in `Accept-Language`.
const language =
  navigator.languages
    .map((each) => each.toLowerCase().split("-")[0])
    .find((each) => each in docsqlTexts) ?? "en";
document.documentElement.lang = language;
window.docsqlLanguage = language;
window.docsqlText = (key, values = {}) =>
  docsqlTexts[language][key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// Light or dark as the system wants it, until somebody chooses. Chainlit's own setting knows only
// one or the other.
const THEME = "vite-ui-theme";
if (!localStorage.getItem(THEME)) localStorage.setItem(THEME, "system");

// A link to a saved question asks it. Somebody may have to sign in first, so that the id waits in the
// storage of the tab; it is said until the server has heard it.
const SHARED = "docsql-shared";
const sharedId = new URLSearchParams(window.location.search).get("saved");
if (sharedId) {
  sessionStorage.setItem(SHARED, sharedId);
  history.replaceState(null, "", window.location.pathname);
}
const telling = setInterval(() => {
  const id = sessionStorage.getItem(SHARED);
  if (!id) clearInterval(telling);
  else if (document.querySelector("#chat-input")) {
    window.postMessage({ docsql: "shared", id }, window.location.origin);
  }
}, 500);
window.addEventListener("message", (event) => {
  if (event.origin !== window.location.origin || event.data?.docsql !== "heard") return;
  sessionStorage.removeItem(SHARED);
});

// The server hears nothing before the conversation has begun; then it sends the settings.
function tell(message) {
  if (document.querySelector("#chat-settings-open-modal")) {
    window.postMessage(message, window.location.origin);
  } else {
    setTimeout(tell, 200, message);
  }
}

const LISTS = ["documents", "saved"]; // of the header
// Chainlit 2.12 opens every passage of the conversation, unasked, as soon as one arrives as a side
// element, and on a phone that covers the answer. So sources are sent as pages of their own, and a
// click on a citation asks the server to show that one beside the answer instead.
document.addEventListener(
  "click",
  (event) => {
    for (const list of LISTS) {
      if (event.target instanceof Element && event.target.closest(`a[href$="#${list}"]`)) {
        event.preventDefault();
        tell({ docsql: list });
        return;
      }
    }
    const link = event.target instanceof Element && event.target.closest("a.element-link");
    const step = link && link.closest('[id^="step-"]');
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    window.postMessage(
      { docsql: "open", step: step.id.slice("step-".length), name: link.dataset.name ?? link.textContent },
      window.location.origin,
    );
  },
  true,
);

// Settings that were chosen before the first question: the service knows no such conversation yet, so
// that this tab keeps them over a reload.
const CHOSEN = "docsql-chosen";
let chosenBefore = /\/thread\//.test(location.pathname) ? null : sessionStorage.getItem(CHOSEN);
window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "keep") return;
  if (data.chosen) sessionStorage.setItem(CHOSEN, JSON.stringify(data.chosen));
  else sessionStorage.removeItem(CHOSEN);
});
document.addEventListener("click", (event) => {
  const begins = event.target instanceof Element && event.target.closest("#confirm, #history-list a");
  if (begins && !begins.closest("#chat-settings")) sessionStorage.removeItem(CHOSEN);
});

function giveBackSettings() {
  if (!chosenBefore || !document.querySelector("#chat-settings-open-modal")) return;
  const chosen = JSON.parse(chosenBefore);
  chosenBefore = null;
  window.postMessage({ docsql: "settings", chosen }, window.location.origin);
}

// Before somebody signs in, Chainlit asks who it is, and browsers report the refusal as an error. To
// this page the server answers that it is nobody; to Chainlit that is the refusal that it knows.
const whoIsIt = async (...request) => {
  const answer = await sent(request[0], {
    ...request[1],
    headers: { ...request[1]?.headers, "X-DocSQL-Page": "1" },
  });
  const body = await answer.clone().text();
  if (body !== "null") return answer;
  const nobody = Object.assign(new Error(), { status: 401 });
  return Object.assign(answer, { json: () => Promise.reject(nobody) });
};

// Chainlit's login form looks words up by an answer's reason phrase, which is the same for every
// refusal and missing in HTTP/2. The page says in `detail` which of its own words are meant.
const sent = window.fetch;
window.fetch = async (...request) => {
  if (/^\/user$/.test(new URL(String(request[0]), location.href).pathname)) {
    return whoIsIt(...request);
  }
  const answer = await sent(...request);
  if (answer.ok || !/\/(login|auth\/header)$/.test(new URL(answer.url).pathname)) return answer;
  const body = await answer.text();
  let statusText = answer.statusText;
  try {
    statusText = JSON.parse(body).detail;
  } catch {
    // A proxy's own page: its status has to do.
  }
  return new Response(body, { status: answer.status, statusText, headers: answer.headers });
};

// Chainlit's buttons have icons and no words, and its page has no main part. Readers of screens get
// both here, and new words are read out where an answer grows.
const NAMES = {
  "#new-chat-button": "button.new",
  "#sidebar-trigger-button": "button.conversations",
  "#upload-button": "button.attach",
  "#chat-settings-open-modal": "button.settings",
  "#chat-submit": "button.send",
  "#stop-button": "button.stop",
  "#search-chats-button": "button.search",
  "button.edit-message": "button.change",
  "button:has(> .lucide-rotate-ccw)": "button.again",
  "button:has(> .lucide-bookmark)": "saved.save",
  "button:has(> .lucide-copy)": "button.copy",
  "button:has(> .lucide-thumbs-up)": "feedback.up",
  "button:has(> .lucide-thumbs-down)": "feedback.down",
  "button:has(> .lucide-arrow-down)": "button.to_the_end",
  "button:has(> .lucide-arrow-left)": "button.close",
  "button:has(> .lucide-x)": "button.remove",
  "button:has(> .lucide-search)": "button.search",
  "button:has(> .lucide-ellipsis)": "button.more",
};

// The parts of a table, as a PDF's own structure names them.
const PDF_TABLES = ["table", "rowgroup", "row", "cell", "columnheader", "rowheader"]
  .map((role) => `.react-pdf__Page span[role=${role}]`)
  .join();

// The names that buttons were given here: React makes another button of the same element.
const given = new WeakMap();

function nameWhatHasNoWords() {
  const seen = new Set();
  const give = (button, name) => {
    if (seen.has(button) || button.textContent.trim()) return;
    seen.add(button);
    if (button.ariaLabel === name || (button.ariaLabel && button.ariaLabel !== given.get(button))) {
      return;
    }
    button.ariaLabel = name;
    given.set(button, name);
  };
  for (const [which, key] of Object.entries(NAMES)) {
    for (const button of document.querySelectorAll(which)) give(button, docsqlText(key));
  }
  for (const button of document.querySelectorAll("button:has(> svg:only-child)")) {
    give(button, docsqlText("button.more"));
  }
  for (const button of document.querySelectorAll("#user-nav-button:not([aria-label])")) {
    button.ariaLabel = docsqlText("button.account"); // it shows a letter
  }
  for (const field of document.querySelectorAll("#edit-chat-input:not([aria-label])")) {
    field.ariaLabel = docsqlText("button.change");
  }
  const upload = document.querySelector('#upload-button[role="presentation"]');
  upload?.removeAttribute("role");
  for (const list of LISTS) {
    for (const link of document.querySelectorAll(`a[href$="#${list}"]`)) {
      sayInstead(link, docsqlText(`header.${list}`)); // Chainlit knows one name for every language
    }
  }
  for (const link of document.querySelectorAll("#header button > a")) {
    link.parentElement.setAttribute("role", "group"); // a link within a button is neither
    link.parentElement.tabIndex = -1;
    link.parentElement.ariaLabel = link.textContent;
  }
  for (const list of document.querySelectorAll('ul[data-sidebar="menu"]')) {
    list.role = list.querySelector(":scope > li") ? "list" : "presentation"; // or it lists no items
  }
  for (const note of document.querySelectorAll("li[data-sonner-toast][role]")) {
    note.removeAttribute("role"); // it stays an item of its list, and is read out as before
  }
  for (const menu of document.querySelectorAll("#thread-options:not([role])")) {
    menu.role = "button"; // it is a `div` that opens a menu
    menu.ariaLabel = docsqlText("button.more");
  }
  for (const slider of document.querySelectorAll("[role=slider]:not([aria-label])")) {
    const label = document.querySelector(`label[for="${slider.closest("[id]")?.id}"]`);
    if (label) slider.ariaLabel = label.textContent;
  }
  const controls = "[cmdk-input][aria-controls], [role=separator][aria-controls]";
  for (const each of document.querySelectorAll(controls)) {
    if (document.getElementById(each.getAttribute("aria-controls"))) continue;
    each.removeAttribute("aria-controls"); // a list is made when it opens, a panel has another id
    if (each.matches("[cmdk-input]")) each.ariaExpanded = "false";
  }
  for (const region of document.querySelectorAll("#side-view-content .overflow-auto")) {
    if (region.tabIndex !== 0) region.tabIndex = 0; // arrow keys scroll it
  }
  for (const part of document.querySelectorAll(PDF_TABLES)) {
    part.role = "group"; // which often has no rows, or rows in no table
  }
  const main = document.querySelector("#header")?.nextElementSibling;
  if (main && main.role !== "main" && !main.closest("main")) main.role = "main";
  const said = document.querySelector(".step")?.parentElement;
  if (said && !said.ariaLive) said.ariaLive = "polite";
}

// Words that stand in Chainlit's own code, in English alone.
const CHAINLITS = "chainlit.";
const chainlits = new Map(
  Object.entries(docsqlTexts[language])
    .filter(([key]) => key.startsWith(CHAINLITS))
    .map(([key, said]) => [key.slice(CHAINLITS.length), said]),
);

function sayChainlitsWords() {
  if (language === "en") return;
  for (const place of document.querySelectorAll("[aria-label], [title]")) {
    for (const name of ["aria-label", "title"]) {
      const said = chainlits.get(place.getAttribute(name));
      if (said) place.setAttribute(name, said);
    }
  }
  for (const place of document.querySelectorAll(".sr-only, button, [role=dialog] p")) {
    const said = place.children.length ? undefined : chainlits.get(place.textContent.trim());
    if (said) sayInstead(place, said);
  }
}

// React keeps the text node, so that it has to stay the same one.
function sayInstead(link, words) {
  const texts = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (texts.currentNode.nodeValue !== words) texts.currentNode.nodeValue = words;
  }
}

// On a phone Chainlit's panels are dialogs whose title has another id than the dialog says, or that
// have none. Their own code looks for it while it draws, before an observer of the page is told, and
// reports an error: so it is made where it is looked for.
const elementWithId = document.getElementById.bind(document);
document.getElementById = (id) => elementWithId(id) ?? titleOfDialog(id);

function titleOfDialog(id) {
  const dialog =
    id && document.querySelector(`[role=dialog][aria-labelledby="${CSS.escape(String(id))}"]`);
  if (!dialog) return null;
  const title = document.createElement("span");
  title.id = id;
  title.hidden = true;
  title.textContent =
    dialog.querySelector("#side-view-title")?.textContent || docsqlText("button.conversations");
  dialog.append(title);
  return title;
}

// Copying is refused to pages that came unencrypted from another machine; the old way is not.
window.docsqlCopy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    // Within an open dialog, which takes the focus from everything else.
    (document.activeElement?.closest("[role=dialog]") ?? document.body).append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    return isCopied;
  }
};

let isNaming = false;
new MutationObserver(() => {
  if (isNaming) return;
  isNaming = true;
  requestAnimationFrame(() => {
    isNaming = false;
    nameWhatHasNoWords();
    sayChainlitsWords();
    giveBackSettings();
  });
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["id"] });

// The menu of a listed conversation opens under the mouse alone; the keys for menus open it as well.
window.addEventListener("keydown", (event) => {
  const isForMenu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
  const listed = isForMenu && event.target.closest('[data-sidebar="sidebar"] a[href*="/thread/"]');
  const menu = listed && listed.closest("li").querySelector("#thread-options");
  if (!menu) return;
  event.preventDefault();
  menu.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
});

// Escape closes what stands beside the conversation, unless it closes something on top of it. A hint
// that is shown under the mouse is no such thing: it takes the key, and would keep the panel open.
const ON_TOP = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";
window.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || document.querySelector(ON_TOP)) return;
    document.querySelector("#side-view-title button")?.click();
  },
  true, // before the hint does
);
