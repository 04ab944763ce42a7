// The texts and the views come before this file: `docsql chat` writes them there. The language is
// chosen by the same rule as on the server, which reads the same list in `Accept-Language`.
const language =
  navigator.languages
    .map((each) => each.toLowerCase().split("-")[0])
    .find((each) => each in docsqlTexts) ?? "en";
document.documentElement.lang = language;
document.cookie = `docsql-language=${language}; path=/; SameSite=Lax`; // to the server, sockets included
window.docsqlLanguage = language;
window.docsqlViews = docsqlViews;
window.docsqlText = (key, values = {}) =>
  docsqlTexts[language][key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// Chainlit's code is large, and nothing else would be seen until a slow line has brought it. It draws over this.
const loading = document.createElement("p");
loading.id = "docsql-loading";
loading.role = "status";
loading.textContent = docsqlText("page.loading", { name: document.title });
document.querySelector("#root").append(loading);

// The page's one heading of the first level, for readers of screens: Chainlit has none.
const banner = document.createElement("header");
banner.className = "docsql-heard";
banner.append(Object.assign(document.createElement("h1"), { textContent: document.title }));
document.body.prepend(banner);

// Light or dark as the system wants it, until somebody chooses. Chainlit's own setting knows only
// one or the other.
const THEME = "vite-ui-theme";
if (!localStorage.getItem(THEME)) localStorage.setItem(THEME, "system");
const theme = localStorage.getItem(THEME);
const isDark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme:dark)").matches);
document.documentElement.classList.toggle("dark", isDark); // Chainlit sets it too, once its code is there

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

// Chainlit's list of conversations gives one its address. On a phone there is none until somebody opens
// it, and a reload would lose the conversation.
let ownAddress; // of the conversation that began on this page
window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "conversation") return;
  ownAddress = `/thread/${data.id}`;
  if (location.pathname !== "/") return;
  history.pushState(null, "", ownAddress);
  window.dispatchEvent(new PopStateEvent("popstate", { state: null })); // the page's router listens
});

// The service was away when this page came, and is back: everything is there after a reload, and so is
// what somebody typed in the meantime.
const DRAFT = "docsql-draft";
let typed = ""; // the field itself is made anew when the notice goes
document.addEventListener("input", ({ target }) => {
  if (target.id === "chat-input") typed = target.value;
});
window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "back") return;
  sessionStorage.setItem(DRAFT, typed);
  location.reload();
});

function giveBackDraft() {
  const draft = sessionStorage.getItem(DRAFT);
  const field = document.querySelector("#chat-input"); // another one once the conversation is there
  if (!draft || !field || !document.querySelector("#chat-settings-open-modal")) return;
  sessionStorage.removeItem(DRAFT);
  field.focus();
  document.execCommand("insertText", false, draft);
}

// The server hears nothing before the conversation has begun; then it sends the settings, or, while
// the service is away, what it has to say of that.
const BEGUN = "#chat-settings-open-modal, .step, [data-step-type]";
const isConnected = () => Boolean(document.querySelector(BEGUN));
function tell(message) {
  if (isConnected()) {
    window.postMessage(message, window.location.origin);
  } else {
    setTimeout(tell, 200, message);
  }
}

// What the server sends while the socket connects anew is lost, and without the settings nothing in
// `tell` would ever be sent: they are asked for until they are there.
const ASKS_AGAIN_MS = 3000;
setInterval(() => {
  if (!document.querySelector("#chat-input") || document.querySelector("#chat-settings-open-modal")) return;
  window.postMessage({ docsql: "missing" }, window.location.origin);
}, ASKS_AGAIN_MS);

// Whoever opened something beside the conversation is there next, and back when it closes. On a phone
// it is a dialog, which does that itself.
let opener;
let isBeside = false;
function followFocus() {
  const close = document.querySelector("#side-view-title button");
  const isOpen = Boolean(close) && !close.closest("[role=dialog]");
  // Without scrolling: while the panel slides in, it would push the conversation out of the window.
  if (isOpen && !isBeside && opener) close.focus({ preventScroll: true });
  if (!isOpen && isBeside && document.activeElement === document.body) {
    opener?.focus({ preventScroll: true });
  }
  isBeside = isOpen;
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
        opener = event.target.closest("a");
        tell({ docsql: list });
        return;
      }
    }
    const link = event.target instanceof Element && event.target.closest("a.element-link");
    const step = link && link.closest('[id^="step-"]');
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    opener = link;
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
let isKept = false; // a conversation stays in the list, so that nobody is asked before another one begins
let chosenBefore = /\/thread\//.test(location.pathname) ? null : sessionStorage.getItem(CHOSEN);
window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "keep") return;
  if (data.chosen) sessionStorage.setItem(CHOSEN, JSON.stringify(data.chosen));
  else sessionStorage.removeItem(CHOSEN);
});
document.addEventListener("click", (event) => {
  const button = isKept ? "#new-chat-button" : "#confirm";
  const begins =
    event.target instanceof Element && event.target.closest(`${button}, #history-list a`);
  if (begins && !begins.closest("#chat-settings")) sessionStorage.removeItem(CHOSEN);
});

