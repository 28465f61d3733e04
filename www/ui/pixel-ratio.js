/** Calls back when the screen has other pixels: a zoom, or a window moved to another screen. @param {() => void} changed @returns {() => void} what ends it */
export function onPixelRatio(changed) {
  const ended = new AbortController();
  const listen = () => {
    const now = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const follow = () => {
      changed();
      listen();
    };
    now.addEventListener("change", follow, { once: true, signal: ended.signal });
  };
  listen();
  return () => ended.abort();
}
