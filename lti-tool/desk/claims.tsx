import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { hoursText } from '../../foundation/hours.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import { readableSchools } from '../../ledger/access/role.ts'
import { type ClaimState, claimStatusOf } from '../../ledger/books/claim-states.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { claimsToCheck } from '../../ledger/books/workload.ts'
import { type OfferingInfo, offeringsById } from '../../ledger/catalogue/offering.ts'
import { type TeacherListed, teachersById } from '../../ledger/roster/people.ts'
import { Badge, Card, CsrfField, DataTable, Notice, Segments, Select, TextField } from '../web/components.tsx'
import {
  type ClaimDeed,
  claimDeeds,
  type DecidedClaims,
  decideClaims,
  mayDecide,
  rejectReasons,
} from './claim-decisions.ts'
import type { Desk } from './desk.ts'
import { type DeskFrame, type DeskSay, sendDesk, sendForbidden } from './frame.tsx'
import { mayDo, maySee } from './who.ts'

const stages = ['awaiting_check', 'school_checked'] as const

const several = z.preprocess(
  (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
  z.array(z.uuid()).max(100),
)
const decision = z.object({
  deed: z.enum(claimDeeds),
  claim: several,
  reason: z.enum(rejectReasons).default('other'),
  note: z.string().trim().max(500).default(''),
  status: z.enum(['', ...stages]).default(''),
})

/** A claim with whom and what it is about. */
interface Listed {
  claim: ClaimState
  teacher: TeacherListed | undefined
  offering: OfferingInfo | undefined
  /** What this person may do about it; empty for readers. */
  deeds: ClaimDeed[]
}

interface Asked {
  status?: string
  after?: string
  done?: string
  waiting?: string
  stale?: string
  forbidden?: string
  fault?: string
}

/** Claims that wait for a person: the school checks them (学时初审), the district recognises them (认定). */
export const claimRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  const { db, config, now } = desk
  const posting = postingGround(desk)
  const todayOf = () => dayOf(now(), config.timeZone)

  app.get<{ Querystring: Asked }>('/claims', async (request, reply) => {
    const { who, say } = request.desk
    if (!maySee(who, 'claims')) return sendForbidden(reply, request.desk)
    const stage = stages.find((one) => one === request.query.status)
    const today = todayOf()
    const found = await claimsToCheck(db, {
      schools: readableSchools(who),
      today,
      stage,
      after: request.query.after,
    })
    const rows = await listed(request.desk, found.claimIds, today)
    const href = (status: string, after?: string) =>
      `/desk/claims?${new URLSearchParams({ ...(status ? { status } : {}), ...(after ? { after } : {}) })}`
    const body = (
      <div class="stack">
        <p>{say('claimsLead')}</p>
        <Told say={say} query={request.query} />
        <Segments
          label={say('state')}
          items={['', ...stages].map((status) => ({
            href: href(status),
            label: say(status === '' ? 'stage_all' : `stage_${status as (typeof stages)[number]}`),
            current: status === (stage ?? ''),
          }))}
        />
        <p class="small soft">{say('total', { total: found.total })}</p>
        <Claims frame={request.desk} rows={rows} />
        {found.next && (
          <p>
            <a class="button" href={href(stage ?? '', found.next)}>
              {say('more')}
            </a>
          </p>
        )}
        <Deciding frame={request.desk} rows={rows} status={stage ?? ''} />
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'claims', title: say('claimsTitle'), body })
  })

  app.post('/claims', async (request, reply) => {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'school_check') && !mayDo(who, 'recognise')) return sendForbidden(reply, request.desk)
    const given = decision.safeParse(request.body)
    if (!given.success || given.data.claim.length === 0)
      return back(given.data?.status ?? '', { fault: 'empty' })
    const { deed, claim, reason, note, status } = given.data
    if (deed === 'reject' && note === '') return back(status, { fault: 'reason' })
    const decided = await decideClaims(desk, posting, {
      who,
      deed,
      claimIds: claim,
      reason: deed === 'reject' ? reason : deed === 'school_check' ? 'checked' : 'recognised',
      note: note || null,
      today: todayOf(),
    })
    return back(status, counted(decided))

    function back(status: string, told: Record<string, string>) {
      return reply.redirect(
        `/desk/claims?${new URLSearchParams({ ...(status ? { status } : {}), ...told })}`,
        303,
      )
    }
  })

  async function listed({ who }: DeskFrame, claimIds: string[], today: Day): Promise<Listed[]> {
    const states = await claimStatusOf(db, claimIds)
    const claims = claimIds.flatMap((claimId) => states.get(claimId) ?? [])
    const teachers = await teachersById(
      db,
      claims.map(({ teacherId }) => teacherId),
      today,
    )
    const offerings = await offeringsById(
      db,
      claims.flatMap(({ content }) => content.offeringId ?? []),
    )
    return claims.map((claim) => {
      const teacher = teachers.get(claim.teacherId)
      return {
        claim,
        teacher,
        offering: offerings.get(claim.content.offeringId ?? ''),
        deeds: claimDeeds.filter((deed) => mayDecide(who, deed, claim, teacher, today)),
      }
    })
  }
}

function counted(decided: DecidedClaims): Record<string, string> {
  const told = Object.entries(decided).filter(([, n]) => n > 0)
  return Object.fromEntries(told.map(([key, n]) => [key, String(n)]))
}

