// Chainlit asks whether to delete "this" conversation, of a list of many, and its button says "Confirm".
let toDelete;
document.addEventListener(
  "click",
  ({ target }) => {
    if (!(target instanceof Element) || !target.closest("#delete-thread")) return;
    const menu = document.querySelector('#thread-options[data-state="open"]');
    toDelete = menu?.closest("li").querySelector(".truncate").textContent;
  },
  true,
);

function nameWhatIsDeleted() {
  const dialog = toDelete && document.querySelector("[role=alertdialog]");
  if (!dialog) return;
  sayInstead(dialog.querySelector("h2"), docsqlText("history.delete", { title: toDelete }));
  sayInstead(dialog.querySelector("button:last-of-type"), docsqlText("documents.delete"));
}
whenDrawn.push(nameWhatIsDeleted);

// Chainlit's word on a conversation that is gone is English, and names it otherwise than the page. A click
// that did not reach its server is an error of the browser's to it.
const NOT_RESUMED = /^Couldn't resume chat/;
const NOT_SENT = /^TypeError: /;
function sayWhatFailed() {
  for (const said of document.querySelectorAll("[data-sonner-toast] [data-title]")) {
    if (NOT_RESUMED.test(said.textContent)) sayInstead(said, docsqlText("history.gone"));
    if (NOT_SENT.test(said.textContent)) sayInstead(said, docsqlText("action.failed"));
  }
}
whenDrawn.push(sayWhatFailed);

// On a narrow page the list lies over everything. Escape closes it, and not only the name of a button in it.
window.addEventListener(
  "keydown",
  ({ key }) => {
    const open = "[role=dialog], [role=alertdialog], [role=menu]";
    const top = [...document.querySelectorAll(open)].at(-1);
    if (key === "Escape" && top?.matches("[data-mobile=true][data-state=open]")) {
      top.querySelector("#sidebar-trigger-button")?.click();
    }
  },
  true,
);

// A key that is not valid is replaced at once: Chainlit's form takes the focus away while it asks.
document.addEventListener("submit", ({ target }) => {
  const field = target.querySelector("#password");
  if (field) setTimeout(selectWrongKey, 100, field);
});

function selectWrongKey(field) {
  if (field.disabled) return void setTimeout(selectWrongKey, 100, field);
  field.focus();
  field.select();
}

// A hit that is in no title says where it is.
function showExcerpts() {
  for (const [id, excerpt] of excerpts) {
    const item = excerpt && document.querySelector(`[cmdk-item][data-value$="${CSS.escape(id)}"]`);
    if (!item || item.querySelector("small")) continue;
    const shown = document.createElement("small");
    shown.textContent = excerpt;
    item.append(shown);
  }
}
whenDrawn.push(showExcerpts);

// Whose key is not valid any more signs in again: while the cookie names them, the form would let them pass.
document.addEventListener(
  "click",
  async (event) => {
    if (!(event.target instanceof Element) || !event.target.closest('.step a[href$="/login"]')) return;
    event.preventDefault();
    await sent("/logout", { method: "POST" });
    location.assign("/login");
  },
  true,
);

// pdf.js says so where a PDF is closed while a page of it is still being read, and nobody waits for that.
window.addEventListener("unhandledrejection", (event) => {
  if (/^Worker was terminated$/.test(event.reason?.message)) event.preventDefault();
});
