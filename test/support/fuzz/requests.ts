import { randomUUID } from 'node:crypto'
import type { Dice } from '../../../demo/steady.ts'
import { shapes, validStatement, withAttachment } from './bases.ts'
import { damaged, misspelt, mutated } from './mutate.ts'

/** A request as bytes will carry it. */
export interface Shot {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer
  /** Ids of the statements in it, where it is one that may store some; all of them or none must be there afterwards. */
  ids: string[]
  /** Whether its body is well formed and differs from a valid one in one place at most. */
  isNear: boolean
}

/** Who sends. */
export interface Sender {
  authorization: string
  key: string
  secret: string
  sourceId: string
}

const json = 'application/json'

/** Draws one request: half of them well formed and wrong in one place at most. */
export function drawShot(sender: Sender, dice: Dice): Shot {
  const draw = dice.pick([
    statements,
    statements,
    statements,
    statements,
    brokenBody,
    brokenBody,
    multipart,
    multipart,
    query,
    query,
    document,
    documentQuery,
    alternate,
    token,
    other,
  ])
  const shot = draw(sender, dice)
  return dice.chance(0.15) ? withWrongHeader(shot, dice) : shot
}

function shotOf(sender: Sender, dice: Dice, part: Partial<Shot>): Shot {
  return {
    method: 'POST',
    path: '/xapi/statements',
    body: Buffer.alloc(0),
    ids: [],
    isNear: true,
    ...part,
    headers: {
      authorization: sender.authorization,
      'x-experience-api-version': dice.pick(['1.0.3', '2.0.0']),
      ...part.headers,
    },
  }
}

/** Statements of which one differs from a valid one in one place. */
function statements(sender: Sender, dice: Dice): Shot {
  const all = Array.from({ length: dice.whole(1, 4) }, () => validStatement(dice.whole(0, shapes - 1)))
  const wrong = dice.whole(0, all.length - 1)
  const texts = all.map((one, n) => (n === wrong ? mutated(one, dice) : JSON.stringify(one)))
  const ids = all.map(({ id }) => String(id))
  const headers = { 'content-type': json }
  if (all.length === 1 && dice.chance(0.3)) {
    const path = `/xapi/statements?statementId=${ids[0]}`
    return shotOf(sender, dice, { method: 'PUT', path, headers, ids, body: Buffer.from(texts[0] ?? '') })
  }
  return shotOf(sender, dice, { headers, ids, body: Buffer.from(`[${texts.join(',')}]`) })
}

function brokenBody(sender: Sender, dice: Dice): Shot {
  const all = Array.from({ length: dice.whole(1, 3) }, () => validStatement(dice.whole(0, shapes - 1)))
  const body = damaged(Buffer.from(JSON.stringify(all)), dice)
  return shotOf(sender, dice, { headers: { 'content-type': json }, ids: [], body, isNear: false })
}

