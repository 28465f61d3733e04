/** A token's colour as it is in the current theme, for canvases. @param {HTMLElement} box @param {string} name */
export function colour(box, name) {
  box.style.color = `var(${name})`;
  const { color } = getComputedStyle(box);
  box.style.color = "";
  return color;
}
