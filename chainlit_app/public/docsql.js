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
      { docsql: "open", step: step.id.slice("step-".length), name: link.dataset.name ?? link.textContent },
      window.location.origin,
    );
  },
  true,
);

// Chainlit's login form looks words up by an answer's reason phrase, which is the same for every
// refusal and missing in HTTP/2. The page says in `detail` which of its own words are meant.
const sent = window.fetch;
window.fetch = async (...request) => {
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
