// The one word at the top of the page: whether what is seen is the present.

/** What is to be said of the connection and of what comes over it. */
export function status({ connection, motes, gateways }) {
  if (connection !== "connected") return { state: connection, text: connection };
  if (motes.length === 0) return { state: "waiting", text: "waiting for readings" };
  if (motes.some(({ state }) => state === "ok")) return { state: "live", text: "live" };
  const away = gateways.length > 0 && gateways.every(({ state }) => state === "silent");
  return { state: "quiet", text: away ? "the gateway is away" : "no readings come" };
}

/** How many motes there are, and how many need a look. */
export function summary(motes, gateways) {
  const number = (state) => motes.filter((mote) => mote.state === state).length;
  const parts = [{ text: `${motes.length}` }];
  for (const state of ["late", "silent"]) {
    if (number(state) > 0) parts.push({ state, text: `${number(state)} ${state}` });
  }
  for (const { name, state } of gateways) {
    if (state === "silent") parts.push({ state, text: `gateway ${name} away` });
  }
  return parts;
}
