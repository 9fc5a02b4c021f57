// @lane embedded
import t from 'tap'
import { buildServer } from '../../cli/serve.ts'
import { freshGround } from '../support/ground.ts'

const ground = await freshGround(t)
const app = await buildServer(ground, 'both')
t.teardown(() => app.close())

t.test('the contract of /api stands as it was reviewed', async (t) => {
  const answer = await app.inject('/api/openapi.json')
  t.equal(answer.statusCode, 200)
  const { paths } = answer.json()
  t.ok(Object.keys(paths).every((path) => path.startsWith('/api/')))
  // A change shows up in review; TAP_SNAPSHOT=1 writes it anew.
  t.matchSnapshot(JSON.stringify(paths, null, 2))
})

t.test('health, readiness and figures answer', async (t) => {
  t.equal((await app.inject('/healthz')).statusCode, 200)
  const ready = await app.inject('/readyz')
  t.equal(ready.statusCode, 200)
  const { findings } = ready.json() as { findings: { name: string; ok: boolean }[] }
  t.strictSame(
    findings.filter(({ ok }) => !ok),
    [],
  )
  t.match((await app.inject('/metrics')).body, /xueshi_http_request_seconds/)
})

t.test('an address that is not there says so as a problem or a page, never as a stack', async (t) => {
  const answer = await app.inject('/nowhere')
  t.equal(answer.statusCode, 404)
  t.notMatch(answer.body, /at .*\.ts:/)
})
