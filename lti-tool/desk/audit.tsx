import type { FastifyPluginAsync } from 'fastify'
import { isoOf } from '../../foundation/time.ts'
import { type AuditEvent, type AuditFilter, auditPage } from '../../ledger/audit/read.ts'
import { DataTable, Select, TextField } from '../web/components.tsx'
import type { Desk } from './desk.ts'
import { type DeskSay, sendDesk, sendForbidden, shownInstant } from './frame.tsx'
import { maySee } from './who.ts'

/** Acts that these pages have words for; others show as they are kept. */
const actions = [
  'transcript-viewed',
  'claim-checked',
  'claim-recognised',
  'claim-rejected',
  'completion-released',
  'completion-dismissed',
  'completion-reversed',
  'completion-kept',
  'identity-linked',
  'identity-file-linked',
  'roster-imported',
  'roster-import-undone',
  'catalogue-imported',
  'offering-hours-decided',
  'project-approval-decided',
  'policy-activated',
  'source-added',
  'source-changed',
  'credential-made',
  'credential-revoked',
  'signing-secret-set',
  'signing-secret-removed',
  'rejected-replayed',
  'rejected-dismissed',
  'statements-import-begun',
  'statements-imported',
  'rules-proposed',
  'rules-approved',
  'rules-rejected',
  'rules-applied',
  'alias-added',
  'alias-removed',
  'destination-added',
  'destination-changed',
  'destination-paused',
  'destination-resumed',
  'destination-removed',
  'destination-secret-rotated',
  'deliveries-replayed',
  'scores-retried',
  'scores-resumed',
  'line-items-ruled',
  'line-item-chosen',
  'rosters-asked',
  'platform-added',
  'platform-invited',
  'platform-registered',
  'platform-updated',
  'platform-activated',
  'platform-deactivated',
  'platform-changed',
  'platform-removed',
  'deployment-approved',
  'deployment-withdrawn',
  'tool-key-rotated',
  'submission-viewed',
  'signed-in',
  'login-added',
  'login-disabled',
  'login-locked',
  'password-changed',
  'password-reset',
  'role-granted',
  'token-created',
  'token-revoked',
] as const

const subjects = [
  'teacher',
  'claim',
  'login',
  'conversion_item',
  'roster_import',
  'catalogue',
  'offering',
  'project',
  'policy',
  'school',
  'api_token',
  'identity_link',
  'source',
  'rejected_input',
  'destination',
  'platform_registration',
  'lti_person',
  'platform_roster',
] as const

interface Asked {
  action?: string
  actor?: string
  subject?: string
  after?: string
}

/** Who looked at or decided what. */
export const auditRoutes: FastifyPluginAsync<Desk> = async (app, { db }) => {
  app.get<{ Querystring: Asked }>('/audit', async (request, reply) => {
    const { who, say, lang } = request.desk
    if (!maySee(who, 'audit')) return sendForbidden(reply, request.desk)
    const asked = askedOf(request.query)
    const { events, next } = await auditPage(db, filterOf(asked), { after: request.query.after })
    const body = (
      <div class="stack">
        <p>{say('auditLead')}</p>
        <form method="get" action="/desk/audit" class="filters">
          <Select
            name="action"
            label={say('action')}
            value={asked.action}
            options={[
              { value: '', label: say('allActions') },
              ...actions.map((action) => ({ value: action, label: actionText(say, action) })),
            ]}
          />
          <TextField
            name="actor"
            label={say('actor')}
            input={{ value: asked.actor, placeholder: say('actorHint') }}
          />
          <TextField
            name="subject"
            label={say('subject')}
            input={{ value: asked.subject, placeholder: say('subjectHint') }}
          />
          <button type="submit" class="primary">
            {say('search')}
          </button>
        </form>
        <DataTable<AuditEvent>
          caption={say('auditTitle')}
          captionHidden
          empty={say('noAudit')}
          rows={events}
          rowKey={({ chainNo, eventNo }) => `${chainNo}.${eventNo}`}
          columns={[
            {
              label: say('when'),
              nowrap: true,
              cell: ({ recordedAt }) => shownInstant(isoOf(recordedAt), lang),
            },
            { label: say('actor'), nowrap: true, cell: ({ actor }) => actor },
            {
              label: say('action'),
              nowrap: true,
              cell: ({ action }) => <span title={action}>{actionText(say, action)}</span>,
            },
            {
              label: say('subject'),
              heading: true,
              cell: ({ subjectKind, subjectId }) => `${subjectText(say, subjectKind)} ${subjectId}`,
            },
            {
              label: say('detail'),
              cell: ({ detail }) => <span class="small soft">{detailText(detail)}</span>,
            },
          ]}
        />
        {next && (
          <p>
            <a class="button" href={`/desk/audit?${new URLSearchParams({ ...asked, after: next })}`}>
              {say('more')}
            </a>
          </p>
        )}
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'audit', title: say('auditTitle'), body })
  })
}

function askedOf(query: Asked): { action: string; actor: string; subject: string } {
  const text = (value: string | undefined) => (value ?? '').trim().slice(0, 200)
  return { action: text(query.action), actor: text(query.actor), subject: text(query.subject) }
}

function filterOf({ action, actor, subject }: ReturnType<typeof askedOf>): AuditFilter {
  return {
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(subject ? { subjectId: subject } : {}),
  }
}

function actionText(say: DeskSay, action: string): string {
  const known = actions.find((one) => one === action)
  return known ? say(`do_${known.replaceAll('-', '_')}` as Parameters<DeskSay>[0]) : action
}

function subjectText(say: DeskSay, subjectKind: string): string {
  const known = subjects.find((one) => one === subjectKind)
  return known ? say(`about_${known}`) : subjectKind
}

/** What an event adds, in one line, for people who look into one event; of a long list only how long it is. */
function detailText(detail: AuditEvent['detail']): string {
  const shown = (value: unknown) => {
    if (Array.isArray(value)) return value.length > 5 ? String(value.length) : value.join('、')
    return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return Object.entries(detail ?? {})
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}: ${shown(value)}`)
    .join(' · ')
    .slice(0, 400)
}
