import type { FastifyPluginAsync } from 'fastify'
import type { ComponentChildren } from 'preact'
import { dayOf, isoOf } from '../../foundation/time.ts'
import { readableSchools } from '../../ledger/access/role.ts'
import { lastVerification, type VerificationRun } from '../../ledger/books/verify-run.ts'
import { claimsToCheck, openExceptionCount } from '../../ledger/books/workload.ts'
import { teacherById } from '../../ledger/roster/people.ts'
import { pendingDeployments } from '../lti-services/platform-state.ts'
import { scoresForPeople } from '../scores/list.ts'
import { Card, Notice } from '../web/components.tsx'
import { BridgeUnreachable } from './bridge.ts'
import type { Desk } from './desk.ts'
import { type DeskFrame, sendDesk, sendForbidden, shownInstant } from './frame.tsx'
import { isOnlyTeacher, maySee, type Who } from './who.ts'

/** What waits for somebody today (今日待办). */
export const todayRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  const { db, config, now } = desk

  app.get('/', async (request, reply) => {
    const { who, say } = request.desk
    const today = dayOf(now(), config.timeZone)
    if (isOnlyTeacher(who)) {
      const self = who.teacherId ? await teacherById(db, who.teacherId, today) : null
      if (!self) return sendForbidden(reply, request.desk)
      return reply.redirect(`/desk/teachers/${encodeURIComponent(self.teacherNo)}`, 303)
    }
    const deployments = maySee(who, 'platforms') ? await pendingDeployments(db) : 0
    const body = (
      <div class="stack">
        {config.databaseUrl.startsWith('sqlite:') && <Notice tone="warn">{say('embedded')}</Notice>}
        <div class="grid">
          {maySee(who, 'queue') && (
            <Counter
              title={say('openQueue')}
              href="/desk/queue"
              link={say('open')}
              count={(await waiting(who)) ?? <span class="soft small">{say('unreachable')}</span>}
            />
          )}
          {maySee(who, 'queue') && (
            <Counter
              title={say('openExceptions')}
              href="/desk/queue#exceptions"
              link={say('open')}
              count={await openExceptionCount(db)}
            />
          )}
          {maySee(who, 'platforms') && deployments > 0 && (
            <Counter
              title={say('pendingDeployments')}
              href="/desk/platforms"
              link={say('open')}
              count={deployments}
            />
          )}
          {maySee(who, 'claims') && (
            <Counter
              title={say('toCheck')}
              href="/desk/claims"
              link={say('open')}
              count={(await claimsToCheck(db, { schools: readableSchools(who), today, size: 1 })).total}
            />
          )}
          {maySee(who, 'scores') && (
            <Counter
              title={say('openScores')}
              href="/desk/scores"
              link={say('open')}
              count={await scoresForPeople(db)}
            />
          )}
        </div>
        {maySee(who, 'queue') && <Verified frame={request.desk} run={await lastVerification(db)} />}
      </div>
    )
    return sendDesk(reply, request.desk, { room: 'today', title: say('today'), body })
  })

  /** How many completions wait; null while the bridge is away. */
  async function waiting(who: Who): Promise<number | null> {
    try {
      return (await (await desk.bridge(who)).queue({ size: 1 })).total
    } catch (error) {
      if (error instanceof BridgeUnreachable) return null
      throw error
    }
  }
}

function Counter(props: { title: string; count: ComponentChildren; href: string; link: string }) {
  return (
    <Card title={props.title}>
      <p class="figure">{props.count}</p>
      <p>
        <a href={props.href}>{props.link}</a>
      </p>
    </Card>
  )
}

function Verified({ frame: { say, lang }, run }: { frame: DeskFrame; run: VerificationRun | null }) {
  if (!run) return <Notice title={say('verified')}>{say('verifiedNever')}</Notice>
  const when = shownInstant(isoOf(run.finishedAt ?? run.startedAt), lang) ?? ''
  if (run.finishedAt === null) {
    return <Notice title={say('verified')}>{say('verifiedRunning', { when })}</Notice>
  }
  const { accounts, findings } = run
  return findings === 0 ? (
    <Notice tone="good" title={say('verified')}>
      {say('verifiedOk', { when, accounts })}
    </Notice>
  ) : (
    <Notice tone="bad" title={say('verified')}>
      {say('verifiedBad', { when, findings })}
    </Notice>
  )
}
