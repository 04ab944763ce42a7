// Whoever only looks at the page learns that the service is away: it asks while somebody can see it.
const ASKS_MS = 10_000;
let isAway = false;
setInterval(async () => {
  if (document.hidden || !document.querySelector("#chat-settings-open-modal")) return;
  const told = await sent("/away")
    .then((answer) => answer.json())
    .catch(() => ({ away: isAway })); // the page's own server is away, which Chainlit says
  if (told.away && !isAway) window.postMessage({ docsql: "away" }, location.origin);
  isAway = told.away;
}, ASKS_MS);
