// Escape in an open list of the settings closes the list, and not the dialog with all that was chosen.
window.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape") return;
    const list = event.target.closest?.("#chat-settings [cmdk-root]");
    if (!list?.querySelector("[cmdk-item]")) return;
    event.stopImmediatePropagation();
    list.focus(); // the list is open as long as its field has the focus
  },
  true,
);

// A conversation that looks in one place only says so beside the settings, where that was chosen.
let looksIn = "";
window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "looks") return;
  looksIn = data.said;
  sayWhereItLooks();
});

function sayWhereItLooks() {
  const settings = document.querySelector("#chat-settings-open-modal");
  let said = document.querySelector("#docsql-looks-in");
  if (!settings || !looksIn) return said?.remove();
  if (said?.previousElementSibling !== settings) {
    said?.remove();
    said = document.createElement("button");
    said.type = "button";
    said.id = "docsql-looks-in";
    said.title = docsqlText("settings.change");
    said.addEventListener("click", () => document.querySelector("#chat-settings-open-modal").click());
    settings.after(said);
  }
  if (said.textContent !== looksIn) said.textContent = looksIn;
}
whenDrawn.push(sayWhereItLooks);
