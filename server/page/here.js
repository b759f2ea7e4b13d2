// Where this site's server is found: the folder of the page's own address, / or /s/NAME/. A worker has
// the address of its script instead, and is named after the page's.

const page = self.document?.baseURI ?? self.name;

/** The address of a path such as api/v1/motes. */
export function urlOf(path) {
  return new URL(path, page).href;
}
