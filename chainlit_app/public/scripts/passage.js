// The link to a document stays in sight below the panel's title, which may have several lines.
function measureTitle() {
  const title = document.querySelector("#side-view-title");
  if (title) document.documentElement.style.setProperty("--docsql-title", `${title.offsetHeight}px`);
}
whenDrawn.push(measureTitle);
