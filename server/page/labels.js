// Names that people give to motes, kept by the server.

import * as api from "./api.js";
import { urlOf } from "./here.js";

/** Where a token is kept that was asked for: those of sites are not good elsewhere. */
const KEY = `token ${urlOf(".")}`;

/** Asks for the server's token; null if there is none to be had. */
function askForToken() {
  const dialog = document.getElementById("token");
  const input = document.getElementById("token-value");
  input.value = "";
  dialog.returnValue = "";
  document.getElementById("token-cancel").onclick = () => dialog.close("cancel");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "ok" ? input.value : null);
  });
}

/** Sends a label to the server; throws what went wrong. */
export async function save(mac, label) {
  let token = sessionStorage.getItem(KEY);
  for (;;) {
    try {
      await api.label(mac, label, token);
      return;
    } catch (error) {
      if (error.status !== 401 && error.status !== 403) throw error;
      sessionStorage.removeItem(KEY);
      token = await askForToken();
      if (token === null) throw new Error("this server wants a token");
      sessionStorage.setItem(KEY, token);
    }
  }
}
