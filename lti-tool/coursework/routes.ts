import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import { addressOf } from '../launch/launch-scope.ts'
import { sendHtml } from '../web/page.tsx'
import { type Act, actJson, formFields, type Refusal, refusals } from './act.ts'
import { type MediaRef, mediaOf, type Unit } from './document.ts'
import { answersTo } from './enrolment.ts'
import { frameOf } from './frame.tsx'
import { sendMedia } from './media.ts'
import { perform } from './perform.ts'
import { lockedBy, progressOf } from './progress.ts'
import { receiptRoutes } from './receipt-routes.ts'
import { type Room, roomOf } from './room.ts'
import { noCoursePage, roomPage } from './room-page.tsx'
import { lockedPage, type UnitView, unitPage } from './unit-page.tsx'

const report = z.strictObject({ events: z.array(actJson).min(1).max(100) })
const unitForm = formFields.and(z.object({ event: z.uuid(), kind: z.enum(['read', 'answer']) }))

/** The course room of one launch, below /app/:launch/. */
export const courseworkRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get('/', async (request, reply) => {
    const { launch } = request
    const room = await roomOf(ground, launch)
    // A link without a course is how a platform offers 我的学时 by itself.
    if (!room && launch.launchRole === 'learner' && launch.teacherNo !== null) {
      return reply.redirect(`/app/${launch.launchId}/transcript`, 303)
    }
    const frame = frameOf(request, ground)
    return sendHtml(reply, room ? roomPage(frame, room, ground.config.timeZone) : noCoursePage(frame))
  })

  app.get<{ Params: { unit: string }; Querystring: { refusal?: string } }>(
    '/units/:unit',
    async (request, reply) => {
      const room = await roomWithCourse(ground, request)
      const refusal = refusals.find((code) => code === request.query.refusal) ?? null
      return sendUnit(ground, request, reply, { room, unitId: request.params.unit, refusal })
    },
  )

  // A form without script. With script the same act comes to /events, from a queue that outlives a lost connection.
  app.post<{ Params: { unit: string } }>(
    '/units/:unit',
    { schema: { body: unitForm } },
    async (request, reply) => {
      const room = await roomWithCourse(ground, request)
      const { event, kind, ...fields } = request.body as z.infer<typeof unitForm>
      const base = { id: event, unit: request.params.unit, ms: 0 }
      const act: Act = kind === 'read' ? { ...base, kind } : { ...base, kind, fields }
      const refusal = await performOne(ground, room, act)
      if (refusal) return sendUnit(ground, request, reply.status(422), { room, unitId: act.unit, refusal })
      return reply.redirect(`/app/${request.launch.launchId}/units/${encodeURIComponent(act.unit)}`, 303)
    },
  )

  app.post('/events', { schema: { body: report }, bodyLimit: 512 * 1024 }, async (request) => {
    const room = await roomWithCourse(ground, request)
    const { events } = request.body as z.infer<typeof report>
    if (!room.study)
      return { results: events.map(({ id }) => ({ id, ok: false, code: 'not-recording' })), units: {} }
    const { results, units, finished } = await perform(ground.db, room.study, events, ground.now())
    const done = new Set(
      [...units.values()].filter(({ doneAt }) => doneAt !== null).map(({ unitId }) => unitId),
    )
    const { done: count, total } = progressOf(room.study.content, done)
    return {
      results,
      units: Object.fromEntries(
        [...units.values()].map(({ unitId, doneAt, progress, watched, attempts }) => [
          unitId,
          { done: doneAt !== null, progress, watched, attempts },
        ]),
      ),
      course: { done: count, total, finished },
    }
  })

  app.route<{ Params: { hash: string } }>({
    method: ['GET', 'HEAD'],
    url: '/media/:hash',
    handler: async (request, reply) => {
      const room = await roomWithCourse(ground, request)
      const media = mediaOf(room.course.content).get(request.params.hash)
      if (!media) throw new NotFound('media-unknown', 'this course has no such file')
      return sendMedia(request, reply, ground.db, media)
    },
  })

  await app.register(receiptRoutes, ground)
}

type CourseRoom = Room & { course: NonNullable<Room['course']> }

async function roomWithCourse(ground: Ground, request: FastifyRequest): Promise<CourseRoom> {
  const room = await roomOf(ground, request.launch)
  if (!room?.course)
    throw new NotFound('course-unknown', 'this launch names no course that can be studied here')
  return { ...room, course: room.course }
}

async function performOne(ground: Ground, room: CourseRoom, act: Act): Promise<Refusal | null> {
  if (!room.study) return 'not-recording'
  const { results } = await perform(ground.db, room.study, [act], ground.now())
  const [result] = results
  return result?.ok === false ? result.code : null
}

async function sendUnit(
  ground: Ground,
  request: FastifyRequest,
  reply: FastifyReply,
  { room, unitId, refusal }: { room: CourseRoom; unitId: string; refusal: Refusal | null },
): Promise<FastifyReply> {
  const { content } = room.course
  const unit: Unit | undefined = content.units.find(({ id }) => id === unitId)
  if (!unit) throw new NotFound('unit-unknown', 'this course has no such unit')
  const frame = frameOf(request, ground)
  const done = new Set(
    [...room.units.values()].filter(({ doneAt }) => doneAt !== null).map(({ unitId: id }) => id),
  )
  const lock = room.notRecorded ? null : lockedBy(content, done, unit.id)
  const view = { frame, room, content, unit, state: room.units.get(unit.id), zone: ground.config.timeZone }
  if (lock) return sendHtml(reply, lockedPage(view, lock))
  const answers = room.enrolment ? await answersTo(ground.db, room.enrolment.enrolmentId, unit.id) : []
  const mediaUrl = (media: MediaRef) => addressOf(request, ground, `${frame.base}media/${media.hash}`)
  const full: UnitView = { ...view, answers, refusal, mediaUrl }
  return sendHtml(reply, unitPage(full))
}
