/** A button that asks for files. */

/**
 * @param {object} props
 * @param {import("preact").ComponentChildren} props.children its words
 * @param {string} props.accept
 * @param {string} [props.title]
 * @param {boolean} [props.plain]
 * @param {boolean} [props.multiple]
 * @param {(files: File[]) => void | Promise<void>} props.onFiles told of at least one
 */
export function FileButton({ children, accept, title, plain = false, multiple = false, onFiles }) {
  return (
    <label class={plain ? "button plain" : "button"} title={title}>
      {children}
      <input
        type="file"
        class="unseen"
        accept={accept}
        multiple={multiple}
        onChange={async (event) => {
          const input = event.currentTarget;
          const files = [...(input.files ?? [])];
          if (files.length) await onFiles(files);
          input.value = ""; // so that a file can be mended and chosen again
        }}
      />
    </label>
  );
}
