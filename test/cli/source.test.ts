// @lane embedded
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'

t.setTimeout(600_000)

const { url, db } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)

t.test('an administrator registers, changes, rotates and revokes from the command line', async (t) => {
  const name = '区外平台'
  const pages = ['--actor-home-page', 'https://lms.example', '@school.example']
  const scope = ['--scope', 'statements/write', 'statements/read', '--expires', '365']
  const made = await house.must('source', 'add', '--name', name, '--preset', 'adl', ...pages, ...scope)

  const changed = await house.must(
    ...['source', 'set', name, '--state', 'trial', '--guard', 'seal', '--outside', 'refuse'],
    ...['--rate-statements', '500', '--on-conflict', 'quiet'],
  )
  await house.must('source', 'set', name, '--rate-statements', 'off')
  const further = await house.must('source', 'rotate', name, '--expires', '30')
  await house.must('source', 'revoke', made.key)

  t.strictSame(changed.changed, ['state', 'outside', 'guard', 'on_conflict', 'rate_statements'])
  const shown = await house.must('source', 'show', name)
  t.match(shown, {
    source_id: made.source_id,
    state: 'trial',
    guard: 'seal',
    outside: 'refuse',
    rate_statements: null,
    keys: [further.key],
    is_silent: false,
    hours: [],
  })
  const { credentials } = await house.must('source', 'credentials', name)
  t.match(credentials, [
    { key: made.key, scopes: ['statements/write', 'statements/read'] },
    { key: further.key, scopes: ['all'], revoked_at: null },
  ])
  t.ok(credentials[0].revoked_at && credentials[0].expires_at)
  const { sources } = await house.must('source', 'list')
  t.match(sources, [{ name, alarms: [], waiting: {}, last_push_at: null }])
  const acts = await db('audit_event').where('actor', 'like', 'os:%').orderBy('recorded_at').pluck('action')
  t.strictSame(acts.sort(), [
    'credential-made',
    'credential-revoked',
    'source-added',
    'source-changed',
    'source-changed',
  ])
})

t.test('the signing secret of webhooks is set and taken away from the command line', async (t) => {
  const name = 'signer'
  await house.must('source', 'add', '--name', name, '--preset', 'adl', '--actor-home-page', '*')

  const set = await house.must('source', 'sign', name, '--secret', 'whsec_c2VjcmV0LXNlY3JldA==')
  t.strictSame(set, { name, changed: true, signed_webhooks: true })
  t.match(await house.must('source', 'show', name), { signed_webhooks: true })
  t.notMatch(JSON.stringify(await house.must('source', 'show', name)), 'c2VjcmV0')
  t.match(await house.must('source', 'sign', name, '--off'), { changed: true, signed_webhooks: false })
  t.match(await house.must('source', 'sign', name, '--off'), { changed: false })
  for (const wrong of [[], ['--off', '--secret', 'a-signing-secret']])
    t.equal((await house.run('source', 'sign', name, ...wrong)).code, 2)
  t.match(await house.run('source', 'sign', name, '--secret', 'short'), {
    code: 1,
    json: { error: { code: 'source-invalid' } },
  })
})

t.test('what a setting does not take is wrong usage, what cannot be now is a refusal', async (t) => {
  const name = 'second'
  await house.must('source', 'add', '--name', name, '--preset', 'adl', '--actor-home-page', '*')

  for (const wrong of [['--guard', 'maybe'], ['--rate-bytes', '-5'], ['--rate-statements', '1.5'], []])
    t.equal((await house.run('source', 'set', name, ...wrong)).code, 2, wrong.join(' '))
  t.equal((await house.run('source', 'rotate', name, '--scope', 'everything')).code, 2)
  for (const [words, says] of [
    [['--state', 'bogus'], '--state takes trial, live, paused, revoked'],
    [['--hops', 'some'], '--hops takes ignore, honour'],
    [['--actor-home-page', ''], '--actor-home-page is not right'],
  ] as const)
    t.match((await house.run('source', 'set', name, ...words)).json.error.detail, says)
  const queue = await house.run('queue', 'list', '--reason', 'BOGUS')
  t.match(queue, {
    code: 2,
    json: { error: { detail: /^--reason takes ACTOR_UNKNOWN, .*POSSIBLE_DUPLICATE/ } },
  })
  for (const reason of ['ACTOR_UNKNOWN', 'LATE_AFTER_CLOSE', 'policy_silent'])
    t.equal((await house.run('queue', 'list', '--reason', reason)).code, 0, reason)
  const refused = await house.run('source', 'set', name, '--state', 'live', '--discard-trial')
  t.equal(refused.code, 1)
  t.equal(refused.json.error.code, 'source-not-on-trial')
  t.equal((await house.run('source', 'set', 'nobody', '--state', 'live')).json.error.code, 'source-unknown')
})
