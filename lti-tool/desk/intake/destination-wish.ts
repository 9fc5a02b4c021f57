import { linesOf, listOf, textOf } from './intake.tsx'

type Form = Record<string, unknown>

/** The body that asks the bridge for a new destination, from its form. */
export function destinationWish(form: Form): object {
  const base = { kind: textOf(form.kind), name: textOf(form.name), url: textOf(form.url) }
  if (base.kind === 'webhook') return { ...base, events: listOf(form.event), filter: sourcesOf(form) }
  return {
    ...base,
    ...ofLrs(form),
    credential: credentialOf(form) ?? { kind: 'none' },
    from: textOf(form.from) === 'start' ? 'start' : 'now',
  }
}

/** The body that asks for a change of a destination; a credential that was left empty stays. */
export function destinationChange(form: Form, kind: 'lrs' | 'webhook'): object {
  const base = { name: textOf(form.name), url: textOf(form.url) }
  if (kind === 'webhook') return { ...base, events: listOf(form.event), filter: sourcesOf(form) }
  const credential = credentialOf(form)
  return { ...base, ...ofLrs(form), ...(credential ? { credential } : {}) }
}

/** The credential of a form; null where none was filled in. */
function credentialOf(form: Form): object | null {
  const kind = textOf(form.credential)
  if (kind === 'basic') return { kind, key: textOf(form.key), secret: textOf(form.secret) }
  if (kind !== 'oauth') return kind === 'none' ? { kind } : null
  const scope = textOf(form.scope)
  return {
    kind,
    token_url: textOf(form.token_url),
    client_id: textOf(form.client_id),
    client_secret: textOf(form.client_secret),
    ...(scope ? { scope } : {}),
  }
}

function ofLrs(form: Form) {
  const [verbs, activities, outcomes] = [linesOf(form.verbs), linesOf(form.activities), listOf(form.outcome)]
  // What this form does not show stays as a script set it.
  const kept = keptOf(textOf(form.kept))
  return {
    version: textOf(form.version),
    redaction: { names: textOf(form.names), actors: textOf(form.actors) },
    source_id: textOf(form.source_id) || null,
    filter: {
      ...kept,
      ...sourcesOf(form),
      ...(verbs.length > 0 ? { verbs } : {}),
      ...(activities.length > 0 ? { activities } : {}),
      ...(outcomes.length > 0 ? { outcomes } : {}),
    },
  }
}

function keptOf(text: string): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

function sourcesOf(form: Form): { sources?: string[] } {
  const sources = listOf(form.filter_source)
  return sources.length > 0 ? { sources } : {}
}
