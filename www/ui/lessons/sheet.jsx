/** A lesson on paper: what to predict, room for reasons and for what comes of it. It is seen in print alone. */

/** @param {{ lesson: import("../../store/lessons/types").Lesson }} props */
export function Sheet({ lesson }) {
  return (
    <section class="worksheet" aria-hidden="true">
      <h2>{lesson.title}</h2>
      <p class="worksheet-name">Name</p>
      {lesson.text.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <ol>
        {lesson.rounds.map(({ question, choices, runs }) => (
          <li key={question}>
            <p>{question}</p>
            <ul class="worksheet-choices">
              {choices.map((choice) => (
                <li key={choice}>{choice}</li>
              ))}
            </ul>
            <p class="worksheet-lines">I expect so because</p>
            <table>
              <tbody>
                {runs.map(({ label }) => (
                  <tr key={label}>
                    <th scope="row">{label}</th>
                    <td>I saw</td>
                    <td>I measured</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </li>
        ))}
      </ol>
      {lesson.further.length > 0 && (
        <>
          <h3>To go on with</h3>
          <ul>
            {lesson.further.map((question) => (
              <li key={question}>{question}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