function giveBackSettings() {
  if (!chosenBefore || !document.querySelector("#chat-settings-open-modal")) return;
  const chosen = JSON.parse(chosenBefore);
  chosenBefore = null;
  window.postMessage({ docsql: "settings", chosen }, window.location.origin);
}

// Chainlit asks who it is before somebody signs in, and browsers report every refusal as an error. To
// this page the server says a refusal in the body; to Chainlit it is the failure that it knows. Its
// login form looks up words by the error's own, which name texts in `wording.*.json`.
const SIGN_IN = /\/(user|login|auth\/header)$/;
const NOBODY = "reader"; // the name of everybody where nobody signs in, so that nobody can sign out
const LISTED = /\/project\/threads$/;
const sent = window.fetch;

// A page of an earlier conversation connects twice: without the conversation, and with it as soon as
// Chainlit knows it. Chainlit keeps the connection whose preparation is answered last, which may be the
// one without, so that an answer is withheld where a later request is under way.
let connections = 0;
async function lastOf(request) {
  const connection = ++connections;
  try {
    const answer = await request;
    return new Response(await answer.blob(), answer);
  } finally {
    if (connection !== connections) await new Promise(() => {});
  }
}

window.fetch = async (address, options) => {
  const { pathname } = new URL(String(address), location.href);
  if (pathname.endsWith("/project/settings")) return ourSettings(await sent(address, options));
  if (pathname.endsWith("/set-session-cookie")) return lastOf(sent(address, options));
  const isList = LISTED.test(pathname);
  if (!isList && !SIGN_IN.test(pathname)) return sent(address, options);
  const headers = { ...options?.headers, "X-DocSQL-Page": "1" };
  const answer = await sent(address, { ...options, headers });
  const said = await answer.clone().json().catch(() => null);
  if (isList) return listedOr(answer, said, JSON.parse(options.body));
  if (said?.identifier === NOBODY) document.documentElement.dataset.login = "none";
  if (!said?.refused) return answer;
  const refusal = Object.assign(new Error(said.detail), { status: said.refused });
  return Object.assign(answer, { json: () => Promise.reject(refusal) });
};

// While the service is away, keep the list of conversations. If it is empty, and in the search, show the
// reason where Chainlit would say that there are no conversations.
const NONE_LISTED = "#thread-history .alert, [cmdk-empty]";
let listed = { data: [], pageInfo: { hasNextPage: false } };
let whyNotListed;
let excerpts = new Map(); // of the conversations that a search found, by id; empty where a title says it
function listedOr(answer, said, { pagination, filter }) {
  whyNotListed = said?.refused ? said.detail : undefined;
  const isWhole = !pagination.cursor && !filter?.search;
  if (!whyNotListed) {
    if (isWhole) listed = said;
    if (filter?.search) excerpts = new Map(said.data.map(({ id, metadata }) => [id, metadata.excerpt]));
    return answer;
  }
  const shown = isWhole ? listed : { ...listed, data: [] };
  return Object.assign(answer, { json: async () => shown });
}

function sayWhyNotListed() {
  for (const none of whyNotListed ? document.querySelectorAll(NONE_LISTED) : []) {
    sayInstead(none, whyNotListed);
  }
}

// So with a file that is refused as it is added.
let chosen;
window.XMLHttpRequest = class extends window.XMLHttpRequest {
  open(method, address, ...rest) {
    super.open(method, address, ...rest);
    this.isUpload = /\/project\/file\?/.test(address);
    if (!this.isUpload) return;
    this.setRequestHeader("X-DocSQL-Page", "1");
    if (!chosen) setTimeout(() => (chosen = undefined)); // the files of one choice are opened at once
    chosen ??= { files: 0 };
    chosen.files += 1;
    this.chosen = chosen;
  }
  // An empty file is told again with what becomes of the others that were chosen with it. A server that
  // does not know the connection yet refuses any: the file waits for it.
  send(form) {
    const file = this.isUpload && form.get("file");
    if (file && !isConnected()) return void setTimeout(() => this.isTakenBack || this.send(form), 200);
    if (file?.size === 0) setTimeout(() => this.tellAgain(file));
    super.send(form);
  }
  tellAgain({ name }) {
    if (this.chosen.files > 1) window.postMessage({ docsql: "refused", name }, location.origin);
  }
  abort() {
    this.isTakenBack = true;
    super.abort();
  }
  get status() {
    const isRead = this.isUpload && this.readyState === XMLHttpRequest.DONE && super.status;
    return (isRead && JSON.parse(this.responseText).refused) || super.status;
  }
};

