import type { PlatformCourse } from './courses.ts'
import { page, type View } from './layout.tsx'
import type { Member } from './roster.ts'
import { texts } from './texts.ts'

/** Who is in one course, and a switch for whether they still are. */
export function rosterPage(
  view: View,
  { course, members }: { course: PlatformCourse; members: Member[] },
): string {
  const text = texts[view.language]
  return page(
    view,
    <>
      <p>
        <a href={`/courses/${course.id}`}>← {course.title[view.language]}</a>
      </p>
      <h2>{text.roster}</h2>
      <p class="hint">{text.rosterHint}</p>
      <table class="records">
        <thead>
          <tr>
            <th>{text.person}</th>
            <th>{text.part}</th>
            <th>{text.status}</th>
            <th>{text.action}</th>
          </tr>
        </thead>
        <tbody>
          {members.map(({ person, status }) => {
            const active = status === 'Active'
            return (
              <tr key={person.key}>
                <th scope="row" class="name">
                  {person.name}
                </th>
                <td data-label={text.part}>{text.parts[person.role]}</td>
                <td data-label={text.status}>{active ? text.active : text.inactive}</td>
                <td data-label={text.action}>
                  <form action={`/courses/${course.id}/roster`} method="post">
                    <input type="hidden" name="person" value={person.key} />
                    <button class="quiet" type="submit" name="status" value={active ? 'Inactive' : 'Active'}>
                      {active ? text.deactivate : text.reactivate}
                    </button>
                  </form>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </>,
  )
}
