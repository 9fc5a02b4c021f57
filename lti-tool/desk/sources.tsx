import type { FastifyPluginAsync } from 'fastify'
import { Badge, DataTable, Notice, type Tone } from '../web/components.tsx'
import { BridgeUnreachable, type SourceShown } from './bridge.ts'
import type { Desk } from './desk.ts'
import { sendDesk, sendForbidden, shownInstant } from './frame.tsx'
import { maySee } from './who.ts'

const tones: Record<string, Tone> = { live: 'good', trial: 'info', paused: 'warn', revoked: 'plain' }

/** Sources with their health (接入状态). */
export const sourceRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get('/sources', async (request, reply) => {
    const { who, say, lang } = request.desk
    if (!maySee(who, 'sources')) return sendForbidden(reply, request.desk)
    const bridge = await desk.bridge(who)
    const sources = await bridge.sources().catch((error) => {
      if (error instanceof BridgeUnreachable) return null
      throw error
    })
    const body =
      sources === null ? (
        <Notice tone="warn" title={say('unreachable')}>
          <p>{say('unreachableLead')}</p>
        </Notice>
      ) : (
        <DataTable<SourceShown>
          caption={say('sourcesTitle')}
          captionHidden
          empty={say('noSources')}
          rows={sources}
          rowKey={({ source_id }) => source_id}
          columns={[
            { label: say('sourceName'), heading: true, cell: ({ name }) => name },
            { label: say('preset'), cell: ({ preset }) => <code>{preset}</code> },
            {
              label: say('state'),
              cell: ({ state }) => <Badge tone={tones[state] ?? 'plain'}>{say(stateText(state))}</Badge>,
            },
            {
              label: say('lastPush'),
              nowrap: true,
              cell: ({ last_push_at }) => shownInstant(last_push_at, lang) ?? say('never'),
            },
            { label: say('accepted'), numeric: true, cell: ({ accepted }) => accepted },
            { label: say('duplicate'), numeric: true, cell: ({ duplicate }) => duplicate },
            { label: say('refused'), numeric: true, cell: ({ refused }) => refused },
            { label: say('conflict'), numeric: true, cell: ({ conflict }) => conflict },
          ]}
        />
      )
    return sendDesk(reply, request.desk, { room: 'sources', title: say('sourcesTitle'), body })
  })
}

function stateText(state: string): 'state_live' | 'state_trial' | 'state_paused' | 'state_revoked' {
  if (state === 'trial' || state === 'paused' || state === 'revoked') return `state_${state}`
  return 'state_live'
}