// Chainlit's server sends "*/*" for uploads of any type, and its page logs a warning about that on every
// render; an empty list means the same to the page. Chainlit also stores in a cookie whether the sidebar is
// open, but never reads it back: we do, so that the sidebar keeps its state after a reload and a first question.
const OPENED = /(^|; )sidebar:state=true(;|$)/;
const ourSettings = (answer) => {
  const json = answer.json.bind(answer);
  return Object.assign(answer, {
    json: async () => {
      const settings = await json();
      const { features, ui, dataPersistence } = settings;
      isKept = Boolean(dataPersistence);
      if (ui && isKept) ui.confirm_new_chat = false;
      if (features) features.spontaneous_file_upload.accept = [];
      const folded = () => (OPENED.test(document.cookie) ? "open" : "closed");
      if (ui) Object.defineProperty(ui, "default_sidebar_state", { enumerable: true, get: folded });
      return settings;
    },
  });
};

// Before it has its settings, the page takes files by a list of its own, one kind of which is not valid.
const { warn } = console;
console.warn = (...said) => /^Skipped "application\/\*"/.test(said[0]) || warn(...said);

// Whoever presses Enter before the page is connected has asked: Chainlit does nothing with it.
document.addEventListener("keydown", ({ key, shiftKey, isComposing, target }) => {
  if (target.id !== "chat-input" || key !== "Enter" || shiftKey || isComposing) return;
  const asked = target.value.trim();
  if (asked && document.querySelector("#chat-submit:disabled")) sendOnceConnected(asked);
});

function sendOnceConnected(asked) {
  if (document.querySelector("#chat-input")?.value.trim() !== asked) return; // they went on writing
  const button = document.querySelector("#chat-submit");
  if (button?.disabled) setTimeout(sendOnceConnected, 200, asked);
  else button?.click();
}

// In the search of conversations Chainlit chooses none, so that Enter would open none.
document.addEventListener("keydown", ({ key, target }) => {
  if (key !== "Enter" || !target.matches("[cmdk-input]")) return;
  if (!document.querySelector("[cmdk-item][aria-selected=true]")) {
    document.querySelector("[cmdk-item]")?.click();
  }
});

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
  "button:has(> .lucide-eye)": "login.show",
  "button:has(> .lucide-eye-off)": "login.hide",
  "#side-view-content button:has(> .lucide-chevron-left)": "pdf.back",
  "#side-view-content button:has(> .lucide-chevron-right)": "pdf.next",
  "#side-view-content button:has(> .lucide-zoom-in)": "pdf.larger",
  "#side-view-content button:has(> .lucide-zoom-out)": "pdf.smaller",
};

// The parts of a table, as a PDF's own structure names them.
const PDF_TABLES = ["table", "rowgroup", "row", "cell", "columnheader", "rowheader"]
  .map((role) => `.react-pdf__Page span[role=${role}]`)
  .join();

// The names that buttons were given here: React makes another button of the same element.
const given = new WeakMap();

// Chainlit's login form asks for a name. The key says whose it is, so that nobody has to make one up.
function fillInName() {
  const field = document.querySelector("#email");
  if (!field || field.value) return;
  type(field, "key");
  document.querySelector("#password")?.focus();
}

