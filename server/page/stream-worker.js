// One stream for all tabs of a browser: it would open no more than six to a server, and the tabs
// beyond that would not even load.

import { follow } from "./stream.js";

const tabs = new Set();
let stop = null;
let connected = false;

function tell(kind, data) {
  if (kind === "connected") connected = true;
  if (kind === "disconnected") connected = false;
  for (const tab of tabs) tab.postMessage([kind, data]);
}

self.onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data: wanted }) => {
    if (wanted) tabs.add(tab);
    else tabs.delete(tab);
    if (wanted && connected) tab.postMessage(["connected", null]);
    if (wanted && !stop) stop = follow(tell);
    if (tabs.size === 0 && stop) {
      stop();
      [stop, connected] = [null, false];
    }
  };
};
