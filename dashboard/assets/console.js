// Everything works without this file: it draws what stands in a table, and steps aside where htmx cannot show an answer.
"use strict";

(() => {
  // A refusal that htmx would not show is asked for again in the browser's own way, and so fills the page. A form that
  // must not be sent twice, since each time counts, shows the refusal in its own place.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status < 400) {
      return;
    }
    event.detail.isError = false;
    const form = requestConfig.elt;
    if (form.dataset.once !== undefined && xhr.responseText.includes('id="outcome"')) {
      event.detail.shouldSwap = true;
    } else if (form instanceof HTMLFormElement) {
      form.submit();
    }
  });

  // Whoever pressed a button that is gone goes on from what came in its stead.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (document.activeElement === document.body) {
      event.detail.elt.focus({ preventScroll: true });
    }
  });

  // A form that is done once is sent once. The gateway sees to it too; this only spares a second press.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.querySelector('input[name="once"]') === null) {
      return;
    }
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
    }
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
    }
  });

  const chart = document.getElementById("chart");
  if (chart === null || typeof uPlot === "undefined") {
    return;
  }
  const days = JSON.parse(chart.dataset.chart);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const draw = () => {
    chart.replaceChildren();
    const ink = colour("--faint");
    const axis = { stroke: ink, grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    // Bars stand on one another: the tallest, which is the sum, is drawn first.
    const found = days.found;
    const none = found.map((n, i) => n + days.notFound[i]);
    const failed = none.map((n, i) => n + days.failed[i]);
    const bars = uPlot.paths.bars({ size: [0.6, 60] });
    const series = (label, own, stroke) => ({
      label, stroke, fill: stroke, width: 0, paths: bars, points: { show: false }, value: (_, __, ___, i) => (i === null ? "–" : own[i]),
    });
    new uPlot(
      {
        width: chart.clientWidth || 300,
        height: 220,
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), "Etc/UTC"),
        scales: { x: { range: (_, min, max) => [min - 43200, max + 43200] }, y: { range: (_, __, max) => [0, Math.max(max, 1)] } },
        axes: [{ ...axis, values: "{MM}-{DD}" }, { ...axis, size: 60 }],
        series: [
          { label: "Day", value: "{YYYY}-{MM}-{DD}" },
          series("Failed", days.failed, colour("--series-failed")),
          series("Not found", days.notFound, colour("--series-none")),
          series("Found", days.found, colour("--series-found")),
        ],
      },
      [days.at, failed, none, found],
      chart,
    );
  };

  draw();
  let waiting = 0;
  const again = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  };
  addEventListener("resize", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
})();
