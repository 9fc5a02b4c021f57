import t from 'tap'
import { subjectOf } from '../../demo/platform/people.ts'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { below, ToolClient } from '../support/tool-client.ts'

const tool = await ToolClient.start()
const platform = await startDemoPlatform({ port: 0, toolUrl: tool.url })
tool.platform = platform
t.teardown(async () => {
  await platform.close()
  tool.close()
})

t.test('the course leader sees every grade, a teacher only the own one', async (t) => {
  await grade('SL000001', 87.5)
  const all = await read('leader-1', '/courses/qing-ting/gradebook')
  const own = await read('SL000002', '/courses/qing-ting/gradebook')

  t.match(all.text, '陈思远')
  t.match(all.text, '87.5')
  t.notMatch(all.text, '<th scope="row" class="name">韩静书', 'who leads has no grade')
  t.notMatch(own.text, '陈思远')
  t.notMatch(own.text, '87.5')
})

t.test(
  'a submission is opened from the gradebook, by the leader or its author and nobody else',
  async (t) => {
    const { text } = await read('leader-1', '/courses/qing-ting/gradebook')
    const links = [...text.matchAll(/href="(\/courses\/qing-ting\/review\?[^"]+)"/g)].map(([, href]) =>
      (href ?? '').replaceAll('&amp;', '&'),
    )
    const link = links.find((each) => each.includes(subjectOf('SL000001'))) ?? ''
    const page = await read('leader-1', link)
    const frame = (/<iframe class="tool"[^>]* src="([^"]+)"/.exec(page.text)?.[1] ?? '').replaceAll(
      '&amp;',
      '&',
    )
    const begun = await read('leader-1', frame)

    t.equal(page.status, 200)
    t.match(begun.text, `action="${tool.url}/lti/login"`)
    t.equal((await read('SL000001', link)).status, 200)
    t.equal((await read('SL000002', link)).status, 404)
    t.equal((await read('SL000002', frame)).status, 404, 'nor by its address')
  },
)

t.test('only the course leader adds content', async (t) => {
  const page = await read('leader-1', '/courses/qing-ting/add-content')

  t.match(page.text, 'to=add-content')
  t.equal((await read('SL000001', '/courses/qing-ting/add-content')).status, 404)
  t.equal((await read('SL000001', '/courses/qing-ting/start?to=add-content')).status, 404)
  t.match((await read('leader-1', '/courses/qing-ting')).text, '添加内容')
  t.notMatch((await read('SL000001', '/courses/qing-ting')).text, '添加内容')
})

t.test('the roster shows status and changes it; learners do not see it', async (t) => {
  const before = await read('leader-1', '/courses/qing-ting/roster')
  const change = await write('leader-1', '/courses/qing-ting/roster', {
    person: 'SL000003',
    status: 'Inactive',
  })
  const refused = await grade('SL000003', 60)
  await write('leader-1', '/courses/qing-ting/roster', { person: 'SL000003', status: 'Active' })
  const taken = await grade('SL000003', 60)

  t.match(before.text, '许望舒')
  t.match(before.text, '停用')
  t.equal(change.status, 303)
  t.strictSame([refused, taken], [400, 200])
  t.equal((await read('SL000001', '/courses/qing-ting/roster')).status, 404)
  t.equal(
    (await write('SL000001', '/courses/qing-ting/roster', { person: 'SL000001', status: 'Inactive' })).status,
    404,
  )
})

t.test('pages of courses lead to the first page who is not signed in', async (t) => {
  for (const path of ['', '/gradebook', '/roster', '/review', '/add-content', '/start']) {
    const answer = await fetch(`${platform.url}/courses/qing-ting${path}`, { redirect: 'manual' })
    t.equal(answer.headers.get('location'), '/', path)
  }
})

t.test('a form without fields changes nothing', async (t) => {
  const statuses = await Promise.all(
    ['/sign-in', '/courses/qing-ting/roster', '/registration/begin', '/registration/state'].map(
      async (path) =>
        (
          await fetch(platform.url + path, {
            method: 'POST',
            headers: { cookie: cookieOf('district-1') },
            redirect: 'manual',
          })
        ).status,
    ),
  )

  t.strictSame(statuses, [404, 404, 404, 404])
})

t.test('the pages speak English too', async (t) => {
  const { text } = await read('leader-1', '/courses/qing-ting/gradebook', '; language=en')

  t.match(text, 'Gradebook')
  t.match(text, 'out of 100')
})

t.test('the switches list the modes of services', async (t) => {
  const { text } = await read('leader-1', '/switches')

  for (const word of ['token:', 'ags:', 'nrps:', 'dynreg:', 'return-url:', 'deep-link:']) t.match(text, word)
})

async function grade(person: string, scoreGiven: number): Promise<number> {
  const { endpoint } = await tool.claims()
  const answer = await fetch(below(endpoint.lineitem ?? '', 'scores'), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tool.token()}`,
      'content-type': 'application/vnd.ims.lis.v1.score+json',
    },
    body: JSON.stringify({
      userId: subjectOf(person),
      timestamp: new Date().toISOString(),
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
      scoreGiven,
      scoreMaximum: 100,
    }),
  })
  return answer.status
}

async function read(person: string, path: string, more = ''): Promise<{ status: number; text: string }> {
  const answer = await fetch(platform.url + path, {
    headers: { cookie: cookieOf(person) + more },
    redirect: 'manual',
  })
  return { status: answer.status, text: await answer.text() }
}

function write(person: string, path: string, fields: Record<string, string>): Promise<Response> {
  return fetch(platform.url + path, {
    method: 'POST',
    headers: { cookie: cookieOf(person) },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
}

function cookieOf(person: string): string {
  return platform.beginLaunch({ person, course: 'qing-ting' }).cookie
}
