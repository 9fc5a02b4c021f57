import { stringify } from 'yaml'
import { type OfferingDraft, type ProjectDraft, projectDrafts } from './offerings.ts'
import { activityIn, sources } from './sources.ts'

/** The first and last day of every open-ended class: those of the example policy. */
export const CATALOGUE_WINDOW = { from: '2026-01-01', to: '2030-12-31' } as const

// Before the first class begins: a completion that precedes its approval earns nothing.
const APPROVED_ON = '2025-12-15'
const SESSION_MINUTES = 180

/** One class of the demo catalogue, as the catalogue file writes it. */
export interface CatalogueClass {
  code: string
  from: string
  to: string
  sessions?: {
    no: number
    starts: string
    minutes: number
    place: string
    content: string
    presenter: string
  }[]
}

/** The demo catalogue as a file of the form `xueshi-catalogue/1`. */
export function catalogueText(): string {
  const projects = projectDrafts.map((project) => ({
    project_no: project.no,
    title: project.title,
    organisers: project.organisers,
    recognition_level: project.level,
    ...(project.approved ? { approved_on: APPROVED_ON } : {}),
    offerings: project.offerings.map((offering) => offeringEntry(offering, project)),
  }))
  return stringify({ schema: 'xueshi-catalogue/1', projects }, { lineWidth: 0 })
}

/** The code of an offering by its number. */
export function offeringCode(no: number): string {
  return `KC-2026-${String(no).padStart(3, '0')}`
}

/** The name of the course package of an offering of our own tool. */
export function packageCode(no: number): string {
  return offeringCode(no).toLowerCase()
}

/** The classes of an offering: quarters where people meet in sessions, else one that stays open. */
export function classesOf(offering: OfferingDraft): CatalogueClass[] {
  if (offering.sessions === undefined) {
    return [{ code: `${String(offering.no).padStart(3, '0')}-CQ`, ...CATALOGUE_WINDOW }]
  }
  const years = [2026, 2027, 2028, 2029, 2030]
  return years.flatMap((year) => [1, 2, 3, 4].map((quarter) => quarterClass(offering, year, quarter)))
}

function offeringEntry(offering: OfferingDraft, project: ProjectDraft) {
  const { topic, audience, passMark, sessions: meetings, contains = [], from } = offering
  return {
    code: offeringCode(offering.no),
    title: offering.title,
    category: offering.category,
    form: offering.form,
    ...(topic ? { topic } : {}),
    ...(audience ? { audience } : {}),
    hours: offering.hours,
    award_basis: meetings === undefined ? 'fixed_on_pass' : 'by_attendance',
    approval_mode: offering.approval ?? (project.level === 'district' ? 'auto' : approvalOf(offering)),
    ...(passMark === undefined ? {} : { pass_mark: passMark }),
    ...(meetings === undefined ? {} : { attendance_threshold: 0.8 }),
    ...(contains.length > 0 ? { contains: contains.map(offeringCode) } : {}),
    activities:
      from === 'tool' ? [] : [{ source: sources[from].name, id: activityIn(sources[from], offering.no) }],
    ...(from === 'tool' ? { package: packageCode(offering.no) } : {}),
    classes: classesOf(offering),
  }
}

// What another system says to have finished is confirmed by a person, whatever the project's level.
function approvalOf({ from }: OfferingDraft): 'auto' | 'admin_confirm' {
  return from === 'province' || from === 'nation' ? 'admin_confirm' : 'auto'
}

function quarterClass(offering: OfferingDraft, year: number, quarter: number): CatalogueClass {
  const month = (quarter - 1) * 3 + 1
  const lastDay = new Date(Date.UTC(year, month + 2, 0)).getUTCDate()
  const number = String(offering.no).padStart(3, '0')
  return {
    code: `${number}-${year}-${quarter}`,
    from: day(year, month, 1),
    to: day(year, month + 2, lastDay),
    sessions: sessionDays(year, month, offering.sessions ?? 0).map((date, index) => ({
      no: index + 1,
      starts: `${date}T14:00+08:00`,
      minutes: SESSION_MINUTES,
      place: '示例区教师发展中心一号报告厅',
      content: `${offering.title}（第${index + 1}次）`,
      presenter: index % 2 === 0 ? '陆承志' : '苏静远',
    })),
  }
}

function sessionDays(year: number, month: number, count: number): string[] {
  const all = [8, 18, 28].flatMap((date) => [day(year, month, date), day(year, month + 1, date)]).sort()
  return count <= 3 ? all.filter((_, index) => index % 2 === 0).slice(0, count) : all.slice(0, count)
}

function day(year: number, month: number, date: number): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`
}
