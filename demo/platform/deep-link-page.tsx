import type { PlatformCourse } from './courses.ts'
import type { DeepLinkAnswer } from './deep-link-answer.ts'
import { document } from './layout.tsx'
import { type Language, texts } from './texts.ts'

/** What was added to a course, shown where the tool was. */
export function answeredPage(
  language: Language,
  course: PlatformCourse,
  { items, others, message }: DeepLinkAnswer,
): string {
  const text = texts[language]
  const count = items.length + others
  const heading = count > 0 ? text.contentAdded : text.contentNone
  return document(
    language,
    heading,
    <main>
      <h1>{heading}</h1>
      {message !== null && (
        <p>
          {text.toolSays}
          {message}
        </p>
      )}
      <ul>
        {items.map(({ link, lineItem }) => (
          <li key={link.id}>
            {link.title}
            {lineItem && <span class="hint">（{text.withGrades}）</span>}
          </li>
        ))}
      </ul>
      <Back language={language} course={course} />
    </main>,
  )
}

/** Why an answer of the tool was not taken. */
export function refusedPage(language: Language, course: PlatformCourse, fault: string): string {
  const text = texts[language]
  return document(
    language,
    text.contentRefused,
    <main>
      <h1>{text.contentRefused}</h1>
      <p>
        <code>{fault}</code>
      </p>
      <Back language={language} course={course} />
    </main>,
  )
}

function Back({ language, course }: { language: Language; course: PlatformCourse }) {
  return (
    <p>
      <a class="button" href={`/courses/${course.id}`} target="_top">
        {texts[language].backToCourse}
      </a>
    </p>
  )
}
