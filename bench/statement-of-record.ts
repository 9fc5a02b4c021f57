import { createHash, randomUUID } from 'node:crypto'

const base = 'https://xueshi.example/xapi/'

/** How many different people and activities the statements are about. */
const actors = 20_000
const activities = 10

/** One statement as the measurement sends it, and what it is found by. */
export interface Sample {
  text: string
  id: string
  references: string[]
}

let counter = 0

/** The next statement: 949 bytes, `completed` on a course with result and context; actors rotate, ten activities. */
export function nextSample(): Sample {
  const n = counter++
  const id = randomUUID()
  const name = `usr-${String(n % actors).padStart(5, '0')}`
  const activity = `${base}activities/offering/KC-2026-${String(n % activities).padStart(3, '0')}`
  // The enrolment: always the same for one person in one class.
  const registration = uuidOf(`${name} ${activity}`)
  const project = `${base}activities/project/2026-XM-017`
  const text =
    `{"id":"${id}","timestamp":"2026-03-02T10:15:30.000Z","actor":{"objectType":"Agent","account":{"homePage":"https://moodle.example",` +
    `"name":"${name}"}},"verb":{"id":"http://adlnet.gov/expapi/verbs/completed","display":{"zh-CN":"完成","en":"completed"}},` +
    `"object":{"id":"${activity}","definition":{"type":"http://adlnet.gov/expapi/activities/course","name":{"zh-CN":"课堂观察与改进"}}},` +
    '"result":{"completion":true,"success":true,"score":{"scaled":0.86,"raw":86,"min":0,"max":100},"duration":"PT5H12M"},' +
    `"context":{"registration":"${registration}","platform":"Xueshi","language":"zh-CN","contextActivities":{"grouping":[{"id":"${project}"}]},` +
    `"extensions":{"${base}extensions/offering-code":"KC-2026-001","${base}extensions/training-class-code":"2026-1"}}}`
  return {
    text,
    id,
    references: [name, `completed ${name}`, 'completed', activity, registration, project],
  }
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
