// What a mouse, fingers and keys do to the chart.

import { append } from "../dom.js";

/** A drag shorter than this, in pixels, is a click. */
const SHORT = 6;

/** What one press of a key or a turn of the wheel does. */
const STEP = 0.02;
const PAN = 0.25;

export function gestures(chart) {
  mouse(chart);
  wheel(chart);
  touch(chart);
  keyboard(chart);
}

/** The stretch moved by a part of its length, and made `factor` times as long about a place (0 to 1). */
function changed({ from, to }, { by = 0, factor = 1, about = 0.5 }) {
  const length = to - from;
  const start = from + by * length + about * length * (1 - factor);
  return [start, start + length * factor];
}

/** Hovering tells values; dragging marks the stretch to zoom to; a double click is back to live. */
function mouse(chart) {
  const { element } = chart;
  const mark = append(element, "div", "mark");
  mark.hidden = true;
  let start = null;
  const place = (event) => {
    const box = element.getBoundingClientRect();
    return [Math.min(Math.max(event.clientX - box.left, 0), box.width), event.clientY - box.top];
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    [start] = place(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const [x, y] = place(event);
    mark.hidden = start === null || Math.abs(x - start) < SHORT;
    mark.style.left = `${Math.min(x, start ?? x)}px`;
    mark.style.width = `${Math.abs(x - (start ?? x))}px`;
    chart.point(x, y);
  });
  element.addEventListener("pointerup", (event) => {
    if (start === null || event.pointerType === "touch") return;
    const times = [start, place(event)[0]].sort((a, b) => a - b).map((x) => chart.scale.timeAt(x));
    const marked = !mark.hidden;
    stop();
    if (marked) chart.on.zoom(times, false);
  });
  const stop = () => {
    start = null;
    mark.hidden = true;
  };
  element.addEventListener("pointercancel", stop);
  element.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") chart.point(null);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
  });
  element.addEventListener("dblclick", () => chart.on.live());
}

/** Sideways pans; with Ctrl, which is how a touchpad's pinch arrives, it zooms. Down is the page's. */
function wheel(chart) {
  chart.element.addEventListener("wheel", (event) => {
    const { left, width } = chart.element.getBoundingClientRect();
    if (event.ctrlKey) {
      const about = (event.clientX - left) / width;
      chart.on.zoom(changed(chart.scale, { factor: Math.exp(event.deltaY * 0.01), about }), true);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      chart.on.zoom(changed(chart.scale, { by: event.deltaX / width }), true);
    } else {
      return;
    }
    event.preventDefault();
  }, { passive: false });
}

/** One finger scrolls the page, or tells values sideways; two of them zoom and pan. */
function touch(chart) {
  const { element } = chart;
  let pinch = null;
  const measure = ([a, b]) => {
    const { left } = element.getBoundingClientRect();
    const distance = Math.max(Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), 1);
    return { distance, middle: (a.clientX + b.clientX) / 2 - left };
  };
  element.addEventListener("touchstart", (event) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const { distance, middle } = measure(event.touches);
    const { from, to } = chart.scale;
    pinch = { distance, time: chart.scale.timeAt(middle), length: to - from };
    chart.point(null);
  }, { passive: false });
  element.addEventListener("touchmove", (event) => {
    if (event.touches.length === 2 && pinch) {
      event.preventDefault();
      // The moment that was between the fingers stays there.
      const { distance, middle } = measure(event.touches);
      const length = (pinch.length * pinch.distance) / distance;
      const from = pinch.time - (middle / chart.scale.width) * length;
      chart.on.zoom([from, from + length], true);
    } else if (!pinch) {
      tell(event.touches[0]);
    }
  }, { passive: false });
  element.addEventListener("touchend", (event) => {
    if (event.touches.length === 0 && !pinch) tell(event.changedTouches[0]);
    if (event.touches.length === 0) pinch = null;
  });
  // The page scrolls instead.
  element.addEventListener("touchcancel", () => {
    pinch = null;
    chart.point(null);
  });
  const tell = ({ clientX, clientY }) => {
    const { left, top } = element.getBoundingClientRect();
    chart.point(clientX - left, clientY - top);
  };
}

/** Arrows tell values, with Shift they pan; plus and minus zoom; Escape is back to live. */
function keyboard(chart) {
  chart.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { width } = chart.scale;
    const zoom = (change) => chart.on.zoom(changed(chart.scale, change), false);
    const move = (by) => {
      const x = chart.cursorTime === null ? width / 2 : chart.scale.x(chart.cursorTime);
      chart.point(Math.min(Math.max(x + by * width, 0), width));
    };
    const keys = {
      ArrowLeft: () => (event.shiftKey ? zoom({ by: -PAN }) : move(-STEP)),
      ArrowRight: () => (event.shiftKey ? zoom({ by: PAN }) : move(STEP)),
      "+": () => zoom({ factor: 0.5 }),
      "-": () => zoom({ factor: 2 }),
      Escape: () => {
        chart.point(null);
        chart.on.live();
      },
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  chart.element.addEventListener("blur", () => chart.point(null));
}
