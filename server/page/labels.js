// Names that people give to motes, kept by the server.

import * as api from "./api.js";

/** Asks for the server's token; null if there is none to be had. */
function askForToken() {
  const dialog = document.getElementById("token");
  const input = document.getElementById("token-value");
  input.value = "";
  document.getElementById("token-cancel").onclick = () => dialog.close("cancel");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "ok" ? input.value : null);
  });
}

/** Sends a label to the server; true if it is kept. */
export async function save(mac, label) {
  let token = sessionStorage.getItem("token");
  for (;;) {
    const status = await api.label(mac, label, token);
    if (status !== 401) return status === 204;
    sessionStorage.removeItem("token");
    token = await askForToken();
    if (token === null) return false;
    sessionStorage.setItem("token", token);
  }
}
