import type { FastifyReply, FastifyRequest } from 'fastify'
import { ExpectedError } from '../../foundation/errors.ts'
import { problemOf } from '../../foundation/http/problem.ts'
import { refuse } from '../launch/refusal-pages.ts'
import { Facts, Notice } from '../web/components.tsx'
import { BridgeRefused } from './bridge.ts'
import { type DeskFrame, type DeskSay, sendDesk } from './frame.tsx'
import { FaultList, refusalSaid, Technical } from './intake/said.tsx'

const words = {
  'csrf-refused': 'p_csrf_refused',
  'not-found': 'p_not_found',
  'too-large': 'p_too_large',
  'item-decided': 'p_item_decided',
  'code-not-releasable': 'p_code_not_releasable',
  'token-refused': 'p_token_refused',
  'scope-missing': 'p_scope_missing',
  'bridge-unreachable': 'unreachableLead',
  'teacher-unknown': 'teacherUnknown',
  'identity-number-refused': 'idNumberRefused',
  unavailable: 'p_unavailable',
  'bad-request': 'p_bad_request',
  'invalid-request': 'p_bad_request',
} as const satisfies Record<string, Parameters<DeskSay>[0]>

/** Answers whatever went wrong in a room of the desk with a page of the desk. Scripts have `/api` and get problems there. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  // Nobody is known yet where finding out failed: a database that is away.
  const frame = request.desk as DeskFrame | null
  if (!frame) return refuse(request, reply, error)
  const { status, code, title } = problemOf(error)
  if (status >= 500 && !(error instanceof ExpectedError)) {
    request.log.error({ err: error, reqId: request.id }, 'request failed')
  } else request.log.info({ reqId: request.id, code, status }, 'request refused')
  const { say, lang } = frame
  const refusal = error instanceof BridgeRefused ? error : null
  const body = (
    <div class="stack">
      <Notice tone={status >= 500 ? 'bad' : 'warn'}>
        <p class="pre-line">{sentenceFor(frame, code, title)}</p>
        {refusal?.errors && <FaultList lang={lang} faults={refusal.errors} />}
      </Notice>
      <Facts
        lines
        items={[
          [say('problemCode'), <code key="code">{code}</code>],
          [say('problemReference'), <code key="reference">{request.id}</code>],
        ]}
      />
      {refusal && <Technical lang={lang} text={refusal.message} />}
    </div>
  )
  return sendDesk(reply, frame, { room: null, title: say('problemTitle'), body, status })
}

function sentenceFor({ say, lang }: DeskFrame, code: string, title: string): string {
  if (Object.hasOwn(words, code)) return say(words[code as keyof typeof words])
  const ofBridge = refusalSaid(lang, code)
  if (ofBridge) return ofBridge
  // What rooms say to people who import is written in Chinese already.
  return /\p{Script=Han}/u.test(title) ? title : say('problemLead')
}
