import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import type { Instant } from '../../foundation/time.ts'
import { changePassword, signIn } from '../../ledger/access/login.ts'
import type { Viewer } from '../../ledger/access/role.ts'
import { checkCsrf, csrfToken, endLogin, startLogin } from '../launch/session.ts'
import { CsrfField, Notice, TextField } from '../web/components.tsx'
import type { Lang } from '../web/messages.ts'
import { page, sendHtml } from '../web/page.tsx'
import { type DeskSay, langOfRequest } from './frame.tsx'
import { deskText } from './messages.ts'
import { whoOf } from './who.ts'

const credentials = z.object({ login: z.string().max(200), password: z.string().max(1000) })
const newCredentials = credentials.extend({ next: z.string().max(1000), again: z.string().max(1000) })

/** Scope of the token in forms of people who are not signed in yet. */
const nobody = '00000000-0000-0000-0000-000000000000'

/** /login, its one-time password, and the way out. */
export const signInRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  const { config, now } = ground

  app.get('/', async (request, reply) =>
    reply.redirect((await whoOf(request, ground)) ? '/desk' : '/login', 303),
  )

  app.get('/login', async (request, reply) => {
    if (await whoOf(request, ground)) return reply.redirect('/desk', 303)
    return sendLogin(reply, langOfRequest(request), {})
  })

  app.post('/login', async (request, reply) => {
    const lang = langOfRequest(request)
    const say = deskText(lang)
    checkCsrf(request, config, nobody, 'login')
    const given = credentials.safeParse(request.body)
    if (!given.success) return sendLogin(reply, lang, { status: 422, fault: say('signInFailed') })
    const { login, password } = given.data
    const outcome = await signIn(ground, { login, password })
    switch (outcome.outcome) {
      case 'signed_in':
        return begin(reply, outcome.viewer)
      case 'must_change':
        return sendNewPassword(reply, lang, { login, password })
      case 'locked':
      case 'refused':
        return sendLogin(reply, lang, { status: 422, login, fault: faultOf(outcome, say) })
    }
  })

  app.post('/login/password', async (request, reply) => {
    const lang = langOfRequest(request)
    const say = deskText(lang)
    checkCsrf(request, config, nobody, 'login')
    const given = newCredentials.safeParse(request.body)
    if (!given.success) return reply.redirect('/login', 303)
    const { login, password, next, again } = given.data
    if (next !== again)
      return sendNewPassword(reply, lang, { login, password, fault: say('passwordsDiffer') })
    const outcome = await changePassword(ground, { login, password, newPassword: next })
    if (outcome.outcome === 'changed') return begin(reply, outcome.viewer)
    if (outcome.outcome === 'unfit') {
      return sendNewPassword(reply, lang, { login, password, fault: say(faultText[outcome.fault]) })
    }
    return sendLogin(reply, lang, { status: 422, login, fault: faultOf(outcome, say) })
  })

  app.post('/logout', async (request, reply) => {
    const who = await whoOf(request, ground)
    // Whoever is signed in no more has nothing left to end.
    if (who) checkCsrf(request, config, who.loginId)
    endLogin(reply)
    return reply.redirect('/login', 303)
  })

  function faultOf(outcome: { outcome: 'refused' } | { outcome: 'locked'; until: Instant }, say: DeskSay) {
    if (outcome.outcome === 'refused') return say('signInFailed')
    const minutes = Math.max(1, Math.ceil((outcome.until - now()) / 60_000_000))
    return say('signInLocked', { minutes })
  }

  function begin(reply: FastifyReply, viewer: Viewer): FastifyReply {
    startLogin(reply, ground, viewer)
    return reply.redirect('/desk', 303)
  }

  function sendLogin(
    reply: FastifyReply,
    lang: Lang,
    { status = 200, login = '', fault }: { status?: number; login?: string; fault?: string },
  ): FastifyReply {
    const say = deskText(lang)
    const body = (
      <>
        <h1>{say('signIn')}</h1>
        <p>{say('signInLead')}</p>
        {fault && <Notice tone="bad">{fault}</Notice>}
        <form method="post" action="/login" class="stack">
          <CsrfField token={csrfToken(config, nobody, 'login')} />
          <TextField
            name="login"
            label={say('login')}
            input={{ required: true, autocomplete: 'username', value: login, autofocus: true }}
          />
          <TextField
            name="password"
            label={say('password')}
            input={{ type: 'password', required: true, autocomplete: 'current-password' }}
          />
          <button type="submit" class="primary">
            {say('signIn')}
          </button>
        </form>
      </>
    )
    return sendHtml(reply.status(status), page({ title: say('signIn'), lang, width: 'reading', body }))
  }

  function sendNewPassword(
    reply: FastifyReply,
    lang: Lang,
    { login, password, fault }: { login: string; password: string; fault?: string },
  ): FastifyReply {
    const say = deskText(lang)
    const body = (
      <>
        <h1>{say('newPassword')}</h1>
        <p>{say('newPasswordLead')}</p>
        {fault && <Notice tone="bad">{fault}</Notice>}
        <form method="post" action="/login/password" class="stack">
          <CsrfField token={csrfToken(config, nobody, 'login')} />
          <input type="hidden" name="login" value={login} />
          <input type="hidden" name="password" value={password} />
          <TextField
            name="next"
            label={say('newPasswordField')}
            input={{ type: 'password', required: true, minLength: 10, autocomplete: 'new-password' }}
          />
          <TextField
            name="again"
            label={say('newPasswordAgain')}
            input={{ type: 'password', required: true, minLength: 10, autocomplete: 'new-password' }}
          />
          <button type="submit" class="primary">
            {say('save')}
          </button>
        </form>
      </>
    )
    return sendHtml(
      reply.status(fault ? 422 : 200),
      page({ title: say('newPassword'), lang, width: 'reading', body }),
    )
  }
}

const faultText = {
  too_short: 'passwordTooShort',
  too_long: 'passwordTooLong',
  too_simple: 'passwordTooSimple',
  same: 'passwordSame',
} as const
