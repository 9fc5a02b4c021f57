import Fastify from 'fastify'
import t from 'tap'
import { assetUrl, webAssets } from '../../lti-tool/web/assets.ts'
import { DataTable, Notice, Progress } from '../../lti-tool/web/components.tsx'
import { catalogue, langOf } from '../../lti-tool/web/messages.ts'
import { page } from '../../lti-tool/web/page.tsx'

const app = Fastify()
await app.register(webAssets)
t.teardown(() => app.close())

t.test('an asset has the hash of its bytes in its address and may be kept for a year', async (t) => {
  const answer = await app.inject({ url: assetUrl('xueshi.css'), headers: { 'accept-encoding': 'gzip, br' } })

  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
  t.equal(answer.headers['content-encoding'], 'br')
})

t.test('an old address of an asset is answered, but not kept for long', async (t) => {
  const answer = await app.inject({ url: '/assets/000000000000/page.js' })

  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'public, max-age=60')
})

for (const path of ['/assets/x/package.json', '/assets/x/..%2f..%2fpackage.json', '/assets/x/constructor']) {
  t.test(`nothing but the listed assets is served: ${path}`, async (t) => {
    t.equal((await app.inject({ url: path })).statusCode, 404)
  })
}

t.test('a first page with its style and scripts stays below 100 kB as sent', async (t) => {
  const html = page({ title: '课程', body: <h1>课程</h1> })
  const names = ['xueshi.css', 'htmx.js', 'page.js', 'icon.svg'] as const
  const answers = await Promise.all(
    names.map((name) => app.inject({ url: assetUrl(name), headers: { 'accept-encoding': 'gzip' } })),
  )

  const bytes = answers.reduce((sum, answer) => sum + answer.rawPayload.length, Buffer.byteLength(html))

  t.ok(bytes < 100_000, `${bytes} bytes`)
})

t.test('a page escapes what people wrote and needs no inline script or style', async (t) => {
  const html = page({
    title: '<script>alert(1)</script>',
    csrf: 'a"b',
    body: (
      <Notice tone="warn" title={'<img src=x onerror=alert(1)>'}>
        <Progress label="进度" value={3} max={0} text="3" />
      </Notice>
    ),
  })

  t.notMatch(html, /<script>|<img| style=/)
  t.match(html, /&lt;img src=x onerror=alert\(1\)>/)
  t.match(html, /hx-headers="\{&quot;X-CSRF-Token&quot;:&quot;a\\&quot;b&quot;}"/)
  t.match(html, /<html lang="zh-CN">/)
})

t.test('an empty table says so in one cell across', async (t) => {
  const table = (
    <DataTable caption="记录" empty="暂无记录" columns={[{ label: '日期', cell: String }]} rows={[]} />
  )

  t.match(page({ title: 'x', body: table }), /<td role="cell" class="empty" colspan="1">暂无记录<\/td>/i)
})

t.test('a text takes its values, and an unknown place holder stays to be seen', async (t) => {
  const text = catalogue({ left: '差 {n} {unit}' }, { left: '{n} {unit} short' })

  t.equal(text('zh-CN')('left', { n: 3 }), '差 3 {unit}')
  t.equal(text('en')('left', { n: 3, unit: 'h' }), '3 h short')
})

for (const [wish, lang] of [
  [{}, 'zh-CN'],
  [{ locale: 'zh_cn', acceptLanguage: 'en' }, 'zh-CN'],
  [{ locale: 'en_us' }, 'en'],
  [{ locale: 'en-GB' }, 'en'],
  [{ acceptLanguage: 'en-US,zh;q=0.8' }, 'en'],
  [{ acceptLanguage: 'de' }, 'zh-CN'],
] as const) {
  t.test(`the language for ${JSON.stringify(wish)} is ${lang}`, async (t) => {
    t.equal(langOf(wish), lang)
  })
}
