import { chunks } from '../../foundation/database/chunks.ts'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { type OfferingInfo, offeringsById } from '../../ledger/catalogue/offering.ts'
import type { Source } from '../sources/source.ts'

/** How an id that nobody mapped is like one that is mapped. */
export type Likeness = 'other-spelling' | 'other-host' | 'other-query' | 'other-language' | 'same-name'

/** An offering that an unmapped activity may be, for people to decide; nothing is credited by likeness. */
export interface Suggestion {
  offering: string
  title: string
  reason: Likeness
  /** The id that is mapped; null where only the names are alike. */
  like: string | null
}

/** At most so many for one activity. */
const most = 5

/** Which offerings these activities of a source may be, by activity id, the likeliest first; ids without any are absent. */
export async function suggestionsFor(
  handle: Handle,
  source: Pick<Source, 'id' | 'name'>,
  activities: readonly { id: string; name: string | null }[],
): Promise<Map<string, Suggestion[]>> {
  const mapped = await mappedNames(handle, source)
  const named = await offeringsTitled(
    handle,
    activities.flatMap(({ name }) => name ?? []),
  )
  const offerings = await offeringsById(handle, [...new Set(mapped.map(({ offeringId }) => offeringId))])
  const found = new Map<string, Suggestion[]>()
  for (const { id, name } of activities) {
    const form = formOf(id)
    const alike = mapped.flatMap(({ form: other, offeringId }) => {
      const offering = offerings.get(offeringId)
      const reason = offering ? likenessOf(form, other) : null
      return offering && reason ? [{ offering, reason, like: other.id }] : []
    })
    const titled = (named.get(name ?? '') ?? []).map((offering) => ({
      offering,
      reason: 'same-name' as const,
      like: null,
    }))
    const suggestions = distinct([...alike, ...titled])
    if (suggestions.length > 0) found.set(id, suggestions)
  }
  return found
}

type Alike = { offering: OfferingInfo; reason: Likeness; like: string | null }

const order: Likeness[] = ['other-spelling', 'other-language', 'other-query', 'other-host', 'same-name']

function distinct(alike: Alike[]): Suggestion[] {
  const best = new Map<Id, Alike>()
  for (const one of alike.sort((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason))) {
    if (!best.has(one.offering.offeringId)) best.set(one.offering.offeringId, one)
  }
  return [...best.values()]
    .slice(0, most)
    .map(({ offering, reason, like }) => ({ offering: offering.code, title: offering.title, reason, like }))
}

interface Form {
  id: string
  /** Host and path, without the slash at the end; the id itself where it is no address. */
  host: string
  path: string
  /** Parameters without those that choose a language, sorted. */
  query: string[]
}

/** Exported for its test: how two ids are alike, or null. Equal ids are not asked about. */
export function likeness(one: string, other: string): Likeness | null {
  return likenessOf(formOf(one), formOf(other))
}

function likenessOf(one: Form, other: Form): Likeness | null {
  const isSameQuery = one.query.join('&') === other.query.join('&')
  if (one.path === other.path) {
    if (one.host === other.host) {
      if (isSameQuery) return 'other-spelling'
      return isPartOf(one.query, other.query) || isPartOf(other.query, one.query) ? 'other-query' : null
    }
    // A bare host says nothing about a course.
    return isSameQuery && (one.path !== '' || one.query.length > 0) ? 'other-host' : null
  }
  const isSamePath = withoutLanguage(one.path) === withoutLanguage(other.path)
  return isSamePath && one.host === other.host && isSameQuery ? 'other-language' : null
}

function isPartOf(some: string[], all: string[]): boolean {
  return some.every((pair) => all.includes(pair))
}

/** `/zh-CN/`, `/en/` …: a segment that is a language tag of two letters, with or without a region. */
function withoutLanguage(path: string): string {
  return path.replace(/\/[a-z]{2}(?:[-_][a-z]{2,4})?(?=\/|$)/gi, '')
}

const languageParameters = /^(?:lang|language|locale|hl)=/i

function formOf(id: string): Form {
  if (!/^https?:\/\//i.test(id) || !URL.canParse(id)) {
    return { id, host: '', path: id.replace(/\/+$/, ''), query: [] }
  }
  const url = new URL(id)
  const query = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !languageParameters.test(pair))
  return {
    id,
    host: url.host.replace(/^www\./, ''),
    path: url.pathname.replace(/\/+$/, ''),
    query: query.sort(),
  }
}

async function mappedNames(handle: Handle, source: Pick<Source, 'id' | 'name'>) {
  const named = await handle('offering_activity')
    .where('source_name', source.name)
    .whereNotNull('offering_id')
    .select('activity_id', 'offering_id')
  const entered = await handle('activity_alias')
    .where('source_id', idBytes(source.id))
    .whereNotNull('offering_id')
    .select('activity_id', 'offering_id')
  return [...named, ...entered].map((row) => ({
    form: formOf(row.activity_id as string),
    offeringId: idText(row.offering_id),
  }))
}

/** Offerings by their exact title. */
async function offeringsTitled(handle: Handle, names: string[]): Promise<Map<string, OfferingInfo[]>> {
  const ids: Id[] = []
  for (const some of chunks([...new Set(names)], 400)) {
    const rows = await handle('offering').whereIn('title', some).select('offering_id')
    ids.push(...rows.map((row) => idText(row.offering_id)))
  }
  const found = new Map<string, OfferingInfo[]>()
  for (const offering of (await offeringsById(handle, ids)).values()) {
    found.set(offering.title, [...(found.get(offering.title) ?? []), offering])
  }
  return found
}
