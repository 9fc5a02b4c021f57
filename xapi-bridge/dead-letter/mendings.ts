import { derivedId } from '../../foundation/ids.ts'
import type { Fault, FaultCode } from '../language/faults.ts'
import { isIri, isMailbox } from '../language/terms.ts'
import { edited, treeOf } from '../language/tree.ts'
import { placeOf, textOfNode, withoutPlace } from './place.ts'

/**
 * One way to mend one kind of fault. Pure, and timid: it changes the place that a fault points to and nothing else, and
 * leaves what it does not recognise as it is. It never guesses a value that was not sent.
 */
export interface Mending {
  /** Faults it may help with. */
  codes: readonly FaultCode[]
  /** What it does, for whoever chooses it. */
  does: string
  /** What shall stand at the place instead, as JSON text; `remove` takes the property out; null: not for this one. */
  mend(value: unknown, fault: Fault): string | typeof remove | null
}

const remove = Symbol('remove')
const json = JSON.stringify

/** What may be done to rejected statements. A closed list: what is not in it is edited by hand. */
export const mendings = {
  'add-mailto': {
    codes: ['invalid-mailbox'],
    does: 'puts mailto: before a mail address',
    mend: ofText((text) => {
      const made = `mailto:${text.trim()}`
      return isMailbox(made) && !/^mailto:/i.test(text.trim()) ? made : null
    }),
  },
  trim: {
    codes: [
      'invalid-iri',
      'invalid-uuid',
      'invalid-mailbox',
      'invalid-sha1',
      'invalid-timestamp',
      'invalid-duration',
      'wrong-value',
    ],
    does: 'takes blanks from both ends of a text',
    mend: ofText((text) => (text.trim() !== text && text.trim() !== '' ? text.trim() : null)),
  },
  'plain-uuid': {
    codes: ['invalid-uuid'],
    does: 'takes braces or urn:uuid: from a UUID, adds its hyphens and makes it lower-case',
    mend: ofText((text) => {
      const digits = /^(?:urn:uuid:)?\{?([0-9a-f-]{32,36})\}?$/i.exec(text.trim())?.[1]?.replaceAll('-', '')
      if (digits?.length !== 32) return null
      return digits.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    }),
  },
  'add-scheme': {
    codes: ['invalid-iri'],
    does: 'puts https:// before an address that begins with its host',
    mend: ofText((text) => {
      const rest = text.replace(/^\/\//, '')
      const made = `https://${rest}`
      return /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(:\d+)?([/?#]|$)/u.test(rest) && isIri(made) ? made : null
    }),
  },
  'encode-blanks': {
    codes: ['invalid-iri'],
    does: 'writes blanks inside an address as %20',
    mend: ofText((text) => {
      const made = text.trim().replaceAll(' ', '%20')
      return made !== text.trim() && isIri(made) ? made : null
    }),
  },
  'text-to-boolean': {
    codes: ['wrong-type'],
    does: 'makes true and false of "true" and "false" in completion and success',
    mend: (value, { pointer }) => {
      if (!/\/result\/(completion|success)$/.test(pointer) || typeof value !== 'string') return null
      const word = value.trim().toLowerCase()
      return word === 'true' || word === 'false' ? word : null
    },
  },
  'text-to-number': {
    codes: ['wrong-type'],
    does: 'makes a number of a score that was sent as text',
    mend: (value, { pointer }) => {
      if (!/\/score\/(scaled|raw|min|max)$/.test(pointer) || typeof value !== 'string') return null
      // As JSON spells numbers: no hexadecimal digits, no leading zero, no comma.
      const number = /^\s*(-?(?:0|[1-9]\d*)(?:\.\d+)?)\s*$/.exec(value)?.[1]
      return number ?? null
    },
  },
  'remove-empty': {
    codes: [
      'wrong-type',
      'null-value',
      'invalid-iri',
      'invalid-uuid',
      'invalid-timestamp',
      'invalid-duration',
    ],
    does: 'takes out a property whose value is null, an empty text, list or object, such as an empty score',
    mend: (value) => (isEmpty(value) ? remove : null),
  },
  'remove-unknown': {
    codes: ['unknown-property', 'not-for-object'],
    does: 'takes out a property that xAPI does not have there; what it said is lost to the new statement',
    mend: () => remove,
  },
  'plain-timestamp': {
    codes: ['invalid-timestamp'],
    does: 'writes a T between date and time, hyphens in the date, and Z for the offset -00:00',
    mend: ofText((text) => {
      const parts = /^(\d{4})[-/](\d\d)[-/](\d\d)[T ]\s*(\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(.*)$/i.exec(
        text.trim(),
      )
      if (!parts) return null
      const zone = /^-00(:?00)?$/.test(parts[5] ?? '') ? 'Z' : (parts[5] ?? '')
      const made = `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}${zone}`
      return made === text ? null : made
    }),
  },
  'seconds-to-duration': {
    codes: ['invalid-duration', 'wrong-type'],
    does: 'makes a duration such as PT95.5S of a number of seconds',
    mend: (value, { pointer }) => {
      if (!pointer.endsWith('/result/duration')) return null
      const seconds = /^(?:PT)?(\d+(?:\.\d+)?)$/.exec(String(value).trim())?.[1]
      return seconds === undefined ? null : json(`PT${seconds}S`)
    },
  },
  'new-id': {
    codes: ['statement-conflict', 'repeated-id', 'id-mismatch', 'invalid-uuid'],
    does: 'takes the id out, so that the statement gets a new one of ours',
    mend: (_value, { pointer }) => (pointer === '/id' ? remove : null),
  },
} as const satisfies Record<string, Mending>

/** The name of one mending. */
export type MendingName = keyof typeof mendings

/** All names, in the order in which they are tried. */
export const mendingNames = Object.keys(mendings) as [MendingName, ...MendingName[]]

/** The statement after one mending, at every place that a fault of its kind points to; the same text where none fits. */
export function mended(text: string, name: MendingName, faults: Fault[]): string {
  const { codes, mend } = mendings[name] as Mending
  let made = text
  for (const fault of faults) {
    if (!codes.includes(fault.code) || fault.pointer === '') continue
    // Read anew each time, since every change moves what stands behind it.
    const place = placeOf(treeOf(made), fault.pointer)
    if (!place) continue
    const instead = mend(JSON.parse(textOfNode(place.node, made)), fault)
    if (instead === null) continue
    if (instead === remove) made = withoutPlace(made, place)
    else made = edited(made, [{ start: place.node.start, end: place.node.end, text: instead }])
  }
  return made
}

/** The id of a replayed statement that has none: the same rejected input and place give the same one for ever. */
export function replayedId(rejectedId: string, index: number): string {
  return derivedId('8d1f6f0a-52e1-5c0f-9a55-0c6c5b8f3b10', `${rejectedId}/${index}`)
}

function ofText(make: (text: string) => string | null): Mending['mend'] {
  return (value) => {
    if (typeof value !== 'string') return null
    const made = make(value)
    return made === null ? null : json(made)
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null) return true
  if (typeof value === 'string') return value.trim() === ''
  return typeof value === 'object' && Object.keys(value as object).length === 0
}