// As somebody would: React hears nothing of a value that a script sets.
function type(field, text) {
  const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
  set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// An answer's picture is called by the page's name, in every language.
const AVATAR = /^Avatar for /;
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
  for (const picture of document.images) {
    if (picture.alt && picture.closest(":is(#starters,a)")) picture.alt = ""; // words are beside it
    if (AVATAR.test(picture.alt)) picture.alt = picture.alt.replace(AVATAR, "");
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
    if (label) slider.ariaLabel = label.firstChild.textContent; // the number stands behind it
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
  for (const heading of document.querySelectorAll(".step h3[data-orientation]:not([aria-level])")) {
    heading.ariaLevel = "2"; // the line over the steps, below the page's name
  }
  for (const bar of document.querySelectorAll("[data-sidebar=sidebar]:not([role])")) {
    bar.role = "navigation"; // on a phone it is a dialog
    bar.ariaLabel = docsqlText("button.conversations");
  }
  const top = document.querySelector("#header:not([role])");
  if (top) Object.assign(top, { role: "navigation", ariaLabel: document.title });
  const main = document.querySelector("#header + *, #root > :has(form #password)");
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
  for (const place of document.querySelectorAll(`.sr-only, button, [role=dialog] p, .react-pdf__message`)) {
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
// have none, nor a description. Their own code looks for it while it draws, before an observer of the page is told, and
// reports an error: so it is made where it is looked for.
const elementWithId = document.getElementById.bind(document);
document.getElementById = (id) => elementWithId(id) ?? titleOfDialog(id);

function titleOfDialog(id) {
  const by = (kind) => `[role=dialog][aria-${kind}by="${CSS.escape(String(id))}"]`;
  const dialog = id && document.querySelector(`${by("labelled")}, ${by("described")}`);
  if (!dialog) return null;
  const title = document.createElement("span");
  title.id = id;
  title.hidden = true;
  title.textContent =
    dialog.querySelector("#side-view-title")?.textContent || docsqlText("button.conversations");
  dialog.append(title);
  return title;
}

// A page of a PDF is as wide as the panel, also once that has slid in or has got a scroll bar.
const panels = new ResizeObserver(() => fitPages());
function fitPages() {
  for (const pages of document.querySelectorAll("#side-view-content .react-pdf__Document")) {
    const panel = pages.closest(".overflow-auto");
    panels.observe(panel); // a panel that is observed already is not told again
    const width = pages.querySelector("canvas")?.offsetWidth;
    const around = 2 * parseFloat(getComputedStyle(pages.parentElement).paddingLeft);
    if (width) pages.style.zoom = Math.min(1, (panel.clientWidth - around) / width);
  }
}

// Copying is refused to pages that came unencrypted from another machine; the old way is not.
window.docsqlCopy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const field = document.createElement("textarea");
    field.value = text;
    // Within an open dialog, which takes the focus from everything else.
    (before?.closest("[role=dialog]") ?? document.body).append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return isCopied;
  }
};

// The props of an element for its view: the same object as long as they are, so that a view that is
// shown stays as it is. A view has no way to call the server of its own.
const givenTo = new WeakMap();
let call;
window.docsqlGiven = (props, callAction) => {
  call = callAction;
  if (!givenTo.has(props)) givenTo.set(props, { ...props, callAction: (action) => call(action) });
  return givenTo.get(props);
};

// What the server says to a click; a problem where the click did not reach it, or it failed.
window.docsqlCall = async (callAction, name, payload) => {
  try {
    const { response } = await callAction({ name, payload });
    return response ?? {};
  } catch {
    return { problem: docsqlText("action.failed") };
  }
};

// What scrolls around the conversation, once there is one.
function conversation() {
  let place = document.querySelector(".step");
  while (place && !/auto|scroll/.test(getComputedStyle(place).overflowY)) place = place.parentElement;
  return place;
}

// Chainlit shows its button to the end until everything is scrolled, the space below the last answer
// included.
function hideButtonToTheEnd() {
  const button = document.querySelector("button:has(> .lucide-arrow-down)");
  const around = button && conversation();
  if (!around) return;
  const last = [...around.querySelectorAll(".step")].at(-1).getBoundingClientRect();
  const isSeen = last.bottom <= around.getBoundingClientRect().bottom;
  button.parentElement.classList.toggle("docsql-at-the-end", isSeen);
}
document.addEventListener("scroll", hideButtonToTheEnd, true);

// And it looks for what is left below only when somebody scrolls, not when an answer grows.
function offerTheEnd() {
  const around = document.querySelector(".lucide-arrow-down") ? null : conversation();
  if (around && around.scrollTop + around.clientHeight < around.scrollHeight - 10) {
    around.dispatchEvent(new Event("scroll"));
  }
}

// A conversation that came back shows its end: tables and charts come after its texts, and would push that
// out of sight. Whoever moves in the meantime stays where they are.
const SETTLES_MS = 3000;
let movedIn; // the conversation, by its address: what opens another one moves nothing in that
for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  window.addEventListener(kind, () => (movedIn = location.pathname), { capture: true, passive: true });
}
window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "whole") return;
  const until = performance.now() + SETTLES_MS;
  const stay = () => {
    if (movedIn === location.pathname || performance.now() > until) return;
    [...document.querySelectorAll(".step")].at(-1)?.scrollIntoView({ block: "end" });
    setTimeout(stay, 100);
  };
  stay();
});

