// @lane server: how the optimiser of a server walks the indexes.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aFreshSpeaker, aStatement } from './statement-examples.ts'

const ground = await freshGround(t)
const { post, get } = await aFreshSpeaker(t, ground)

const people = Array.from({ length: 200 }, (_, n) => ({ mbox: `mailto:p${n}@example.com` }))
const activities = Array.from({ length: 20 }, (_, n) => ({ id: `https://example.com/activity/${n}` }))
const verbs = ['completed', 'passed', 'attended'].map((name) => ({
  id: `http://adlnet.gov/expapi/verbs/${name}`,
}))
const registration = randomUUID()
for (let batch = 0; batch < 20; batch++)
  await post(
    Array.from({ length: 200 }, (_, n) =>
      aStatement({
        actor: people[(batch * 7 + n) % people.length],
        object: activities[n % activities.length],
        verb: verbs[n % verbs.length],
        context: { registration: n % 50 === 0 ? registration : randomUUID(), instructor: people[n % 3] },
      }),
    ),
  )
await ground.db.raw('ANALYZE TABLE statement, statement_ref, statement_void')

const agent = JSON.stringify(people[5])
const activity = activities[3]?.id as string
const verb = verbs[0]?.id as string
const since = new Date(Date.now() - 3_600_000).toISOString()
const queries: Record<string, string>[] = [
  {},
  { ascending: 'true' },
  { since },
  { agent },
  { agent, verb },
  { agent, activity },
  { agent, related_agents: 'true' },
  { activity },
  { activity, verb },
  { activity, related_activities: 'true' },
  { verb },
  { verb, since },
  { registration },
  { registration, agent, activity, verb },
]

interface PlanRow {
  table: string | null
  key: string | null
  Extra: string | null
}

for (const query of queries)
  t.test(`GET by ${Object.keys(query).join(', ') || 'nothing'} walks one index and stops`, async (t) => {
    const texts: { sql: string; bindings: unknown[] }[] = []
    const listen = (asked: { sql: string; bindings: unknown[] }) => {
      if (asked.sql.includes('AS page')) texts.push(asked)
    }
    ground.db.on('query', listen)
    const answer = await get({ ...query, limit: '50' })
    ground.db.off('query', listen)

    t.equal(answer.statusCode, 200)
    const [{ sql, bindings }] = texts as [{ sql: string; bindings: never[] }]
    const [plan] = (await ground.db.raw(`EXPLAIN ${sql}`, bindings)) as unknown as [PlanRow[]]
    const walked = plan.filter(({ table }) => table === 'r' || (table === 's' && query === queries[0]))
    t.strictSame(
      walked.filter(({ Extra }) => /filesort|temporary/.test(Extra ?? '')),
      [],
      'nothing is sorted that the index has sorted',
    )
    t.strictSame(
      plan.filter(({ table, key }) => table !== null && /^[rsxv]$/.test(table) && key === null),
      [],
      'no table is read from end to end',
    )
  })
