// Which view the page's address names, after the #: that of the network, a mote's page, or temperatures.

/** @returns {{view: string, mac: string|null, parameters: URLSearchParams}} */
export function route(hash = location.hash) {
  const [, mac] = /^#mote\/((?:[0-9a-f]{2}-){7}[0-9a-f]{2})$/i.exec(hash) ?? [];
  if (mac) return { view: "mote", mac: mac.toLowerCase(), parameters: new URLSearchParams() };
  const [, query] = /^#network(?:\?(.*))?$/.exec(hash) ?? [null, null];
  if (query !== null) return { view: "network", mac: null, parameters: new URLSearchParams(query ?? "") };
  return { view: "temperatures", mac: null, parameters: new URLSearchParams(hash.slice(1)) };
}
