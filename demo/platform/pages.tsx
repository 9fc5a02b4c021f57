import type { ComponentChildren } from 'preact'
import { render } from 'preact-render-to-string'
import type { PlatformCourse } from './courses.ts'
import { MODE_LIST } from './modes.ts'
import type { Person } from './people.ts'
import { type Language, texts } from './texts.ts'

/** What every page of the platform is drawn with. */
export interface View {
  language: Language
  person: Person | null
  /** Path of this page, to come back to after a change of language. */
  path: string
}

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

/** How one course is about to be opened. */
export interface Opening {
  course: PlatformCourse
  /** Address of the frame; null while nothing is open. */
  frameUrl: string | null
  storage: string
  deployments: string[]
  deploymentId: string
  modes: string[]
}

/** One course, with the tool in a frame once it was opened here. */
export function coursePage(view: View, opening: Opening): string {
  const text = texts[view.language]
  const { course, frameUrl } = opening
  const address = `/courses/${course.id}`
  const step = course.offeringCode === null ? 3 : frameUrl ? 2 : 1
  return page(
    view,
    <>
      <Steps language={view.language} current={step} />
      <p>
        <a href="/courses">← {text.back}</a>
      </p>
      <h2>{course.title[view.language]}</h2>
      <p>{course.about[view.language]}</p>
      <form class="open" action={address} method="get">
        <button type="submit" name="open" value="frame">
          {text.here}
        </button>
        <button
          class="quiet"
          type="submit"
          formaction={`${address}/start`}
          formtarget="_blank"
          name="target"
          value="window"
        >
          {text.window}
        </button>
        <details open={opening.modes.length > 0}>
          <summary>{text.advanced}</summary>
          <label>
            {text.deployment}
            <select name="deployment">
              {opening.deployments.map((id) => (
                <option key={id} value={id} selected={id === opening.deploymentId}>
                  {id}
                </option>
              ))}
            </select>
          </label>
          <label>
            {text.modes}
            <textarea name="mode" rows={3}>
              {opening.modes.join('\n')}
            </textarea>
          </label>
        </details>
      </form>
      {frameUrl && (
        <>
          <p class="hint">
            {text.frameHint}
            {course.offeringCode !== null && (
              <>
                {text.after}
                <a href="/courses/wo-de-xue-shi?open=frame">{text.myHours}</a>
              </>
            )}
          </p>
          {opening.storage === 'frame' && (
            <iframe class="hidden" name="platform_storage" title="platform storage" src="/storage-frame" />
          )}
          {opening.storage === 'other-origin' && (
            <iframe
              class="hidden"
              name="stranger"
              title="stranger"
              src="/storage-frame?storage=other-origin"
              sandbox="allow-scripts"
            />
          )}
          <iframe
            class="tool"
            name="tool"
            title={text.frameTitle}
            src={frameUrl}
            allow="fullscreen; autoplay"
          />
        </>
      )}
    </>,
    { script: '/assets/storage.js', data: { 'data-storage': opening.storage } },
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

function Steps({ language, current }: { language: Language; current: number }) {
  return (
    <ol class="steps">
      {texts[language].steps.map((step, index) => (
        <li key={step} class={index < current ? 'done' : index === current ? 'now' : ''}>
          <span class="no">{index + 1}</span>
          <span>{step}</span>
        </li>
      ))}
    </ol>
  )
}

interface Extras {
  script?: string
  data?: Record<string, string>
}

function page(view: View, content: ComponentChildren, extras: Extras = {}): string {
  const text = texts[view.language]
  return document(
    view.language,
    text.title,
    <>
      <header>
        <a class="brand" href="/">
          <span class="mark" aria-hidden="true">
            学
          </span>
          {text.title}
        </a>
        <nav>
          {view.person && (
            <span class="who">
              {text.signedIn}：<b class="name">{view.person.name}</b>
              <a href="/">{text.change}</a>
            </span>
          )}
          <a
            href={`/language?to=${view.language === 'zh' ? 'en' : 'zh'}&back=${encodeURIComponent(view.path)}`}
          >
            {text.other}
          </a>
        </nav>
      </header>
      <main>{content}</main>
      <footer>
        <p>{text.stands}</p>
        <p>
          <a href="/switches">{text.switches}</a> · <a href="/journal">{text.journal}</a>
        </p>
      </footer>
    </>,
    extras,
  )
}

function document(
  language: Language,
  title: string,
  content: ComponentChildren,
  extras: Extras = {},
): string {
  const html = render(
    <html lang={language === 'zh' ? 'zh-CN' : 'en'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/platform.css" />
        {extras.script && <script src={extras.script} defer {...extras.data} />}
      </head>
      <body>{content}</body>
    </html>,
  )
  return `<!doctype html>${html}`
}
