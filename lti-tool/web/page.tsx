import type { FastifyReply } from 'fastify'
import type { ComponentChildren, VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { type AssetName, assetUrl } from './assets.ts'
import { type Lang, webText } from './messages.ts'

/** One place the navigation leads to; `current` marks where the person is. */
export interface NavItem {
  href: string
  label: string
  current?: boolean
}

/** What makes a page. Only `title` and `body` are needed. */
export interface PageParts {
  title: string
  body: ComponentChildren
  /** Chinese when absent. */
  lang?: Lang
  nav?: NavItem[]
  /** Where the brand leads; no link when absent. */
  home?: string
  /** Right end of the head: who is signed in, a way out. Never an identity number. */
  who?: ComponentChildren
  /** The page's CSRF token: htmx sends it with every request as `X-CSRF-Token`. Forms without htmx use `<CsrfField>`. */
  csrf?: string
  /** Scripts besides htmx and `page.js`. */
  scripts?: AssetName[]
  /** `reading` is narrow for text, `wide` is for tables of the desks. */
  width?: 'reading' | 'normal' | 'wide'
  /** No htmx and no script at all: pages of refusal, printed pages. */
  bare?: boolean
  /** Data for the page's own script, as `data-…` of the body; keys in kebab-case. */
  data?: Record<string, string>
}

// The CSP of the pages forbids inline style and eval; htmx would otherwise try both. A form that came back with 422 is shown.
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '422', swap: true },
    { code: '[45]..', swap: false, error: true },
  ],
})

/**
 * A whole HTML document in the one look of the house.
 *
 * Text is escaped by the renderer. It needs no inline script or style, so it lives under
 * `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'`.
 */
export function page(parts: PageParts): string {
  return `<!doctype html>${renderToString(<Document {...parts} />)}`
}

/** A fragment for htmx: the same components without the document around them. */
export function fragment(node: VNode): string {
  return renderToString(node)
}

/** Answers with a page or a fragment. Pages show a person's own data, so nobody on the way may keep them. */
export function sendHtml(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(html)
}

function Document({
  title,
  body,
  lang = 'zh-CN',
  nav = [],
  home,
  who,
  csrf,
  scripts = [],
  width = 'normal',
  bare,
  data = {},
}: PageParts) {
  const say = webText(lang)
  const dataset = Object.fromEntries(Object.entries(data).map(([key, value]) => [`data-${key}`, value]))
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${say('brand')}`}</title>
        <link rel="icon" href={assetUrl('icon.svg')} />
        <link rel="stylesheet" href={assetUrl('xueshi.css')} />
        {!bare && <meta name="htmx-config" content={HTMX_CONFIG} />}
        {!bare && [...new Set<AssetName>(['htmx.js', 'page.js', ...scripts])].map(scriptTag)}
      </head>
      <body
        data-offline={say('offline')}
        data-failed={say('failed')}
        data-expired={say('expired')}
        {...dataset}
        {...(csrf ? { 'hx-headers': JSON.stringify({ 'X-CSRF-Token': csrf }) } : {})}
      >
        <a class="skip" href="#main">
          {say('skip')}
        </a>
        <header class="top">
          <div class={`top-inner ${width}`}>
            <Brand home={home} name={say('brand')} />
            {nav.length > 0 && (
              <nav class="nav" aria-label={say('navigation')}>
                <ul>{nav.map(navLink)}</ul>
              </nav>
            )}
            {who && <div class="who">{who}</div>}
          </div>
        </header>
        <main id="main" class={width} tabIndex={-1}>
          {body}
        </main>
        {!bare && <div id="page-status" role="status" aria-live="polite" />}
      </body>
    </html>
  )
}

const scriptTag = (name: AssetName) => <script key={name} src={assetUrl(name)} defer />

const navLink = (item: NavItem) => (
  <li key={item.href}>
    <a href={item.href} {...(item.current ? { 'aria-current': 'page' } : {})}>
      {item.label}
    </a>
  </li>
)

function Brand({ home, name }: { home?: string | undefined; name: string }) {
  const mark = (
    <>
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path
          d="M5 3h11a3 3 0 0 1 3 3v15H8a3 3 0 0 1-3-3zM5 18a3 3 0 0 1 3-3h11M9 7.5h6M9 11h4"
          fill="none"
          stroke="currentColor"
          stroke-width="1.8"
          stroke-linejoin="round"
          stroke-linecap="round"
        />
      </svg>
      <span>{name}</span>
    </>
  )
  return home ? (
    <a class="brand" href={home}>
      {mark}
    </a>
  ) : (
    <span class="brand">{mark}</span>
  )
}
