// Chainlit 2.12 opens every passage of the conversation, unasked, as soon as one arrives as a side
// element, and on a phone that covers the answer. So sources are sent as pages of their own, and a
// click on a citation asks the server to show that one beside the answer instead.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target instanceof Element && event.target.closest("a.element-link");
    const step = link && link.closest('[id^="step-"]');
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    window.postMessage(
      { docsql: "open", step: step.id.slice("step-".length), name: link.textContent },
      window.location.origin,
    );
  },
  true,
);
