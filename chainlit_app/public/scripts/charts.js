// Plotly fits a chart to the window when that changes its size. When a panel opens beside the conversation, the
// chart alone becomes narrower.
const charts = new ResizeObserver(() => window.dispatchEvent(new Event("resize")));
function fitCharts() {
  for (const chart of document.querySelectorAll(".js-plotly-plot")) charts.observe(chart);
}
whenDrawn.push(fitCharts);
