/** The quiet place for sentences: what went wrong, what can be taken back. */
import { dismiss, notices } from "../../store/notices.js";

export function Notices() {
  return (
    <div class="notices" role="region" aria-label="Notices">
      <div role="log" aria-live="polite">
        {notices.value.map((notice) => (
          <div key={notice.id} class="notice">
            <p>{notice.text}</p>
            {notice.actions.map(({ label, run }) => (
              <button
                key={label}
                type="button"
                class="notice-act"
                onClick={() => {
                  run();
                  dismiss(notice.id);
                }}
              >
                {label}
              </button>
            ))}
            <button
              type="button"
              class="round small"
              aria-label="Dismiss"
              title="Dismiss"
              onClick={() => dismiss(notice.id)}
            >
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z" />
              </svg>
            </button>
          </div>
        ))}
      </div>
    </div>
  );
}
