// What time it is: by the server, whose times the readings have. This computer's clock may be wrong.

let offset = 0;

/** The server's time in ms since 1970. All times within the page are such; only labels are local. */
export function now() {
  return Date.now() + offset;
}

/** Takes the server's time, from an answer that was asked for and came at these times of this clock. */
export function set(serverTime, asked, told) {
  offset = serverTime - (asked + told) / 2;
}

/** What the server's clock is ahead of this computer's, in ms. */
export function difference() {
  return offset;
}
