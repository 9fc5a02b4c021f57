import t from 'tap'
import { featuredPeople } from '../../demo/district/people.ts'
import { subjectOf } from '../../demo/platform/people.ts'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { scopes, ToolClient } from '../support/tool-client.ts'

const MEMBERS = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json'
const LEARNER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'

interface Member {
  user_id: string
  status: string
  roles: string[]
  name?: string
  email?: string
  message?: object[]
}

const tool = await ToolClient.start()
const platform = await startDemoPlatform({ port: 0, toolUrl: tool.url })
tool.platform = platform
const token = await tool.token()
const { membershipsUrl } = await tool.claims()
t.teardown(async () => {
  await platform.close()
  tool.close()
})

t.test('a roster comes in pages that are linked, with everybody once', async (t) => {
  const { members, pages } = await walk(membershipsUrl)
  const enrolled = featuredPeople.filter(({ role }) => role !== 'district-admin')

  t.ok(pages >= 3)
  t.strictSame(
    members.slice(0, -1).map(({ user_id }) => user_id),
    enrolled.map(({ key }) => subjectOf(key)),
    'the administrator of the platform is on no roster',
  )
  t.strictSame(
    members.map(({ status }) => status),
    [...enrolled.map(() => 'Active'), 'Inactive'],
  )
})

t.test('a page names the course; members have role URIs, names and no mail', async (t) => {
  const answer = await get(membershipsUrl)
  const body = (await answer.json()) as { context: object; members: Member[] }

  t.match(answer.headers.get('content-type'), MEMBERS)
  t.strictSame(body.context, {
    id: 'course-qing-ting',
    label: 'KC-2026-001',
    title: '课堂里的倾听（一分钟可学完）',
  })
  t.match(body.members[0], { roles: [LEARNER], name: '陈思远', family_name: '陈', given_name: '思远' })
  t.notOk('email' in (body.members[0] ?? {}))
})

t.test('a roster is filtered by role, as a URI or a short name, on every page', async (t) => {
  const byUri = await walk(withQuery({ role: LEARNER }))
  const byName = await walk(withQuery({ role: 'Instructor' }))

  t.ok(byUri.pages > 1)
  t.ok(byUri.members.every(({ roles }) => roles.includes(LEARNER)))
  t.strictSame(
    byName.members.map(({ user_id }) => user_id),
    [subjectOf('leader-1')],
  )
})

t.test('limit makes pages larger or smaller, and nonsense is refused', async (t) => {
  t.equal((await walk(withQuery({ limit: '100' }))).pages, 1)
  t.equal(((await (await get(withQuery({ limit: '2' }))).json()) as { members: [] }).members.length, 2)
  platform.setModes(['nrps:page=4'])
  t.ok((await walk(withQuery({ limit: '100' }))).pages >= 3)
  platform.setModes([])
  t.strictSame(
    [await get(withQuery({ limit: '0' })), await get(withQuery({ limit: 'all' }))].map(
      ({ status }) => status,
    ),
    [400, 400],
  )
})

t.test('rlid adds what a launch of that link would say', async (t) => {
  const { members } = await walk(withQuery({ rlid: 'link-qing-ting' }))

  t.match(members[0]?.message, [
    { 'https://purl.imsglobal.org/spec/lti/claim/custom': { offering_code: 'KC-2026-001' } },
  ])
  t.equal((await get(withQuery({ rlid: 'link-guan-cha' }))).status, 404)
})

t.test('who is deactivated or taken off the roster is shown so', async (t) => {
  platform.enrol('qing-ting', 'SL000002', 'Inactive')
  platform.enrol('qing-ting', 'SL000003', null)
  const { members } = await walk(withQuery({ limit: '100' }))
  platform.enrol('qing-ting', 'SL000002', 'Active')
  platform.enrol('qing-ting', 'SL000003', 'Active')

  t.equal(members.find(({ user_id }) => user_id === subjectOf('SL000002'))?.status, 'Inactive')
  t.notOk(members.some(({ user_id }) => user_id === subjectOf('SL000003')))
})

t.test('scope, token, media type and address are checked', async (t) => {
  const graded = await tool.token(scopes.score)
  const statuses = [
    await get(membershipsUrl, { authorization: `Bearer ${graded}` }),
    await get(membershipsUrl, { authorization: 'Bearer unknown' }),
    await get(membershipsUrl, { accept: 'application/json' }),
    await get(membershipsUrl.split('?')[0] ?? ''),
    await get(membershipsUrl.replace('qing-ting', 'nowhere')),
  ].map(({ status }) => status)

  t.strictSame(statuses, [403, 401, 406, 404, 404])
})

t.test('the roster can be odd in every way', async (t) => {
  const under = async (mode: string) => {
    platform.setModes([mode])
    const answer = await get(membershipsUrl)
    platform.setModes([])
    return { answer, text: await answer.text() }
  }
  const membersOf = (text: string) => (JSON.parse(text) as { members: Member[] }).members

  t.equal((await under('nrps:loop')).answer.headers.get('link'), `<${membershipsUrl}>; rel="next"`)
  t.match((await under('nrps:foreign-next')).answer.headers.get('link'), '<https://other-platform.example/')
  t.strictSame(membersOf((await under('nrps:short-roles')).text)[0]?.roles, ['Learner'])
  t.equal((await under('nrps:huge=300000')).text.length > 300_000, true)
  t.notOk('name' in (membersOf((await under('nrps:no-names')).text)[0] ?? {}))
  t.match(membersOf((await under('share:mail')).text)[0]?.email, '@shili.example')
  const twice = membersOf((await under('nrps:duplicate')).text)
  t.equal(twice.at(-1)?.user_id, twice[0]?.user_id)
  t.match((await under('nrps:html')).text, '<!doctype html>')
  t.equal((await under('nrps:503')).answer.status, 503)
  const moodle = await under('moodle')
  t.strictSame(membersOf(moodle.text)[0]?.roles, ['Learner'])
  t.ok(
    membersOf(moodle.text).every(({ status }) => status === 'Active'),
    'Moodle says Active of everybody',
  )
})

t.test('modes of one launch spoil only the roster that it named', async (t) => {
  const spoilt = (await tool.claims({ modes: ['nrps:short-roles'] })).membershipsUrl
  const rolesAt = async (url: string) =>
    ((await (await get(url)).json()) as { members: Member[] }).members[0]?.roles

  t.strictSame(await rolesAt(spoilt), ['Learner'])
  t.strictSame(await rolesAt(membershipsUrl), [LEARNER])
})

function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers: { accept: MEMBERS, authorization: `Bearer ${token}`, ...headers } })
}

async function walk(address: string): Promise<{ members: Member[]; pages: number }> {
  const members: Member[] = []
  let next: string | undefined = address
  let pages = 0
  while (next !== undefined) {
    const answer: Response = await get(next)
    members.push(...((await answer.json()) as { members: Member[] }).members)
    next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
    pages += 1
  }
  return { members, pages }
}

function withQuery(query: Record<string, string>): string {
  const url = new URL(membershipsUrl)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}
