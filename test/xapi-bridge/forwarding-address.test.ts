import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { addressGuard, isAllowEntry } from '../../foundation/http/outbound-address.ts'
import { createSender, Unreached } from '../../xapi-bridge/forwarding/request.ts'
import { checkedUrl } from '../../xapi-bridge/forwarding/wish.ts'
import { aReceiver } from './forwarding-scene.ts'

t.setTimeout(300_000)

const none = addressGuard([])

t.test('private, reserved and disguised addresses are refused', async (t) => {
  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'no address',
    '',
  ])
    t.notOk(none.permits(address, 'lrs.example'), address)
})

t.test('public addresses are permitted, in whatever notation', async (t) => {
  for (const address of ['1.1.1.1', '172.32.0.1', '::ffff:1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1'])
    t.ok(none.permits(address, 'lrs.example'), address)
})

t.test('the list allows ranges, addresses and hosts, and nothing beside them', async (t) => {
  const guard = addressGuard(['10.1.0.0/16', '192.168.7.7', 'fd00:1::/32', 'LRS.district.lan'])
  t.ok(guard.permits('10.1.200.3', 'x.example'))
  t.notOk(guard.permits('10.2.0.1', 'x.example'))
  t.ok(guard.permits('::ffff:10.1.0.1', 'x.example'))
  t.ok(guard.permits('192.168.7.7', 'x.example'))
  t.notOk(guard.permits('192.168.7.8', 'x.example'))
  t.ok(guard.permits('fd00:1::5', 'x.example'))
  t.notOk(guard.permits('fd00:2::5', 'x.example'))
  t.ok(guard.permits('10.9.9.9', 'lrs.district.lan'))
  t.notOk(guard.permits('10.9.9.9', 'other.district.lan'))
  for (const entry of ['10.0.0.0/33', 'fd00::/129', '10.0.0.0/x', 'a b', '-x', 'http://x', ''])
    t.notOk(isAllowEntry(entry), entry)
})

t.test('an address that is written out is refused when it is added', async (t) => {
  const config = { allowHttp: true, destinationPrivate: [] }
  for (const url of [
    'http://127.0.0.1/xapi',
    'http://2130706433/xapi',
    'http://0x7f.1/xapi',
    'http://[::1]/xapi',
    'http://[::ffff:127.0.0.1]/xapi',
    'http://169.254.169.254/latest',
    'https://user:pass@lrs.example/',
    'ftp://lrs.example/',
    'file:///etc/passwd',
    'nothing',
  ])
    t.throws(() => checkedUrl(url, config), { code: 'destination-invalid' }, url)
  t.throws(() => checkedUrl('http://lrs.example/', { ...config, allowHttp: false }), {
    code: 'destination-invalid',
  })
  t.equal(checkedUrl('https://lrs.example/xapi/', config), 'https://lrs.example/xapi')
})

async function codeOf(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => 'answered',
    (error) => (error instanceof Unreached ? error.code : String(error)),
  )
}

t.test('a name that leads inside is refused when it is connected to', async (t) => {
  const receiver = await aReceiver(t)
  const sender = createSender(none)
  t.teardown(() => sender.close())
  const post = (url: string) => codeOf(sender.send({ method: 'POST', url, headers: {}, body: '[]' }))
  t.equal(await post(`http://localhost:${receiver.port}/`), 'ADDRESS_REFUSED')
  t.equal(await post(`http://127.0.0.1:${receiver.port}/`), 'ADDRESS_REFUSED')
  t.equal(await post(`http://[::1]:${receiver.port}/`), 'ADDRESS_REFUSED')
  t.equal(receiver.got.length, 0)
  const allowed = createSender(addressGuard(['localhost']))
  t.teardown(() => allowed.close())
  const { status } = await allowed.send({
    method: 'GET',
    url: `http://localhost:${receiver.port}/`,
    headers: {},
  })
  t.equal(status, 200)
})

t.test('a redirect is an answer, and is not followed', async (t) => {
  const [receiver, elsewhere] = [await aReceiver(t), await aReceiver(t)]
  receiver.answer = () => ({ status: 307, headers: { location: elsewhere.url } })
  const sender = createSender(addressGuard(['127.0.0.1']))
  t.teardown(() => sender.close())
  t.equal((await sender.send({ method: 'POST', url: receiver.url, headers: {}, body: 'x' })).status, 307)
  t.equal(elsewhere.got.length, 0)
})

/** A server whose answer never ends. */
async function endless(t: Test, write: (response: http.ServerResponse) => void): Promise<string> {
  const server = http.createServer((_request, response) => write(response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('an answer without end is read no further than is worth it', async (t) => {
  const large = await endless(t, (response) => {
    response.writeHead(400)
    const more = () => {
      if (!response.destroyed) response.write(Buffer.alloc(16_384, 'x'), () => setImmediate(more))
    }
    more()
  })
  const slow = await endless(t, (response) => {
    response.writeHead(200)
    response.write('x')
  })
  const sender = createSender(addressGuard(['127.0.0.1']), { timeoutMs: 1_000 })
  t.teardown(() => sender.close())
  const got = await sender.send({ method: 'GET', url: large, headers: {} })
  t.equal(got.status, 400)
  t.ok(got.body.length <= 65_536)
  t.equal((await sender.send({ method: 'GET', url: slow, headers: {} })).status, 200)
})

t.test('a certificate that nobody vouches for is refused, whatever the environment says', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'xueshi-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ]
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  let asked = 0
  const server = https.createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    (_request, response) => {
      asked += 1
      response.end()
    },
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => {
    server.close()
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  })
  const sender = createSender(addressGuard(['127.0.0.0/8']))
  t.teardown(() => sender.close())
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`
  t.equal(await codeOf(sender.send({ method: 'GET', url, headers: {} })), 'TLS_REFUSED')
  t.equal(asked, 0)
})