// The wheel scrolls the conversation from the field for questions, too.
document.addEventListener(
  "wheel",
  ({ target, deltaY }) => {
    const around = conversation();
    if (!around || around.contains(target)) return;
    const field = document.querySelector("#message-composer");
    let both = around;
    while (both && !both.contains(field)) both = both.parentElement;
    if (!both?.contains(target)) return;
    if (target.id !== "chat-input" || target.scrollHeight <= target.clientHeight) {
      around.scrollBy(0, deltaY);
    }
  },
  { passive: true },
);

// What else is done once the page has drawn something: `scripts/` adds to it.
const whenDrawn = [];
let isNaming = false;
new MutationObserver(() => {
  if (isNaming) return;
  isNaming = true;
  requestAnimationFrame(() => {
    isNaming = false;
    nameWhatHasNoWords();
    fillInName();
    sayChainlitsWords();
    sayWhyNotListed();
    fitPages();
    followFocus();
    offerTheEnd();
    hideButtonToTheEnd();
    giveBackSettings();
    giveBackDraft();
    whenDrawn.forEach((draw) => draw());
  });
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["id"] });

// While a menu is open, the page behind it is hidden from screen readers, but could still have the focus.
// Told at once, and not with a frame: a menu that closes gives the focus back behind itself.
new MutationObserver((changes) => {
  const isOpen = document.querySelector("[role=menu], [role=listbox]:not([role=dialog] *)");
  for (const { target } of changes) {
    target.inert = Boolean(isOpen) && target.dataset.ariaHidden === "true";
  }
}).observe(document.documentElement, { subtree: true, attributeFilter: ["data-aria-hidden"] });

// What a person may not do with documents is not offered: `docsql.css` hides it.
const ADDS = "documents:write";
const mayAdd = () => document.documentElement.dataset.may?.split(" ").includes(ADDS) ?? true;
window.addEventListener("message", ({ source, data }) => {
  if (source === window && data?.docsql === "rights") {
    document.documentElement.dataset.may = data.scopes.join(" ");
  }
});
for (const kind of ["dragenter", "dragover", "drop"]) {
  document.addEventListener(
    kind,
    (event) => {
      if (mayAdd() || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // the browser would open the file in the page's place
      event.stopImmediatePropagation();
    },
    true,
  );
}

// Files that are dragged over the page may be dropped anywhere on it.
let isOver; // a dragged file is told every few hundred milliseconds, and not when it leaves the window
document.addEventListener("dragover", ({ dataTransfer }) => {
  if (!dataTransfer?.types.includes("Files")) return;
  if (!document.querySelector("#upload-button")) return; // it has another id while an answer is written
  document.body.dataset.drop = docsqlText("documents.drop");
  clearTimeout(isOver);
  isOver = setTimeout(() => delete document.body.dataset.drop, 500);
});
document.addEventListener("drop", () => delete document.body.dataset.drop, true);

// The menu of a listed conversation opens under the mouse alone; the keys for menus open it as well.
window.addEventListener("keydown", (event) => {
  const isForMenu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
  const listed = isForMenu && event.target.closest('[data-sidebar="sidebar"] a[href*="/thread/"]');
  const menu = listed && listed.closest("li").querySelector("#thread-options");
  if (!menu) return;
  event.preventDefault();
  menu.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
});

// An edited question takes the place of what came after it, which nobody should lose unawares.
document.addEventListener(
  "click",
  (event) => {
    const confirmed = event.target instanceof Element && event.target.closest(".confirm-edit");
    if (!confirmed) return;
    const asked = [...document.querySelectorAll("[data-step-type=user_message]")];
    const later = asked.length - 1 - asked.indexOf(confirmed.closest("[data-step-type]"));
    if (later && !window.confirm(docsqlText("asked.later", { count: later }))) {
      event.stopPropagation();
    }
  },
  true,
);

// Keys for two fields that know the mouse alone: Escape leaves a question as it was, and Enter ends the
// renaming of a conversation.
window.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key === "Escape" && field.id === "edit-chat-input") {
    field.parentElement.querySelector(".confirm-edit").previousElementSibling.click();
  }
  if (event.key === "Enter" && !event.isComposing && field.matches?.("[role=dialog] input#name")) {
    [...field.closest("[role=dialog]").querySelectorAll("button[type=button]")]
      .filter((button) => button.textContent)
      .at(1)
      .click();
  }
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
