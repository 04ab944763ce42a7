// Back to the start page leaves the conversation. Chainlit would keep it: its start page, drawn while a
// conversation is open, gives that its address again. So Chainlit hears nothing of it, the page is loaded
// anew, and until it is, nothing may change the address.
window.addEventListener(
  "popstate",
  (event) => {
    const isAtStart = document.querySelector("#welcome-screen");
    if (!event.isTrusted || location.pathname !== "/" || isAtStart || !isKept) return;
    event.stopImmediatePropagation();
    for (const name of ["pushState", "replaceState"]) history[name] = () => {};
    location.replace("/");
  },
  true,
);
