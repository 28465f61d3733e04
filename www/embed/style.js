/** The style of `<few-steps>`, as text for its shadow. */
export const style = `
:host {
  display: block;
  contain: content;
}
:host([hidden]) {
  display: none;
}
.box {
  position: relative;
  display: grid;
  place-items: center;
  min-height: 11rem;
  overflow: hidden;
  border-radius: 6px;
  background: #0b0d13;
}
.box:has(img) {
  aspect-ratio: 2;
}
.box.is-live {
  aspect-ratio: auto;
  min-height: 0;
  background: none;
}
img {
  grid-area: 1 / 1;
  width: 100%;
  height: 100%;
  object-fit: contain;
}
button {
  grid-area: 1 / 1;
  z-index: 1;
  align-self: end;
  max-width: calc(100% - 2rem);
  margin: 0 0 0.75rem;
  padding: 0.4rem 1rem;
  border: 0;
  border-radius: 999px;
  background: #e8eaf0;
  color: #0b0d13;
  font: inherit;
  font-size: 0.875rem;
  cursor: pointer;
}
.box:not(:has(img)) button {
  align-self: center;
}
button:focus-visible {
  outline: 2px solid #fff;
  outline-offset: 2px;
}
iframe {
  grid-area: 1 / 1;
  width: 100%;
  height: 100%;
  border: 0;
  color-scheme: inherit;
  opacity: 0;
}
.is-live iframe {
  opacity: 1;
}
.is-live :is(img, button) {
  display: none;
}
`;
