// Elements of the page.

export function append(parent, name, className = "") {
  const element = parent.appendChild(document.createElement(name));
  element.className = className;
  return element;
}
