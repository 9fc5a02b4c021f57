// @lane embedded: what it prints is made in rooms that are tested on both engines.
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'

t.test('scores and rosters from the command line', async (t) => {
  const { url } = await freshDatabaseUrl(t)
  const house = await houseOn(t, url)
  await house.must('migrate')
  const { platform_id } = await house.must(
    'platform',
    'add',
    '--name',
    '平台',
    '--issuer',
    'http://127.0.0.1:1',
    '--client-id',
    'c',
    '--deployment-id',
    '1',
    '--auth-url',
    'http://127.0.0.1:1/auth',
    '--token-url',
    'http://127.0.0.1:1/token',
    '--jwks-url',
    'http://127.0.0.1:1/jwks',
  )

  t.test('score status names each platform', async (t) => {
    t.match(await house.must('score', 'status'), {
      platforms: [
        { platform_id, name: '平台', waiting: 0, sent: 0, rejected: 0, line_items: 'use', paused: null },
      ],
    })
  })

  t.test('score set allows line items to be made, and says so in status', async (t) => {
    t.strictSame(await house.must('score', 'set', platform_id, '--line-items', 'create'), {
      line_items: 'create',
    })
    t.match(await house.must('score', 'status'), { platforms: [{ line_items: 'create' }] })
    t.equal((await house.run('score', 'set', platform_id, '--line-items', 'maybe')).code, 2)
  })

  t.test('score list and retry take filters, and refuse what is none', async (t) => {
    t.strictSame(await house.must('score', 'list', '--state', 'rejected'), {
      scores: [],
      total: 0,
      line_items: [],
    })
    t.strictSame(await house.must('score', 'retry', '--platform', platform_id), { retried: 0 })
    t.equal((await house.run('score', 'list', '--state', 'lost')).code, 2)
    t.equal((await house.run('score', 'retry', 'not-an-id')).code, 2)
  })

  t.test('what is not there, or not paused, is refused by its code', async (t) => {
    const nobody = '00000000-0000-7000-8000-000000000000'
    t.match(await house.run('score', 'resume', nobody), {
      code: 1,
      json: { error: { code: 'platform-unknown' } },
    })
    t.match(await house.run('score', 'resume', platform_id), {
      code: 1,
      json: { error: { code: 'scores-not-paused' } },
    })
    t.match(await house.run('score', 'choose', nobody, '--line-item', 'http://x'), {
      code: 1,
      json: { error: { code: 'line-item-unknown' } },
    })
    t.match(await house.run('members', 'show', nobody), {
      code: 1,
      json: { error: { code: 'roster-unknown' } },
    })
    t.match(await house.run('members', 'fetch', nobody), {
      code: 1,
      json: { error: { code: 'roster-unknown' } },
    })
  })

  t.test('members list and fetch answer where there is no roster yet', async (t) => {
    t.strictSame(await house.must('members', 'list'), { rosters: [] })
    t.strictSame(await house.must('members', 'fetch'), { asked: 0 })
  })
})
