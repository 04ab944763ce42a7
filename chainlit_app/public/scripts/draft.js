// Chainlit makes the field for questions anew when the first question has been sent and when a conversation
// gets its address. What somebody has typed by then moves to the new field, in the same moment: a key that
// is pressed next already goes there. In another conversation the field is empty.
const FIELD = "#chat-input";
let field; // the one that is on the page, with the address at which it was made
let madeAt;
let leaving; // what the field has while it is being sent: it may go before it is emptied
for (const kind of ["keydown", "click"]) {
  window.addEventListener(
    kind,
    ({ key, shiftKey, target }) => {
      const isEntered = key === "Enter" && !shiftKey && target === field;
      if (!isEntered && !(kind === "click" && target.closest?.("#chat-submit"))) return;
      leaving = field?.value;
      setTimeout(() => (leaving = undefined)); // if nothing came of it, it is still there
    },
    true,
  );
}

new MutationObserver(() => {
  const now = document.querySelector(FIELD);
  if (!now || now === field) return;
  const [before, at] = [field, madeAt];
  [field, madeAt] = [now, location.pathname];
  const isSame = at === madeAt || (at === "/" && ownAddress === madeAt);
  if (!before?.value || before.value === leaving || !isSame) return;
  const hadFocus = trail[0]?.target === before && document.activeElement === document.body;
  type(now, before.value);
  if (hadFocus) now.focus();
  now.setSelectionRange(before.selectionStart, before.selectionEnd);
}).observe(document.documentElement, { childList: true, subtree: true });
