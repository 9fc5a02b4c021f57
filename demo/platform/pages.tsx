import type { PlatformCourse } from './courses.ts'
import { document, page, Steps, type View } from './layout.tsx'
import { MODE_LIST } from './modes.ts'
import type { Person } from './people.ts'
import { texts } from './texts.ts'

/** The first page: who to be. */
export function homePage(view: View, people: Person[]): string {
  const text = texts[view.language]
  const teachers = people.filter((person) => person.role === 'teacher')
  return page(
    view,
    <>
      <p class="lead">{text.lead}</p>
      <Steps language={view.language} current={0} />
      <h2>{text.choose}</h2>
      <People view={view} people={teachers} />
      <h2>{text.others}</h2>
      <People view={view} people={people.filter((person) => !teachers.includes(person))} />
    </>,
  )
}

/** The courses of the person who signed in. */
export function coursesPage(view: View, courses: PlatformCourse[]): string {
  const text = texts[view.language]
  return page(
    view,
    <>
      <Steps language={view.language} current={1} />
      <h2>{text.courses}</h2>
      <ul class="cards">
        {courses.map((course) => (
          <li key={course.id} class="card">
            <h3>{course.title[view.language]}</h3>
            <p>{course.about[view.language]}</p>
            <a class="button" href={`/courses/${course.id}?open=frame`}>
              {text.open}
            </a>
          </li>
        ))}
      </ul>
    </>,
  )
}

/** A page that posts a form at once; `copies` beyond one go to hidden frames, for tests of single use. */
export function formPostPage(
  action: string,
  fields: [string, string][],
  options: { copies: number; method?: string },
): string {
  const text = texts.zh
  return document(
    'zh',
    text.posting,
    <main class="posting">
      <p>{text.posting}</p>
      <form id="post" action={action} method={options.method ?? 'post'} data-copies={String(options.copies)}>
        {fields.map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <noscript>
          <button type="submit">
            {text.proceed} / {texts.en.proceed}
          </button>
        </noscript>
      </form>
    </main>,
    { script: '/assets/post.js' },
  )
}

/** Where a request ends that cannot be sent back to the tool. */
export function platformErrorPage(detail: string): string {
  return document(
    'zh',
    texts.zh.errorTitle,
    <main>
      <h1>
        {texts.zh.errorTitle} / {texts.en.errorTitle}
      </h1>
      <p>
        {texts.zh.errorAdvice} {texts.en.errorAdvice}
      </p>
      <p>
        <code>{detail}</code>
      </p>
      <p>
        <a href="/courses" target="_top">
          {texts.zh.courses} / {texts.en.courses}
        </a>
      </p>
    </main>,
  )
}

/** The standing modes, which apply to every launch. */
export function switchesPage(view: View, words: string[]): string {
  const text = texts[view.language]
  return page(
    view,
    <>
      <h2>{text.switches}</h2>
      <p>{text.switchesLead}</p>
      <form action="/switches" method="post">
        <textarea name="mode" rows={5} aria-label={text.modes}>
          {words.join('\n')}
        </textarea>
        <button type="submit">{text.save}</button>
      </form>
      <dl class="modes">
        {MODE_LIST.map(([word, meaning]) => (
          <div key={word}>
            <dt>
              <code>{word}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </>,
  )
}

/** A page without content, whose script is the platform storage of a named frame. */
export function storageFramePage(storage: string): string {
  return document('zh', 'storage', <main />, {
    script: '/assets/storage.js',
    data: { 'data-storage': storage },
  })
}

function People({ view, people }: { view: View; people: Person[] }) {
  return (
    <ul class="cards">
      {people.map((person) => (
        <li key={person.key} class="card">
          <h3 class="name">{person.name}</h3>
          <p>{person.about[view.language]}</p>
          <form action="/sign-in" method="post">
            <input type="hidden" name="person" value={person.key} />
            <button type="submit">{texts[view.language].enter}</button>
          </form>
        </li>
      ))}
    </ul>
  )
}