/** What the decision before this page did. */
function Told({ say, query }: { say: DeskSay; query: Asked }) {
  const n = (text: string | undefined) => (/^\d{1,3}$/.test(text ?? '') ? Number(text) : 0)
  return (
    <>
      {query.fault && (
        <Notice tone="warn">{say(query.fault === 'reason' ? 'rejectNeedsReason' : 'nothingTicked')}</Notice>
      )}
      {n(query.done) > 0 && <Notice tone="good">{say('claimsDone', { n: n(query.done) })}</Notice>}
      {n(query.waiting) > 0 && <Notice>{say('claimsWaiting', { n: n(query.waiting) })}</Notice>}
      {n(query.stale) > 0 && <Notice tone="warn">{say('refusedSome', { n: n(query.stale) })}</Notice>}
      {n(query.forbidden) > 0 && (
        <Notice tone="warn">{say('claimsForbidden', { n: n(query.forbidden) })}</Notice>
      )}
    </>
  )
}

function Claims({ frame: { say }, rows }: { frame: DeskFrame; rows: Listed[] }) {
  const mayAny = rows.some(({ deeds }) => deeds.length > 0)
  return (
    <DataTable<Listed>
      caption={say('claimsTitle')}
      captionHidden
      empty={say('noClaims')}
      rows={rows}
      rowKey={({ claim }) => claim.claimId}
      columns={[
        ...(mayAny ? [{ label: say('choose'), cell: (row: Listed) => <Tick row={row} say={say} /> }] : []),
        {
          label: say('teacher'),
          heading: true,
          cell: ({ teacher }) =>
            teacher && (
              <>
                <a href={`/desk/teachers/${encodeURIComponent(teacher.teacherNo)}`}>{teacher.name}</a>{' '}
                <span class="small soft">{teacher.school?.schoolName ?? teacher.teacherNo}</span>
              </>
            ),
        },
        {
          label: say('offering'),
          cell: ({ offering }) => (offering ? `${offering.code} ${offering.title}` : say('unknownOffering')),
        },
        { label: say('day'), nowrap: true, cell: ({ claim }) => claim.effectiveOn ?? claim.content.endedOn },
        {
          label: say('claimed'),
          numeric: true,
          cell: ({ claim: { milliHours } }) =>
            milliHours.claimed === null ? '—' : hoursText(milliHours.claimed),
        },
        {
          label: say('worth'),
          numeric: true,
          cell: ({ claim: { milliHours } }) => hoursText(milliHours.pending),
        },
        { label: say('source'), cell: ({ claim }) => claim.content.source.name },
        {
          label: say('evidence'),
          cell: ({ claim: { content } }) =>
            [...content.evidence, ...content.flags.map((flag) => flagText(say, flag))].join('、') || '—',
        },
        { label: say('state'), nowrap: true, cell: ({ claim }) => <Standing say={say} claim={claim} /> },
      ]}
    />
  )
}

function flagText(say: DeskSay, flag: string): string {
  if (flag === 'waived') return say('flag_waived')
  return flag === 'IMPLAUSIBLE_SPEED' ? say('IMPLAUSIBLE_SPEED') : flag
}

function Tick({ row: { claim, teacher, deeds }, say }: { row: Listed; say: DeskSay }) {
  if (deeds.length === 0) return <span class="soft">—</span>
  return (
    <input
      type="checkbox"
      name="claim"
      value={claim.claimId}
      form="decide"
      aria-label={say('chooseOf', { what: teacher?.name ?? '' })}
    />
  )
}

function Standing({ say, claim }: { say: DeskSay; claim: ClaimState }) {
  const { claimStatus, reason } = claim
  if (claimStatus === 'school_checked' || reason === 'awaiting_recognition')
    return <Badge tone="info">{say('why_awaiting_recognition')}</Badge>
  if (reason === 'flagged') return <Badge tone="warn">{say('why_flagged')}</Badge>
  return <Badge tone="warn">{say(reason === 'awaiting_check' ? 'why_awaiting_check' : 'why_other')}</Badge>
}

function Deciding({
  frame: { say, csrf },
  rows,
  status,
}: {
  frame: DeskFrame
  rows: Listed[]
  status: string
}) {
  const deeds = claimDeeds.filter((deed) => rows.some((row) => row.deeds.includes(deed)))
  if (deeds.length === 0) return null
  return (
    <Card title={say('decisionTitle')}>
      <form id="decide" method="post" action="/desk/claims" class="stack">
        <CsrfField token={csrf} />
        <input type="hidden" name="status" value={status} />
        <div class="grid">
          <Select
            name="reason"
            label={say('rejectReason')}
            options={rejectReasons.map((reason) => ({ value: reason, label: say(`reason_${reason}`) }))}
          />
          <TextField name="note" label={say('note')} input={{ maxLength: 500 }} />
        </div>
        <div class="row">
          {deeds.map((deed) => (
            <button
              key={deed}
              type="submit"
              name="deed"
              value={deed}
              class={deed === 'reject' ? 'danger' : 'primary'}
            >
              {say(deed === 'school_check' ? 'check' : deed)}
            </button>
          ))}
        </div>
      </form>
    </Card>
  )
}
