/**
 * Text that changes while the page is used. Browsers that translate a page put elements of their own in the place of its text nodes, and
 * what is later written to such a node is not seen: so each text gets a node of its own.
 * @param {{ children: import("preact").ComponentChildren, of?: string }} props `of` tells texts apart where they are not plain
 */
export function Live({ children, of = [children].flat().join("") }) {
  return <span key={of}>{children}</span>;
}
