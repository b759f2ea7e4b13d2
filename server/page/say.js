// What the page says aloud: at once what went wrong, politely what has changed.

/** How long a fault can be read, in ms. */
const SHOWN = 12_000;

let timer;

/** Shows a fault until it is read or something else is said. */
export function fault(text) {
  const toast = document.getElementById("fault");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { toast.hidden = true; }, SHOWN);
}

/** Tells those who do not see it. */
export function politely(text) {
  document.getElementById("news").textContent = text;
}

/** What is told of motes whose state has changed. */
export function changes(motes) {
  const words = { ok: "reporting again", late: "late", silent: "silent" };
  return Object.entries(words)
    .map(([state, word]) => {
      const names = motes.filter((mote) => mote.state === state).map(({ name }) => name);
      if (names.length === 0) return "";
      return names.length > 3 ? `${names.length} motes are ${word}.` : `${names.join(", ")}: ${word}.`;
    })
    .filter(Boolean)
    .join(" ");
}
