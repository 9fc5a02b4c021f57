import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { createPool, type Row, type Write } from './bare-writes.ts'

/**
 * The bare door that the product's is measured against, a process of its own: one Fastify route that reads the login,
 * holds the browser to it, verifies the token with `jose` (its keys fetched once), writes the same rows in one
 * transaction and answers the same redirect with a session cookie. It knows one platform, set by its environment, and
 * has no claims to check but those that make a launch safe, no pages, no log, no counters.
 *
 * `/one-by-one` waits for each statement, `/fewest-waits` sends what it can in one text: both are measured.
 */
const { BARE_PORT, BARE_ISSUER, BARE_CLIENT, BARE_DEPLOYMENT } = process.env
const lti = 'https://purl.imsglobal.org/spec/lti/claim'
const keys = createRemoteJWKSet(new URL(`${BARE_ISSUER}/jwks`))
const pool = createPool(process.env)
const secret = randomBytes(32)

const app = Fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, new URLSearchParams(body as string)),
)
app.post('/one-by-one', (request, reply) => launch(request, reply, pool.oneByOne))
app.post('/fewest-waits', (request, reply) => launch(request, reply, pool.fewestWaits))
await app.listen({ host: '127.0.0.1', port: Number(BARE_PORT) })

async function launch(request: FastifyRequest, reply: FastifyReply, write: Write): Promise<FastifyReply> {
  const form = request.body as URLSearchParams
  const state = form.get('state') ?? ''
  const login = await pool.login(state)
  if (!login || !isBound(request.headers.cookie ?? '', state, login.binding_hash))
    return reply.status(401).send()
  const { payload } = await jwtVerify(form.get('id_token') ?? '', keys, {
    issuer: BARE_ISSUER as string,
    audience: BARE_CLIENT as string,
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: 60,
    maxTokenAge: 600,
  })
  if (payload.nonce !== login.nonce || payload[`${lti}/deployment_id`] !== BARE_DEPLOYMENT)
    return reply.status(401).send()
  const code = randomBytes(32).toString('base64url')
  const row = rowOf(payload)
  if (!(await write(state, row, sha256(code)))) return reply.status(401).send()

  const id = row.launchId.toString('hex')
  const attributes = 'HttpOnly; Secure; SameSite=None; Partitioned'
  return reply
    .header('set-cookie', [
      `__Secure-lti-${state}=; Max-Age=0; Path=/lti; ${attributes}`,
      `__Host-bare-${id}=${signed({ launch: id, iat: Math.floor(Date.now() / 1000) })}; Max-Age=900; Path=/; ${attributes}`,
    ])
    .redirect(`/app/${id}/#code=${code}`, 303)
}

function isBound(cookies: string, state: string, hash: Buffer): boolean {
  const name = `__Secure-lti-${state}=`
  const at = cookies.indexOf(name)
  if (at < 0) return false
  const [value = ''] = cookies.slice(at + name.length).split(';', 1)
  return timingSafeEqual(sha256(value), hash)
}

function rowOf(claims: JWTPayload): Row {
  const said = (name: string) => (claims[name] ?? {}) as Record<string, string & string[]>
  const course = said(`${lti}/context`)
  const link = said(`${lti}/resource_link`)
  const shown = said(`${lti}/launch_presentation`)
  const product = said(`${lti}/tool_platform`)
  const scores = said('https://purl.imsglobal.org/spec/lti-ags/claim/endpoint')
  const roster = said('https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice')
  return {
    launchId: timedId(),
    personId: timedId(),
    sub: claims.sub as string,
    personKey: sha256(`person-identifier/1\n${JSON.stringify(['account', claims.iss, claims.sub])}`),
    name: claims.name as string,
    messageType: claims[`${lti}/message_type`] as string,
    course: [course.id, course.label, course.title, course.type?.join(' ')],
    link: [link.id, link.title],
    roles: Buffer.from(JSON.stringify(claims[`${lti}/roles`])),
    services: [scores.lineitem, scores.lineitems, scores.scope?.join(' '), roster.context_memberships_url],
    shown: [shown.document_target, shown.locale, shown.return_url],
    product: [product.product_family_code, product.version],
  }
}

/** An id that grows with time (UUID version 7), as the product's do: new rows go to the end of the index. */
function timedId(): Buffer {
  const id = randomBytes(16)
  id.writeUIntBE(Date.now(), 0, 6)
  id[6] = 0x70 | ((id[6] as number) & 0x0f)
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
  return id
}

function signed(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
