// @lane embedded: what commands write is tested in the rooms below on both engines.
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { houseOn } from '../support/house.ts'

t.setTimeout(120_000)
const { url } = await freshDatabaseUrl(t)
const house = await houseOn(t, url)
const nowhere = 'http://127.0.0.1:9'

t.test('an administrator registers, looks after and tests a platform from the command line', async (t) => {
  const added = await house.must(
    ...[
      'platform',
      'add',
      '--name',
      '区平台',
      '--issuer',
      nowhere,
      '--client-id',
      'c1',
      '--deployment-id',
      '1',
    ],
    ...['--auth-url', `${nowhere}/auth`, '--token-url', `${nowhere}/token`, '--jwks-url', `${nowhere}/jwks`],
  )
  t.match(added, { login_url: /\/lti\/login$/, launch_url: /\/lti\/launch$/, jwks_url: /\/lti\/jwks$/ })
  const id = added.platform_id

  t.strictSame(await house.must('platform', 'deactivate', id), { state: 'inactive' })
  t.strictSame(await house.must('platform', 'activate', id), { state: 'active' })
  t.strictSame(await house.must('platform', 'withdraw', id, '--deployment-id', '1'), { state: 'pending' })
  t.strictSame(await house.must('platform', 'approve', id, '--deployment-id', '1'), { state: 'active' })
  t.match(
    await house.must('platform', 'set', id, '--frame-origin', 'https://a.example', 'https://b.example'),
    {
      name: '区平台',
      frame_origins: ['https://a.example', 'https://b.example'],
      service_origins: [nowhere],
    },
  )
  t.match(await house.must('platform', 'list'), {
    platforms: [
      {
        platform_id: id,
        state: 'active',
        registered_by: 'hand',
        deployments: [{ deployment_id: '1', state: 'active' }],
        rotation: null,
      },
    ],
  })

  const tested = await house.run('platform', 'test', id)
  t.equal(tested.code, 1, 'a platform that is not there does not pass')
  t.match(
    tested.json.checks.find(({ check }: { check: string }) => check === 'keys'),
    { result: 'fail', says: /cannot be reached/, do: /network/ },
  )

  t.match(await house.must('platform', 'rotate', id), { rotation: { switched_at: null } })
  t.match(await house.run('platform', 'rotate', id), {
    code: 1,
    json: { error: { code: 'rotation-under-way' } },
  })
  t.strictSame(await house.must('platform', 'remove', id), { state: 'removed' })
  t.strictSame(await house.must('platform', 'list'), { platforms: [] })
})

t.test('a platform is invited by a link that works for an hour', async (t) => {
  const invited = await house.must('platform', 'invite', '--host', 'moodle.example', '--manage-columns')

  t.match(invited.registration_url, /\/lti\/register\/[\w-]{43}$/)
  const minutes = (Date.parse(invited.expires_at) - Date.now()) / 60_000
  t.ok(minutes > 55 && minutes <= 60)
})

t.test('what cannot be is refused with its reason', async (t) => {
  const unknown = '01890000-0000-7000-8000-000000000000'
  t.match(await house.run('platform', 'invite', '--host', 'not a host'), {
    json: { error: { code: 'platform-invalid' } },
  })
  t.match(await house.run('platform', 'test', unknown), {
    code: 1,
    json: { error: { code: 'platform-unknown' } },
  })
  t.match(await house.run('platform', 'set', unknown), { code: 2, json: { error: { code: 'bad-usage' } } })
  t.match(await house.run('platform', 'rotate', unknown), { json: { error: { code: 'platform-unknown' } } })
})
