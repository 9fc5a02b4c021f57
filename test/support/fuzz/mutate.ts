import type { Dice } from '../../../demo/steady.ts'

/** A place in a JSON value: where it hangs, and under which key. */
interface Place {
  parent: Record<string, unknown>
  key: string
}

const nasty: unknown[] = [
  null,
  '',
  ' ',
  'true',
  true,
  0,
  -1,
  1e308,
  1.5,
  [],
  {},
  [[]],
  [null],
  '\ud800',
  '\u0000',
  '﷽'.repeat(50),
  'x'.repeat(9000),
  'mailto:',
  'http://',
  'urn:x',
  '../../etc/passwd',
  "'; DROP TABLE statement; --",
  '00000000-0000-0000-0000-000000000000',
  '2026-02-30T25:61:00Z',
  '2026-03-02T10:15:30-00:00',
  '9999-12-31T23:59:59.999999999Z',
  '-0001-01-01T00:00:00Z',
  'P',
  'PT',
  'PT1.S',
  'P1W2D',
  '110101199003078515',
  '１１０１０１１９９００３０７８５１５',
  { __proto__: { x: 1 } },
  { constructor: { prototype: {} } },
]

/** The same JSON with one place changed, as text: the change may be one that only text can hold. */
export function mutated(value: Record<string, unknown>, dice: Dice): string {
  const copy = structuredClone(value)
  const places = placesIn(copy)
  const { parent, key } = dice.pick(places)
  switch (dice.whole(0, 8)) {
    case 0:
      delete parent[key]
      break
    case 1:
      parent[key.toUpperCase()] = parent[key]
      delete parent[key]
      break
    case 2:
      parent[`${key}x`] = parent[key]
      break
    case 3:
      parent[key] = [parent[key], parent[key]]
      break
    case 4:
      parent[key] = deep(dice.whole(2, 3000))
      break
    case 5:
      return textual(copy, dice)
    case 6:
      parent[key] = typeof parent[key] === 'string' ? `${parent[key]} ` : String(parent[key])
      break
    default:
      parent[key] = dice.pick(nasty)
  }
  return JSON.stringify(copy)
}

/** Changes that JSON.stringify would never make. */
function textual(value: unknown, dice: Dice): string {
  const text = JSON.stringify(value)
  const braces = [...text.matchAll(/\{/g)].map(({ index }) => index)
  const brace = dice.pick(braces)
  const members = dice.pick([
    '"id":1,"id":2,',
    '"__proto__":{"a":1},',
    '"a":1e999,',
    '"\\ud83d":1,',
    '"":null,',
    '"actor":{},',
  ])
  return dice.chance(0.7)
    ? `${text.slice(0, brace + 1)}${members}${text.slice(brace + 1)}`
    : `${' '.repeat(dice.whole(0, 50))}${text}${dice.pick(['', '\n\n', ' ', ','])}`
}

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value }
  return value
}

function placesIn(value: unknown, places: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return places
  for (const key of Object.keys(value)) {
    places.push({ parent: value as Record<string, unknown>, key })
    placesIn((value as Record<string, unknown>)[key], places)
  }
  return places
}

/** Bytes with one place damaged: one flipped, some cut, some put in. */
export function damaged(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.whole(0, Math.max(0, bytes.length - 1))
  switch (dice.whole(0, 4)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.whole(0, 7))
      return flipped
    }
    case 1:
      return bytes.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([dice.whole(0, 255)]), bytes.subarray(at)])
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(Math.min(bytes.length, at + dice.whole(1, 30))),
      ])
    default:
      return Buffer.concat([bytes, bytes.subarray(at)])
  }
}

/** A text with one character changed, left out or doubled. */
export function misspelt(text: string, dice: Dice): string {
  const at = dice.whole(0, Math.max(0, text.length - 1))
  const drawn = dice.pick([
    '',
    '"',
    ';',
    ',',
    ' ',
    '=',
    '%00',
    'é',
    '\t',
    '\\',
    text[at] ?? '',
    `${text[at]}${text[at]}`,
  ])
  return text.slice(0, at) + drawn + text.slice(at + 1)
}
