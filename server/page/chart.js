// The chart: plotly.js, in the page's colours.

/* global Plotly */
import { colour, dash } from "./colours.js";
import { inUnit } from "./format.js";
import { withGaps } from "./motes.js";

/** With more motes than this, hovering shows the nearest one only. */
const UNIFIED_HOVER = 8;

const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
};

/** plotly.js is large and comes last; the rest of the page does not wait for it. */
const loaded = window.Plotly
  ? Promise.resolve()
  : new Promise((resolve) => document.getElementById("plotly").addEventListener("load", resolve));

export class Chart {
  #element;
  #drawn = false;
  /** Changes when plotly.js shall forget what the user zoomed to. */
  #revision = 0;
  /** The stretch the user zoomed to, in ms; null while the chart follows the present. */
  zoom = null;

  /** @param {function} onZoom called with the new stretch, or null for back to live. */
  constructor(element, onZoom) {
    this.#element = element;
    this.onZoom = onZoom;
  }

  async draw(motes, { from, to, unit }) {
    await loaded;
    const [start, end] = this.stretch(from, to);
    const shown = motes.filter((mote) => mote.visible);
    const traces = motes.map((mote) => trace(mote, start, unit));
    Plotly.react(this.#element, traces, layout(start, end, unit, shown.length, `${unit}${this.#revision}`), CONFIG);
    if (!this.#drawn) {
      this.#drawn = true;
      this.#element.on("plotly_relayout", (change) => this.#handleRelayout(change));
      // A double click means back to live rather than plotly's own idea of the whole.
      this.#element.on("plotly_doubleclick", () => this.setZoom(null));
    }
  }

  /** The stretch shown, in ms. */
  stretch(from, to) {
    return this.zoom ?? [from, to];
  }

  setZoom(zoom) {
    if (zoom === null) this.#revision += 1;
    this.zoom = zoom;
    this.onZoom(zoom);
  }

  #handleRelayout(change) {
    const start = change["xaxis.range[0]"] ?? change["xaxis.range"]?.[0];
    const end = change["xaxis.range[1]"] ?? change["xaxis.range"]?.[1];
    if (start !== undefined) {
      this.setZoom([fromAxis(start), fromAxis(end)]);
    } else if (change["xaxis.autorange"]) {
      this.setZoom(null);
    }
  }
}

function trace(mote, start, unit) {
  const { xs, ys } = withGaps(mote.points, start - 60_000);
  return {
    type: "scatter",
    mode: xs.length > 1 ? "lines" : "lines+markers",
    name: mote.name,
    visible: mote.visible,
    x: xs.map(toAxis),
    y: ys.map((celsius) => (celsius === null ? null : inUnit(celsius, unit))),
    line: { color: colour(mote.index), dash: dash(mote.index), width: 1.8 },
    hovertemplate: `%{y:.2f} °${unit}`,
  };
}

function layout(start, end, unit, shown, uirevision) {
  const style = getComputedStyle(document.documentElement);
  const css = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: css("--grid"), linecolor: css("--line"), zeroline: false, tickcolor: css("--line") };
  return {
    margin: { l: 48, r: 12, t: 8, b: 48 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: style.fontFamily || "sans-serif", size: 12.5, color: css("--soft") },
    showlegend: false,
    hovermode: shown > UNIFIED_HOVER ? "closest" : "x unified",
    hoverlabel: { bgcolor: css("--card"), bordercolor: css("--line"), font: { color: css("--ink") } },
    xaxis: { ...axis, type: "date", range: [toAxis(start), toAxis(end)], hoverformat: "%d %b %H:%M:%S" },
    yaxis: { ...axis, ticksuffix: ` °${unit}`, automargin: true, nticks: 8 },
    // Keeps what the user zoomed to vertically across redraws.
    uirevision,
  };
}

/** plotly.js has no time zones: the axis gets local time as though it were UTC. */
function toAxis(time) {
  return time - new Date(time).getTimezoneOffset() * 60_000;
}

function fromAxis(value) {
  const shown = typeof value === "number" ? value : Date.parse(`${String(value).replace(" ", "T")}Z`);
  return shown + new Date(shown).getTimezoneOffset() * 60_000;
}
