// What there is before the first reading: the truth, as far as the server knows it.

import { append } from "./dom.js";
import { count, duration } from "./format.js";

/** What is said of a gateway: where it is with its manager, and what comes next. */
export function standing({ name, state, last_contact, manager }, now) {
  const contact = last_contact ? `, last heard ${duration(now - Date.parse(last_contact))} ago` : "";
  if (state === "silent") return { done: false, text: `Gateway ${name} is away${contact}.`, next: "It sends what it has kept as soon as it is back." };
  if (!manager) return { done: true, text: `Gateway ${name} is there${contact}.`, next: "Its first reading shows here by itself." };
  const port = manager.port ? ` on ${manager.port}` : "";
  if (manager.phase === "searching") {
    return { done: false, text: `Gateway ${name} looks for a manager.`, next: "Plug the SmartMesh IP Manager into its USB." };
  }
  if (manager.phase === "connecting") return { done: false, text: `Gateway ${name} connects to the manager${port}.`, next: "This takes some seconds." };
  const known = manager.motes_known ?? 0;
  const operational = manager.motes_operational ?? 0;
  const motes = manager.motes_known === null ? "" : ` ${count(known, "mote")} known, ${operational} operational.`;
  const next = operational > 0 ? "The first report is due within 30 s." : "Motes take some minutes to join the network.";
  return { done: true, text: `Manager found${port}.${motes}`, next };
}

/** Draws it for each gateway; how to start one only where there is none. */
export function welcome(gateways, now) {
  const list = document.getElementById("standing");
  const lines = gateways.map((gateway) => standing(gateway, now));
  const text = lines.map(({ text, next }) => `${text} ${next}`).join("\n");
  document.getElementById("how").hidden = gateways.length > 0;
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren();
  for (const { done, text, next } of lines) {
    const item = append(list, "li");
    item.dataset.done = done;
    append(item, "strong").textContent = text;
    append(item, "span").textContent = ` ${next}`;
  }
}
