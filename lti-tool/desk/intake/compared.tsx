import { comparedLines, spread } from './json-lines.ts'

/** How many lines around a change are shown. */
const around = 3

/** Two JSON texts, what went and what came; unchanged stretches are left out but for some lines around each change. */
export function Compared({ label, before, after }: { label: string; before: string; after: string }) {
  const lines = comparedLines(spread(before), spread(after))
  const isNear = lines.map(() => false)
  lines.forEach(({ kind }, n) => {
    if (kind !== 'same') isNear.fill(true, Math.max(0, n - around), n + around + 1)
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="lines" aria-label={label} tabIndex={0}>
      {lines.map(({ kind, text }, n) => {
        if (!isNear[n]) return n === 0 || isNear[n - 1] ? <span key={n}>⋯</span> : null
        if (kind === 'gone') return <del key={n}>{`- ${text}`}</del>
        if (kind === 'new') return <ins key={n}>{`+ ${text}`}</ins>
        return <span key={n}>{`  ${text}`}</span>
      })}
    </section>
  )
}

/** A JSON text over several lines, in a box of its own. */
export function Spread({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <section class="lines" aria-label={label} tabIndex={0}>
      {spread(text)
        .split('\n')
        .map((line, n) => (
          <span key={n}>{line || ' '}</span>
        ))}
    </section>
  )
}