function multipart(sender: Sender, dice: Dice): Shot {
  const { statement, bytes, sha2 } = withAttachment()
  const boundary = dice.pick(['b', 'x-y_z', '----=_Part_12.34'])
  const isText = dice.chance(0.5)
  const text = isText ? mutated(statement, dice) : JSON.stringify(statement)
  const head = (lines: string[]) => `--${boundary}\r\n${lines.join('\r\n')}\r\n\r\n`
  const partLines = [
    'Content-Type: text/plain',
    'Content-Transfer-Encoding: binary',
    `X-Experience-API-Hash: ${sha2}`,
  ]
  const whole = Buffer.concat([
    Buffer.from(`${head([`Content-Type: ${json}`]) + text}\r\n${head(partLines)}`),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const isDamaged = !isText && dice.chance(0.8)
  return shotOf(sender, dice, {
    headers: { 'content-type': `multipart/mixed; boundary=${dice.chance(0.5) ? `"${boundary}"` : boundary}` },
    body: isDamaged ? damaged(whole, dice) : whole,
    ids: isDamaged ? [] : [String(statement.id)],
    isNear: !isDamaged,
  })
}

const parameters: Record<string, string[]> = {
  agent: ['{"account":{"homePage":"https://lms.example","name":"u1"}}', '{"mbox":"mailto:a@lms.example"}'],
  verb: ['http://adlnet.gov/expapi/verbs/completed'],
  activity: ['https://lms.example/course/A'],
  registration: ['5b0a7c52-6f5e-4d6b-9a52-2f0c6f1d8e41'],
  related_activities: ['true', 'false'],
  related_agents: ['true', 'false'],
  since: ['2026-03-02T10:15:30Z'],
  until: ['2036-03-02T10:15:30Z'],
  limit: ['0', '3', '50'],
  format: ['ids', 'exact', 'canonical'],
  attachments: ['true', 'false'],
  ascending: ['true', 'false'],
  statementId: ['5b0a7c52-6f5e-4d6b-9a52-2f0c6f1d8e41'],
  more: ['e30.AAAA'],
}

function query(sender: Sender, dice: Dice): Shot {
  const names = dice.shuffle(Object.keys(parameters)).slice(0, dice.whole(0, 4))
  const search = new URLSearchParams(
    names.map((name) => [name, dice.pick(parameters[name] as string[])]),
  ).toString()
  const path = `/xapi/statements?${dice.chance(0.6) ? misspelt(search, dice) : search}`
  return shotOf(sender, dice, { method: dice.pick(['GET', 'GET', 'HEAD']), path: printable(path) })
}

const places = {
  '/xapi/activities/state': {
    activityId: 'https://lms.example/course/A',
    agent: '{"mbox":"mailto:a@lms.example"}',
    stateId: 's',
  },
  '/xapi/activities/profile': { activityId: 'https://lms.example/course/A', profileId: 'p' },
  '/xapi/agents/profile': { agent: '{"mbox":"mailto:a@lms.example"}', profileId: 'p' },
  '/xapi/agents': { agent: '{"mbox":"mailto:a@lms.example"}' },
  '/xapi/activities': { activityId: 'https://lms.example/course/A' },
}

function document(sender: Sender, dice: Dice): Shot {
  const [path, given] = dice.pick(Object.entries(places))
  const value = { a: 1, b: { c: [true] }, d: 'e' }
  const body = dice.chance(0.5)
    ? Buffer.from(mutated(value, dice))
    : damaged(Buffer.from(JSON.stringify(value)), dice)
  const precondition = dice.pick<Record<string, string>>([
    {},
    { 'if-match': '"x"' },
    { 'if-none-match': '*' },
    { 'if-match': '*' },
    { 'if-none-match': '"da39a3ee5e6b4b0d3255bfef95601890afd80709"' },
  ])
  return shotOf(sender, dice, {
    method: dice.pick(['PUT', 'POST', 'POST', 'DELETE', 'GET', 'HEAD']),
    path: `${path}?${new URLSearchParams(given as Record<string, string>)}`,
    headers: {
      'content-type': dice.pick([json, json, 'text/plain', 'application/octet-stream']),
      ...precondition,
    },
    body,
  })
}

function documentQuery(sender: Sender, dice: Dice): Shot {
  const [path, given] = dice.pick(Object.entries(places))
  const search = misspelt(new URLSearchParams(given as Record<string, string>).toString(), dice)
  return shotOf(sender, dice, {
    method: dice.pick(['GET', 'DELETE', 'PUT']),
    path: printable(`${path}?${search}`),
  })
}

function alternate(sender: Sender, dice: Dice): Shot {
  const statement = validStatement(dice.whole(0, shapes - 1))
  const form = new URLSearchParams({
    Authorization: sender.authorization,
    'X-Experience-API-Version': '1.0.3',
    'Content-Type': json,
    statementId: String(statement.id),
    content: mutated(statement, dice),
  }).toString()
  return shotOf(sender, dice, {
    path: `/xapi/statements?method=${dice.pick(['PUT', 'GET', 'POST', 'DELETE', 'BREW'])}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(dice.chance(0.5) ? misspelt(form, dice) : form),
    ids: [String(statement.id)],
  })
}

function token(sender: Sender, dice: Dice): Shot {
  // The credential stays right: what is tried here is reading, and guesses would soon be answered 429.
  const credential = new URLSearchParams({ client_id: sender.key, client_secret: sender.secret })
  const rest = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: dice.pick(['xapi:all', 'xapi:read', 'all', 'x']),
  })
  return shotOf(sender, dice, {
    path: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(`${credential}&${misspelt(rest.toString(), dice)}`),
  })
}

function other(sender: Sender, dice: Dice): Shot {
  const path = dice.pick([
    '/xapi/about',
    '/xapi',
    '/xapi/',
    '/xapi/nothing',
    '/xapi//statements',
    '/xapi/statements/',
    `/api/sources/${sender.sourceId}/receipts/${randomUUID()}`,
    `/api/sources/${sender.sourceId}/statements/x`,
    '/oauth/token',
    '/xapi/%ff',
  ])
  const method = dice.pick(['GET', 'PATCH', 'OPTIONS', 'DELETE', 'TRACE', 'HEAD', 'PUT'])
  return shotOf(sender, dice, { method, path })
}

const headerWords = [
  'x-experience-api-version',
  'content-type',
  'accept',
  'accept-language',
  'if-match',
  'if-none-match',
  'expect',
  'x-experience-api-hash',
  'content-encoding',
  'x-forwarded-for',
]

/** The same request with one header changed, or one more. */
export function withWrongHeader(shot: Shot, dice: Dice): Shot {
  const name = dice.pick(headerWords)
  const before = shot.headers[name] ?? dice.pick(['*/*', 'zh-CN,zh;q=0.9', '"a"', 'W/"b"', 'gzip', '9.9.9'])
  // Values stay within what a header may hold; what may not is the business of the server's own parser.
  const value = misspelt(before, dice).replace(/[^\x20-\x7e]/g, '')
  return { ...shot, headers: { ...shot.headers, [name]: value } }
}

/** A path as a request line may carry it. */
export function printable(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character))
}
