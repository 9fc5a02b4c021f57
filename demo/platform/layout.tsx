import type { ComponentChildren } from 'preact'
import { render } from 'preact-render-to-string'
import type { Person } from './people.ts'
import { type Language, texts } from './texts.ts'

/** What every page of the platform is drawn with. */
export interface View {
  language: Language
  person: Person | null
  /** Path of this page, to come back to after a change of language. */
  path: string
}

/** A script of a page, and what it reads from its own element. */
export interface Extras {
  script?: string
  data?: Record<string, string>
}

/** A page with the head and foot of the site. */
export function page(view: View, content: ComponentChildren, extras: Extras = {}): string {
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
          {view.person?.role === 'district-admin' && (
            <>
              <a href="/registration">{text.tools}</a> ·{' '}
            </>
          )}
          <a href="/switches">{text.switches}</a> · <a href="/journal">{text.journal}</a>
        </p>
      </footer>
    </>,
    extras,
  )
}

/** A bare page. */
export function document(
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

/** Where a teacher stands on the way from choosing who to be to the hours. */
export function Steps({ language, current }: { language: Language; current: number }) {
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
