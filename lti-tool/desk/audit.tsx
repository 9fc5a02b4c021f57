import type { FastifyPluginAsync } from 'fastify'
import { isoOf } from '../../foundation/time.ts'
import { type AuditEvent, auditPage } from '../../ledger/audit/read.ts'
import { DataTable } from '../web/components.tsx'
import { sendDesk, sendForbidden, shownInstant } from './frame.tsx'
import type { Desk } from './routes.tsx'
import { maySee } from './who.ts'

/** Who looked at or decided what. */
export const auditRoutes: FastifyPluginAsync<Desk> = async (app, { db }) => {
  app.get<{ Querystring: { after?: string } }>('/audit', async (request, reply) => {
    const { who, say, lang } = request.desk
    if (!maySee(who, 'audit')) return sendForbidden(reply, request.desk)
    const { events, next } = await auditPage(db, {}, { after: request.query.after })
    const body = (
      <div class="stack">
        <p>{say('auditLead')}</p>
        <DataTable<AuditEvent>
          caption={say('auditTitle')}
          captionHidden
          empty={say('noAudit')}
          rows={events}
          columns={[
            {
              label: say('when'),
              nowrap: true,
              cell: ({ recordedAt }) => shownInstant(isoOf(recordedAt), lang),
            },
            { label: say('actor'), heading: true, cell: ({ actor }) => actor },
            { label: say('action'), cell: ({ action }) => <code>{action}</code> },
            { label: say('subject'), cell: ({ subjectKind, subjectId }) => `${subjectKind} ${subjectId}` },
          ]}
        />
        {next && (
          <p>
            <a class="button" href={`/desk/audit?after=${encodeURIComponent(next)}`}>
              {say('more')}
            </a>
          </p>
        )}
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'audit', title: say('auditTitle'), body })
  })
}
