import MarkdownIt from 'markdown-it'
import type { MediaRef } from './document.ts'

// HTML in a text is shown as text: a course package is written by many hands. Links open outside the frame of the platform.
const markdown = new MarkdownIt({ html: false, linkify: true })

markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index]
  token?.attrSet('target', '_blank')
  token?.attrSet('rel', 'noopener noreferrer')
  return self.renderToken(tokens, index, options)
}
// The style attribute that markdown-it gives to aligned cells is forbidden by the CSP.
for (const rule of ['th_open', 'td_open'] as const) {
  markdown.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    const token = tokens[index]
    if (token?.attrs) token.attrs = token.attrs.filter(([name]) => name !== 'style')
    return self.renderToken(tokens, index, options)
  }
}

/** Renders a text of a course package; images lead to where `urlOf` says, and are dropped when it says nothing. */
export function htmlOf(
  text: string,
  images: Record<string, MediaRef>,
  urlOf: (media: MediaRef) => string,
): string {
  const tokens = markdown.parse(text, {})
  for (const token of tokens) {
    // The page has the only h1: the unit's title.
    if (token.type === 'heading_open' || token.type === 'heading_close')
      token.tag = `h${Math.min(6, Number(token.tag[1]) + 1)}`
    for (const child of token.children ?? []) {
      if (child.type !== 'image') continue
      const media = images[decodedSource(child.attrGet('src'))]
      child.attrSet('src', media ? urlOf(media) : '')
      child.attrSet('loading', 'lazy')
    }
  }
  return markdown.renderer.render(tokens, markdown.options, {})
}

/** Every image that a text names, with its line counted from 1. */
export function imagesOf(text: string): { source: string; line: number }[] {
  return markdown
    .parse(text, {})
    .flatMap((token) =>
      (token.children ?? [])
        .filter((child) => child.type === 'image')
        .map((child) => ({ source: decodedSource(child.attrGet('src')), line: (token.map?.[0] ?? 0) + 1 })),
    )
}

function decodedSource(source: unknown): string {
  const text = String(source ?? '')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
