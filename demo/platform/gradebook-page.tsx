import type { PlatformCourse } from './courses.ts'
import { gradeOf, type LineItem } from './gradebook.ts'
import { page, type View } from './layout.tsx'
import { type Person, subjectOf } from './people.ts'
import { isGradable, type Member } from './roster.ts'
import { texts } from './texts.ts'
import type { ToolRegistration } from './tools.ts'

/** What the gradebook of a course shows: columns of the tools, and the members whose grades the viewer may see. */
export interface Grades {
  course: PlatformCourse
  members: Member[]
  columns: { item: LineItem; tool: ToolRegistration }[]
}

/** The grades of one course, column by column, so that they stand below each other on a phone. */
export function gradebookPage(view: View, { course, members, columns }: Grades): string {
  const text = texts[view.language]
  const graded = members.filter(isGradable)
  return page(
    view,
    <>
      <p>
        <a href={`/courses/${course.id}`}>← {course.title[view.language]}</a>
      </p>
      <h2>{text.gradebook}</h2>
      {columns.length === 0 && <p class="hint">{text.noColumns}</p>}
      {columns.map(({ item, tool }) => (
        <section key={`${tool.clientId} ${item.id}`}>
          <h3>{item.label}</h3>
          <p class="hint">
            {text.outOf(item.scoreMaximum)} · {tool.name}
          </p>
          <table class="records">
            <thead>
              <tr>
                <th>{text.person}</th>
                <th>{text.grade}</th>
                <th>{text.sentAt}</th>
                <th>{text.submission}</th>
              </tr>
            </thead>
            <tbody>
              {graded.map((member) => (
                <GradeRow key={member.person.key} view={view} course={course} item={item} member={member} />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>,
  )
}

function GradeRow({
  view,
  course,
  item,
  member: { person },
}: {
  view: View
  course: PlatformCourse
  item: LineItem
  member: Member
}) {
  const text = texts[view.language]
  const score = item.scores.get(subjectOf(person.key))
  const grade = gradeOf(item, score)
  return (
    <tr>
      <th scope="row" class="name">
        {person.name}
      </th>
      <td data-label={text.grade}>{grade === null ? '—' : String(Math.round(grade * 100) / 100)}</td>
      <td data-label={text.sentAt}>
        {score ? <time datetime={score.timestamp}>{civilTime(score.timestamp)}</time> : '—'}
      </td>
      <td data-label={text.submission}>
        <a href={reviewUrl(course, item, person)}>{text.review}</a>
        {score?.comment !== undefined && <span class="hint">{score.comment}</span>}
      </td>
    </tr>
  )
}

// Swedish writes a date as ISO 8601 has it.
function civilTime(timestamp: string): string {
  return new Date(timestamp).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' })
}

function reviewUrl(course: PlatformCourse, item: LineItem, learner: Person): string {
  const query = new URLSearchParams({
    client: item.clientId,
    item: item.id,
    learner: subjectOf(learner.key),
  })
  return `/courses/${course.id}/review?${query}`
}
