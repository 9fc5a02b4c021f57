// @lane embedded: what it passes through is tested in its rooms on both engines.
import t from 'tap'
import { ensureToolSource } from '../../cli/tool-source.ts'
import { subjectOf } from '../../demo/platform/people.ts'
import { startDemoPlatform } from '../../demo/platform/start.ts'
import { idText } from '../../foundation/database/codec.ts'
import { createServer } from '../../foundation/http/server.ts'
import { newId } from '../../foundation/ids.ts'
import type { Step } from '../../foundation/work.ts'
import { bookSteps } from '../../ledger/books/steps.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { linkTeacher } from '../../ledger/roster/link-file.ts'
import { tool } from '../../lti-tool/app.ts'
import { importCourse } from '../../lti-tool/coursework/import.ts'
import { courseworkSteps } from '../../lti-tool/coursework/steps.ts'
import { addPlatform } from '../../lti-tool/lti-services/registry.ts'
import { scoreSteps } from '../../lti-tool/scores/steps.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { conversionSteps } from '../../xapi-bridge/steps.ts'
import { addDocument, freshBook, govern, hoursOf } from '../ledger/books-world.ts'
import { freshGround } from '../support/ground.ts'
import { freePorts } from '../support/house.ts'
import { aRoster } from '../support/roster.ts'
import { plainPolicy } from '../support/small-district.ts'
import { anOffering, keepOffering, rightFields, writeCourse } from './coursework-world.ts'
import { launchAt } from './scores-world.ts'

t.setTimeout(120_000)

/** A form whose study nobody times. */
const form = '校本研修'

const courseYaml = `schema: xueshi-course/1
code: kc-2026-001
title: 师德与法治
units:
  - {id: u1, kind: reading, title: 第一课, file: u1.md}
  - {id: u3, kind: quiz, title: 测评, pass_mark: 60, attempts: 3, questions: u3.yaml}
`

t.test('a learner who finishes a course finds the grade in the platform’s gradebook', async (t) => {
  const port = await freePorts(1)
  const ground = await freshGround(t, { PORT: String(port), HOST: 'localhost' })
  const app = createServer(ground)
  await app.register(bridge, ground)
  await app.register(tool, ground)
  await app.listen({ host: 'localhost', port })
  t.teardown(() => app.close())
  await ensureToolSource(ground)
  const posting = await freshBook(ground.db)
  await addDocument(posting, plainPolicy.replaceAll('网络研修', form))
  await govern(posting, 'test.plain', '2020-01-01')
  await importCourse(ground, await writeCourse(t, { 'course.yaml': courseYaml }), 'test')
  const trainingClass = { trainingClassId: newId(), code: '2026-1', sessions: [] }
  const offering = anOffering({
    form,
    classes: [{ ...trainingClass, from: '2026-01-01', to: '2035-12-31' }],
  })
  await keepOffering(ground, offering)

  const person = {
    key: 'teacher-1',
    name: '张伟',
    role: 'teacher' as const,
    about: { zh: '', en: '' },
    deploymentId: '1',
  }
  const platform = await startDemoPlatform({
    port: 0,
    toolUrl: ground.config.publicUrl,
    people: [person],
    courses: [
      {
        id: 'kc',
        title: { zh: '师德', en: 'kc' },
        about: { zh: '', en: '' },
        offeringCode: offering.code,
        deploymentIds: ['1'],
      },
    ],
  })
  t.teardown(() => platform.close())
  const [registration] = platform.registrations
  if (!registration) throw new Error('the platform has no registration')
  await addPlatform(
    ground,
    { ...registration, deploymentId: registration.deploymentIds[0], active: true },
    'os:tester',
  )
  const roster = aRoster()
  await importRoster(ground, roster.files(), { actor: 'os:tester' })
  const sub = subjectOf(person.key)
  await linkTeacher(ground, {
    teacherNo: roster.no('T0001'),
    identifier: { kind: 'account', homePage: platform.issuer, name: sub },
    actor: 'os:tester',
    reason: 'test',
  })

  const { launchId, cookie } = await launchAt(app, platform, person.key, { course: 'kc' })
  const page = await app.inject({ url: `/app/${launchId}/`, headers: { cookie, accept: 'text/html' } })
  const csrf = /name="_csrf" value="([^"]+)"|X-CSRF-Token&quot;:&quot;([^&]+)&/.exec(page.body)
  const report = (...acts: Record<string, unknown>[]) =>
    app.inject({
      method: 'POST',
      url: `/app/${launchId}/events`,
      headers: {
        cookie,
        'sec-fetch-site': 'same-origin',
        'x-csrf-token': csrf?.[1] ?? csrf?.[2] ?? '',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      payload: JSON.stringify({ events: acts.map((act) => ({ id: newId(), ...act })) }),
    })
  await report({ unit: 'u1', kind: 'open' }, { unit: 'u1', kind: 'read' })
  // Two of ten points are missing.
  const done = await report({ unit: 'u3', kind: 'answer', fields: { ...rightFields, 'q-q5': '宪法' } })
  t.equal(done.statusCode, 200)

  const steps: Step[] = [
    ...courseworkSteps(ground),
    ...conversionSteps(ground),
    ...bookSteps(ground),
    ...scoreSteps(ground),
  ]
  const { signal } = new AbortController()
  const grade = () => platform.gradebook('kc')[0]?.scores.get(sub)
  for (let round = 0; round < 20 && !grade(); round++) for (const step of steps) await step.run(signal)

  t.match(grade(), {
    scoreGiven: 80,
    scoreMaximum: 100,
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
  })
  const { teacher_id } = await ground
    .db('teacher')
    .where({ teacher_no: roster.no('T0001') })
    .first()
  t.equal((await hoursOf(posting, idText(teacher_id))).counted, offering.approvedMilliHours)
})
