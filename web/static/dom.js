// Small helpers to build the page; text is always text, never markup.

/** An element with attributes and children; null children are left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") made.style.cssText = value;
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

/** Replaces what is in a place. */
export function fill(place, ...children) {
  place.replaceChildren(...children.filter((child) => child != null && child !== false));
}
