import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)

const people = ['a', 'b'].map((name) => ({ mbox: `mailto:${name}@example.com` }))
const verbs = ['x', 'y'].map((name) => `https://example.com/verbs/${name}`)
const activities = ['p', 'q'].map((name) => `https://example.com/${name}`)
const registrations = [randomUUID(), randomUUID()]

/** What one statement is made of, by place in the lists above; `target` is another statement, or an activity. */
interface Plan {
  actor: number
  verb: number
  activity: number
  registration: number | null
  instructor: number | null
  target: number | null
}

const plan = fc.record({
  actor: fc.nat(1),
  verb: fc.nat(1),
  activity: fc.nat(1),
  registration: fc.option(fc.nat(1)),
  instructor: fc.option(fc.nat(1)),
  target: fc.option(fc.nat(5)),
})

const query = fc.record(
  {
    agent: fc.nat(1),
    verb: fc.nat(1),
    activity: fc.nat(1),
    registration: fc.nat(1),
    related_agents: fc.constant(true),
    ascending: fc.constant(true),
    limit: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
)
type Query = Partial<{
  agent: number
  verb: number
  activity: number
  registration: number
  related_agents: boolean
  ascending: boolean
  limit: number
}>

/** Whether a statement by itself meets every filter. */
function meets(one: Plan, asked: Query): boolean {
  const agents = asked.related_agents ? [one.actor, one.instructor] : [one.actor]
  return (
    (asked.agent === undefined || agents.includes(asked.agent)) &&
    (asked.verb === undefined || one.verb === asked.verb) &&
    (asked.activity === undefined || (one.target === null && one.activity === asked.activity)) &&
    (asked.registration === undefined || one.registration === asked.registration)
  )
}

/** The rule, word for word: itself, or some statement that it leads to. */
function matches(plans: Plan[], n: number, asked: Query): boolean {
  const seen = new Set<number>()
  for (let at: number | null = n; at !== null && !seen.has(at); at = plans[at]?.target ?? null) {
    seen.add(at)
    const one = plans[at]
    if (one && meets(one, asked)) return true
  }
  return false
}

function statementOf(one: Plan, n: number, ids: string[]): Json {
  const context = {
    ...(one.registration !== null && { registration: registrations[one.registration] }),
    ...(one.instructor !== null && { instructor: people[one.instructor] }),
  }
  const target = one.target === null ? undefined : (ids[one.target] ?? randomUUID())
  return {
    id: ids[n],
    actor: people[one.actor],
    verb: { id: verbs[one.verb] },
    object:
      target === undefined ? { id: activities[one.activity] } : { objectType: 'StatementRef', id: target },
    context,
  }
}

function paramsOf(asked: Query): Record<string, string> {
  const { agent, verb, activity, registration, ...rest } = asked
  return {
    ...(agent !== undefined && { agent: JSON.stringify(people[agent]) }),
    ...(verb !== undefined && { verb: verbs[verb] as string }),
    ...(activity !== undefined && { activity: activities[activity] as string }),
    ...(registration !== undefined && { registration: registrations[registration] as string }),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
  }
}

t.test(
  '2.7 a statement matches by itself, or by one statement of its chain: never by halves of several',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 6 }),
        fc.array(query, { minLength: 4, maxLength: 8 }),
        async (plans, queries) => {
          const speaker = await aSpeaker(app, ground)
          const ids = plans.map(() => randomUUID())
          // One request each, so that targets come before and after what refers to them.
          for (const [n, one] of plans.entries()) await speaker.post(statementOf(one, n, ids))

          for (const asked of queries) {
            const found: string[] = []
            let params = paramsOf(asked)
            for (let pages = 0; pages < 30; pages++) {
              const page = (await speaker.get(params)).json() as {
                statements: { id: string }[]
                more: string
              }
              found.push(...page.statements.map(({ id }) => id))
              if (page.more === '') break
              params = Object.fromEntries(new URL(page.more, 'http://x').searchParams)
            }
            const wanted = ids.filter((_, n) => matches(plans, n, asked))
            if (!asked.ascending) wanted.reverse()
            if (found.join() !== wanted.join())
              throw new Error(
                `${JSON.stringify(paramsOf(asked))} found ${found.length}, not ${wanted.length}`,
              )
          }
        },
      ),
      { numRuns: 25 },
    )
  },
)

t.test('2.7 many that nearly match do not hide the one that does', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const [verb, other] = verbs
  const [person, somebody] = people
  const target = aStatement({ actor: person, verb: { id: other } })
  const match = aStatement({ actor: person, verb: { id: verb }, object: { id: activities[0] } })
  const nearly = Array.from({ length: 30 }, () =>
    aStatement({
      actor: somebody,
      verb: { id: verb },
      object: { objectType: 'StatementRef', id: target.id },
    }),
  )
  await speaker.post([match, target, ...nearly])
  const asked = { agent: JSON.stringify(person), verb: verb as string, related_agents: 'true', limit: '1' }

  const found: string[] = []
  for (let params: Record<string, string> = asked; ; ) {
    const page = (await speaker.get(params)).json()
    found.push(...page.statements.map(({ id }: { id: string }) => id))
    if (page.more === '') break
    params = Object.fromEntries(new URL(page.more, 'http://x').searchParams)
  }

  t.strictSame(found, [match.id])
})

const crowd = (count: number): Json =>
  aStatement({
    actor: {
      objectType: 'Group',
      member: Array.from({ length: count }, (_, n) => ({ mbox: `mailto:m${n}@x.example` })),
    },
  })
const toward = (id: unknown): Json => aStatement({ object: { objectType: 'StatementRef', id } })

t.test('many that refer to a crowd are taken, in either order, and found by its last member', async (t) => {
  const speaker = await aSpeaker(app, ground)
  for (const first of ['target', 'referrers']) {
    const target = crowd(1500)
    const referring = Array.from({ length: 60 }, () => toward(target.id))
    const both = first === 'target' ? [[target], referring] : [referring, [target]]
    for (const posted of both) t.equal((await speaker.post(posted)).statusCode, 200, first)
    const found = await speaker.get({ agent: JSON.stringify({ mbox: 'mailto:m1499@x.example' }), limit: '0' })
    const ids = found.json().statements.map(({ id }: Json) => id)
    for (const { id } of referring) t.ok(ids.includes(id), first)
  }
})

t.test('references beyond all measure are refused as too large, and nothing is stored', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const target = crowd(1500)
  await speaker.post([target])
  const referring = Array.from({ length: 100 }, () => toward(target.id))
  const answer = await speaker.post(referring)
  t.equal(answer.statusCode, 413)
  t.equal((await speaker.post(referring.slice(0, 50))).statusCode, 200, 'split, it is taken')
  t.equal((await speaker.find({ limit: '0' })).length, 51)
})
