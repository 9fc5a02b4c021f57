// @lane embedded: what bodies hold is judged before any engine sees it.
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)
const speaker = await aSpeaker(app, ground)

/** An impossible area code: nobody has this number. */
const number = '990101198001010014'
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)
const within = (extension: unknown): Json => ({
  context: { extensions: { 'https://example.com/x': extension } },
})

t.test('a language tag of megabytes is no tag, and no defect', async (t) => {
  const display = { [`en${'-abcde'.repeat(1_030_000)}!`]: 'x' }

  const answer = await speaker.post(aStatement({ verb: { id: 'https://example.com/v', display } }))

  t.equal(answer.statusCode, 400)
  t.match(answer.json().errors, [{ code: 'invalid-language' }])
})

t.test('hundreds of thousands of faults are refused like one', { timeout: 60_000 }, async (t) => {
  const unknown = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`property${n}`, 1]))
  const repeated = JSON.stringify(aStatement()).replace('{', `{${'"k":1,'.repeat(130_000)}`)
  for (const [body, code] of [
    [aStatement(unknown), 'unknown-property'],
    [repeated, 'unknown-property'],
    [aStatement(within(many(140_000, number))), 'pii-in-statement'],
    [many(2000, aStatement({ id: 'x', verb: {}, actor: {}, object: 1 })), 'invalid-uuid'],
  ] as const) {
    const answer = await speaker.post(body)
    t.equal(answer.statusCode, 400)
    t.equal(answer.json().errors.length, 100)
    t.match(
      answer.json().errors.some((one: Json) => one.code === code),
      true,
      code,
    )
    t.notMatch(answer.body, number)
  }
})

t.test('what is wrong behind very many faults is not taken for right', { timeout: 60_000 }, async (t) => {
  const unknown = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`property${n}`, 1]))

  const answer = await speaker.post([aStatement(unknown), aStatement({ actor: null }), aStatement()])

  t.equal(answer.statusCode, 400)
  t.strictSame(await speaker.find(), [])
})

t.test('a statement that names more activities than a call takes is read in every format', async (t) => {
  const other = many(140_000, { id: 'https://example.com/a' })
  const statement = aStatement({ context: { contextActivities: { other } } })
  t.equal((await speaker.post(statement)).statusCode, 200)

  for (const format of ['exact', 'ids', 'canonical']) {
    const answer = await speaker.get({ statementId: statement.id, format })
    t.equal(answer.statusCode, 200, format)
    t.equal(answer.json().context.contextActivities.other.length, other.length)
  }
})
