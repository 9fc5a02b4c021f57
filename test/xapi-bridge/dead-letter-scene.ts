import { randomUUID } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import type { Id } from '../../foundation/ids.ts'
import { addLogin } from '../../ledger/access/login.ts'
import type { AccessRole } from '../../ledger/access/role.ts'
import { addApiToken } from '../../ledger/access/token.ts'

/** An account that asks `/api` like a script. */
export interface Administrator {
  loginId: Id
  login: string
  get(url: string): Promise<LightMyRequestResponse>
  post(url: string, body: unknown): Promise<LightMyRequestResponse>
  send(method: 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object): Promise<LightMyRequestResponse>
}

/** Makes an account with a token of these scopes. */
export async function anAdministrator(
  app: FastifyInstance,
  ground: Ground,
  { role = 'district_admin', scopes = ['read', 'write'] }: { role?: AccessRole; scopes?: string[] } = {},
): Promise<Administrator> {
  const { loginId, login } = await addLogin(ground, {
    login: `a-${randomUUID()}`,
    role,
    actor: 'os:tester',
  })
  const kept = await addApiToken(ground, { login, scopes, days: 1, actor: 'os:tester' })
  const claims = { jti: kept.tokenId, sub: loginId, scopes }
  const token = await signApiToken(ground.config.tokenSecret, claims, 86_400)
  const headers = { authorization: `Bearer ${token}` }
  return {
    loginId,
    login,
    get: (url) => app.inject({ method: 'GET', url, headers }),
    post: (url, body) => app.inject({ method: 'POST', url, headers, payload: body as object }),
    send: (method, url, body) => app.inject({ method, url, headers, ...(body && { payload: body }) }),
  }
}
