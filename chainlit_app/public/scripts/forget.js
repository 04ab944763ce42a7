// All conversations are deleted with one click and one question; Chainlit deletes one at a time.
let isForgetting = false;
function offerForgetting() {
  const bar = document.querySelector("[data-sidebar=sidebar]:has(#thread-history)");
  const isAny = bar?.querySelector('#thread-history a[href*="/thread/"]');
  let button = bar?.querySelector("#docsql-forget");
  if (!isAny) return button?.remove();
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.id = "docsql-forget";
    button.textContent = docsqlText("history.delete_all");
    button.addEventListener("click", forgetAll);
    bar.querySelector("[data-sidebar=content]").after(button);
  }
  if (button.disabled !== isForgetting) button.disabled = isForgetting;
}
whenDrawn.push(offerForgetting);

function forgetAll() {
  if (!window.confirm(docsqlText("history.delete_all_sure"))) return;
  isForgetting = true;
  offerForgetting();
  tell({ docsql: "forget" });
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.docsql !== "forgotten") return;
  isForgetting = false;
  offerForgetting();
  if (data.done) location.assign("/");
});
